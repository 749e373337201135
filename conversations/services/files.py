"""Keeping a guest's files: private storage, what the bytes really are, and forgetting them in time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from conversations.models import Conversation, MediaFile, Message
from hotel_agent.common import clock
from hotel_agent.common.claims import WorkState
from integrations.exceptions import FileRefused
from tenants.scoping import every_tenant

log = structlog.get_logger(__name__)

KEEP_DAYS = 30
ORPHANS_AFTER_DAYS = 2
"""Files without a row (a crash between writing and committing, a deleted guest) are removed after this long more."""
MEGABYTE = 1024 * 1024
MOST_BYTES = {
    "image": 10 * MEGABYTE,
    "audio": 16 * MEGABYTE,
    "video": 16 * MEGABYTE,
    "document": 20 * MEGABYTE,
    "sticker": 1 * MEGABYTE,
}
"""Meta's own maxima are 5, 16, 16, 100 MB and 500 KB. No hotel needs a 100 MB document, and a worker holds it whole."""

_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"%PDF-", 0, "application/pdf"),
    (b"OggS", 0, "audio/ogg"),
    (b"#!AMR", 0, "audio/amr"),
    (b"ID3", 0, "audio/mpeg"),
    (b"\xff\xfb", 0, "audio/mpeg"),
    (b"\xff\xf3", 0, "audio/mpeg"),
    (b"\xff\xf1", 0, "audio/aac"),
    (b"\xff\xf9", 0, "audio/aac"),
    (b"ftypM4A", 4, "audio/mp4"),
    (b"ftyp3gp", 4, "video/3gpp"),
    (b"ftyp", 4, "video/mp4"),
)
OPAQUE = "application/octet-stream"


def sniff(content: bytes) -> str:
    """What the bytes are, of the few kinds we show; anything else is `OPAQUE`, only ever offered for download.

    A closed list of ours and not a library's guess: it decides what a browser of staff is allowed to interpret.
    """
    for magic, offset, content_type in _MAGIC:
        if content[offset : offset + len(magic)] == magic:
            if content_type == "image/webp" and content[:4] != b"RIFF":
                continue
            return content_type
    return OPAQUE


def expect(message: Message) -> MediaFile | None:
    """The row of a file a guest's message announces, to be fetched; None when it announces none.

    Inside the transaction that records the message.
    """
    media = message.metadata.get("media") or {}
    if not media.get("id"):
        return None
    return MediaFile.objects.create(
        tenant_id=message.tenant_id,
        conversation_id=message.conversation_id,
        message=message,
        kind=message.kind,
        external_id=media["id"],
        declared_type=media.get("mime_type", ""),
        declared_sha256=media.get("sha256", ""),
        filename=_safe_name(media.get("filename", "")),
    )


def attach(
    conversation: Conversation,
    content: bytes,
    *,
    filename: str,
    declared_type: str = "",
    message: Message | None = None,
    kind: str = "document",
) -> MediaFile:
    """Keep a file that came whole: a mail's attachment, a visitor's upload, something staff sends.

    Raises:
        FileRefused: it is larger than its kind may be.
    """
    check_size(kind, len(content))
    file = MediaFile(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        message=message,
        kind=kind,
        declared_type=declared_type[:120],
        filename=_safe_name(filename),
        state=WorkState.DONE,
    )
    file.path, file.size, file.content_type, file.kept_at = write(file, content)
    file.save()
    return file


def check_size(kind: str, size: int) -> None:
    """Whether a file of a kind may be kept.

    Raises:
        FileRefused: "too_big".
    """
    most = MOST_BYTES.get(kind, MOST_BYTES["document"])
    if size > most:
        raise FileRefused(f"{size} bytes are more than {most}", reason="too_big")


def write(file: MediaFile, content: bytes) -> tuple[str, int, str, dt.datetime]:
    """Put the bytes into private storage; returns path, size, content type and time for the row. Safe to repeat."""
    now = clock.now()
    path = f"{file.tenant.public_id}/{file.created_at:%Y-%m}/{file.public_id}"
    return default_storage.save(path, ContentFile(content)), len(content), sniff(content), now


def read(file: MediaFile) -> bytes:
    """The bytes of a kept file.

    Raises:
        FileRefused: there are none (any more).
    """
    if not file.path:
        raise FileRefused("the file is not kept", reason="gone")
    try:
        with default_storage.open(file.path) as stored:
            return bytes(stored.read())
    except FileNotFoundError as error:
        raise FileRefused("the file is gone from storage", reason="gone") from error


def discard(path: str) -> None:
    """Remove bytes that no row will name. Safe to repeat."""
    default_storage.delete(path)


def erase(file: MediaFile) -> None:
    """Remove the bytes; the row stays and says when. Safe to repeat."""
    if file.path:
        default_storage.delete(file.path)
    MediaFile._base_manager.filter(pk=file.pk).update(path="", erased_at=clock.now())


def apply_retention() -> int:
    """Erase files kept longer than `KEEP_DAYS`, and bytes no row knows of; returns how many. Safe to repeat."""
    before = clock.now() - dt.timedelta(days=KEEP_DAYS)
    erased = 0
    with every_tenant():  # an installation-wide job; it reads no content
        for file in MediaFile.objects.filter(kept_at__lt=before).exclude(path="").iterator(chunk_size=500):
            erase(file)
            erased += 1
    orphans = _remove_orphans(before - dt.timedelta(days=ORPHANS_AFTER_DAYS))
    if erased or orphans:
        log.info("files_erased", count=erased + orphans)
    return erased + orphans


def _remove_orphans(before: dt.datetime) -> int:
    removed = 0
    for path in Path(settings.MEDIA_ROOT).glob("*/*/*"):
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _safe_name(name: str) -> str:
    """A guest's file name as a label: no directories, no control characters. Never used as a path."""
    base = name.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in base if char.isprintable())[:200].strip(" .")
