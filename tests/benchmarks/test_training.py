"""Snapshots drawn again for the benchmark of training."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.training import drawn_again
from training.frozen import Frozen
from training.snapshots import Snapshots


def _data() -> Frozen:
    sizes = [1, 2, 7, 7, 3]
    case = np.repeat([f"k{i}" for i in range(len(sizes))], sizes)
    order = np.random.default_rng(0).permutation(case.size)
    X = np.column_stack([np.arange(case.size), np.unique(case, return_inverse=True)[1]]).astype(float)[order]
    snapshots = Snapshots(pl.DataFrame({"case_id": case[order]}), X)
    nobody = snapshots.rows(np.zeros(case.size, dtype=bool))
    label = (X[:, 1] > 2).astype(float)
    return Frozen(snapshots, label, np.ones(case.size), pl.DataFrame({"case_id": []}), nobody)


def test_whole_cases_are_drawn_and_each_draw_is_a_case_of_weight_one() -> None:
    drawn = drawn_again(_data(), 500)
    assert 500 <= len(drawn.y) < 507
    names, code, sizes = np.unique(drawn.groups, return_inverse=True, return_counts=True)
    assert np.allclose(np.bincount(code, weights=drawn.weight), 1.0)
    assert names.size > 5
    of_case = {float(k): n for k, n in enumerate([1, 2, 7, 7, 3])}
    for name, size in zip(names, sizes, strict=True):
        rows = drawn.groups == name
        assert len(set(drawn.X[rows, 1])) == 1
        assert of_case[drawn.X[rows, 1][0]] == size
        assert len(set(drawn.X[rows, 0])) == size
    assert np.array_equal(drawn.y, (drawn.X[:, 1] > 2).astype(float))


def test_the_draw_is_that_of_its_seed() -> None:
    assert np.array_equal(drawn_again(_data(), 300, seed=1).X, drawn_again(_data(), 300, seed=1).X)
    assert not np.array_equal(drawn_again(_data(), 300, seed=1).X, drawn_again(_data(), 300, seed=2).X)
