"""Things die while guests write. Nothing acknowledged is lost, nothing happens twice, down means honest."""

from __future__ import annotations

import datetime as dt
import random
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait

import pytest

from tests.chaos.conftest import FULL
from tests.chaos.crowd import Crowd, Guest
from tests.chaos.history import check
from tests.chaos.system import SCALE, System
from tests.conversations.guests import envelope, spoken, taps, text_message
from tests.stand_ins.graph import Fault

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

LATE = ("Disculpá la demora", "Disculpe la demora")
BOOKINGS = 100 if FULL else 20
AT_ONCE = 6


def _arrival(number: int) -> dt.date:
    return dt.datetime.now(dt.UTC).date() + dt.timedelta(days=20 + 3 * number)


def _book_all(crowd: Crowd, pool: ThreadPoolExecutor, count: int) -> list[Future[str]]:
    return [pool.submit(Guest(crowd, f"54911600{n:05d}").book, _arrival(n)) for n in range(count)]


def test_worker_trees_are_killed_while_guests_book(system: System, rng: random.Random) -> None:
    crowd = Crowd(system)
    kills = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        booking = _book_all(crowd, pool, BOOKINGS)
        while wait(booking, timeout=rng.uniform(0.2, 2.5)).not_done:
            system.restart_worker()
            kills += 1
    codes = [one.result() for one in booking]
    system.until(system.drained, 60)
    sys.stdout.write(f"{kills} kills\n")
    assert kills >= 3
    assert len(set(codes)) == BOOKINGS
    assert system.rows("SELECT count(*) FROM reservations_reservation") == [(BOOKINGS,)]
    check(system, crowd.acked)


def test_redis_is_gone_for_a_minute(system: System) -> None:
    crowd = Crowd(system)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        booking = _book_all(crowd, pool, 6)
        time.sleep(1)
        system.redis.stop()
        crowd.slowest_s = 0.0
        time.sleep(20)
        during = list(crowd.statuses)
        asked = Guest(crowd, "5491170000001")
        asked.say("Hola, ¿tienen estacionamiento?")
        assert "cochera" in spoken(asked.hear()), "answered without a broker"
        system.redis.start()
        codes = [one.result() for one in booking]
    system.until(system.drained, 60)
    assert set(during) == {200}, "acknowledgements never stop"
    assert crowd.slowest_s < 5
    assert len(set(codes)) == 6
    check(system, crowd.acked)


def test_postgresql_is_restarted_under_traffic(system: System) -> None:
    crowd = Crowd(system)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        booking = _book_all(crowd, pool, 6)
        time.sleep(1)
        system.postgresql.stop()
        refused = system.deliver(envelope([text_message("5491170000002", "Hola")]))
        time.sleep(2)
        system.postgresql.start()
        codes = [one.result() for one in booking]
    system.until(system.drained, 60)
    assert refused == 503
    assert set(crowd.statuses) <= {200, 503}
    assert len(set(codes)) == 6
    check(system, crowd.acked)


def test_graph_fails_for_ten_minutes(system: System) -> None:
    crowd = Crowd(system)
    system.graph.control.fail(Fault("error", code=0, status=503, times=None))
    guests = [Guest(crowd, f"54911800{n:05d}") for n in range(8)]
    for guest in guests:
        guest.say("Hola, ¿a qué hora es el desayuno?")
    time.sleep(10 * 60 / SCALE + 6)
    assert all(guest.received() == [] for guest in guests)
    system.graph.control.heal()
    answers = [spoken(guest.hear()) for guest in guests]
    system.until(system.drained, 120)
    assert all("7" in answer for answer in answers)
    late = [answer for answer in answers if any(word in answer for word in LATE)]
    assert len(late) == len(answers), answers[0]
    assert all(len(guest.received()) == 1 for guest in guests)
    check(system, crowd.acked)


def test_fifty_guests_want_the_last_room(system: System) -> None:
    arrival = _arrival(40)
    nights = [arrival, arrival + dt.timedelta(days=1)]
    system.change("UPDATE reservations_roomnight SET stop_sell = true WHERE night = ANY(%s)", [nights])
    system.change(
        "UPDATE reservations_roomnight SET stop_sell = false, total = 1 FROM reservations_roomtype t"
        " WHERE room_type_id = t.id AND t.code = 'standard-double' AND night = ANY(%s)",
        [nights],
    )
    crowd = Crowd(system)
    guests = [Guest(crowd, f"54911900{n:05d}") for n in range(50)]
    with ThreadPoolExecutor(10) as pool:
        offers = list(pool.map(lambda guest: guest.ask(arrival), guests))
        list(pool.map(lambda pair: pair[0].tap(taps(pair[1])[0]), zip(guests, offers, strict=True)))
        answers = list(pool.map(Guest.hear, guests))
        held = [guest for guest, answer in zip(guests, answers, strict=True) if "guardo" in spoken(answer)]
        assert len(held) == 1, [spoken(answer)[:80] for answer in answers][:5]
        held[0].say("Ana Pérez, ana.perez@example.com")
        summary = held[0].hear()
        held[0].tap(next(choice for choice in taps(summary) if choice[1].startswith("confirm")))
        assert "confirmada" in spoken(held[0].hear())
    refused = [answer for guest, answer in zip(guests, answers, strict=True) if guest is not held[0]]
    assert all(taps(answer) for answer in refused), "each refusal offers what is free instead"
    system.until(system.drained, 60)
    assert system.rows("SELECT count(*) FROM reservations_builtinbooking WHERE status = 'active'") == [(1,)]
    check(system, crowd.acked)


def test_web_dies_and_its_publish_never_happens(system: System) -> None:
    crowd = Crowd(system)
    system.kill("worker")
    guests = [Guest(crowd, f"54911950{n:05d}") for n in range(5)]
    for guest in guests:
        guest.say("Hola, ¿tienen wifi?")
    system.kill("web")
    system.redis.stop()
    system.start("web")
    system.redis.start()
    system.start("worker")
    assert all("wifi" in spoken(guest.hear()) for guest in guests)
    system.until(system.drained, 60)
    assert all(len(guest.received()) == 1 for guest in guests)
    check(system, crowd.acked)
