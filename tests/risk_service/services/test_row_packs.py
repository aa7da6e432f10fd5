"""What a rescoring keeps for the next changes no result, is read in the place of rows, and goes with a person."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from random import Random

import polars as pl
import pytest
import sqlalchemy as sa

from models.cases import build_cases
from models.dated import Dated
from models.rules import load_rules
from models.schema import FEEDS
from models.times import EPOCH_DATE, date_of
from risk_service.services import chunk_rows, passes
from risk_service.services.chunk_rows import ChunkRows
from risk_service.services.ingest import ingest
from risk_service.services.releases import Releases
from risk_service.services.rescoring import rescore
from risk_service.store import row_packs
from risk_service.store.counts import load_counts
from risk_service.store.erasing import erase_people
from risk_service.store.feeds import candidate_ranges, linked
from risk_service.store.office_lists import ALL, PUBLISHED, load_tally
from risk_service.store.office_tables import waiting_steps
from risk_service.store.row_pack_tables import packed_rows, row_ranges, rows_since
from risk_service.store.tables import FEED_TABLES, current_scores
from tests.models.delivery.writing import write_csv, write_manifest
from tests.service import DAY_US, JUDGE, NOW_US

RULES = load_rules()
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
DAY_LONG_US = 86_400_000_000
WEEK_US = 7 * DAY_LONG_US
LATE = ["C-BACK", "C-HID", "C-LATE", "C-RETR", "C-TIE", "C-TIE2", "C-TIER"]
KEPT = (row_ranges, packed_rows, rows_since)
OF_THE_RUN = ("score_id", "run_id", "as_of_us", "ingest_seq")


@pytest.fixture
def night(service, tmp_path):
    """Rescores a store; ``deliver`` takes rows in before."""
    return Nights(service, tmp_path)


class Nights:
    def __init__(self, service, folder):
        self.service, self.store, self.folder = service, service.store, folder
        self.numbers = itertools.count()

    def rescore(self, as_of_us, chunk=40):
        releases = Releases(registry=self.service.settings.registry, trusted=self.service.settings.keys / "trusted")
        done = rescore(
            self.store, release=releases.at(), rules=RULES, as_of_us=as_of_us, clock=lambda: NOW_US, chunk=chunk
        )
        return done.run

    def deliver(self, **feeds):
        folder = self.folder / f"more-{next(self.numbers)}"
        folder.mkdir()
        for name, rows in feeds.items():
            write_csv(folder, name, rows)
        write_manifest(folder, simulated=True, produced_at="2025-09-11T09:00:00+07:00")
        self.take(folder)

    def take(self, folder):
        ingest(self.store, self.service.master, folder, now_us=NOW_US)

    def results(self, run):
        with self.store.reading() as connection:
            columns = [c for c in current_scores.c if c.name not in (*OF_THE_RUN, "rank_key")]
            columns.append(current_scores.c.rank_key + 0.0)  # nought and its negative are one to a database
            found = {
                "scores": connection.execute(sa.select(*columns)).all(),
                "waiting": connection.execute(sa.select(waiting_steps)).all(),
                "drift": [run.report.partition('"drift"')[2]],
            }
            for part in (ALL, PUBLISHED):
                found[f"tally {part}"] = load_tally(connection, run.run_id, part=part).rows()
            for about, table in load_counts(connection, run.run_id).tables.items():
                found[f"counts {about}"] = table.rows()
        return {name: sorted(map(repr, rows)) for name, rows in found.items()}

    def anew(self, as_of_us):
        """The same rescoring with nothing kept."""
        with self.store.writing() as connection:
            connection.execute(sa.delete(packed_rows))
        return self.rescore(as_of_us)

    def kept(self):
        """What is kept from one rescoring to the next."""
        with self.store.reading() as connection:
            return {table: connection.execute(sa.select(table)).mappings().all() for table in KEPT}

    def keep(self, kept):
        """Put that back."""
        with self.store.writing() as connection:
            for table in reversed(KEPT):
                connection.execute(sa.delete(table))
            for table in KEPT:
                if kept[table]:
                    connection.execute(sa.insert(table), [dict(row) for row in kept[table]])

    def packs(self):
        with self.store.reading() as connection:
            return set(connection.execute(sa.select(packed_rows.c.first_id)).scalars())


OPENED = {
    "placement": "new", "scheme": "independent", "destination_country": "HK", "occupation": "9111",
    "branch_region": "74.71", "office": "O-BP3MI", "registered_on": "2025-08-18", "planned_departure_on": "2025-12-09",
    "status": "open",
}  # fmt: skip


def case_that_is_over(night):
    """A registration that is over; its candidate is kept as such by a rescoring before."""
    table = FEED_TABLES["registrations"]
    with night.store.reading() as connection:
        going = sa.select(table.c.candidate_id).where(table.c.planned_departure_on >= DAY_US // DAY_LONG_US)
        query = sa.select(table.c.registration_id, table.c.candidate_id)
        query = query.where(table.c.status == "departed", table.c.candidate_id.not_in(going))
        return connection.execute(query.order_by(table.c.registration_id).limit(1)).one()


def the_same_as_anew(night, *moments):
    """Rescorings with what was kept before come to what they come to with nothing kept."""
    for as_of_us in moments:
        kept = night.rescore(as_of_us)
        results = night.results(kept)
        again = night.anew(as_of_us)
        assert (again.changed, again.ended) == (0, 0)
        assert night.results(again) == results
    return results


@pytest.mark.everywhere
def test_with_rows_kept_every_night_comes_to_what_it_comes_to_anew(night):
    night.rescore(DAY_US)
    assert night.packs()
    night.take(JUDGE / "late")
    the_same_as_anew(night, DAY_US, DAY_US + 8 * WEEK_US)


@pytest.mark.parametrize("recorded_at", ["2025-09-10T03:00:00+00:00", "2025-09-14T03:00:00+00:00"])
def test_a_case_that_was_over_and_opens_again_has_all_its_steps(night, recorded_at):
    one = case_that_is_over(night)
    mine = {"registration_id": one.registration_id, "candidate_id": one.candidate_id}
    step = {"step": "registration", "completed_on": "2025-03-01", "issuer": "disnaker"}
    night.deliver(registration_steps=[mine | step | {"recorded_at": "2025-03-02T03:00:00+00:00"}])
    night.anew(DAY_US)
    night.deliver(registrations=[OPENED | mine | {"recorded_at": recorded_at}])
    waiting = the_same_as_anew(night, DAY_US, DAY_US + WEEK_US)["waiting"]
    assert any(f"'{one.registration_id}'" in line for line in waiting)
    assert not any(f"'{one.registration_id}'" in line and "'registration'" in line for line in waiting)


def test_retractions_that_name_nobody_and_keys_that_two_share_reach_who_is_kept(night):
    one = case_that_is_over(night)
    lone = {"recorded_at": "2025-09-10T03:00:00+00:00", "retracted": "true"}
    night.deliver(registrations=[lone | {"registration_id": one.registration_id}, lone | {"registration_id": "R-NEW"}])
    the_same_as_anew(night, DAY_US)
    mine = {"registration_id": "R-NEW", "candidate_id": one.candidate_id, "recorded_at": "2025-09-09T03:00:00+00:00"}
    night.deliver(registrations=[OPENED | mine])
    the_same_as_anew(night, DAY_US)
    other = {"registration_id": one.registration_id, "candidate_id": "C-CORR"}
    night.deliver(registrations=[OPENED | other | {"recorded_at": "2025-09-08T03:00:00+00:00"}])
    the_same_as_anew(night, DAY_US)


def test_a_retraction_that_came_before_its_row_reaches_who_is_kept_with_all_rows(night):
    with night.store.reading() as connection:
        query = sa.select(current_scores.c.candidate_id).order_by(current_scores.c.candidate_id).limit(1)
        candidate_id = connection.execute(query).scalar_one()
    lone = {"registration_id": "R-NEW", "recorded_at": "2025-09-10T03:00:00+00:00", "retracted": "true"}
    night.deliver(registrations=[lone])
    night.anew(DAY_US)
    mine = {"registration_id": "R-NEW", "candidate_id": candidate_id, "recorded_at": "2025-09-09T03:00:00+00:00"}
    night.deliver(registrations=[OPENED | mine])
    assert not any("'R-NEW'" in line for line in the_same_as_anew(night, DAY_US)["scores"])


def test_when_steps_were_recorded_lately_is_known_of_everybody(night):
    one = case_that_is_over(night)
    night.anew(DAY_US)
    step = {"registration_id": one.registration_id, "candidate_id": one.candidate_id, "step": "medical"}
    night.deliver(
        registration_steps=[
            step | {"completed_on": "2025-03-01", "issuer": "clinic", "recorded_at": f"2025-09-0{day}T03:00:00+00:00"}
            for day in (3, 7)
        ]
    )
    rows = ChunkRows(night.store, t_us=DAY_US, seq=99, rules=RULES.at(date_of(DAY_US), DAY_US))
    with night.store.writing() as connection:
        parts = [part for part in row_packs.ranges(connection, seq=99, size=40) if not part.linked]
        c = FEED_TABLES["registration_steps"].c
        lately = sa.select(c.candidate_id, c.recorded_at).where(c.recorded_at > DAY_US - 4 * WEEK_US)
        known = sorted(tuple(row) for row in connection.execute(lately.where(c.candidate_id.not_in(linked()))))
    found = [rows.first(part) for part in parts]
    assert all(read.pack is not None for read in found)
    told = pl.concat(read.lately["registration_steps"] for read in found).select(
        "candidate_id", pl.col("recorded_at").dt.timestamp("us")
    )
    assert sorted(told.filter(pl.col("recorded_at") > DAY_US - 4 * WEEK_US).rows()) == known
    assert (one.candidate_id, 1_757_214_000_000_000) in known


def test_only_new_rows_are_read_from_the_feeds_and_all_of_whom_nothing_was_kept(night, monkeypatch):
    night.take(JUDGE / "late")
    whole, new = [], []
    for name, asked in (("load_feeds", whole), ("load_since", new)):
        real = getattr(chunk_rows, name)
        monkeypatch.setattr(
            chunk_rows,
            name,
            lambda *a, candidates, asked=asked, real=real, **k: (
                asked.append(sorted(candidates)) or real(*a, candidates=candidates, **k)
            ),
        )
    night.rescore(DAY_US + WEEK_US)
    assert whole == [["C-TIER"]]  # whose registration was recorded after the time of the rescoring before
    assert new == [LATE]


def test_whose_case_opens_again_is_read_whole(night, monkeypatch):
    one = case_that_is_over(night)
    night.anew(DAY_US)
    mine = {"registration_id": one.registration_id, "candidate_id": one.candidate_id}
    night.deliver(registrations=[OPENED | mine | {"recorded_at": "2025-09-10T03:00:00+00:00"}])
    asked = []
    real = chunk_rows.load_feeds
    monkeypatch.setattr(
        chunk_rows,
        "load_feeds",
        lambda *a, candidates, **k: asked.extend(candidates) or real(*a, candidates=candidates, **k),
    )
    night.rescore(DAY_US)
    assert one.candidate_id in asked


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_comes_in_night_after_night_old_packs_come_to_what_it_comes_to_anew(night, monkeypatch, seed):
    """Packs are kept from the first night on, or made anew in every one (where a tenth of the people is many)."""
    monkeypatch.setattr(chunk_rows, "_AGED", 10.0 if seed == 1 else 0.0)
    random, moment = Random(seed), DAY_US  # noqa: S311 -- no secret
    everybody = {name: read_feed(night, name) for name in ("registrations", "registration_steps", "travel", "outcomes")}
    night.anew(moment)
    for number in range(4):
        recorded = "2025-09-10T03:00:{:02}+00:00".format
        night.deliver(**{name: some(random, rows, recorded(number), number) for name, rows in everybody.items()})
        if number == 2:
            with night.store.writing() as connection:
                gone = random.choice(everybody["registrations"])["candidate_id"]
                erase_people(connection, [gone], at_us=NOW_US, under="a policy")
        moment += random.choice([0, DAY_LONG_US, 3 * WEEK_US])
        results = night.results(night.rescore(moment))
        kept = night.kept()
        again = night.anew(moment)
        assert (again.changed, again.ended) == (0, 0)
        assert night.results(again) == results
        night.keep(kept)


def read_feed(night, name):
    """Rows of a feed as a delivery has them."""
    table = FEED_TABLES[name]
    with night.store.reading() as connection:
        rows = [dict(row) for row in connection.execute(sa.select(table)).mappings()]
    flags, days, times = set(), set(), set()
    for one in FEEDS[name].fields:
        {pl.Boolean: flags, pl.Date: days}.get(one.dtype, set()).add(one.name)
        times |= {one.name} if isinstance(one.dtype, pl.Datetime) else set()

    def written(key, value):
        if value is None or key in flags:
            return "" if value is None else str(bool(value)).lower()
        if key in days:
            return (EPOCH_DATE + dt.timedelta(days=value)).isoformat()
        return (EPOCH + dt.timedelta(microseconds=value)).isoformat() if key in times else str(value)

    contract = {one.name for one in FEEDS[name].fields} | {"recorded_at", "retracted"}
    return [{key: written(key, value) for key, value in row.items() if key in contract} for row in rows]


def some(random, rows, recorded_at, number):
    """New versions of a few rows: as they were, on other days, open again, retracted, under another person's key."""
    found = []
    for row in random.sample(rows, min(4, len(rows))):
        new = row | {"recorded_at": recorded_at, "retracted": "false"}
        kind = random.choice(["same", "moved", "open", "retracted", "nobody", "another", "new"])
        if kind == "moved" and new.get("planned_departure_on"):
            new |= {"planned_departure_on": f"2025-{random.randint(8, 12):02}-15"}
        if kind == "open" and "status" in new:
            new |= {"status": "open"}
        if kind in ("retracted", "nobody"):
            new |= {"retracted": "true"}
        if kind == "nobody":
            new |= {"candidate_id": ""}
        if kind == "another" and number == 3:
            new |= {"candidate_id": random.choice(rows)["candidate_id"]}
        if kind == "new" and "registration_id" in new and "status" in new:
            new |= {"registration_id": f"{new['registration_id']}-{number}", "status": "open"}
        found.append(new)
    return found


