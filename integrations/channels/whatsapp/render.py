"""Outgoing messages in Graph's words."""

from __future__ import annotations

from typing import Any

from integrations.channels.base import WHATSAPP
from integrations.channels.outgoing import (
    Attachment,
    Buttons,
    Choice,
    Location,
    Options,
    Outgoing,
    Reaction,
    Template,
    Text,
    width,
)
from integrations.exceptions import ContentRefused

MEDIA_KINDS = {"image/jpeg": "image", "image/png": "image", "video/mp4": "video", "video/3gpp": "video"}
"""What Meta shows as itself (media page, 2026-09); audio plays, and everything else goes as a document."""
SOUNDS = frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"})
MAX_CAPTION = 1024
MAX_PARAMETERS = 1024
"""Meta: length of a template's body with its values filled in."""


def media_kind(content_type: str) -> str:
    """Under which type a file is sent."""
    if content_type in MEDIA_KINDS:
        return MEDIA_KINDS[content_type]
    return "audio" if content_type.split(";", maxsplit=1)[0] in SOUNDS else "document"


def render(message: Outgoing, *, media_id: str = "") -> dict[str, Any]:
    """The part of a request that is the message: `type` and the object of that name.

    Args:
        media_id: Meta's id of an attachment's uploaded file.

    Raises:
        ContentRefused: the message was built for a channel with more room; Meta would refuse it.
    """
    wrong = problems(message)
    if wrong:
        raise ContentRefused("not a WhatsApp message: " + "; ".join(wrong))
    match message:
        case Text(body=body):
            return {"type": "text", "text": {"body": body, "preview_url": False}}
        case Buttons(body=body, choices=choices, footer=footer):
            buttons = [{"type": "reply", "reply": {"id": choice.id, "title": choice.title}} for choice in choices]
            return _interactive("button", body, footer, {"buttons": buttons})
        case Options(body=body, button=button, choices=choices, footer=footer):
            return _interactive("list", body, footer, {"button": button, "sections": [{"rows": _rows(choices)}]})
        case Attachment():
            return _attachment(message, media_id)
        case Location(latitude=latitude, longitude=longitude, name=name, address=address):
            named = {key: value for key, value in (("name", name), ("address", address)) if value}
            return {"type": "location", "location": {"latitude": latitude, "longitude": longitude, **named}}
        case Template(name=name, language=language, values=values):
            parameters = [{"type": "text", "text": value} for value in values]
            components = [{"type": "body", "parameters": parameters}] if parameters else []
            return {
                "type": "template",
                "template": {"name": name, "language": {"code": language}, "components": components},
            }
        case Reaction(body=emoji, message_id=message_id):
            return {"type": "reaction", "reaction": {"message_id": message_id, "emoji": emoji}}


def _attachment(message: Attachment, media_id: str) -> dict[str, Any]:
    kind = media_kind(message.content_type)
    content = {"id": media_id}
    if message.body and kind != "audio":  # Meta has no caption for sound
        content["caption"] = message.body
    if kind == "document":
        content["filename"] = message.filename
    return {"type": kind, kind: content}


def _rows(choices: tuple[Choice, ...]) -> list[dict[str, str]]:
    return [
        {"id": choice.id, "title": choice.title} | ({"description": choice.description} if choice.description else {})
        for choice in choices
    ]


def _interactive(kind: str, body: str, footer: str, action: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {"type": kind, "body": {"text": body}, "action": action}
    if footer:
        content["footer"] = {"text": footer}
    return {"type": "interactive", "interactive": content}


def problems(message: Outgoing) -> list[str]:
    """What Meta would refuse about a message; empty for everything `compose` builds for WhatsApp."""
    limits = WHATSAPP
    match message:
        case Text(body=body):
            found = [_over("body", body, limits.text)]
        case Buttons(body=body, choices=choices, footer=footer):
            titles = [choice.title for choice in choices]
            found = [
                _over("body", body, limits.button_body),
                _over("footer", footer, limits.footer),
                f"{len(choices)} buttons" if not 1 <= len(choices) <= limits.buttons else "",
                "two buttons with one title" if len(set(titles)) < len(titles) else "",
                *(_over("title", title, limits.button_title) for title in titles),
            ]
        case Options(body=body, button=button, choices=choices, footer=footer):
            found = [
                _over("body", body, limits.list_body),
                _over("footer", footer, limits.footer),
                _over("button", button, limits.list_button) or ("" if button else "no button"),
                f"{len(choices)} rows" if not 1 <= len(choices) <= limits.rows else "",
                *(_over("title", choice.title, limits.row_title) for choice in choices),
                *(_over("description", choice.description, limits.row_description) for choice in choices),
            ]
        case Attachment(body=body):
            found = [_over("caption", body, MAX_CAPTION)]
        case Location(latitude=latitude, longitude=longitude):
            found = ["" if abs(latitude) <= 90 and abs(longitude) <= 180 else "a place that is none"]
        case Template(body=body, values=values):
            found = [_over("body", body, MAX_PARAMETERS), *map(value_problem, values)]
        case Reaction(message_id=message_id):
            found = ["" if message_id else "no message to react to"]
    if not isinstance(message, Attachment | Reaction) and not message.body.strip():
        found.append("an empty body")
    return [problem for problem in found if problem]


def _over(name: str, text: str, limit: int) -> str:
    return f"{name} of {width(text)} > {limit}" if width(text) > limit else ""


def value_problem(value: str) -> str:
    """Why Meta would refuse a template's value (132018, 132012); "" when it would not."""
    if not value.strip():
        return "an empty value"
    if "\n" in value or "\t" in value or "    " in value:
        return "a value with line breaks, tabs or four spaces"
    return ""
