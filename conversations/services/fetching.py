"""Getting the files guests announce, and listening to their voice notes. No transaction is open during a call.

A voice note keeps its turn waiting at most `HEAR_WITHIN_S`: then the guest is asked to write, and whatever is heard
later is for staff. A file that cannot be had for now is tried again until the provider says that it is gone.
"""

from __future__ import annotations

import datetime as dt

import structlog
from django.conf import settings
from django.db import transaction

from conversations.models import Conversation, MediaFile, Message
from conversations.services import files, handoffs
from conversations.services.channels import whatsapp
from hotel_agent.common import cards, claims, clock, dispatch
from hotel_agent.common.claims import WorkState
from hotel_agent.common.exceptions import LostClaim, Misconfigured, Retryable
from integrations import breakers
from integrations.channels.whatsapp import media
from integrations.events import MessageType
from integrations.exceptions import AccountRefused, FileRefused
from integrations.speech import audio
from integrations.speech.base import Recogniser, Transcript
from integrations.speech.faster_whisper import FasterWhisper
from integrations.speech.openai_compatible import OpenAICompatible
from tenants.models import Channel, ChannelAccount, Tenant
from tenants.scoping import every_tenant, tenant_scope
from tenants.selectors import tenant_by_id
from tenants.services import pause_account

log = structlog.get_logger(__name__)

HEAR_WITHIN_S = 60.0
"""How long an answer waits for a voice note to be written down."""
MAX_VOICE_S = 300.0
"""Longer notes are for people: five minutes of speech are no booking request."""
LEASE_S = 180.0
"""Longer than a download (35 s), a conversion (60 s) and a recognition (65 s) together."""
ACCOUNT_RETRY_S = 900.0


def recogniser() -> Recogniser | None:
    """The installation's speech recogniser; None when it has none."""
    match settings.STT_PROVIDER:
        case "openai":
            return OpenAICompatible(url=settings.STT_URL, model=settings.STT_MODEL, api_key=settings.STT_API_KEY)
        case "faster-whisper":
            return FasterWhisper(settings.STT_MODEL)
    return None


def can_hear(tenant: Tenant) -> bool:
    """Whether a hotel's guests are listened to: the installation has a recogniser and the hotel uses it."""
    return bool(settings.STT_PROVIDER) and tenant.can("voice_notes")


def fetch(file_id: int) -> bool:
    """Get one file if it is due, and listen to it when it is a voice note; False when there is nothing to do.

    Inside the tenant's scope. Safe to repeat: a file is claimed, kept once and heard once.
    """
    file = claims.claim(MediaFile.objects.filter(pk=file_id), lease_s=LEASE_S)
    if file is None:
        return False
    account = file.conversation.account
    try:
        content = files.read(file) if file.path else _get(file, account)
        listens = file.kind == MessageType.AUDIO and can_hear(tenant_by_id(file.tenant_id))
        heard = _listen(file, content) if listens else None
        _finish(file, heard)
    except LostClaim:
        return False
    except FileRefused as error:
        _give_up(file, error.reason, str(error))
    except AccountRefused as error:
        pause_account(account, reason=str(error))
        _postpone(file, clock.seconds(ACCOUNT_RETRY_S), str(error))
    except Misconfigured as error:
        log.error("voice_not_possible", error=str(error))  # noqa: TRY400 - a setting, not a fault to trace
        _settle_without_words(file, "failed")
        _postpone(file, clock.seconds(ACCOUNT_RETRY_S), str(error))
    except Retryable as error:
        delay = clock.seconds(error.retry_after) if error.retry_after else clock.backoff(file.claim)
        _postpone(file, delay, str(error))
    except OSError as error:  # the disk is full or gone: our trouble, not the file's
        log.exception("file_not_kept", error_type=type(error).__name__)
        _postpone(file, clock.backoff(file.claim), f"{type(error).__name__}: {error}")
    except Exception as error:
        log.exception("file_failed", error_type=type(error).__name__)
        _fail(file, error)
    return True


def _get(file: MediaFile, account: ChannelAccount) -> bytes:
    """The bytes from the provider, kept. Recorded at once, so that a failed listening does not fetch them again."""
    if account.channel != Channel.WHATSAPP:
        raise FileRefused(f"files of {account.channel} come with their message", reason="gone")
    client = whatsapp.client(account)
    most = files.MOST_BYTES.get(file.kind, files.MOST_BYTES["document"])
    content = breakers.call(
        breakers.Service.WHATSAPP,
        f"{account.external_id}:files",
        lambda: media.fetch(client, file.external_id, max_bytes=most, sha256=file.declared_sha256),
    )
    file.path, file.size, file.content_type, file.kept_at = files.write(file, content)
    kept = MediaFile.objects.filter(pk=file.pk, claim=file.claim, state=WorkState.WORKING).update(
        path=file.path, size=file.size, content_type=file.content_type, kept_at=file.kept_at
    )
    if not kept:
        files.discard(file.path)  # claimed by somebody else, or deleted by the guest meanwhile
        raise LostClaim(f"file {file.pk}")
    return content


