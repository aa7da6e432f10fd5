"""Metrics: what is counted, who may read it, and that nothing of a person is in it."""

from __future__ import annotations

import re

import pytest

from models.times import US_PER_SECOND
from risk_service.policy import ACTIONS, ROLES

LINE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


def values(text):
    """Value of every sample by name and labels."""
    return {(name, labels): float(value) for name, labels, value in LINE.findall(text)}


def asked(service, role="auditor"):
    return service.client.get("/metrics", headers={"Authorization": f"Bearer {service.key[role]}"})


def test_requests_are_counted_by_rule_and_status_never_by_what_a_client_writes(service):
    service.get("/api/v1/cases/R-FULL")
    service.get("/api/v1/cases/NOBODY-AT-ALL")
    service.client.get("/nowhere/3374010101900001")
    text = asked(service).text

    found = values(text)
    rule = "/api/v1/cases/<opaque:case_id>"
    assert found["risk_requests_total", f'method="GET",route="{rule}",status="200"'] == 1
    assert found["risk_requests_total", f'method="GET",route="{rule}",status="404"'] == 1
    assert found["risk_requests_total", 'method="GET",route="none",status="404"'] == 1
    assert found["risk_request_seconds_count", f'route="{rule}"'] == 2
    assert "R-FULL" not in text
    assert "3374010101900001" not in text


def test_the_store_is_told_as_it_is(service):
    listed = service.get("/api/v1/cases?limit=100").json["items"]
    bands = {}
    for item in listed:
        key = f'band="{item["band"]}",lane="{item["lane"]}"'
        bands[key] = bands.get(key, 0) + 1
    before = values(asked(service).text)
    service.now_us += 3600 * US_PER_SECOND
    service.get("/api/v1/cases/R-FULL")
    after = values(asked(service).text)

    told = {",".join(sorted(labels.split(","))): n for (name, labels), n in before.items() if name == "risk_cases"}
    assert told == bands
    assert before["risk_run_cases", ""] == sum(bands.values())
    assert after["risk_run_age_seconds", ""] - before["risk_run_age_seconds", ""] == 3600
    assert after["risk_audit_entries", ""] == before["risk_audit_entries", ""] + 1
    assert after["risk_audit_head", ""] != before["risk_audit_head", ""]
    ages = {labels: n for (name, labels), n in before.items() if name == "risk_feed_age_seconds"}
    assert 'feed="registrations"' in ages
    assert all(age >= 0 for age in ages.values())


@pytest.mark.parametrize("role", ROLES)
def test_metrics_are_for_those_who_watch(service, role):
    assert asked(service, role).status_code == (200 if role in ACTIONS["metrics.read"] else 403)


def test_metrics_need_a_key(service):
    assert service.client.get("/metrics").status_code == 401
