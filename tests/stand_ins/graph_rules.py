"""What Meta accepts as a message, written from its documentation and not from our renderer: (code, details) or None."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any

Refusal = tuple[int, str] | None
_NUMBER = re.compile(r"\+\d{7,20}")
_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")


def refusal_of(body: Any, *, files: Container[str] = ()) -> Refusal:
    """Why Meta would refuse a request to `/messages`; None when it would accept it. `files` are the ids it knows."""
    if not isinstance(body, dict) or body.get("messaging_product") != "whatsapp":
        return 100, "The parameter messaging_product is required."
    if body.get("status") == "read":
        return _read(body)
    return (
        _recipient(body)
        or _texts(body, "biz_opaque_callback_data", {"": (body.get("biz_opaque_callback_data", "x"), 512)})
        or _content(body, files)
    )


def _read(body: dict[str, Any]) -> Refusal:
    if not isinstance(body.get("message_id"), str) or not body["message_id"].startswith("wamid."):
        return 131009, "message_id is not a message"
    if body.get("typing_indicator", {"type": "text"}) != {"type": "text"}:
        return 131009, "typing_indicator"
    return None


def _recipient(body: dict[str, Any]) -> Refusal:
    if "to" in body:
        # Meta takes numbers without "+" too, and then puts the sender's country in front: never what we mean.
        return None if _NUMBER.fullmatch(str(body["to"])) else (131009, "to is not an international number")
    if "recipient" in body:
        return None if _USER_ID.fullmatch(str(body["recipient"])) else (131009, "recipient is not a user id")
    return 131008, "Required parameter is missing: to"


def _content(body: dict[str, Any], files: Container[str]) -> Refusal:
    match body.get("type"):
        case "text":
            return _texts(body["text"], "text", {"body": 4096})
        case "interactive":
            return _interactive(body["interactive"])
        case "image" | "video" | "audio" | "document" as kind:
            return _file(kind, body[kind], files)
        case "location":
            place = body["location"]
            numbers = all(isinstance(place.get(key), int | float) for key in ("latitude", "longitude"))
            wrong = not numbers or abs(place["latitude"]) > 90 or abs(place["longitude"]) > 180
            return (131009, "location") if wrong else None
        case "reaction":
            reaction = body["reaction"]
            known = str(reaction.get("message_id", "")).startswith("wamid.") and "context" not in body
            return None if known and isinstance(reaction.get("emoji"), str) else (131009, "reaction")
        case "template":
            return _template(body["template"])
        case other:
            return 100, f"type {other}"


def _file(kind: str, file: dict[str, Any], files: Container[str]) -> Refusal:
    if file.get("id") not in files:
        return 131053, "Media upload error: unknown media id"
    allowed = {"id", "caption"} if kind in {"image", "video"} else {"id", "caption", "filename"}
    if set(file) - (allowed if kind != "audio" else {"id"}):
        return 100, f"unexpected key in {kind}"
    return _texts(file, kind, {"caption": 1024}) if "caption" in file else None


def _template(template: dict[str, Any]) -> Refusal:
    wrong = _texts(template, "template", {"name": 512}) or _texts(template["language"], "language", {"code": 10})
    values = [one["text"] for part in template.get("components", ()) for one in part["parameters"]]
    if any("\n" in value or "\t" in value or "    " in value or not value.strip() for value in values):
        return 132018, "There's an issue with the parameters in your template"
    return wrong


def _interactive(interactive: dict[str, Any]) -> Refusal:
    action = interactive["action"]
    footer = {"text": (interactive["footer"]["text"], 60)} if "footer" in interactive else {}
    wrong = _texts({}, "footer", footer)
    if interactive["type"] == "button":
        replies = [button["reply"] for button in action["buttons"]]
        wrong = wrong or _texts(interactive["body"], "body", {"text": 1024})
        if not 1 <= len(replies) <= 3:
            return 131009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3"
        if len({reply["title"] for reply in replies}) < len(replies):
            return 131009, "Duplicate button titles"
        if any(button["type"] != "reply" for button in action["buttons"]):
            return 131009, "button type"
        limits = {"id": 256, "title": 20}
    elif interactive["type"] == "list":
        replies = [row for section in action["sections"] for row in section["rows"]]
        wrong = wrong or _texts(interactive["body"], "body", {"text": 4096}) or _texts(action, "action", {"button": 20})
        if not 1 <= len(replies) <= 10:
            return 131009, "Total row count exceed max allowed count: 10"
        limits = {"id": 200, "title": 24}
        wrong = wrong or next(
            (found for row in replies if "description" in row if (found := _texts(row, "row", {"description": 72}))),
            None,
        )
    else:
        return 131009, f"interactive type {interactive['type']}"
    if len({reply["id"] for reply in replies}) < len(replies):
        return 131009, "Duplicate ids"
    return wrong or next((found for reply in replies if (found := _texts(reply, "reply", limits))), None)


def _texts(parent: dict[str, Any], name: str, limits: dict[str, Any]) -> Refusal:
    """Each text is present, not blank and within its limit. A limit may come with its value: (value, limit)."""
    for key, limit in limits.items():
        value, longest = limit if isinstance(limit, tuple) else (parent.get(key), limit)
        if not isinstance(value, str) or not value.strip():
            return 100, f"({name}) {key} is required"
        if len(value.encode("utf-16-le")) // 2 > longest:
            return 131009, f"({name}) {key} is longer than {longest}"
        if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value):
            return 131009, f"({name}) {key} has characters that are none"
    return None