def _listen(file: MediaFile, content: bytes) -> Transcript | None:
    """What is said in a voice note; None when there is nobody to listen."""
    listener = recogniser()
    if listener is None:
        return None
    with audio.readable(
        content, file.content_type, directory=settings.VOICE_DIR, max_seconds=MAX_VOICE_S
    ) as wav:  # fmt: skip
        return breakers.call(breakers.Service.SPEECH, listener.name, lambda: listener.transcribe(wav))


def _finish(file: MediaFile, heard: Transcript | None) -> None:
    with transaction.atomic():
        words = files_text(heard)
        claims.finish(
            file,
            transcript=words,
            confidence=heard.confidence if heard else None,
            transcriber=heard.engine[:80] if heard else "",
        )
        if file.message_id is None:
            return
        if heard is None or not words:
            _settle(file, text="", about={} if heard is None else {"voice": {"trouble": "silent"}})
            return
        about = {"confidence": heard.confidence, "language": heard.language, "engine": heard.engine}
        _settle(file, text=words, about={"voice": {**about, "unsure": not heard.is_sure}})


def files_text(heard: Transcript | None) -> str:
    """The words of a transcript, storable and bounded."""
    return cards.redacted(heard.text.replace("\x00", ""))[:4000] if heard is not None else ""


def _give_up(file: MediaFile, reason: str, error: str) -> None:
    """The file cannot be had, or not be heard: staff is told, and a guest whose turn waits for it is answered."""
    with transaction.atomic():
        claims.finish(file, state=WorkState.DEAD if not file.path else WorkState.DONE, error=error, trouble=reason[:20])
        _settle(file, text="", about={"voice": {"trouble": reason}})
        if not file.path:
            conversation = Conversation.objects.select_for_update(no_key=True).get(pk=file.conversation_id)
            handoffs.open_handoff(conversation, reason="file_missing", summary=f"{file.kind}: {reason}")
    log.warning("file_refused", file_id=file.pk, kind=file.kind, reason=reason)


def _settle_without_words(file: MediaFile, trouble: str) -> None:
    with transaction.atomic():
        _settle(file, text="", about={"voice": {"trouble": trouble}})


def _settle(file: MediaFile, *, text: str, about: dict[str, object]) -> None:
    """Write down what was heard and let the turn begin, if it still waits for it. Inside a transaction."""
    if file.message_id is None or file.kind != MessageType.AUDIO:
        return
    # The conversation first, as everybody else locks: intake, turns, takeovers.
    conversation = Conversation.objects.select_for_update(no_key=True).get(pk=file.conversation_id)
    message = Message.objects.get(pk=file.message_id)
    waits = message.state == Message.State.HEARING
    if not waits and not text:
        return
    message.text = text or message.text
    message.metadata = {**message.metadata, **about}
    if waits:
        answers = conversation.owner == Conversation.Owner.AGENT
        message.state = Message.State.WAITING if answers else Message.State.FOR_STAFF
    message.save(update_fields=["text", "metadata", "state"])
    if message.state != Message.State.WAITING or not waits:
        return
    now = clock.now()
    conversation.due_at = now
    conversation.pending_since = conversation.pending_since or now
    conversation.last_text = (text or conversation.last_text)[:200]
    conversation.save(update_fields=["due_at", "pending_since", "last_text"])
    dispatch.after_commit("conversations.take_turn", conversation.pk)


def _postpone(file: MediaFile, delay: dt.timedelta, error: str) -> None:
    try:
        claims.postpone(file, delay=delay, error=error)
    except LostClaim:
        return


def _fail(file: MediaFile, error: BaseException) -> None:
    try:
        claims.fail(file, error)
    except LostClaim:
        return
    if file.state == WorkState.DEAD:
        _settle_without_words(file, "failed")


def stop_waiting() -> int:
    """Answer guests whose voice notes could not be written down in time; returns how many. Safe at any time."""
    before = clock.now() - clock.seconds(HEAR_WITHIN_S)
    late = list(
        Message._base_manager.filter(state=Message.State.HEARING, received_at__lt=before)
        .select_related("tenant")
        .order_by("id")[:200]
    )
    for message in late:
        with tenant_scope(message.tenant), transaction.atomic():
            file = message.files.first()
            if file is None:
                message.state = Message.State.WAITING
                message.save(update_fields=["state"])
                Conversation.objects.filter(pk=message.conversation_id).update(due_at=clock.now())
            else:
                _settle(file, text="", about={"voice": {"trouble": "failed"}})
    return len(late)


def due_files(limit: int) -> list[int]:
    """Files that can be fetched now; across all tenants, ids only."""
    with every_tenant():
        return list(claims.due(MediaFile.objects.all()).order_by("not_before").values_list("pk", flat=True)[:limit])