def read_all(night, as_of_us):
    """What a rescoring reads of every range."""
    rows = ChunkRows(night.store, t_us=as_of_us, seq=99, rules=RULES.at(date_of(as_of_us), as_of_us))
    with night.store.writing() as connection:
        parts = [part for part in row_packs.ranges(connection, seq=99, size=40) if not part.linked]
    return [rows.first(part) for part in parts]


def people_in(frames):
    return {one for frame in frames for one in frame["candidate_id"].drop_nulls()}


def test_rows_of_people_whose_cases_are_over_are_not_read_until_one_comes_in(night):
    one = case_that_is_over(night)
    night.anew(DAY_US)
    before = read_all(night, DAY_US)
    assert one.candidate_id in people_in(read.dated.cases for read in before)
    assert one.candidate_id not in people_in(frame for read in before for frame in read.feeds.values())
    step = {"registration_id": one.registration_id, "candidate_id": one.candidate_id, "step": "medical"}
    step |= {"completed_on": "2025-03-01", "issuer": "clinic", "recorded_at": "2025-09-03T03:00:00+00:00"}
    night.deliver(registration_steps=[step])
    after = read_all(night, DAY_US)
    assert one.candidate_id not in people_in(read.dated.cases for read in after)
    assert one.candidate_id in people_in(read.feeds["registrations"] for read in after)
    both = [people_in([read.dated.cases]) & people_in(read.feeds.values()) for read in after]
    assert not set().union(*both)
    the_same_as_anew(night, DAY_US, DAY_US + WEEK_US)


