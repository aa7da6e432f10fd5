from __future__ import annotations

import copy

import pytest

from models.rules import load_rules
from models.times import date_of
from tests.service import DAY_US

GRANTED = {"event": "licence_granted", "effective_on": "2022-01-01", "valid_to": "2027-01-01", "regime": "sip3mi"}
CASE = {
    "as_of": "2025-09-10",
    "candidate": {"birth_date": "1995-02-03"},
    "registration": {
        "scheme": "p_to_p",
        "destination_country": "HK",
        "occupation": "5322",
        "registered_on": "2025-07-01",
        "planned_departure_on": "2025-09-25",
    },
    "steps": [
        {"step": "information", "completed_on": "2025-07-01"},
        {"step": "passport", "completed_on": "2025-08-01"},
    ],
    "agency": {"events": [GRANTED]},
}


def variant(**changes):
    case = copy.deepcopy(CASE)
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(case.get(name), dict):
            case[name].update(value)
        else:
            case[name] = value
    return case


@pytest.fixture
def ask(service):
    def ask(body, status=200):
        got = service.client.post("/api/v1/scores", headers=service.headers(), json=body)
        assert got.status_code == status, got.text
        return got.json

    return ask


def test_it_answers_like_a_score_of_nobody(ask):
    score = ask(CASE)

    assert (score["case_id"], score["candidate_id"]) == (None, None)
    assert score["as_of"] == "2025-09-10T16:59:59.999999Z"
    assert score["base"] + sum(r["contribution"] for r in score["reasons"]) + score["other"] == score["log_odds"]


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("candidate", ("enrolled_as", "work_evidence", "office", "nik")),
        ("registration", ("registration_id", "office", "status", "placement", "agency_id", "branch_region")),
        ("steps", ("issuer", "valid_until")),
        ("travel", ("travel_id", "visa_class", "return_ticket", "payer", "group_ref")),
        ("permits", ("agency_id",)),
    ],
)
def test_a_null_says_as_little_as_nothing(ask, part, names):
    travel = {"departure_at": "2025-09-25T03:00:00Z", "destination_country": "HK", "departure_point": "CGK"}
    permit = {
        "permit_id": "P-1", "destination_country": "HK", "occupation": "5322", "quota": 5,
        "valid_from": "2025-06-01", "valid_to": "2026-06-01",
    }  # fmt: skip
    case = variant(travel=[travel], permits=[permit], registration={"permit_id": "P-1"})
    nulls = copy.deepcopy(case)
    for row in nulls[part] if isinstance(nulls[part], list) else [nulls[part]]:
        row.update({name: None for name in names if name not in row})

    assert ask(nulls) == ask(case)


def test_a_list_scores_each_case_alone_and_in_order(ask):
    cases = [CASE, variant(registration={"destination_country": "JP"}), variant(steps=[])]

    assert ask(cases) == [ask(case) for case in cases]


def test_a_recorded_step_never_raises_the_log_odds(ask):
    plan = load_rules().at(date_of(DAY_US), DAY_US).step_plan("p_to_p", "new", "HK", agency_declared=True)
    steps, before = [], ask(variant(steps=[]))["log_odds"]
    for step in plan.required:
        steps.append({"step": step.step, "completed_on": "2025-08-20"})
        after = ask(variant(steps=steps))["log_odds"]
        assert after <= before, step
        before = after


def test_the_whole_file_is_complete(ask):
    plan = load_rules().at(date_of(DAY_US), DAY_US).step_plan("p_to_p", "new", "HK", agency_declared=True)
    steps = [{"step": step.step, "completed_on": "2025-08-20"} for step in plan.required]

    assert ask(variant(steps=steps))["recourse"]["kind"] == "complete"


def test_a_stated_ledger_counts(ask):
    revoked = {"events": [GRANTED, {"event": "revoked", "effective_on": "2025-06-01"}]}
    score = ask(variant(agency=revoked))

    assert score["recourse"]["kind"] == "change_agency"
    assert score["log_odds"] > ask(CASE)["log_odds"]


def test_an_agency_of_the_store_is_looked_up(ask):
    def of(agency_id):
        return ask(variant(agency=None, registration={"agency_id": agency_id}))

    codes = {notice["code"] for notice in of("AG-NOWHERE")["notices"]}
    assert "agency_unknown" in codes
    assert "agency_unknown" not in {notice["code"] for notice in of("AG-ACT")["notices"]}
    assert of("AG-REV")["log_odds"] > of("AG-ACT")["log_odds"]


