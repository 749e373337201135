"""Whatever a guest does and whatever the hotel answers: no turn raises, nothing is sold without an explicit yes.

Every turn run here is also checked by `Conversation`: the state survives JSON, a replay with the recorded answers gives
the same decision, there is one message at most, and every amount in it comes from a source.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.dialogue import effects as fx
from conversations.dialogue.conditions import CONFIRM_FROM
from conversations.dialogue.hotel import Caller, Heard
from conversations.dialogue.policy import respond
from conversations.dialogue.replies import Value
from conversations.dialogue.state import DialogueState, Stage
from conversations.dialogue.values import Price
from conversations.understanding.types import INTENTS, ROOM_TYPES, Ambiguity
from hotel_agent.common.money import Money
from integrations.channels.base import EMAIL, WHATSAPP
from integrations.events import MessageType
from integrations.pms.base import Reason
from tests.dialogue.conversation import Conversation, drive, understood
from tests.dialogue.house import ars, hotel
from tests.dialogue.script import NIGHT, START
from tests.dialogue.world import World

DAYS = st.dates(dt.date(2026, 11, 1), dt.date(2027, 3, 1))
WORDS = st.one_of(
    st.sampled_from(["la primera", "2", "sí", "la más barata", "the superior", "não", ""]), st.text(max_size=30)
)
ENTITIES = st.fixed_dictionaries(
    {},
    optional={
        "check_in": DAYS,
        "check_out": DAYS,
        "nights": st.integers(-3, 400),
        "guests": st.integers(-2, 60),
        "adults": st.integers(-2, 12),
        "children": st.integers(-1, 6),
        "children_ages": st.lists(st.integers(-1, 30), max_size=4).map(tuple),
        "rooms": st.integers(-1, 9),
        "room_type": st.sampled_from(ROOM_TYPES),
        "guest_name": st.text(max_size=100),
        "email": st.sampled_from(["ana@example.com", "x@y.example"]),
        "phone": st.just("+5491150000000"),
        "booking_ref": st.sampled_from(["HT-7KQ2MX", "ht-7kq2m0", "HT-ZZZZZ9", "\x00"]),
        "room_number": st.sampled_from(["204", "12B"]),
        "number": st.integers(0, 50),
        "topic": st.sampled_from([("parking",), ("pets", "pool"), ("helipad",)]),
    },
)
UNCLEAR = st.lists(
    st.builds(
        Ambiguity,
        kind=st.sampled_from(["date_does_not_exist", "date_in_past", "check_out_not_after_check_in", "new_kind",
                              "date_role_unclear", "dates_contradict_nights", "several_readings"]),
        text=st.text(max_size=40),
        readings=st.sampled_from([(), ("2027-01-03", "2027-02-03"), ("2027-01-03/2027-01-05", "x"), ("3",)]),
    ),
    max_size=1,
)  # fmt: skip
TEXTS = st.fixed_dictionaries(
    {
        "text": WORDS,
        "intents": st.lists(st.sampled_from(INTENTS), max_size=3, unique=True),
        "entities": ENTITIES,
        "ambiguities": UNCLEAR,
        "confidence": st.sampled_from([0.3, 0.5, 0.7, 0.97]),
        "urgent": st.booleans(),
        "language": st.sampled_from(["es", "en", "pt"]),
        "ago": st.sampled_from([0, 0, 0, 30, 700]),
    }
)
TAPS = st.sampled_from(
    ["option:q1-std", "confirm:q1-std", "confirm:q2-sup", "confirm:", "change", "change:dates", "change:room", "drop",
     "change:party", "other_options", "requote", "go_on", "stay:HT-7KQ2MX", "stay_cancel:HT-7KQ2MX", "person",
     "stay_change:HT-7KQ2MX", "change_yes:q1-sup", "change_to:q1-tri", "change_no:HT-7KQ2MX",
     "arrange_yes:HT-7KQ2MX", "arrange_no",
     "cancel_yes:HT-7KQ2MX", "cancel_no:HT-7KQ2MX", "urgent_yes", "urgent_no", "nonsense",
     "intent:check_availability", "intent:ask_amenities", "intent:x", "dates:2027-01-03/2027-01-06", "dates:x/",
     "dates:2020-01-01", "as:guests:3", "as:nights:99999", "as:x:y", "\x00:\ud800"]
)  # fmt: skip
STEPS = st.one_of(
    st.tuples(st.just("texts"), st.lists(TEXTS, min_size=1, max_size=3)),
    st.tuples(st.just("shown"), st.integers(0, 4)),
    st.tuples(st.just("shown"), st.integers(0, 4)),
    st.tuples(st.just("details"), st.none()),
    st.tuples(st.just("yes"), st.none()),
    st.tuples(st.just("stay"), DAYS),
    st.tuples(st.just("tap"), TAPS),
    st.tuples(st.just("tap and text"), st.tuples(st.integers(0, 3), TEXTS)),
    st.tuples(st.just("media"), st.sampled_from(list(MessageType))),
    st.tuples(st.just("wait"), st.sampled_from([1, 11, 25, 45, 1500])),
    st.tuples(
        st.just("world"),
        st.sampled_from([("down", True), ("down", False), ("sold", {"std": 9, "sup": 9}), ("sold", {}),
                         ("price_percent", 120), ("min_stay", 3), ("holds_supported", False), ("staff", NIGHT),
                         ("booking_outcome", "unknown"), ("booking_outcome", "sold_out"), ("cancel_fee_nights", 1),
                         ("change_outcome", "sold_out"), ("beside_taken", True), ("change_outcome", "unknown"),
                         ("not_changeable", "not_changeable")]),
    ),
    st.tuples(st.just("event"), st.sampled_from(list(fx.StayEventKind))),
)  # fmt: skip


def heard_text(conversation: Conversation, given_text: dict[str, Any]) -> Heard:
    given_text = dict(given_text)
    text, intents, ago = given_text.pop("text"), given_text.pop("intents"), given_text.pop("ago")
    entities = given_text.pop("entities")
    return Heard(
        message_id="m",
        type=MessageType.TEXT,
        text=text,
        sent_at=conversation.world.at - dt.timedelta(seconds=ago),
        understanding=understood(text, *intents, **given_text, **entities),
    )


TO_SUMMARY: list[tuple[str, Any]] = [("stay", dt.date(2027, 1, 3)), ("shown", 1), ("details", None)]
BOOKED: list[tuple[str, Any]] = [*TO_SUMMARY, ("yes", None)]
OPENINGS: dict[str, list[tuple[str, Any]]] = {
    "nothing yet": [],
    "offers shown": TO_SUMMARY[:1],
    "an option chosen": TO_SUMMARY[:2],
    "summary shown": TO_SUMMARY,
    "booked": BOOKED,
    "asked whether to cancel": [*BOOKED, ("cancel", None)],
    "asked whether to stay longer": [*BOOKED, ("late", None)],
    "asked what to change": [*BOOKED, ("modify", {})],
    "asked whether to change": [*BOOKED, ("modify", {"check_out": dt.date(2027, 1, 8)})],
    "asked which room to change to": [*BOOKED, ("modify", {"room_type": "double", "guests": 1})],
}
"""Where a conversation begins, so that the steps that matter most are tried as often as the first ones."""


class Watch:
    """What the guest was shown and did: judges each sale and each cancellation by it."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.offered: set[str] = set()
        self.last_summary = ""
        self.fee_shown = ""
        self.change_shown = ""
        self.arrangement_shown: fx.Arranged | None = None

    def turn(self, *heard: Heard) -> None:
        stage = self.conversation.state.stage
        said = self.conversation.hears(*heard)
        for command in said.decision.commands:
            if isinstance(command, fx.RequestBooking):
                self._judge_sale(command, stage, heard)
            elif isinstance(command, fx.RequestCancellation):
                assert self.fee_shown == command.code
                self._judge_yes(heard, f"cancel_yes:{command.code}")
            elif isinstance(command, fx.RequestArrangement):
                if command.arranged.kind is not fx.ArrangementKind.REQUEST:
                    assert command.arranged == self.arrangement_shown
                    beside = {"early_late_request", "special_request", "book_service"}
                    self._judge_yes(heard, f"arrange_yes:{command.code}", beside)
            elif isinstance(command, fx.RequestChange):
                self._judge_change(command, heard)
        self.remember()

    def remember(self) -> None:
        for choice in self.conversation.choices:
            if choice.id.startswith("confirm:"):
                self.last_summary = choice.id.removeprefix("confirm:")
            if choice.id.startswith("cancel_yes:"):
                self.fee_shown = choice.id.removeprefix("cancel_yes:")
            if choice.id.startswith("arrange_yes:"):
                self.arrangement_shown = self.conversation.state.arranging
            if choice.id.startswith("change_yes:"):
                self.change_shown = choice.id.removeprefix("change_yes:")

    def _judge_sale(self, command: fx.RequestBooking, stage: Stage, heard: tuple[Heard, ...]) -> None:
        assert stage is Stage.SUMMARY
        assert command.option_id == self.last_summary
        self._judge_yes(heard, f"confirm:{command.option_id}")
        quoted = self.conversation.world.quotes[command.quote_id]
        assert quoted.expires_at > self.conversation.world.at
        option = next(option for option in quoted.options if option.option_id == command.option_id)
        assert command.total == option.total
        assert command.guest_name
        assert command.guest_email or command.guest_phone

    def _judge_change(self, command: fx.RequestChange, heard: tuple[Heard, ...]) -> None:
        """Only what was shown last, at the price shown, by a clear yes to it."""
        assert command.option_id == self.change_shown
        self._judge_yes(heard, f"change_yes:{command.option_id}", {"modify_reservation"})
        quoted = self.conversation.world.quotes[command.quote_id]
        assert quoted.expires_at > self.conversation.world.at
        assert command.total == next(o.total for o in quoted.options if o.option_id == command.option_id)
        assert self.conversation.world.bookings[command.code].own

    def _judge_yes(self, heard: tuple[Heard, ...], tap: str, beside: frozenset[str] | set[str] = frozenset()) -> None:
        tapped = any(item.reply_id == tap for item in heard)
        intents = [scored for item in heard if item.understanding for scored in item.understanding.intents]
        agreed = any(scored.name == "affirm" and scored.confidence >= CONFIRM_FROM for scored in intents)
        assert tapped or agreed
        against = {"deny", "modify_reservation", "talk_to_human", "complaint"} - beside
        assert not any(scored.name in against and scored.confidence >= 0.45 for scored in intents)


