"""What must be true of the rows, the PMS and the Graph log after any fault."""

from __future__ import annotations

from collections import Counter

from tests.chaos.system import System
from tests.conversations.guests import CODE, spoken


def check(system: System, acked: list[str]) -> None:
    """Nothing acknowledged is lost, nothing happened twice, stays and the PMS agree.

    Args:
        acked: provider ids of the messages whose delivery was answered 200.
    """
    known = Counter(wamid for (wamid,) in system.rows("SELECT provider_id FROM conversations_message"))
    lost = [wamid for wamid in acked if known[wamid] != 1]
    assert not lost, f"acknowledged but not stored once: {lost}"
    states = Counter(
        state
        for (state,) in system.rows("SELECT state FROM conversations_message WHERE provider_id = ANY(%s)", [acked])
    )
    assert set(states) <= {"answered"}, states
    _each_sent_once(system)
    _stays_agree(system)


def _each_sent_once(system: System) -> None:
    """One effect per outbox row, two only when the row says it was sent again; confirmations never."""
    resent = {
        str(reference): again
        for reference, again in system.rows("SELECT public_id, resent FROM conversations_outboundmessage")
    }
    effects = Counter(sent["body"]["biz_opaque_callback_data"] for sent in system.graph.control.messages())
    assert set(effects) <= set(resent), "something was sent that has no row"
    doubled = {reference: count for reference, count in effects.items() if count > 1}
    assert all(resent[reference] and count == 2 for reference, count in doubled.items()), doubled
    confirmations = Counter(
        match.group(0)
        for sent in system.graph.control.messages()
        if "confirmad" in spoken(sent["body"]) and (match := CODE.search(spoken(sent["body"])))
    )
    assert all(count == 1 for count in confirmations.values()), confirmations
    order = system.rows(
        "SELECT conversation_id, array_agg(public_id::text ORDER BY id) FROM conversations_outboundmessage"
        " GROUP BY conversation_id"
    )
    place: dict[str, int] = {}
    for number, sent in enumerate(system.graph.control.messages()):
        place.setdefault(sent["body"]["biz_opaque_callback_data"], number)
    for _, references in order:
        places = [place[reference] for reference in references if reference in place]
        assert places == sorted(places), "messages of one conversation left out of order"


def _stays_agree(system: System) -> None:
    confirmed = system.rows("SELECT reference FROM reservations_reservation WHERE state = 'confirmed' ORDER BY 1")
    active = system.rows("SELECT reference FROM reservations_builtinbooking WHERE status = 'active' ORDER BY 1")
    assert confirmed == active, "every confirmed reservation is one booking of the PMS, and the other way round"
    oversold = system.rows("SELECT count(*) FROM reservations_roomnight WHERE sold + held > total + overbooking")
    assert oversold == [(0,)]
    sold = system.rows("SELECT coalesce(sum(sold), 0) FROM reservations_roomnight")
    nights = system.rows(
        "SELECT coalesce(sum((check_out - check_in) * rooms), 0) FROM reservations_builtinbooking"
        " WHERE status = 'active'"
    )
    assert sold == nights, "the counters are the bookings"
