"""A hotel with something to sell, people who work there, and a program that speaks for one of them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.test import Client

from hotel_agent.common import dispatch, limits
from tenants import tokens
from tenants.models import Membership, Role, Tenant
from tenants.selectors import forget_configuration
from tests.common.conftest import fresh_limits
from tests.factories.reservations import Hotel, open_hotel

PASSWORD = "correct-horse-battery-9"

__all__ = ["fresh_limits"]


@dataclass
class Answer:
    """A response as a program reads it."""

    status: int
    body: Any
    headers: Any

    @property
    def error(self) -> dict[str, Any]:
        """The refusal; everything that is none fails here."""
        assert set(self.body) == {"error"}, self.body
        error: dict[str, Any] = self.body["error"]
        assert error["message"]
        assert error["correlation_id"] == self.headers["X-Correlation-ID"]
        return error


@dataclass
class Program:
    """Calls the API with a token, for a hotel."""

    token: str = ""
    tenant: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        sent = {"X-Tenant": self.tenant} if self.tenant else {}
        sent |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        content_type = sent.pop("content-type", "application/json")
        response = Client(raise_request_exception=False).generic(
            method, f"/api/v1{path}", raw, content_type=content_type, headers=sent
        )
        text = response.content
        return Answer(response.status_code, json.loads(text) if text else None, response.headers)

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any) -> Answer:
        return self.call("PATCH", path, body)


@pytest.fixture(autouse=True)
def unhurried(fresh_limits: None, db: None) -> Iterator[None]:
    """No limit counts yet and no configuration is cached."""
    forget_configuration()
    yield
    forget_configuration()
    limits.reset_process()


@pytest.fixture
def hotel(db: None) -> Hotel:
    return open_hotel()


def person(tenant: Tenant | None = None, role: str = Role.MANAGER, **more: Any) -> User:
    user = get_user_model().objects.create_user(
        username=more.pop("username", f"p-{uuid.uuid4().hex[:8]}"), password=PASSWORD, **more
    )
    if tenant is not None:
        Membership.objects.create(user=user, tenant=tenant, role=role)
    return user


def program_of(user: User, tenant: Tenant | None = None) -> Program:
    return Program(tokens.issue(user).access, tenant.slug if tenant else "")


@pytest.fixture
def manager(hotel: Hotel) -> Program:
    return program_of(person(hotel.tenant))


@pytest.fixture
def as_role(hotel: Hotel) -> Callable[[str], Program]:
    return lambda role: program_of(person(hotel.tenant, role))


@pytest.fixture
def operator(db: None) -> Program:
    return program_of(person(is_staff=True, is_superuser=True))


@pytest.fixture
def silent_broker(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was published, and nothing published."""
    told: list[tuple[Any, ...]] = []

    def publish(*args: Any) -> bool:
        told.append(args)
        return True

    monkeypatch.setattr(dispatch, "publish", publish)
    return told
