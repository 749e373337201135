"""Two hotels with a row of everything, and people with every role."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import models
from django.test import Client

from conversations.models import (
    AccountEvent,
    AnswerMode,
    CannedAnswer,
    ConnectionTest,
    Conversation,
    DayFigures,
    Erasure,
    Escalation,
    EscalationStep,
    Guest,
    GuestIdentity,
    Handoff,
    HandoffPolicy,
    InboundDelivery,
    MediaFile,
    Message,
    MessageTemplate,
    OutboundMessage,
    Session,
    SettledDifference,
    StaffNote,
    StaffTask,
    TrainingExample,
    Turn,
    UnansweredQuestion,
    VisitAudit,
    WhatsAppNumber,
    WordingOverride,
)
from hotel_agent.common import clock
from integrations.channels.outgoing import Buttons, Choice
from integrations.pms.base import Guest as PmsGuest
from reservations.models import (
    Arrangement,
    Block,
    BuiltinBooking,
    CalendarFeed,
    CancellationTier,
    ChildBand,
    DemoCheckout,
    DriftReport,
    Extra,
    Hold,
    Inquiry,
    Payment,
    PmsCall,
    Quote,
    QuoteOption,
    Rate,
    RatePlan,
    Refund,
    Reservation,
    Room,
    RoomNight,
    RoomType,
    SellingChange,
    SheetImport,
    StayEvent,
    StayTax,
)
from tenants.models import (
    ChannelAccount,
    Fact,
    HistoryEntry,
    Holiday,
    Membership,
    MetaApp,
    OpeningHours,
    PaymentAccount,
    Picture,
    PmsConnection,
    Role,
    SwitchChange,
    Tenant,
)
from tenants.scoping import every_tenant, tenant_scope
from tests.factories.reservations import Hotel, HotelFactory, open_hotel, quote_option, requested

PASSWORD = "correct-horse-battery"


@dataclass
class Furnished:
    """A hotel and one row of each of its models; `mark` is in every text of it and in no other hotel's."""

    hotel: Hotel
    mark: str
    rows: dict[type[models.Model], models.Model] = field(default_factory=dict)

    @property
    def tenant(self) -> Tenant:
        return self.hotel.tenant

    @property
    def conversation(self) -> Conversation:
        row = self.rows[Conversation]
        assert isinstance(row, Conversation)
        return row


