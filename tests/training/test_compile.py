from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings

from models.directions import direction_violations
from models.terms import Axis
from tests.models.builders import seeds
from training.compile import CompileError, Reference, Tables, centre, compile_trees, purify, take_out_context, to_terms
from training.engines.binning import Binning
from training.engines.spec import Spec

SPECS = (
    Spec(name="a", column=0, direction=1),
    Spec(name="b", column=1),
    Spec(name="c", column=2, context=True),
)
AXES = tuple(Axis(spec.name, spec.column, np.array([0.0, 1.0, 2.0])) for spec in SPECS)
BINNING = Binning(SPECS, AXES)


def _leaf(value: float) -> dict[str, float]:
    return {"value": value, "is_leaf": 1}


def _split(feature: int, threshold: float, left: int, right: int) -> dict[str, float]:
    return {"feature_idx": feature, "num_threshold": threshold, "left": left, "right": right}


def _tree(*nodes: dict[str, float]) -> SimpleNamespace:
    kinds = [("value", "f8"), ("feature_idx", "i8"), ("num_threshold", "f8"), ("left", "i8"), ("right", "i8")]
    array = np.zeros(len(nodes), dtype=[*kinds, ("is_leaf", "u1"), ("is_categorical", "u1")])
    for i, node in enumerate(nodes):
        for name, value in node.items():
            array[i][name] = value
    return SimpleNamespace(nodes=array)


def test_a_tree_on_two_features_becomes_their_table_with_missing_at_the_mild_end() -> None:
    tree = _tree(_split(0, 0.5, 1, 2), _leaf(-1.0), _split(1, 1.5, 3, 4), _leaf(2.0), _leaf(3.0))
    tables = compile_trees([tree], BINNING, allowed=[(1, 0)], base=0.25)
    assert tables.base == 0.25
    assert tables.mains[0].tolist() == [-1.0, 0.0, 0.0, 0.0, -1.0]  # missing goes with the lowest bin of a +1 feature
    assert tables.pairs[0, 1][1].tolist() == [2.0, 2.0, 3.0, 3.0, 3.0]
    assert tables.pairs[0, 1][0].tolist() == [0.0] * 5


def test_features_that_must_not_meet_are_named() -> None:
    tree = _tree(_split(0, 0.5, 1, 2), _leaf(0.0), _split(2, 0.5, 3, 4), _leaf(0.0), _leaf(1.0))
    with pytest.raises(CompileError, match="must not: a, c"):
        compile_trees([tree], BINNING, allowed=[(0, 1)], base=0.0)


def test_native_categories_are_refused() -> None:
    tree = _tree(_split(0, 0.5, 1, 2) | {"is_categorical": 1}, _leaf(0.0), _leaf(1.0))
    with pytest.raises(CompileError, match="native category"):
        compile_trees([tree], BINNING, allowed=[], base=0.0)


def _random_tables(rng: np.random.Generator) -> Tables:
    shapes = {(0, 1): (5, 5), (0, 2): (5, 5)}
    return Tables(
        base=float(rng.normal()),
        mains={i: rng.normal(size=5) for i in range(3)},
        pairs={pair: rng.normal(size=shape) for pair, shape in shapes.items()},
    )


def _value(tables: Tables, row: tuple[int, int, int]) -> float:
    total = tables.base + sum(main[row[i]] for i, main in tables.mains.items())
    return float(total + sum(table[row[a], row[b]] for (a, b), table in tables.pairs.items()))


@given(seeds)
@settings(max_examples=40)
def test_purifying_and_centring_change_no_score_and_taking_out_context_only_by_what_it_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tables = _random_tables(rng)
    X = rng.choice([0.0, 1.0, 2.0, 3.0, np.nan], size=(60, 3))
    reference = Reference.of(BINNING, X, rng.random(60))
    rows = [tuple(int(v) for v in rng.integers(0, 5, 3)) for _ in range(20)]
    before = [_value(tables, row) for row in rows]
    levels = take_out_context(tables, BINNING, reference)
    purify(tables, BINNING, reference)
    centre(tables, BINNING, reference)
    after = [_value(tables, row) + levels[2][row[2]] for row in rows]
    assert np.allclose(before, after, atol=1e-12)
    assert 2 not in tables.mains
    shares = [reference.share(i, 5) for i in range(3)]
    assert abs(tables.mains[0] @ shares[0]) < 1e-12
    assert np.abs(tables.pairs[0, 1] @ shares[1]).max() < 1e-12
    assert np.abs(shares[0] @ tables.pairs[0, 1]).max() < 1e-12


@given(seeds)
@settings(max_examples=40)
def test_rounding_to_the_grid_never_breaks_a_direction(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rising = np.cumsum(np.abs(rng.normal(size=(5, 5))) * rng.integers(0, 2, (5, 5)), axis=0)[[1, 2, 3, 4, 0]]
    tables = Tables(base=0.0, mains={0: np.cumsum(rng.random(5))[[1, 2, 3, 4, 0]]}, pairs={(0, 1): rising})
    reference = Reference.of(BINNING, rng.choice([0.0, 1.0, 2.0, 3.0, np.nan], size=(40, 3)), np.ones(40))
    purify(tables, BINNING, reference)
    centre(tables, BINNING, reference)
    terms = to_terms(tables, BINNING)
    assert direction_violations(terms, SPECS) == []
    rows = [(i, j, 0) for i in range(5) for j in range(5)]
    X = np.array([[AXES[0].representative(i), AXES[1].representative(j), 0.0] for i, j, _ in rows])
    assert np.allclose(terms.log_odds(X), [_value(tables, row) for row in rows], atol=1e-10)


def test_tables_that_break_a_direction_are_refused() -> None:
    tables = Tables(mains={0: np.array([1.0, 0.0, 0.0, 0.0, 0.0])})
    with pytest.raises(CompileError, match="break its direction"):
        to_terms(tables, BINNING)


def test_cuts_across_which_nothing_changes_and_empty_tables_are_left_out() -> None:
    tables = Tables(mains={0: np.array([0.0, 0.0, 2.0, 2.0, 0.0]), 1: np.zeros(5)})
    terms = to_terms(tables, BINNING)
    assert [term.name for term in terms.terms] == ["a"]
    assert terms.axis("a").cuts.tolist() == [1.0]
    assert terms.terms[0].values.tolist() == [0.0, 2.0, 0.0]
