"""A hotel group's year: conversations, messages, turns, quotes, stays and nights, written by the database itself.

The first hotel has nineteen of twenty rows, so that nothing gets fast by belonging to somebody else. Stays fit the
nights: what the counters say is what the stays add up to.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, transaction

from conversations.models import Conversation, Guest, GuestIdentity, Handoff, Message, OutboundMessage, Session, Turn
from reservations.models import (
    BuiltinBooking,
    Hold,
    PmsCall,
    Quote,
    QuoteOption,
    Rate,
    Reservation,
    ReservationChange,
    Room,
    RoomNight,
    StayEvent,
)
from reservations.services import inventory
from tenants.models import ChannelAccount, Fact, Membership, Role, Tenant
from tenants.scoping import tenant_scope
from tests.bench.back_office.filling import fill

MANAGER = "bench-manager"
CONVERSATIONS = 100_000
"""Ten messages each on average, two stays each."""
DAYS = 365
KINDS = ("single", "double", "twin", "triple", "quadruple", "family", "suite", "junior_suite", "superior", "deluxe",
         "standard", "other")  # fmt: skip
PLANS = ("flexible", "breakfast", "fixed")
FIRST = ("Ana", "José", "María", "João", "Emma", "Lucía", "Martín", "Íñigo", "Sofía", "Pedro", "Beatriz", "Liam",
         "Zoë", "Agustín", "Camila", "Tiago", "Olivia", "Noah", "Valentina", "Ramón")  # fmt: skip
LAST = ("García", "Fernández", "López", "Souza", "Müller", "Núñez", "Clark", "Pereira", "Gómez", "Álvarez", "Silva",
        "Rodríguez", "Costa", "Smith", "Díaz", "Muñoz", "Oliveira", "Peña", "Brown", "Ibáñez", "Castro", "Lima",
        "Ortega")  # fmt: skip
ASKED = ("¿A qué hora es el desayuno?", "Do you have parking for a van?", "Tem piscina aquecida?",
         "¿Tienen una doble del 3 al 7 para 2?", "I would like to change my booking", "Obrigado, até amanhã",
         "¿Puedo llegar a las 23?", "Gracias, confirmo", "Quero cancelar a reserva")  # fmt: skip
SAID = ("El desayuno se sirve de 7:00 a 10:30 en el salón del primer piso.", "Parking is free and covered.",
        "A piscina é aquecida o ano todo.", "Tengo una doble con desayuno: ARS 240.000 en total por las 4 noches.",
        "Your booking was changed.", "Até amanhã!", "La recepción está abierta toda la noche.",
        "Su reserva está confirmada.", "A reserva foi cancelada.")  # fmt: skip
INTENTS = ("ask_breakfast", "ask_parking", "ask_amenities", "check_availability", "modify_booking", "thanks",
           "ask_check_in", "confirm", "cancel_booking")  # fmt: skip


def generate(conversations: int = CONVERSATIONS) -> None:
    """Fill an empty database. Prints what it wrote and how long it took."""
    assert not Tenant.objects.exists(), "The database is not empty: add --fresh."
    _set_up()
    with connection.cursor() as cursor:
        cursor.execute("SET work_mem = '128MB'")
        cursor.execute("SET statement_timeout = 0")
        connection.connection.patience_s = 3600.0
        cursor.execute("SET synchronous_commit = off")
        _sources(cursor.execute, conversations)
    for name, write in (("conversations", _conversations), ("messages", _messages), ("stays", _stays)):
        began = time.monotonic()
        with transaction.atomic():
            rows = write()
        sys.stderr.write(f"{name}: {rows} rows in {time.monotonic() - began:.0f} s\n")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    began = time.monotonic()
    call_command("count_days", "--tenant", "bench-1", "--first", f"{dt.date.today() - dt.timedelta(days=DAYS)}")  # noqa: DTZ011
    sys.stderr.write(f"figures of {DAYS} days in {time.monotonic() - began:.0f} s\n")
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")  # else the first pages opened would write out what the filling left dirty


def _set_up() -> None:
    user = get_user_model().objects.create_user(username=MANAGER, password=MANAGER, is_staff=True)
    for number in (1, 2):
        tenant = Tenant.objects.create(pk=number, slug=f"bench-{number}", name=f"Hotel {number}", code_prefix="HT")
        with tenant_scope(tenant):
            for channel in ("whatsapp", "webchat", "email"):
                ChannelAccount.objects.create(
                    tenant=tenant, channel=channel, external_id=f"{channel}-{number}", display_name=channel.title()
                )
            Fact.objects.create(tenant=tenant, topic="parking", text_es="La cochera es gratis.")
        for position, kind in enumerate(KINDS):
            inventory.set_room_type(
                tenant=tenant, code=kind, kind=kind, names=inventory.Names(kind.title()), max_adults=3, max_guests=3,
                position=position,
            )  # fmt: skip
        for position, code in enumerate(PLANS):
            inventory.set_rate_plan(
                tenant=tenant, code=code, names=inventory.Names(code.title()), position=position,
                breakfast_included=code == "breakfast", tax_percent=Decimal(21),
                tiers=[inventory.Tier(hours_before=48, fee_percent=50)],
            )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('tenants_tenant', 'id'), 2)")
    Membership.objects.create(user=user, tenant_id=1, role=Role.MANAGER)


def _sources(execute: Callable[[str], object], conversations: int) -> None:
    """Tables everything else is selected from: one row per thread, per question and answer, and per stay."""
    first = ", ".join(f"'{name}'" for name in FIRST)
    last = ", ".join(f"'{name}'" for name in LAST)
    execute(f"""
        CREATE TEMP TABLE thread AS
        SELECT n AS id, CASE WHEN n % 20 = 0 THEN 2 ELSE 1 END AS tenant_id, gen_random_uuid() AS key,
            gen_random_uuid() AS guest_key,
            (ARRAY['whatsapp', 'whatsapp', 'whatsapp', 'webchat', 'email'])[1 + n % 5] AS channel,
            (ARRAY['es', 'es', 'en', 'pt'])[1 + n % 4] AS language,
            (ARRAY[{first}])[1 + (n * 7919) % {len(FIRST)}] || ' ' ||
                (ARRAY[{last}])[1 + (n / 3) % {len(LAST)}] AS name,
            now() - interval '{DAYS} days' * ((n::bigint * 7919) % {conversations}) / {conversations} AS at,
            CASE WHEN n % 10000 = 1 THEN 500 ELSE 1 + (n * 31) % 9 END AS pairs
        FROM generate_series(1, {conversations}) n""")
    execute("CREATE UNIQUE INDEX ON thread (id)")
    execute("""
        CREATE TEMP TABLE pair AS
        SELECT row_number() OVER (ORDER BY at, thread_id, k) AS id, s.* FROM (
            SELECT t.id AS thread_id, t.tenant_id, t.channel, t.language, k,
                least(t.at + k * interval '3 minutes', now() - (pairs - k) * interval '1 second') AS at
            FROM thread t, generate_series(1, t.pairs) k) s""")
    execute(f"""
        CREATE TEMP TABLE booked AS
        SELECT s.*, check_in + nights AS check_out, CASE
            WHEN n % 14 = 0 THEN 'cancelled'
            WHEN check_in + nights <= current_date THEN CASE WHEN n % 33 = 0 THEN 'no_show' ELSE 'departed' END
            WHEN check_in <= current_date THEN 'in_house' ELSE 'confirmed' END AS state
        FROM (
            SELECT n, t.id AS thread_id, t.tenant_id, t.key, t.guest_key, t.channel, t.language, t.name,
                t.at + (n / {conversations + 1}) * interval '5 minutes' AS at,
                (t.at + (1 + (n * 17) % 90) * interval '1 day')::date AS check_in, 1 + (n * 13) % 5 AS nights,
                1 + (n * 11) % {len(KINDS)} AS kind, 1 + (n * 5) % {len(PLANS)} AS plan
            FROM generate_series(1, {2 * conversations}) n JOIN thread t ON t.id = 1 + (n - 1) % {conversations}) s""")
    execute("ANALYZE thread")
    execute("ANALYZE pair")
    execute("ANALYZE booked")


def _conversations() -> int:
    rows = fill(
        Guest, "thread", id="id", tenant_id="tenant_id", public_id="guest_key", name="name", profile_name="name",
        email="CASE channel WHEN 'email' THEN 'guest' || id || '@example.com' ELSE '' END",
        phone="CASE channel WHEN 'whatsapp' THEN '+54911' || lpad(id::text, 8, '0') ELSE '' END",
        language="language", created_at="at",
    )  # fmt: skip
    rows += fill(
        GuestIdentity, "thread", tenant_id="tenant_id", guest_id="id",
        kind="CASE channel WHEN 'whatsapp' THEN 'wa_id' WHEN 'email' THEN 'email' ELSE 'visitor' END",
        value="channel || '-' || id",
    )  # fmt: skip
    waits = "(id % 97 = 0 AND at > now() - interval '3 days')"
    rows += fill(
        Conversation,
        "thread t JOIN tenants_channelaccount a USING (tenant_id, channel)"
        " CROSS JOIN LATERAL (SELECT t.at + t.pairs * interval '3 minutes' AS ended,"
        " (t.id % 97 = 0 AND t.at > now() - interval '3 days') AS waits) w",
        id="t.id", tenant_id="tenant_id", public_id="t.key", account_id="a.id", guest_id="t.id", channel="channel",
        recipient="jsonb_build_object('wa_id', '54911' || lpad(t.id::text, 8, '0'))", language="t.language",
        owner="CASE WHEN t.id % 200 = 0 THEN 'human' ELSE 'agent' END", created_at="t.at",
        updated_at="least(ended, now())", last_inbound_at="least(ended, now())",
        last_outbound_at="CASE WHEN waits THEN NULL ELSE least(ended, now()) + interval '1 second' END",
        last_text=f"{_one_of(SAID, 't.id')}", waiting_since="CASE WHEN waits THEN least(ended, now()) END",
        last_by="CASE WHEN waits THEN 'guest' ELSE 'agent' END",
        resolved_at="CASE WHEN t.id % 50 = 0 THEN least(ended, now()) END",
    )  # fmt: skip
    rows += fill(
        Handoff, f"thread WHERE id % 12 = 0 OR {waits}", tenant_id="tenant_id", conversation_id="id",
        reason="(ARRAY['asked', 'anger', 'complaint', 'not_understood'])[1 + id % 4]", summary="'Quiere hablar'",
        urgent="id % 5 = 0", opened_at="at",
        state="CASE WHEN id % 97 = 0 AND at > now() - interval '30 days' THEN 'open' ELSE 'closed' END",
        taken_at="at + interval '8 minutes'", closed_at="at + interval '30 minutes'",
    )  # fmt: skip
    rows += fill(
        Session, "thread WHERE at > now() - interval '30 days'", tenant_id="tenant_id", conversation_id="id",
        state="""'{"slots": {}, "draft": null}'""", started_at="at", last_activity_at="at",
    )  # fmt: skip
    return rows


def _messages() -> int:
    intent = _one_of(INTENTS, "id")
    rows = fill(
        Turn, "pair", id="id", tenant_id="tenant_id", conversation_id="thread_id", epoch="k", at="at",
        heard=f"jsonb_build_array(jsonb_build_object('text', {_one_of(ASKED, 'id')}, 'understanding',"
        f" jsonb_build_object('language', language, 'sentiment', 'neutral', 'candidates',"
        f" jsonb_build_array(jsonb_build_object('name', {intent}, 'confidence', 0.93)), 'entities', '{{}}'::jsonb)))",
        observations="""'[{"query": {"record": "FindFacts"}, "answer": {"record": "Facts", "ids": [1]}}]'""",
        decision="""'{"record": "Decision", "keys": ["facts.answer"]}'""", rule="'question.known'", intent=intent,
        confidence="0.93", engine="'embedded'", engine_version="'bench'", duration_ms="12",
        state_before="""'{"slots": {}}'""", state_after="""'{"slots": {}}'""",
    )  # fmt: skip
    rows += fill(
        Message, "pair JOIN tenants_channelaccount a USING (tenant_id, channel)", id="pair.id", tenant_id="tenant_id",
        conversation_id="thread_id", account_id="a.id", turn_id="pair.id", provider_id="'wamid.bench' || pair.id",
        kind="'text'", text=_one_of(ASKED, "pair.id"), state="'answered'", sent_at="at", received_at="at",
    )  # fmt: skip
    rows += fill(
        OutboundMessage, "pair", id="id", tenant_id="tenant_id", conversation_id="thread_id", turn_id="id",
        dedupe_key="'turn-' || id", body=f"jsonb_build_object('kind', 'text', 'body', {_one_of(SAID, 'id')})",
        text=_one_of(SAID, "id"), language="language", state="(ARRAY['read', 'delivered', 'sent'])[1 + id % 3]",
        why=f"jsonb_build_object('intent', {intent}, 'confidence', 0.93, 'engine', 'embedded', 'rule',"
        " 'question.known', 'keys', jsonb_build_array('facts.answer'), 'fact_ids', jsonb_build_array(1))",
        asked_at="at", created_at="at + interval '2 seconds'", sent_at="at + interval '3 seconds'",
        delivered_at="at + interval '4 seconds'", provider_id="'wamid.out' || id",
    )  # fmt: skip
    return rows


def _stays() -> int:
    priced = (
        "booked b JOIN reservations_roomtype r ON r.tenant_id = b.tenant_id AND r.position = b.kind - 1"
        " JOIN reservations_rateplan p ON p.tenant_id = b.tenant_id AND p.position = b.plan - 1"
        " CROSS JOIN LATERAL (SELECT 50000 + 2500 * (b.n % 40) AS night_price) m"
    )
    parties = """'[{"adults": 2, "children_ages": []}]'::jsonb"""
    nightly = "to_jsonb(array_fill(night_price::text, ARRAY[nights]))"
    terms = """'{"free_until": null, "fee_after": {"amount": "0.00", "currency": "ARS"}, "tiers": []}'::jsonb"""
    stay = {"check_in": "check_in", "check_out": "check_out", "parties": parties}
    sold = {"room_type_id": "r.id", "rate_plan_id": "p.id", "currency": "'ARS'", "total": "night_price * nights"}
    own = {"tenant_id": "b.tenant_id"}
    rows = fill(
        Quote, "booked b", id="n", **own, conversation_key="key", guest_key="guest_key::text", **stay,
        created_at="at", expires_at="at + interval '30 minutes'",
    )  # fmt: skip
    rows += fill(
        QuoteOption, priced, id="n", **own, quote_id="n", **sold, net_total="night_price * nights", nightly=nightly,
        taxes_included="true", breakfast_included="false", left="3", terms=terms,
    )  # fmt: skip
    rows += fill(
        Hold, "booked b WHERE n % 3 = 0", id="n", **own, option_id="n", conversation_key="key",
        guest_key="guest_key::text", state="'used'", reference="'HA-H-' || n", expires_at="at + interval '30 minutes'",
        created_at="at + interval '1 minute'", ended_at="at + interval '3 minutes'",
    )  # fmt: skip
    rows += fill(
        Reservation, priced, id="n", **own, code="'HT-' || lpad(upper(to_hex(n)), 6, '0')", state="state",
        option_id="n", hold_id="CASE WHEN n % 3 = 0 THEN n END", **stay, rooms="1", **sold, terms=terms,
        guest_name="b.name", guest_email="'guest' || thread_id || '@example.com'",
        guest_phone="'+54911' || lpad(thread_id::text, 8, '0')", language="language", channel="channel",
        conversation_key="key", guest_key="guest_key::text", page_token="'bench' || n", reference="'HA-B-' || n",
        pms_booking_id="'BI-' || n", created_at="at + interval '2 minutes'", confirmed_at="at + interval '3 minutes'",
        cancelled_at="CASE state WHEN 'cancelled' THEN at + interval '1 hour' END",
    )  # fmt: skip
    for kind, minutes in (("requested", 2), ("confirmed", 3)):
        rows += fill(
            ReservationChange, "booked b", **own, reservation_id="n", kind=f"'{kind}'",
            at=f"at + interval '{minutes} minutes'", to_state=f"'{'pending' if kind == 'requested' else kind}'",
        )  # fmt: skip
    rows += fill(
        PmsCall, "booked b", **own, kind="'book'", reference="'HA-B-' || n", reservation_id="n", outcome="'done'",
        state="'done'", sends="1", created_at="at + interval '2 minutes'", settled_at="at + interval '3 minutes'",
        first_sent_at="at + interval '2 minutes'", last_sent_at="at + interval '2 minutes'",
    )  # fmt: skip
    rows += fill(
        StayEvent, "booked b", **own, kind="'booked'", key="'booked-' || n", conversation_key="key",
        reservation_id="n", state="'done'", created_at="at + interval '3 minutes'",
    )  # fmt: skip
    rows += fill(
        BuiltinBooking, priced, **own, booking_id="'BI-' || n", reference="'HA-B-' || n",
        status="CASE state WHEN 'confirmed' THEN 'active' ELSE state END", **stay, rooms="1", **sold, nightly=nightly,
        terms=terms, guest_name="b.name", created_at="at + interval '3 minutes'",
    )  # fmt: skip
    return rows + _nights()


def _nights() -> int:
    """Counters that add up to the stays, as many rooms as the busiest night needs, and prices for two years."""
    today = dt.date.today()  # noqa: DTZ011 - as current_date above
    with connection.cursor() as cursor:
        cursor.execute("""
            CREATE TEMP TABLE taken AS
            SELECT tenant_id, kind, night::date AS night, count(*) AS sold
            FROM booked, generate_series(check_in, check_out - 1, '1 day') night
            WHERE state NOT IN ('cancelled', 'no_show') GROUP BY 1, 2, 3""")
    sold = "reservations_roomtype r LEFT JOIN taken k ON k.tenant_id = r.tenant_id AND k.kind = r.position + 1"
    busiest = f"(SELECT r.id, r.tenant_id, r.position, coalesce(max(k.sold), 0) + 3 AS rooms FROM {sold} GROUP BY 1) r"
    rows = fill(
        Room, f"{busiest}, generate_series(1, r.rooms) n", tenant_id="r.tenant_id", room_type_id="r.id",
        number="chr(65 + r.position) || lpad(n::text, 4, '0')",
    )  # fmt: skip
    nights = f"generate_series(date '{today}' - {DAYS}, date '{today}' + {DAYS}, '1 day') d"
    rows += fill(
        RoomNight, f"{busiest} CROSS JOIN {nights} LEFT JOIN taken k ON k.tenant_id = r.tenant_id"
        " AND k.kind = r.position + 1 AND k.night = d::date", tenant_id="r.tenant_id", room_type_id="r.id",
        night="d::date", total="r.rooms", sold="coalesce(k.sold, 0)",
    )  # fmt: skip
    rows += fill(
        Rate, "reservations_roomtype r JOIN reservations_rateplan p USING (tenant_id)" f" CROSS JOIN {nights}",
        tenant_id="tenant_id", room_type_id="r.id", rate_plan_id="p.id", night="d::date",
        amount="50000 + 5000 * r.position + 3000 * p.position",
    )  # fmt: skip
    return rows


def _one_of(texts: tuple[str, ...], number: str) -> str:
    choices = ", ".join("'{}'".format(text.replace("'", "''")) for text in texts)
    return f"(ARRAY[{choices}])[1 + ({number}) % {len(texts)}]"


__all__ = ["CONVERSATIONS", "MANAGER", "generate"]
