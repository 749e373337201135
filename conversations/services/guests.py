"""Who wrote: from a channel's ids to one guest and one conversation per account."""

from __future__ import annotations

import structlog
from django.db import connection

from conversations.models import Conversation, Guest, GuestIdentity, Message, OutboundMessage
from conversations.services.privacy import tombstones
from hotel_agent.common.exceptions import HotelAgentError
from integrations.events import UnifiedMessage
from tenants.models import ChannelAccount, Tenant

log = structlog.get_logger(__name__)

Kind = GuestIdentity.Kind


class ErasedMessage(HotelAgentError):  # noqa: N818 - what it is, not what went wrong
    """A late duplicate of a message whose guest was erased: it must not bring them back."""

    code = "erased_message"


def resolve(account: ChannelAccount, message: UnifiedMessage) -> Guest:
    """The guest behind a message's ids, created at first sight. Inside the tenant's scope and a transaction.

    The strongest id wins (BSUID before number): numbers change hands, user ids do not. A known number under another
    user id than its guest's is somebody else, who must not see that guest's stays. New ids of a known guest are
    remembered. Two workers meeting a new guest at once agree by an advisory lock on the id.

    Raises:
        ErasedMessage: nobody is known by these ids, and the message was here before its guest was erased.
    """
    tenant = account.tenant
    names = _names(message)
    owners = _owners(names)
    guest = _first(owners, names)
    if guest is not None and _other_person(guest, names, owners):
        log.warning("number_changed_hands", tenant_id=tenant.pk, guest_id=guest.pk)
        GuestIdentity.objects.filter(guest=guest, kind=Kind.WA_ID, value__in=[value for _, value in names]).delete()
        guest = None
    if guest is None:
        for kind, value in names:
            _lock_name(tenant, kind, value)
        owners = _owners(names)
        guest = _first(owners, names)
    if guest is None:
        had_as = _known_as(account, message.message_id)
        if tombstones.of(tenant.pk, message.message_id) in had_as:
            raise ErasedMessage("a late duplicate of an erased message")
        guest = Guest.objects.create(
            tenant=tenant,
            profile_name=str(message.metadata.get("profile_name", ""))[:120],
            phone=str(message.metadata.get("phone", ""))[:20],
            email=str(message.metadata.get("email", ""))[:254],
        )
        guest.is_new = not had_as
    _add(tenant, guest, [name for name in names if name not in owners])
    return guest


def was_erased(account: ChannelAccount, message_id: str) -> bool:
    """Whether a message was here, in or out, before its guest was erased. Inside the tenant's scope."""
    return tombstones.of(account.tenant_id, message_id) in _known_as(account, message_id)


def _known_as(account: ChannelAccount, message_id: str) -> set[str]:
    """Under which ids a message is here: its own, when it came in, or that of an erased one, in or out."""
    stone = tombstones.of(account.tenant_id, message_id)
    heard = Message.objects.filter(account=account, provider_id__in=[message_id, stone]).order_by()
    sent = OutboundMessage.objects.filter(provider_id=stone).exclude(provider_id="").order_by()
    both = heard.values_list("provider_id", flat=True).union(sent.values_list("provider_id", flat=True), all=True)
    return set(both)


def at(tenant: Tenant, kind: str, value: str, *, name: str = "") -> Guest:
    """The guest of one address we write to first, created if nobody wrote from it. Inside a transaction."""
    _lock_name(tenant, kind, value)
    found = known([(kind, value)])
    if found is None:
        found = Guest.objects.create(tenant=tenant, profile_name=name[:120], email=value[:254])
        _add(tenant, found, [(kind, value)])
    return found


def thread_with(account: ChannelAccount, guest: Guest, recipient: dict[str, str]) -> Conversation:
    """The thread of a guest at an account, begun if need be, for something we write first; not locked."""
    new = Conversation(
        tenant=account.tenant, account=account, guest=guest, channel=account.channel, recipient=recipient
    )
    Conversation.objects.bulk_create([new], ignore_conflicts=True)
    return Conversation.objects.select_related("account", "guest", "tenant").get(account=account, guest=guest)


def _names(message: UnifiedMessage) -> list[tuple[str, str]]:
    order = [kind.value for kind in GuestIdentity.Kind]
    aliases = [(str(kind), str(value)[:190]) for kind, value in message.metadata.get("aliases", ()) if value]
    return sorted(set(aliases), key=lambda name: order.index(name[0]) if name[0] in order else len(order))


def known(names: list[tuple[str, str]]) -> Guest | None:
    """The guest behind the first of these names, as (kind, value), that somebody has."""
    return _first(_owners(names), names)


def _owners(names: list[tuple[str, str]]) -> dict[tuple[str, str], Guest]:
    """Who has which of these names."""
    found = GuestIdentity.objects.filter(value__in=[value for _, value in names]).select_related("guest")
    return {(one.kind, one.value): one.guest for one in found if (one.kind, one.value) in names}


def _first(owners: dict[tuple[str, str], Guest], names: list[tuple[str, str]]) -> Guest | None:
    return next((owners[name] for name in names if name in owners), None)


def _other_person(guest: Guest, names: list[tuple[str, str]], owners: dict[tuple[str, str], Guest]) -> bool:
    """Whether a guest found by number alone has another user id than the sender."""
    mine = [name for name in names if name[0] == Kind.BSUID]
    if not mine or any(name in owners for name in mine):
        return False
    return guest.identities.filter(kind=Kind.BSUID).exists()


def _lock_name(tenant: Tenant, kind: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"guest:{tenant.pk}:{kind}:{value}"])


def remember(tenant: Tenant, guest: Guest, names: list[tuple[str, str]]) -> None:
    """Add names to a guest; one that is somebody else's stays theirs."""
    have = set(guest.identities.values_list("kind", "value"))
    _add(tenant, guest, [name for name in names if name not in have])


def _add(tenant: Tenant, guest: Guest, names: list[tuple[str, str]]) -> None:
    if names:
        GuestIdentity.objects.bulk_create(
            [GuestIdentity(tenant=tenant, guest=guest, kind=kind, value=value) for kind, value in names],
            ignore_conflicts=True,
        )


def lock_conversation(account: ChannelAccount, guest: Guest, message: UnifiedMessage) -> Conversation:
    """The thread of this guest at this account, locked until the transaction ends, created at first sight."""
    recipient = dict(message.metadata.get("recipient") or message.metadata.get("aliases", ())) or {
        "id": message.user_id
    }
    new = Conversation(
        tenant=account.tenant, account=account, guest=guest, channel=account.channel, recipient=recipient
    )
    if guest.is_new:
        # Nobody else can see the guest before we commit: the row is ours as if it were locked.
        new.save(force_insert=True)
        return new
    threads = Conversation.objects.select_for_update(no_key=True)
    conversation = threads.filter(account=account, guest=guest).first()
    if conversation is None:
        Conversation.objects.bulk_create([new], ignore_conflicts=True)  # another worker may have been first
        conversation = threads.get(account=account, guest=guest)
    conversation.tenant, conversation.account, conversation.guest = account.tenant, account, guest
    merged = {**conversation.recipient, **recipient}
    if merged.get("wa_id") != conversation.recipient.get("wa_id"):
        merged.pop("send_to", None)  # the form that worked was of the former number
    if merged != conversation.recipient:
        conversation.recipient = merged
        conversation.save(update_fields=["recipient"])
    return conversation
