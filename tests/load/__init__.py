"""A hotel group's traffic against the running product: `make load-test`."""
