"""A rescoring reads no more steps than it needs, and comes to the same as if it had read them all."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from models.rules import load_rules
from models.times import EPOCH_DATE, date_of
from risk_service.services import chunk_rows
from risk_service.services.chunk_rows import STEPS_FEED, ChunkRows
from risk_service.services.releases import Releases
from risk_service.services.rescoring import rescore
from risk_service.store.feeds import candidate_ranges
from risk_service.store.office_tables import waiting_steps
from risk_service.store.tables import FEED_TABLES
from tests.service import DAY_US, NOW_US

WEEK_US = 7 * 86_400_000_000
RULES = load_rules()
NOW_DATE = date_of(DAY_US)
SINCE = NOW_DATE - dt.timedelta(days=int(RULES.at(NOW_DATE, DAY_US).constant("active_grace_days")))


def run(service, as_of_us):
    releases = Releases(registry=service.settings.registry, trusted=service.settings.keys / "trusted")
    return rescore(
        service.store, release=releases.at(), rules=RULES, as_of_us=as_of_us, clock=lambda: NOW_US, chunk=25
    ).run


def waiting(service):
    with service.store.reading() as connection:
        return sorted(tuple(row) for row in connection.execute(sa.select(waiting_steps)))


@pytest.mark.parametrize("after_us", [0, WEEK_US, 8 * WEEK_US])
@pytest.mark.everywhere
def test_with_few_steps_read_the_results_are_those_of_all(service, monkeypatch, after_us):
    monkeypatch.setattr(chunk_rows, "_FEW", 2.0)
    assert run(service, DAY_US + after_us).cases
    few = waiting(service)
    monkeypatch.setattr(chunk_rows, "_FEW", -1.0)
    again = run(service, DAY_US + after_us)
    assert (again.changed, again.ended) == (0, 0)
    assert waiting(service) == few


@pytest.mark.parametrize(
    ("planned", "read"),
    [(None, True), (NOW_DATE, True), (SINCE, True), (SINCE - dt.timedelta(days=1), False)],
    ids=["without a date", "today", "just not over", "just over"],
)
def test_all_steps_are_read_of_whoever_may_have_an_active_case(service, monkeypatch, planned, read):
    monkeypatch.setattr(chunk_rows, "_FEW", 2.0)
    registrations, steps = FEED_TABLES["registrations"], FEED_TABLES["registration_steps"]
    with service.store.writing() as connection:
        (one,) = connection.execute(sa.select(steps).where(steps.c.step == "passport").limit(1)).mappings()
        mine = registrations.c.candidate_id == one["candidate_id"]
        day = None if planned is None else (planned - EPOCH_DATE).days
        connection.execute(sa.update(registrations).where(mine).values(status="open", planned_departure_on=day))
        wanted = set(
            connection.execute(sa.select(steps.c.step).where(steps.c.candidate_id == one["candidate_id"])).scalars()
        )
        (everybody,) = candidate_ranges(connection, seq=1, size=10_000)[:1]
    rows = ChunkRows(service.store, t_us=DAY_US, seq=1, rules=RULES.at(NOW_DATE, DAY_US))
    found = rows.first(everybody).feeds[STEPS_FEED].filter(candidate_id=one["candidate_id"])
    assert (set(found["step"]) == wanted) is read


def test_steps_of_cases_that_are_over_are_left_where_they_are(service, monkeypatch):
    def steps(few):
        monkeypatch.setattr(chunk_rows, "_FEW", few)
        with service.store.reading() as connection:
            (everybody,) = candidate_ranges(connection, seq=1, size=10_000)[:1]
        rules = RULES.at(NOW_DATE, DAY_US + 8 * WEEK_US)
        return (
            ChunkRows(service.store, t_us=DAY_US + 8 * WEEK_US, seq=1, rules=rules).first(everybody).feeds[STEPS_FEED]
        )

    few, whole = steps(2.0), steps(-1.0)
    assert 0 < len(few) < len(whole)
    assert few.filter(step="orientation").height == whole.filter(step="orientation").height