def test_what_another_version_understood_is_not_used(night, monkeypatch):
    night.anew(DAY_US)
    kept = night.rescore(DAY_US + WEEK_US)
    monkeypatch.setattr(row_packs, "_DATED", "dated by another: ")
    assert all(read.dated is None for read in read_all(night, DAY_US + WEEK_US))
    again = night.rescore(DAY_US + WEEK_US)
    assert (again.changed, again.ended) == (0, 0)
    assert night.results(again) == night.results(kept)
    assert all(read.dated is not None for read in read_all(night, DAY_US + WEEK_US))


def test_who_waits_for_a_row_to_be_known_is_understood_anew(night):
    one = case_that_is_over(night)
    mine = {"registration_id": one.registration_id, "candidate_id": one.candidate_id}
    found = {"outcome_id": "F-NEW", "checked_on": "2025-09-08", "examined_because": "random_check"}
    found |= {"inclusion_probability": "0.1", "finding": "non_procedural", "help_given": "none"}
    night.deliver(outcomes=[mine | found | {"recorded_at": "2025-09-14T03:00:00+00:00"}])
    night.anew(DAY_US)
    assert one.candidate_id not in people_in(read.dated.cases for read in read_all(night, DAY_US))
    before = night.results(night.rescore(DAY_US))
    after = the_same_as_anew(night, DAY_US + WEEK_US)
    assert before["counts agency_id"] != after["counts agency_id"]


