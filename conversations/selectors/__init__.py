"""Reads of the conversations room for people at the desk."""