def take(step: tuple[str, Any], conversation: Conversation, watch: Watch) -> None:
    kind, value = step
    if kind == "texts":
        watch.turn(*(heard_text(conversation, text) for text in value))
    elif kind == "shown" and conversation.choices:
        choice = conversation.choices[value % len(conversation.choices)]
        watch.turn(conversation.heard_tap(choice.id, choice.title))
    elif kind == "tap and text" and conversation.choices:
        choice = conversation.choices[value[0] % len(conversation.choices)]
        watch.turn(conversation.heard_tap(choice.id), heard_text(conversation, value[1]))
    elif kind == "details":
        watch.turn(conversation.heard_text("x", "provide_details", guest_name="Ana Pérez", email="ana@example.com"))
    elif kind == "cancel":
        watch.turn(conversation.heard_text("x", "cancel_reservation"))
    elif kind == "late":
        watch.turn(conversation.heard_text("salir más tarde", "early_late_request"))
    elif kind == "modify":
        watch.turn(conversation.heard_text("x", "modify_reservation", **value))
    elif kind == "yes":
        watch.turn(conversation.heard_text("sí", "affirm"))
    elif kind == "stay":
        watch.turn(
            conversation.heard_text(
                "x", "check_availability", check_in=value, check_out=value + dt.timedelta(3), adults=2
            )
        )
    elif kind == "tap":
        watch.turn(conversation.heard_tap(value))
    elif kind == "media":
        watch.turn(Heard(message_id="m", type=value, sent_at=conversation.world.at))
    elif kind == "wait":
        conversation.waits(value)
    elif kind == "world":
        setattr(conversation.world, *value)
    elif kind == "event":
        happen(value, conversation)
        watch.remember()
    conversation.events()
    watch.remember()


