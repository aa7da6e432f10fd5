"""A release's estimator as LightGBM's text, read here by a few lines of our own; the benchmark asks LightGBM itself."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import pytest

from benchmarks._as_lightgbm import as_lightgbm, probes
from tests.training.frames import QUICK, SPECS, frame
from training.engines.additive import Estimator, fit_additive


@pytest.fixture(scope="module")
def estimator() -> Estimator:
    data = frame(800, 3)
    fit = fit_additive(data.X, data.y, weight=data.weight, groups=data.groups, specs=SPECS, seed=1, settings=QUICK)
    return fit.estimator


def _trees(text: str) -> list[dict[str, list[float]]]:
    blocks = text.partition("end of trees")[0].split("Tree=")[1:]
    lines = [dict(line.split("=") for line in block.splitlines() if "=" in line) for block in blocks]
    return [{name: [float(value) for value in row.split()] for name, row in tree.items()} for tree in lines]


def _leaf(tree: dict[str, list[float]], row: np.ndarray) -> int:
    at = 0
    while at >= 0:
        value = row[int(tree["split_feature"][at])]
        left = bool(int(tree["decision_type"][at]) & 2) if np.isnan(value) else value <= tree["threshold"][at]
        at = int(tree["left_child" if left else "right_child"][at])
    return -1 - at


def _log_odds(text: str, x: np.ndarray) -> np.ndarray:
    trees = _trees(text)
    return np.array([sum(tree["leaf_value"][_leaf(tree, row)] for tree in trees) for row in x])


def test_the_text_says_what_the_estimator_says(estimator: Estimator) -> None:
    x = probes(estimator, rows=300)
    assert np.isnan(x).any()
    assert _log_odds(as_lightgbm(estimator), x) == pytest.approx(estimator.decision_function(x), abs=1e-12)


def test_values_on_a_cut_and_just_beside_it_are_among_the_probes(estimator: Estimator) -> None:
    x = probes(estimator, rows=300)
    cut = estimator.binning.axes[4].cuts[3]
    assert {-1.0, 0.0, 1.0} <= set(np.sign(x[:, 4][np.abs(x[:, 4] - cut) <= 2 * np.spacing(cut)] - cut))


def test_every_node_has_the_rows_of_its_leaves_as_explanations_need_them(estimator: Estimator) -> None:
    for tree in _trees(as_lightgbm(estimator)):
        assert tree["internal_count"][0] == sum(tree["leaf_count"])


def test_sizes_of_trees_are_those_of_their_text(estimator: Estimator) -> None:
    text = as_lightgbm(estimator)
    sizes = [int(size) for size in text.partition("tree_sizes=")[2].partition("\n")[0].split()]
    start = text.index("Tree=0\n")
    for number, size in enumerate(sizes):
        assert text[start:].startswith(f"Tree={number}\n")
        start += size
    assert text[start:] == "end of trees\n"


def test_a_model_without_a_split_is_refused(estimator: Estimator) -> None:
    stump = copy.deepcopy(estimator.models[0])
    stump._predictors = []
    with pytest.raises(ValueError, match="without a split"):
        as_lightgbm(dataclasses.replace(estimator, models=[stump], levels={}))
