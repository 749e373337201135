"""Celery doors to the services. A task carries an id and nothing else; running it twice changes nothing."""

from __future__ import annotations

from celery import shared_task
from celery.signals import worker_init
from django.conf import settings

from conversations.models import ConnectionTest, Conversation, Escalation, Handoff, MediaFile, StaffTask
from conversations.services import (
    fetching,
    insight,
    intake,
    ladder,
    notifying,
    purging,
    reading,
    retention,
    sending,
    staff_tasks,
    stay_events,
    trying,
    turns,
    warming,
)
from conversations.services.email import push, watching
from conversations.services.email import reading as reading_mail
from conversations.services.privacy import erasing
from hotel_agent.common import dispatch, heartbeats
from integrations.speech import audio
from reservations.models import StayEvent
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tenants.selectors import tenant_by_id


@worker_init.connect
def load_before_fork(**_: object) -> None:
    """Load and warm everything in the worker's parent: its children share the memory, and no guest waits for it."""
    warming.warm_up()


_hotels: dict[int, int] = {}
MAX_HOTELS = 10_000


def _hotel_of(conversation_id: int) -> int | None:
    """The hotel of a conversation. It never changes, so it is asked once per process."""
    if conversation_id not in _hotels:
        found = Conversation._base_manager.filter(pk=conversation_id).values_list("tenant_id", flat=True).first()
        if found is None:
            return None
        if len(_hotels) >= MAX_HOTELS:
            _hotels.clear()
        _hotels[conversation_id] = found
    return _hotels[conversation_id]


@shared_task(name="conversations.take_in")
def take_in(*delivery_ids: int) -> None:
    """Split stored deliveries into messages, then show their guests that they were read."""
    for message in [message for delivery_id in delivery_ids for message in intake.take_in(delivery_id)]:
        if not reading.mark_read(message):
            break  # the channel does not answer: what waits for this worker matters more than a courtesy


@shared_task(name="conversations.take_turn")
def take_turn(conversation_id: int) -> None:
    """Answer a conversation that is due, and send what came of it."""
    tenant_id = _hotel_of(conversation_id)
    if tenant_id is not None:
        with tenant_scope(tenant_by_id(tenant_id)):
            taken = turns.take_turn(conversation_id, claims_reply=True)
            if taken is not None:
                sending.deliver(conversation_id, claimed=taken.reply)


@shared_task(name="conversations.deliver")
def deliver(conversation_id: int) -> None:
    """Send what a conversation's outbox holds."""
    tenant_id = _hotel_of(conversation_id)
    if tenant_id is not None:
        with tenant_scope(tenant_by_id(tenant_id)):
            sending.deliver(conversation_id)


@shared_task(name="conversations.tell")
def tell(event_id: int) -> None:
    """Tell a guest what happened to a stay."""
    tenant_id = StayEvent._base_manager.filter(pk=event_id).values_list("tenant_id", flat=True).first()
    if tenant_id is not None:
        with tenant_scope(tenant_by_id(tenant_id)):
            conversation_id = stay_events.tell(event_id)
            if conversation_id is not None:
                sending.deliver(conversation_id)


@shared_task(name="conversations.climb")
def climb(handoff_id: int) -> None:
    """Do what is due about a guest who waits for a person."""
    tenant_id = Handoff._base_manager.filter(pk=handoff_id).values_list("tenant_id", flat=True).first()
    if tenant_id is not None:
        with tenant_scope(tenant_by_id(tenant_id)):
            conversation_id = ladder.climb(handoff_id)
            if conversation_id is not None:
                sending.deliver(conversation_id)


@shared_task(name="conversations.notify_staff")
def notify_staff(notice_id: int) -> None:
    """Tell a colleague that a guest waits."""
    tenant_id = Escalation._base_manager.filter(pk=notice_id).values_list("tenant_id", flat=True).first()
    if tenant_id is not None:
        with tenant_scope(tenant_by_id(tenant_id)):
            notifying.notify(notice_id)


@shared_task(name="conversations.mind_task")
def mind_task(task_id: int) -> None:
    """See to a guest's request that is late."""
    tenant_id = StaffTask._base_manager.filter(pk=task_id).values_list("tenant_id", flat=True).first()
    if tenant_id is not None:
        with tenant_scope(tenant_by_id(tenant_id)):
            staff_tasks.mind(task_id)


@shared_task(name="conversations.read_mailbox")
def read_mailbox(mailbox_id: int) -> None:
    """Take in what is new in a mailbox."""
    reading_mail.read_mailbox(mailbox_id)


@shared_task(name="conversations.renew_watches")
def renew_watches() -> None:
    """Have Gmail go on pushing."""
    watching.renew()


@shared_task(name="conversations.refresh_push_keys")
def refresh_push_keys() -> None:
    """Fetch the keys Google signs its pushes with."""
    push.refresh_keys()


@shared_task(name="conversations.fetch_file")
def fetch_file(file_id: int) -> None:
    """Get a guest's file from the provider, and listen to it when it is a voice note."""
    tenant_id = MediaFile._base_manager.filter(pk=file_id).values_list("tenant_id", flat=True).first()
    if tenant_id is not None:
        with tenant_scope(tenant_by_id(tenant_id)):
            fetching.fetch(file_id)


@shared_task(name="conversations.try_connection")
def try_connection(test_id: int) -> None:
    """Try out what a hotel is connected to."""
    tenant_id = ConnectionTest._base_manager.filter(pk=test_id).values_list("tenant_id", flat=True).first()
    if tenant_id is not None:
        with tenant_scope(tenant_by_id(tenant_id)):
            trying.run(test_id)


@shared_task(name="conversations.sweep_voice")
def sweep_voice() -> None:
    """Remove temporary sound files of processes that died."""
    audio.sweep(settings.VOICE_DIR)


@shared_task(name="conversations.heartbeat")
def heartbeat() -> None:
    """Proof that a worker takes tasks from the broker and reaches the database."""
    heartbeats.beat("worker")


@shared_task(name="conversations.purge_sessions")
def purge_sessions() -> None:
    """Forget sessions that are stale."""
    purging.purge_sessions()


@shared_task(name="conversations.apply_retention")
def apply_retention() -> None:
    """Delete what is past its retention."""
    retention.apply_retention()


@shared_task(name="conversations.resume_erasures")
def resume_erasures() -> None:
    """Go on with forgetting guests whose erasure was interrupted."""
    erasing.run_due()


@shared_task(name="conversations.count_days")
def count_days() -> None:
    """Have every hotel's figures counted, one task each: a big hotel delays nobody else's."""
    for tenant_id in Tenant.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True):
        dispatch.publish(insight.COUNT_TASK, tenant_id)


@shared_task(name="conversations.count_days_of")
def count_days_of(tenant_id: int) -> None:
    """Count one hotel's recent days."""
    insight.count_recent(tenant=Tenant.objects.get(pk=tenant_id))
