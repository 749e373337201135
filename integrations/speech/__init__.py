"""Voice notes into words: `audio` makes any note readable, `base` is the contract, one module per recogniser."""