def happen(kind: fx.StayEventKind, conversation: Conversation) -> None:
    """An event the executor might hand over at any time, fitting or not."""
    view = next((booking.view for booking in conversation.world.bookings.values()), None)
    hold = conversation.state.hold
    conversation.happens(
        fx.StayHappened(
            kind=kind,
            reservation=view,
            hold_id=hold.hold_id if hold else "gone",
            option_id=conversation.state.requested or "",
            reason=Reason.FEE_CHANGED if kind is fx.StayEventKind.CANCELLATION_REFUSED else Reason.SOLD_OUT,
            fee=ars(1000),
        )
    )


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    opening=st.sampled_from(list(OPENINGS)),
    steps=st.lists(STEPS, min_size=3, max_size=14),
    channel=st.sampled_from(["whatsapp", "email"]),
)
def test_any_conversation_is_answered_and_sells_only_what_was_confirmed(
    opening: str, steps: list[tuple[str, Any]], channel: str
) -> None:
    conversation = Conversation(
        hotel(),
        World(at=START),
        caller=Caller(channel=channel, phone="+5493515550101"),
        abilities=EMAIL if channel == "email" else WHATSAPP,
    )
    watch = Watch(conversation)
    for step in (*OPENINGS[opening], *steps):
        take(step, conversation, watch)


