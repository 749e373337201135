"""Hundreds of seeded kills while guests book: `make kill-campaign`."""
