"""The built-in PMS: the PMS contract on our own tables, for hotels that have no other."""

from reservations.services.builtin.adapter import BuiltinPms

__all__ = ["BuiltinPms"]
