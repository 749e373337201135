"""Who gets a token, which ones are believed, and why one is not: a 401 with a code for each."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.db import connections
from django.utils.timezone import now
from django_otp.plugins.otp_static.models import StaticDevice
from pytest_django import Settings
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from tenants import tokens
from tenants.models import Role
from tests.api.conftest import PASSWORD, Program, person, program_of
from tests.factories.reservations import Hotel

NOBODY = Program()


def begin(username: str, password: str = PASSWORD) -> Any:
    return NOBODY.post("/auth/token", {"username": username, "password": password})


def forged(**changes: Any) -> str:
    """A token as ours are, but for some claims; None leaves one out."""
    claims: dict[str, Any] = {
        "token_type": "access", "exp": now() + dt.timedelta(minutes=5), "iat": now(), "jti": "x" * 32,
        "sub": "1", "aud": settings.SIMPLE_JWT["AUDIENCE"], "iss": settings.SIMPLE_JWT["ISSUER"], **changes,
    }  # fmt: skip
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, str(settings.SIMPLE_JWT["SIGNING_KEY"]), algorithm="HS256")


def test_a_password_gives_a_pair_that_opens_the_api(hotel: Hotel) -> None:
    user = person(hotel.tenant)
    pair = begin(user.username)
    assert pair.status == 200
    assert pair.headers["Cache-Control"] == "no-store"
    assert pair.body["expires_in"] == 900
    assert Program(pair.body["access"]).get("/facts").status == 200
    assert not OutstandingToken.objects.exists()  # a usable token is in no database


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": now() - dt.timedelta(hours=1)}, "token_expired"),
        ({"aud": "another-product"}, "token_audience"),
        ({"aud": None}, "token_audience"),
        ({"iss": "another-issuer"}, "token_audience"),
        ({"sub": None}, "token_subject"),
        ({"sub": "ana"}, "token_subject"),
        ({"sub": ""}, "token_subject"),
        ({"sub": "999999999"}, "user_unknown"),
        ({"exp": None}, "token_invalid"),
        ({"jti": None}, "token_invalid"),
        ({"token_type": "refresh"}, "token_type"),
        ({"token_type": None}, "token_invalid"),
    ],
)
def test_each_bad_token_is_a_401_that_says_why(db: None, changes: dict[str, Any], code: str) -> None:
    answer = Program(forged(**changes)).get("/tenants")
    assert (answer.status, answer.error["code"]) == (401, code)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "a b", "." * 4000])
def test_what_is_no_token_is_a_401(db: None, token: str) -> None:
    header = f"Bearer {token}".encode().decode("latin-1")
    answer = NOBODY.get("/tenants", Authorization=header)
    assert (answer.status, answer.error["code"]) == (401, "token_invalid")


def test_another_key_another_algorithm_and_none_are_not_believed(db: None) -> None:
    claims = jwt.decode(forged(), options={"verify_signature": False})
    for token in (
        jwt.encode(claims, "k" * 40, algorithm="HS256"),
        jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256"),
        jwt.encode(claims, str(settings.SIMPLE_JWT["SIGNING_KEY"]), algorithm="HS512"),
        jwt.encode(claims, "", algorithm="none"),
    ):
        assert Program(token).get("/tenants").error["code"] == "token_invalid"


def test_without_a_token_and_with_another_scheme_nobody_is_known(hotel: Hotel) -> None:
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Cookie": "sessionid=abc"}):
        answer = NOBODY.get("/facts", **headers)
        assert (answer.status, answer.error["code"]) == (401, "not_authenticated")


def test_a_disabled_account_and_a_new_password_end_every_token(hotel: Hotel) -> None:
    user = person(hotel.tenant)
    pair = begin(user.username).body
    program = Program(pair["access"])
    assert program.get("/facts").status == 200

    user.set_password("another-password-77")
    user.save()
    assert program.get("/facts").error["code"] == "password_changed"
    assert NOBODY.post("/auth/token/refresh", {"refresh": pair["refresh"]}).error["code"] == "password_changed"

    program = program_of(user)
    user.is_active = False
    user.save()
    answer = program.get("/facts")
    assert (answer.status, answer.error["code"]) == (401, "user_disabled")
    assert begin(user.username, "another-password-77").error["code"] == "wrong_credentials"


def test_a_refresh_token_is_good_for_one_use(hotel: Hotel) -> None:
    first = begin(person(hotel.tenant).username).body
    second = NOBODY.post("/auth/token/refresh", {"refresh": first["refresh"]})
    assert second.status == 200
    assert Program(second.body["access"]).get("/facts").status == 200

    again = NOBODY.post("/auth/token/refresh", {"refresh": first["refresh"]})
    assert (again.status, again.error["code"]) == (401, "token_spent")
    assert NOBODY.post("/auth/token/refresh", {"refresh": second.body["refresh"]}).status == 200
    assert NOBODY.post("/auth/token/refresh", {"refresh": first["access"]}).error["code"] == "token_type"


@pytest.mark.django_db(transaction=True)
@pytest.mark.concurrency
def test_of_two_uses_at_the_same_moment_one_wins(hotel: Hotel) -> None:
    refresh = tokens.issue(person(hotel.tenant)).refresh
    statuses: list[int] = []

    def use() -> None:
        statuses.append(NOBODY.post("/auth/token/refresh", {"refresh": refresh}).status)
        connections.close_all()

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, *[401] * 5]


def test_marks_of_spent_tokens_are_forgotten_after_their_end(hotel: Hotel) -> None:
    tokens.rotate(tokens.issue(person(hotel.tenant)).refresh)
    assert tokens.forget_ended() == 0
    OutstandingToken.objects.update(expires_at=now() - dt.timedelta(seconds=1))
    assert tokens.forget_ended() == 2  # the token and its mark
    assert tokens.forget_ended() == 0


def test_after_five_wrong_passwords_also_the_right_one_waits(hotel: Hotel) -> None:
    user, other = person(hotel.tenant), person(hotel.tenant)
    for number in range(5):
        assert begin(user.username, f"wrong-{number}").status == 401
    over = begin(user.username)
    assert (over.status, over.error["code"]) == (429, "too_many_requests")
    assert 1 <= int(over.headers["Retry-After"]) <= 900
    assert begin(user.username.upper(), "wrong").status == 429
    assert begin(other.username).status == 200


def test_right_passwords_are_not_counted_as_wrong_ones(hotel: Hotel) -> None:
    user = person(hotel.tenant)
    assert [begin(user.username).status for _ in range(8)] == [200] * 8


@pytest.mark.parametrize(
    "body",
    [{}, {"username": "a"}, {"username": "a", "password": "b", "admin": True}, {"username": 1, "password": "b"},
     {"username": "a\x00", "password": "b"}],
)  # fmt: skip
def test_credentials_are_strict(db: None, body: dict[str, Any]) -> None:
    answer = NOBODY.post("/auth/token", body)
    assert (answer.status, answer.error["code"]) == (400, "invalid")


def test_a_read_only_person_has_a_token_too(hotel: Hotel) -> None:
    assert begin(person(hotel.tenant, Role.READ_ONLY).username).status == 200


def test_a_second_factor_counts_here_too(hotel: Hotel, settings: Settings) -> None:
    user = person(hotel.tenant, is_staff=True)
    device = StaticDevice.objects.create(user=user, name="recovery", confirmed=True)
    device.token_set.create(token="abcdefghjk")

    def begin_with(**code: str) -> Any:
        return NOBODY.post("/auth/token", {"username": user.username, "password": PASSWORD, **code})

    assert begin_with().error["code"] == "second_factor_required"
    assert begin_with(code="wrongwrong").error["code"] == "wrong_code"
    StaticDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert begin_with(code="ABCDE fghjk").status == 200
    StaticDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert begin_with(code="abcdefghjk").error["code"] == "wrong_code"  # once

    settings.SECOND_FACTOR_REQUIRED = True
    assert begin(person(hotel.tenant, is_staff=True).username).error["code"] == "second_factor_required"
    assert begin(person(hotel.tenant).username).status == 200  # an account for programs only
