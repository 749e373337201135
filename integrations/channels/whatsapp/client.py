"""Writing to WhatsApp users through Meta's Graph API: one number, one token, no state.

Calls go through `breakers.call(Service.WHATSAPP, <phone number id>, …)`, which the caller does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hotel_agent.common.exceptions import BadInput, DependencyDown, UnknownOutcome
from integrations import http
from integrations.channels.base import WHATSAPP, Abilities, SendResult
from integrations.channels.outgoing import Outgoing
from integrations.channels.whatsapp import identity
from integrations.channels.whatsapp.errors import error_in, error_of
from integrations.channels.whatsapp.reading import identifier, objects
from integrations.channels.whatsapp.render import render
from integrations.exceptions import AccountRefused, OtherFormMayWork, RecipientRefused
from integrations.outside import Service

MAX_REFERENCE = 512
TYPING_S = 25
"""Meta ends the typing indicator after this long, or with the reply."""


@dataclass(frozen=True, slots=True)
class WhatsAppClient:
    """One phone number's door to Graph.

    Args:
        api_url: scheme and host, no version ("https://graph.facebook.com").
        version: Graph version ("v25.0").
    """

    phone_number_id: str
    access_token: str = field(repr=False)
    api_url: str
    version: str
    abilities: Abilities = WHATSAPP

    def send(
        self,
        recipient: Mapping[str, str],
        message: Outgoing,
        *,
        reference: str,
        reply_to: str | None = None,
        pair_refusals: int = 0,
        media_id: str = "",
    ) -> SendResult:
        """Send one message; see `ChannelAdapter.send` for the promise and the errors.

        A number is preferred to a user id (Meta would ignore the id beside it). Where Meta refuses an Argentine,
        Mexican or Brazilian number as not reachable, its other written form is tried once: the refusal is certain, so
        nothing can arrive twice.

        Args:
            pair_refusals: how often in a row this recipient's messages were refused with 131056, for the wait.
            media_id: Meta's id of an attachment's file (`media.upload`).

        Raises:
            RecipientThrottled, Throttled, WindowClosed, RecipientRefused, ContentRefused, AccountRefused: as named.
        """
        if not reference or len(reference) > MAX_REFERENCE:
            raise ValueError(f"a reference has 1 to {MAX_REFERENCE} characters")
        content = {**render(message, media_id=media_id), "biz_opaque_callback_data": reference}
        if reply_to and content["type"] != "reaction":
            content["context"] = {"message_id": reply_to}
        user = recipient.get("send_to") or recipient.get("wa_id") or recipient.get("bsuid")
        if not user:
            raise RecipientRefused("the recipient has no WhatsApp id")
        try:
            return self._send_to(user, content, pair_refusals)
        except OtherFormMayWork:
            other = identity.other_form(user)
            if other is None:
                raise
            return self._send_to(other, content, pair_refusals)

    def mark_read(self, message_id: str, *, typing: bool = True) -> None:
        """Show a guest's message (and all before it) as read and, with `typing`, that an answer is being written.

        Safe to repeat; the indicator ends after `TYPING_S`. Raises like `send`, but never `UnknownOutcome`.
        """
        body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
        if typing:
            body["typing_indicator"] = {"type": "text"}
        try:
            self._post(body, changes=False)
        except UnknownOutcome as error:
            raise DependencyDown(str(error)) from error  # marking twice is marking once

    def describe(self) -> Mapping[str, Any]:
        """The number as Meta has it: its display number, verified name and quality. A read. Raises like `mark_read`."""
        fields = "display_phone_number,verified_name,quality_rating"
        return self.graph("GET", f"{self.number}?fields={fields}", changes=False)

    def _send_to(self, user: str, content: Mapping[str, Any], pair_refusals: int) -> SendResult:
        to = identity.address(user)
        answer = self._post(
            {"messaging_product": "whatsapp", "recipient_type": "individual", to.field: to.value, **content},
            changes=True,
            pair_refusals=pair_refusals,
        )
        accepted = next(iter(objects(answer.get("messages"))), {})
        contact = next(iter(objects(answer.get("contacts"))), {})
        message_id = identifier(accepted, "id")
        if not message_id:
            raise UnknownOutcome("WhatsApp accepted the message but gave it no id")
        return SendResult(
            message_id=message_id,
            recipient_id=identifier(contact, "wa_id") or identifier(contact, "user_id") or user,
            sent_to=user,
        )

    def _post(self, body: Mapping[str, Any], *, changes: bool, pair_refusals: int = 0) -> dict[str, Any]:
        return self.graph("POST", f"{self.number}/messages", json=body, changes=changes, pair_refusals=pair_refusals)

    @property
    def number(self) -> str:
        """The phone number id, fit for a path.

        Raises:
            AccountRefused: it is not one.
        """
        if not self.phone_number_id.isascii() or not self.phone_number_id.isalnum():
            raise AccountRefused("the phone number id is not one", reason="settings")
        return self.phone_number_id

    def graph(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        data: Mapping[str, str] | None = None,
        files: Mapping[str, http.File] | None = None,
        changes: bool,
        pair_refusals: int = 0,
    ) -> dict[str, Any]:
        """One call to Graph as this number; its answer, when it is a good one.

        Raises:
            As `send`; what Meta refuses by code is `errors.error_of` of it.
        """
        response = http.request(
            Service.WHATSAPP,
            method,
            f"{self.api_url}/{self.version}/{path}",
            headers=self.authorization(),
            json=json,
            data=data,
            files=files,
            changes=changes,
        )
        try:
            answer = response.json()
        except BadInput:
            answer = None
        if response.ok and isinstance(answer, dict) and "error" not in answer:
            return answer
        code, words = error_in(answer)
        if response.ok and code is None:
            raise UnknownOutcome(f"WhatsApp answered {response.status} without saying what it did")
        raise error_of(
            code, words, status=response.status, retry_after=response.retry_after, pair_refusals=pair_refusals
        )

    def authorization(self) -> dict[str, str]:
        """The header that proves who asks. Only for Meta's hosts.

        Raises:
            AccountRefused: the account has no token.
        """
        if not self.access_token:
            raise AccountRefused("the account has no access token", reason="token")
        return {"Authorization": f"Bearer {self.access_token}"}
