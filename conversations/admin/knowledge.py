"""What the agent may say about the hotel: facts by topic, what is missing, what disagrees, and how it sounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import Truncator, slugify
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from conversations.admin import words
from conversations.models import SettledDifference, UnansweredQuestion
from conversations.services.knowledge import completeness, contradictions, preview, questions, topics
from conversations.services.knowledge.contradictions import Difference, Kind, Side
from conversations.wording.render import fact_text
from conversations.wording.texts import MONEY
from hotel_agent.common.money import Money
from tenants.back_office import pictures
from tenants.back_office.access import has_role, hotels_of
from tenants.back_office.pages import LedgerAdmin, TenantAdmin, rendered
from tenants.back_office.pictures import HasPicturePage, PictureForm
from tenants.models import Fact, Tenant
from tenants.permissions import access_to
from tenants.pictures import of_facts
from tenants.scoping import every_tenant, tenant_scope

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LANGUAGES = [("es", "Español"), ("en", "English"), ("pt", "Português")]
GROUPS = {
    "arriving": _("Arriving and leaving"),
    "in_house": _("In the hotel"),
    "eating": _("Eating and drinking"),
    "rules": _("Rules and money"),
    "around": _("Around the hotel"),
    "other": _("Other"),
}
DIFFERENCES = {
    Kind.PRICES: _("Two facts name different prices"),
    Kind.HOURS: _("Two facts name different hours"),
    Kind.LANGUAGES: _("The languages of a fact name different hours"),
    Kind.SETTING: _("A fact and the hotel's settings name different hours"),
    Kind.EXTRA: _("A fact and the extras on sale name different prices"),
    Kind.BREAKFAST: _("Breakfast is said to be included, and a rate is sold without it"),
    Kind.CANCELLATION: _("A fact and the rate plans name different terms of cancellation"),
    Kind.DESK: _("Reception is said never to close, and the opening hours say it does"),
    Kind.PLACE: _("A fact's place is far from the hotel's own"),
    Kind.UNTYPED: _("An amount is written by hand: give the price its own field and write {amount}"),
}
SETTINGS = {
    "check_in_from": _("check-in from, in the hotel's settings"),
    "check_out_until": _("check-out until, in the hotel's settings"),
    "early_check_in_from": _("earliest arrival, in the hotel's settings"),
    "late_check_out_until": _("latest departure, in the hotel's settings"),
    "latitude": _("place, in the hotel's settings"),
    "opening_hours": _("opening hours of the desk"),
    "cancellation": _("terms of the rate plans"),
}
CHANNELS = {"whatsapp": "WhatsApp", "email": _("E-mail"), "webchat": _("Web chat")}


def hotel_of(request: HttpRequest) -> Tenant:
    """The hotel a page about one hotel is for: as asked for, else the person's first.

    Raises:
        Http404: none of the person's hotels.
    """
    mine = hotels_of(request).filter(is_active=True).order_by("name", "pk")
    asked = request.GET.get("hotel") or request.POST.get("hotel") or request.POST.get("tenant") or ""
    found = mine.filter(pk=asked).first() if asked.isdecimal() else mine.first()
    if found is None:
        raise Http404
    return found


class FactForm(PictureForm):
    """A fact whose amounts are typed: only the renderer writes money."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "topic" in self.fields:
            self.fields["topic"] = forms.CharField(
                max_length=40,
                label=self.fields["topic"].label,
                widget=UnfoldAdminTextInputWidget(attrs={"list": "ha-topics", "autocomplete": "off"}),
                help_text=gettext("A word or two; what is about the same goes under the same topic."),
            )
        for name, _language in LANGUAGES:
            if f"text_{name}" in self.fields:
                self.fields[f"text_{name}"].widget.attrs["rows"] = 3
        if "amount" in self.fields:
            self.fields["amount"].help_text = gettext("Written in the text as {amount}.")
        if "currency" in self.fields:
            self.fields["currency"].help_text = gettext("Empty: the hotel's own.")

    def clean_topic(self) -> str:
        """As people write it: "Tablas de surf" is the topic tablas_de_surf."""
        topic = slugify(self.cleaned_data["topic"]).replace("-", "_")
        if not topic:
            raise forms.ValidationError(gettext("Write it in letters."))
        return topic

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("amount") is not None and not cleaned.get("currency") and "currency" in self.fields:
            hotel = cleaned.get("tenant") or Tenant.objects.filter(pk=self.instance.tenant_id).first()
            cleaned["currency"] = hotel.currency if hotel is not None else ""
        for name, _language in LANGUAGES:
            if MONEY.search(str(cleaned.get(f"text_{name}") or "")):
                text = gettext(
                    "Give the amount its own field and write {amount} here: it is then written the same everywhere."
                )
                self.add_error(f"text_{name}", text)
        return cleaned


