"""On PostgreSQL a row of the queue that stays in its orders gets its new version beside the old one, and no index."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from risk_service.store import migrate
from risk_service.store.bulk import read_frame, update_frame
from risk_service.store.tables import current_scores

KEY = ("case_id", "candidate_id")
PLACE = [pytest.param("postgresql", marks=pytest.mark.postgres)]


def changed_in_place(store):
    """Give every second row of the queue another number: how many were changed, and of how many no index knows."""
    with store.writing() as connection:
        c = current_scores.c
        rows = read_frame(connection, sa.select(*(c[name] for name in KEY), c.score_id)).gather_every(2)
        hot = sa.select(sa.func.pg_stat_get_xact_tuples_hot_updated(sa.text("'current_scores'::regclass")))
        before = connection.execute(hot).scalar_one()  # of transactions that the server has not counted yet
        update_frame(connection, current_scores, rows.with_columns(rows["score_id"] + 1_000_000), key=KEY)
        return len(rows), connection.execute(hot).scalar_one() - before


@pytest.mark.parametrize("service", PLACE, indirect=True)
def test_half_of_the_queue_can_change_without_touching_an_index(service):
    rows, in_no_index = changed_in_place(service.store)
    assert in_no_index == rows > 10


@pytest.mark.parametrize("service", PLACE, indirect=True)
def test_a_queue_of_before_gets_its_room_when_it_is_migrated(service):
    store = service.store
    migrate.downgrade(store, "0016")
    with store.writing() as connection:
        connection.exec_driver_sql("CLUSTER current_scores USING pk_current_scores")
    rows, in_no_index = changed_in_place(store)
    assert in_no_index < rows, "pages are full"

    migrate.upgrade(store)
    assert changed_in_place(store) == (rows, rows)
