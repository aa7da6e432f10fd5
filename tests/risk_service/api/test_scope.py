"""Another office's people are not there: for every endpoint that names somebody, whatever it does."""

from __future__ import annotations

import re

import pytest

from risk_service.policy import ROUTES
from tests.risk_service.api.test_access import casework_of
from tests.walking import ELSEWHERE, OFFICE

HERE = {"case_id": "R-T3", "candidate_id": "C-T3"}
NOWHERE = {"case_id": "R-NOBODY", "candidate_id": "C-NOBODY"}
BODIES = {
    "own-view": {"view": "unsure"},
    "findings": {"finding": "procedural", "help_given": "none"},
    "corrections": {
        "feed": "registrations",
        "key": {"registration_id": "R-T3"},
        "values": {"scheme": "independent"},
        "reason": "told so",
    },
    "objections": {"reason": "does not want it"},
    "overrides": {"band": "none", "reason": "seen the file", "expires_on": "2025-09-30"},
    "retract": {"reason": "wrong person"},
    "decide": {"decision": "rejected", "reason": "no proof"},
}


def about_somebody():
    """Rules of the interface that name a case or a candidate."""
    for route in ROUTES:
        method, _, rule = route.partition(" ")
        if rule.startswith("/api/") and re.search(r"<opaque:(case|candidate)_id>", rule):
            yield method, rule


def ask(service, method, rule, ids, headers):
    path = re.sub(r"<opaque:(\w+)>", lambda found: ids[found[1]], rule)
    body = BODIES.get(rule.rsplit("/", 1)[-1], {}) if method == "POST" else None
    return service.client.open(path, method=method, headers=headers, json=body)


def bound(service, office, role="supervisor"):
    return {"Authorization": f"Bearer {service.make_key(role, office=office)}", "X-Purpose": "case_work"}


@pytest.mark.parametrize("role", ["viewer", "investigator", "supervisor"])
def test_no_endpoint_tells_another_office_that_somebody_is_there(service, role):
    headers = bound(service, ELSEWHERE, role)
    walked = list(about_somebody())
    assert len(walked) > 10
    for method, rule in walked:
        there, nowhere = (ask(service, method, rule, ids, headers) for ids in (HERE, NOWHERE))
        assert there.status_code == nowhere.status_code, rule
        assert there.status_code in (403, 404, 422), rule
        assert there.json["detail"] == nowhere.json["detail"], rule


def test_the_same_requests_of_the_own_office_are_answered(service):
    headers = bound(service, OFFICE)
    answers = {rule: ask(service, method, rule, HERE, headers).status_code for method, rule in about_somebody()}

    assert not [rule for rule, status in answers.items() if status == 404], answers
    assert sum(status in (200, 201) for status in answers.values()) >= len(answers) - 2, answers


def test_casework_of_another_office_is_not_there_unless_it_waits_for_a_second_officer(service):
    made = casework_of(service)
    elsewhere, own = bound(service, ELSEWHERE), bound(service, OFFICE)

    correction = f"/api/v1/corrections/{made['correction_id']}"
    assert service.client.get(correction, headers=own).status_code == 200
    assert service.client.get(correction, headers=elsewhere).status_code == 404
    decide = service.client.post(f"{correction}/decide", headers=elsewhere, json=BODIES["decide"])
    assert decide.status_code in (404, 422)
    finding = f"/api/v1/findings/{made['finding_id']}"
    assert service.client.get(finding, headers=own).json["state"] == "provisional"
    retract = service.client.post(f"{finding}/retract", headers=elsewhere, json=BODIES["retract"])
    assert retract.status_code in (403, 404)


@pytest.mark.parametrize("path", ["cases", "worklist", "region-view", "region-view/expected", "exports/cases.csv"])
def test_no_list_is_given_of_another_office(service, path):
    got = service.client.get(f"/api/v1/{path}?office={OFFICE}", headers=bound(service, ELSEWHERE))

    assert got.status_code == 404
