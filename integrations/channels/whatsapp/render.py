"""Outgoing messages in Graph's words."""

from __future__ import annotations

from typing import Any

from integrations.channels.base import WHATSAPP
from integrations.channels.outgoing import Buttons, Choice, Options, Outgoing, Text, width
from integrations.exceptions import ContentRefused


def render(message: Outgoing) -> dict[str, Any]:
    """The part of a request that is the message: `type` and the object of that name.

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
    if not message.body.strip():
        found.append("an empty body")
    return [problem for problem in found if problem]


def _over(name: str, text: str, limit: int) -> str:
    return f"{name} of {width(text)} > {limit}" if width(text) > limit else ""
