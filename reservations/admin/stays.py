"""What was offered, kept and booked, and what the PMS was asked to do about it. Written by services only."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from hotel_agent.common import clock
from hotel_agent.common.claims import WorkState
from hotel_agent.common.exceptions import BadInput
from hotel_agent.common.money import Money, written
from reservations import selectors
from reservations.admin import handling, history
from reservations.admin.desk import desk_check
from reservations.models import (
    Arrangement,
    Hold,
    PmsCall,
    Quote,
    QuoteOption,
    Reservation,
    StayEvent,
)
from reservations.services import reconciliation
from tenants.back_office.access import has_role, hotels_of, own_rows
from tenants.back_office.exports import Exports
from tenants.back_office.pages import LedgerAdmin, LedgerInline, TenantAdmin, rendered
from tenants.back_office.words import pretty
from tenants.models import Channel
from tenants.permissions import DESK, MANAGERS
from tenants.scoping import every_tenant, tenant_scope

STATE_COLOURS = {
    "confirmed": "success", "in_house": "success", "used": "success", "open": "success", "done": "success",
    "pending": "info", "awaiting": "info", "placing": "info", "booking": "info",
    "waiting": "info", "working": "info", "departed": "info",
    "unknown": "warning", "no_show": "warning", "lapsed": "warning", "released": "info", "orphan": "warning",
    "refused": "danger", "cancelled": "danger", "dead": "danger", "quarantined": "danger",
}  # fmt: skip


class _OfThread:
    """A link to the conversation a row belongs to; its page belongs to another room and is found by its key."""

    @admin.display(description=_("conversation"))
    def thread_link(self, row: Any) -> Any:
        if row.conversation_key is None:
            return "–"
        return TenantAdmin.link(
            reverse("admin:conversations_conversation_by_key", args=[row.conversation_key]), gettext("Open the thread")
        )

    @display(description=_("state"), label=STATE_COLOURS, ordering="state")
    def condition(self, row: Any) -> tuple[str, str]:
        return row.state, row.get_state_display()


class OptionInline(LedgerInline):
    model = QuoteOption
    fields = ("rooms_offered", "rate_plan", "price_said", "breakfast_included", "left")
    readonly_fields = ("rooms_offered", "price_said")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any, Any]:
        return super().get_queryset(request).select_related("room_type", "rate_plan")

    @admin.display(description=_("room type"))
    def rooms_offered(self, row: QuoteOption) -> str:
        return row.rooms_said

    @admin.display(description=_("total"))
    def price_said(self, row: QuoteOption) -> str:
        return written(row.price, "es")


@admin.register(Quote)
class QuoteAdmin(_OfThread, LedgerAdmin):
    """Offers given to a guest: the only source of prices the agent may say."""

    list_display = ("created_at", "check_in", "check_out", "cheapest", "validity", "thread_link")
    ordering = ("-created_at",)
    date_hierarchy = "created_at"
    fields = ("thread_link", "check_in", "check_out", "created_at", "expires_at", "public_id")
    readonly_fields = ("thread_link",)
    inlines = (OptionInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any, Any]:
        options = QuoteOption._base_manager.order_by("total")
        return super().get_queryset(request).prefetch_related(Prefetch("options", options, to_attr="cheap_first"))

    @admin.display(description=_("from"))
    def cheapest(self, row: Quote) -> str:
        options: list[QuoteOption] = row.cheap_first  # type: ignore[attr-defined]
        return written(options[0].price, "es") if options else "–"

    @display(description=_("state"), label={"valid": "success", "over": "info"})
    def validity(self, row: Quote) -> tuple[str, str]:
        return ("valid", gettext("valid")) if row.expires_at > clock.now() else ("over", gettext("expired"))


@admin.register(Hold)
class HoldAdmin(_OfThread, LedgerAdmin):
    """Rooms kept for guests while they decide."""

    list_display = ("created_at", "room", "condition", "expires_at", "extensions", "thread_link")
    list_filter = ("state",)
    list_select_related = ("option__room_type", "option__quote")
    ordering = ("-created_at",)
    fields = ("thread_link", "room", "state", "created_at", "expires_at", "extensions", "ended_at", "reference")
    readonly_fields = ("thread_link", "room")

    @admin.display(description=_("room"))
    def room(self, row: Hold) -> str:
        return f"{row.option.rooms_said}, {row.option.quote}"


class ArrivalFilter(admin.SimpleListFilter):
    """Stays by when their guests come, each hotel's own day."""

    title = _("arrival")
    parameter_name = "arrival"
    SPANS: ClassVar[dict[str, tuple[int, int]]] = {
        "today": (0, 0),
        "tomorrow": (1, 1),
        "week": (0, 6),
        "month": (0, 29),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("today", _("today")), ("tomorrow", _("tomorrow")), ("week", _("the next 7 days")),
                ("month", _("the next 30 days")), ("past", _("before today"))]  # fmt: skip

    def queryset(self, request: HttpRequest, rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        value = self.value()
        if value not in {*self.SPANS, "past"}:
            return rows
        wanted = Q(pk__in=[])
        for hotel in hotels_of(request):
            today = hotel.business_day()
            if value == "past":
                wanted |= Q(tenant=hotel, check_in__lt=today)
                continue
            first, last = (today + dt.timedelta(days=days) for days in self.SPANS[str(value)])
            wanted |= Q(tenant=hotel, check_in__gte=first, check_in__lte=last)
        return rows.filter(wanted)


class CameByFilter(admin.SimpleListFilter):
    """Stays by channel, from the list of channels: asking the rows would read them all."""

    title = _("channel")
    parameter_name = "channel"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Channel.choices)

    def queryset(self, request: HttpRequest, rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        return rows.filter(channel=self.value()) if self.value() in Channel.values else rows


@admin.register(Reservation)
class ReservationAdmin(_OfThread, Exports, LedgerAdmin):
    """Stays guests asked for; a stay's page is its facts, its price and its history."""

    list_display = ("who", "arrival", "departure", "rooms_booked", "price_said", "condition", "channel", "booked")
    list_filter = (ArrivalFilter, "state", "room_type", CameByFilter)
    list_select_related = ("room_type",)
    list_per_page = 30
    search_fields = ("code",)
    search_help_text = _("Code, name, phone, e-mail or the PMS's number")
    ordering = ("-created_at",)
    export_columns = (
        "code", "state", "guest_name", "guest_email", "guest_phone", "language", "channel", "room_type__code",
        "rate_plan__code", "check_in", "check_out", "rooms", "currency", "total", "deposit", "cancellation_fee",
        "created_at", "confirmed_at", "cancelled_at", "pms_booking_id", "notes",
    )  # fmt: skip

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any, Any], search_term: str) -> Any:
        """Beginnings of words in any order, without accents; a code or a number by its beginning."""
        return selectors.stays_by_words(queryset, search_term), False

    @display(description=_("guest"), header=True, ordering="guest_name")
    def who(self, row: Reservation) -> list[str]:
        return [row.guest_name, row.code]

    @admin.display(description=_("room type"), ordering="room_type")
    def rooms_booked(self, row: Reservation) -> str:
        """The type, or every type with its number of rooms."""
        return row.rooms_said

    @admin.display(description=_("total"), ordering="total")
    def price_said(self, row: Reservation) -> str:
        return written(row.price, "es")

    @admin.display(description=_("check in"), ordering="check_in")
    def arrival(self, row: Reservation) -> str:
        return date_format(row.check_in, "D j M Y")

    @admin.display(description=_("check out"), ordering="check_out")
    def departure(self, row: Reservation) -> str:
        return date_format(row.check_out, "D j M Y")

    @admin.display(description=_("created at"), ordering="created_at")
    def booked(self, row: Reservation) -> str:
        return date_format(timezone.localtime(row.created_at), "j M H:i")

    def get_urls(self) -> list[Any]:
        """The desk's check of a guest's QR code, and what is done with a stay."""
        wrap = self.admin_site.admin_view
        return [
            path("desk/", wrap(self.desk), name="reservations_reservation_desk"),
            path("<int:object_id>/do/<slug:what>/", wrap(self.do), name="reservations_reservation_do"),
            *super().get_urls(),
        ]

    def desk(self, request: HttpRequest) -> HttpResponse:
        """`desk/?code=…`, which is what the QR code of a guest's page opens."""
        return desk_check(request, {**self.admin_site.each_context(request), "opts": self.opts})

    def do(self, request: HttpRequest, object_id: int, what: str) -> HttpResponse:
        """A button of the stay's page."""
        return handling.do(self, request, object_id, what)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The stay instead of a form: it changes through its guest, the desk's services or the PMS."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        rows = own_rows(request, Reservation, self.read_roles).select_related(
            "tenant", "room_type", "rate_plan", "option__quote", "hold"
        )
        stay: Reservation | None = rows.filter(pk=object_id).first() if object_id.isdecimal() else None
        if stay is None:
            raise Http404
        return self.stay_page(request, stay, extra_context or {})

    def stay_page(self, request: HttpRequest, stay: Reservation, extra_context: dict[str, Any]) -> HttpResponse:
        """A stay that is theirs: facts, price, history, and what can be done with it."""
        form = extra_context.get("change_form")
        with tenant_scope(stay.tenant), timezone.override(stay.tenant.zone):
            context = {
                **self.admin_site.each_context(request),
                **handling.context(request, stay, form),
                "may_do": has_role(request, DESK, stay.tenant_id),
                "title": stay.code,
                "opts": self.opts,
                "original": stay,
                "media": self.media,
                "stay": stay,
                "colour": STATE_COLOURS.get(stay.state, "info"),
                "guests": [_party(party) for party in stay.parties],
                "total": written(stay.price, "es"),
                "nightly": _nightly(stay),
                "beside": _beside(stay),
                "terms": _terms(stay),
                "moments": history.moments(stay),
                "since": stay.option.quote.created_at - dt.timedelta(hours=1),
                **extra_context,
            }
            with every_tenant():  # the sidebar counts over the person's hotels
                return rendered(TemplateResponse(request, "admin/reservations/reservation/stay.html", context))