@admin.register(Fact)
class FactAdmin(HasPicturePage, TenantAdmin):
    """What the agent may say about the hotel. A change counts from the guest's next message on."""

    form = FactForm
    list_display = ("topic", "sentence", "kind", "languages", "valid_from", "valid_until", "is_active")
    list_filter = ("kind", "is_active", "topic")
    search_fields = ("topic", "text_es", "text_en", "text_pt", "keywords")
    change_form_outer_before_template = "admin/knowledge/asked.html"
    change_form_outer_after_template = "admin/knowledge/try_fact.html"
    fieldsets = (
        (None, {"fields": (("topic", "kind"), "is_active")}),
        (_("What the agent says"), {"fields": ("text_es", "text_en", "text_pt")}),
        (_("Price and hours in it"), {"fields": (("amount", "currency"), ("opens", "closes"))}),
        (_("When it is true, and how it is found"), {"fields": (("valid_from", "valid_until"), "keywords")}),
        (_("Picture, shown with the answer in the web chat"), {"fields": pictures.FIELDS}),
        (_("Place"), {"classes": ["collapse"], "fields": (("latitude", "longitude"),)}),
    )

    @admin.display(description=_("what the agent says"), ordering="text_es")
    def sentence(self, row: Fact) -> str:
        return Truncator(_as_said(row)).chars(90)

    @admin.display(description=_("languages"))
    def languages(self, row: Fact) -> str:
        return " ".join(code for code, _name in LANGUAGES if getattr(row, f"text_{code}"))

    # -- writing one

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The topic and kind a link names; the hotel it was on."""
        given = {name: request.GET[name] for name in ("topic", "kind", "keywords") if name in request.GET}
        hotel = request.GET.get("hotel", "")
        return {**given, "tenant": hotel} if hotel.isdecimal() else given

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        fact: Fact | None = context.get("original")
        topic = fact.topic if fact is not None else request.GET.get("topic", "")
        asked, asked_in = None, {}
        if fact is None and "question" in request.GET:
            tenant = hotel_of(request)
            with tenant_scope(tenant):
                rows = UnansweredQuestion.objects.filter(key=request.GET["question"]).order_by("-count")
                asked, asked_in = [row.example for row in rows], {row.language: row.example for row in rows}
        context |= {
            "topics": list(topics.TOPICS),
            "tries": [
                (code, name, asked_in.get(code) or (topics.question(topic, code) if topic else ""))
                for code, name in LANGUAGES
            ],
            "asked": asked,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Fact, form: Any, change: Any) -> None:
        """A fact written for a question settles the question; asked again in vain it is open again."""
        super().save_model(request, obj, form, change)
        keys = {f"topic:{obj.topic}", request.GET.get("question", "")} - {""}
        with tenant_scope(obj.tenant):
            for key in keys if obj.is_active else ():
                questions.decide(key, state=questions.State.ANSWERED, by=cast("User", request.user))

    # -- pages

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        own = [
            path("overview/", wrap(self.overview), name="tenants_fact_overview"),
            path("overview/dismiss/", wrap(self.dismiss), name="tenants_fact_dismiss"),
            path("overview/settle/", wrap(self.settle), name="tenants_fact_settle"),
            path("preview/", wrap(self.preview), name="tenants_fact_preview"),
        ]
        return [*own, *super().get_urls()]

    def overview(self, request: HttpRequest) -> HttpResponse:
        """One hotel's knowledge: how complete it is, what was asked in vain, what disagrees, the facts by topic."""
        tenant = hotel_of(request)
        question = request.GET.get("ask", "").strip()
        may_change = has_role(request, access_to(Fact).change, tenant.pk)
        with tenant_scope(tenant):
            measured = completeness.measure(tenant)
            today = tenant.business_day()
            context = {
                **self.admin_site.each_context(request),
                "title": gettext("What the agent knows"),
                "hotel": tenant,
                "hotels": list(hotels_of(request).filter(is_active=True)),
                "may_change": may_change,
                "measured": measured,
                "meters": [
                    (code, name, measured.percent[code]) for code, name in LANGUAGES if code in measured.percent
                ],
                "groups": [(GROUPS[name], _shown(found, tenant, today)) for name, found in measured.groups.items()],
                "ending": [_row(fact, tenant, today) for fact in measured.ending],
                "lapsed": [_row(fact, tenant, today) for fact in measured.lapsed],
                "missing": [_missing(one) for one in measured.missing],
                "asked": [_asked(one, tenant) for one in questions.open_questions()],
                "differences": [_difference(one) for one in contradictions.differences(tenant)],
                "question": question,
                "answered": _said(tenant, question) if question else None,
            }
        with every_tenant():  # the sidebar counts over the person's hotels
            return rendered(TemplateResponse(request, "admin/knowledge/overview.html", context))

    def dismiss(self, request: HttpRequest) -> HttpResponse:
        """A question that needs no fact."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        tenant = self._changeable(request)
        with tenant_scope(tenant):
            state = questions.State.DISMISSED
            if questions.decide(request.POST.get("key", ""), state=state, by=cast("User", request.user)):
                messages.success(request, gettext("The question was dismissed."))
        return self._back(tenant)

    def settle(self, request: HttpRequest) -> HttpResponse:
        """Two things that are both right as they are."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        tenant = self._changeable(request)
        with tenant_scope(tenant):
            if contradictions.settle(tenant, request.POST.get("key", ""), by=cast("User", request.user)):
                messages.success(request, gettext("Both stay as they are; you will be asked again when one changes."))
        return self._back(tenant)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """How the agent would answer if the fact in the form were saved: a piece of a page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        pk = request.POST.get("fact", "")
        stored = self.get_queryset(request).filter(pk=pk).first() if pk.isdecimal() else None
        tenant = stored.tenant if stored is not None else self._changeable(request)
        draft = stored or Fact(tenant=tenant)
        form = self.get_form(request, stored, change=stored is not None)(request.POST, instance=draft)
        form.fields.pop("tenant", None)
        tries = []
        with tenant_scope(tenant):
            if form.is_valid():
                asked = [(code, request.POST.get(f"ask_{code}", "").strip()) for code, _name in LANGUAGES]
                tries = [_said(tenant, text, code, draft) for code, text in asked if text and code in tenant.languages]
        context = {"form": form, "tries": tries}
        return rendered(TemplateResponse(request, "admin/knowledge/tries.html", context))

    def _changeable(self, request: HttpRequest) -> Tenant:
        tenant = hotel_of(request)
        if not has_role(request, access_to(Fact).change, tenant.pk):
            raise Http404
        return tenant

    @staticmethod
    def _back(tenant: Tenant) -> HttpResponse:
        return redirect(f"{reverse('admin:tenants_fact_overview')}?hotel={tenant.pk}")


# --- what the page shows ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownFact:
    """A fact as one row."""

    fact: Fact
    text: str
    """As the agent says it, with its price and hours, in the reader's language where it has one."""
    missing: list[str]
    state: str
    """"", "off", "coming", "lapsed"."""


