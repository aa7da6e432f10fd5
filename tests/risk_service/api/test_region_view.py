"""The region view over the interface: what is counted, what stays hidden, who sees which office."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from risk_service.geography import region_name
from risk_service.services import region_view
from risk_service.store import scores as queue
from tests.figures import OFFICE, OTHER, put_figures

URL = "/api/v1/region-view"


@pytest.fixture
def counted(service):
    put_figures(service.store)
    return service


def bound(service, role, office):
    return {"Authorization": f"Bearer {service.make_key(role, office=office)}"}


def by_key(rows):
    return {row["key"]: row for row in rows}


@pytest.mark.everywhere
def test_found_stands_beside_examined_and_the_estimate_of_drawn_checks_on_both_databases(service):
    put_figures(service.store)
    view = service.get(f"{URL}?office={OFFICE}").json
    place = by_key(view["by_region"])["74.71"]

    assert (view["first_day"], view["last_day"]) == ("2024-09-01", "2025-08-31")
    assert (place["completed"], place["examined"], place["found"], place["drawn"]) == (40, 118, 20, 80)
    assert place["share"] == pytest.approx(0.15)
    assert place["low"] < place["share"] < place["high"]
    assert place["repatriation"] == view["total"]["repatriation"] == 31
    assert [row["key"] for row in view["by_region"]] == ["74.03", "74.71", "74.72"]
    assert [row["name"] for row in view["by_region"]] == [region_name(code) for code in ("74.03", "74.71", "74.72")]
    assert place["name"] == "Kota Kendari"
    assert [row["key"] for row in view["by_month"]] == ["2025-06", "2025-07", "2025-08"]
    assert set(by_key(view["by_agency"])) == {"AG-ACT", "AG-OLD"}
    assert view["sources"]
    assert view["sources"][0]["rows"] > 0


def test_counts_under_five_and_what_they_follow_from_are_null_everywhere(counted):
    view = counted.get(f"{URL}?office={OFFICE}").json
    shown = [
        row[name]
        for part in ("by_region", "by_agency", "by_month")
        for row in view[part]
        for name in ("completed", "helped", "examined", "found", "drawn", "drawn_found")
    ]

    assert all(n is None or n == 0 or n >= 5 for n in shown)
    step = view["stalls"][0]
    assert (step["step"], step["waiting"], step["overdue"]) == ("medical", 20, 8)
    assert step["to_confirm"] is None
    assert step["mean_days"] == 20


def test_the_total_of_all_offices_leaves_out_the_small_one_so_that_nothing_follows(counted):
    everywhere = counted.get(URL).json

    assert [(stall["office_id"], stall["waiting"]) for stall in everywhere["stalls"]] == [("O-CLINIC-7471", 20)]
    assert counted.get(f"{URL}?office={OTHER}").json["stalls"] == []
    assert everywhere["total"]["completed"] == 150
    assert everywhere["offices"] == [OFFICE, OTHER]


def test_an_office_sees_its_own_region_and_no_other(counted):
    mine = bound(counted, "supervisor", OTHER)
    get = counted.client.get

    assert get(URL, headers=mine).json == get(f"{URL}?office={OTHER}", headers=mine).json
    assert set(by_key(get(URL, headers=mine).json["by_region"])) == {"52.03"}
    assert get(URL, headers=mine).json["offices"] == []
    for path in (URL, f"{URL}/expected"):
        assert get(f"{path}?office={OFFICE}", headers=mine).status_code == 404
        assert get(f"{path}?office=*", headers=mine).status_code == 404
    for path in (URL, f"{URL}/expected"):
        assert counted.get(f"{path}?office=O-NONE").status_code == 404
        for role in ("viewer", "investigator", "desk", "feeder", "auditor", "admin"):
            assert counted.get(path, role).status_code == 403, role


def test_expected_finds_add_up_the_probabilities_of_the_first_and_say_what_a_lot_would_find(counted, monkeypatch):
    page = queue.page

    def with_probabilities(*given, **more):
        told = {"probability": 0.4, "probability_low": 0.2, "probability_high": 0.6}
        return [replace(found, **told) for found in page(*given, **more)]

    assert counted.get(f"{URL}/expected").json == {
        "capacity": 50, "cases": None, "expected": None, "low": None, "high": None, "by_lot": None,
    }  # fmt: skip
    monkeypatch.setattr(region_view.queue, "page", with_probabilities)
    assert counted.get(f"{URL}/expected?capacity=10").json == {
        "capacity": 10, "cases": 10, "expected": 4, "low": 2, "high": 6, "by_lot": 1.0,
    }  # fmt: skip
    assert counted.get(f"{URL}/expected?capacity=4").json["expected"] is None
    assert counted.get(f"{URL}/expected?capacity=0").status_code == 422


def test_before_the_first_rescoring_there_is_a_view_of_nothing(counted):
    with counted.store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM run_tallies")
    view = counted.get(URL).json

    assert (view["as_of"], view["by_region"], view["stalls"]) == (None, [], [])
    assert view["total"]["completed"] == 0


def test_no_person_and_no_case_is_in_the_view(counted):
    text = json.dumps(counted.get(URL).json)

    assert "R-T3" not in text
    assert "C-T3" not in text