def test_a_rescoring_that_looks_back_reads_the_feeds(night):
    night.anew(DAY_US + 8 * WEEK_US)
    the_same_as_anew(night, DAY_US)


def test_what_is_kept_goes_with_a_person(night):
    before = night.packs()
    with night.store.writing() as connection:
        erase_people(connection, ["C-CORR"], at_us=NOW_US, under="a policy")
    mine = max(first for first in before if first <= "C-CORR")
    assert night.packs() == before - {mine}
    the_same_as_anew(night, DAY_US)
    assert night.packs() == before


def test_who_is_erased_while_a_chunk_is_read_is_kept_nowhere(night, monkeypatch):
    before = night.packs()
    with night.store.writing() as connection:
        connection.execute(sa.delete(packed_rows))
    erased, build = [], passes.build_cases

    def build_after_erasing(feeds, *given, **more):
        if not erased and "C-CORR" in set(feeds["candidates"]["candidate_id"]):
            with night.store.writing() as connection:
                erased.append(erase_people(connection, ["C-CORR"], at_us=NOW_US, under="a policy"))
        return build(feeds, *given, **more)

    monkeypatch.setattr(passes, "build_cases", build_after_erasing)
    night.rescore(DAY_US)
    assert erased
    with night.store.reading() as connection:
        parts = connection.execute(sa.select(packed_rows.c.content)).scalars()
        frames = [pl.read_ipc_stream(content) for content in parts]
    kept = {one for frame in frames if "candidate_id" in frame.columns for one in frame["candidate_id"]}
    assert "C-CORR" not in kept
    night.rescore(DAY_US)
    assert night.packs() == before


