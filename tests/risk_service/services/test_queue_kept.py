"""The queue holds the latest score of every active case, whichever way that was written."""

from __future__ import annotations

import itertools

import pytest
import sqlalchemy as sa

from models.bands import BANDS
from models.rules import load_rules
from risk_service.services import passes
from risk_service.services.releases import Releases
from risk_service.services.rescoring import rescore
from risk_service.store import office_lists, saving
from risk_service.store.casework_tables import objections
from risk_service.store.erasing import erase_people
from risk_service.store.office_tables import waiting_steps
from risk_service.store.scores import NO_DAY
from risk_service.store.tables import current_scores, scores
from tests.service import DAY_US, NOW_US

RULES = load_rules()
DAY_LONG_US = 86_400_000_000


def nightly(service):
    """Rescores a store as of a time."""
    releases = Releases(registry=service.settings.registry, trusted=service.settings.keys / "trusted")

    def again(as_of_us):
        done = rescore(
            service.store, release=releases.at(), rules=RULES, as_of_us=as_of_us, clock=lambda: NOW_US, chunk=25
        )
        return done.run

    return again


def queue(store):
    """Rows of the queue beside the row of the history that each is."""
    with store.reading() as connection:
        rows = [dict(row) for row in connection.execute(sa.select(current_scores)).mappings()]
        history = {row["score_id"]: dict(row) for row in connection.execute(sa.select(scores)).mappings()}
        newest = sa.select(scores.c.case_id, sa.func.max(scores.c.score_id)).group_by(scores.c.case_id)
        return rows, history, dict(connection.execute(newest).all())


@pytest.mark.everywhere
def test_after_every_night_the_queue_holds_the_newest_score_of_each_case_in_its_place(service, monkeypatch):
    ways = {}
    real = saving.update_frame

    def update(connection, table, frame, *, key):
        in_order = "rank_key" in frame.columns
        ways[in_order] = ways.get(in_order, 0) + len(frame)
        real(connection, table, frame, key=key)

    monkeypatch.setattr(saving, "update_frame", update)
    again = nightly(service)
    for days in (1, 2, 40):
        done = again(DAY_US + days * DAY_LONG_US)
        assert done.changed
        rows, history, newest = queue(service.store)
        assert len(rows) == done.cases
        for row in rows:
            own = history[row["score_id"]]
            assert row["score_id"] == newest[row["case_id"]]
            assert {name: row[name] for name in own} == own
            assert row["band_order"] == BANDS.index(row["band"])
            assert row["rank_key"] == (0.0 if row["log_odds"] is None else -row["log_odds"])
            assert row["planned_key"] == (NO_DAY if row["planned_day"] is None else row["planned_day"])
    assert ways[False]
    assert ways[True]


@pytest.mark.everywhere
@pytest.mark.parametrize("digest", [None, 5])
def test_what_no_digest_tells_is_compared_and_written_only_if_it_differs(service, digest):
    again = nightly(service)
    again(DAY_US)
    told = sa.select(current_scores.c.case_id, current_scores.c.digest).order_by(current_scores.c.case_id)
    with service.store.writing() as connection:
        before = connection.execute(told).all()
        some = sa.select(current_scores.c.case_id).order_by(current_scores.c.case_id).limit(3)
        ids = list(connection.execute(some).scalars())
        connection.execute(sa.update(current_scores).where(current_scores.c.case_id.in_(ids)).values(digest=digest))
    assert (again(DAY_US).changed, None not in dict(before).values()) == (0, True)
    with service.store.writing() as connection:
        assert connection.execute(told).all() == before
        moved = (
            sa.update(current_scores).where(current_scores.c.case_id.in_(ids)).values(office="O-ELSE", digest=digest)
        )
        connection.execute(moved)
    assert again(DAY_US).changed == len(ids)
    with service.store.reading() as connection:
        assert connection.execute(told).all() == before
        assert "O-ELSE" not in connection.execute(sa.select(current_scores.c.office)).scalars()


