"""One case by itself is what it is among all others, bit for bit: facts, features, score, notices, way back."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.asof import Feeds
from models.delivery import read_delivery
from models.explain import explain
from models.freshness import DeliveryStamp, Freshness, freshness
from models.identity import nik_facts
from models.releases.rules_only import rules_only_release
from models.schema import FEEDS
from models.score import Scores, score
from models.single.person import nik_of
from models.single.references import SingleReferences
from models.single.rows import Row, plain_rows
from models.single.situate import Situated, score_one, situate_one
from models.situation import situate
from models.times import US_PER_DAY, parse_moment
from tests.models.worlds import BOOK, World, random_world, rules_at
from tests.service import JUDGE

RELEASE = rules_only_release(rules_version=BOOK.version)
T_US = parse_moment("2025-09-10")
OF_ROW = (
    "lane", "active", "office", "region", "planned", "seq", "nik_state", "nik_birth", "travel_id", "permit_id",
    "safe_to_contact", "registered_day", "departure_point", "booked_day", "group_size",
)  # fmt: skip


def fresh_at(feeds: Feeds, t_us: int, *, stale: str | None = None) -> Freshness:
    """Every feed fresh, but for one."""
    through = dict.fromkeys(FEEDS, t_us) | ({} if stale is None else {stale: t_us - 400 * US_PER_DAY})
    return freshness([DeliveryStamp(seq, "test", t_us, through) for seq in (1, 2)], feeds, t_us)


def rows_by_person(feeds: Feeds) -> dict[str | None, dict[str, list[Row]]]:
    """Rows of the feeds about candidates, as the store gives them: a retraction that names nobody is in everybody's."""
    rows = {name: plain_rows(feeds[name]) for name, feed in FEEDS.items() if feed.partitioned}
    people = {row["candidate_id"] for row in rows["candidates"]}
    found: dict[str | None, dict[str, list[Row]]] = {None: rows}
    for person in people:
        mine = (person, None)
        found[person] = {name: [row for row in all_ if row["candidate_id"] in mine] for name, all_ in rows.items()}
    return found


def assert_same(one: Situated, among: Scores, i: int) -> None:
    """Compare a case by itself with row ``i`` of the scores of all."""
    other = among.situation.one(i)
    label = one.case.row["case_id"]
    for name in OF_ROW:
        assert one.case.row[name] == other.row[name], (label, name)
    mine, theirs = one.case.facts, other.facts
    assert mine.value.keys() == theirs.value.keys()
    assert mine.flag.keys() == theirs.flag.keys()
    for name, value in theirs.value.items():
        assert value.hex() == mine.value[name].hex(), (label, name, value, mine.value[name])
    for name, flag in theirs.flag.items():
        assert flag is mine.flag[name], (label, name)
    for name in ("done", "required", "overdue", "unknown", "due", "orderly", "last", "plan", "missing", "days_missing"):
        assert getattr(mine.steps, name) == getattr(theirs.steps, name), (label, name)
    assert [value.hex() for value in one.case.x] == [value.hex() for value in other.x], label
    assert one.case.insufficient == other.insufficient
    alone, found = explain(score_one(one, among.release)), explain(among.one(i))
    assert json.dumps(alone) == json.dumps(found), label


def compare_all(
    feeds: Feeds, t_us: int, *, seq: int | None = None, stale: str | None = None, together: bool = False
) -> int:
    """Compare every case of a world, closed ones included; returns how many there are."""
    rules, fresh = rules_at(t_us), fresh_at(feeds, t_us, stale=stale)
    situation = situate(feeds, t_us, rules=rules, freshness=fresh, seq=seq, closed_too=True)
    among = score(situation, RELEASE)
    around = SingleReferences(feeds).at(t_us, seq)
    people = rows_by_person(feeds)
    for i, row in enumerate(situation.cases.select("case_id", "candidate_id").iter_rows()):
        one = situate_one(
            people[None if together else row[1]], row[0], t_us, around=around, rules=rules, freshness=fresh, seq=seq,
            aggregates=situation.aggregates,
        )  # fmt: skip
        assert one is not None, row
        assert_same(one, among, i)
    return len(situation)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    days=st.sampled_from([0, 0, 20, 55, 200]),
    stale=st.sampled_from([None, None, "registration_steps", "travel"]),
)
def test_every_case_of_a_made_up_world_is_the_same_by_itself(seed: int, days: int, stale: str | None) -> None:
    feeds = random_world(seed, people=8).frames()
    compare_all(feeds, T_US - days * US_PER_DAY, stale=stale, together=seed % 2 == 0)


def test_every_case_of_the_sample_deliveries_is_the_same_by_itself() -> None:
    found = [read_delivery(JUDGE / name).feeds for name in ("first", "late")]
    feeds = {
        name: pl.concat([part[name].with_columns(ingest_seq=pl.lit(seq)) for seq, part in enumerate(found, 1)],
                        how="vertical_relaxed")
        for name in FEEDS
    }  # fmt: skip
    whole = [compare_all(feeds, parse_moment(day)) for day in ("2025-07-15", "2025-09-10")]
    assert whole[0] > 10
    assert whole[1] > 50
    assert compare_all(feeds, T_US, seq=1) > 50


def test_offices_that_were_not_connected_are_the_same_by_itself() -> None:
    world = random_world(5, people=6)
    for region, since, until in (("74.71", "2025-08-01", None), ("52", "2024-01-01", "2025-07-01")):
        for kind in ("bp3mi", "disnaker", "immigration"):
            world.add("offices", "2020-01-01", office_id=f"{kind}-{region}", kind=kind, region=region,
                      connected_from=since, connected_to=until)  # fmt: skip
    assert compare_all(world.frames(), T_US) > 5


def test_who_has_no_case_as_of_a_time_has_none_by_itself() -> None:
    feeds = World().case("1").frames()
    rows = rows_by_person(feeds)["C1"]
    before = parse_moment("2025-05-01")
    for case_id, t_us in (("R1", before), ("R2", T_US), ("C1", T_US)):
        found = situate_one(
            rows, case_id, t_us, around=SingleReferences(feeds).at(t_us), rules=rules_at(t_us),
            freshness=fresh_at(feeds, t_us), aggregates=None,
        )  # fmt: skip
        assert found is None


@pytest.mark.parametrize(
    "nik",
    [None, "", "7471011705900001", "7471015705900001", "7471013102960001", "7471012902960001", "7471012902970001",
     "7471017105900001", "7471010005900001", "7471011713900001", "747101170590000", "74710117059000011",
     "747101170590000x", "747101170590000\n", "7471011705\u0669\u06600001", "\u0667471011705900001",
     "7471011705900\u0660\u0660\u0661"],
)  # fmt: skip
def test_a_nik_says_the_same_by_itself(nik: str | None) -> None:
    state, birth = pl.DataFrame({"nik": [nik]}, schema={"nik": pl.String}).select(*nik_facts(pl.col("nik"))).row(0)
    assert nik_of({"nik": nik}) == (state, birth)
