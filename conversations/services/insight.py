"""Counting a hotel's day: the funnel, what it brought, how fast answers were and how many needed no person.

A day is counted as often as anybody likes and comes out the same; the page reads only what is counted. Today and the
two days before are counted every hour, an older one again when one of its stays moved on (`count_recent`).

**Automation.** A *visit* is a conversation in which a guest wrote on one day of the hotel. It was resolved by the agent
when the agent took part, nobody was asked to take over and no person wrote until 24 hours after the guest's last
message, every message could be answered, and the guest did not ask the same question again within 24 hours.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from conversations.models import Conversation, DayFigures, VisitAudit
from hotel_agent.common import clock, dispatch
from hotel_agent.common.exceptions import BadInput
from reservations.models import Reservation, ReservationChange
from tenants.models import Tenant
from tenants.scoping import tenant_scope

COUNT_TASK = "conversations.count_days_of"
FRESH_FOR = dt.timedelta(minutes=2)
"""Figures a person reads are no older than this: younger ones are not counted again because somebody looks."""
WAITS_S = (2, 5, 10, 30, 60, 300, 3600)
"""Upper ends of the buckets of the agent's answers; the last bucket is everything slower."""
PERSON_WAITS_S = (60, 300, 900, 1800, 3600, 14_400, 86_400)
SMALL_TALK = ("greeting", "goodbye", "thanks", "affirm", "deny", "dont_know", "help", "out_of_scope", "provide_details")
"""What is said between questions: no topic of its own, and no question that could be asked again."""
STAY_INTENTS = ("check_availability", "make_reservation", "ask_price")
QUESTION_PREFIX = "ask_"
SETTLED_AFTER = dt.timedelta(hours=24)
SAMPLES_A_DAY = 5
"""A hotel's week is 35 verdicts: enough for an interval of about ± 12 points, little enough to be done."""
MOVED_WITHIN = dt.timedelta(days=2)
Group = tuple[str, str]


@dataclass
class _Counts:
    """One row in the making."""

    numbers: Counter[str] = field(default_factory=Counter)
    value: dict[str, Decimal] = field(default_factory=dict)
    waits: list[int] = field(default_factory=lambda: [0] * (len(WAITS_S) + 1))
    person_waits: list[int] = field(default_factory=lambda: [0] * (len(PERSON_WAITS_S) + 1))
    topics: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)


VISITS = """
WITH visit AS (
    SELECT conversation_id, min(received_at) AS first, max(received_at) AS last, bool_or(state = 'dead') AS dead
    FROM conversations_message
    WHERE tenant_id = %(tenant)s AND received_at >= %(start)s AND received_at < %(end)s AND state <> 'recorded'
    GROUP BY conversation_id
), said AS (
    SELECT conversation_id, at, intent, coalesce(heard->0->'understanding'->'entities'->>'topic', '') AS topic
    FROM conversations_turn
    WHERE tenant_id = %(tenant)s AND kind = 'messages' AND at >= %(start)s AND at < %(settled)s
), again AS (
    SELECT DISTINCT conversation_id FROM (
        SELECT conversation_id, at, lead(at) OVER (PARTITION BY conversation_id, intent, topic ORDER BY at) AS next
        FROM said WHERE starts_with(intent, %(question)s)
    ) asked WHERE at < %(end)s AND next < at + interval '24 hours'
), person AS (
    SELECT v.conversation_id FROM visit v JOIN conversations_handoff h
        ON h.conversation_id = v.conversation_id AND h.opened_at >= v.first
        AND h.opened_at < v.last + interval '24 hours'
    UNION
    SELECT v.conversation_id FROM visit v JOIN conversations_outboundmessage o
        ON o.conversation_id = v.conversation_id AND o.purpose = 'staff' AND o.created_at >= v.first
        AND o.created_at < v.last + interval '24 hours'
)
SELECT c.id, c.channel, c.language, s.conversation_id IS NOT NULL AS answered,
    s.conversation_id IS NOT NULL AND NOT v.dead AND a.conversation_id IS NULL
        AND p.conversation_id IS NULL AS automated
FROM visit v
JOIN conversations_conversation c ON c.id = v.conversation_id
LEFT JOIN (SELECT DISTINCT conversation_id FROM said WHERE at < %(end)s) s ON s.conversation_id = v.conversation_id
LEFT JOIN again a ON a.conversation_id = v.conversation_id
LEFT JOIN person p ON p.conversation_id = v.conversation_id
"""

