"""How the back office looks and is found through: theme and sidebar of django-unfold, grouped for a front desk."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _page(title: Any, icon: str, name: str, **more: Any) -> dict[str, Any]:
    """A line of the sidebar, shown to those whose role opens the page."""

    def may_open(request: Any) -> bool:
        from django.contrib import admin  # there is no site before the apps are loaded

        from tenants.back_office import access

        return access.may_open(request, name, admin.site._registry)

    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{name}"), "permission": may_open, **more}


LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

UNFOLD = {
    "SITE_TITLE": "Hotel Agent",
    "SITE_HEADER": "Hotel Agent",
    "SITE_SUBHEADER": _("Back office"),
    "SITE_SYMBOL": "concierge",
    "SITE_URL": None,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("admin_office/icon.svg")},
    ],
    "STYLES": [
        lambda request: static("admin_office/office.css"),
        lambda request: static("admin_office/knowledge.css"),
    ],
    "SCRIPTS": [lambda request: static("admin_office/icons.js")],
    "COLORS": {
        "primary": {
            "50": "#effaf6", "100": "#d8f3e8", "200": "#b3e6d3", "300": "#80d2b9", "400": "#4bb89a", "500": "#289c80",
            "600": "#1a7d68", "700": "#156455", "800": "#144f45", "900": "#12423a", "950": "#082521",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Front desk"),
                "items": [
                    _page(_("Needs you now"), "notifications_active", "index"),
                    _page(_("Inbox"), "forum", "conversations_conversation_changelist"),
                    _page(
                        _("Handoffs"), "support_agent", "conversations_handoff_changelist",
                        badge="hotel_agent.front_desk.waiting_badge",
                    ),
                    _page(
                        _("Requests"), "task_alt", "conversations_stafftask_changelist",
                        badge="hotel_agent.front_desk.tasks_badge",
                    ),
                    _page(_("Guests"), "group", "conversations_guest_changelist"),
                    _page(_("Prepared answers"), "bolt", "conversations_cannedanswer_changelist"),
                    _page(_("Insight"), "insights", "insight"),
                ],
            },
            {
                "title": _("Stays"),
                "separator": True,
                "items": [
                    _page(_("Calendar"), "calendar_month", "calendar"),
                    _page(_("Reservations"), "bed", "reservations_reservation_changelist"),
                    _page(_("Arrivals and rooms"), "door_open", "reservations_builtinbooking_changelist"),
                    _page(_("Check a guest's code"), "qr_code_scanner", "reservations_reservation_desk"),
                    _page(_("Quotes"), "request_quote", "reservations_quote_changelist"),
                    _page(_("Kept rooms"), "hourglass_top", "reservations_hold_changelist"),
                    _page(_("Deposits"), "credit_card", "reservations_payment_changelist"),
                    _page(_("Prices"), "payments", "reservations_rate_changelist"),
                    _page(_("Nights on sale"), "nights_stay", "reservations_roomnight_changelist"),
                    _page(_("Price and room changes"), "history", "reservations_sellingchange_changelist"),
                    _page(_("Files loaded"), "upload_file", "reservations_sheetimport_changelist"),
                    _page(_("Rooms off sale"), "block", "reservations_block_changelist"),
                ],
            },
            {
                "title": _("What the agent knows"),
                "separator": True,
                "items": [
                    _page(_("Facts"), "menu_book", "tenants_fact_overview"),
                    _page(_("Own wording"), "edit_note", "conversations_wordingoverride_changelist"),
                    _page(_("Corrections"), "school", "conversations_trainingexample_changelist"),
                ],
            },
            {
                "title": _("Set-up"),
                "separator": True,
                "collapsible": True,
                "items": [
                    _page(_("Checklist"), "checklist", "conversations_connectiontest_setup"),
                    _page(_("Hotel"), "apartment", "tenants_tenant_changelist"),
                    _page(_("People"), "badge", "tenants_membership_changelist"),
                    _page(_("Channels"), "hub", "tenants_channelaccount_changelist"),
                    _page(_("WhatsApp templates"), "description", "conversations_messagetemplate_changelist"),
                    _page(_("WhatsApp costs"), "payments", "conversations_whatsappnumber_changelist"),
                    _page(_("Who is told when somebody waits"), "escalator", "conversations_escalationstep_changelist"),
                    _page(_("How soon people answer"), "schedule", "conversations_handoffpolicy_changelist"),
                    _page(_("What the agent answers itself"), "rule", "conversations_answermode_changelist"),
                    _page(_("PMS"), "dns", "tenants_pmsconnection_changelist"),
                    _page(_("Payment account"), "account_balance", "tenants_paymentaccount_changelist"),
                    _page(_("Room types"), "king_bed", "reservations_roomtype_changelist"),
                    _page(_("Rooms"), "meeting_room", "reservations_room_changelist"),
                    _page(_("Rate plans"), "sell", "reservations_rateplan_changelist"),
                    _page(_("Other sellers' calendars"), "event_repeat", "reservations_calendarfeed_changelist"),
                    _page(_("Extras"), "room_service", "reservations_extra_changelist"),
                    _page(_("Taxes of the stay"), "receipt", "reservations_staytax_changelist"),
                ],
            },
            {
                "title": _("Records"),
                "separator": True,
                "collapsible": True,
                "items": [
                    _page(_("History"), "history", "tenants_historyentry_changelist"),
                    _page(_("Messages in"), "call_received", "conversations_message_changelist"),
                    _page(_("Messages out"), "call_made", "conversations_outboundmessage_changelist"),
                    _page(_("Notes"), "sticky_note_2", "conversations_staffnote_changelist"),
                    _page(_("Files"), "attach_file", "conversations_mediafile_changelist"),
                    _page(_("WhatsApp notices"), "campaign", "conversations_accountevent_changelist"),
                    _page(_("Notices to staff"), "notification_important", "conversations_escalation_changelist"),
                    _page(_("Turns"), "psychology", "conversations_turn_changelist"),
                    _page(_("Memory"), "memory", "conversations_session_changelist"),
                    _page(_("Figures per day"), "bar_chart", "conversations_dayfigures_changelist"),
                    _page(_("Judged samples"), "rule", "conversations_visitaudit_changelist"),
                    _page(_("Questions of programs"), "api", "reservations_inquiry_changelist"),
                    _page(_("PMS calls"), "sync_alt", "reservations_pmscall_changelist"),
                    _page(_("Differences with the PMS"), "difference", "reservations_driftreport_changelist"),
                    _page(_("Stay events"), "event_note", "reservations_stayevent_changelist"),
                ],
            },
            {
                "title": _("Installation"),
                "separator": True,
                "collapsible": True,
                "items": [
                    _page(title, icon, name, permission="hotel_agent.front_desk.is_operator")
                    for title, icon, name in (
                        (_("Deliveries"), "inbox", "conversations_inbounddelivery_changelist"),
                        (_("Accounts"), "manage_accounts", "auth_user_changelist"),
                        (_("Meta apps"), "key", "tenants_metaapp_changelist"),
                    )
                ],
            },
        ],
    },
}  # fmt: skip
