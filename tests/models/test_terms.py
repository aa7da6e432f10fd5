from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from models.directions import direction_violations
from models.features.catalogue import CATALOGUE, INDEX
from models.registry.termfile import read_terms, write_terms
from models.terms import EXACT_LIMIT, GRID, Axis, Term, Terms, on_grid, to_grid
from tests.models.builders import CONTEXT, random_block, random_terms, seeds


def test_a_value_on_a_cut_belongs_to_the_lower_bin_and_missing_to_the_last() -> None:
    axis = Axis("x", 0, np.array([1.0, 2.0]))
    values = np.array([-np.inf, 1.0, np.nextafter(1.0, 2.0), 2.0, np.nextafter(2.0, 3.0), np.inf, np.nan])
    assert axis.assign(values).tolist() == [0, 0, 1, 1, 2, 2, 3]


def test_the_rule_on_cuts_is_that_of_the_histogram_trees() -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor

    x = np.repeat([1.0, 2.0, 4.0], 30)
    model = HistGradientBoostingRegressor(max_iter=1, learning_rate=1.0, min_samples_leaf=5).fit(x[:, None], x)
    cuts = np.array([1.5, 3.0])
    axis = Axis("x", 0, cuts)
    assert len(set(zip(model.predict(cuts[:, None]), axis.assign(cuts), strict=True))) == 2
    assert model.predict(cuts[:, None]).tolist() == model.predict(np.array([[1.0], [2.0]])).tolist()


def test_an_unknown_level_falls_into_the_missing_bin() -> None:
    axis = Axis("season", 0, np.empty(0), levels=3)
    assert axis.assign(np.array([0.0, 2.0, 3.0, -1.0, 0.5, np.inf, -np.inf, np.nan])).tolist() == [
        0,
        2,
        3,
        3,
        3,
        3,
        3,
        3,
    ]


@given(seeds)
@settings(max_examples=60)
def test_one_row_alone_and_in_a_block_has_the_same_bits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    terms = random_terms(rng)
    X = random_block(rng, terms, 20)
    block = terms.group_contributions(X)
    rows = np.array([terms.group_row(row) for row in X.tolist()])
    assert block.tobytes() == rows.tobytes()
    assert terms.group_contributions(X[:1]).tobytes() == block[:1].tobytes()


@given(seeds)
@settings(max_examples=60)
def test_sums_are_exact_in_any_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    terms = random_terms(rng, scale=float(rng.choice([0.01, 1.0, 40.0])))
    X = random_block(rng, terms, 10)
    contributions = terms.contributions(X)
    total = terms.log_odds(X)
    for row, stated in zip(contributions, total, strict=True):
        exact = sum((Fraction(c) for c in row.tolist()), Fraction(terms.base))
        assert Fraction(float(stated)) == exact
        for _ in range(5):
            running = 0.0
            for value in rng.permutation([terms.base, *row]):
                running += float(value)
            assert running == stated
        assert math.fsum([terms.base, *row]) == stated


def test_tables_whose_sums_could_be_inexact_are_refused() -> None:
    axis = Axis("x", 0, np.empty(0))
    with pytest.raises(ValueError, match="exact only below"):
        Terms(base=1.0, axes=[axis], terms=[Term(("x",), np.array([EXACT_LIMIT - 1, 0.0]))])


@given(seeds)
@settings(max_examples=30)
def test_rounding_to_the_grid_moves_a_value_by_at_most_half_a_step(seed: int) -> None:
    values = np.random.default_rng(seed).normal(0, 5, 50)
    rounded = to_grid(values)
    assert on_grid(rounded)
    assert np.abs(rounded - values).max() <= GRID / 2


def test_values_off_the_grid_and_negative_zeros_are_refused() -> None:
    for values in ([0.1, 0.0], [-0.0, 0.0], [np.nan, 0.0], [np.inf, 0.0]):
        with pytest.raises(ValueError, match="multiples"):
            Term(("x",), np.array(values))


