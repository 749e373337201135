"""Which sites may call the web-chat API from their own pages: exactly those the widget's hotel named.

The page in the iframe needs none of this, it is of our own origin. A hotel that draws its own chat does.
"""

from __future__ import annotations

import re

from corsheaders.middleware import CorsMiddleware
from django.db import DatabaseError
from django.http import HttpRequest

from tenants.selectors import widget

_WIDGET = re.compile(r"/api/v1/webchat/([A-Za-z0-9_-]{4,64})/")


class WidgetCorsMiddleware(CorsMiddleware):
    """The package's middleware, with the widget's own sites beside the installation's."""

    def check_signal(self, request: HttpRequest) -> bool:
        """Whether the asking origin is one of the widget's. (The package asks receivers of a signal here.)"""
        match = _WIDGET.match(request.path_info)
        if match is None:
            return False
        try:
            account = widget(match[1])
        except DatabaseError:
            return False  # the view will say that the database is away
        return account is not None and request.headers.get("Origin", "") in account.allowed_origins