def test_ranges_hold_everybody_and_stay_until_they_have_grown(night):
    person = {
        "sex": "F",
        "enrolled_as": "registered",
        "work_evidence": "none",
        "safe_to_contact": "",
        "office": "O-BP3MI",
    }
    moment = {"recorded_at": "2025-09-10T03:00:00+00:00"}
    people = [person | moment | {"candidate_id": f"C-{number:03}"} for number in range(120)]
    with night.store.reading() as connection:
        starts = set(connection.execute(sa.select(row_ranges.c.first_id)).scalars())
    for part in (people[:10], people[10:]):
        night.deliver(candidates=part)
        with night.store.writing() as connection:
            found = row_packs.ranges(connection, seq=99, size=40)
            wanted = {one.first for one in found if not one.linked}
            assert starts <= wanted
            ids = set(connection.execute(sa.select(FEED_TABLES["candidates"].c.candidate_id)).scalars())
        held = [sum(one.first <= each <= one.last for one in found if not one.linked) for each in ids]
        assert set(held) == {1}
    assert len(wanted) > len(starts)


def test_neighbours_that_are_little_more_than_one_are_joined_and_read_again(night):
    with night.store.writing() as connection:
        connection.execute(sa.delete(packed_rows))
        connection.execute(sa.delete(row_ranges))
    night.rescore(DAY_US, chunk=10)
    with night.store.writing() as connection:
        ids = list(connection.execute(sa.select(FEED_TABLES["candidates"].c.candidate_id).distinct()).scalars())
        before = connection.execute(sa.select(row_ranges).order_by(row_ranges.c.first_id)).all()
        together = before[0].candidates + before[1].candidates
        size = round(together / 1.2)
        found = [one for one in row_packs.ranges(connection, seq=99, size=size) if not one.linked]
        after = connection.execute(sa.select(row_ranges).order_by(row_ranges.c.first_id)).all()
    assert [one.first for one in found] == [row.first_id for row in after]
    assert {sum(one.first <= each <= one.last for one in found) for each in ids} == {1}
    assert after[0][:3] == (before[0].first_id, before[1].last_id, together)
    assert all(row.candidates <= 1.25 * size for row in after)
    assert not night.packs() & {before[0].first_id, before[1].first_id}
    the_same_as_anew(night, DAY_US)


