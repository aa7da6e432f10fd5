from __future__ import annotations

from benchmarks.selection import world
from training.selection import CORRECTED, DRAWN, NAIVE, WEIGHTED


def test_a_small_world_gives_a_truth_and_four_estimates_of_it() -> None:
    found = world(3, candidates=1500, draws=5)
    assert 0 < found.truth < 1
    assert set(found.estimates) == {NAIVE, WEIGHTED, DRAWN, CORRECTED}
    assert 0 <= found.low <= found.estimates[CORRECTED] <= found.high <= 1
