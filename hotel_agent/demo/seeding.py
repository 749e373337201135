"""Two lived-in hotels to try the product with: one in Mar del Plata, and a pousada in Brazil so that mixing would show.

Dates are relative to today. Safe to repeat: what exists is brought up to date, stays and conversations are left alone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import unquote, urlsplit

import structlog
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles import finders
from django.db.models import Max

from hotel_agent.common import dispatch
from hotel_agent.common.exceptions import DependencyDown, Misconfigured
from hotel_agent.demo import answers
from hotel_agent.demo.facts import FACTS
from hotel_agent.env import DEVELOPMENT_ACCESS_TOKEN
from integrations.pms.base import ExtraUnit
from reservations.models import RatePlan, RoomNight, RoomType, StayTax
from reservations.services import catalogue, drift, inventory
from reservations.services.inventory import Names, Tier
from tenants.models import Fact, Membership, OpeningHours, PmsConnection, Role, SwitchChange, Tenant
from tenants.scoping import tenant_scope
from tenants.services import connect_mailbox, connect_payments, connect_pms, connect_webchat, connect_whatsapp, switch

log = structlog.get_logger(__name__)

MONTHS_OPEN = 18
DEMO_USER = "demo"
DEMO_PASSWORD = "demo"  # noqa: S105 - printed at start, development only
SECOND_NUMBER = "100000000000002"
DEMO_WIDGET = "demo-bahia-serena"
SECOND_WIDGET = "demo-vento-sul"


@dataclass(frozen=True, slots=True)
class DemoType:
    """A room type of a demo hotel with its low-season price per night."""

    code: str
    kind: str
    names: Names
    price: Decimal
    rooms: tuple[str, ...]
    base: int = 2
    adults: int = 2
    children: int = 0
    guests: int = 2
    also: tuple[str, ...] = ()
    beds: tuple[tuple[str, int], ...] = ()
    area: int = 20


@dataclass(frozen=True, slots=True)
class DemoExtra:
    """Something a demo hotel sells with a room; where a fact names the price too, it is the same."""

    code: str
    kind: str
    names: Names
    price: Decimal
    unit: ExtraUnit
    most: int = 1


BAHIA_TYPES = (
    DemoType(
        "standard-double", "double",
        Names("Doble estándar", "Standard double", "Duplo standard",
              "Cama queen o dos camas simples, 20 m², vista al patio.",
              "Queen bed or two single beds, 20 m², courtyard view.",
              "Cama queen ou duas de solteiro, 20 m², vista para o pátio."),
        Decimal(96000), tuple(f"{floor}0{room}" for floor in (1, 2) for room in range(1, 6)),
        children=1, guests=3, also=("standard", "twin"), beds=(("queen", 1),), area=20,
    ),
    DemoType(
        "superior-double", "double",
        Names("Doble superior", "Superior double", "Duplo superior",
              "Cama king, balcón y vista al mar, 26 m².", "King bed, balcony and sea view, 26 m².",
              "Cama king, varanda e vista para o mar, 26 m²."),
        Decimal(124000), ("301", "302", "303", "304", "305"),
        children=1, guests=3, also=("superior",), beds=(("king", 1),), area=26,
    ),
    DemoType(
        "triple", "triple",
        Names("Triple", "Triple", "Triplo",
              "Una cama queen y una simple, 28 m².", "One queen and one single bed, 28 m².",
              "Uma cama queen e uma de solteiro, 28 m²."),
        Decimal(142000), ("401", "402", "403"),
        base=3, adults=3, children=1, guests=4, beds=(("queen", 1), ("single", 1)), area=28,
    ),
    DemoType(
        "family-suite", "suite",
        Names("Suite familiar", "Family suite", "Suíte família",
              "Dos ambientes, cama king y dos simples, balcón al mar, 42 m².",
              "Two rooms, king bed and two singles, sea-view balcony, 42 m².",
              "Dois ambientes, cama king e duas de solteiro, varanda, 42 m²."),
        Decimal(198000), ("501", "502"),
        base=4, adults=4, children=2, guests=5, also=("family", "quadruple"), beds=(("king", 1), ("single", 2)),
        area=42,
    ),
)  # fmt: skip
VENTO_TYPES = (
    DemoType(
        "quarto-casal", "double",
        Names("Habitación doble", "Double room", "Quarto de casal", description_pt="Cama de casal e rede na varanda."),
        Decimal(380), ("1", "2", "3", "4"), children=1, guests=3,
    ),
    DemoType(
        "chale", "family",
        Names("Cabaña", "Chalet", "Chalé", description_pt="Mezanino, cozinha e jardim."),
        Decimal(620), ("A", "B"), base=4, adults=4, children=2, guests=5,
    ),
)  # fmt: skip
HIGH_SEASON = Decimal("1.35")
SHOULDER_SEASON = Decimal("1.15")
WEEKEND = Decimal("1.10")
WEEKEND_NIGHTS = (4, 5)  # Friday and Saturday
NON_REFUNDABLE = Decimal("0.90")
VENTO_DEPOSIT = 30
"""Per cent of the stay, paid by a link: in the second hotel the whole way of a deposit can be tried."""
WITHOUT_BREAKFAST = Decimal("0.85")
HALF_UNDER_SIX = {6: 50}
BAHIA_EXTRAS = (
    DemoExtra("parking", "parking", Names("Cochera cubierta", "Covered parking", "Garagem coberta"),
              Decimal(9000), ExtraUnit.NIGHT),
    DemoExtra("transfer", "transfer",
              Names("Traslado aeropuerto (hasta 3 personas)", "Airport transfer (up to 3 people)",
                    "Traslado aeroporto (até 3 pessoas)"),
              Decimal(32000), ExtraUnit.STAY, most=2),
    DemoExtra("cot", "cot", Names("Practicuna", "Travel cot", "Berço portátil"), Decimal(0), ExtraUnit.STAY),
    DemoExtra("pet", "pet", Names("Mascota (hasta 10 kg)", "Pet (up to 10 kg)", "Animal de estimação (até 10 kg)"),
              Decimal(15000), ExtraUnit.STAY),
)  # fmt: skip
VENTO_EXTRAS = (
    DemoExtra("breakfast", "breakfast", Names("Desayuno casero", "Home-made breakfast", "Café da manhã caseiro"),
              Decimal(38), ExtraUnit.PERSON_NIGHT),
    DemoExtra("transfer", "transfer", Names("Traslado aeropuerto", "Airport transfer", "Traslado aeroporto"),
              Decimal(140), ExtraUnit.STAY, most=2),
    DemoExtra("cot", "cot", Names("Cuna", "Cot", "Berço"), Decimal(25), ExtraUnit.NIGHT),
)  # fmt: skip


def seed() -> list[Tenant]:
    """Create or refresh both demo hotels, their people, facts, rooms and prices; returns them."""
    bahia = _tenant(
        "bahia-serena", "Hotel Bahía Serena", is_demo=True, country="AR", currency="ARS",
        time_zone="America/Argentina/Buenos_Aires", default_language="es", tone="voseo", code_prefix="HT",
        address="Boulevard Marítimo 2410, Mar del Plata", latitude=Decimal("-38.012300"),
        longitude=Decimal("-57.531400"), phone="+542234550100", email="recepcion@bahiaserena.example",
        privacy_url="https://bahiaserena.example/privacidad",
        understanding_mode="embedded" if settings.NLP_PROVIDER == "embedded" else "cascade",
    )  # fmt: skip
    vento = _tenant(
        "pousada-vento-sul", "Pousada Vento Sul", is_demo=False, country="BR", currency="BRL",
        time_zone="America/Sao_Paulo", default_language="pt", tone="formal", code_prefix="PV",
        address="Rua das Gaivotas 75, Florianópolis", phone="+554832550100", email="contato@ventosul.example",
        privacy_url="https://ventosul.example/privacidade",
    )  # fmt: skip
    _people(bahia, vento)
    _accounts(bahia, vento)
    _payments(bahia, vento)
    _facts(bahia)
    _vento_facts(vento)
    answers.prepare(bahia)
    # Only the built-in stand-in: an address somebody set may lead to real phones.
    answers.prepare_ladder(bahia, reaches_nobody=not settings.ENV.whatsapp_api_url)
    _hours(bahia)
    _inventory(bahia, BAHIA_TYPES, saver_without_breakfast=False)
    _inventory(vento, VENTO_TYPES, saver_without_breakfast=True)
    _extras(bahia, BAHIA_EXTRAS)
    _extras(vento, VENTO_EXTRAS)
    inventory.set_stay_tax(
        tenant=vento,
        code="turismo",
        names=Names("Tasa de turismo", "Tourism fee", "Taxa de turismo"),
        basis=StayTax.Basis.ROOM_NIGHT,
        amount=Decimal("4.50"),
    )
    _pms(bahia)
    return [bahia, vento]


def _pms(tenant: Tenant) -> None:
    """The environment's PMS keeps the first hotel's stays, at every start. One that does not answer now is asked for
    its room types again by a worker; until then nothing is offered, and guests are told so."""
    env = settings.ENV
    demo_types = [one.code for one in BAHIA_TYPES]
    with tenant_scope(tenant):
        was_outside = PmsConnection.objects.exclude(kind="builtin").exists()
        if env.pms_type == "builtin":
            if was_outside:
                connect_pms(tenant, kind="builtin")
                RoomType.objects.exclude(code__in=demo_types).update(is_active=False)
                RoomType.objects.filter(code__in=demo_types).update(is_active=True)
            return
    connect_pms(
        tenant, kind=env.pms_type, base_url=env.pms_base_url, hotel_id=env.pms_hotel_id, api_key=env.pms_api_key
    )
    try:
        catalogue.import_room_types(tenant=tenant)
    except (DependencyDown, Misconfigured) as error:
        log.warning("demo_pms_not_read", error=f"{error.code}: {error}")
        dispatch.publish(drift.REPORT_TASK, tenant.pk)


def _tenant(slug: str, name: str, **fields: object) -> Tenant:
    tenant, created = Tenant.objects.update_or_create(slug=slug, defaults={"name": name, "on_call": True, **fields})
    if created:
        switch(tenant, SwitchChange.LIVE, on=True, reason="a hotel to try the product with")
    return tenant


def _people(bahia: Tenant, vento: Tenant) -> None:
    """demo/demo owns the first hotel, recepcion/demo works at its desk, demo-br/demo owns the second."""
    users = get_user_model()
    for username, tenant, role in (
        (DEMO_USER, bahia, Role.OWNER),
        ("recepcion", bahia, Role.RECEPTION),
        ("demo-br", vento, Role.OWNER),
    ):
        user, created = users.objects.get_or_create(username=username, defaults={"is_staff": True})
        if created:
            user.set_password(DEMO_PASSWORD)
            user.save(update_fields=["password"])
        Membership.objects.update_or_create(user=user, tenant=tenant, defaults={"role": role})


def _accounts(bahia: Tenant, vento: Tenant) -> None:
    """The environment's number belongs to the first hotel, at every start; the second has one of its own."""
    env = settings.ENV
    connect_whatsapp(
        bahia,
        phone_number_id=env.whatsapp_phone_number_id,
        access_token=env.whatsapp_access_token,
        display_name="+54 223 455-0100",
        business_account_id=env.whatsapp_business_account_id,
    )
    _mailbox(bahia)
    connect_webchat(
        bahia, key=DEMO_WIDGET, allowed_origins=env.cors_allowed_origins, display_name="bahiaserena.example"
    )
    connect_webchat(vento, key=SECOND_WIDGET, display_name="ventosul.example", accent="#8c3b2e")
    if env.whatsapp_phone_number_id != SECOND_NUMBER:
        connect_whatsapp(
            vento, phone_number_id=SECOND_NUMBER, access_token=DEVELOPMENT_ACCESS_TOKEN, display_name="+55 48 3255-0100"
        )


