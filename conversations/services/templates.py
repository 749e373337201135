"""After the 24-hour window: the same news in a text Meta approved, or nothing and a person.

Only what a guest is owed goes this way (bookings' results, a person's words); an answer to a question of yesterday is a
person's decision.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from conversations.models import Conversation, MessageTemplate, OutboundMessage
from conversations.models.templates import PLACEHOLDER
from hotel_agent.common.exceptions import BadInput
from integrations.channels import outgoing
from integrations.channels.whatsapp.render import MAX_PARAMETERS, value_problem


class WrongValues(BadInput):
    """A template cannot be filled with these values; the text says why."""

    code = "wrong_values"


def put_into_template(row: OutboundMessage) -> bool:
    """Turn a queued row into a template, if the hotel has one for its language; False when it stays as it is.

    With the conversation locked; the caller saves `body`, `text` and `why`.
    """
    if row.purpose == OutboundMessage.Purpose.ANSWER:
        return False
    if row.body.get("kind") == outgoing.Template.kind:
        return True
    template = choose(row.conversation, row.language)
    if template is None:
        return False
    try:
        message = fill(template, row.conversation, row.text)
    except WrongValues:
        return False
    row.why = {**row.why, "template": template.name, "instead_of": row.text[:600]}
    row.body = message.as_dict()
    row.text = message.body
    return True


def choose(conversation: Conversation, language: str) -> MessageTemplate | None:
    """An approved text of the number in the language, else in the hotel's own; None when there is none."""
    return of_account(conversation.account_id, (language, conversation.tenant.default_language))


def of_account(account_id: int, languages: Sequence[str]) -> MessageTemplate | None:
    """A number's approved text in the first of the languages that has one; None when none has."""
    approved = MessageTemplate.objects.filter(
        account_id=account_id,
        status=MessageTemplate.Status.APPROVED,
        category=MessageTemplate.Category.UTILITY,
    )
    return first_spoken(approved.order_by("id"), languages)


def first_spoken(approved: Iterable[MessageTemplate], languages: Sequence[str]) -> MessageTemplate | None:
    """Of approved texts, the first in the first of the languages that has one; None when none has."""
    found = list(approved)
    for wanted in languages:
        for template in found:
            if template.language.partition("_")[0] == wanted:
                return template
    return None


def fill(template: MessageTemplate, conversation: Conversation, text: str) -> outgoing.Template:
    """The template with its places filled, checked before Meta sees it: count, emptiness, line breaks, length.

    Raises:
        WrongValues: Meta would refuse it (132000, 132012, 132018).
    """
    known = {
        "hotel": conversation.tenant.name,
        "guest": conversation.guest.name or conversation.guest.profile_name or "–",
        "message": one_line(text),
    }
    values = tuple(known.get(str(name), "") for name in template.values)
    places = PLACEHOLDER.findall(template.body)
    if len(places) != len(values):
        raise WrongValues(f"{template.name} has {len(places)} places and {len(values)} values")
    if problem := next((found for value in values if (found := value_problem(value))), ""):
        raise WrongValues(f"{template.name}: {problem}")
    room = MAX_PARAMETERS - len(PLACEHOLDER.sub("", template.body))
    rest = room - sum(len(value) for name, value in zip(template.values, values, strict=True) if name != "message")
    values = tuple(
        outgoing.cut(value, rest) if name == "message" and len(value) > rest else value
        for name, value in zip(template.values, values, strict=True)
    )
    filled = PLACEHOLDER.sub(lambda match: values[int(match.group(1)) - 1], template.body)
    if outgoing.width(filled) > MAX_PARAMETERS:
        raise WrongValues(f"{template.name} is longer than {MAX_PARAMETERS} characters when filled")
    return outgoing.Template(body=filled, name=template.name, language=template.language, values=values)


def one_line(text: str) -> str:
    """A message as a template's value: lines joined by " · ", nothing Meta refuses (breaks, tabs, four spaces)."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return re.sub(r" {2,}", " ", " · ".join(line for line in lines if line))
