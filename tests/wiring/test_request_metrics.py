"""What django-prometheus counts of requests, through our middleware."""

from __future__ import annotations

import pytest
from django.test import Client
from prometheus_client import REGISTRY

pytestmark = pytest.mark.django_db


def _count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_each_request_is_counted_under_its_own_labels() -> None:
    by_status = "django_http_responses_total_by_status_total"
    latency = "django_http_requests_latency_seconds_by_view_method_count"
    view = "hotel_agent.health.live"
    before = _count(by_status, status="200"), _count(by_status, status="404"), _count(latency, view=view, method="GET")
    for path in ("/health/live", "/health/live", "/nothing-is-here"):
        Client().get(path)
    after = _count(by_status, status="200"), _count(by_status, status="404"), _count(latency, view=view, method="GET")
    assert [new - old for new, old in zip(after, before, strict=True)] == [2, 1, 2]


def test_whoever_invents_methods_invents_no_labels() -> None:
    for number in range(3):
        Client().generic(f"INVENTED{number}", "/health/live", CONTENT_LENGTH="0")
    seen = [
        sample
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if any(value.startswith("INVENTED") for value in sample.labels.values())
    ]
    assert seen == []
    latency = "django_http_requests_latency_seconds_by_view_method_count"
    assert _count(latency, view="hotel_agent.health.live", method="<invalid method>") >= 3
