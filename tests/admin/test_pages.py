"""What the pages say and do: every one opens for every role, lists cost a bounded number of queries, roles hold."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conversations.models import (
    Conversation,
    Guest,
    Handoff,
    InboundDelivery,
    Message,
    OutboundMessage,
    Session,
    StaffTask,
    Turn,
)
from hotel_agent.common import clock
from reservations.models import PmsCall, Rate, Reservation, RoomNight, StayEvent
from tenants import permissions
from tenants.back_office import lists
from tenants.models import ChannelAccount, Fact, HistoryEntry, Membership, Role, Tenant
from tenants.permissions import access_to
from tests.admin.conftest import Furnished, person

pytestmark = pytest.mark.django_db
EVERY_PAGE = sorted(admin.site._registry, key=lambda model: model._meta.label)
MOST_QUERIES = 22


def changelist(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.mark.parametrize("role", Role.values)
def test_every_page_opens_for_its_own_people(ours: Furnished, visit: Callable[..., Client], role: str) -> None:
    client = visit(role)
    assert client.get("/admin/").status_code == 200
    for model, row in ours.rows.items():
        if model not in admin.site._registry or role not in permissions.access_to(model).read:
            continue
        assert client.get(changelist(model)).status_code == 200, model
        response = client.get(f"{changelist(model)}{row.pk}/change/")
        assert response.status_code == 200, model
        may_change = admin.site._registry[model].has_change_permission(response.wsgi_request, row)
        assert may_change is False or role in access_to(model).change, model


def test_an_operator_opens_every_page(ours: Furnished, theirs: Furnished, operator: Client) -> None:
    assert theirs.mark in operator.get("/admin/").content.decode()
    for model in EVERY_PAGE:
        response = operator.get(changelist(model))
        assert response.status_code == 200, model
        row = model._base_manager.order_by("pk").last()
        if row is not None:
            assert operator.get(f"{changelist(model)}{row.pk}/change/").status_code == 200, model
    assert operator.get("/admin/tenants/fact/add/").status_code == 200


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.READ_ONLY])
def test_set_up_is_not_changed_from_the_desk(ours: Furnished, visit: Callable[..., Client], role: str) -> None:
    client = visit(role)
    fact = ours.rows[Fact]
    for door in (f"{fact.pk}/change/", f"{fact.pk}/delete/", "add/"):
        assert client.post(f"{changelist(Fact)}{door}", {"post": "yes"}).status_code == 403
    assert client.post(f"{changelist(Rate)}range/", {}).status_code == 403
    client.post(changelist(Fact), {"action": "delete_selected", "_selected_action": [fact.pk], "post": "yes"})
    assert Fact._base_manager.filter(pk=fact.pk).exists()


def many(ours: Furnished, count: int) -> None:
    """More rows of everything that grows."""
    first = ours.conversation
    for number in range(count):
        guest = Guest._base_manager.create(tenant=ours.tenant, name=f"Guest {number}")
        conversation = Conversation._base_manager.create(
            tenant=ours.tenant, account=first.account, guest=guest, channel="whatsapp", last_inbound_at=clock.now()
        )
        common = {"tenant": ours.tenant, "conversation": conversation}
        Handoff._base_manager.create(**common, reason="asked")
        turn = Turn._base_manager.create(**common, epoch=1, rule="facts.answer", intent="ask_amenities")
        Session._base_manager.create(**common)
        Message._base_manager.create(
            **common, account=first.account, provider_id=f"many-{number}", kind="text", text="hola", sent_at=clock.now()
        )
        OutboundMessage._base_manager.create(
            **common, turn=turn, dedupe_key="reply", body={}, text="hola", language="es"
        )
        StayEvent._base_manager.create(tenant=ours.tenant, kind="booked", key=uuid.uuid4().hex)
        Fact._base_manager.create(tenant=ours.tenant, topic=f"topic-{number}", text_es="algo")
        user = person(f"colleague-{number}", tenant=ours.tenant, role=Role.RECEPTION)
        assert user.pk


GROWING = [
    Conversation, Fact, Guest, Handoff, Membership, Message, OutboundMessage, PmsCall, Rate, Reservation, RoomNight,
    Session, StayEvent, Turn,
]  # fmt: skip


def test_lists_cost_the_same_however_long(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.OWNER)

    def cost(url: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counted = [one["sql"] for one in queries if one["sql"].startswith("SELECT COUNT(*)")]
        assert all("LIMIT" in sql for sql in counted), "a count of every row takes as long as there are rows"
        return len(queries)

    urls = ["/admin/", f"{changelist(Conversation)}{ours.conversation.pk}/change/", *map(changelist, GROWING)]
    for url in urls:  # what is cached per process is cached now
        client.get(url)
    few = {url: cost(url) for url in urls}
    many(ours, 12)
    lots = {url: cost(url) for url in urls}
    assert {url: (few[url], lots[url]) for url in urls if lots[url] > few[url] + 1} == {}
    assert {url: count for url, count in lots.items() if count > MOST_QUERIES} == {}


def test_more_rows_than_are_counted(
    ours: Furnished, visit: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, page = visit(Role.OWNER), changelist(StaffTask)
    StaffTask._base_manager.all().delete()
    for number in range(4):
        StaffTask._base_manager.create(
            tenant=ours.tenant, conversation=ours.conversation, kind="other", what="x", key=str(number),
            due_at=clock.now(),
        )  # fmt: skip
    finish = {"action": "finish_selected", "select_across": "1",
              "_selected_action": [StaffTask._base_manager.values_list("pk", flat=True)[0]]}  # fmt: skip
    english = {"Accept-Language": "en"}

    monkeypatch.setattr(lists, "COUNTED", 3)
    shown = client.get(page, headers=english)
    assert shown.context["cl"].result_count == 3
    assert "more than 3 " in shown.content.decode()
    refused = client.post(page, finish, headers=english, follow=True)
    assert "narrow the list first" in refused.content.decode()
    assert StaffTask._base_manager.filter(state="open").count() == 4

    monkeypatch.setattr(lists, "COUNTED", 4)
    assert "more than" not in client.get(page, headers=english).content.decode()
    client.post(page, finish)
    assert not StaffTask._base_manager.filter(state="open").exists()


def test_a_thread_costs_the_same_however_long(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.OWNER)
    url = f"{changelist(Conversation)}{ours.conversation.pk}/change/"
    client.get(url)
    with CaptureQueriesContext(connection) as before:
        client.get(url)
    first = OutboundMessage._base_manager.get(conversation=ours.conversation)
    for number in range(15):
        OutboundMessage._base_manager.create(
            tenant=ours.tenant, conversation=ours.conversation, turn=first.turn, dedupe_key=f"more:{number}",
            body=first.body, text=first.text, language="es", why=first.why,
        )  # fmt: skip
    with CaptureQueriesContext(connection) as after:
        response = client.get(url)
    assert response.content.decode().count("Why did it say that?") == 16
    assert len(after) <= len(before)


def test_a_thread_explains_each_sentence(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.READ_ONLY)
    thread = f"{changelist(Conversation)}{ours.conversation.pk}/"
    page = client.get(f"{thread}change/").content.decode()
    for part in ("Sí ALMENDRO", "broke ALMENDRO", "Quiere hablar ALMENDRO", "ARS 60,000", "Prefiere el piso alto"):
        assert part in page, part
    said = ours.rows[OutboundMessage].pk
    assert f"{thread}why/{said}/" in page
    reasons = client.get(f"{thread}why/{said}/").content.decode()
    for part in (
        "ask amenities", "93 %", "embedded", "v-test", "facts.answer", "facts.fact", "La cochera ALMENDRO es gratis.",
        "FindFacts", "FactsFound", "ARS 60,000",
    ):  # fmt: skip
        assert part in reasons, part


def test_what_guests_write_is_never_markup(ours: Furnished, visit: Callable[..., Client]) -> None:
    nasty = "<script>alert(1)</script>"
    Message._base_manager.filter(conversation=ours.conversation).update(text=nasty, last_error=nasty)
    Guest._base_manager.filter(pk=ours.conversation.guest_id).update(name=nasty)
    Handoff._base_manager.filter(conversation=ours.conversation).update(summary=nasty)
    Turn._base_manager.filter(conversation=ours.conversation).update(
        heard=[{"understanding": {"text": nasty, "candidates": [], "entities": {"guest_name": nasty}}}]
    )
    client = visit(Role.OWNER)
    for url in (
        "/admin/", changelist(Conversation), f"{changelist(Conversation)}{ours.conversation.pk}/change/",
        changelist(Message), changelist(Handoff), changelist(Guest),
        f"{changelist(Turn)}{ours.rows[Turn].pk}/change/",
    ):  # fmt: skip
        assert nasty not in client.get(url).content.decode(), url


@pytest.mark.parametrize("typed", ["ana almen", "+54 9 11 5555-0101", "ana@almendro", "{code}", "{code_bare}"])
def test_the_inbox_finds_by_name_phone_e_mail_and_code(
    ours: Furnished, visit: Callable[..., Client], typed: str
) -> None:
    Guest._base_manager.create(tenant=ours.tenant, name="Somebody else")
    reservation = ours.rows[Reservation]
    assert isinstance(reservation, Reservation)
    typed = typed.format(code=reservation.code, code_bare=reservation.code.replace("-", "").lower())
    response = visit(Role.RECEPTION).get(changelist(Conversation), {"q": typed})
    assert [row.conversation.pk for row in response.context["inbox"].rows] == [ours.conversation.pk]


def test_credentials_are_written_and_never_shown(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.OWNER)
    account = ours.rows[ChannelAccount]
    url = f"{changelist(ChannelAccount)}{account.pk}/change/"
    page = client.get(url).content.decode()
    assert "secret-token" not in page
    assert "ends in …last" in page
    form = {
        "channel": "whatsapp", "external_id": "number-ALMENDRO", "display_name": "Desk", "is_active": "on",
        "answers_per_day": "40",
    }  # fmt: skip
    assert client.post(url, {**form, "access_token": ""}).status_code == 302
    stored = ChannelAccount._base_manager.get(pk=account.pk)
    assert (stored.display_name, stored.credentials["access_token"]) == ("Desk", "secret-token-ALMENDRO-last")
    assert client.post(url, {**form, "access_token": "a-newer-token-0002"}).status_code == 302
    stored = ChannelAccount._base_manager.get(pk=account.pk)
    assert stored.credentials["access_token"] == "a-newer-token-0002"
    assert "a-newer-token" not in client.get(f"{changelist(ChannelAccount)}{account.pk}/history/").content.decode()


def test_a_mailbox_is_typed_in_and_its_secrets_are_not_shown(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.OWNER)
    form = {
        "channel": "email", "external_id": "desk@almendro.example", "display_name": "Desk", "is_active": "on",
        "username": "desk", "password": "mailbox-password-1", "imap_url": "imaps://mail.almendro.example",
        "smtp_url": "smtps://mail.almendro.example:465", "answers_per_day": "40",
    }  # fmt: skip
    for wrong in ("http://mail.almendro.example", "imaps://desk:secret@mail.almendro.example"):
        page = client.post(f"{changelist(ChannelAccount)}add/", {**form, "imap_url": wrong})
        assert page.status_code == 200, "the page comes back with what is wrong"
        assert not ChannelAccount._base_manager.filter(channel="email", tenant=ours.tenant).exists()
    assert client.post(f"{changelist(ChannelAccount)}add/", form).status_code == 302
    account = ChannelAccount._base_manager.get(channel="email", tenant=ours.tenant)
    assert account.credentials["password"] == "mailbox-password-1"
    url = f"{changelist(ChannelAccount)}{account.pk}/change/"
    page_text = client.get(url).content.decode()
    assert "imaps://mail.almendro.example" in page_text
    assert "mailbox-password-1" not in page_text
    assert client.post(url, {**form, "password": "", "username": ""}).status_code == 302
    account.refresh_from_db()
    assert account.credentials["password"] == "mailbox-password-1"
    assert "username" not in account.credentials


def test_prices_of_a_range_are_set_in_one_go(ours: Furnished, visit: Callable[..., Client]) -> None:
    first = ours.hotel.first_night
    form: dict[str, Any] = {
        "room_type": ours.hotel.double.pk, "plan": ours.hotel.flexible.pk, "first": first.isoformat(),
        "last": first.isoformat(), "weekdays": list(range(7)), "amount": "77000",
        "extra_adult": "0", "extra_child": "0",
    }  # fmt: skip
    refused = visit(Role.MANAGER).post(f"{changelist(Rate)}range/", form)
    assert refused.context["form"].errors == {"reason": ["This field is required."]}
    form["reason"] = "Congress in town"
    assert visit(Role.MANAGER).post(f"{changelist(Rate)}range/", form).status_code == 302
    changed = Rate._base_manager.get(room_type=ours.hotel.double, rate_plan=ours.hotel.flexible, night=first)
    assert changed.amount == 77000
    entry = HistoryEntry._base_manager.get(reason="Congress in town")
    (price,) = [one for one in entry.changes if one["field"] == "amount"]
    assert (price["before"], price["after"]) == ("60000.00", "77000.00")


def test_fewer_rooms_than_are_sold_are_refused_in_words(ours: Furnished, visit: Callable[..., Client]) -> None:
    night = RoomNight._base_manager.filter(room_type=ours.hotel.double, held__gt=0).earliest("night").night
    form = {
        "room_type": ours.hotel.double.pk, "first": night.isoformat(), "last": night.isoformat(),
        "weekdays": list(range(7)), "total": "0", "min_stay": "1", "reason": "paint",
    }  # fmt: skip
    response = visit(Role.MANAGER).post(f"{changelist(RoomNight)}range/", form)
    assert response.status_code == 200
    assert "More rooms are sold already" in response.content.decode()


def test_a_taken_room_number_is_refused_in_words(ours: Furnished, visit: Callable[..., Client]) -> None:
    form = {"room_type": ours.hotel.double.pk, "number": "100", "is_active": "on"}
    response = visit(Role.MANAGER).post("/admin/reservations/room/add/", form)
    assert response.status_code == 200
    assert response.context["adminform"].form.non_field_errors()


# --- people ----------------------------------------------------------------------------------------------------------


def add_person(client: Client, role: str, username: str = "nueva") -> Any:
    form = {"username": username, "email": "n@example.com", "password": "una-clave-bien-larga-7", "role": role}
    return client.post(f"{changelist(Membership)}add/", form)


def test_an_owner_adds_people_who_can_then_log_in(ours: Furnished, visit: Callable[..., Client]) -> None:
    assert add_person(visit(Role.OWNER), Role.MANAGER).status_code == 302
    made = Membership.objects.get(user__username="nueva")
    assert (made.tenant, made.role) == (ours.tenant, Role.MANAGER)
    assert (made.user.is_staff, made.user.is_superuser) == (True, False)
    entered = Client().post("/admin/login/", {"username": "nueva", "password": "una-clave-bien-larga-7"})
    assert entered.status_code == 302


def test_a_manager_cannot_make_or_change_managers(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.MANAGER)
    assert add_person(client, Role.OWNER).status_code == 200
    assert not Membership.objects.filter(user__username="nueva").exists()
    owner = ours.rows[Membership]
    assert client.post(f"{changelist(Membership)}{owner.pk}/change/", {"role": "read_only"}).status_code == 403
    assert add_person(client, Role.RECEPTION).status_code == 302


def test_nobody_raises_themselves(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.MANAGER, "climber")
    mine = Membership.objects.get(user__username="climber")
    assert client.post(f"{changelist(Membership)}{mine.pk}/change/", {"role": "owner"}).status_code == 403
    mine.refresh_from_db()
    assert mine.role == Role.MANAGER


def test_a_taken_name_is_not_linked_to_the_hotel(ours: Furnished, visit: Callable[..., Client]) -> None:
    stranger = person("Stranger")
    assert add_person(visit(Role.OWNER), Role.RECEPTION, username="stranger").status_code == 200
    assert not Membership.objects.filter(user=stranger).exists()


# --- dead letters ----------------------------------------------------------------------------------------------------


def test_dead_letters_get_another_try(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.MANAGER)
    for model in (Message, OutboundMessage):
        client.post(changelist(model), {"action": "redeliver", "_selected_action": [ours.rows[model].pk]})
    assert Message._base_manager.get(pk=ours.rows[Message].pk).state == Message.State.WAITING
    assert OutboundMessage._base_manager.get(pk=ours.rows[OutboundMessage].pk).state == OutboundMessage.State.QUEUED


def test_the_desk_does_not_redeliver(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit(Role.RECEPTION)
    client.post(changelist(Message), {"action": "redeliver", "_selected_action": [ours.rows[Message].pk]})
    assert Message._base_manager.get(pk=ours.rows[Message].pk).state == Message.State.DEAD


def test_operators_process_quarantined_deliveries_again(theirs: Furnished, operator: Client) -> None:
    delivery = InboundDelivery.objects.get()
    page = operator.get("/admin/").content.decode()
    assert f"{changelist(InboundDelivery)}?state__exact=quarantined" in page
    operator.post(changelist(InboundDelivery), {"action": "process_again", "_selected_action": [delivery.pk]})
    delivery.refresh_from_db()
    assert delivery.state == "waiting"


# --- home ------------------------------------------------------------------------------------------------------------


def test_home_shows_what_needs_a_person(ours: Furnished, visit: Callable[..., Client]) -> None:
    ChannelAccount._base_manager.filter(tenant=ours.tenant).update(paused_reason="token expired", paused_at=clock.now())
    Reservation._base_manager.filter(tenant=ours.tenant).update(
        state="confirmed", check_in=ours.tenant.business_day(), pms_booking_id="B1", confirmed_at=clock.now()
    )
    page = visit(Role.RECEPTION).get("/admin/").content.decode()
    code = ours.rows[Reservation].code  # type: ignore[attr-defined]
    for part in ("Quiere hablar ALMENDRO", "urgent", "token expired", code, "1 message could not be answered"):
        assert part in page, part


def test_somebody_without_a_hotel_sees_nothing(ours: Furnished) -> None:
    client = Client()
    client.force_login(person("nobody"))
    assert ours.mark not in client.get("/admin/").content.decode()
    for model in EVERY_PAGE:
        assert client.get(changelist(model)).status_code == 403
    assert Tenant.objects.exists()
