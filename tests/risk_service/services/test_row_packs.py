"""What a rescoring keeps for the next changes no result, is read in the place of rows, and goes with a person."""

from __future__ import annotations

import itertools
from dataclasses import replace

import polars as pl
import pytest
import sqlalchemy as sa

from models.rules import load_rules
from models.times import date_of
from risk_service.services import chunk_rows, rescoring
from risk_service.services.chunk_rows import ChunkRows
from risk_service.services.ingest import ingest
from risk_service.services.releases import Releases
from risk_service.services.rescoring import rescore
from risk_service.store import row_packs
from risk_service.store.counts import load_counts
from risk_service.store.erasing import erase_people
from risk_service.store.feeds import candidate_ranges
from risk_service.store.office_lists import ALL, PUBLISHED, load_tally
from risk_service.store.office_tables import waiting_steps
from risk_service.store.row_pack_tables import packed_rows, row_ranges, rows_since
from risk_service.store.tables import FEED_TABLES, current_scores
from tests.models.delivery.writing import write_csv, write_manifest
from tests.service import DAY_US, JUDGE, NOW_US

RULES = load_rules()
DAY_LONG_US = 86_400_000_000
WEEK_US = 7 * DAY_LONG_US
LATE = ["C-BACK", "C-HID", "C-LATE", "C-RETR", "C-TIE", "C-TIE2", "C-TIER"]
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
            columns = [c for c in current_scores.c if c.name not in OF_THE_RUN]
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


def test_only_who_has_new_rows_is_read_from_the_feeds(night, monkeypatch):
    night.take(JUDGE / "late")
    asked = []
    real = chunk_rows.load_feeds
    monkeypatch.setattr(
        chunk_rows,
        "load_feeds",
        lambda *a, candidates, **k: asked.append(candidates) or real(*a, candidates=candidates, **k),
    )
    night.rescore(DAY_US + WEEK_US)
    assert [sorted(names) for names in asked] == [LATE]


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
    erased, build = [], rescoring.build_cases

    def build_after_erasing(feeds, *given, **more):
        if not erased and "C-CORR" in set(feeds["candidates"]["candidate_id"]):
            with night.store.writing() as connection:
                erased.append(erase_people(connection, ["C-CORR"], at_us=NOW_US, under="a policy"))
        return build(feeds, *given, **more)

    monkeypatch.setattr(rescoring, "build_cases", build_after_erasing)
    night.rescore(DAY_US)
    assert erased
    with night.store.reading() as connection:
        parts = connection.execute(sa.select(packed_rows.c.content).where(packed_rows.c.part == "candidates")).scalars()
        kept = {one for content in parts for one in pl.read_ipc_stream(content)["candidate_id"]}
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


def test_neighbours_that_are_no_more_than_one_are_joined_and_read_again(night):
    with night.store.writing() as connection:
        connection.execute(sa.delete(packed_rows))
        connection.execute(sa.delete(row_ranges))
    night.rescore(DAY_US, chunk=10)
    with night.store.writing() as connection:
        ids = list(connection.execute(sa.select(FEED_TABLES["candidates"].c.candidate_id).distinct()).scalars())
        before = connection.execute(sa.select(row_ranges).order_by(row_ranges.c.first_id)).all()
        size = before[0].candidates + before[1].candidates
        found = [one for one in row_packs.ranges(connection, seq=99, size=size) if not one.linked]
        after = connection.execute(sa.select(row_ranges).order_by(row_ranges.c.first_id)).all()
    assert [one.first for one in found] == [row.first_id for row in after]
    assert {sum(one.first <= each <= one.last for one in found) for each in ids} == {1}
    assert after[0][:3] == (before[0].first_id, before[1].last_id, size)
    assert all(row.candidates <= size for row in after)
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
    with night.store.writing() as connection:
        rows.pack(connection, replace(everybody, first=""), read, erased=())
    assert not night.packs()