FUNNEL = """
WITH said AS (
    SELECT conversation_id, bool_or(intent = ANY(%(stay)s)) AS asked FROM conversations_turn
    WHERE tenant_id = %(tenant)s AND kind = 'messages' AND at >= %(start)s AND at < %(end)s GROUP BY conversation_id
), quoted AS (
    SELECT s.conversation_id, bool_or(h.id IS NOT NULL) AS held,
        coalesce(bool_or(h.state IN ('lapsed', 'released')), false) AS lapsed
    FROM said s JOIN conversations_conversation c ON c.id = s.conversation_id
    JOIN reservations_quote q ON q.tenant_id = %(tenant)s AND q.conversation_key = c.public_id
        AND q.created_at >= %(start)s AND q.created_at < %(end)s
    LEFT JOIN reservations_quoteoption o ON o.quote_id = q.id
    LEFT JOIN reservations_hold h ON h.option_id = o.id
    GROUP BY s.conversation_id
), booked AS (
    SELECT conversation_key, bool_or(confirmed_at IS NOT NULL) AS confirmed,
        bool_or(state IN ('in_house', 'departed')) AS stayed, bool_or(state = 'awaiting') AS awaiting,
        bool_or(state IN ('refused', 'unknown')) AS refused
    FROM reservations_reservation
    WHERE tenant_id = %(tenant)s AND created_at >= %(start)s AND created_at < %(end)s AND conversation_key IS NOT NULL
    GROUP BY conversation_key
)
SELECT c.channel, c.language, q.conversation_id IS NOT NULL AS quoted, coalesce(q.held, false) AS held,
    coalesce(b.confirmed, false) AS confirmed, coalesce(b.stayed, false) AS stayed,
    CASE WHEN b.refused THEN 'refused' WHEN b.awaiting THEN 'not_paid'
        WHEN EXISTS (SELECT 1 FROM conversations_handoff h WHERE h.conversation_id = c.id
            AND h.opened_at >= %(start)s AND h.opened_at < %(settled)s) THEN 'with_person'
        WHEN q.conversation_id IS NULL THEN 'no_offer' WHEN q.lapsed THEN 'hold_lapsed' ELSE 'no_reply' END AS lost
FROM said s
JOIN conversations_conversation c ON c.id = s.conversation_id
LEFT JOIN quoted q ON q.conversation_id = s.conversation_id
LEFT JOIN booked b ON b.conversation_key = c.public_id
WHERE s.asked OR q.conversation_id IS NOT NULL
"""

MONEY = """
SELECT channel, language, currency, count(*), count(*) FILTER (WHERE state = 'cancelled'),
    coalesce(sum(total) FILTER (WHERE state <> 'cancelled'), 0)
FROM reservations_reservation
WHERE tenant_id = %(tenant)s AND created_at >= %(start)s AND created_at < %(end)s AND confirmed_at IS NOT NULL
GROUP BY channel, language, currency
"""

TOPICS = """
SELECT c.channel, c.language,
    coalesce(nullif(t.heard->0->'understanding'->'entities'->'topic'->>0, ''), t.intent), count(*)
FROM conversations_turn t JOIN conversations_conversation c ON c.id = t.conversation_id
WHERE t.tenant_id = %(tenant)s AND t.kind = 'messages' AND t.at >= %(start)s AND t.at < %(end)s
    AND t.intent <> '' AND NOT t.intent = ANY(%(small_talk)s)
GROUP BY 1, 2, 3
"""

WAITS = """
SELECT c.channel, c.language, width_bucket(extract(epoch FROM o.sent_at - o.asked_at)::float8, %(waits)s), count(*)
FROM conversations_outboundmessage o JOIN conversations_conversation c ON c.id = o.conversation_id
WHERE o.tenant_id = %(tenant)s AND o.created_at >= %(start)s AND o.created_at < %(end)s
    AND o.purpose = 'answer' AND o.asked_at IS NOT NULL AND o.sent_at IS NOT NULL
GROUP BY 1, 2, 3
"""

PERSON_WAITS = """
SELECT c.channel, c.language, width_bucket(extract(epoch FROM h.taken_at - h.opened_at)::float8, %(person_waits)s),
    count(*)
FROM conversations_handoff h JOIN conversations_conversation c ON c.id = h.conversation_id
WHERE h.tenant_id = %(tenant)s AND h.opened_at >= %(start)s AND h.opened_at < %(end)s AND h.taken_at IS NOT NULL
GROUP BY 1, 2, 3
"""


