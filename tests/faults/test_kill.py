"""The short version of ``make faults``: every job killed at a few points, on both databases."""

from __future__ import annotations

import pytest

from tests.faults.kill import Arena, kill
from tests.faults.work import JOBS
from tests.stores import postgresql_server


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "kills"), [("sqlite", 5), pytest.param("postgresql", 5, marks=pytest.mark.postgres)])
def test_a_job_killed_at_any_point_leaves_nothing_lost_doubled_or_half_done(tmp_path, kind, kills):
    with postgresql_server(kind) as server:
        arena = Arena(kind, tmp_path, server)
        arena.prepare(tuple(JOBS))

        found = kill(arena, kills=kills, seed=7)

    assert found.wrong == []
    assert found.by_job == dict.fromkeys(JOBS, kills // len(JOBS))
