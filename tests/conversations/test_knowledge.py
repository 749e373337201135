"""Facts from the back office to the guest: used at the next message, missed, contradicted, and previewed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.db import connection

from conversations.models import OutboundMessage, UnansweredQuestion, WordingOverride
from conversations.services.knowledge import completeness, contradictions, preview, questions
from conversations.services.knowledge.contradictions import Kind, hours_in
from hotel_agent.demo.facts import FACTS
from hotel_agent.demo.seeding import seed
from reservations.models import RatePlan
from tenants.models import Fact, OpeningHours, Tenant
from tenants.scoping import tenant_scope
from tests.conversations.guests import WhatsAppGuest
from tests.factories.reservations import Hotel


@pytest.fixture
def scoped(hotel: Hotel) -> Iterator[Tenant]:
    with tenant_scope(hotel.tenant):
        yield hotel.tenant


def fact(tenant: Tenant, topic: str, es: str, en: str = "", pt: str = "", **fields: object) -> Fact:
    row = Fact(tenant=tenant, topic=topic, text_es=es, text_en=en, text_pt=pt, **fields)
    row.full_clean()
    row.save()
    return row


# --- a change is known at the next message ---------------------------------------------------------------------------


def test_a_fact_is_used_at_the_next_message(scoped: Tenant, guest: WhatsAppGuest) -> None:
    """Whatever door it came by, and without a word to the process that answers: the caches are warm here."""
    assert "cochera es gratis" in guest.say("¿Tienen cochera?")
    Fact.objects.filter(topic="parking").update(text_es="La cochera cuesta una sonrisa.")
    assert "una sonrisa" in guest.say("¿Tienen cochera?")
    with connection.cursor() as cursor:  # not even by our code
        cursor.execute("UPDATE tenants_fact SET text_es = 'Hay tres cocheras.' WHERE topic = 'parking'")
    assert "tres cocheras" in guest.say("¿Tienen cochera?")
    Fact.objects.filter(topic="parking").delete()
    assert "No lo sé con certeza" in guest.say("¿Tienen cochera?")


def test_own_wording_and_hours_are_used_at_the_next_message(scoped: Tenant, guest: WhatsAppGuest) -> None:
    Fact.objects.all().delete()
    assert "No lo sé con certeza" in guest.say("¿Tienen cochera?")
    WordingOverride.objects.create(
        tenant=scoped, key="facts.unknown", variant="es-AR", text="Buena pregunta, averiguo."
    )
    assert "Buena pregunta" in guest.say("¿Tienen cochera?")


def test_the_version_counts_for_the_hotel_alone_and_only_grows(scoped: Tenant) -> None:
    other = Tenant.objects.create(slug="other", name="Other")
    before = Tenant.objects.get(pk=scoped.pk)
    fact(scoped, "pool", "Hay pileta.")
    OpeningHours.objects.create(tenant=scoped, weekday=0, opens="08:00", closes="20:00")
    now = Tenant.objects.get(pk=scoped.pk)
    assert now.configuration_version == before.configuration_version + 2
    assert Tenant.objects.get(pk=other.pk).configuration_version == 0
    before.save()  # a stale row written whole takes nothing back
    assert Tenant.objects.get(pk=scoped.pk).configuration_version == now.configuration_version


def test_typed_values_are_written_into_the_text(scoped: Tenant, guest: WhatsAppGuest) -> None:
    fact(
        scoped, "pool", "La pileta abre de {opens} a {closes} y cuesta {amount}.", kind="hours",
        opens=dt.time(8), closes=dt.time(21, 30), amount=Decimal(500), currency="ARS",
    )  # fmt: skip
    assert "La pileta abre de 8:00 a 21:30 y cuesta ARS 500." in guest.say("¿Tienen pileta?")


# --- asked in vain ---------------------------------------------------------------------------------------------------


def test_what_no_fact_answers_is_kept_masked_counted_and_grouped(
    scoped: Tenant, new_guest: Callable[[], WhatsAppGuest]
) -> None:
    new_guest().say("¿Tienen pileta? mi mail es ana@example.com")
    new_guest().say("hola, hay pileta?")
    new_guest().say("Is there a pool?")
    new_guest().say("¿El hotel tiene cancha de tenis?")
    new_guest().say("hola, ¿hay canchas de tenis?")
    asked = {one.key: one for one in questions.open_questions()}
    pool = asked["topic:pool"]
    assert (pool.count, pool.languages) == (3, {"es": 2, "en": 1})
    assert "ana@" not in " ".join(UnansweredQuestion.objects.values_list("example", flat=True))
    tennis = next(one for key, one in asked.items() if "tenis" in key or "teni" in key)
    assert tennis.count == 2


def test_an_answered_question_comes_back_when_the_fact_did_not_help(
    scoped: Tenant, new_guest: Callable[[], WhatsAppGuest]
) -> None:
    new_guest().say("¿Tienen pileta?")
    assert questions.decide("topic:pool", state="answered", by=None) == 1
    assert questions.open_questions() == []
    new_guest().say("¿Tienen pileta?")
    assert [one.count for one in questions.open_questions()] == [2]
    questions.decide("topic:pool", state="dismissed", by=None)
    new_guest().say("¿Tienen pileta?")
    assert questions.open_questions() == []
    assert UnansweredQuestion.objects.get().count == 3


def test_a_question_the_settings_answer_is_not_missed(scoped: Tenant, guest: WhatsAppGuest) -> None:
    Fact.objects.all().delete()
    assert "check-out hasta" in guest.say("¿A qué hora es el check-in?")
    assert not UnansweredQuestion.objects.exists()


# --- completeness ----------------------------------------------------------------------------------------------------


def test_completeness_counts_languages_and_what_guests_ask(scoped: Tenant, guest: WhatsAppGuest) -> None:
    before = completeness.measure(scoped)
    by_name = {topic.name: topic for topics in before.groups.values() for topic in topics}
    assert by_name["parking"].missing == []
    assert by_name["check_out"].missing == [], "the settings answer it"
    assert by_name["pool"].missing == ["es", "en", "pt"]
    for _ in range(3):
        guest.say("¿Tienen pileta?")
    asked = completeness.measure(scoped)
    assert asked.percent["es"] < before.percent["es"]
    assert asked.percent["en"] == before.percent["en"]
    assert asked.missing[0].name == "pool"
    fact(scoped, "pool", "Hay pileta.", en="There is a pool.")
    now = completeness.measure(scoped)
    assert now.percent["en"] > asked.percent["en"]
    assert next(topic for topic in now.missing if topic.name == "pool").missing == ["pt"]


def test_facts_that_end_are_named(scoped: Tenant) -> None:
    today = scoped.business_day()
    soon = fact(scoped, "pool", "Hay pileta.", valid_until=today + dt.timedelta(days=3))
    gone = fact(scoped, "gym", "Hay gimnasio.", valid_until=today - dt.timedelta(days=1))
    measured = completeness.measure(scoped)
    assert (measured.ending, measured.lapsed) == ([soon], [gone])


# --- contradictions --------------------------------------------------------------------------------------------------


def kinds(tenant: Tenant) -> list[str]:
    return sorted(one.kind for one in contradictions.differences(tenant))


def test_the_demo_hotel_says_nothing_twice(transactional_db: None) -> None:
    for tenant in seed():
        with tenant_scope(tenant):
            found = [(one.kind, one.topic, one.sides) for one in contradictions.differences(tenant)]
            assert found == []


def test_two_facts_with_different_values_on_common_days(scoped: Tenant) -> None:
    Fact.objects.all().delete()
    today = scoped.business_day()
    fact(scoped, "spa", "{amount}", amount=Decimal(100), currency="ARS", valid_until=today + dt.timedelta(days=9))
    later = fact(
        scoped, "spa", "{amount}", amount=Decimal(120), currency="ARS", valid_from=today + dt.timedelta(days=10)
    )
    assert kinds(scoped) == [], "one after the other"
    later.valid_from = today + dt.timedelta(days=9)
    later.save()
    assert kinds(scoped) == [Kind.PRICES]
    fact(scoped, "pool", "{opens} {closes}", opens=dt.time(8), closes=dt.time(20))
    fact(scoped, "pool", "{opens} {closes}", opens=dt.time(9), closes=dt.time(20))
    assert kinds(scoped) == [Kind.HOURS, Kind.PRICES]


def test_a_fact_and_the_settings_that_sell(scoped: Tenant, hotel: Hotel) -> None:
    Fact.objects.all().delete()
    fact(scoped, "check_in", "El check-in es desde las 14.", "Check-in is from 2 pm.", "A partir das 14h.")
    fact(scoped, "parking", "La cochera cuesta {amount}.", amount=Decimal(5000), currency="ARS")
    fact(scoped, "breakfast", "El desayuno está incluido en todas las tarifas.")
    fact(scoped, "cancellation", "Se cancela gratis hasta 72 horas antes.")
    fact(scoped, "late_arrival", "La recepción está abierta las 24 horas.")
    fact(scoped, "location", "Acá.", latitude=Decimal("-38.0"), longitude=Decimal("-57.5"))
    OpeningHours.objects.create(tenant=scoped, weekday=0, opens="08:00", closes="20:00")
    Tenant.objects.update(latitude=Decimal("-34.6"), longitude=Decimal("-58.4"))
    scoped.refresh_from_db()
    assert kinds(scoped) == sorted([Kind.SETTING, Kind.EXTRA, Kind.BREAKFAST, Kind.CANCELLATION, Kind.DESK, Kind.PLACE])

    Fact.objects.filter(topic="check_in").update(text_es="El check-in es desde las 15.", text_en="From 3 pm.")
    Fact.objects.filter(topic="parking").update(amount=Decimal(4000))
    RatePlan.objects.update(breakfast_included=True)
    Fact.objects.filter(topic="cancellation").update(text_es="Se cancela gratis hasta 2 días antes.")
    OpeningHours.objects.update(closes="08:00")
    Fact.objects.filter(topic="location").update(latitude=Decimal("-34.6001"), longitude=Decimal("-58.4"))
    assert kinds(scoped) == [Kind.LANGUAGES], "the Portuguese still says two o'clock"


def test_free_and_a_price(scoped: Tenant) -> None:
    assert kinds(scoped) == [Kind.EXTRA], "the fixture says that the parking we sell is free"


def test_what_is_right_as_it_is_is_asked_about_again_after_a_change(scoped: Tenant) -> None:
    one = contradictions.differences(scoped)[0]
    assert contradictions.settle(scoped, one.key, by=None)
    assert contradictions.settle(scoped, one.key, by=None) is False
    assert kinds(scoped) == []
    Fact.objects.filter(topic="parking").update(
        text_es="La cochera cuesta {amount}.", amount=Decimal(3000), currency="ARS"
    )
    assert kinds(scoped) == [Kind.EXTRA]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Abre de 8 a 21:30.", {(8, 0), (9, 30)}),
        ("Open from 8 am to 9.30 pm.", {(8, 0), (9, 30)}),
        ("Aberto das 8h às 21h30.", {(8, 0), (9, 30)}),
        ("Open 24 hours, 48 hours before, for 2 people, on floor 3, 10 % off", set()),
        ("Niños de 4 a 11 años; ages 4 to 11", set()),
        ("From noon", set()),
    ],
)
def test_hours_are_read_alike_in_three_languages(text: str, hours: set[tuple[int, int]]) -> None:
    assert hours_in(text) == hours


def test_the_demo_facts_say_the_same_hours_in_each_language() -> None:
    for one in FACTS:
        if one.kind == "hours":
            assert hours_in(one.es) == hours_in(one.en) == hours_in(one.pt), one.topic


# --- preview ---------------------------------------------------------------------------------------------------------


def test_the_preview_is_what_a_guest_would_hear_and_leaves_nothing(scoped: Tenant, guest: WhatsAppGuest) -> None:
    guest.say("Hola")
    heard = guest.say("¿Tienen cochera?")
    sent = OutboundMessage.objects.count()
    shown = preview.answer(scoped, "¿Tienen cochera?")
    assert shown.known
    by_channel = {one.channel: one.messages for one in shown.previews}
    assert by_channel["whatsapp"][0].body == heard
    assert "Hotel Bahía" in by_channel["email"][0].body, "a letter is signed"
    assert OutboundMessage.objects.count() == sent
    english = preview.answer(scoped, "Is there parking?")
    assert (english.language, "covered" in english.previews[0].messages[0].body) == ("en", True)


def test_the_preview_takes_a_draft_for_said(scoped: Tenant) -> None:
    stored = Fact.objects.get(topic="parking")
    stored.text_es = "La cochera está en obra."
    assert "en obra" in preview.answer(scoped, "¿Tienen cochera?", draft=stored).previews[0].messages[0].body
    new = Fact(tenant=scoped, topic="pool", text_es="Hay pileta climatizada.")
    assert "climatizada" in preview.answer(scoped, "¿Tienen pileta?", draft=new).previews[0].messages[0].body
    assert not preview.answer(scoped, "¿Tienen pileta?").known
    assert not UnansweredQuestion.objects.exists()


def test_the_preview_asks_no_pms(scoped: Tenant) -> None:
    assert preview.answer(scoped, "Quiero una doble del 10 al 12 de marzo para 2").needs_pms
