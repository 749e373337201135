"""Two lived-in hotels to try the product with: one in Mar del Plata, and a pousada in Brazil so that mixing would show.

Dates are relative to today. Safe to repeat: what exists is brought up to date, stays and conversations are left alone.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from urllib.parse import unquote, urlsplit

import structlog
from django.conf import settings
from django.contrib.auth import get_user_model

from hotel_agent.common import dispatch
from hotel_agent.common.exceptions import DependencyDown, Misconfigured
from hotel_agent.demo import answers, prices
from hotel_agent.demo.facts import FACTS
from hotel_agent.demo.rooms import BAHIA_EXTRAS, BAHIA_TYPES, VENTO_EXTRAS, VENTO_TYPES
from hotel_agent.env import DEVELOPMENT_ACCESS_TOKEN
from reservations.models import RoomType, StayTax
from reservations.services import catalogue, drift, inventory
from reservations.services.inventory import Names
from tenants.models import Fact, Membership, OpeningHours, PmsConnection, Role, SwitchChange, Tenant
from tenants.scoping import tenant_scope
from tenants.services import connect_mailbox, connect_payments, connect_pms, connect_webchat, connect_whatsapp, switch

log = structlog.get_logger(__name__)

DEMO_USER = "demo"
DEMO_PASSWORD = "demo"  # noqa: S105 - printed at start, development only
SECOND_NUMBER = "100000000000002"
DEMO_WIDGET = "demo-bahia-serena"
SECOND_WIDGET = "demo-vento-sul"


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
    prices.sell(bahia, BAHIA_TYPES, saver_without_breakfast=False)
    prices.sell(vento, VENTO_TYPES, saver_without_breakfast=True)
    prices.sell_extras(bahia, BAHIA_EXTRAS)
    prices.sell_extras(vento, VENTO_EXTRAS)
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