@dataclass(frozen=True)
class ShownTopic:
    """A topic with its facts."""

    name: str
    label: str
    facts: list[ShownFact]
    from_settings: bool
    add: str


def _shown(found: list[completeness.TopicState], tenant: Tenant, today: Any) -> list[ShownTopic]:
    return [
        ShownTopic(
            name=one.name,
            label=words.label(one.name),
            facts=[_row(fact, tenant, today) for fact in one.facts],
            from_settings=one.from_settings,
            add=_add(tenant, topic=one.name),
        )
        for one in found
        if one.facts or one.from_settings
    ]


def _row(fact: Fact, tenant: Tenant, today: Any) -> ShownFact:
    state = ""
    if not fact.is_active:
        state = "off"
    elif fact.valid_from and fact.valid_from > today:
        state = "coming"
    elif fact.valid_until and fact.valid_until < today:
        state = "lapsed"
    missing = [code for code in tenant.languages if not getattr(fact, f"text_{code}")]
    return ShownFact(fact, _as_said(fact), missing, state)


def _as_said(fact: Fact) -> str:
    language = (get_language() or "es")[:2]
    language = language if getattr(fact, f"text_{language}", "") else "es"
    amount = Money(fact.amount, fact.currency) if fact.amount is not None else None
    return fact_text(fact.text(language), language, amount=amount, opens=fact.opens, closes=fact.closes)


