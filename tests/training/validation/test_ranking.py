from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from training.validation import Ranking

scores = st.lists(st.one_of(st.sampled_from([0.0, 1.0, 2.0, -np.inf]), st.just(np.nan)), min_size=1, max_size=30)


def test_rows_with_the_same_score_share_the_places_left() -> None:
    chosen = Ranking.of(np.array([3.0, 1.0, 1.0, 1.0, 0.0])).chosen(0.6)
    np.testing.assert_allclose(chosen, [1, 2 / 3, 2 / 3, 2 / 3, 0])


def test_sharing_is_the_mean_over_all_orders_of_equal_rows() -> None:
    score, label = np.array([2.0, 1, 1, 1, 0]), np.array([0.0, 1, 0, 0, 1])
    found = []
    for order in itertools.permutations([1, 2, 3]):
        first = [0, *order][:3]
        found.append(label[first].mean())
    chosen = Ranking.of(score).chosen(0.6)
    assert (chosen * label).sum() / chosen.sum() == pytest.approx(np.mean(found))


def test_who_has_no_score_comes_last_even_after_the_lowest_score() -> None:
    score = np.array([np.nan, -np.inf, 0.5, np.nan])
    np.testing.assert_allclose(Ranking.of(score).chosen(0.5), [0, 1, 1, 0])
    np.testing.assert_allclose(Ranking.of(score).chosen(0.75), [0.5, 1, 1, 0.5])


def test_every_office_gets_its_share_of_its_own_queue() -> None:
    score = np.array([9.0, 8, 7, 6, 2, 1])
    office = np.array(["a", "a", "a", "a", "b", "b"])
    np.testing.assert_allclose(Ranking.of(score, queue=office).chosen(0.5), [1, 1, 0, 0, 1, 0])


def test_a_row_that_stands_for_many_takes_many_places() -> None:
    chosen = Ranking.of(np.array([3.0, 2, 1])).chosen(0.5, mass=np.array([2.0, 2, 6]))
    np.testing.assert_allclose(chosen, [1, 1, 1 / 6])


@given(scores, st.floats(0, 1), st.integers(0, 10**6))
@settings(max_examples=60)
def test_capacity_is_spent_whole_and_the_order_of_the_file_does_not_matter(
    values: list[float], capacity: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    score, mass = np.array(values), rng.integers(1, 5, len(values)).astype(float)
    chosen = Ranking.of(score).chosen(capacity, mass=mass)
    assert (chosen * mass).sum() == pytest.approx(capacity * mass.sum())
    assert ((chosen >= 0) & (chosen <= 1)).all()
    order = rng.permutation(score.size)
    np.testing.assert_allclose(Ranking.of(score[order]).chosen(capacity, mass=mass[order]), chosen[order], atol=1e-12)


def test_the_area_agrees_with_scikit_learn_ties_included() -> None:
    rng = np.random.default_rng(3)
    score, label, weight = rng.integers(0, 9, 400).astype(float), rng.integers(0, 2, 400).astype(float), rng.random(400)
    ours = Ranking.of(score).average_precision(label, weight)
    assert ours == pytest.approx(average_precision_score(label, score, sample_weight=weight))


def test_an_area_over_several_queues_is_refused_and_without_a_positive_it_cannot_be_told() -> None:
    with pytest.raises(ValueError, match="one queue"):
        Ranking.of(np.array([1.0, 2]), queue=np.array([0, 1])).average_precision(np.ones(2), np.ones(2))
    assert np.isnan(Ranking.of(np.array([1.0, 2])).average_precision(np.zeros(2), np.ones(2)))
