"""Circuit breakers around outside services: one per service and key, for prefork workers only.

pybreaker holds a lock during the call, so a breaker serves one call at a time in a process: right for a prefork worker,
never to be used in web threads (which make no outside calls anyway).

A breaker opens after so many failures in a row *in this process*, or when half of its last 20 calls failed. Opening is
written to Redis, where every other process reads it at most once a second; after the pause exactly one process probes.
Redis is a convenience: it gets 100 ms and no retry, and without it each process breaks and probes for itself.

What counts as a failure: `DependencyDown`, `UnknownOutcome` and anything unforeseen. What does not: the provider's
business answers (`Permanent`, `Misconfigured`, `BadInput`, …) and being asked to slow down; `Throttled` instead closes
the door for as long as the provider said.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import pybreaker
import structlog

from hotel_agent.common import clock, metrics
from hotel_agent.common.exceptions import BadInput, LostClaim, Misconfigured, Permanent
from integrations.breakers_shared import SharedState, shared
from integrations.exceptions import BreakerOpen, RecipientThrottled, Throttled
from integrations.outside import PATIENCE, Service

__all__ = ["BreakerState", "Service", "call", "publish_gauges", "reset_process", "states"]

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")
State = Literal["closed", "open", "half_open"]
Outcome = Literal["ok", "fail", "rejected", "excluded"]

MAX_BREAKERS = 1_000
_BY_NAME = {service.value: service for service in Service}
RATE_WINDOW = 20
RATE_MINIMUM = 10
RATE_LIMIT = 0.5
JITTER = 0.2
LONGEST_THROTTLE_S = 900.0
"""A provider that asks for more than this is asked again after this."""

_NO_FAILURES = (Permanent, Misconfigured, BadInput, LostClaim, RecipientThrottled, Throttled)


@dataclass(frozen=True, slots=True)
class BreakerState:
    """A breaker that is not closed, as all processes see it."""

    service: Service
    key: str
    state: State
    open_until: dt.datetime


def call(service: Service, key: str, function: Callable[[], Answer]) -> Answer:
    """Call `function` if the breaker of this service and key lets it pass, and learn from how it ends.

    Args:
        key: what fails together: a phone number id, a tenant's PMS address, an engine's name. Never a secret.

    Raises:
        BreakerOpen: the call was not made; `retry_after` says when a probe may be.
        Everything `function` raises, unchanged.
    """
    return _breaker(service, key).call(function)


def states() -> list[BreakerState]:
    """Every breaker that is open or half-open, of all processes; of this process alone when Redis is down."""
    now = time.time()
    open_until = shared.read_now()
    if open_until is None:
        with _lock:
            local = [(breaker.name, breaker.open_until) for breaker in _breakers.values()]
        open_until = {name: until for name, until in local if until is not None}
    found = []
    for name, until in sorted(open_until.items()):
        service, _, key = name.partition(":")
        if service in _BY_NAME:
            instant = dt.datetime.fromtimestamp(until, tz=dt.UTC)
            found.append(BreakerState(_BY_NAME[service], key, "open" if until > now else "half_open", instant))
    return found


def publish_gauges() -> None:
    """Set the state gauges, worst breaker of each service. The sweeper does it, so that one process speaks for all."""
    worst = dict.fromkeys(Service, 0)
    for breaker in states():
        # Open is worse than half-open, although its number is smaller.
        value = metrics.BREAKER_STATES[breaker.state]
        worst[breaker.service] = value if worst[breaker.service] != 1 else 1
    for service, value in worst.items():
        metrics.service_breaker_state.labels(service.value).set(value)
    metrics.nlp_circuit_breaker_state.set(worst[Service.NLU])
    metrics.pms_circuit_breaker_state.set(worst[Service.PMS])


def reset_process() -> None:
    """Forget everything this process knows about breakers (tests, after a fork); what is shared stays."""
    with _lock:
        _breakers.clear()
    shared.forget()


class _Breaker:
    """pybreaker for one service and key, with the shared door in front and the failure rate beside it."""

    def __init__(self, service: Service, key: str, door: SharedState) -> None:
        self.service = service
        self.name = f"{service.value}:{key}"
        self.open_until: float | None = None
        """End of the current pause as this process knows it; None while closed."""
        self._door = door
        self._recent: deque[bool] = deque(maxlen=RATE_WINDOW)
        self._probing = threading.Lock()
        patience = PATIENCE[service]
        self._pause_s = patience.pause_s
        self._probe_s = patience.connect_s + patience.read_s + 5
        self._inner = pybreaker.CircuitBreaker(
            fail_max=patience.failures,
            reset_timeout=0,  # the pause, with its jitter, is kept here
            exclude=[_is_no_failure],  # a function: pybreaker treats classes with a metaclass as functions, always true
            throw_new_error_on_trip=False,
        )

    def call(self, function: Callable[[], Answer]) -> Answer:
        until = self._known_pause()
        if until is None:
            return self._learn(function, "closed")
        if until > time.time():
            raise self._refusal(until, "open")
        token = self._begin_probe()
        if token is None:
            raise self._refusal(time.time() + 1, "half_open")
        try:
            if self._inner.current_state == pybreaker.STATE_CLOSED:
                self._inner.half_open()  # opened elsewhere: one failure is enough to open here too
            return self._learn(function, "half_open")
        finally:
            self._probing.release()
            self._door.end_probe(self.name, token)

    def _known_pause(self) -> float | None:
        everywhere = self._door.open_until(self.name)
        ends = [until for until in (self.open_until, everywhere) if until is not None]
        return max(ends, default=None)

    def _begin_probe(self) -> str | None:
        """A token when this call is the probe: the only one here, and the only one anywhere when Redis answers."""
        if not self._probing.acquire(blocking=False):
            return None
        token = secrets.token_hex(8)
        if self._door.begin_probe(self.name, token, seconds=self._probe_s):
            return token
        self._probing.release()
        return None

    def _learn(self, function: Callable[[], Answer], state: State) -> Answer:
        try:
            # The tuple keeps pybreaker from running a returned generator.
            (answer,) = self._inner.call(lambda: (function(),))
        except pybreaker.CircuitBreakerError:  # only when the clock went back: the pause is kept here
            raise self._refusal(time.time() + 1, state) from None
        except Exception as error:
            if _is_no_failure(error):
                self._count(state, "excluded")
                self._answered(state)
                if isinstance(error, Throttled):
                    self._pause(min(error.retry_after or self._pause_s, LONGEST_THROTTLE_S), "throttled")
            else:
                self._count(state, "fail")
                self._failed()
            raise
        self._count(state, "ok")
        self._answered(state)
        return answer

    def _answered(self, state: State) -> None:
        self._recent.append(True)
        if state == "half_open":  # only a probe closes: a call under way since before the pause proves nothing
            self._recent.clear()
            self.open_until = None
            self._door.close(self.name)
            log.info("breaker_closed", service=self.service.value)

    def _failed(self) -> None:
        self._recent.append(False)
        if self._inner.current_state == pybreaker.STATE_OPEN:
            self._open("consecutive")
        elif len(self._recent) >= RATE_MINIMUM and self._recent.count(False) >= RATE_LIMIT * len(self._recent):
            self._inner.open()
            self._open("rate")

    def _open(self, reason: str) -> None:
        self._recent.clear()
        # Jitter, so that the probes of many keys of one service do not come together.
        self._pause(self._pause_s * random.uniform(1 - JITTER, 1 + JITTER), reason)  # noqa: S311

    def _pause(self, seconds: float, reason: str) -> None:
        self.open_until = time.time() + clock.seconds(seconds).total_seconds()
        self._door.open(self.name, self.open_until)
        log.warning("breaker_opened", service=self.service.value, reason=reason, seconds=round(seconds, 1))

    def _refusal(self, until: float, state: State) -> BreakerOpen:
        self._count(state, "rejected")
        # Waiting times are scaled where they are used, so this one is given unscaled.
        wait = max(until - time.time(), 0.0) / clock.seconds(1).total_seconds()
        return BreakerOpen(f"{self.service.value} is not being called: it failed too often", retry_after=max(wait, 1.0))

    def _count(self, state: State, result: Outcome) -> None:
        metrics.service_breaker_calls.labels(self.service.value, result).inc()
        if self.service is Service.NLU:
            metrics.nlp_circuit_breaker_calls.labels(state, result).inc()


def _is_no_failure(error: BaseException) -> bool:
    """Whether the dependency answered, or nobody asked it: refusals, throttling, our own ending."""
    return isinstance(error, _NO_FAILURES) or not isinstance(error, Exception)


# --- this process's breakers -----------------------------------------------------------------------------------------

_breakers: OrderedDict[tuple[Service, str], _Breaker] = OrderedDict()
_lock = threading.Lock()


def _breaker(service: Service, key: str) -> _Breaker:
    with _lock:
        found = _breakers.get((service, key))
        if found is None:
            found = _breakers[service, key] = _Breaker(service, key, shared)
            if len(_breakers) > MAX_BREAKERS:
                _breakers.popitem(last=False)
        _breakers.move_to_end((service, key))
        return found


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - it may be held by a thread that does not exist here
    _lock = threading.Lock()
    reset_process()


os.register_at_fork(after_in_child=_after_fork)

for _service in Service:
    metrics.service_breaker_state.labels(_service.value)
    for _result in metrics.BREAKER_RESULTS:
        metrics.service_breaker_calls.labels(_service.value, _result)
for _state in metrics.BREAKER_STATES:
    for _result in metrics.BREAKER_RESULTS:
        metrics.nlp_circuit_breaker_calls.labels(_state, _result)
