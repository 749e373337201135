"""One process's open streams: a single subscription to Redis, fanned out to whoever waits for a visitor's hints."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import redis.asyncio
import structlog
from redis.exceptions import RedisError

from conversations.services.webchat.hints import PREFIX

log = structlog.get_logger(__name__)

RECONNECT_S = 2.0
POLL_S = 5.0
MOST = 2_000
"""Streams of one process: each costs a socket and some 50 kB; beyond it pages ask instead."""
MOST_PER_VISITOR = 4
MOST_PER_ADDRESS = 60
"""Guests of one lobby share an address; so do the streams of one attacker."""


class HubDown(Exception):  # noqa: N818 - reads as the sentence it is
    """Redis is away: nobody can be told anything, pages have to ask."""


class HubFull(Exception):  # noqa: N818
    """So many streams are open, for this visitor, address or process, that there is no room for another."""


@dataclass
class Hub:
    """Waiting streams by Redis channel. Belongs to one event loop."""

    redis_url: str
    client_name: str
    waiting: dict[str, set[asyncio.Event]] = field(default_factory=lambda: defaultdict(set))
    addresses: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    open: int = 0
    up: bool = False
    _task: asyncio.Task[None] | None = None
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    @contextlib.asynccontextmanager
    async def listening(self, channel: str, address: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever the channel is hinted, and when the hub goes down (look at `up`).

        Raises:
            HubDown, HubFull: there is no stream to be had now.
        """
        await self._begin()
        if not self.up:
            raise HubDown
        crowded = len(self.waiting.get(channel, ())) >= MOST_PER_VISITOR
        if crowded or self.open >= MOST or self.addresses[address] >= MOST_PER_ADDRESS:
            raise HubFull
        event = asyncio.Event()
        self.waiting[channel].add(event)
        self.addresses[address] += 1
        self.open += 1
        try:
            yield event
        finally:
            self.open -= 1
            self.addresses[address] -= 1
            if not self.addresses[address]:
                del self.addresses[address]
            self.waiting[channel].discard(event)
            if not self.waiting[channel]:
                del self.waiting[channel]

    async def _begin(self) -> None:
        if self._task is None or self._task.done():
            self._ready.clear()
            self._task = asyncio.create_task(self._run())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ready.wait(), 2)

    async def _run(self) -> None:
        while True:
            client = redis.asyncio.Redis.from_url(
                self.redis_url,
                socket_connect_timeout=2,
                health_check_interval=10,
                client_name=self.client_name,
            )
            try:
                async with client.pubsub() as subscription:
                    await subscription.psubscribe(f"{PREFIX}*")
                    self.up = True
                    self._ready.set()
                    while True:
                        message = await subscription.get_message(ignore_subscribe_messages=True, timeout=POLL_S)
                        if message is not None:
                            self._tell(message["channel"].decode())
            except (RedisError, OSError) as error:
                log.warning("webchat_hub_down", error_type=type(error).__name__)
            finally:
                self.up = False
                self._ready.set()
                for channel in list(self.waiting):
                    self._tell(channel)
                with contextlib.suppress(RedisError, OSError):
                    await client.aclose()
            await asyncio.sleep(RECONNECT_S)

    def _tell(self, channel: str) -> None:
        for event in self.waiting.get(channel, ()):
            event.set()
