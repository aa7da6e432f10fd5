from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

import training
from models.cases import build_cases
from models.features.catalogue import INDEX
from models.times import parse_moment
from tests.models.worlds import World, rules_at
from training.groups import GROUPS, UNKNOWN, case_groups, places

NOW = parse_moment("2025-09-10")


def _groups(world: World, *, without: str | None = None) -> dict[str, dict[str, str]]:
    feeds = world.frames()
    if without:
        feeds["candidates"] = feeds["candidates"].drop(without)
    frame = case_groups(build_cases(feeds, NOW, rules=rules_at(NOW)))
    assert frame.columns == ["case_id", *GROUPS]
    return {row["case_id"]: row for row in frame.iter_rows(named=True)}


def test_groups_are_told_from_what_is_recorded() -> None:
    found = _groups(
        World().case("1", sex="F", birth_date="1998-09-11", home_region="74.07", full_name="Wa Contoh", scheme="g_to_g")
    )["R1"]
    assert found == {
        "case_id": "R1",
        "sex": "F",
        "age_band": "25-34",
        "origin": "74.07",
        "place": "island",
        "scheme": "g_to_g",
        "destination": "MY",
        "first_time": "yes",
        "single_name": "no",
    }


def test_what_is_not_recorded_is_unknown_and_never_guessed() -> None:
    found = _groups(World().case("1", sex=None, birth_date=None, home_region=None, nik="7407015111980001"))["R1"]
    for name in ("sex", "age_band", "origin", "place", "single_name"):
        assert found[name] == UNKNOWN


@pytest.mark.parametrize(
    ("born", "band"),
    [("2007-09-10", "18-24"), ("2007-09-11", "0-17"), ("2000-09-10", "25-34"), ("1980-09-11", "35-44")],
)
def test_age_turns_on_the_birthday(born: str, band: str) -> None:
    assert _groups(World().case("1", birth_date=born))["R1"]["age_band"] == band


@pytest.mark.parametrize(("name", "single"), [("Contoh", "yes"), (" Contoh  ", "yes"), ("La Contoh", "no")])
def test_one_word_is_a_single_name(name: str, single: str) -> None:
    assert _groups(World().case("1", full_name=name))["R1"]["single_name"] == single


def test_sealed_names_make_the_group_unknown() -> None:
    assert _groups(World().case("1", full_name="Contoh"), without="full_name")["R1"]["single_name"] == UNKNOWN


def test_who_left_before_or_returns_is_no_first_time_traveller() -> None:
    world = World().case("1", registered="2024-01-01", planned="2024-04-01", status="departed")
    world.add(
        "registrations", "2025-06-01", registration_id="R1b", candidate_id="C1", registered_on="2025-06-01",
        planned_departure_on="2025-10-01",
    )  # fmt: skip
    world.case("2", placement="re_entry").case("3", registered="2025-01-01", status="withdrawn")
    found = {case: row["first_time"] for case, row in _groups(world).items()}
    assert found == {"R1": "yes", "R1b": "no", "R2": "no", "R3": "yes"}


def test_a_referred_person_has_the_groups_of_the_trip() -> None:
    world = World()
    world.add("candidates", "2025-08-01", candidate_id="C1", enrolled_as="referred", work_evidence="job_offer", sex="M")
    world.add("travel", "2025-08-01", travel_id="T1", candidate_id="C1", departure_at="2025-09-20")
    found = _groups(world)["T1"]
    assert (found["destination"], found["scheme"], found["sex"]) == ("MY", UNKNOWN, "M")


def test_no_group_is_a_feature_of_any_score() -> None:
    assert not set(GROUPS) & set(INDEX)
    assert not {"island", "region", "age", "home_region", "full_name"} & set(INDEX)


def test_every_place_has_a_regency_code_a_kind_and_a_source() -> None:
    path = Path(training.__file__).parent / "regions.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert len({row["region"] for row in rows}) == len(rows)
    assert pl.Series([row["region"] for row in rows]).str.contains(r"^\d\d\.\d\d$").all()
    assert {row["kind"] for row in rows} == {"island", "remote"}
    assert all(row["source"] for row in rows)
    assert sum("Perpres 63/2020" in row["source"] for row in rows) == 62
    assert places()["74.07"] == "island"
    assert "35.07" not in places()