def test_a_pair_with_the_context_belongs_to_its_features_reason() -> None:
    terms = random_terms(np.random.default_rng(1))
    codes = [group.code for group in terms.groups]
    assert codes == ["f0", "f1", "f2", "f3", "f4", "f0*f4", "f1*f3"]
    by_code = {group.code: group for group in terms.groups}
    assert by_code["f0"].features == ("f0",)
    assert [terms.terms[i].name for i in by_code["f0"].terms] == ["f0", "f0*f5"]


def test_the_context_can_have_no_effect_of_its_own() -> None:
    axis = Axis(CONTEXT, 0, np.empty(0))
    with pytest.raises(ValueError, match="no effect of its own"):
        Terms(base=0.0, axes=[axis], terms=[Term((CONTEXT,), np.zeros(2))], context=[CONTEXT])


@pytest.mark.parametrize(
    ("axes", "terms", "message"),
    [
        ([], [Term(("x",), np.zeros(2))], "no axis"),
        ([Axis("x", 0, np.array([1.0]))], [Term(("x",), np.zeros(2))], "its axes need"),
        ([Axis("x", 0, np.empty(0))], [Term(("x",), np.zeros(2))] * 2, "twice"),
        ([Axis("x", 0, np.empty(0))] * 2, [], "axis occurs twice"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(axes: list[Axis], terms: list[Term], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Terms(base=0.0, axes=axes, terms=terms)


@given(seeds)
@settings(max_examples=20)
def test_tables_survive_the_file_and_equal_tables_give_equal_bytes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    terms = random_terms(rng)
    content = write_terms(terms)
    index = {axis.name: axis.column for axis in terms.axes}
    again = read_terms(content, index)
    assert write_terms(again) == content
    X = random_block(rng, terms, 10)
    assert again.contributions(X).tobytes() == terms.contributions(X).tobytes()
    moved = read_terms(content, {name: 5 - column for name, column in index.items()})
    assert moved.log_odds(np.ascontiguousarray(X[:, ::-1])).tobytes() == terms.log_odds(X).tobytes()
    assert terms.bind(index).log_odds(X).tobytes() == terms.log_odds(X).tobytes()


@pytest.mark.parametrize("keep", [0, 10, 400, -30])
def test_a_truncated_file_is_refused(keep: int) -> None:
    terms = random_terms(np.random.default_rng(3))
    with pytest.raises(ValueError, match=r"terms\.npz"):
        read_terms(write_terms(terms)[:keep], {axis.name: axis.column for axis in terms.axes})


def test_pickles_in_a_file_are_refused() -> None:
    import io

    buffer = io.BytesIO()
    np.savez(buffer, format=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        read_terms(buffer.getvalue(), {})


def test_a_direction_broken_in_one_cell_of_a_pair_is_found() -> None:
    steps = Axis("steps_overdue", INDEX["steps_overdue"], np.array([0.0, 1.0]))
    days = Axis("days_to_departure", INDEX["days_to_departure"], np.array([7.0]))
    main = Term(("steps_overdue",), np.array([0.0, 1.0, 2.0, 0.0]))
    pair = np.zeros((4, 3))
    made = {"base": 0.0, "axes": [steps, days], "context": ["days_to_departure"]}
    assert direction_violations(Terms(terms=[main, Term(("steps_overdue", days.name), pair)], **made), CATALOGUE) == []
    pair[2, 1] = -1.5
    broken = direction_violations(Terms(terms=[main, Term((days.name, "steps_overdue"), pair.T)], **made), CATALOGUE)
    assert broken == ["steps_overdue: from bin 1 to bin 2 the log-odds can change by -0.5"]


def test_what_is_missing_may_not_count_worse_than_the_mildest_known_value() -> None:
    axis = Axis("lead_days", INDEX["lead_days"], np.array([3.0]))
    mild = Terms(base=0.0, axes=[axis], terms=[Term(("lead_days",), np.array([1.0, 0.0, 0.0]))])
    harsh = Terms(base=0.0, axes=[axis], terms=[Term(("lead_days",), np.array([1.0, 0.0, 0.5]))])
    assert direction_violations(mild, CATALOGUE) == []
    assert len(direction_violations(harsh, CATALOGUE)) == 1
