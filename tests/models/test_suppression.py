"""Nothing under five is shown, and nothing hidden follows from what is shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.suppression import LEAST, hidden, hidden_together, with_totals

AXES = (0, 1)


def mask_of(counts):
    full = with_totals(np.array(counts, dtype=np.int64), AXES)
    return full, hidden(full, AXES, empty=full == 0)


def lines(full, mask, empty, axes):
    """Every line as: its counts, which are hidden, its total, whether that is hidden."""
    for axis in axes:
        values, flags = np.moveaxis(full, axis, -1), np.moveaxis(mask, axis, -1)
        nobody = np.moveaxis(empty, axis, -1)
        for at in np.ndindex(values.shape[:-1]):
            yield values[at][:-1], flags[at][:-1], nobody[at][:-1], flags[at][-1], nobody[at][-1]


def check(full, mask, empty, axes):
    assert not mask[empty].any()
    assert mask[(full < LEAST) & ~empty].all()
    for values, flags, nobody, total_hidden, total_empty in lines(full, mask, empty, axes):
        if total_hidden:
            assert flags.any() or (nobody.all() and total_empty)
        elif flags.any():
            assert flags.sum() >= 2
            assert values[flags].sum() >= LEAST


def test_a_single_small_count_takes_the_next_smallest_with_it():
    _, mask = mask_of([[3, 40, 9], [20, 30, 50]])

    assert mask.tolist() == [[True, False, True, False], [True, False, True, False], [False] * 4]


def test_two_small_counts_that_amount_to_less_than_five_take_a_third():
    full, mask = mask_of([[1, 2, 60, 70]])

    assert mask[0, :3].all()
    assert full[0][mask[0]].sum() >= LEAST


def test_what_is_nobodys_is_not_hidden_and_hides_nothing():
    full, mask = mask_of([[0, 12, 30], [0, 0, 0]])

    assert not mask.any()
    assert full[-1, -1] == 42


def test_a_lone_count_takes_its_total_with_it():
    _, mask = mask_of([[3]])

    assert mask.all()


tables = arrays.arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 6)), elements=st.integers(0, 30))


@given(tables)
def test_in_no_table_does_a_hidden_count_follow_from_its_line(counts):
    full = with_totals(counts, AXES)
    check(full, hidden(full, AXES, empty=full == 0), full == 0, AXES)


@given(arrays.arrays(np.int64, (3, 4, 2, 2), elements=st.integers(0, 12)))
def test_in_a_table_of_four_axes_neither(counts):
    axes = (0, 1, 2, 3)
    full = with_totals(counts, axes)
    empty = np.broadcast_to(full[..., -1:] == 0, full.shape)
    check(full, hidden(full, axes, empty=empty), empty, axes)


@given(tables, st.integers(0, 2**31))
def test_a_total_hidden_in_one_table_is_hidden_in_every_other(counts, seed):
    rng = np.random.default_rng(seed)
    other = np.stack([rng.multinomial(row.sum(), [0.5, 0.3, 0.2]) for row in counts]).astype(np.int64)
    both = [with_totals(counts, AXES), with_totals(other, AXES)]
    empty = [full == 0 for full in both]
    masks = hidden_together(both, AXES, empty=empty, shared=1)

    assert (masks[0][:, -1] == masks[1][:, -1]).all()
    for full, mask, none in zip(both, masks, empty, strict=True):
        check(full, mask, none, AXES)


@pytest.mark.parametrize("axis", [0, 1])
def test_totals_are_appended_at_the_end_of_their_axis(axis):
    counts = np.arange(6).reshape(2, 3)
    full = with_totals(counts, [axis])

    assert np.take(full, -1, axis=axis).tolist() == counts.sum(axis=axis).tolist()
