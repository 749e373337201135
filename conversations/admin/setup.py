"""Setting a hotel up: what is left, whether its connections work, going live, and what it may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from conversations.admin import words
from conversations.admin.knowledge import hotel_of
from conversations.models import ConnectionTest
from conversations.services import checkup, trying
from conversations.services.checkup import Check, Problem
from tenants import services
from tenants.back_office.access import has_role, hotels_of
from tenants.back_office.pages import LedgerAdmin, rendered
from tenants.capabilities import CAPABILITIES
from tenants.models import Channel, ChannelAccount, PaymentAccount, PmsConnection, SwitchChange, Tenant
from tenants.permissions import MANAGERS, roles_for_page
from tenants.scoping import every_tenant, tenant_scope

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LAST_TESTS = 3
LAST_CHANGES = 12
MENDED_AT = {
    "channels": "tenants_channelaccount_changelist",
    "pms": "tenants_pmsconnection_changelist",
    "rooms": "reservations_roomtype_changelist",
    "policies": "reservations_rateplan_changelist",
    "facts": "tenants_fact_overview",
    "hours": "tenants_tenant_changelist",
    "privacy": "tenants_tenant_changelist",
    "people": "tenants_membership_changelist",
    "payments": "tenants_paymentaccount_changelist",
}
"""The page where a check's problems are mended."""


