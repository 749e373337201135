"""What a visitor posts becomes a committed row before the page is told that we have it."""

from __future__ import annotations

from conversations.models import OutboundMessage
from conversations.services import ingestion
from conversations.services.webchat.visitors import Visitor
from hotel_agent.common import clock, limits
from hotel_agent.common.exceptions import BadInput
from integrations.channels import outgoing
from integrations.channels.webchat.parse import MAX_TITLE, Post, envelope, message_id_of

VISITOR_RATE = "30/m"
ADDRESS_RATE = "120/m"
"""Messages from one address: several guests in one lobby, not a flood of made-up visitors."""


class UnknownChoice(BadInput):
    """Nobody offered this visitor what they say they tapped."""

    code = "unknown_choice"


def may_post(visitor: Visitor, address: str) -> limits.Limit:
    """Whether one more message is within the limits; counts it."""
    own = limits.check("webchat-visitor", f"{visitor.widget}:{visitor.visitor}", VISITOR_RATE)
    return own if not own.allowed else limits.check("webchat-address", address, ADDRESS_RATE)


def post_text(visitor: Visitor, *, message_id: str, text: str, language: str = "", correlation_id: str = "") -> None:
    """Commit a written message. Safe to repeat: one id of one visitor is one message, whatever it says.

    Raises:
        django.db.OperationalError: the database cannot take it; the page must keep it.
    """
    _store(visitor, message_id, outgoing.clean(text), "", language, correlation_id)


def post_choice(
    visitor: Visitor, *, message_id: str, choice_id: str, language: str = "", correlation_id: str = ""
) -> None:
    """Commit a tap on something that was offered in this visitor's thread. Safe to repeat. Inside the tenant's scope.

    Raises:
        UnknownChoice: it was not offered; a page that makes up ids gets nowhere.
        django.db.OperationalError: as `post_text`.
    """
    title = _title_of(visitor, choice_id)
    _store(visitor, message_id, title[:MAX_TITLE], choice_id, language, correlation_id)


def _title_of(visitor: Visitor, choice_id: str) -> str:
    offered = OutboundMessage.objects.filter(
        conversation__account__external_id=visitor.widget,
        conversation__guest__identities__kind="visitor",
        conversation__guest__identities__value=visitor.visitor,
        body__choices__contains=[{"id": choice_id}],
    )
    body = offered.order_by("-id").values_list("body", flat=True).first()
    choices = (body or {}).get("choices", ())
    titles = [choice["title"] for choice in choices]
    for choice in choices:
        if choice["id"] == choice_id:
            # Two rates of one room have one title: what tells them apart is the first thing said about them.
            detail = str(choice.get("description", "")).partition(" · ")[0] if titles.count(choice["title"]) > 1 else ""
            return " · ".join(filter(None, (str(choice["title"]), detail)))
    raise UnknownChoice("this was not offered here")


def _store(visitor: Visitor, message_id: str, text: str, choice_id: str, language: str, correlation_id: str) -> None:
    post = Post(
        widget=visitor.widget,
        visitor=visitor.visitor,
        message_id=message_id,
        at=clock.now(),
        text=text,
        choice_id=choice_id,
        language=language,
        identifier=visitor.identifier,
        name=visitor.name,
    )
    ingestion.store_delivery(
        route="webchat",
        app_key="",
        body=envelope(post),
        correlation_id=correlation_id,
        name=f"{visitor.widget}:{message_id_of(visitor.visitor, message_id)}",
    )
