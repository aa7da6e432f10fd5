"""Counts for the head of an office: what counts, when, and that parts add up."""

from __future__ import annotations

import datetime as dt

import polars as pl

from models.dated import Dated
from models.situation import Situation
from models.tallies import (
    merged,
    months_window,
    quarters_window,
    shared_links,
    tally_cases,
    tally_incidents,
    tally_queue,
)
from models.waiting import waiting_steps
from tests.models.worlds import World, look, random_world

TODAY = "2025-09-10"
QUEUE = {"office": pl.String, "band": pl.String, "probability": pl.Float64}


def tally(situation: Situation, queue: pl.DataFrame) -> pl.DataFrame:
    """Both tallies of a block, as a rescoring adds them."""
    block = situation.block
    cases = tally_cases(Dated.of(block, places=True), today=block.today, rules=block.rules)
    return merged([cases, tally_queue(waiting_steps(situation), queue)])


def counted(world: World, when: str = TODAY, queue: pl.DataFrame | None = None) -> pl.DataFrame:
    situation = look(world, when)
    return tally(situation, pl.DataFrame(schema=QUEUE) if queue is None else queue)


def numbers(frame: pl.DataFrame, about: str) -> dict[tuple[str, str, str], int]:
    return {(a, b, measure): n for _, a, b, measure, n in frame.filter(about=about).iter_rows()}


def departed(world: World, name: str, planned: str, **more: object) -> World:
    return world.case(name, registered="2024-06-01", planned=planned, status="departed", **more)


def checked(world: World, name: str, on: str, finding: str = "procedural", **more: object) -> World:
    return world.add(
        "outcomes",
        on,
        outcome_id=f"F{name}{on}",
        candidate_id=f"C{name}",
        registration_id=f"R{name}",
        checked_on=on,
        finding=finding,
        **more,
    )


def test_windows_are_whole_months_and_quarters() -> None:
    day = dt.date(2025, 9, 10)
    assert months_window(day) == (dt.date(2024, 9, 1), dt.date(2025, 9, 1))
    assert quarters_window(day) == (dt.date(2023, 7, 1), dt.date(2025, 7, 1))
    assert months_window(dt.date(2025, 1, 31)) == (dt.date(2024, 1, 1), dt.date(2025, 1, 1))


def test_the_day_within_a_month_changes_nothing() -> None:
    world = departed(World(), "1", "2025-08-20")
    early, late = (numbers(counted(world, day), "month") for day in ("2025-09-01", "2025-09-29"))
    assert early == late == {("O1", "2025-08", "completed"): 1}


def test_a_departure_found_non_procedural_is_no_completed_placement() -> None:
    world = departed(World(), "1", "2025-07-20", agency_id="A1")
    world = checked(departed(world, "2", "2025-07-21", agency_id="A1"), "2", "2025-08-05", "non_procedural")
    found = counted(world)
    assert numbers(found, "agency") == {("O1", "A1", "completed"): 1, ("O1", "A1", "other_found"): 1}
    assert numbers(found, "region")["O1", "74.71", "completed"] == 1
    assert numbers(found, "month") == {
        ("O1", "2025-07", "completed"): 1,
        ("O1", "2025-08", "other_found"): 1,
    }


def test_drawn_checks_keep_their_weights_and_others_have_none() -> None:
    world = checked(departed(World(), "1", "2025-07-20"), "1", "2025-08-05", inclusion_probability=0.25)
    world = checked(departed(world, "2", "2025-07-20"), "2", "2025-08-06", "non_procedural", inclusion_probability=0.5)
    world = checked(departed(world, "3", "2025-07-20"), "3", "2025-08-06", examined_because="complaint")
    found = {measure: n for (_, _, measure), n in numbers(counted(world), "region").items()}
    assert found == {
        "completed": 2,
        "drawn_clear": 1,
        "drawn_found": 1,
        "other_clear": 1,
        "weight": 6000,
        "weight_found": 2000,
        "weight_squared": 20_000_000,
    }


