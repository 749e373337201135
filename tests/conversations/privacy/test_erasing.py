"""A guest who wants to be forgotten: nothing of them is left in the database, files, caches or logs, nor comes back."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import models

from conversations.models import (
    AccountEvent,
    Conversation,
    Erasure,
    Guest,
    GuestIdentity,
    Handoff,
    InboundDelivery,
    MediaFile,
    Message,
    OutboundMessage,
    TrainingExample,
    Turn,
    UnansweredQuestion,
)
from conversations.services import files
from conversations.services.privacy import blanking, erasing, traces
from hotel_agent.common import clock
from hotel_agent.common.claims import WorkState
from reservations.models import Arrangement, BuiltinBooking, Payment, PaymentDelivery, PmsCall, Reservation
from tenants import history
from tenants.models import PaymentAccount
from tenants.scoping import every_tenant, tenant_scope
from tests.conversations.guests import WhatsAppGuest, envelope, post, text_message
from tests.conversations.privacy import dump
from tests.factories.reservations import Hotel

MARK = "quokkasaurio"
NAME = "Zoraida Quintanilla"
MAIL = "zoraida.quintanilla@correo.example"


@pytest.fixture
def remembered(hotel: Hotel, guest: WhatsAppGuest, db_user: User) -> WhatsAppGuest:
    """A guest who chatted, booked and stayed, and whose name went everywhere a name can go."""
    arrival = hotel.first_night + dt.timedelta(days=9)
    guest.say(
        f"Hola, soy {NAME} y viajo con mi {MARK}. Quiero una doble del {arrival:%d/%m} por 2 noches para 2 personas"
    )
    if guest.choices():
        guest.tap(guest.choices()[0][2])
    guest.say(NAME)
    guest.say(MAIL)
    guest.say("sí, confirmo")
    with every_tenant():
        conversation = Conversation.objects.get()
        person = conversation.guest
        Guest.objects.filter(pk=person.pk).update(name=NAME, profile_name="Zoraida Q", email=MAIL)
        GuestIdentity.objects.create(tenant=hotel.tenant, guest=person, kind="email", value=MAIL)
        furnish(hotel, conversation, db_user, guest.wa_id)
    return guest


@pytest.fixture(autouse=True)
def own_storage(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def db_user(installation: None) -> User:
    return User.objects.create_user("marta", password="x", is_staff=True)


def furnish(hotel: Hotel, conversation: Conversation, user: User, wa_id: str) -> None:
    """Rows a chat alone does not make."""
    tenant = hotel.tenant
    message = Message.objects.filter(conversation=conversation).earliest("pk")
    Handoff.objects.create(tenant=tenant, conversation=conversation, reason="asked", summary=f"{NAME} con {MARK}")
    TrainingExample.objects.create(tenant=tenant, message=message, text=f"viajo con {MARK}", language="es", intents=[])
    file = files.attach(conversation, f"%PDF- {MARK} {NAME}".encode(), filename=f"{NAME}.pdf", message=message)
    MediaFile.objects.filter(pk=file.pk).update(transcript=f"mi {MARK}", external_id=f"media-{MARK}")
    AccountEvent.objects.create(
        tenant=tenant, account=conversation.account, kind="errors", summary=f"to +{wa_id[:2]} {wa_id[2:]}: refused",
        detail={"recipient": wa_id, "about": MAIL.upper()},
    )  # fmt: skip
    LogEntry.objects.create(
        user=user, content_type=ContentType.objects.get_for_model(Conversation), object_id=str(conversation.pk),
        object_repr=f"{NAME} (whatsapp)", action_flag=CHANGE, change_message=f"wrote to {NAME}",
    )  # fmt: skip
    history.note(
        conversation.guest, by=user, action="changed", what=f"{NAME} asked", reason=f"{MAIL} wrote so",
        changes=[{"field": "name", "before": MARK, "after": NAME}],
    )  # fmt: skip
    history.note(tenant, by=user, action="changed", reason=f"{NAME} complained of the noise")
    with tenant_scope(tenant):
        stay = Reservation.objects.first()
        if stay is None:
            from tests.factories.reservations import requested

            stay = requested(
                hotel, hotel.stay(), guest_key=str(conversation.guest.public_id), key=conversation.public_id
            )
        Reservation.objects.filter(pk=stay.pk).update(
            guest_name=NAME, guest_email=MAIL, guest_phone=f"+{wa_id}", notes=f"trae un {MARK}"
        )
        Arrangement.objects.create(
            tenant=tenant, reservation=stay, kind="request", currency="ARS", text=f"cama para el {MARK}"
        )
        PmsCall.objects.filter(reservation=stay).update(answer={"guest": NAME, "note": MARK}, request={"text": MARK})
        BuiltinBooking.objects.filter(reference=stay.reference).update(
            guest_name=NAME, guest_email=MAIL, guest_phone=wa_id, notes=MARK
        )
        account = PaymentAccount.objects.create(tenant=tenant, kind="stripe", credentials={"secret_key": "sk_1"})
        Payment.objects.create(
            tenant=tenant, reservation=stay, account=account, reference="pay-zq", status="paid", amount=100,
            currency="ARS", link_expires_at=clock.now(), payment_id="pi-zq", paid_at=clock.now(), state="done",
            checkout_url=f"https://pay.example/{MARK}",
        )  # fmt: skip
        PaymentDelivery.objects.create(
            account_key=account.webhook_key, sha256="a" * 64, state="done",
            body=json.dumps({"type": "x", "data": {"object": {"customer_email": MAIL, "name": NAME}}}).encode(),
        )  # fmt: skip


def needles(guest: WhatsAppGuest) -> list[str]:
    return [MARK, NAME, "Quintanilla", MAIL, guest.wa_id, f"+{guest.wa_id}"]


def traces_left(guest: WhatsAppGuest) -> list[str]:
    kept = "\n".join([dump.database(), dump.caches(), dump.files()])
    return [f"{word}: {line}" for word in needles(guest) for line in dump.lines_with(word, kept)]


def forget(guest: WhatsAppGuest, hotel: Hotel, *, stays: bool = True) -> dict[str, Any]:
    person = erasing.find(hotel.tenant, guest.wa_id)[0]
    with tenant_scope(hotel.tenant):
        asked = erasing.ask(person, by="test", despite_stays=stays)
    assert erasing.run(asked.pk)
    row = Erasure._base_manager.get(pk=asked.pk)
    assert row.state == WorkState.DONE
    return row.counts


def test_nothing_is_left_anywhere(
    hotel: Hotel, remembered: WhatsAppGuest, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert len(traces_left(remembered)) > 20  # the search finds what there is to find
    money = Reservation._base_manager.values_list("total", "currency", "check_in", "state").get()
    caplog.clear()
    capfd.readouterr()
    forget(remembered, hotel)
    assert traces_left(remembered) == []
    logged = caplog.text + "".join(capfd.readouterr())
    assert [word for word in needles(remembered) if word.lower() in logged.lower()] == []
    assert Reservation._base_manager.values_list("total", "currency", "check_in", "state").get() == money
    assert Payment._base_manager.get().amount == 100
    assert Message._base_manager.count() > 2  # that there was a conversation is no secret
    assert not Turn._base_manager.exists()


def test_a_question_asked_in_vain_stays_without_its_words(
    hotel: Hotel, remembered: WhatsAppGuest, new_guest: Callable[[], WhatsAppGuest]
) -> None:
    """The masking of an example knows addresses and numbers, not what only this guest would say."""
    new_guest().say("¿El hotel tiene cancha de squash?")
    remembered.say(f"¿El hotel tiene cancha de tenis para mi {MARK}?")
    remembered.say(f"¿Tienen pileta? Es por mi {MARK}")
    with every_tenant():
        before = UnansweredQuestion.objects.count()
        mine = UnansweredQuestion.objects.filter(example__icontains=MARK)
        assert mine.exists()
        ids = list(mine.values_list("pk", flat=True))
        others = list(UnansweredQuestion.objects.exclude(pk__in=ids).values_list("key", "example", "count"))
    forget(remembered, hotel)
    assert traces_left(remembered) == []
    with every_tenant():
        assert UnansweredQuestion.objects.count() == before
        assert list(UnansweredQuestion.objects.exclude(pk__in=ids).values_list("key", "example", "count")) == others
        for row in UnansweredQuestion.objects.filter(pk__in=ids):
            assert (row.example, row.asked_in) == (row.intent, None)


def test_late_duplicates_bring_nobody_back(hotel: Hotel, remembered: WhatsAppGuest) -> None:
    said = f"otra vez con mi {MARK}"
    message = text_message(remembered.wa_id, said)
    body = envelope([message])
    assert post(body).status_code == 200
    remembered.settle()
    forget(remembered, hotel)
    guests = Guest._base_manager.count()
    assert post(body).status_code == 200  # the very same bytes
    other = {**message, "timestamp": str(int(message["timestamp"]) + 1)}
    stranger = text_message("5491155599999", "¿Hay cochera?")
    assert post(envelope([other])).status_code == 200  # packed again
    assert post(envelope([other, stranger])).status_code == 200  # packed with somebody else's
    remembered.settle()
    assert traces_left(remembered) == []
    assert Guest._base_manager.count() == guests + 1
    assert Message._base_manager.filter(text="¿Hay cochera?").exists()


def test_who_writes_again_is_somebody_new(hotel: Hotel, remembered: WhatsAppGuest) -> None:
    first = Message._base_manager.filter(conversation__guest__identities__value=remembered.wa_id).earliest("pk")
    old = text_message(remembered.wa_id, f"mi {MARK}", wamid=first.provider_id)
    forget(remembered, hotel)
    assert "cochera" in remembered.say("¿Tienen cochera?").lower()
    assert post(envelope([old])).status_code == 200  # known by its hash although its writer is here again
    remembered.settle()
    assert not Message._base_manager.filter(text__contains=MARK).exists()
    assert not [row for row in InboundDelivery.objects.all() if MARK.encode() in bytes(row.body)]


def test_a_crash_after_every_step_is_gone_on_from(
    hotel: Hotel, remembered: WhatsAppGuest, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = erasing.find(hotel.tenant, remembered.wa_id)[0]
    with tenant_scope(hotel.tenant):
        asked = erasing.ask(person, by="test", despite_stays=True)
    row = Erasure._base_manager.filter(pk=asked.pk)
    whole = erasing.STEPS

    def dying(step: Any) -> Any:
        def dies(work: Any) -> None:
            step(work)
            raise KeyboardInterrupt  # as a killed process: nothing after it runs, the lease lapses

        return dies

    for stop, (name, step) in enumerate(whole):
        monkeypatch.setattr(erasing, "STEPS", (*whole[:stop], (name, dying(step)), *whole[stop + 1 :]))
        with pytest.raises(KeyboardInterrupt):
            erasing.run(asked.pk)
        row.update(lease_until=clock.now() - dt.timedelta(seconds=1), deaths=0)
        assert row.get().step == (whole[stop - 1][0] if stop else "")
        if stop < len(whole) - 1:
            monkeypatch.setattr(erasing, "STEPS", (*whole[: stop + 1], (whole[stop + 1][0], dying(lambda work: None))))
            with pytest.raises(KeyboardInterrupt):  # the same step a second time, to its end
                erasing.run(asked.pk)
            row.update(lease_until=clock.now() - dt.timedelta(seconds=1), deaths=0)
    monkeypatch.setattr(erasing, "STEPS", whole)
    assert erasing.run_due() == 1
    assert row.get().state == WorkState.DONE
    assert traces_left(remembered) == []
    assert erasing.run_due() == 0


def test_a_guest_who_is_coming_is_not_forgotten_by_mistake(hotel: Hotel, remembered: WhatsAppGuest) -> None:
    person = erasing.find(hotel.tenant, remembered.wa_id)[0]
    with tenant_scope(hotel.tenant), pytest.raises(erasing.StayAhead):
        erasing.ask(person, by="test")
    assert not Erasure._base_manager.exists()


def test_another_guest_and_another_hotel_lose_nothing(
    hotel: Hotel, remembered: WhatsAppGuest, new_guest: Callable[[], WhatsAppGuest]
) -> None:
    neighbour = new_guest()
    neighbour.say("Hola, ¿tienen cochera?")
    with every_tenant():
        others = Message.objects.exclude(conversation__guest__identities__value=remembered.wa_id)
        before = list(others.values("id", "text", "provider_id", "metadata"))
        bodies = {row.pk: bytes(row.body) for row in InboundDelivery.objects.all()
                  if neighbour.wa_id.encode() in bytes(row.body)}  # fmt: skip
    forget(remembered, hotel)
    with every_tenant():
        assert list(Message.objects.filter(pk__in=[one["id"] for one in before]).values(*before[0])) == before
    assert {pk: bytes(InboundDelivery.objects.get(pk=pk).body) for pk in bodies} == bodies


def test_the_command_says_first_and_does_then(
    hotel: Hotel, remembered: WhatsAppGuest, capsys: pytest.CaptureFixture[str]
) -> None:
    slug = hotel.tenant.slug
    call_command("erase_guest", slug, MAIL, "--json")
    assert len(json.loads(capsys.readouterr().out)["would_erase"]) == 1
    assert traces_left(remembered)
    call_command("erase_guest", slug, MAIL, "--yes", "--despite-stays", "--json", "--reason", "asked for it")
    said = json.loads(capsys.readouterr().out)["erased"][0]
    assert said["state"] == "done"
    assert any("payment provider: pi-zq" in one for one in said["elsewhere"])
    assert traces_left(remembered) == []
    with pytest.raises(SystemExit) as ended:
        call_command("erase_guest", slug, MAIL, "--yes", "--json")
    assert ended.value.code == 2


def test_a_guest_gets_everything_as_one_file(
    hotel: Hotel, remembered: WhatsAppGuest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out" / "guest.zip"
    target.parent.mkdir()
    before = dump.database()
    call_command("export_guest", hotel.tenant.slug, remembered.wa_id, "--to", str(target), "--json")
    counts = json.loads(capsys.readouterr().out)["files"][0]
    assert counts["files"] == 1
    assert target.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(target) as archive:
        everything = json.loads(archive.read("guest.json"))
        [name] = [one for one in archive.namelist() if one.startswith("files/")]
        assert MARK.encode() in archive.read(name)
    written = json.dumps(everything, ensure_ascii=False)
    for word in (MARK, NAME, MAIL, remembered.wa_id):
        assert word in written
    assert {"conversations.message", "conversations.outboundmessage", "reservations.reservation"} <= set(
        everything["tables"]
    )
    assert everything["deliveries"]
    assert "sk_1" not in written
    assert dump.database() == before


def test_every_table_of_a_guest_is_reached(hotel: Hotel, remembered: WhatsAppGuest) -> None:
    """What points at a guest, thread, message or stay is found by the links alone."""
    with tenant_scope(hotel.tenant):
        rows = traces.rows_of(erasing.find(hotel.tenant, remembered.wa_id)[0])
    for model in (Conversation, Message, OutboundMessage, Turn, Handoff, MediaFile, TrainingExample, Reservation,
                  PmsCall, Arrangement, Payment, GuestIdentity):  # fmt: skip
        assert rows[model] == set(model._base_manager.values_list("pk", flat=True)), model


KEPT = {
    # Columns with words that stay when a guest is forgotten: codes, states, times, money, ids of ours and random ones.
    "conversations.conversation": {"language"},
    "conversations.message": {"correlation_id"},
    "conversations.outboundmessage": {"language", "price_category", "country", "error_code", "correlation_id"},
    "conversations.mediafile": {"kind", "path", "content_type", "trouble", "transcriber"},
    "conversations.handoff": {"reason", "closed_why"},
    "conversations.unansweredquestion": {"language", "intent", "topic"},
    "reservations.reservation": {
        "code", "parties", "currency", "terms", "language", "channel", "guest_key", "reference", "pms_booking_id",
        "refusal",
    },
    "reservations.builtinbooking": {
        "booking_id", "reference", "parties", "currency", "nightly", "taxes", "extras", "terms", "last_reference",
    },
    "reservations.builtinhold": {"reference"},
    "reservations.arrangement": {"currency"},
    "reservations.pmscall": {"reference", "reason"},
    "reservations.stayevent": {"key"},
    "reservations.payment": {"reference", "currency", "checkout_id", "payment_id"},
    "reservations.refund": {"reference", "currency", "refund_id"},
    "reservations.reservationchange": {"kind", "from_state", "to_state", "actor", "detail"},
    "reservations.quote": {"guest_key", "parties"},
    "reservations.quoteoption": {"currency", "nightly", "parts", "taxes", "extras", "terms"},
    "reservations.hold": {"guest_key", "reference", "pms_hold_id"},
}  # fmt: skip


@pytest.mark.parametrize("label", sorted(blanking.REMAINS))
def test_every_column_with_words_is_blanked_or_kept_on_purpose(label: str) -> None:
    """A new column of a row that survives its guest has to be decided about."""
    model = apps.get_model(label)
    words = {
        field.name
        for field in model._meta.local_fields
        if isinstance(field, models.TextField | models.JSONField)
        or (isinstance(field, models.CharField) and not field.choices)
    }
    assert words - set(blanking.REMAINS[label]) == KEPT.get(label, set())