class Contrary(World):
    """Answers every query with whatever it likes, of any type."""

    def __init__(self, choices: st.DataObject) -> None:
        super().__init__(at=START)
        self.choices = choices
        self.asked = 0

    def answer(self, query: fx.Query) -> fx.Answer:
        self.asked += 1
        assert self.asked < 20, "a turn asks without end"
        honest = super().answer(query)
        odd = (
            fx.PmsDown(), fx.NothingFree(), fx.StayNotPossible(reason=Reason.CLOSED), fx.FactsFound(()),
            fx.HoldFailed(fx.HoldProblem.QUOTE_EXPIRED), fx.HoldFailed(fx.HoldProblem.SOLD_OUT), fx.Rooms(()),
            fx.ReservationNotFound(), fx.ProofAllowed(is_allowed=True), fx.ProofRefused(is_over=True),
            fx.ExtrasQuoted(quoted=None), fx.ReservationsFound(()), fx.StaffPresence(open_now=False),
            fx.NotCancellable(Reason.OTHER), fx.NotChangeable(Reason.NOT_SUPPORTED), fx.NothingFree(),
            fx.HoldFailed(fx.HoldProblem.TOO_MANY), honest, honest, honest,
            fx.StayNotPossible(reason=Reason.OCCUPANCY, limit=2),
        )  # fmt: skip
        return self.choices.draw(st.sampled_from(odd))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_answer_of_the_hotel_ends_the_turn(data: st.DataObject) -> None:
    world = Contrary(data)
    conversation = Conversation(hotel(), world)
    state = DialogueState()
    for _ in range(data.draw(st.integers(2, 8))):
        world.asked = 0
        conversation.state = state
        steps = [
            conversation.heard_text("x", "check_availability", check_in=dt.date(2027, 1, 3), nights=4, adults=2),
            conversation.heard_text("la primera", "provide_details", guest_name="Ana", email="a@b.example"),
            conversation.heard_text("sí", "affirm"),
            conversation.heard_text("x", "cancel_reservation", booking_ref="HT-7KQ2MX"),
            conversation.heard_text("x", "ask_amenities", topic=("pool",)),
            conversation.heard_text("x", "modify_reservation", guests=3),
            conversation.heard_text("una noche más", "modify_reservation", booking_ref="HT-7KQ2MX"),
            *(conversation.heard_tap(tap) for tap in state.shown),
        ]
        heard = data.draw(st.sampled_from(steps))
        state = drive(respond(state, [heard], conversation.hotel, world.at, conversation.caller), world, []).state
        world.at += dt.timedelta(minutes=data.draw(st.sampled_from([0, 25, 40])))


def test_money_cannot_be_put_into_a_reply_without_its_source() -> None:
    """The values of a line are closed; only a `Price`, which names its source, holds money."""
    assert Money not in get_args(Value)
    assert set(Price.__dataclass_fields__) == {"money", "source"}