def test_the_last_finding_about_a_case_counts_once_and_help_is_no_finding() -> None:
    world = checked(departed(World(), "1", "2025-07-20"), "1", "2025-08-01", examined_because="complaint")
    world = checked(world, "1", "2025-08-09", "non_procedural", examined_because="complaint")
    world = checked(departed(world, "2", "2025-07-20"), "2", "2025-08-09", help_given="postponed")
    world = checked(departed(world, "3", "2025-07-20"), "3", "2025-08-09", "undetermined")
    found = {measure: n for (_, _, measure), n in numbers(counted(world), "region").items()}
    assert found == {"completed": 2, "other_found": 1, "helped": 1}


def test_an_overturned_finding_counts_nowhere() -> None:
    world = checked(departed(World(), "1", "2025-07-20"), "1", "2025-08-01", "non_procedural")
    world.add("outcomes", "2025-08-20", outcome_id="F12025-08-01", retracted=True)
    assert numbers(counted(world), "month") == {("O1", "2025-07", "completed"): 1}


def test_the_queue_is_counted_by_band_with_the_sum_of_its_probabilities() -> None:
    queue = pl.DataFrame(
        {"office": ["O1", "O1", None], "band": ["first", "first", "none"], "probability": [0.5, 0.25, None]}
    )
    assert numbers(counted(World(), queue=queue), "queue") == {
        ("O1", "first", "cases"): 2,
        ("O1", "first", "scored"): 2,
        ("O1", "first", "probability"): 750_000,
        ("", "none", "cases"): 1,
    }


def test_stalled_steps_are_counted_by_step_and_desk() -> None:
    found = numbers(counted(World().case("1", planned="2026-02-28", scheme="independent")), "stall")
    assert found == {
        ("O1", "registration|disnaker|", "waiting"): 1,
        ("O1", "registration|disnaker|", "turn"): 1,
        ("O1", "registration|disnaker|", "stalled_days"): 101,
    }


def test_only_recruiters_and_payers_of_several_agencies_are_shared() -> None:
    world = World()
    for name, agency, recruiter in (("1", "A1", "X"), ("2", "A2", "X"), ("3", "A1", "Y"), ("4", "A1", "Y")):
        world.case(name, registered="2025-08-01", agency_id=agency, recruiter_ref=recruiter)
        world.add(
            "travel",
            "2025-08-02",
            travel_id=f"T{name}",
            candidate_id=f"C{name}",
            registration_id=f"R{name}",
            departure_at="2025-09-30",
            payer="third_party",
            payer_ref="P",
        )
    assert shared_links(counted(world)).rows() == [
        ("A1", "payer", "P", 3),
        ("A1", "recruiter", "X", 1),
        ("A2", "payer", "P", 1),
        ("A2", "recruiter", "X", 1),
    ]


def test_incidents_count_persons_at_the_office_of_regency_or_province() -> None:
    world = World()
    world.add("offices", "2020-01-01", office_id="P74", region="74")
    world.add("offices", "2020-01-01", office_id="R74.03", region="74.03")
    for number, (region, on, persons) in enumerate(
        [("74.71", "2025-08-01", 7), ("74.03", "2025-08-02", 2), ("52.03", "2025-08-03", 1), ("74.71", "2025-09-02", 9)]
    ):
        world.add(
            "incidents",
            on,
            incident_id=str(number),
            region=region,
            occurred_on=on,
            kind="repatriation",
            persons=persons,
        )
    frames = world.frames()
    found = tally_incidents(frames["incidents"], frames["offices"], dt.date(2025, 9, 10))
    assert numbers(found, "incident") == {
        ("P74", "74.71", "repatriation"): 7,
        ("R74.03", "74.03", "repatriation"): 2,
        ("", "52.03", "repatriation"): 1,
    }
    assert numbers(found, "incident_on")["P74", "2025-08", "repatriation"] == 7


def test_parts_counted_apart_add_up_to_the_whole() -> None:
    feeds = random_world(7, people=30).frames()
    whole = look(feeds)
    parts = []
    for half in (True, False):
        mine = {
            name: frame.filter((pl.col("candidate_id").hash() % 2 == 0) == half)
            if "candidate_id" in frame.columns
            else frame
            for name, frame in feeds.items()
        }
        part = look(mine, aggregates=whole.aggregates)
        parts.append(tally(part, pl.DataFrame(schema=QUEUE)))
    together = tally(whole, pl.DataFrame(schema=QUEUE))
    assert len(together) > 20
    assert merged(parts).equals(together)
