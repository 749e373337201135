"""Who wrote: from a channel's ids to one guest and one conversation per account."""

from __future__ import annotations

from django.db import connection

from conversations.models import Conversation, Guest, GuestIdentity
from integrations.events import UnifiedMessage
from tenants.models import ChannelAccount, Tenant


def resolve(tenant: Tenant, message: UnifiedMessage) -> Guest:
    """The guest behind a message's ids, created at first sight. Inside the tenant's scope and a transaction.

    The strongest id wins (BSUID before number): numbers change hands, user ids do not. New ids of a known guest are
    remembered. Two workers meeting a new guest at once agree by an advisory lock on the id.
    """
    names = _names(message)
    guest = _known(names)
    if guest is None:
        for kind, value in names:
            _lock_name(tenant, kind, value)
        guest = _known(names)
    if guest is None:
        guest = Guest.objects.create(
            tenant=tenant,
            profile_name=str(message.metadata.get("profile_name", ""))[:120],
            phone=str(message.metadata.get("phone", ""))[:20],
            email=str(message.metadata.get("email", ""))[:254],
        )
    _remember(tenant, guest, names)
    return guest


def _names(message: UnifiedMessage) -> list[tuple[str, str]]:
    order = [kind.value for kind in GuestIdentity.Kind]
    aliases = [(str(kind), str(value)[:190]) for kind, value in message.metadata.get("aliases", ()) if value]
    return sorted(set(aliases), key=lambda name: order.index(name[0]) if name[0] in order else len(order))


def _known(names: list[tuple[str, str]]) -> Guest | None:
    found = {
        (identity.kind, identity.value): identity.guest
        for identity in GuestIdentity.objects.filter(value__in=[value for _, value in names]).select_related("guest")
    }
    return next((found[name] for name in names if name in found), None)


def _lock_name(tenant: Tenant, kind: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"guest:{tenant.pk}:{kind}:{value}"])


def _remember(tenant: Tenant, guest: Guest, names: list[tuple[str, str]]) -> None:
    have = set(guest.identities.values_list("kind", "value"))
    new = [name for name in names if name not in have]
    if new:
        GuestIdentity.objects.bulk_create(
            [GuestIdentity(tenant=tenant, guest=guest, kind=kind, value=value) for kind, value in new],
            ignore_conflicts=True,
        )


def lock_conversation(account: ChannelAccount, guest: Guest, message: UnifiedMessage) -> Conversation:
    """The thread of this guest at this account, locked until the transaction ends, created at first sight."""
    threads = Conversation.objects.select_for_update(no_key=True)
    conversation = threads.filter(account=account, guest=guest).first()
    recipient = dict(message.metadata.get("recipient") or message.metadata.get("aliases", ())) or {
        "id": message.user_id
    }
    if conversation is None:
        _lock_name(account.tenant, "thread", f"{account.pk}:{guest.pk}")
        conversation = threads.filter(account=account, guest=guest).first()
    if conversation is None:
        return Conversation.objects.create(
            tenant=account.tenant, account=account, guest=guest, channel=account.channel, recipient=recipient
        )
    if recipient != conversation.recipient:
        conversation.recipient = {**conversation.recipient, **recipient}
        conversation.save(update_fields=["recipient"])
    return conversation