def test_a_stated_ledger_replaces_the_stores(ask):
    stated = ask(variant(registration={"agency_id": "AG-REV"}))
    looked_up = ask(variant(registration={"agency_id": "AG-REV"}, agency=None))

    assert stated["log_odds"] < looked_up["log_odds"]


def test_a_stated_permit_counts(ask):
    permit = {
        "permit_id": "P-1", "destination_country": "HK", "occupation": "5322", "quota": 10,
        "valid_from": "2025-01-01", "valid_to": "2026-01-01",
    }  # fmt: skip
    without = ask(variant(registration={"permit_id": "P-1"}))
    covered = ask(variant(registration={"permit_id": "P-1"}, permits=[permit]))

    assert "permit_unknown" in {notice["code"] for notice in without["notices"]}
    assert covered["log_odds"] < without["log_odds"]


def test_a_referred_person_with_evidence_is_a_case_without_a_figure(ask):
    trip = {"departure_at": "2025-09-20T08:00:00+07:00", "departure_point": "BTH", "destination_country": "MY"}
    score = ask({"as_of": "2025-09-10", "candidate": {"work_evidence": "job_offer"}, "travel": [trip]})

    assert (score["lane"], score["band"], score["log_odds"]) == ("register", "insufficient", None)
    assert [step["step"] for step in score["recourse"]["steps"]] == ["registration"]
    body = {"as_of": "2025-09-10", "travel": [trip]}
    assert ask(body, 422)["errors"][0]["pointer"] == "#/candidate/work_evidence"


def test_a_minor_is_protected_and_given_no_figure(ask):
    score = ask(variant(candidate={"birth_date": "2010-01-01"}))

    assert (score["lane"], score["recourse"]["kind"], score["log_odds"]) == ("protection", "protection", None)


def test_a_registration_after_the_as_of_time_makes_no_case_yet(ask):
    fault = ask(variant(as_of="2025-06-01"), 422)["errors"][0]

    assert fault["pointer"] == "#/registration/registered_on"


def test_without_a_time_it_is_now(ask, service):
    case = variant()
    del case["as_of"]

    assert ask(case)["as_of"] == "2025-09-11T02:00:00Z"


def test_nothing_is_kept(ask, service):
    before = service.get("/api/v1/cases?limit=200").json
    ask(variant(registration={"registration_id": "R-T3"}))

    assert service.get("/api/v1/cases?limit=200").json == before
    assert service.get("/api/v1/cases/what-if").status_code == 404


@pytest.mark.parametrize(
    "as_of", ["0001-01-01T00:00:00+23:59", "1899-12-31", "2101-01-01", "9999-12-31T23:59:59-23:59", "9999-12-31"]
)
def test_a_time_from_which_no_days_can_be_counted_is_refused_with_the_years_that_can(ask, as_of):
    assert "1900-01-01 to 2100-12-31" in ask({**CASE, "as_of": as_of}, status=422)["errors"][0]["detail"]


def test_the_last_time_is_answered_and_the_first_says_that_no_rules_reach_there(ask):
    assert ask({**CASE, "as_of": "2100-12-31"})["as_of"].startswith("2100-12-31")
    assert "do not reach back" in ask({**CASE, "as_of": "1900-01-01"}, status=422)["detail"]


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2101-01-01", "9999-12-31"])
def test_a_day_that_a_delivery_may_not_state_is_none_of_a_what_if_either(ask, day):
    for part in ({"planned_departure_on": day}, {"registered_on": day}):
        (error,) = ask(variant(registration=part), status=422)["errors"]
        assert error["detail"] == "Not within 1900-01-01 to 2100-12-31."
        assert error["pointer"] == f"#/registration/{next(iter(part))}"


def test_more_cases_than_the_limit_are_refused(tmp_path, sqlite_url):
    from risk_service.store import open_store
    from tests.service import open_service

    store = open_store(sqlite_url)
    service = open_service(tmp_path / "home", store, max_batch=2)
    got = service.client.post("/api/v1/scores", headers=service.headers(), json=[CASE] * 3)
    assert got.status_code == 422
    assert "1 to 2 cases" in got.json["detail"]
    store.close()


def test_the_example_of_the_documentation_works(ask, service):
    spec = service.client.get("/openapi.json").json
    body = spec["paths"]["/api/v1/scores"]["post"]["requestBody"]["content"]["application/json"]["example"]

    assert ask(body)["lane"] == "scored"
