"""Files at the Graph stand-in: looked up by id, downloaded with the token, uploaded, and broken on demand."""

from __future__ import annotations

import base64
import hashlib
import itertools
import threading
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any


@dataclass
class KeptFile:
    """One file, and how it misbehaves.

    `redirect` answers the download with a 302 to that address; `url` is told instead of the real one; `size` is told
    instead of the real one; `damaged` sends other bytes than were hashed; `lapsed` downloads answer 404 first.
    """

    content: bytes
    content_type: str
    filename: str = ""
    redirect: str = ""
    url: str = ""
    size: int | None = None
    damaged: bool = False
    lapsed: int = 0


@dataclass
class Files:
    """What a stand-in keeps."""

    kept: dict[str, KeptFile] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    """The token each download showed, in order; "" when none."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ids: Any = field(default_factory=lambda: itertools.count(1_000_001))

    def add(self, content: bytes, content_type: str, **behaviour: Any) -> str:
        """A file a guest sent; returns its id."""
        with self._lock:
            media_id = str(next(self._ids))
            self.kept[media_id] = KeptFile(content, content_type, **behaviour)
        return media_id

    def described(self, media_id: str, base_url: str) -> dict[str, Any] | None:
        """Graph's answer to a lookup; None when there is no such file."""
        kept = self.kept.get(media_id)
        if kept is None:
            return None
        return {
            "messaging_product": "whatsapp",
            "url": kept.url or f"{base_url}/lookaside/{media_id}",
            "mime_type": kept.content_type,
            "sha256": base64.b64encode(hashlib.sha256(kept.content).digest()).decode(),
            "file_size": len(kept.content) if kept.size is None else kept.size,
            "id": media_id,
        }

    def download(self, media_id: str, token: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of a download."""
        self.tokens.append(token)
        kept = self.kept.get(media_id)
        if kept is None or not token:
            return (404 if kept is None else 401), b"", {}
        if kept.lapsed:
            kept.lapsed -= 1
            return 404, b"", {}
        if kept.redirect:
            return 302, b"", {"Location": kept.redirect}
        body = bytes([kept.content[0] ^ 1]) + kept.content[1:] if kept.damaged else kept.content
        return 200, body, {"Content-Type": kept.content_type}

    def upload(self, body: bytes, content_type: str) -> str | None:
        """Keep an uploaded file as Meta would; None when the form is not one Meta takes."""
        form = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
        parts = {str(part.get_param("name", header="content-disposition")): part for part in form.iter_parts()}
        if set(parts) != {"messaging_product", "type", "file"}:
            return None
        file = parts["file"]
        content = file.get_payload(decode=True)
        assert isinstance(content, bytes)
        return self.add(content, file.get_content_type(), filename=file.get_filename() or "")
