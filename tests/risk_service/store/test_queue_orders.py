"""No list of cases sorts or scans the queue, whatever it is filtered by: an index has its cases in their order."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from risk_service.store import open_store
from risk_service.store.scores import Wanted, page

SINGLE = {
    "band": "check",
    "lane": "scored",
    "office": "O-1",
    "destination": "MY",
    "agency_id": "AG-1",
    "planned_from": 20_500,
    "planned_to": 20_600,
}
BESIDE_OFFICE_AND_BAND = [{"office": "O-1", "band": "check", name: SINGLE[name]} for name in SINGLE]


@pytest.fixture(scope="module")
def empty(sqlite_template):
    store = open_store(f"sqlite:///{sqlite_template}")
    yield store
    store.close()


def plan(store, wanted, order):
    """How SQLite reads a page."""
    asked = []
    with store.reading() as connection:
        note = lambda _c, _cur, statement, parameters, *_: asked.append((statement, parameters))  # noqa: E731
        sa.event.listen(connection, "before_cursor_execute", note)
        page(connection, wanted, order=order, limit=51)
        sa.event.remove(connection, "before_cursor_execute", note)
        statement, parameters = asked[0]
        return [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]


@pytest.mark.parametrize("order", ["planned", "urgency"])
def test_every_single_filter_reads_an_index_in_the_order_of_the_page(empty, order):
    for given in ({}, *({name: value} for name, value in SINGLE.items())):
        steps = plan(empty, Wanted(**given), order)
        assert "USING INDEX" in steps[0], (given, steps)
        assert "USE TEMP B-TREE FOR ORDER BY" not in steps, (given, steps)


@pytest.mark.parametrize("order", ["planned", "urgency"])
def test_office_and_band_with_any_other_filter_read_an_index_in_the_order_of_the_page(empty, order):
    for given in BESIDE_OFFICE_AND_BAND:
        steps = plan(empty, Wanted(**given), order)
        assert "band_order=?" in steps[0], (given, steps)
        assert "USE TEMP B-TREE FOR ORDER BY" not in steps, (given, steps)
