"""One WhatsApp message: its kind, its words, its sender and everything else worth keeping."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hotel_agent.common.exceptions import BadInput
from integrations.channels.whatsapp.reading import (
    Json,
    Object,
    child,
    fingerprint,
    identifier,
    instant,
    load_text,
    objects,
    text,
)
from integrations.events import MessageType, UnifiedMessage

CHANNEL = "whatsapp"
MEDIA = ("image", "audio", "voice", "video", "document", "sticker")

_KINDS = {
    "text": MessageType.TEXT,
    "button": MessageType.BUTTON,
    "image": MessageType.IMAGE,
    "audio": MessageType.AUDIO,
    "voice": MessageType.AUDIO,
    "video": MessageType.VIDEO,
    "document": MessageType.DOCUMENT,
    "sticker": MessageType.STICKER,
    "location": MessageType.LOCATION,
    "contacts": MessageType.CONTACTS,
    "reaction": MessageType.REACTION,
    "order": MessageType.ORDER,
    "edit": MessageType.EDIT,
    "revoke": MessageType.REVOKE,
    "system": MessageType.SYSTEM,
    "request_welcome": MessageType.WELCOME,
    "unsupported": MessageType.UNSUPPORTED,
}
_INTERACTIVE = {
    "button_reply": MessageType.BUTTON,
    "list_reply": MessageType.BUTTON,
    "call_permission_reply": MessageType.BUTTON,
    "nfm_reply": MessageType.FLOW,
}
_BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")


def is_bsuid(value: str) -> bool:
    """Whether an id has the form of a business-scoped user id ("US.1349…") rather than a number."""
    return _BSUID.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Person:
    """What Meta calls someone in one place: number, user id, either or both, verbatim."""

    number: str
    user_id: str

    @property
    def name(self) -> str:
        """The strongest id: numbers change hands, user ids do not."""
        return self.user_id or self.number

    def contact(self, contacts: list[Object]) -> Object:
        """The contact that is this person. One without an id of its own is told by being the only one."""
        for contact in contacts:
            if self.number and identifier(contact, "wa_id") == self.number:
                return contact
            if self.user_id and identifier(contact, "user_id") == self.user_id:
                return contact
        alone = contacts[0] if len(contacts) == 1 else {}
        return alone if not self.name or not (alone.get("wa_id") or alone.get("user_id")) else {}

    def aliases(self, contacts: list[Object]) -> tuple[tuple[str, str], ...]:
        """Every id of this person as (kind, value), the user id first."""
        contact = self.contact(contacts)
        user_ids = [self.user_id, identifier(contact, "user_id")]
        numbers = [self.number, identifier(contact, "wa_id")]
        pairs = [("bsuid", value) for value in user_ids] + [
            ("bsuid" if is_bsuid(value) else "wa_id", value) for value in numbers
        ]
        return tuple(dict.fromkeys(pair for pair in pairs if pair[1]))


def message(message: Object, *, account: str, contacts: list[Object]) -> UnifiedMessage:
    """The normalised form of one element of `messages`."""
    person = Person(number=identifier(message, "from"), user_id=identifier(message, "from_user_id"))
    return UnifiedMessage(
        message_id=identifier(message, "id") or fingerprint(message),
        canal=CHANNEL,
        user_id=person.name,
        timestamp_iso=instant(message),
        tipo=kind(message),
        texto=words(message),
        metadata={
            "account": account,
            **_about_person(person, contacts),
            **_about_message(message),
            **_about_content(message),
        },
    )


def kind(message: Object) -> MessageType:
    """What kind of message it is; one without a type is told by the content it carries."""
    named = text(message, "type")
    if not named:
        named = next((key for key in ("interactive", *_KINDS) if isinstance(message.get(key), dict)), "")
    if named == "interactive":
        return _INTERACTIVE.get(text(child(message, "interactive"), "type"), MessageType.UNSUPPORTED)
    return _KINDS.get(named, MessageType.UNKNOWN)


def words(message: Object) -> str:
    """What the guest wrote or tapped; "" for messages without words.

    The text of an edited message is not here (nobody said it just now) but in `metadata["edited"]`, and Meta's own
    sentences about a user are not the user's words.
    """
    match kind(message):
        case MessageType.TEXT:
            return text(child(message, "text"), "body")
        case MessageType.BUTTON:
            return text(_reply(message), "title") or text(child(message, "button"), "text")
        case MessageType.ORDER:
            return text(child(message, "order"), "text")
        case MessageType.IMAGE | MessageType.AUDIO | MessageType.VIDEO | MessageType.DOCUMENT | MessageType.STICKER:
            return text(_media(message), "caption")
        case _:
            return ""


def edited_words(message: Object) -> str:
    """The new words of an edit."""
    return words(child(child(message, "edit"), "message"))


def _reply(message: Object) -> Object:
    interactive = child(message, "interactive")
    return child(interactive, "button_reply") or child(interactive, "list_reply")


def _media(message: Object) -> Object:
    return next((child(message, key) for key in MEDIA if child(message, key)), {})


def _about_person(person: Person, contacts: list[Object]) -> Object:
    contact = person.contact(contacts)
    profile = child(contact, "profile")
    aliases = person.aliases(contacts)
    number = next((value for name, value in aliases if name == "wa_id"), "")
    return {"aliases": [list(alias) for alias in aliases]} | _present(
        phone=number[:20] if number.isascii() and number.isdecimal() else "",
        profile_name=text(profile, "name")[:120],
        username=text(profile, "username")[:120],
        parent_user_id=identifier(contact, "parent_user_id"),
    )


def _about_message(message: Object) -> Object:
    context = child(message, "context")
    forwarded = context.get("forwarded") is True or context.get("frequently_forwarded") is True
    return _present(
        reply_to=identifier(context, "id"),
        forwarded=forwarded,
        product=child(context, "referred_product"),
        referral=child(message, "referral"),
        group=identifier(message, "group_id"),
        errors=objects(message.get("errors")),
    )


def _about_content(message: Object) -> Object:
    """What the message carries besides words, by kind, under the keys `UnifiedMessage` names."""
    match kind(message):
        case MessageType.BUTTON:
            permission = text(child(child(message, "interactive"), "call_permission_reply"), "response")
            reply_id = text(_reply(message), "id") or text(child(message, "button"), "payload")
            return _present(reply_id=reply_id or (f"call_permission:{permission}" if permission else ""))
        case MessageType.IMAGE | MessageType.AUDIO | MessageType.VIDEO | MessageType.DOCUMENT | MessageType.STICKER:
            return {"media": _about_media(message)}
        case MessageType.LOCATION:
            return {"location": child(message, "location")}
        case MessageType.CONTACTS:
            return {"contacts": objects(message.get("contacts"))}
        case MessageType.REACTION:
            reaction = child(message, "reaction")
            return {
                "reaction": {"emoji": text(reaction, "emoji"), "message_id": identifier(reaction, "message_id")},
                **_present(reply_to=identifier(reaction, "message_id")),
            }
        case MessageType.ORDER:
            return {"order": child(message, "order")}
        case MessageType.FLOW:
            return {"flow": _about_flow(child(child(message, "interactive"), "nfm_reply"))}
        case MessageType.EDIT:
            edit = child(message, "edit")
            inside = child(edit, "message")
            return {
                "edited": {"tipo": kind(inside).value, "texto": words(inside), **_present(media=_about_media(inside))},
                **_present(original_message_id=identifier(edit, "original_message_id")),
            }
        case MessageType.REVOKE:
            return _present(original_message_id=identifier(child(message, "revoke"), "original_message_id"))
        case MessageType.SYSTEM:
            return {"system": _about_system(message)}
        case MessageType.UNSUPPORTED | MessageType.UNKNOWN:
            original = text(child(message, "unsupported"), "type") or text(message, "type")
            return _present(original_type=original[:40])
        case _:
            return {}


def _about_media(message: Object) -> Object:
    media = _media(message)
    return _present(
        id=identifier(media, "id"),
        mime_type=text(media, "mime_type")[:120],
        sha256=text(media, "sha256")[:120],
        filename=text(media, "filename")[:255],
        voice=media.get("voice") is True or "voice" in message,
        animated=media.get("animated") is True,
        url=text(media, "url"),
    )


def _about_flow(reply: Object) -> Object:
    """A flow's answer. `response_json` is JSON inside a string, written by the flow and not always an object."""
    raw = text(reply, "response_json")
    try:
        response = load_text(raw)
    except BadInput:
        response = None
    return _present(
        name=text(reply, "name")[:120],
        body=text(reply, "body"),
        response=response if isinstance(response, dict) else {},
        raw="" if isinstance(response, dict) else raw,
    )


def _about_system(message: Object) -> Object:
    """A change of the user's ids, as ids before and after.

    Only the fields count: the sentence in `body` contains the profile name, which its owner may write at will.
    """
    system = child(message, "system")
    after = Person(number=identifier(system, "wa_id") or identifier(system, "new_wa_id"),
                   user_id=identifier(system, "user_id"))  # fmt: skip
    before = Person(number=identifier(message, "from"),
                    user_id=identifier(system, "previous_user_id") or identifier(message, "from_user_id"))  # fmt: skip
    changed = text(system, "type") in {"user_changed_number", "user_changed_user_id"}
    return _present(
        type=text(system, "type")[:60],
        body=text(system, "body"),
        previous=[list(alias) for alias in before.aliases([])] if changed else [],
        current=[list(alias) for alias in after.aliases([])] if changed else [],
        identity=child(message, "identity"),
    )


def _present(**values: Json) -> Object:
    """Only what is there: no empty strings, lists, objects or False."""
    return {name: value for name, value in values.items() if value}
