"""Reads of the conversations room: threads for programs, the inbox and its search for people at the desk."""
