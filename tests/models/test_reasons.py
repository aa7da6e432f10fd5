from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from models.reasons import top_reasons, top_reasons_row
from models.terms import to_grid
from tests.models.builders import random_block, random_terms, seeds


@given(seeds)
@settings(max_examples=80)
def test_base_five_reasons_and_other_add_up_to_the_log_odds_exactly(seed: int) -> None:
    rng = np.random.default_rng(seed)
    terms = random_terms(rng)
    X = random_block(rng, terms, 15)
    found = top_reasons(terms.group_contributions(X))
    total = terms.base + found.contributions.sum(axis=1) + found.other
    assert total.tobytes() == terms.log_odds(X).tobytes()
    for row, other, stated in zip(found.contributions, found.other, terms.log_odds(X), strict=True):
        running = float(other)
        for value in row[::-1]:
            running += float(value)
        assert running + terms.base == stated


@given(seeds)
@settings(max_examples=80)
def test_one_case_and_a_block_have_the_same_reasons(seed: int) -> None:
    rng = np.random.default_rng(seed)
    block = to_grid(rng.choice([-1.0, -0.5, 0.0, 0.0, 0.5, 1.0], size=(12, int(rng.integers(1, 12)))))
    found = top_reasons(block)
    for i, row in enumerate(block.tolist()):
        reasons, other = top_reasons_row(row)
        assert [g for g in found.groups[i].tolist() if g >= 0] == [g for g, _ in reasons]
        assert found.contributions[i, : len(reasons)].tolist() == [c for _, c in reasons]
        assert found.other[i] == other


def test_equal_sizes_are_listed_in_catalogue_order_and_zeros_never() -> None:
    found = top_reasons(np.array([[0.0, 1.0, -2.0, -1.0, 0.0, 2.0]]))
    assert found.groups.tolist() == [[2, 5, 1, 3, -1]]
    assert found.contributions.tolist() == [[-2.0, 2.0, 1.0, -1.0, 0.0]]
    assert found.other.tolist() == [0.0]


def test_a_block_is_left_as_it_was() -> None:
    block = np.array([[3.0, 1.0]])
    top_reasons(block)
    assert block.tolist() == [[3.0, 1.0]]


def test_no_more_reasons_than_asked_for_and_the_rest_is_other() -> None:
    found = top_reasons(np.array([[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]]))
    assert found.groups.tolist() == [[6, 5, 4, 3, 2]]
    assert found.other.tolist() == [3.0]
