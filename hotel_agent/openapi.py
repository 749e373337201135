"""What the generated schema of our API says beyond the views: the one form of errors, the hotel's header."""

from __future__ import annotations

from typing import Any

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "description": "Stable; docs/api.md lists them."},
                "message": {"type": "string", "description": "For people; may change."},
                "fields": {"type": "object", "additionalProperties": True, "description": "What is wrong, by field."},
                "retry_after": {"type": "integer", "description": "Seconds."},
                "correlation_id": {"type": "string", "description": "Of this request, in our logs."},
            },
        }
    },
}
METHODS = {"get", "post", "put", "patch", "delete"}
ABOUT_NO_HOTEL = ("/api/v1/auth/", "/api/v1/tenants", "/api/v1/webchat/", "/webhooks/", "/api/schema")
OF_PROVIDERS = "GmailPush"
TENANT_HEADER = {
    "name": "X-Tenant",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "Slug of the hotel; needed by people who work at several.",
}


def only_ours(endpoints: list[Any]) -> list[Any]:
    """Each path once, without its optional slash; a hotel's own Meta app has the installation's form of webhook."""
    found = [(path.removesuffix("/"), regex, method, callback) for path, regex, method, callback in endpoints]
    return [one for one in found if one[0] != "/webhooks/whatsapp/{app_key}"]


def say_errors(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Every operation may answer with an error, always of the same form; those about a hotel take its header."""
    result["components"].setdefault("schemas", {})["Error"] = ERROR
    answer = {
        "description": "A refusal.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    for name, schema in result["components"]["schemas"].items():
        if name.endswith("Request") and not name.startswith(OF_PROVIDERS):
            schema["additionalProperties"] = False  # what `hotel_agent.common.serializers.Strict` does
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if method not in METHODS or path.startswith("/webhooks/"):
                continue
            operation["responses"]["default"] = answer
            if not path.startswith(ABOUT_NO_HOTEL):
                operation.setdefault("parameters", []).append(TENANT_HEADER)
    return result
