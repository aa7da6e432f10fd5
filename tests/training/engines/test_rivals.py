from __future__ import annotations

import numpy as np
import pytest

from models.directions import direction_violations
from models.terms import Terms
from tests.training.frames import QUICK, SPECS, Frame, frame
from training.engines.additive import log_loss
from training.engines.ebm import fit_ebm
from training.engines.fitted import Fitted
from training.engines.scorecard import fit_scorecard
from training.engines.unconstrained import fit_unconstrained
from training.rivals import ADDITIVE, engines

READABLE = {"ebm": fit_ebm, "scorecard": fit_scorecard}
EVERY = {**READABLE, "unconstrained": fit_unconstrained}


@pytest.fixture(scope="module")
def data() -> Frame:
    return frame(900, 1)


@pytest.fixture(scope="module")
def fitted(data: Frame) -> dict[str, Fitted]:
    return {
        name: engine(data.X, data.y, weight=data.weight, groups=data.groups, specs=SPECS, seed=1)
        for name, engine in EVERY.items()
    }


def _hostile(terms: Terms, width: int) -> np.ndarray:
    rows = [np.full(width, np.nan), np.full(width, np.inf), np.full(width, -np.inf), np.full(width, 7.5)]
    for axis in terms.axes:
        for cut in [*axis.cuts, *np.nextafter(axis.cuts, np.inf), *range(axis.levels + 2)]:
            row = np.zeros(width)
            row[axis.column] = cut
            rows.append(row)
    return np.ascontiguousarray(np.array(rows))


@pytest.mark.parametrize("name", READABLE)
def test_the_tables_say_what_the_engine_says_on_any_row(name: str, data: Frame, fitted: dict[str, Fitted]) -> None:
    engine = fitted[name]
    assert engine.terms is not None
    for X in (data.X, _hostile(engine.terms, data.X.shape[1])):
        np.testing.assert_allclose(engine.log_odds(X), engine.score(X), atol=1e-9)


@pytest.mark.parametrize("name", READABLE)
def test_the_context_has_no_effect_of_its_own(name: str, fitted: dict[str, Fitted]) -> None:
    terms = fitted[name].terms
    assert terms is not None
    assert ("days",) not in [term.features for term in terms.terms]
    assert terms.context == {"days"}


def test_the_rival_finds_the_pair_that_matters(fitted: dict[str, Fitted]) -> None:
    terms = fitted["ebm"].terms
    assert terms is not None
    pairs = {frozenset(term.features): np.ptp(term.values) for term in terms.terms if len(term.features) == 2}
    assert frozenset({"left", "right"}) in pairs
    assert pairs[frozenset({"left", "right"})] == max(pairs.values())
    for names in pairs:  # the context meets steps only
        assert "days" not in names or names == {"days", "steps"}


def test_whether_the_rival_keeps_the_law_can_be_told(fitted: dict[str, Fitted]) -> None:
    terms = fitted["ebm"].terms
    assert terms is not None
    assert isinstance(direction_violations(terms, SPECS), list)


@pytest.mark.parametrize("name", EVERY)
def test_every_engine_orders_other_cases_better_than_chance(name: str, fitted: dict[str, Fitted]) -> None:
    other = frame(600, 2)
    score = fitted[name].log_odds(other.X)
    assert score[other.y > 0].mean() > score[other.y == 0].mean() + 0.5


@pytest.mark.parametrize("name", EVERY)
def test_held_out_scores_owe_nothing_to_the_row_itself(name: str) -> None:
    """With labels that mean nothing, held-out scores are no better than a coin, fitted ones are."""
    data = frame(250, 3)
    rng = np.random.default_rng(0)
    y = np.repeat(rng.integers(0, 2, 250), 4).astype(float)
    engine = EVERY[name](data.X, y, weight=data.weight, groups=data.groups, specs=SPECS, seed=1)
    fresh = log_loss(y, data.weight, engine.held_out(data.X, data.groups))
    assert fresh > log_loss(y, data.weight, engine.log_odds(data.X)) + 0.005
    assert fresh > 0.68


@pytest.mark.parametrize("name", EVERY)
def test_equal_data_and_seed_give_equal_scores(name: str) -> None:
    data = frame(200, 5)
    made = [
        EVERY[name](data.X, data.y, weight=data.weight, groups=data.groups, specs=SPECS, seed=2).log_odds(data.X)
        for _ in range(2)
    ]
    np.testing.assert_array_equal(made[0], made[1])


def test_the_engine_of_releases_is_one_among_others(data: Frame) -> None:
    every = engines(QUICK)
    assert next(iter(every)) == ADDITIVE
    fitted = every[ADDITIVE](data.X, data.y, weight=data.weight, groups=data.groups, specs=SPECS, seed=1)
    assert fitted.terms is not None
    assert direction_violations(fitted.terms, SPECS) == []
    held = fitted.held_out(data.X, data.groups)
    assert held.shape == data.y.shape
    assert held[data.y > 0].mean() > held[data.y == 0].mean()