def test_who_has_rows_is_forgotten_once_everybody_is_rescored(night):
    with night.store.reading() as connection:
        assert not connection.execute(sa.select(sa.func.count()).select_from(rows_since)).scalar()
    night.take(JUDGE / "late")
    with night.store.reading() as connection:
        noted = set(connection.execute(sa.select(rows_since.c.candidate_id)).scalars())
    assert noted == set(LATE)
    night.anew(DAY_US)
    with night.store.reading() as connection:
        assert not connection.execute(sa.select(sa.func.count()).select_from(rows_since)).scalar()


def test_nothing_is_kept_of_a_delivery_after_which_it_is_not_known_who_has_rows(night):
    night.take(JUDGE / "late")
    night.anew(DAY_US)
    rules = RULES.at(date_of(DAY_US), DAY_US)
    with night.store.writing() as connection:
        connection.execute(sa.delete(packed_rows))
        everybody = candidate_ranges(connection, seq=1, size=1000)[0]
    rows = ChunkRows(night.store, t_us=DAY_US, seq=1, rules=rules)
    read = rows.first(everybody)
    block = build_cases(read.feeds, DAY_US, rules=rules)
    with night.store.writing() as connection:
        dated = Dated.of(block, places=True)
        rows.pack(connection, replace(everybody, first=""), read, block=block, dated=dated, erased=())
    assert not night.packs()


@pytest.mark.everywhere
@pytest.mark.parametrize("at", ["_count", "_scored"])
@pytest.mark.parametrize("queue", ["kept", "anew"])
def test_who_comes_to_share_a_key_while_a_run_is_under_way_stays_in_its_chunk(night, monkeypatch, at, queue):
    alone = night.results(night.rescore(DAY_US))
    if queue == "anew":
        with night.store.writing() as connection:
            for table in (current_scores, waiting_steps):
                connection.execute(sa.delete(table))
    real, came = getattr(passes.Passes, at), []

    def during(self, part, *more):
        if not came:
            came.append(part)
            row = {"registration_id": "R-BACK", "candidate_id": "C-TIER", "placement": "new", "scheme": "independent"}
            row |= {"destination_country": "HK", "occupation": "5322", "office": "O-BP3MI", "status": "open"}
            row |= {"registered_on": "2025-08-15", "recorded_at": "2025-09-01T03:00:00+00:00"}
            night.deliver(registrations=[row])
        return real(self, part, *more)

    monkeypatch.setattr(passes.Passes, at, during)
    run = night.rescore(DAY_US, chunk=10)
    assert came
    with night.store.reading() as connection:
        assert set(connection.execute(linked()).scalars()) == {"C-BACK", "C-TIER"}
        assert not set(connection.execute(linked(run.ingest_seq)).scalars())
    assert night.results(run) == alone

    monkeypatch.undo()
    after = night.results(night.rescore(DAY_US))
    assert after["scores"] != alone["scores"]
    assert after == night.results(night.anew(DAY_US))