def furnish(mark: str) -> Furnished:
    """A hotel that has lived a little."""
    tenant = HotelFactory.create(name=f"Hotel {mark}", slug=f"hotel-{mark.lower()}", address=f"Calle {mark} 1")
    hotel = open_hotel(tenant=tenant, nights=20)
    made = Furnished(hotel, mark)
    with tenant_scope(tenant):
        for room_type in (hotel.double, hotel.family):
            room_type.name_es = f"Doble {mark}"
            room_type.description_es = f"Con vista a {mark}"
            room_type.save()
        for plan in (hotel.flexible, hotel.fixed):
            plan.name_es = f"Tarifa {mark}"
            plan.save()
        account = ChannelAccount.objects.create(
            tenant=tenant,
            channel="whatsapp",
            external_id=f"number-{mark}",
            display_name=f"Line {mark}",
            credentials={"access_token": f"secret-token-{mark}-last"},
        )
        guest = Guest.objects.create(
            tenant=tenant, name=f"Ana {mark}", phone="+5491155550101", email=f"ana@{mark}.test"
        )
        conversation = Conversation.objects.create(
            tenant=tenant,
            account=account,
            guest=guest,
            channel="whatsapp",
            recipient={"wa_id": "5491155550101"},
            last_inbound_at=clock.now(),
            last_text=f"Hola {mark}",
            language="es",
        )
        key = conversation.public_id
        reservation = requested(
            hotel,
            hotel.stay(arrival=3, nights=2),
            guest_key=str(guest.public_id),
            key=key,
            guest=PmsGuest(name=f"Ana {mark}", email="ana@example.com", phone="+5491155550101", language="es"),
        )
        option = quote_option(hotel, hotel.stay(arrival=6, nights=1), conversation_key=key)
        turn = Turn.objects.create(
            tenant=tenant,
            conversation=conversation,
            epoch=1,
            rule="facts.answer",
            intent="ask_amenities",
            confidence=0.93,
            engine="embedded",
            engine_version="v-test",
            heard=[{"record": "Heard", "understanding": {"text": f"¿cochera {mark}?", "candidates": []}}],
            observations=[{"query": {"record": "FindFacts"}, "answer": {"record": "FactsFound", "text": mark}}],
        )
        picture = Picture.objects.create(
            tenant=tenant, content=b"jpeg", digest=mark, width=80, height=80, alt_es=f"La cochera {mark}"
        )
        fact = Fact.objects.create(
            tenant=tenant, topic="parking", text_es=f"La cochera {mark} es gratis.", picture=picture
        )
        outbound = OutboundMessage.objects.create(
            tenant=tenant,
            conversation=conversation,
            turn=turn,
            dedupe_key="reply:1",
            body=Buttons(f"Respuesta {mark}", (Choice("yes", f"Sí {mark}"), Choice("no", "No"))).as_dict(),
            text=f"Respuesta {mark}",
            language="es",
            state="dead",
            last_error=f"broke {mark}",
            why={
                "rule": "facts.answer", "intent": "ask_amenities", "confidence": 0.93, "engine": "embedded",
                "engine_version": "v-test", "keys": ["facts.fact"], "fact_ids": [str(fact.pk)],
                "quote_ids": [str(option.quote.public_id)], "commands": [], "catalogue": "c", "turn": turn.pk,
            },
        )  # fmt: skip
        payments = PaymentAccount.objects.create(
            tenant=tenant, kind="stripe", credentials={"secret_key": f"sk_{mark}_9876"}
        )
        feed = CalendarFeed.objects.create(
            tenant=tenant, name=f"Otro {mark}", room_type=hotel.double, url=f"https://{mark.lower()}.example/a.ics"
        )
        made.rows = {
            Tenant: tenant,
            ChannelAccount: account,
            Guest: guest,
            GuestIdentity: GuestIdentity.objects.create(tenant=tenant, guest=guest, kind="wa_id", value=f"id-{mark}"),
            Conversation: conversation,
            Turn: turn,
            OutboundMessage: outbound,
            Fact: fact,
            Picture: picture,
            Reservation: reservation,
            Quote: option.quote,
            QuoteOption: option,
            Hold: reservation.hold,
            Arrangement: Arrangement.objects.create(
                tenant=tenant,
                reservation=reservation,
                kind=Arrangement.Kind.REQUEST,
                currency="ARS",
                text="A quiet room, please",
            ),
            Inquiry: Inquiry.objects.create(
                tenant=tenant, kind="quote", asked_by=person(f"program-{mark.lower()}"), key=mark, fingerprint=mark,
                state="done", refusal="sold_out", detail=mark,
            ),
            PmsCall: PmsCall.objects.get(reservation=reservation),
            RoomType: hotel.double,
            RatePlan: hotel.flexible,
            Room: Room.objects.earliest("pk"),
            Rate: Rate.objects.earliest("pk"),
            RoomNight: RoomNight.objects.earliest("pk"),
            CancellationTier: CancellationTier.objects.earliest("pk"),
            ChildBand: ChildBand.objects.create(tenant=tenant, rate_plan=hotel.flexible, under=6, percent=50),
            Extra: Extra.objects.earliest("pk"),
            CalendarFeed: feed,
            Block: Block.objects.create(
                tenant=tenant, room_type=hotel.double, check_in=hotel.first_night, reason=f"Obra {mark}",
                check_out=hotel.first_night + dt.timedelta(days=2), feed=feed, uid="a", source="calendar",
                uncounted=[hotel.first_night, hotel.first_night + dt.timedelta(days=1)],
            ),
            BuiltinBooking: BuiltinBooking.objects.create(
                tenant=tenant, booking_id=f"B{mark}", reference=f"R{mark}", room_type=hotel.double,
                rate_plan=hotel.flexible, check_in=hotel.first_night,
                check_out=hotel.first_night + dt.timedelta(days=1),
                parties=[], rooms=1, currency="ARS", total=1, nightly=[], terms={}, guest_name=f"Ana {mark}",
            ),
            SheetImport: SheetImport.objects.create(
                tenant=tenant, kind="rates", state="bad", file_name=f"{mark}.xlsx", made_by=f"ana-{mark}",
                problems=[{"row": 2, "column": "price", "what": "not_an_amount", "value": mark}],
            ),
            StayTax: StayTax.objects.create(tenant=tenant, code="city", name_es=f"Tasa {mark}", amount=100),
            Message: Message.objects.create(
                tenant=tenant, conversation=conversation, account=account, provider_id=f"wamid.{mark}", kind="text",
                text=f"¿Cochera {mark}?", state="dead", last_error=mark, sent_at=clock.now(),
            ),
            WhatsAppNumber: WhatsAppNumber.objects.get(pk=account.pk),
            MediaFile: MediaFile.objects.create(
                tenant=tenant, conversation=conversation, kind="document", filename=f"{mark}.pdf", external_id=mark
            ),
            MessageTemplate: MessageTemplate.objects.create(
                tenant=tenant, account=account, name=f"novedades_{mark.lower()}", language="es_AR",
                body="Novedades: {{1}}", values=["message"],
            ),
            Erasure: Erasure.objects.create(
                tenant=tenant, guest_id=guest.pk, asked_by=f"ana-{mark}", reason=mark, state="done"
            ),
            AccountEvent: AccountEvent.objects.create(
                tenant=tenant, account=account, kind="errors", summary=f"Algo pasó {mark}", detail={"note": mark}
            ),
            CannedAnswer: CannedAnswer.objects.create(
                tenant=tenant, shortcut="wifi", text_es=f"La clave del wifi es {mark}, {{guest}}."
            ),
            StaffNote: StaffNote.objects.create(
                tenant=tenant, conversation=conversation, key=mark, text=f"Prefiere el piso alto {mark}"
            ),
            Session: Session.objects.create(tenant=tenant, conversation=conversation, state={"note": mark}),
            TrainingExample: TrainingExample.objects.create(
                tenant=tenant, text=f"¿Hay zumba {mark}?", language="es", intents=["ask_amenities"]
            ),
            Handoff: Handoff.objects.create(
                tenant=tenant, conversation=conversation, reason="asked", summary=f"Quiere hablar {mark}", urgent=True
            ),
            StaffTask: StaffTask.objects.create(
                tenant=tenant, conversation=conversation, kind="housekeeping", room="204", what=f"Toallas {mark}",
                due_at=clock.now(), key=f"task-{mark}",
            ),
            EscalationStep: EscalationStep.objects.create(
                tenant=tenant, way="webhook", target=f"https://{mark.lower()}.example/alarm",
                credentials={"secret": f"webhook-{mark}-9876"},
            ),
            HandoffPolicy: HandoffPolicy.objects.create(tenant=tenant),
            AnswerMode: AnswerMode.objects.create(tenant=tenant, intent="complaint", mode="human"),
            Holiday: Holiday.objects.create(tenant=tenant, date=dt.date(2027, 12, 25), name=f"Navidad {mark}"),
            StayEvent: StayEvent.objects.create(
                tenant=tenant, kind="booked", key=f"event-{mark}", conversation_key=key, reservation=reservation
            ),
            DayFigures: DayFigures.objects.create(
                tenant=tenant, day=tenant.business_day(), channel="whatsapp", language="es", visits=4, answered=4,
                automated=3, asked=2, quoted=2, held=1, confirmed=1, bookings=1, value={"ARS": "120000.00"},
                waits=[3, 1, 0, 0, 0, 0, 0, 0], topics={mark: 2}, lost={"no_reply": 1},
            ),
            VisitAudit: VisitAudit.objects.create(
                tenant=tenant, conversation=conversation, day=tenant.business_day(), note=mark
            ),
            SellingChange: SellingChange.objects.create(
                tenant=tenant, by=f"by {mark}", reason=f"why {mark}", nights=1,
                first=tenant.business_day(), last=tenant.business_day(),
                lines=[{"room_type": mark, "plan": "", "field": "total", "before": "1", "after": "2", "nights": []}],
            ),
            DriftReport: DriftReport.objects.create(
                tenant=tenant, checked=3, error=f"down {mark}",
                findings=[{"rule": "same_dates", "subject": "HT-A1B2C3", "detail": f"moved {mark}"}],
            ),
            PmsConnection: PmsConnection.objects.create(
                tenant=tenant,
                base_url=f"https://{mark.lower()}.example",
                credentials={"api_key": f"pms-key-{mark}-9876"},
            ),
            PaymentAccount: payments,
            DemoCheckout: DemoCheckout.objects.create(
                tenant=tenant, checkout_id=f"demo-{mark}", reference=mark, amount=1, currency="ARS",
                expires_at=clock.now(),
            ),
            OpeningHours: OpeningHours.objects.create(tenant=tenant, weekday=0, opens="08:00", closes="20:00"),
            ConnectionTest: ConnectionTest.objects.create(
                tenant=tenant, target="channel", account=account, worked=False, outcome=f"refused {mark}", state="done",
                exchanges=[{"method": "GET", "address": f"https://{mark.lower()}.example/", "status": 401,
                            "duration_ms": 5, "said": mark}],
            ),
            HistoryEntry: HistoryEntry.objects.create(
                tenant=tenant, model="tenants.fact", row_id="0", row_text=f"parking {mark}", action="changed",
                changes=[{"field": "text_es", "before": "Hay.", "after": mark}], reason=f"Obra {mark}",
            ),
            SwitchChange: SwitchChange.objects.create(tenant=tenant, name="live", is_on=True, reason=f"open {mark}"),
            UnansweredQuestion: UnansweredQuestion.objects.create(
                tenant=tenant, key=f"topic:{mark.lower()}", language="es", intent="ask_amenities", topic="pool",
                example=f"¿Hay pileta {mark}?",
            ),
            SettledDifference: SettledDifference.objects.create(tenant=tenant, key=mark, about=f"Precio {mark}"),
            WordingOverride: WordingOverride.objects.create(
                tenant=tenant, key="person.passed_on", variant="es", text=f"Ya te atienden, {mark}."
            ),
        }  # fmt: skip
        made.rows[Escalation] = Escalation.objects.create(
            tenant=tenant, handoff_id=made.rows[Handoff].pk, key="step:1", way="email",
            target=f"ana@{mark.lower()}.example", alarm="unanswered", alarmed_at=clock.now(),
        )  # fmt: skip
        payment = made.rows[Payment] = Payment.objects.create(
            tenant=tenant, reservation=reservation, account=payments, reference=f"pay-{mark}",
            status="paid", amount=100, currency="ARS", link_expires_at=clock.now(), payment_id=f"pi-{mark}",
            paid_at=clock.now(), state="done", last_error=mark,
        )  # fmt: skip
        made.rows[Refund] = Refund.objects.create(
            tenant=tenant, payment=payment, reference=f"refund-{mark}", why="late", amount=100, currency="ARS",
            state="done", last_error=mark,
        )  # fmt: skip
    made.rows[Membership] = Membership.objects.create(
        tenant=tenant, user=person(f"owner-{mark.lower()}", first_name=f"Dueña {mark}"), role=Role.OWNER
    )
    return made


