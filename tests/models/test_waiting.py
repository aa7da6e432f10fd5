"""Steps waiting at desks: whose turn it is, at which office, and who is on nobody's list."""

from __future__ import annotations

import polars as pl
import pytest

from models.waiting import waiting_steps
from tests.models.worlds import World, look

ALONE = {"scheme": "independent", "destination_country": "HK"}
LICENCE = {"event_id": "E1", "agency_id": "A1", "event": "licence_granted", "effective_on": "2020-01-01"}


def with_offices(world: World) -> World:
    for kind in ("disnaker", "village", "lpk", "clinic", "agency_branch", "immigration"):
        world.add("offices", "2024-01-01", office_id=f"{kind}-1", kind=kind, name=kind, region="74.71")
    return world.add("offices", "2024-01-01", office_id="insurer", kind="insurer", name="Penjamin")


def rows(world: World, when: str = "2025-09-10") -> pl.DataFrame:
    return waiting_steps(look(with_offices(world), when))


def steps_of(frame: pl.DataFrame, **where: object) -> list[str]:
    return frame.filter(*(pl.col(name) == value for name, value in where.items())).sort("position")["step"].to_list()


def test_the_first_missing_step_waits_at_the_office_of_its_region() -> None:
    found = rows(World().case("1", planned="2026-02-28", **ALONE))
    assert found.select("step", "office_id", "issuer", "state", "turn").rows() == [
        ("registration", "disnaker-1", "disnaker", "pending", True)
    ]


def test_a_step_that_should_be_there_waits_too_but_its_turn_comes_later() -> None:
    found = rows(World().case("1", planned="2025-09-20", **ALONE).step("1", "registration", "2025-06-02"))
    assert steps_of(found, turn=True) == ["marital_letter"]
    assert "medical" in steps_of(found, turn=False, office_id="clinic-1", state="overdue")
    assert "insurance" in steps_of(found, office_id="insurer")


def test_a_done_step_waits_nowhere() -> None:
    world = World().case("1", planned="2025-09-20").step("1", "medical", "2025-08-01")
    assert "medical" not in steps_of(rows(world))


def test_a_step_that_cannot_be_told_is_to_be_confirmed() -> None:
    world = World().case("1", planned="2025-09-20", office=None, branch_region="52.03")
    world.add(
        "offices", "2024-01-01", office_id="late", kind="clinic", name="K", region="52.03", connected_from="2025-12-01"
    )
    found = rows(world)
    assert steps_of(found, office_id="late", state="unknown") == ["medical"]


def test_somebody_without_a_registration_waits_at_the_disnaker_to_register() -> None:
    world = World().add(
        "candidates", "2025-06-01", candidate_id="C1", enrolled_as="referred", work_evidence="job_offer"
    )
    world.add("travel", "2025-09-01", travel_id="T1", candidate_id="C1", departure_at="2025-09-25")
    found = rows(world)
    assert found.select("case_id", "step", "office_id", "turn").rows() == [("T1", "registration", "disnaker-1", True)]


@pytest.mark.parametrize(
    "case",
    [
        {"birth_date": "2010-01-01"},
        {"destination_country": "SA", "occupation": "9111"},
    ],
    ids=["a minor", "no lawful route"],
)
def test_a_case_whose_way_back_is_not_its_steps_is_on_nobodys_list(case: dict[str, str]) -> None:
    assert rows(World().case("1", planned="2025-09-20", **case)).is_empty()


def test_an_agencys_branch_hears_of_nobody_who_is_not_safe_to_contact() -> None:
    for safe, expected in ((True, ["placement_agreement"]), (None, ["placement_agreement"]), (False, [])):
        world = World().case("1", planned="2025-09-20", agency_id="A1", safe_to_contact=safe)
        world.add("agencies", "2020-01-01", agency_id="A1")
        world.add("agency_events", "2020-01-01", valid_to="2030-01-01", **LICENCE)
        found = rows(world)
        assert [s for s in steps_of(found, issuer="agency_branch") if s == "placement_agreement"] == expected
        assert steps_of(found, office_id="clinic-1") == ["medical"]


def test_an_agency_that_can_place_nobody_now_gets_no_list() -> None:
    world = World().case("1", planned="2025-09-20", agency_id="A1")
    assert steps_of(rows(world), issuer="agency_branch") == []


def test_of_several_branches_the_one_that_did_earlier_steps_is_meant_or_none() -> None:
    world = World().case("1", planned="2025-09-20", agency_id="A1")
    world.add("agencies", "2020-01-01", agency_id="A1")
    world.add("agency_events", "2020-01-01", valid_to="2030-01-01", **LICENCE)
    for name in ("b2", "b3"):
        world.add("offices", "2024-01-01", office_id=name, kind="agency_branch", name=name, region="74.71")
    alone = rows(world).filter(issuer="agency_branch")
    assert alone["office_id"].unique().to_list() == [None]

    world.step("1", "selection", "2025-06-10", issuer="agency_branch", issuer_ref="b3")
    assert rows(world).filter(issuer="agency_branch")["office_id"].unique().to_list() == ["b3"]


def test_no_score_comes_along() -> None:
    found = rows(World().case("1"))
    assert not {"band", "probability", "log_odds", "reasons", "recourse_kind", "kind"} & set(found.columns)
