"""Hours of steady traffic, and whether anything grows: `make soak`."""
