"""What is on record around an agency, over the interface."""

from __future__ import annotations

import json

import pytest

from risk_service.services import agency_overview
from risk_service.services.agency_overview import _cases
from tests.figures import put_figures

URL = "/api/v1/agencies"
ASSESSING = ("score", "probability", "log_odds", "rank", "rating", "risk")


@pytest.fixture
def counted(service):
    put_figures(service.store)
    return service


@pytest.mark.everywhere
def test_permits_branches_claims_findings_and_what_is_shared_are_there_on_both_databases(service):
    put_figures(service.store)
    buruk = service.get(f"{URL}/AG-BURUK/overview").json
    act = service.get(f"{URL}/AG-ACT/overview").json

    assert [(p["permit_id"], p["quota"], p["state"]) for p in buruk["permits"]] == [("P-BURUK", 4, "in_force")]
    assert buruk["permits"][0]["cited"] > 0
    assert [(b["region"], b["closed_on"]) for b in buruk["branches"]] == [("74.71", "2025-09-01")]
    assert [b["region"] for b in act["branches"]] == ["52.03", "74.71"]
    assert {c["event"] for c in buruk["complaints"]} <= {"complaint_upheld", "claim_opened", "claim_settled"}
    assert [c["effective_on"] for c in buruk["complaints"]] == sorted(
        (c["effective_on"] for c in buruk["complaints"]), reverse=True
    )
    assert [(p["period"], p["examined"], p["found"], p["share"]) for p in act["periods"]] == [
        ("2025-Q1", 50, 10, 0.2),
        ("2025-Q2", 50, 10, 0.2),
    ]
    assert all(p["low"] < p["share"] < p["high"] for p in act["periods"])
    assert [(link["kind"], link["agency_id"]) for link in act["shared"]] == [
        ("recruiter", "AG-BURUK"),
        ("payer", "AG-EXP"),
    ]


@pytest.mark.parametrize(
    ("agency", "states"), [("AG-PART", {"ended"}), ("AG-EXP", {"withdrawn"}), ("AG-SUSP", {"not_yet"})]
)
def test_a_permit_says_how_it_stands_today(service, agency, states):
    assert {p["state"] for p in service.get(f"{URL}/{agency}/overview").json["permits"]} == states


def test_claims_not_settled_add_up_to_what_the_ledger_says(service):
    view = service.get(f"{URL}/AG-BURUK/overview").json
    sign = {"claim_opened": 1, "claim_settled": -1, "complaint_upheld": 0}
    total = sum(sign[c["event"]] * (c["amount_idr"] or 0) for c in view["complaints"])

    assert view["open_claims_idr"] == max(0, total)
    assert view["open_claims_idr"] > 0


def test_a_long_number_delivered_as_a_reference_is_cut_and_small_counts_are_hidden(counted):
    shared = {link["kind"]: link for link in counted.get(f"{URL}/AG-ACT/overview").json["shared"]}

    assert shared["recruiter"]["ref"] == "RK-77"
    assert shared["payer"]["ref"] == "…001"
    assert (shared["recruiter"]["own_cases"], shared["recruiter"]["cases"]) == (9, None)


def test_no_band_of_a_few_cases_can_be_told_not_even_by_the_bands_that_are_empty():
    assert _cases({"check": 1})["by_band"] == dict.fromkeys(("first", "check", "none", "insufficient"))
    assert _cases({"check": 1})["total"] is None
    several = _cases({"check": 40, "none": 60, "insufficient": 2})
    assert several["total"] == 102
    assert several["by_band"]["insufficient"] is None
    assert [several["by_band"][band] for band in ("check", "none")].count(None) == 1
    assert _cases({})["total"] == 0


def test_an_office_counts_its_own_cases_in_process(service, monkeypatch):
    asked = []
    count = agency_overview.queue.count_bands

    def counting(connection, agency_id, *, office):
        asked.append(office)
        return count(connection, agency_id, office=office)

    monkeypatch.setattr(agency_overview.queue, "count_bands", counting)
    key = service.make_key("supervisor", office="O-BP3MI")
    service.client.get(f"{URL}/AG-ACT/overview", headers={"Authorization": f"Bearer {key}"})
    service.get(f"{URL}/AG-ACT/overview")

    assert asked == ["O-BP3MI", None]


def test_nothing_assesses_or_ranks_an_agency(counted):
    def names(part):
        if isinstance(part, dict):
            for name, below in part.items():
                yield name
                yield from names(below)
        elif isinstance(part, list):
            for below in part:
                yield from names(below)

    view = counted.get(f"{URL}/AG-ACT/overview").json

    assert not [name for name in names(view) for word in ASSESSING if word in name]
    assert "R-T3" not in json.dumps(view)


def test_agencies_are_found_by_part_of_a_name_or_an_id_and_come_by_name(service):
    every = service.get(URL).json["items"]
    some = service.get(f"{URL}?q=ag-bu").json["items"]

    assert [a["name"] for a in every] == sorted(a["name"] for a in every)
    assert [a["agency_id"] for a in some] == ["AG-BURUK"]
    assert service.get(f"{URL}?q=%25").json["items"] == []


def test_an_unknown_agency_is_not_there(service):
    assert service.get(f"{URL}/AG-NOBODY/overview").status_code == 404
    assert service.get(f"{URL}/AG-ACT/overview", "desk").status_code == 403
