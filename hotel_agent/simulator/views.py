"""A guest's phone in the browser, for trying the product without a Meta account.

It is the guest, not the product: the page posts signed deliveries to the ordinary webhook, and the outbound client
talks to a small stand-in of the Graph API here, or to wherever `WHATSAPP_API_URL` points. The thread is read from our
own rows, so replies show either way.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from conversations.models import Conversation, GuestIdentity, Message, OutboundMessage
from hotel_agent.simulator import envelopes
from tenants.models import Channel, ChannelAccount
from tenants.scoping import every_tenant, tenant_scope

SHOWN = [
    OutboundMessage.State.SENT,
    OutboundMessage.State.DELIVERED,
    OutboundMessage.State.READ,
]


@ensure_csrf_cookie
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The phone. Guests are just numbers: change the number and you are somebody else."""
    with every_tenant():  # a development page that lets you choose the hotel
        accounts = list(
            ChannelAccount.objects.filter(channel=Channel.WHATSAPP, is_active=True, meta_app__isnull=True)
            .select_related("tenant")
            .order_by("-tenant__is_demo", "tenant__name")
        )
    hotels = [
        {"id": account.external_id, "name": account.tenant.name, "language": account.tenant.default_language}
        for account in accounts
    ]
    return render(request, "simulator/page.html", {"hotels": hotels})


@require_POST
def envelope(request: HttpRequest) -> HttpResponse:
    """A signed delivery for what the guest does; the page posts it to the webhook itself."""
    try:
        asked: dict[str, Any] = json.loads(request.body)
        phone_number_id, wa_id = str(asked["account"]), str(asked["wa_id"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": {"code": "bad_request", "message": "account and wa_id are needed"}}, status=400)
    if "status" in asked:
        built = envelopes.status(
            phone_number_id=phone_number_id,
            wa_id=wa_id,
            message_id=str(asked.get("message_id", "")),
            reference=str(asked.get("reference", "")),
            state=str(asked["status"]),
        )
    else:
        reply = asked.get("reply")
        built = envelopes.message(
            phone_number_id=phone_number_id,
            wa_id=wa_id,
            name=str(asked.get("name", "")),
            text=str(asked.get("text", "")),
            reply={key: str(value) for key, value in reply.items()} if isinstance(reply, dict) else None,
        )
    body, signature = envelopes.signed(built)
    return JsonResponse({"body": body, "signature": signature})


@require_GET
def thread(request: HttpRequest) -> HttpResponse:
    """What the guest's phone shows: their own messages and what has reached them, in order."""
    with every_tenant():  # the account decides the tenant
        account = (
            ChannelAccount.objects.filter(channel=Channel.WHATSAPP, external_id=request.GET.get("account", ""))
            .select_related("tenant")
            .first()
        )
    if account is None:
        return JsonResponse({"messages": []})
    with tenant_scope(account.tenant):
        identity = GuestIdentity.objects.filter(kind="wa_id", value=request.GET.get("wa_id", "")).first()
        conversation = (
            Conversation.objects.filter(account=account, guest_id=identity.guest_id).first() if identity else None
        )
        if conversation is None:
            return JsonResponse({"messages": []})
        return JsonResponse({"messages": _shown(conversation), "owner": conversation.owner})


def _shown(conversation: Conversation) -> list[dict[str, Any]]:
    said = [
        {
            "at": message.received_at.isoformat(),
            "id": f"in-{message.pk}",
            "side": "guest",
            "text": message.text or f"[{message.kind}]",
            "state": message.state,
        }
        for message in Message.objects.filter(conversation=conversation).order_by("-id")[:100]
    ]
    answered = [
        {
            "at": (row.sent_at or row.created_at).isoformat(),
            "id": f"out-{row.pk}",
            "side": "hotel",
            "text": row.text,
            "body": row.body,
            "state": row.state,
            "message_id": row.provider_id,
            "reference": str(row.public_id),
        }
        for row in OutboundMessage.objects.filter(conversation=conversation, state__in=SHOWN).order_by("-id")[:100]
    ]
    return sorted([*said, *answered], key=lambda entry: entry["at"])


@csrf_exempt
@require_POST
def graph_messages(request: HttpRequest, version: str, phone_number_id: str) -> HttpResponse:
    """The stand-in of Meta's send endpoint: accepts what Graph would accept and names it."""
    if not request.headers.get("Authorization", "").startswith("Bearer "):
        return JsonResponse({"error": {"message": "Invalid OAuth access token", "code": 190}}, status=401)
    try:
        sent = json.loads(request.body)
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        return JsonResponse({"error": {"message": "(#100) Invalid parameter", "code": 100}}, status=400)
    if sent.get("status") == "read":
        return JsonResponse({"success": True})
    to = str(sent.get("to") or sent.get("recipient") or "")
    return JsonResponse(
        {
            "messaging_product": "whatsapp",
            "contacts": [{"input": to, "wa_id": to.lstrip("+")}],
            "messages": [{"id": f"wamid.SIMOUT{uuid.uuid4().hex}"}],
        }
    )


@require_GET
def graph_number(request: HttpRequest, version: str, phone_number_id: str) -> HttpResponse:
    """The stand-in of Meta's number: whoever has a token sees it."""
    if not request.headers.get("Authorization", "").startswith("Bearer "):
        return JsonResponse({"error": {"message": "Invalid OAuth access token", "code": 190}}, status=401)
    return JsonResponse({"display_phone_number": "simulated", "verified_name": "Simulator", "id": phone_number_id})


@csrf_exempt
@require_POST
def graph_media(request: HttpRequest, version: str, phone_number_id: str) -> HttpResponse:
    """The stand-in of Meta's upload: takes any file and names it; nothing is kept."""
    if not request.headers.get("Authorization", "").startswith("Bearer "):
        return JsonResponse({"error": {"message": "Invalid OAuth access token", "code": 190}}, status=401)
    if "file" not in request.FILES:
        return JsonResponse({"error": {"message": "(#100) file is required", "code": 100}}, status=400)
    return JsonResponse({"id": f"SIM{uuid.uuid4().hex}"})
