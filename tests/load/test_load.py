"""The short version of ``make load``: many connections at once on both databases, and an end in the midst of it."""

from __future__ import annotations

import pytest

from tests.load.strain import strain
from tests.stores import postgresql_server


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_under_load_no_request_fails_no_write_is_lost_and_the_end_is_orderly(tmp_path, kind):
    with postgresql_server(kind) as server:
        found = strain(tmp_path / "home", server, connections=16, requests=2, seed=1)

    assert found.faults == []
    assert found.told.statuses.total() == 32
    assert found.told.written > 0
    assert found.hurried.turned_away > 0
    assert found.ended.statuses.total() >= 16
