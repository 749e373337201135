"""Signing in: guessing is stopped, a password alone opens nothing in production, sessions end."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from hotel_agent import second_factor, sign_in
from hotel_agent.common import clock, limits
from tenants.models import Role
from tests.admin.conftest import PASSWORD, Furnished, person
from tests.admin.test_roles import address, admin_patterns

pytestmark = pytest.mark.django_db
HOME, LOGIN, FACTOR = "/admin/", "/admin/login/", "/admin/second-factor/"


@pytest.fixture(autouse=True)
def fresh_limits(settings: Settings) -> None:
    from django.core.cache import caches

    caches["limits"].clear()
    limits.reset_process()


@pytest.fixture
def ana(ours: Furnished) -> Any:
    return person("ana", tenant=ours.tenant, role=Role.MANAGER)


def sign(
    client: Client, password: str = PASSWORD, *, name: str = "ana", at: str = "198.51.100.7", to: str = HOME
) -> Any:
    return client.post(f"{LOGIN}?next={to}", {"username": name, "password": password}, REMOTE_ADDR=at)


def code_of(device: TOTPDevice, *, later: int = 0) -> str:
    return f"{totp(device.bin_key, step=device.step, t0=device.t0, digits=device.digits, drift=later):06d}"


def enrolled(user: Any) -> TOTPDevice:
    return TOTPDevice.objects.create(user=user, name="app", confirmed=True)


# --- guessing --------------------------------------------------------------------------------------------------------


def test_five_wrong_passwords_shut_a_name_and_address_out_for_a_quarter_of_an_hour(ana: Any) -> None:
    for _try in range(4):
        assert sign(Client(), "wrong").status_code == 200
    assert sign(Client(), "wrong").status_code == 429
    refused = sign(Client())
    assert refused.status_code == 429
    assert refused["Retry-After"] == "900"
    assert "15" in refused.content.decode()
    assert sign(Client(), at="203.0.113.9").status_code == 302  # ana herself, elsewhere
    with time_machine.travel(clock.now() + dt.timedelta(minutes=16)):
        assert sign(Client()).status_code == 302


def test_a_right_password_forgives_the_wrong_ones(ana: Any) -> None:
    for _round in range(3):
        for _try in range(3):
            sign(Client(), "wrong")
        assert sign(Client()).status_code == 302


def test_many_names_from_one_address_are_refused_too(ours: Furnished) -> None:
    answers = [sign(Client(), "wrong", name=f"name-{number}").status_code for number in range(61)]
    assert answers[:60] == [200] * 60
    assert answers[60] == 429


# --- the second factor -----------------------------------------------------------------------------------------------


def test_a_password_alone_opens_no_page(ana: Any, ours: Furnished, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client = Client()
    sign(client)
    walked, wrong = 0, []
    for route, pattern in admin_patterns():
        url = address(route, ours.tenant)
        if url is None or not pattern.name or pattern.name in sign_in.OPEN_PAGES:
            continue
        walked += 1
        for method in (client.get, client.post):
            answer = method(url)
            if answer.status_code != 302 or not answer["Location"].startswith(FACTOR):
                wrong.append(f"{url}: {answer.status_code}")
    assert walked > 100
    assert wrong == []


def test_setting_it_up_and_coming_back(ana: Any, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client = Client()
    sign(client)
    wanted = reverse("admin:tenants_fact_changelist")
    shown = client.get(wanted, follow=True)
    page = shown.content.decode()
    device = TOTPDevice.objects.get(user=ana)
    assert not device.confirmed
    assert "<svg" in page
    assert second_factor._spelled(device) in page
    assert client.get(HOME).status_code == 302
    assert client.post(FACTOR, {"code": "000000", "next": wanted}).status_code == 200
    device.refresh_from_db()
    device.throttling_failure_count = 0  # the wait after a wrong code is another test's
    device.save()
    done = client.post(FACTOR, {"code": code_of(device), "next": wanted})
    codes = re.findall(r"<code>([a-z2-9]{10})</code>", done.content.decode())
    assert len(codes) == len(set(codes)) == 10
    assert client.get(wanted).status_code == 200
    again = Client()
    sign(again)
    assert again.get(wanted).status_code == 302
    assert "<svg" not in again.get(FACTOR).content.decode()  # the key is shown once, never to a second password
    assert again.post(FACTOR, {"code": code_of(device), "next": wanted}).status_code == 200  # used already
    assert again.get(wanted).status_code == 302
    lost = Client()
    sign(lost)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=2)):
        answer = lost.post(FACTOR, {"code": f" {codes[0].upper()} ", "next": wanted})
        assert (answer.status_code, answer["Location"]) == (302, wanted)
        third = Client()
        sign(third)
        assert third.post(FACTOR, {"code": codes[0], "next": wanted}).status_code == 200  # each once


def test_codes_cannot_be_guessed_one_after_the_other(ana: Any, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    device = enrolled(ana)
    client = Client()
    sign(client)
    for _try in range(3):
        client.post(FACTOR, {"code": "000001"})
    assert client.post(FACTOR, {"code": code_of(device)}).status_code == 200  # right, but too soon after the wrong ones
    assert client.get(HOME).status_code == 302
    with time_machine.travel(clock.now() + dt.timedelta(minutes=1)):
        assert client.post(FACTOR, {"code": code_of(device)}).status_code == 302


def test_who_has_one_is_asked_everywhere(ana: Any) -> None:
    device = enrolled(ana)
    client = Client()
    sign(client)
    assert client.get(HOME).status_code == 302
    client.post(FACTOR, {"code": code_of(device)})
    assert client.get(HOME).status_code == 200


def test_a_lost_phone_is_forgotten_and_set_up_anew(ana: Any, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    enrolled(ana)
    assert second_factor.forget(ana) == 1
    client = Client()
    sign(client)
    assert "<svg" in client.get(FACTOR).content.decode()


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example/admin/", "/stay/x", "javascript:alert(1)"]
)
def test_nobody_is_led_out_of_the_back_office(ana: Any, next_page: str) -> None:
    device = enrolled(ana)
    client = Client()
    sign(client)
    answer = client.post(FACTOR, {"code": code_of(device), "next": next_page})
    assert answer["Location"] == HOME


# --- sessions that end -----------------------------------------------------------------------------------------------


def test_a_session_ends_after_half_an_hour_without_anybody(ana: Any) -> None:
    client = Client()
    started = clock.now()
    sign(client)
    for minutes in (20, 40, 60):
        with time_machine.travel(started + dt.timedelta(minutes=minutes)):
            assert client.get(HOME).status_code == 200
    with time_machine.travel(started + dt.timedelta(minutes=91)):
        answer = client.get("/admin/tenants/fact/")
        assert answer["Location"] == f"{LOGIN}?next=/admin/tenants/fact/"
        assert client.get("/admin/tenants/fact/").status_code == 302
        assert client.get(LOGIN).status_code == 200


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(ana: Any, ours: Furnished) -> None:
    client = Client()
    started = clock.now()
    sign(client)
    url = f"/admin/conversations/conversation/{ours.conversation.pk}/messages/"
    for minutes in range(5, 31, 5):
        with time_machine.travel(started + dt.timedelta(minutes=minutes, seconds=-5)):
            assert client.get(url, headers={"Sec-Fetch-Mode": "cors"}).status_code == 200
    with time_machine.travel(started + dt.timedelta(minutes=31)):
        assert client.get(url, headers={"Sec-Fetch-Mode": "cors"}).status_code == 302


def test_a_session_ends_after_eight_hours_whoever_is_there(ana: Any) -> None:
    client = Client()
    started = clock.now()
    sign(client)
    for minutes in range(20, 480, 20):
        with time_machine.travel(started + dt.timedelta(minutes=minutes)):
            client.get("/admin/jsi18n/")
            sign_in_cookie = client.get("/admin/password_change/").status_code
            assert sign_in_cookie == 200
    with time_machine.travel(started + dt.timedelta(minutes=481)):
        assert client.get(HOME).status_code == 302


def test_a_forged_or_foreign_note_of_presence_counts_nothing(ana: Any, ours: Furnished) -> None:
    started = clock.now()
    other, client = Client(), Client()
    other.force_login(person("bea", tenant=ours.tenant))
    sign(client)
    with time_machine.travel(started + dt.timedelta(minutes=29)):
        other.get(HOME)
    for value in (other.cookies[sign_in.SEEN_COOKIE].value, "x", "e30:1:1"):
        client.cookies[sign_in.SEEN_COOKIE] = value
        with time_machine.travel(started + dt.timedelta(minutes=31)):
            assert client.get(HOME).status_code == 302
        sign(client)


# --- the password again ----------------------------------------------------------------------------------------------


def test_new_recovery_codes_need_the_password_again(ana: Any) -> None:
    device = enrolled(ana)
    client = Client()
    started = clock.now()
    sign(client)
    client.post(FACTOR, {"code": code_of(device)})
    url = reverse("admin:second_factor_recovery")
    with time_machine.travel(started + dt.timedelta(minutes=11)):
        answer = client.post(url)
        assert answer["Location"] == f"{reverse('admin:confirm_password')}?next={url}"
        assert client.post(reverse("admin:confirm_password"), {"password": "wrong", "next": url}).status_code == 200
        assert client.get(url).status_code == 302
        given = client.post(reverse("admin:confirm_password"), {"password": PASSWORD, "next": url})
        assert given["Location"] == url
        assert "<code>" in client.post(url).content.decode()


def test_keys_and_people_need_the_password_again(ana: Any, ours: Furnished) -> None:
    from tenants.models import ChannelAccount, Membership

    account, role = ours.rows[ChannelAccount], Membership.objects.get(user=ana)
    client, reader = Client(), Client()
    started = clock.now()
    sign(client)
    reader.force_login(person("rita", tenant=ours.tenant, role=Role.READ_ONLY))
    with time_machine.travel(started + dt.timedelta(minutes=9)):
        client.get(HOME)
        assert client.get(f"/admin/tenants/channelaccount/{account.pk}/change/").status_code == 200
    with time_machine.travel(started + dt.timedelta(minutes=11)):
        pages = [
            f"/admin/tenants/channelaccount/{account.pk}/change/", "/admin/tenants/channelaccount/add/",
            f"/admin/tenants/membership/{role.pk}/delete/", "/admin/tenants/membership/add/",
        ]  # fmt: skip
        for url in pages:
            for method in (client.get, client.post):
                assert method(url)["Location"] == f"{reverse('admin:confirm_password')}?next={url}"
        listing = "/admin/tenants/membership/"
        posted = client.post(listing, {"action": "delete_selected", "_selected_action": [role.pk], "post": "yes"})
        assert posted["Location"].startswith(reverse("admin:confirm_password"))
        assert Membership.objects.filter(pk=role.pk).exists()
        assert client.get(listing).status_code == 200
        assert client.get("/admin/tenants/fact/add/").status_code == 200
        assert reader.get(pages[0]).status_code == 403  # not asked for what is refused anyway
