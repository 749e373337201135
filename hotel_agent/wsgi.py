"""WSGI entry point of the web process."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.wsgi import get_wsgi_application

from hotel_agent.common import metric_files

if TYPE_CHECKING:
    from wsgiref.types import StartResponse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotel_agent.settings")

metric_files.fold_dead()
_django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Django's, and what is whole is handed over whole.

    granian sends a list at once. Everything else it asks for piece by piece, and sends in packets of its own after the
    headers.
    """
    response: Any = _django(environ, start_response)
    if getattr(response, "streaming", True):
        return response
    whole = [response.content]
    response.close()
    return whole


# The loaded code stays for good: no collection between two webhooks needs to look at it again.
gc.collect()
gc.freeze()