def state(store):
    """The waiting steps, and what the queue tells of them."""
    with store.reading() as connection:
        steps = connection.execute(sa.select(waiting_steps).order_by(*waiting_steps.primary_key.columns)).all()
        told = sa.select(current_scores.c.case_id, current_scores.c.steps_digest).order_by(current_scores.c.case_id)
        return steps, connection.execute(told).all()


@pytest.mark.everywhere
@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("digest", [None, 5])
def test_waiting_steps_are_compared_where_no_digest_tells_that_they_are_the_same(service, many, digest):
    again = nightly(service)
    again(DAY_US)
    before = state(service.store)
    assert before[0]
    c = waiting_steps.c
    with service.store.writing() as connection:
        ids = list(connection.execute(sa.select(c.case_id).distinct().order_by(c.case_id)).scalars())
        ids = ids if many else ids[:2]
        connection.execute(sa.delete(waiting_steps).where(c.case_id == ids[0]))
        connection.execute(sa.update(waiting_steps).where(c.case_id == ids[1]).values(state="pending", turn=0))
        told = sa.update(current_scores).where(current_scores.c.case_id.in_(ids)).values(steps_digest=digest)
        connection.execute(told)
    assert again(DAY_US).changed == 0
    assert state(service.store) == before


@pytest.mark.everywhere
def test_waiting_steps_that_change_by_the_night_are_those_of_a_store_that_knows_none(service):
    again = nightly(service)
    seen = []
    for days in (1, 2, 40):
        again(DAY_US + days * DAY_LONG_US)
        seen.append(state(service.store))
        with service.store.writing() as connection:
            connection.execute(sa.delete(waiting_steps))
            connection.execute(sa.update(current_scores).values(steps_digest=None))
        again(DAY_US + days * DAY_LONG_US)
        assert state(service.store) == seen[-1]
    assert len({repr(steps) for steps, _ in seen}) == 3
    assert sum(new != old for new, old in itertools.pairwise(told for _, told in seen)) == 2


def test_a_night_in_which_nothing_changed_reads_digests_and_neither_results_nor_steps(service, monkeypatch):
    again = nightly(service)
    again(DAY_US)
    asked = []
    for module in (saving, office_lists):
        real = module.read_frame

        def read(connection, statement, *, real=real):
            found = real(connection, statement)
            asked.extend(found.columns if len(found) else [])
            return found

        monkeypatch.setattr(module, "read_frame", read)
    assert again(DAY_US).changed == 0
    assert set(asked) == {"case_id", "candidate_id", "digest", "steps_digest"}


@pytest.mark.everywhere
def test_who_objects_or_is_erased_after_a_chunk_was_compared_is_not_scored_in_it(service, monkeypatch):
    again = nightly(service)
    again(DAY_US)
    with service.store.reading() as connection:
        query = sa.select(current_scores.c.candidate_id).where(current_scores.c.lane == "scored").distinct()
        objects, goes = list(connection.execute(query.order_by(current_scores.c.candidate_id).limit(2)).scalars())
    real, late = passes.Passes._scored, []

    def scored(self, part, *more):
        one = real(self, part, *more)
        if not late and {objects, goes} & set(one.results["candidate_id"]):
            late.append(part)
            with service.store.writing() as connection:
                connection.execute(
                    sa.insert(objections).values(
                        objection_id="late",
                        candidate_id=objects,
                        office="O",
                        raised_by="desk",
                        raised_at_us=NOW_US,
                        version=1,
                    )
                )
                erase_people(connection, [goes], at_us=NOW_US, under="a policy")
        return one

    monkeypatch.setattr(passes.Passes, "_scored", scored)
    again(DAY_US + DAY_LONG_US)
    assert late
    rows, _, newest = queue(service.store)
    mine = [row for row in rows if row["candidate_id"] == objects]
    assert {(row["lane"], row["log_odds"], row["reasons"]) for row in mine} == {("by_date", None, "[]")}
    assert all(row["score_id"] == newest[row["case_id"]] for row in rows)
    assert goes not in {row["candidate_id"] for row in rows}
    assert goes not in {row.candidate_id for row in state(service.store)[0]}
