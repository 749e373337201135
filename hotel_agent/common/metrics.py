"""Every metric of the product, with closed label sets. Names are a contract with dashboards and alerts.

Counters and histograms add up over processes; gauges are written by the sweeper (business state computed by SQL) or
merged as said in `multiprocess_mode`. Never a tenant, phone, room id or URL as a label.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

CHANNELS = ("whatsapp", "email", "webchat")
ROOM_TYPE_LABELS = (
    "single", "double", "twin", "triple", "quadruple", "family", "suite", "junior_suite", "superior", "deluxe",
    "standard", "other",
)  # fmt: skip
BREAKER_STATES = {"closed": 0, "open": 1, "half_open": 2}
BREAKER_RESULTS = ("ok", "fail", "rejected", "excluded")


def _latest(name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
    # Not "live": a worker is recycled every thousand tasks, and what it wrote last is still the latest.
    return Gauge(name, text, labels, multiprocess_mode="mostrecent")


# --- understanding ---------------------------------------------------------------------------------------------------
nlp_circuit_breaker_state = _latest("nlp_circuit_breaker_state", "0 closed, 1 open, 2 half-open")
nlp_circuit_breaker_calls = Counter("nlp_circuit_breaker_calls_total", "Calls through the breaker", ("state", "result"))
nlp_operations = Counter("nlp_operations_total", "Understanding operations", ("operation", "status"))
nlp_errors = Counter("nlp_errors_total", "Understanding errors", ("operation", "error_type"))
nlp_fallbacks = Counter("hotel_nlp_fallbacks_total", "Messages answered by a weaker engine", ("engine",))
intents_detected = Counter("hotel_intents_detected_total", "Intents by confidence", ("intent", "confidence_level"))

# --- PMS and other services ------------------------------------------------------------------------------------------
pms_circuit_breaker_state = _latest("pms_circuit_breaker_state", "0 closed, 1 open, 2 half-open (worst of all)")
pms_operations = Counter("pms_operations_total", "PMS operations", ("operation", "status"))
pms_api_latency = Histogram("pms_api_latency_seconds", "PMS call time", ("operation",))
service_breaker_state = _latest("service_circuit_breaker_state", "0 closed, 1 open, 2 half-open", ("service",))
service_breaker_calls = Counter("service_circuit_breaker_calls_total", "Calls through a breaker", ("service", "result"))
pms_drift = _latest("pms_unsettled_calls", "PMS writes whose outcome is not known yet")

payment_operations = Counter("payment_operations_total", "Calls of payment providers", ("operation", "status"))

# --- the orchestrator ------------------------------------------------------------------------------------------------
orchestrator_latency = Histogram(
    "orchestrator_latency_seconds",
    "From due to the reply queued",
    ("intent", "status"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60),
)
orchestrator_degraded = Counter("orchestrator_degraded_responses_total", "Honest degraded answers", ("reason",))
orchestrator_escalations = Counter("orchestrator_escalations_total", "Handoffs to people", ("reason", "channel"))

handoff_notices = Counter("handoff_notices_total", "Notices to staff about handoffs", ("way", "result"))
handoff_alarms = Counter("handoff_alarms_total", "Notices nobody reacted to, or that reached nobody", ("why",))
handoffs_waiting = _latest("handoffs_waiting", "Handoffs nobody has taken", ("state",))
staff_tasks_closed = Counter("staff_tasks_total", "Guests' requests by what became of them", ("kind", "result"))

# --- sessions and conversations --------------------------------------------------------------------------------------
session_active = _latest("session_active_total", "Sessions with activity in the last 24 h")
session_cleanup = Counter("session_cleanup_total", "Session purge runs", ("result",))
session_expirations = Counter("session_expirations_total", "Sessions ended", ("reason",))
active_conversations = _latest("hotel_active_conversations", "Conversations with activity in the last 24 h")

# --- inbox and outbox ------------------------------------------------------------------------------------------------
messages_by_channel = Counter("hotel_messages_by_channel_total", "Messages", ("channel", "direction"))
response_time = Histogram(
    "hotel_response_time_by_channel_seconds",
    "From the guest's message to the provider's acceptance of the answer",
    ("channel",),
    buckets=(0.2, 0.5, 1, 2, 3, 5, 10, 30, 60, 300, 600),
)
deliveries = Counter("webhook_deliveries_total", "Webhook deliveries", ("route", "result"))
orphan_deliveries = Counter("webhook_orphan_deliveries_total", "Deliveries for accounts nobody has")
quarantined_deliveries = Counter("webhook_quarantined_deliveries_total", "Signed deliveries set aside", ("reason",))
publish_failures = Counter("task_publish_failures_total", "Tasks that could not be handed to the broker")
mails = Counter("mails_received_total", "Mails taken in, by kind", ("kind",))
mailbox_looks = Counter("mailbox_looks_total", "Looks at mailboxes", ("result",))
mailbox_age = _latest("mailbox_last_look_age_seconds", "Since the mailbox that waited longest was read to its end")
outbound_messages = Counter("outbound_messages_total", "Sends by result", ("channel", "result"))
backlog = _latest("work_backlog", "Rows due and not done", ("queue",))
oldest_due = _latest("work_oldest_due_seconds", "Age of the oldest due row", ("queue",))
dead_rows = _latest("work_dead_rows", "Rows that gave up and wait for a person", ("queue",))
worker_deaths = Counter("worker_deaths_total", "Work found with a lapsed lease", ("queue",))
ratelimit_backend_errors = Counter("ratelimit_backend_errors_total", "Limits decided per process because Redis failed")
requests_refused = Counter("http_requests_refused_total", "Requests refused before they were read", ("reason",))
ratelimited = Counter("ratelimited_requests_total", "Requests over a limit", ("scope",))

# --- business --------------------------------------------------------------------------------------------------------
reservations = Counter("hotel_reservations_total", "Reservations", ("status", "channel", "room_type"))
reservation_value = Histogram(
    "hotel_reservation_value",
    "Gross value of confirmed reservations in the hotel's currency",
    buckets=(0, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000),
)
reservation_nights = Histogram("hotel_reservation_nights", "Nights", buckets=(1, 2, 3, 4, 5, 7, 10, 14, 21, 30))
reservation_lead_time = Histogram(
    "hotel_reservation_lead_time_days", "Days to arrival", buckets=(0, 1, 2, 3, 7, 14, 30, 60, 90, 180, 365)
)
failed_reservations = Counter("hotel_failed_reservations_total", "Bookings that did not happen", ("reason",))
deposits = Counter("hotel_deposits_total", "Deposits by what became of them", ("result",))
reminders = Counter("hotel_reminders_total", "Reminders before arrival", ("result",))
cancellations = Counter("hotel_cancellations_total", "Cancelled reservations", ("channel",))
occupancy_rate = _latest("hotel_occupancy_rate", "Rooms sold tonight / rooms, all hotels")
available_rooms = _latest("hotel_available_rooms", "Rooms free tonight", ("room_type",))
daily_revenue = _latest("hotel_daily_revenue", "Revenue of tonight's stays", ("currency",))
adr = _latest("hotel_adr", "Average daily rate tonight", ("currency",))
revpar = _latest("hotel_revpar", "Revenue per available room tonight", ("currency",))


def room_type_label(name: str) -> str:
    """A room type within the closed set; anything else is `other`."""
    return name if name in ROOM_TYPE_LABELS else "other"


def confidence_level(confidence: float) -> str:
    """high ≥ 0.8, medium ≥ 0.5, else low."""
    return "high" if confidence >= 0.8 else "medium" if confidence >= 0.5 else "low"
