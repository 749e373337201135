"""Files of the hotel in a visitor's page: an address that is signed, for this visitor's thread only, and soon over.

A page that is opened again gets fresh addresses with its messages.
"""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.urls import reverse

from conversations.models import MediaFile, OutboundMessage
from conversations.services import files
from hotel_agent.common.exceptions import BadInput
from integrations.channels import outgoing
from integrations.exceptions import FileRefused

LIFE_S = 6 * 3600
"""As long as somebody reads a chat in one go; an address that leaks through a history or a screenshot is then dead."""
_SALT = "conversations.webchat.file"


class FileGone(BadInput):
    """The address is forged, too old, or its file is not kept any more."""

    code = "file_gone"


def shown(row: OutboundMessage, widget: str) -> dict[str, Any] | None:
    """What a page needs to show the file of a message: address, name and whether it is a picture; None without one."""
    body = row.body if isinstance(row.body, dict) else {}
    if body.get("kind") != outgoing.Attachment.kind:
        return None
    token = signing.dumps([str(body.get("file_id")), row.conversation_id], salt=_SALT)
    return {
        "url": reverse("webchat-file", args=[widget, token]),
        "name": str(body.get("filename", "")),
        "type": str(body.get("content_type", "")),
        "picture": str(body.get("content_type", "")).startswith("image/"),
    }


def open_file(token: str, widget: str) -> tuple[MediaFile, bytes]:
    """The file behind an address and its bytes. Inside the tenant's scope.

    Raises:
        FileGone: there is nothing to show at this address (any more).
    """
    try:
        file_id, conversation_id = signing.loads(token, salt=_SALT, max_age=LIFE_S)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise FileGone from error
    file = MediaFile.objects.filter(
        public_id=file_id, conversation_id=conversation_id, conversation__account__external_id=widget
    ).first()
    if file is None:
        raise FileGone
    try:
        return file, files.read(file)
    except FileRefused as error:
        raise FileGone from error