def _party(party: dict[str, Any]) -> str:
    adults, ages = int(party.get("adults", 0)), list(party.get("children_ages", ()))
    text = ngettext("%(count)d adult", "%(count)d adults", adults) % {"count": adults}
    if ages:
        children = ngettext("%(count)d child", "%(count)d children", len(ages)) % {"count": len(ages)}
        text += f", {children} ({', '.join(map(str, ages))})"
    return text


def _nightly(stay: Reservation) -> list[tuple[dt.date, str]]:
    prices = stay.option.nightly_prices
    return [(stay.check_in + dt.timedelta(days=number), written(price, "es")) for number, price in enumerate(prices)]


def _beside(stay: Reservation) -> list[tuple[str, str]]:
    """What the total has beside the nights, and what is paid at the desk beside the total."""
    known = selectors.stay_taxes(tenant=stay.tenant)
    lines = [
        (f"{line.quantity} × {line.name}" if line.quantity > 1 else line.name, written(line.amount, "es"))
        for line in stay.option.extra_lines
    ]
    for tax in stay.option.tax_lines:
        name = known[tax.code].name_es if tax.code in known else tax.code
        if tax.due_at_hotel:
            name = gettext("%(tax)s (at the desk, not in the total)") % {"tax": name}
        lines.append((name, written(tax.amount, "es")))
    return lines


