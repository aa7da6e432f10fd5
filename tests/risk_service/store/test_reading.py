"""Rows read on one connection are all there, whatever was read on it before."""

from __future__ import annotations

from risk_service.store.feeds import candidate_ranges, load_feeds


def test_dividing_the_candidates_first_loses_no_row_afterwards(service):
    with service.store.reading() as connection:
        alone = load_feeds(connection)
    with service.store.reading() as connection:
        groups = candidate_ranges(connection, seq=1, size=7)
        after = load_feeds(connection)
        parts = [load_feeds(connection, candidates=group)["candidates"].height for group in groups]

    assert {name: frame.height for name, frame in after.items()} == {n: frame.height for n, frame in alone.items()}
    assert sum(parts) == alone["candidates"].height
