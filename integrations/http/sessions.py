"""Connections: kept per kind of service, told apart by whether they check where they lead, marked when bytes go out."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection

from integrations import addresses
from integrations.outside import Service

USER_AGENT = "HotelAgent/1.0"
POOLS = 100
"""Hosts whose connections are remembered: one per hotel's PMS, one for Graph, …"""
KEPT = 20
"""Idle connections kept per host."""


class _Wire(threading.local):
    """Whether the current call of this thread has put bytes on the wire."""

    sent = False


wire = _Wire()


class _MarkedHTTPConnection(HTTPConnection):
    is_public_only = False

    def _new_conn(self) -> socket.socket:
        return _connect(self) if self.is_public_only else super()._new_conn()

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        wire.sent = True
        super().send(data)


class _MarkedHTTPSConnection(HTTPSConnection):
    is_public_only = False

    def _new_conn(self) -> socket.socket:
        return _connect(self) if self.is_public_only else super()._new_conn()

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # TLS included: a refused certificate is known before anything was said
        wire.sent = True
        super().send(data)


class _PublicHTTPConnection(_MarkedHTTPConnection):
    is_public_only = True


class _PublicHTTPSConnection(_MarkedHTTPSConnection):
    is_public_only = True


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _MarkedHTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _MarkedHTTPSConnection


class _PublicHTTPPool(HTTPConnectionPool):
    ConnectionCls = _PublicHTTPConnection


class _PublicHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


def _connect(connection: HTTPConnection) -> socket.socket:
    """A socket to one of the addresses that were checked; the name stays what TLS and the Host header say."""
    failure: OSError | None = None
    for address in addresses.resolve(connection.host, connection.port):
        try:
            return create_connection(
                (address, connection.port),
                connection.timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except OSError as error:
            failure = error
    raise NewConnectionError(connection, "no address answers") from failure


class _Adapter(HTTPAdapter):
    pools: Mapping[str, type[HTTPConnectionPool]] = {"http": _HTTPPool, "https": _HTTPSPool}

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = dict(self.pools)


class _PublicAdapter(_Adapter):
    pools = {"http": _PublicHTTPPool, "https": _PublicHTTPSPool}


_sessions: dict[tuple[Service, bool], requests.Session] = {}
_lock = threading.Lock()


def session(service: Service, *, public_only: bool) -> requests.Session:
    """This process's connections for a kind of service. Those that connect only to checked addresses are apart, so that
    a connection made without checks is never handed to a call that needs them."""
    with _lock:
        if (service, public_only) not in _sessions:
            _sessions[service, public_only] = _new_session(public_only=public_only)
        return _sessions[service, public_only]


def _new_session(*, public_only: bool) -> requests.Session:
    made = requests.Session()
    made.trust_env = False
    made.headers.clear()
    # No compression: what is capped is then what is sent.
    made.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "identity"})
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # hotels share a session, never a cookie
    adapter_class = _PublicAdapter if public_only else _Adapter
    adapter = adapter_class(pool_connections=POOLS, pool_maxsize=KEPT, max_retries=0)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


def close_all() -> None:
    """Close this process's connections; the next call opens new ones."""
    with _lock:
        for one in _sessions.values():
            one.close()
        _sessions.clear()


def _after_fork() -> None:
    # A child must not speak on its parent's sockets, nor close them.
    global _lock  # noqa: PLW0603 - it may be held by a thread that does not exist here
    _lock = threading.Lock()
    _sessions.clear()


os.register_at_fork(after_in_child=_after_fork)
