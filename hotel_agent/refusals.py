"""What is answered where no view was reached, or one broke: the API's form below /api/, Django's pages elsewhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from hotel_agent.common.envelope import refusal

API = "/api/"


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    if request.path.startswith(API):
        return refusal(404, "not_found", "There is nothing at this address.")
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 for what Django itself refuses: a wrong Host header, too many fields."""
    if request.path.startswith(API):
        return refusal(400, "bad_request", "The request cannot be used.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    if request.path.startswith(API):
        return refusal(403, "permission_denied", "You may not do this.")
    return defaults.permission_denied(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a mistake of ours; the log has it under the correlation id."""
    if request.path.startswith(API):
        return refusal(500, "server_error", "Something went wrong here. Quote the correlation id.")
    return defaults.server_error(request)
