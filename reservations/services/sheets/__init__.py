"""Rates and nights on sale from a spreadsheet: read, checked row by row, previewed by a real run that is rolled back,
and loaded as a whole."""

from reservations.services.sheets.export import template
from reservations.services.sheets.files import Unreadable
from reservations.services.sheets.loading import NotLoadable, load, preview

__all__ = ["NotLoadable", "Unreadable", "load", "preview", "template"]
