"""The facts pages: what a manager sees and does there, and what another hotel's people do not."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from conversations.models import SettledDifference, UnansweredQuestion
from tenants.models import Fact, Membership, Role
from tenants.scoping import tenant_scope
from tests.admin.conftest import Furnished

pytestmark = pytest.mark.django_db
OVERVIEW = "/admin/tenants/fact/overview/"
FACT = {"topic": "pool", "kind": "hours", "is_active": "on", "text_es": "La pileta abre de {opens} a {closes}."}


def question(furnished: Furnished) -> UnansweredQuestion:
    row = furnished.rows[UnansweredQuestion]
    assert isinstance(row, UnansweredQuestion)
    row.refresh_from_db()
    return row


def test_the_question_leads_to_a_form_that_settles_it(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit()
    page = client.get(OVERVIEW).content.decode()
    assert "¿Hay pileta ALMENDRO?" in page
    link = next(part.split('"')[0].replace("&amp;", "&") for part in page.split('href="') if "question=" in part)
    assert parse_qs(urlsplit(link).query)["topic"] == ["pool"]
    form = client.get(link).content.decode()
    assert "¿Hay pileta ALMENDRO?" in form
    assert 'value="pool"' in form
    answer = client.post(link, {**FACT, "opens": "08:00", "closes": "21:00"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert question(ours).state == UnansweredQuestion.State.ANSWERED
    assert question(ours).decided_by is not None
    assert "¿Hay pileta ALMENDRO?" not in client.get(OVERVIEW).content.decode()


def test_a_question_is_dismissed_and_a_difference_settled(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit()
    page = client.get(OVERVIEW)
    (free,) = page.context["differences"]
    assert free["topic"] == "parking", "the fact says free, the extra costs"
    assert client.post(f"{OVERVIEW}dismiss/", {"key": question(ours).key}).status_code == 302
    assert client.post(f"{OVERVIEW}settle/", {"key": free["key"]}).status_code == 302
    page = client.get(OVERVIEW)
    assert (page.context["asked"], page.context["differences"]) == ([], [])
    with tenant_scope(ours.tenant):
        assert SettledDifference.objects.exclude(by=None).get().about.startswith("parking: 0.00")


def test_readers_read_and_nobody_touches_another_hotel(
    ours: Furnished, theirs: Furnished, visit: Callable[..., Client]
) -> None:
    reader = visit(Role.READ_ONLY)
    page = reader.get(OVERVIEW)
    assert page.status_code == 200
    assert "dismiss/" not in page.content.decode()
    assert reader.post(f"{OVERVIEW}dismiss/", {"key": question(ours).key}).status_code == 403

    both = visit(Role.OWNER, "both-hotels")
    Membership.objects.create(user_id=both.session["_auth_user_id"], tenant=theirs.tenant, role=Role.READ_ONLY)
    for door, key in (("dismiss", question(theirs).key), ("settle", "x")):
        answer = both.post(f"{OVERVIEW}{door}/", {"hotel": theirs.tenant.pk, "key": key})
        assert answer.status_code in {403, 404}
    assert question(theirs).state == UnansweredQuestion.State.OPEN

    owner = visit(Role.OWNER)
    for url in (f"{OVERVIEW}?hotel={theirs.tenant.pk}", f"{OVERVIEW}?hotel={theirs.tenant.pk}&ask=cochera"):
        assert owner.get(url).status_code == 404
    preview = owner.post("/admin/tenants/fact/preview/", {"fact": theirs.rows[Fact].pk, "ask_es": "¿Cochera?"})
    assert "ZARZAMORA" not in preview.content.decode()


def test_amounts_are_typed(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit()
    refused = client.post("/admin/tenants/fact/add/", {**FACT, "text_es": "La pileta sale ARS 900."})
    assert "text_es" in refused.context["adminform"].form.errors
    refused = client.post("/admin/tenants/fact/add/", FACT)
    assert "opens" in refused.context["adminform"].form.errors
    refused = client.post("/admin/tenants/fact/add/", {**FACT, "text_es": "Sale {precio}."})
    assert "text_es" in refused.context["adminform"].form.errors


def test_the_form_is_tried_before_it_is_saved(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit()
    fact = ours.rows[Fact]
    data = {"topic": "parking", "kind": "amenity", "is_active": "on", "text_es": "La cochera está en obra."}
    shown = client.post("/admin/tenants/fact/preview/", {**data, "fact": fact.pk, "ask_es": "¿Tienen cochera?"})
    assert "La cochera está en obra." in shown.content.decode()
    assert "Hotel ALMENDRO" in shown.content.decode(), "the letter"
    fact.refresh_from_db()
    assert "es gratis" in vars(fact)["text_es"]
    wrong = client.post("/admin/tenants/fact/preview/", {**data, "text_es": "", "fact": fact.pk, "ask_es": "¿Cochera?"})
    assert 'role="alert"' in wrong.content.decode()


def test_own_wording_is_shown_with_its_limits(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit()
    url = "/admin/conversations/wordingoverride/preview/"
    shown = client.post(url, {"key": "button.person", "variant": "es", "text": "Recepción"}).content.decode()
    assert "9 of 20" in shown
    assert 'role="alert"' not in shown
    long = client.post(url, {"key": "button.person", "variant": "es", "text": "Hablar con una persona ya"}).content
    assert b'role="alert"' in long
    text = client.post(url, {"key": "facts.times", "variant": "es", "text": "Entra a las {check_in}."}).content.decode()
    assert "check_out" in text
    assert "Entra a las 15:00." in text
    assert client.post(url, {"key": "no.such", "variant": "es", "text": "x"}).status_code == 404


def test_facts_are_read_as_the_agent_says_them(ours: Furnished, visit: Callable[..., Client]) -> None:
    """Nobody at the desk reads a placeholder, names a currency the hotel has, or writes a topic as a program would."""
    client = visit()
    data = {**FACT, "topic": "Tablas de surf", "text_es": "Alquilamos tablas por {amount}.", "amount": "12500"}
    assert client.post("/admin/tenants/fact/add/", data).status_code == 302
    fact = Fact._base_manager.get(topic="tablas_de_surf")
    assert (fact.currency, fact.amount) == (ours.tenant.currency, 12_500)
    client.get(OVERVIEW)  # says what was saved
    for url in (OVERVIEW, "/admin/tenants/fact/"):
        page = client.get(url, headers={"accept-language": "es"}).content.decode()
        assert "Alquilamos tablas por ARS 12.500." in page
        assert "{amount}" not in page


def test_the_way_back_names_each_place_once(ours: Furnished, visit: Callable[..., Client]) -> None:
    client = visit()
    page = client.get("/admin/tenants/fact/", headers={"accept-language": "en"}).content.decode()
    header = page.split("chevron_right</span>")
    assert 'href="/admin/tenants/"' not in "".join(header), "Django's own order of tables is nobody's"