def _terms(stay: Reservation) -> dict[str, Any]:
    terms = stay.cancellation_terms
    return {
        "free_until": terms.free_until,
        "now": written(terms.fee_at(clock.now()), "es"),
        "after": written(terms.fee_after, "es"),
        "fee": written(Money(stay.cancellation_fee, stay.currency), "es") if stay.cancellation_fee is not None else "",
    }


@admin.register(Arrangement)
class ArrangementAdmin(_OfThread, Exports, LedgerAdmin):
    """What guests accepted beside room and nights, and what they asked the desk for."""

    list_display = ("created_at", "reservation", "kind", "text", "amount", "condition")
    list_filter = ("kind", "state")
    list_select_related = ("reservation",)
    search_fields = ("reservation__code", "text")
    ordering = ("-created_at",)
    export_columns = (
        "reservation__code", ("reservation__guest_name", _("guest name")), "kind", "state", "text", "at_time",
        "quantity", "amount", "currency", "created_at",
    )  # fmt: skip
    fields = (
        "reservation", "thread_link", "kind", "state", "text", "at_time", "extra", "quantity", "amount", "currency",
        "created_at",
    )  # fmt: skip
    readonly_fields = ("thread_link",)


@admin.register(PmsCall)
class PmsCallAdmin(_OfThread, LedgerAdmin):
    """Every write to the PMS: committed before it is made, looked up until its outcome is known."""

    list_display = ("created_at", "kind", "stay", "settled", "condition", "sends", "last_error")
    list_filter = ("outcome", "state", "kind")
    list_select_related = ("reservation",)
    search_fields = ("reference", "reservation__code")
    ordering = ("-created_at",)
    fields = (
        "stay", "thread_link", "kind", "reference", "outcome", "reason", "state", "sends", "was_ambiguous",
        "told_uncertain", "handed_over", "created_at", "first_sent_at", "last_sent_at", "settled_at", "last_error",
        "request_p", "answer_p",
    )  # fmt: skip
    readonly_fields = ("stay", "thread_link", "request_p", "answer_p")
    actions = ("settle_as_not_done",)

    @admin.display(description=_("stay"), ordering="reservation__code")
    def stay(self, row: PmsCall) -> Any:
        """Its page asks what became of a write nobody else can find out."""
        if row.reservation is None:
            return "–"
        link = reverse("admin:reservations_reservation_change", args=[row.reservation.pk])
        return format_html('<a class="ha-link" href="{}">{}</a>', link, row.reservation.code)

    @display(
        description=_("outcome"),
        label={"done": "success", "refused": "danger", "unknown": "warning", "": "info"},
        ordering="outcome",
    )
    def settled(self, row: PmsCall) -> tuple[str, str]:
        return row.outcome, row.get_outcome_display()

    @admin.display(description=_("request"))
    def request_p(self, row: PmsCall) -> Any:
        return pretty(row.request)

    @admin.display(description=_("answer"))
    def answer_p(self, row: PmsCall) -> Any:
        return pretty(row.answer)

    def has_settle_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may say what the PMS really did."""
        return has_role(request, MANAGERS, obj.tenant_id if obj is not None else None)

    @admin.action(description=_("I looked in the PMS: it was not done"), permissions=["settle"])
    def settle_as_not_done(self, request: HttpRequest, rows: QuerySet[PmsCall]) -> None:
        mine = self.may(request, rows, MANAGERS).filter(state__in=[WorkState.QUARANTINED, WorkState.DEAD])
        count = 0
        for row in mine.select_related("tenant"):
            try:
                reconciliation.settle(tenant=row.tenant, call_id=row.pk, booking_id=None)
                count += 1
            except BadInput as error:
                self.message_user(request, f"{row.reference}: {error}", messages.ERROR)
        text = ngettext("%(count)d call settled.", "%(count)d calls settled.", count) % {"count": count}
        self.message_user(request, text, messages.SUCCESS if count else messages.WARNING)


@admin.register(StayEvent)
class StayEventAdmin(_OfThread, LedgerAdmin):
    """What happened to stays, for their conversations to tell."""

    list_display = ("created_at", "kind", "reservation", "condition", "thread_link")
    list_filter = ("kind", "state")
    list_select_related = ("reservation",)
    ordering = ("-created_at",)
    fields = ("reservation", "thread_link", "kind", "state", "created_at", "last_error", "key")
    readonly_fields = ("thread_link",)
