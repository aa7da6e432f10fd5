"""Freshness of a feed from a source, and what staleness does to a case."""

from __future__ import annotations

import numpy as np

from models.freshness import DeliveryStamp, freshness
from models.notices import notices
from models.schema import FEEDS
from models.times import parse_moment
from tests.models.worlds import World, look

T = parse_moment("2025-09-10")


def us(text: str) -> int:
    """UTC microseconds of a date's end in Jakarta."""
    return parse_moment(text)


def stamp(seq: int, produced: str | None, through: str, source: str = "a") -> DeliveryStamp:
    """A delivery that says how far ``travel`` is complete."""
    return DeliveryStamp(seq, source, None if produced is None else us(produced), {"travel": us(through)})


def test_the_latest_manifest_produced_by_then_counts_and_never_beyond_t() -> None:
    stamps = [
        stamp(1, "2025-08-01", "2025-07-31"),
        stamp(2, "2025-09-05", "2025-09-04"),
        stamp(3, "2025-10-01", "2025-09-30"),
    ]
    assert freshness(stamps, {}, T).at("travel", "a") == us("2025-09-04")
    assert freshness([stamp(1, "2025-09-09", "2025-12-31")], {}, T).at("travel", "a") == T


def test_without_an_earlier_manifest_the_earliest_later_one_counts() -> None:
    stamps = [stamp(1, "2025-12-31", "2025-08-15"), stamp(2, "2025-11-30", "2025-08-01")]
    assert freshness(stamps, {}, T).at("travel", "a") == us("2025-08-01")


def test_without_manifests_the_latest_record_counts() -> None:
    world = World()
    for k, recorded in enumerate(("2025-08-02", "2025-08-05", "2025-09-20")):
        world.add("travel", recorded, travel_id=f"T{k}", candidate_id="C", departure_at="2025-12-01")
    fresh = freshness([DeliveryStamp(1)], world.frames(), T)
    assert fresh.at("travel", "") == parse_moment("2025-08-05T12:00:00+07:00")
    assert fresh.at("outcomes", "") is None


def test_a_replay_reads_only_manifests_delivered_by_then() -> None:
    stamps = [stamp(1, "2025-08-01", "2025-07-31"), stamp(2, "2025-09-05", "2025-09-04")]
    assert freshness(stamps, {}, T, seq=1).at("travel", "a") == us("2025-07-31")


def test_sources_are_kept_apart_and_an_unknown_one_sees_the_freshest() -> None:
    stamps = [stamp(1, "2025-08-01", "2025-07-31", "a"), stamp(2, "2025-09-05", "2025-09-04", "b")]
    fresh = freshness(stamps, {}, T)
    assert (fresh.at("travel", "a"), fresh.at("travel", "b")) == (us("2025-07-31"), us("2025-09-04"))
    assert fresh.at("travel", "elsewhere") == us("2025-09-04")
    assert set(fresh.of_feeds("a")) == set(FEEDS)


def test_a_stale_essential_feed_gives_no_score_and_says_so() -> None:
    situation = look(World().case("1"), fresh_until="2025-08-20")
    assert situation.insufficient.tolist() == [True]
    assert notices(situation)["feed_stale"].tolist() == [True]
    assert situation.x[0, 1] == 0  # nothing counts as overdue while it cannot be told


def test_an_unconnected_office_makes_a_step_untold_not_overdue() -> None:
    def overdue(connected_from: str | None) -> tuple[float, bool, bool]:
        world = World().case("1", planned="2025-09-12", scheme="independent", destination_country="HK")
        for kind in ("bp3mi", "disnaker", "village", "lpk", "blk", "clinic", "immigration", "insurer", "embassy"):
            world.add(
                "offices", "2024-01-01", office_id=f"X-{kind}", kind=kind, region="74.71", connected_from=connected_from
            )
        situation = look(world)
        return situation.x[0, 1], bool(situation.insufficient[0]), bool(notices(situation)["office_not_connected"][0])

    assert overdue(None)[1:] == (False, False)
    assert overdue(None)[0] > 5
    assert overdue("2026-01-01") == (0.0, True, True)
    assert overdue("2025-09-10") == (0.0, True, True)  # connected today, not when the steps were due


def test_insufficient_is_never_a_guess() -> None:
    situation = look(World().case("1"), fresh_until="2025-08-20")
    assert np.isnan(situation.x).any()
    assert situation.cases["lane"].to_list() == ["scored"]