@admin.register(ConnectionTest)
class ConnectionTestAdmin(LedgerAdmin):
    """What was tried and what came of it; and the page on which a hotel is set up."""

    list_display = ("asked_at", "what", "condition", "outcome", "asked_by")
    list_filter = ("target", "worked")
    list_select_related = ("account", "asked_by")
    ordering = ("-id",)
    list_display_links = ("asked_at",)
    fields = ("what", "worked", "outcome", "asked_by", "asked_at", "tried_at", "exchanges_shown")
    readonly_fields = ("what", "exchanges_shown")

    @admin.display(description=_("connection"))
    def what(self, row: ConnectionTest) -> str:
        return str(row.account) if row.account is not None else row.get_target_display()

    @display(description=_("result"), label={"ok": "success", "failed": "danger", "open": "info"})
    def condition(self, row: ConnectionTest) -> tuple[str, str]:
        return _result(row)

    @admin.display(description=_("what was asked and answered"))
    def exchanges_shown(self, row: ConnectionTest) -> Any:
        return render_to_string("admin/setup/exchanges.html", {"test": row})

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        doors = [
            ("setup", self.setup),
            ("tests", self.tests),
            ("try", self.try_connection),
            ("live", self.live),
            ("switch", self.switch),
            ("testers", self.testers),
        ]
        own = [path(f"{name}/", wrap(view), name=f"conversations_connectiontest_{name}") for name, view in doors]
        return [*own, *super().get_urls()]

    # -- the page

    def setup(self, request: HttpRequest) -> HttpResponse:
        """One hotel's checklist."""
        tenant = hotel_of(request)
        self._refuse(request, tenant, "setup")
        with tenant_scope(tenant):
            found = checkup.checks(tenant)
            missing = checkup.missing_to_go_live(found)
            changes = SwitchChange.objects.select_related("by")[:LAST_CHANGES]
            context = {
                **self.admin_site.each_context(request),
                "title": gettext("Checklist"),
                "hotel": tenant,
                "hotels": list(hotels_of(request, MANAGERS).filter(is_active=True)),
                "checks": [_check(check, tenant) for check in found if check.code != "live"],
                "done": sum(check.is_fine for check in found if check.code != "live"),
                "missing": [gettext(checkup.TITLES[code]) for code in missing],
                "connections": _connections(tenant),
                "capabilities": _capabilities(tenant),
                "changes": [(change, _switch_name(change.name)) for change in changes],
                "testers": "\n".join(tenant.test_guests),
                "may_switch": has_role(request, self._roles("switch"), tenant.pk),
            }
        with every_tenant(), timezone.override(tenant.zone):  # the sidebar counts over the person's hotels
            return rendered(TemplateResponse(request, "admin/setup/page.html", context))

    def tests(self, request: HttpRequest) -> HttpResponse:
        """The connections alone: the page asks for them while a test is under way."""
        tenant = hotel_of(request)
        self._refuse(request, tenant, "tests")
        with tenant_scope(tenant), timezone.override(tenant.zone):
            context = {"connections": _connections(tenant), "hotel": tenant}
            return render(request, "admin/setup/connections.html", context)

    # -- doors

    def try_connection(self, request: HttpRequest) -> HttpResponse:
        """Ask for a test of a connection; a worker does it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        tenant = hotel_of(request)
        self._refuse(request, tenant, "try")
        target = request.POST.get("target", "")
        if target not in ConnectionTest.Target.values:
            raise Http404
        with tenant_scope(tenant):
            account = None
            if target == ConnectionTest.Target.CHANNEL:
                pk = request.POST.get("account", "")
                account = ChannelAccount.objects.filter(pk=pk).first() if pk.isdecimal() else None
                if account is None:
                    raise Http404
            trying.ask(tenant, target, account=account, by=cast("User", request.user))
        return self._back(tenant, "#connections")

    def live(self, request: HttpRequest) -> HttpResponse:
        """Let the agent answer everybody, or test guests only again."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        tenant = hotel_of(request)
        self._refuse(request, tenant, "live")
        reason = request.POST.get("reason", "").strip()
        by = cast("User", request.user)
        with tenant_scope(tenant):
            if request.POST.get("on") != "1":
                if services.switch(tenant, SwitchChange.LIVE, on=False, by=by, reason=reason):
                    messages.warning(
                        request, gettext("The agent answers test guests only. Everybody else waits for you.")
                    )
                return self._back(tenant)
            try:
                if checkup.go_live(tenant, by=by, reason=reason):
                    messages.success(request, gettext("Live: the agent answers every guest from the next message on."))
            except checkup.NotReady as error:
                left = ", ".join(gettext(checkup.TITLES[code]) for code in error.missing)
                messages.error(request, gettext("Not yet: %(left)s.") % {"left": left})
        return self._back(tenant)

    def switch(self, request: HttpRequest) -> HttpResponse:
        """Switch a capability of the hotel on or off."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        tenant = hotel_of(request)
        self._refuse(request, tenant, "switch")
        name = request.POST.get("name", "")
        if name not in CAPABILITIES:
            raise Http404
        reason = request.POST.get("reason", "").strip()
        services.switch(tenant, name, on=request.POST.get("on") == "1", by=cast("User", request.user), reason=reason)
        return self._back(tenant, "#capabilities")

    def testers(self, request: HttpRequest) -> HttpResponse:
        """Whom the agent answers before the hotel is live."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        tenant = hotel_of(request)
        self._refuse(request, tenant, "testers")
        given = request.POST.get("testers", "").replace(",", "\n").splitlines()
        try:
            services.set_test_guests(tenant, given)
            messages.success(request, gettext("Test guests saved."))
        except ValidationError:
            messages.error(request, gettext("Give numbers with country code, or e-mail addresses, one a line."))
        return self._back(tenant, "#live")

    def _roles(self, page: str) -> frozenset[str]:
        return roles_for_page(ConnectionTest, page, "POST")

    def _refuse(self, request: HttpRequest, tenant: Tenant, page: str) -> None:
        """The role counts at this very hotel, whatever the person is elsewhere."""
        if not has_role(request, self._roles(page), tenant.pk):
            raise Http404

    @staticmethod
    def _back(tenant: Tenant, place: str = "") -> HttpResponse:
        return redirect(f"{reverse('admin:conversations_connectiontest_setup')}?hotel={tenant.pk}{place}")


@admin.register(SwitchChange)
class SwitchChangeAdmin(LedgerAdmin):
    """Who switched what on or off, when and why."""

    list_display = ("at", "switch", "is_on", "by", "reason")
    list_select_related = ("by",)
    ordering = ("-at",)
    fields = ("at", "switch", "is_on", "by", "reason")
    readonly_fields = ("switch",)

    @admin.display(description=_("switch"))
    def switch(self, row: SwitchChange) -> str:
        return _switch_name(row.name)


# --- what the page shows ---------------------------------------------------------------------------------------------


