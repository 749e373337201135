"""What stands beside a guest's bubble: its files, and whatever a message carries that is not words.

The content is a stranger's JSON: whatever its shape, the page is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from conversations.admin import words
from conversations.admin.files import address
from conversations.models import MediaFile, Message
from integrations.channels.outgoing import Attachment
from integrations.channels.whatsapp.reading import child, objects, text


@dataclass(frozen=True)
class Attached:
    """A file beside a bubble. `url` is "" when the bytes are not (or no longer) there; then `state` says why."""

    name: str
    url: str
    state: str
    picture: bool
    sound: bool


def attached(file: MediaFile) -> Attached:
    """A file as the thread shows it."""
    return Attached(
        name=file.filename or words.kind(file.kind),
        url=address(file) if file.path else "",
        state=words.file_state(file)[1],
        picture=file.is_picture,
        sound=file.is_sound,
    )


def sent_file(body: Mapping[str, Any]) -> tuple[Attached, ...]:
    """The file of a message of ours, by the stored form of the message."""
    if body.get("kind") != Attachment.kind:
        return ()
    content_type = str(body.get("content_type", ""))
    address = reverse("admin:conversations_mediafile_content", args=[str(body.get("file_id"))])
    picture, sound = content_type.startswith("image/"), content_type.startswith("audio/")
    return (Attached(str(body.get("filename", "")), address, "", picture, sound),)


def notes(message: Message) -> Iterator[str]:
    """What a person should know of a message beside its words."""
    about = message.metadata
    yield from _about_voice(message)
    if about.get("revoked"):
        yield gettext("deleted by the guest")
    if about.get("written_before"):
        yield gettext("corrected; before: %(text)s") % {"text": about["written_before"]}
    if about.get("edited_to"):
        yield gettext("later corrected to: %(text)s") % {"text": about["edited_to"]}
    if about.get("forwarded"):
        yield gettext("forwarded")
    if about.get("group"):
        yield gettext("written in a group: not answered")
    referral = child(about, "referral")
    if referral:
        headline = text(referral, "headline") or text(referral, "source_url")
        yield gettext("came from an ad: %(headline)s") % {"headline": headline}
    yield from _content(message)
    for error in objects(about.get("errors"))[:1]:
        yield text(error, "title") or text(error, "message") or text(error, "code")


def _about_voice(message: Message) -> Iterator[str]:
    voice = child(message.metadata, "voice")
    confidence = voice.get("confidence")
    if isinstance(confidence, int | float):
        yield gettext("written down from the recording, %(percent)d %% sure") % {"percent": round(confidence * 100)}
    elif message.text and voice:
        yield gettext("written down from the recording; the recogniser does not say how sure it is")


def _content(message: Message) -> Iterator[str]:
    about = message.metadata
    place = child(about, "location")
    if place:
        named = " ".join(part for part in (text(place, "name"), text(place, "address")) if part)
        yield f"{named} ({text(place, 'latitude')}, {text(place, 'longitude')})".strip()
    for contact in objects(about.get("contacts")):
        phones = ", ".join(text(one, "phone") or text(one, "wa_id") for one in objects(contact.get("phones")))
        yield f"{text(child(contact, 'name'), 'formatted_name')} {phones}".strip()
    for item in objects(child(about, "order").get("product_items")):
        yield f"{text(item, 'quantity')} × {text(item, 'product_retailer_id')}"
    if "reaction" in about:
        yield text(child(about, "reaction"), "emoji") or gettext("reaction taken back")
    for name, value in child(child(about, "flow"), "response").items():
        yield f"{name}: {value}"
