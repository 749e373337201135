"""Asking a remote engine when the hotel wants it: when, how often, with what, and what happens when it fails.

The embedded engine has read the message before anything leaves. A remote reading may replace its labels; whatever goes
wrong leaves the embedded reading in place, and metrics say which one answered.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from django.conf import settings
from django.core.cache import caches
from redis.exceptions import RedisError

from conversations import figures
from conversations.models import Conversation
from conversations.understanding import decision, remote
from conversations.understanding.types import INTENTS, Situation, Understanding
from hotel_agent.common import limits, metrics
from hotel_agent.common.exceptions import HotelAgentError
from integrations import breakers
from integrations.nlp.openai_compatible import INSTRUCTIONS, ChatReader
from integrations.nlp.rasa import RasaReader
from integrations.nlp.types import Question, RemoteEntity, RemoteIntent, RemoteReader, RemoteReading
from tenants.models import UnderstandingMode

log = structlog.get_logger(__name__)

PER_TURN = 5
"""Questions in one turn: each may take 11 seconds, and the turn's lease is 90."""
PER_CONVERSATION = "60/d"
CACHED_S = 86_400
MAX_TEXT = 1_000
"""Longer messages are read by the embedded engine alone."""


@dataclass
class Consultant:
    """The remote engine as one conversation's turn may use it."""

    mode: str
    reader: RemoteReader
    conversation_key: str
    tenant_key: str
    per_day: int
    share_personal_data: bool
    left: int = field(default=PER_TURN)

    def wants(self, local: Understanding, thresholds: Mapping[str, float]) -> bool:
        """Whether this reading of ours should be put to the remote engine."""
        return self.left > 0 and concerns(self.mode, local, thresholds)

    def ask(self, local: Understanding, situation: Situation) -> Understanding:
        """The message as the remote engine reads it; our own reading when it cannot or may not be asked."""
        question = question_of(local, situation, share_personal_data=self.share_personal_data)
        key = _cache_key(self.reader.name, question)
        reading = None if self.share_personal_data else _remembered(key)
        if reading is not None:
            metrics.nlp_operations.labels("remote", "cached").inc()
            return remote.combine(local, reading, situation, engine=self.reader.name)
        if not self._affordable():
            metrics.nlp_operations.labels("remote", "budget").inc()
            return local
        self.left -= 1
        try:
            reading = breakers.call(breakers.Service.NLU, self.reader.name, lambda: read(self.reader, question))
        except HotelAgentError as error:
            metrics.nlp_operations.labels("remote", "failed").inc()
            metrics.nlp_errors.labels("remote", figures.closed(error.code, figures.NLP_ERRORS)).inc()
            metrics.nlp_fallbacks.labels(figures.closed(local.engine, figures.ENGINES)).inc()
            log.warning("remote_engine_failed", engine=self.reader.name, error=str(error))
            return local
        metrics.nlp_operations.labels("remote", "ok").inc()
        if not self.share_personal_data:
            _remember(key, reading)
        return remote.combine(local, reading, situation, engine=self.reader.name)

    def _affordable(self) -> bool:
        return (
            limits.check("nlu-conversation", self.conversation_key, PER_CONVERSATION).allowed
            and limits.check("nlu-hotel", self.tenant_key, f"{self.per_day}/d").allowed
        )


def concerns(mode: str, local: Understanding, thresholds: Mapping[str, float]) -> bool:
    """Whether a remote engine of this mode is for this reading of ours: all of them, or those we would not act on."""
    if not local.text.strip() or len(local.text) > MAX_TEXT:
        return False
    return mode == UnderstandingMode.REMOTE or decision.decide(local, thresholds).action != "act"


def question_of(local: Understanding, situation: Situation, *, share_personal_data: bool) -> Question:
    """What leaves of a message that our own engine has read: masked, unless personal data may be shared."""
    text = local.text if share_personal_data else remote.masked(local.text, local.spans)
    return Question(text=text, language=local.language, asked_for=situation.expected_slot or "")


def read(reader: RemoteReader, question: Question) -> RemoteReading:
    """The service's answer in our intents and entities. Raises as `RemoteReader.read` says."""
    return reader.read(question, intents=INTENTS, entities=remote.ENTITIES)


def consultant(conversation: Conversation) -> Consultant | None:
    """The remote engine for a turn of this conversation; None when the hotel or the installation wants none."""
    tenant = conversation.tenant
    wanted = tenant.understanding_mode != UnderstandingMode.EMBEDDED and tenant.can("remote_understanding")
    reader = configured_reader() if wanted else None
    if reader is None or tenant.remote_questions_per_day == 0:
        return None
    return Consultant(
        mode=tenant.understanding_mode,
        reader=reader,
        conversation_key=str(conversation.public_id),
        tenant_key=str(tenant.public_id),
        per_day=tenant.remote_questions_per_day,
        share_personal_data=tenant.remote_personal_data,
    )


def configured_reader() -> RemoteReader | None:
    """The installation's remote engine, from `NLP_PROVIDER` and its address; None for the embedded engine alone."""
    return reader_of(settings.NLP_PROVIDER, url=settings.NLP_URL, model=settings.NLP_MODEL, key=settings.NLP_API_KEY)


def reader_of(provider: str, *, url: str, model: str, key: str) -> RemoteReader | None:
    """A service that speaks the protocol of this provider, "rasa" or "openai"; None for any other name."""
    if provider == "rasa":
        return RasaReader(url=url, token=key)
    if provider == "openai":
        return ChatReader(url=url, model=model, key=key)
    return None


def _cache_key(name: str, question: Question) -> str:
    asked = [name, settings.NLP_URL, settings.NLP_MODEL, INSTRUCTIONS, INTENTS, dataclasses.astuple(question)]
    return "nlu:" + hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _remembered(key: str) -> RemoteReading | None:
    """What the service said before of the same words; None when that is not known, or is of another release's shape."""
    try:
        # The cache that never makes anybody wait.
        kept = caches["limits"].get(key)
        return RemoteReading(
            tuple(RemoteIntent(name, share) for name, share in kept["intents"]),
            tuple(RemoteEntity(name, words) for name, words in kept["entities"]),
            kept["version"],
        )
    except (RedisError, OSError, KeyError, TypeError, ValueError):
        return None


def _remember(key: str, reading: RemoteReading) -> None:
    kept = {
        "intents": [(one.name, one.confidence) for one in reading.intents],
        "entities": [(one.name, one.words) for one in reading.entities],
        "version": reading.version,
    }
    try:
        caches["limits"].set(key, kept, CACHED_S)
    except (RedisError, OSError):
        log.info("remote_reading_not_kept")
