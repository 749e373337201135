"""Which sites may call the API from their own pages.

`/api/v1/`: exactly the origins of `CORS_ALLOWED_ORIGINS`, with credentials; in development pages of this machine too.
The web chat: those, and the sites the widget's hotel named, without credentials: a visitor is known by a header, never
by a cookie. (The page in the iframe needs none of this, it is of our own origin.)
"""

from __future__ import annotations

import re

from corsheaders.conf import conf
from corsheaders.middleware import ACCESS_CONTROL_ALLOW_CREDENTIALS, CorsMiddleware
from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

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

    def add_response_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """As the package does; no credentials for a widget's sites."""
        response = super().add_response_headers(request, response)
        if conf.CORS_ALLOW_CREDENTIALS and _WIDGET.match(request.path_info):
            response.headers.pop(ACCESS_CONTROL_ALLOW_CREDENTIALS, None)
        return response
