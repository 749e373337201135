"""Understanding by somebody else's service: `types` is the contract, one module per protocol."""
