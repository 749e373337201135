"""Files: fetched whole from Meta's hosts only, refused when they are not what was announced, uploaded to be sent."""

from __future__ import annotations

import base64
import hashlib

import pytest

from hotel_agent.common.exceptions import DependencyDown
from integrations.channels.outgoing import Attachment
from integrations.channels.whatsapp import media
from integrations.channels.whatsapp.client import WhatsAppClient
from integrations.exceptions import AccountRefused, ContentRefused, FileRefused
from tests.stand_ins.graph import Fault, GraphStandIn

TOKEN = "EAAG-secret-token"
PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40
MOST = 1_000_000


@pytest.fixture
def client(graph: GraphStandIn) -> WhatsAppClient:
    graph.token = TOKEN
    return WhatsAppClient(phone_number_id="104857600000001", access_token=TOKEN, api_url=graph.url, version="v25.0")


def test_a_file_comes_whole_and_with_the_token(graph: GraphStandIn, client: WhatsAppClient) -> None:
    media_id = graph.files.add(PHOTO, "image/jpeg")
    digest = hashlib.sha256(PHOTO)
    for sha256 in ("", digest.hexdigest(), base64.b64encode(digest.digest()).decode(), "not a digest"):
        assert media.fetch(client, media_id, max_bytes=MOST, sha256=sha256) == PHOTO
    assert set(graph.files.tokens) == {TOKEN}


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ({"size": MOST + 1}, "too_big"),
        ({"size": 10, "content": b"x" * (MOST + 1)}, "too_big"),
        ({"damaged": True}, "hash"),
        ({"url": "https://evil.example/x"}, "host"),
        ({"url": "http://lookaside.fbsbx.com/x"}, "host"),
        ({"url": "https://lookaside.fbsbx.com.evil.example/x"}, "host"),
        ({"url": "https://fbcdn.net.evil.example/x"}, "host"),
        ({"url": "https://user@lookaside.fbsbx.com/x"}, "host"),
        ({"url": "https://lookaside.fbsbx.com:8443/x"}, "host"),
        ({"url": "http://169.254.169.254/latest/meta-data"}, "host"),
        ({"url": "http://127.0.0.1:1/x"}, "host"),
        ({"url": "file:///etc/passwd"}, "host"),
        ({"url": "//[broken"}, "host"),
        ({"redirect": "https://evil.example/x"}, "host"),
        ({"redirect": "http://localhost/x"}, "host"),
        ({"redirect": ""}, ""),
    ],
)
def test_what_was_not_announced_is_refused(
    graph: GraphStandIn, client: WhatsAppClient, behaviour: dict[str, object], reason: str
) -> None:
    content = behaviour.pop("content", PHOTO)
    media_id = graph.files.add(content, "image/jpeg", **behaviour)  # type: ignore[arg-type]
    if not reason:
        assert media.fetch(client, media_id, max_bytes=MOST) == PHOTO
        return
    with pytest.raises(FileRefused) as refused:
        media.fetch(client, media_id, max_bytes=MOST)
    assert refused.value.reason == reason
    assert TOKEN not in str(refused.value)


def test_a_hash_other_than_the_webhooks_is_refused(graph: GraphStandIn, client: WhatsAppClient) -> None:
    media_id = graph.files.add(PHOTO, "image/jpeg")
    with pytest.raises(FileRefused) as refused:
        media.fetch(client, media_id, max_bytes=MOST, sha256="0" * 64)
    assert refused.value.reason == "hash"


def test_redirects_in_a_circle_end(graph: GraphStandIn, client: WhatsAppClient) -> None:
    media_id = graph.files.add(PHOTO, "image/jpeg")
    graph.files.kept[media_id].redirect = f"{graph.url}/lookaside/{media_id}"
    with pytest.raises(FileRefused) as refused:
        media.fetch(client, media_id, max_bytes=MOST)
    assert refused.value.reason == "host"


@pytest.mark.parametrize("media_id", ["999", "../v25.0/me", "", "a/b", "x" * 300, "1?fields=token"])
def test_a_file_that_is_not_there_is_gone(client: WhatsAppClient, media_id: str) -> None:
    with pytest.raises(FileRefused) as refused:
        media.fetch(client, media_id, max_bytes=MOST)
    assert refused.value.reason == "gone"


def test_what_may_pass_is_tried_again_later(graph: GraphStandIn, client: WhatsAppClient) -> None:
    media_id = graph.files.add(PHOTO, "image/jpeg", lapsed=1)
    with pytest.raises(DependencyDown):
        media.fetch(client, media_id, max_bytes=MOST)
    graph.control.fail(Fault("error", code=131016, to="media"))
    with pytest.raises(DependencyDown):
        media.fetch(client, media_id, max_bytes=MOST)
    assert media.fetch(client, media_id, max_bytes=MOST) == PHOTO


def test_a_refused_token_is_the_accounts_matter(graph: GraphStandIn, client: WhatsAppClient) -> None:
    media_id = graph.files.add(PHOTO, "image/jpeg")
    graph.token = "another"
    with pytest.raises(AccountRefused):
        media.fetch(client, media_id, max_bytes=MOST)


@pytest.mark.parametrize(
    ("content_type", "kind", "keys"),
    [
        ("image/jpeg", "image", {"id", "caption"}),
        ("application/pdf", "document", {"id", "caption", "filename"}),
        ("audio/ogg; codecs=opus", "audio", {"id"}),
        ("image/gif", "document", {"id", "caption", "filename"}),
    ],
)
def test_a_file_of_ours_is_uploaded_and_sent(
    graph: GraphStandIn, client: WhatsAppClient, content_type: str, kind: str, keys: set[str]
) -> None:
    media_id = media.upload(client, PHOTO, content_type=content_type, filename="habitación.jpg")
    assert graph.files.kept[media_id].content == PHOTO
    message = Attachment("La doble", "file-1", content_type, "habitación.jpg")
    client.send({"wa_id": "5491122334455"}, message, reference="r1", media_id=media_id)
    (sent,) = graph.control.messages()
    assert sent["body"]["type"] == kind
    assert set(sent["body"][kind]) == keys
    with pytest.raises(ContentRefused):
        client.send({"wa_id": "5491122334455"}, message, reference="r2", media_id="unknown")
