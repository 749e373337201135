"""Telling a hotel's own systems that a guest needs a person."""
