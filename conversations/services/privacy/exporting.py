"""Everything a hotel has about one guest, as one ZIP: a JSON file by table, and the files they sent."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from conversations.models import Guest, InboundDelivery, MediaFile, Message
from conversations.services import files
from conversations.services.privacy import traces
from hotel_agent.common import clock
from hotel_agent.common.crypto import EncryptedSecretsField
from integrations.exceptions import FileRefused
from tenants.permissions import label_of

FORMAT = 1
OURS = frozenset({"claim", "failures", "deaths", "throttles", "lease_until", "not_before", "tenant"})
"""How the product works on a row; nothing about the guest."""
SECRET = frozenset({"page_token", "token"})
"""Keys to pages that show and change things."""


def export(guest: Guest) -> dict[str, Any]:
    """All rows about a guest, by table, as JSON values. Inside the tenant's scope."""
    tables = {
        label_of(model): [_row(row) for row in model._base_manager.filter(pk__in=ids).order_by("pk")]
        for model, ids in sorted(traces.rows_of(guest).items(), key=lambda item: label_of(item[0]))
    }
    return {
        "format": FORMAT,
        "hotel": guest.tenant.name,
        "made_at": clock.now(),
        "guest": str(guest.public_id),
        "tables": tables,
        "deliveries": _deliveries(guest),
    }


def write_zip(guest: Guest, to: Path | IO[bytes]) -> dict[str, int]:
    """Write the ZIP; returns how many rows and files are in it. Inside the tenant's scope."""
    data = export(guest)
    kept = 0
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in MediaFile.objects.filter(conversation__guest=guest).exclude(path="").order_by("pk"):
            try:
                archive.writestr(f"files/{file.public_id}{Path(file.filename).suffix[:10]}", files.read(file))
            except FileRefused:
                continue  # forgotten by its retention
            kept += 1
        archive.writestr("guest.json", json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))
    return {"rows": sum(map(len, data["tables"].values())), "files": kept, "deliveries": len(data["deliveries"])}


def _row(row: models.Model) -> dict[str, Any]:
    shown = {}
    for field in row._meta.concrete_fields:
        if field.name in OURS or field.name in SECRET or isinstance(field, EncryptedSecretsField):
            continue
        value = field.value_from_object(row)
        shown[field.attname] = value if _is_plain(value) else str(value)
    return shown


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool | dict | list)


def _deliveries(guest: Guest) -> list[dict[str, Any]]:
    """Raw deliveries that brought only this guest's messages; those with others' are theirs too and stay out."""
    own = Message.objects.filter(conversation__guest=guest, delivery_id__isnull=False).values("delivery_id")
    shared = Message._base_manager.filter(delivery_id__in=own).exclude(conversation__guest=guest).values("delivery_id")
    rows = InboundDelivery.objects.filter(pk__in=own).exclude(pk__in=shared).order_by("pk")
    return [
        {"route": row.route, "received_at": row.received_at, "body": bytes(row.body).decode("utf-8", "replace")}
        for row in rows
    ]