def _switch_name(name: str) -> str:
    if name == SwitchChange.LIVE:
        return gettext(checkup.TITLES["live"])
    return gettext(CAPABILITIES[name].title) if name in CAPABILITIES else name


def _check(check: Check, tenant: Tenant) -> dict[str, Any]:
    link = reverse(f"admin:{MENDED_AT[check.code]}")
    if MENDED_AT[check.code] == "tenants_tenant_changelist":
        link = reverse("admin:tenants_tenant_change", args=[tenant.pk])
    if check.code == "facts":
        link += f"?hotel={tenant.pk}"
    return {
        "code": check.code,
        "title": gettext(checkup.TITLES[check.code]),
        "problems": [said(problem) for problem in check.problems],
        "required": check.required,
        "link": link,
    }


def said(problem: Problem) -> str:
    """A problem in the reader's language."""
    text = gettext(checkup.PROBLEMS[problem.code])
    for name, value in problem.values.items():
        text = text.replace(f"%({name})s", str(value))
    return text.strip()


def _result(test: ConnectionTest) -> tuple[str, str]:
    if test.worked is None:
        return "open", gettext("being tried") if test.state in {"waiting", "working"} else gettext("not tried")
    return ("ok", gettext("works")) if test.worked else ("failed", gettext("does not work"))


def _connections(tenant: Tenant) -> list[dict[str, Any]]:
    """Everything outside that the hotel depends on, each with its latest tests."""
    every = ConnectionTest.objects.filter(tenant=tenant).select_related("asked_by").order_by("-id")[:100]
    by_connection: dict[tuple[str, int | None], list[ConnectionTest]] = {}
    for test in every:
        by_connection.setdefault((test.target, test.account_id), []).append(test)

    def row(
        title: str, icon: str, target: str, account: ChannelAccount | None, link: str, secrets: Any
    ) -> dict[str, Any]:
        tests = by_connection.get((target, account.pk if account else None), [])[:LAST_TESTS]
        return {
            "title": title, "icon": icon, "target": target, "account": account, "link": link,
            "secrets": [(name, _tail(value)) for name, value in sorted(secrets.items()) if name in SECRET],
            "tests": [(test, *_result(test)) for test in tests],
            "is_waiting": any(test.worked is None and test.state in {"waiting", "working"} for test in tests),
            "can_try": account is None or account.channel != Channel.WEBCHAT,
        }  # fmt: skip

    found = [
        row(
            str(account), words.CHANNEL_ICONS.get(account.channel, "chat"), "channel", account,
            reverse("admin:tenants_channelaccount_change", args=[account.pk]), account.credentials,
        )
        for account in ChannelAccount.objects.filter(tenant=tenant, is_active=True).order_by("channel", "id")
    ]  # fmt: skip
    pms = PmsConnection.objects.filter(tenant=tenant).first()
    link = reverse("admin:tenants_pmsconnection_change", args=[pms.pk]) if pms else ""
    title = str(pms) if pms else gettext("the built-in PMS")
    found.append(row(title, "dns", "pms", None, link, pms.credentials if pms else {}))
    payments = PaymentAccount.objects.filter(tenant=tenant, is_active=True).first()
    if payments is not None:
        link = reverse("admin:tenants_paymentaccount_change", args=[payments.pk])
        found.append(row(str(payments), "account_balance", "payments", None, link, payments.credentials))
    return found


SECRET = {
    "access_token": _("access token"), "password": _("password"), "refresh_token": _("refresh token"),
    "client_secret": _("client secret"), "identity_secret": _("identity secret"), "api_key": _("API key"),
    "secret_key": _("secret key"), "webhook_secret": _("webhook secret"),
}  # fmt: skip
"""Credentials named on the page; of their values only the end is shown."""


def _tail(value: object) -> str:
    text = str(value)
    return f"…{text[-4:]}" if len(text) > 8 else "…"


def _capabilities(tenant: Tenant) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "title": gettext(one.title),
            "about": gettext(one.about),
            "is_on": tenant.can(name),
            "is_chosen": name in tenant.capabilities,
            "needs": one.needs,
        }
        for name, one in CAPABILITIES.items()
    ]
