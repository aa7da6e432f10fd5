"""The queue holds the latest score of every active case, whichever way that was written."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from models.bands import BANDS
from models.rules import load_rules
from risk_service.services.releases import Releases
from risk_service.services.rescoring import rescore
from risk_service.store import scores as scores_kept
from risk_service.store.scores import NO_DAY
from risk_service.store.tables import current_scores, scores
from tests.service import DAY_US, NOW_US

RULES = load_rules()
DAY_LONG_US = 86_400_000_000


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
    real = scores_kept.update_frame

    def update(connection, table, frame, *, key):
        in_order = "rank_key" in frame.columns
        ways[in_order] = ways.get(in_order, 0) + len(frame)
        real(connection, table, frame, key=key)

    monkeypatch.setattr(scores_kept, "update_frame", update)
    releases = Releases(registry=service.settings.registry, trusted=service.settings.keys / "trusted")
    for days in (1, 2, 40):
        done = rescore(
            service.store,
            release=releases.at(),
            rules=RULES,
            as_of_us=DAY_US + days * DAY_LONG_US,
            clock=lambda: NOW_US,
            chunk=25,
        ).run
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
    releases = Releases(registry=service.settings.registry, trusted=service.settings.keys / "trusted")

    def again():
        release = releases.at()
        return rescore(service.store, release=release, rules=RULES, as_of_us=DAY_US, clock=lambda: NOW_US, chunk=25).run

    again()
    told = sa.select(current_scores.c.case_id, current_scores.c.digest).order_by(current_scores.c.case_id)
    with service.store.writing() as connection:
        before = connection.execute(told).all()
        some = sa.select(current_scores.c.case_id).order_by(current_scores.c.case_id).limit(3)
        ids = list(connection.execute(some).scalars())
        connection.execute(sa.update(current_scores).where(current_scores.c.case_id.in_(ids)).values(digest=digest))
    assert (again().changed, None not in dict(before).values()) == (0, True)
    with service.store.writing() as connection:
        assert connection.execute(told).all() == before
        moved = (
            sa.update(current_scores).where(current_scores.c.case_id.in_(ids)).values(office="O-ELSE", digest=digest)
        )
        connection.execute(moved)
    assert again().changed == len(ids)
    with service.store.reading() as connection:
        assert connection.execute(told).all() == before
        assert "O-ELSE" not in connection.execute(sa.select(current_scores.c.office)).scalars()