def _payments(bahia: Tenant, vento: Tenant) -> None:
    """The environment's Stripe account belongs to the first hotel, at every start; else deposits are paid on the demo's
    own page, where no money moves. The second hotel always uses the demo's."""
    env = settings.ENV
    if env.stripe_secret_key:
        connect_payments(bahia, kind="stripe", secret_key=env.stripe_secret_key, uses_installation=True)
    else:
        connect_payments(bahia, kind="demo")
    connect_payments(vento, kind="demo")


def _mailbox(tenant: Tenant) -> None:
    """The environment's mailbox, if there is one."""
    env = settings.ENV
    try:
        in_url = unquote(urlsplit(env.imap_url).username or "")
    except ValueError:
        in_url = ""
    address = next((name for name in (env.gmail_username, in_url, tenant.email) if "@" in name), "")
    if not address or not (env.gmail_username or env.imap_url):
        return
    connect_mailbox(
        tenant,
        address=address,
        credentials={
            "username": env.gmail_username,
            "password": env.gmail_app_password,
            "imap_url": env.imap_url,
            "smtp_url": env.smtp_url,
        },
    )


def _facts(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        for fact in FACTS:
            Fact.objects.update_or_create(
                tenant=tenant,
                topic=fact.topic,
                text_es=fact.es,
                defaults={
                    "kind": fact.kind,
                    "text_en": fact.en,
                    "text_pt": fact.pt,
                    "keywords": fact.keywords,
                    "amount": fact.amount,
                    "currency": tenant.currency if fact.amount is not None else "",
                },
            )


def _vento_facts(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        Fact.objects.update_or_create(
            tenant=tenant,
            topic="breakfast",
            text_es="El desayuno casero se sirve de 8 a 10.",
            defaults={
                "kind": "hours",
                "text_en": "Home-made breakfast is served from 8 to 10 am.",
                "text_pt": "O café da manhã caseiro é servido das 8h às 10h.",
            },
        )
        Fact.objects.update_or_create(
            tenant=tenant,
            topic="parking",
            text_es="El estacionamiento es gratis y al aire libre.",
            defaults={
                "kind": "amenity",
                "text_en": "Parking is free and outdoors.",
                "text_pt": "O estacionamento é grátis e ao ar livre.",
            },
        )


def _hours(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        if not OpeningHours.objects.exists():
            OpeningHours.objects.bulk_create(
                OpeningHours(tenant=tenant, weekday=day, opens=dt.time(8), closes=dt.time(23)) for day in range(7)
            )


def _extras(tenant: Tenant, extras: tuple[DemoExtra, ...]) -> None:
    for position, one in enumerate(extras):
        inventory.set_extra(
            tenant=tenant,
            code=one.code,
            kind=one.kind,
            names=one.names,
            price=one.price,
            unit=one.unit,
            most=one.most,
            position=position,
        )


def _plans(tenant: Tenant, *, saver_without_breakfast: bool) -> list[tuple[RatePlan, Decimal]]:
    """The hotel's rate plans, and what share of the flexible price each costs."""
    tax_percent = Decimal(21) if tenant.country == "AR" else Decimal(5)
    flexible = inventory.set_rate_plan(
        tenant=tenant,
        code="flexible",
        names=Names("Flexible", "Flexible", "Flexível"),
        tiers=[Tier(hours_before=48, fee_nights=1)],
        breakfast_included=True,
        tax_percent=tax_percent,
        child_bands=HALF_UNDER_SIX,
        deposit=RatePlan.Deposit.PERCENT if tenant.country == "BR" else RatePlan.Deposit.NONE,
        deposit_percent=VENTO_DEPOSIT if tenant.country == "BR" else None,
    )
    names = Names("No reembolsable", "Non-refundable", "Não reembolsável")
    if saver_without_breakfast:
        names = Names(
            "No reembolsable, sin desayuno", "Non-refundable, without breakfast", "Não reembolsável, sem café da manhã"
        )
    saver = inventory.set_rate_plan(
        tenant=tenant,
        code="saver",
        names=names,
        tiers=[Tier(hours_before=None, fee_percent=100)],
        breakfast_included=not saver_without_breakfast,
        tax_percent=tax_percent,
        child_bands=HALF_UNDER_SIX,
        position=1,
    )
    return [(flexible, Decimal(1)), (saver, WITHOUT_BREAKFAST if saver_without_breakfast else NON_REFUNDABLE)]


def _inventory(tenant: Tenant, types: tuple[DemoType, ...], *, saver_without_breakfast: bool) -> None:
    plans = _plans(tenant, saver_without_breakfast=saver_without_breakfast)
    first = tenant.business_day() - dt.timedelta(days=1)
    last = first + dt.timedelta(days=MONTHS_OPEN * 30 + 15)
    with tenant_scope(tenant):
        open_until = RoomNight.objects.aggregate(last=Max("night"))["last"]
    if open_until is not None:
        first = open_until + dt.timedelta(days=1)  # managers may have changed what is already on sale
    if first > last:
        return
    for position, one in enumerate(types):
        room_type = inventory.set_room_type(
            tenant=tenant,
            code=one.code,
            kind=one.kind,
            names=one.names,
            base_occupancy=one.base,
            max_adults=one.adults,
            max_children=one.children,
            max_guests=one.guests,
            also_kinds=one.also,
            cots=1,
            beds=dict(one.beds),
            area_m2=one.area,
            position=position,
        )
        _picture(tenant, room_type)
        inventory.set_rooms(tenant=tenant, room_type=room_type, numbers=one.rooms, floor=one.rooms[0][0])
        inventory.open_nights(tenant=tenant, room_type=room_type, first=first, last=last)
        for plan, factor in plans:
            _price(tenant, room_type, plan, one.price * factor, first, last)


def _picture(tenant: Tenant, room_type: RoomType) -> None:
    """A drawing of the room where we have one; a manager's own picture is left alone."""
    drawing = f"demo/rooms/{room_type.code}.svg"
    if finders.find(drawing) and not room_type.photo:
        with tenant_scope(tenant):
            RoomType.objects.filter(pk=room_type.pk).update(photo=f"/static/{drawing}")


def _price(tenant: Tenant, room_type: RoomType, plan: RatePlan, low: Decimal, first: dt.date, last: dt.date) -> None:
    """Month by month: summer dearest, shoulder months between, Friday and Saturday nights a tenth more."""
    start = first
    while start <= last:
        month_end = (start.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
        end = min(month_end, last)
        season = {12: HIGH_SEASON, 1: HIGH_SEASON, 2: HIGH_SEASON, 3: SHOULDER_SEASON, 7: SHOULDER_SEASON}
        amount = _round(low * season.get(start.month, Decimal(1)))
        for price, weekdays in ((amount, inventory.EVERY_DAY), (_round(amount * WEEKEND), WEEKEND_NIGHTS)):
            inventory.set_rates(
                tenant=tenant,
                room_type=room_type,
                plan=plan,
                first=start,
                last=end,
                amount=price,
                weekdays=weekdays,
                extra_adult=_round(amount / 4),
                extra_child=_round(amount / 8),
            )
        start = end + dt.timedelta(days=1)


def _round(amount: Decimal) -> Decimal:
    """Prices as hotels write them: to the thousand where a night costs tens of thousands, else to five."""
    step = Decimal(1000) if amount > 10_000 else Decimal(5)
    return (amount / step).quantize(Decimal(1)) * step