def bounds(tenant: Tenant, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """First instant of a business day and of the next, by the hotel's wall clock."""
    start, end = (
        dt.datetime.combine(date, dt.time(tenant.rollover_hour), tzinfo=tenant.zone)
        for date in (day, day + dt.timedelta(days=1))
    )
    return start, end


def count_day(*, tenant: Tenant, day: dt.date) -> int:
    """Count a day anew and keep it, in one transaction. Returns the number of visits.

    Safe to repeat and to run twice at a time: both come to the same rows. A settled day (24 hours past its end) also
    draws the sample that people judge, once.
    """
    start, end = bounds(tenant, day)
    values: dict[str, Any] = {
        "tenant": tenant.pk, "start": start, "end": end, "settled": end + SETTLED_AFTER, "stay": list(STAY_INTENTS),
        "small_talk": list(SMALL_TALK), "question": QUESTION_PREFIX, "waits": [float(one) for one in WAITS_S],
        "person_waits": [float(one) for one in PERSON_WAITS_S],
    }  # fmt: skip
    found: dict[Group, _Counts] = defaultdict(_Counts)
    resolved: list[int] = []
    with tenant_scope(tenant), transaction.atomic():
        visits = _rows(VISITS, values)
        for conversation_id, channel, language, answered, automated in visits:
            found[channel, language].numbers.update(visits=1, answered=int(answered), automated=int(automated))
            if automated:
                resolved.append(conversation_id)
        for channel, language, quoted, held, confirmed, stayed, why in _rows(FUNNEL, values):
            # A booking without a hold was held for its guest by being booked: the funnel only ever narrows.
            found[channel, language].numbers.update(
                asked=1, quoted=int(quoted or confirmed), held=int(held or confirmed), confirmed=int(confirmed),
                stayed=int(stayed),
            )  # fmt: skip
            if not confirmed:
                found[channel, language].lost[why] += 1
        for channel, language, currency, bookings, cancelled, amount in _rows(MONEY, values):
            found[channel, language].numbers.update(bookings=bookings, cancelled=cancelled)
            found[channel, language].value[currency] = amount
        for channel, language, topic, count in _rows(TOPICS, values):
            found[channel, language].topics[topic[:40]] += count
        for channel, language, bucket, count in _rows(WAITS, values):
            found[channel, language].waits[bucket] += count
        for channel, language, bucket, count in _rows(PERSON_WAITS, values):
            found[channel, language].person_waits[bucket] += count
        _keep(tenant, day, found)
        if end + SETTLED_AFTER <= clock.now():
            _draw(tenant, day, resolved)
    return len(visits)


def count_recent(*, tenant: Tenant) -> list[dt.date]:
    """Count today, the two days before, and the days whose stays moved on lately. Returns the days counted."""
    today = tenant.business_day()
    days = {today - dt.timedelta(days=number) for number in range(3)}
    with tenant_scope(tenant):
        moved = ReservationChange.objects.filter(tenant=tenant, at__gte=clock.now() - MOVED_WITHIN)
        made = Reservation.objects.filter(pk__in=moved.values("reservation_id")).values_list("created_at", flat=True)
        days.update(tenant.business_day(at) for at in made)
    for day in sorted(days):
        count_day(tenant=tenant, day=day)
    return sorted(days)


def count_again_soon(*, tenant: Tenant) -> bool:
    """Have a worker count the recent days again where something was written since, and the figures are not fresh.

    For whoever looks at them; returns whether a worker was told. Safe to call at any time.
    """
    with tenant_scope(tenant):
        today = tenant.business_day()
        counted_at = DayFigures.objects.filter(tenant=tenant, day=today).aggregate(at=Max("counted_at"))["at"]
        if counted_at is not None and counted_at > clock.now() - FRESH_FOR:
            return False
        newest = Conversation.objects.filter(tenant=tenant).order_by("-updated_at").values_list("updated_at", flat=True)
        said = newest.first()
    since = counted_at or bounds(tenant, today)[0]
    return said is not None and said > since and dispatch.publish(COUNT_TASK, tenant.pk)


def judge(*, tenant: Tenant, audit_id: int, verdict: str, by: Any, note: str = "") -> VisitAudit:
    """A person's verdict on a sampled visit; a later one replaces an earlier one.

    Raises:
        BadInput: no such verdict, or no such sample at this hotel.
    """
    if verdict not in {VisitAudit.Verdict.RIGHT, VisitAudit.Verdict.WRONG}:
        raise BadInput("right or wrong")
    with tenant_scope(tenant), transaction.atomic():
        row = VisitAudit.objects.select_for_update().filter(tenant=tenant, pk=audit_id).first()
        if row is None:
            raise BadInput("no such sample")
        row.verdict, row.by, row.judged_at, row.note = verdict, by, clock.now(), note.strip()[:300]
        row.save(update_fields=["verdict", "by", "judged_at", "note"])
    return row


def _rows(sql: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _keep(tenant: Tenant, day: dt.date, found: dict[Group, _Counts]) -> None:
    now = clock.now()
    rows = [
        DayFigures(
            tenant=tenant, day=day, channel=channel, language=language, **counts.numbers,
            value={currency: str(amount) for currency, amount in counts.value.items()}, waits=counts.waits,
            person_waits=counts.person_waits, topics=dict(counts.topics), lost=dict(counts.lost), counted_at=now,
        )
        for (channel, language), counts in sorted(found.items())
    ]  # fmt: skip
    own = ("id", "tenant", "day", "channel", "language")
    kept = DayFigures.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["tenant", "day", "channel", "language"],
        update_fields=[one.name for one in DayFigures._meta.concrete_fields if one.name not in own],
    )
    DayFigures.objects.filter(tenant=tenant, day=day).exclude(pk__in=[row.pk for row in kept]).delete()


def _draw(tenant: Tenant, day: dt.date, resolved: Iterable[int]) -> None:
    """Every visit of the day is as likely as any other; the same day draws the same ones, whoever counts it."""
    if VisitAudit.objects.filter(tenant=tenant, day=day).exists():
        return
    choices = sorted(resolved)
    dice = random.Random(f"{tenant.public_id}/{day}")  # noqa: S311 - a fair sample, not a secret
    chosen = dice.sample(choices, min(SAMPLES_A_DAY, len(choices)))
    VisitAudit.objects.bulk_create(
        [VisitAudit(tenant=tenant, conversation_id=one, day=day) for one in chosen], ignore_conflicts=True
    )