def _add(tenant: Tenant, **given: str) -> str:
    return f"{reverse('admin:tenants_fact_add')}?{urlencode({'hotel': tenant.pk, **given})}"


def _missing(topic: completeness.TopicState) -> dict[str, Any]:
    fact = next((fact for fact in topic.facts if fact.is_active), None)
    link = reverse("admin:tenants_fact_change", args=[fact.pk]) if fact else ""
    return {"topic": topic, "label": words.label(topic.name), "link": link}


def _asked(asked: questions.Asked, tenant: Tenant) -> dict[str, Any]:
    subject = asked.topic or ""
    return {
        "key": asked.key,
        "label": words.label(asked.topic or asked.intent),
        "count": asked.count,
        "languages": sorted(asked.languages.items()),
        "examples": list(asked.examples.items()),
        "write": _add(tenant, topic=subject, question=asked.key) if subject else _add(tenant, question=asked.key),
    }


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "key": found.key,
        "kind": DIFFERENCES[found.kind],
        "topic": words.label(found.topic),
        "sides": list(_sides(found.sides)),
    }


def _sides(sides: tuple[Side, ...]) -> Iterator[dict[str, Any]]:
    pages = {"extra": "reservations_extra", "rate_plan": "reservations_rateplan"}
    for side in sides:
        if side.fact_id is not None:
            link = reverse("admin:tenants_fact_change", args=[side.fact_id])
            yield {"link": link, "text": side.text, "value": side.value}
        elif side.what in pages:
            link = reverse(f"admin:{pages[side.what]}_change", args=[side.row_id])
            yield {"link": link, "text": side.text, "value": side.value}
        else:
            yield {"link": "", "text": SETTINGS[side.what], "value": side.value}


def _said(tenant: Tenant, question: str, language: str = "", draft: Fact | None = None) -> dict[str, Any]:
    answered = preview.answer(tenant, question, language=language, draft=draft)
    return {
        "answered": answered,
        "language": dict(LANGUAGES).get(answered.language, answered.language),
        "intent": words.label(answered.intent),
        "score": round(answered.confidence * 100),
        "uses_draft": draft is not None and str(draft.pk or "draft") in answered.fact_ids,
        "has_draft": draft is not None,
        "channels": [(CHANNELS[one.channel], one) for one in answered.previews],
        "pictures": [
            (one.address, one.alt(answered.language))
            for one in of_facts(int(fact) for fact in answered.fact_ids if fact.isdecimal()).values()
        ],
    }


# --- ledgers ---------------------------------------------------------------------------------------------------------


@admin.register(UnansweredQuestion)
class UnansweredQuestionAdmin(LedgerAdmin):
    """Every question no fact answered, decided or not."""

    list_display = ("example", "language", "count", "last_asked_at", "condition")
    list_filter = ("state", "language")
    search_fields = ("example",)
    ordering = ("-count",)
    fields = ("example", "language", "count", "first_asked_at", "last_asked_at", "state", "decided_by", "decided_at")

    @display(
        description=_("state"),
        label={"open": "warning", "answered": "success", "dismissed": "info"},
        ordering="state",
    )
    def condition(self, row: UnansweredQuestion) -> tuple[str, str]:
        return row.state, row.get_state_display()


@admin.register(SettledDifference)
class SettledDifferenceAdmin(LedgerAdmin):
    """Differences found right as they are. Taken out, one is asked about again."""

    list_display = ("about", "by", "at")
    list_select_related = ("by",)
    ordering = ("-at",)
    fields = ("about", "by", "at")