def person(username: str, *, tenant: Tenant | None = None, role: str = Role.MANAGER, first_name: str = "") -> User:
    """A staff account, with a role when a hotel is given."""
    user = get_user_model().objects.create_user(
        username=username, password=PASSWORD, is_staff=True, first_name=first_name
    )
    if tenant is not None:
        Membership.objects.create(user=user, tenant=tenant, role=role)
    return user


@pytest.fixture
def ours(db: None) -> Furnished:
    """The hotel the visitor works at."""
    return furnish("ALMENDRO")


@pytest.fixture
def theirs(db: None) -> Furnished:
    """The hotel nobody here may see."""
    made = furnish("ZARZAMORA")
    MetaApp.objects.create(key="zarzamora", name="App ZARZAMORA", credentials={"app_secret": "zarzamora-secret"})
    InboundDelivery.objects.create(
        route="whatsapp", app_key="", body=b'{"text": "ZARZAMORA"}', sha256=uuid.uuid4().hex, state="quarantined",
        last_error="ZARZAMORA",
    )  # fmt: skip
    return made


@pytest.fixture
def visit(ours: Furnished) -> Callable[..., Client]:
    """A browser of somebody who works at our hotel in a role."""

    def open_as(role: str = Role.MANAGER, username: str = "") -> Client:
        user = person(username or f"{role}-{uuid.uuid4().hex[:6]}", tenant=ours.tenant, role=role)
        client = Client()
        client.force_login(user)
        return client

    return open_as


@pytest.fixture
def operator(db: None) -> Client:
    """A browser of a superuser."""
    user = get_user_model().objects.create_superuser("root-of-all", password=PASSWORD)
    client = Client()
    client.force_login(user)
    return client


__all__ = ["Furnished", "every_tenant", "furnish", "person"]
