"""Files on WhatsApp: looked up by id, fetched from Meta's own hosts only, checked against their hash; and uploaded.

Meta (media page, 2026-09): the lookup gives an address that lives five minutes and wants the same token; ids from
webhooks live seven days. Where an address leads is not trusted: only hosts of the list are asked, redirects are
followed by hand under the same rule, and the token goes to no other host.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from hotel_agent.common.exceptions import DependencyDown, Misconfigured, UnknownOutcome
from integrations import http
from integrations.channels.whatsapp.client import WhatsAppClient
from integrations.channels.whatsapp.reading import identifier, number, text
from integrations.exceptions import ContentRefused, FileRefused
from integrations.outside import Service

HOSTS = frozenset({"lookaside.fbsbx.com", "graph.facebook.com"})
"""Hosts that hand out files and want the token."""
STORAGE_SUFFIX = ".fbcdn.net"
"""Where a redirect may lead; addresses there are signed and are not shown the token."""
MAX_REDIRECTS = 3
_MEDIA_ID = re.compile(r"[A-Za-z0-9_-]{1,190}")


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What Meta says about a file. `size` in bytes, None when it says none."""

    media_id: str
    url: str
    content_type: str
    sha256: str
    size: int | None


def look_up(client: WhatsAppClient, media_id: str) -> MediaInfo:
    """Where a file is now. The address lives five minutes.

    Raises:
        FileRefused: there is no such file (any more), reason "gone".
        DependencyDown, AccountRefused: as named; try later.
    """
    if not _MEDIA_ID.fullmatch(media_id):
        raise FileRefused("the media id is not one", reason="gone")
    try:
        answer = client.graph("GET", media_id, changes=False)
    except ContentRefused as error:  # code 100: no such object
        raise FileRefused(str(error), reason="gone") from error
    except UnknownOutcome as error:
        raise DependencyDown(str(error)) from error  # asking twice is asking once
    return MediaInfo(
        media_id=media_id,
        url=text(answer, "url"),
        content_type=text(answer, "mime_type")[:120],
        sha256=identifier(answer, "sha256"),
        size=number(answer, "file_size"),
    )


def fetch(client: WhatsAppClient, media_id: str, *, max_bytes: int, sha256: str = "") -> bytes:
    """A file's content, whole and as Meta hashed it.

    Args:
        sha256: the digest the webhook named, base64 or hex; the lookup's counts too.

    Raises:
        FileRefused: "too_big", "hash", "host", "gone".
        DependencyDown, AccountRefused: try later.
    """
    info = look_up(client, media_id)
    if info.size is not None and info.size > max_bytes:
        raise FileRefused(f"{info.size} bytes are more than {max_bytes}", reason="too_big")
    content = _download(client, info.url, max_bytes)
    wanted = {digest for digest in (_digest(sha256), _digest(info.sha256)) if digest}
    if wanted and wanted != {hashlib.sha256(content).digest()}:
        raise FileRefused("the content does not match its hash", reason="hash")
    return content


def upload(client: WhatsAppClient, content: bytes, *, content_type: str, filename: str) -> str:
    """Give Meta a file to send; returns its id there, which lives 30 days.

    Raises:
        As `WhatsAppClient.send`; never `UnknownOutcome`: a file that was uploaded and not used does no harm.
    """
    try:
        answer = client.graph(
            "POST",
            f"{client.number}/media",
            data={"messaging_product": "whatsapp", "type": content_type},
            files={"file": (filename, content, content_type)},
            changes=False,
        )
    except UnknownOutcome as error:
        raise DependencyDown(str(error)) from error
    media_id = identifier(answer, "id")
    if not media_id:
        raise DependencyDown("WhatsApp took the file and gave it no id")
    return media_id


def _download(client: WhatsAppClient, url: str, max_bytes: int) -> bytes:
    for _ in range(MAX_REDIRECTS + 1):
        headers = _headers_for(client, url)
        try:
            response = http.request(Service.WHATSAPP, "GET", url, headers=headers, max_bytes=max_bytes)
        except http.AnswerTooLong as error:
            raise FileRefused(str(error), reason="too_big") from error
        except Misconfigured as error:
            raise FileRefused("the address cannot be used", reason="host") from error
        if response.ok:
            return response.body
        if response.status in {301, 302, 303, 307, 308}:
            url = urljoin(url, response.headers.get("location", ""))
            continue
        # 404 is an address that lapsed between the lookup and now, 401 and 403 a token that did: the lookup tells.
        raise DependencyDown(f"the file's address answered {response.status}", retry_after=response.retry_after)
    raise FileRefused("too many redirects", reason="host")


def _headers_for(client: WhatsAppClient, url: str) -> dict[str, str]:
    """Headers for a host that may be asked.

    Raises:
        FileRefused: it may not.
    """
    try:
        parts = urlsplit(url)
        origin, host = (parts.scheme, parts.hostname or "", parts.port), parts.hostname or ""
        ours = urlsplit(client.api_url)
    except ValueError as error:
        raise FileRefused("the address cannot be read", reason="host") from error
    if origin == (ours.scheme, ours.hostname, ours.port):
        return client.authorization()  # Graph itself; in development and tests its stand-in
    if parts.scheme == "https" and parts.port in {None, 443} and not parts.username:
        if host in HOSTS:
            return client.authorization()
        if host.endswith(STORAGE_SUFFIX):
            return {}
    raise FileRefused(f"{host or 'no host'} does not hold WhatsApp's files", reason="host")


def _digest(written: str) -> bytes:
    """The bytes of a SHA-256 written in base64 or hex; b"" for anything else."""
    try:
        if re.fullmatch(r"[0-9a-fA-F]{64}", written):
            return bytes.fromhex(written)
        decoded = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return decoded if len(decoded) == 32 else b""
