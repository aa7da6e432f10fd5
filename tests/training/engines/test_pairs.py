from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.registry.termfile import write_terms
from tests.training.frames import QUICK, SPECS, Frame, frame
from training.compile import CompileError
from training.engines.additive import Fit, fit_additive, may_meet
from training.engines.binning import Binning
from training.engines.boosting import tables_of
from training.engines.pairs import PairSearch, Vote, elected

#: One additive stage is enough to search on.
SEARCHED = replace(QUICK, boosting=replace(QUICK.boosting, max_additive=20, max_pairs_stage=5))


def _fit(data: Frame, seed: int) -> Fit:
    return fit_additive(
        data.X, data.y, weight=data.weight, groups=data.groups, specs=SPECS, seed=seed, settings=SEARCHED
    )


@pytest.fixture(scope="module")
def fit() -> Fit:
    return _fit(frame(1500, 3), 3)


def test_a_planted_pair_is_chosen_in_every_bag_and_enters(fit: Fit) -> None:
    assert (fit.votes[0].first, fit.votes[0].second, fit.votes[0].bags) == ("left", "right", QUICK.pairs.bags)
    assert ("left", "right") in fit.pairs


def test_pairs_of_noise_are_left_out_in_nearly_all_worlds() -> None:
    entered = 0
    for seed in range(6, 12):
        data = frame(1500, seed, pair=0.0)
        votes = _fit(data, seed).votes
        entered += sum(v.bags >= QUICK.pairs.votes_needed for v in votes)
        assert votes  # some bag always chooses something
    assert entered <= 6 * QUICK.pairs.by_chance


def test_the_bags_that_a_pair_needs_decide_not_its_strength() -> None:
    votes = [Vote((0, 1), 10, 0.1), Vote((1, 2), 8, 0.2), Vote((2, 3), 7, 1.0)]
    assert elected(votes, PairSearch()) == [(0, 1), (1, 2)]
    assert elected(votes, PairSearch(enough=0.7)) == [(0, 1), (1, 2), (2, 3)]
    assert elected(votes, PairSearch(most=1)) == [(0, 1)]


def test_a_bag_chooses_fewer_pairs_where_there_are_few_to_choose_from() -> None:
    asked = PairSearch(most=10, bags=10, enough=0.8, by_chance=0.5)
    assert [asked.in_a_bag(possible) for possible in (1, 22, 500, 10**6)] == [1, 2, 10, 10]
    for possible in (22, 500):
        chosen = asked.in_a_bag(possible)
        assert chosen**2 / ((2 * asked.enough - 1) * possible) <= asked.by_chance


def test_the_search_is_drawn_by_seed(fit: Fit) -> None:
    data = frame(1500, 3)
    again = _fit(data, 3)
    assert again.votes == fit.votes
    assert write_terms(again.terms) == write_terms(fit.terms)
    assert _fit(data, 4).votes != fit.votes


def test_fitted_trees_hold_no_pair_that_was_not_elected(fit: Fit) -> None:
    binning = fit.estimator.binning
    position = {spec.name: i for i, spec in enumerate(SPECS)}
    pairs = fit.allowed
    assert all(may_meet(SPECS, position[a], position[b]) for a, b in fit.pairs)
    for model in fit.estimator.models:
        tables_of(model, binning, pairs)
    fewer = [pair for pair in pairs if pair != (position["left"], position["right"])]
    meets = next(model for model in fit.estimator.models if _refused(model, binning, fewer))
    with pytest.raises(CompileError, match="features meet in a tree that must not: left, right"):
        tables_of(meets, binning, fewer)


def _refused(model: Any, binning: Binning, pairs: list[tuple[int, int]]) -> bool:
    try:
        tables_of(model, binning, pairs)
    except CompileError:
        return True
    return False


def test_too_few_rows_for_two_leaves_choose_nothing() -> None:
    data = frame(40, 1)
    keep = np.arange(data.y.size) % 4 == 0
    few = Frame(data.X[keep], data.y[keep], data.weight[keep], data.groups[keep], data.days[keep])
    assert list(_fit(few, 1).votes) == []
