from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from training.proxies import ALL_TERMS, PROXIES, _auc, proxies

N = 2000


@pytest.fixture(scope="module")
def found() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    sex = rng.choice(["F", "M"], N)
    town = rng.choice(["a", "b", "c"], N)
    X = np.column_stack(
        [
            np.where((sex == "F") ^ (rng.random(N) < 0.1), 0.5, -0.5),
            rng.choice([-0.1, 0.0, 0.4], N),
            np.where(town == "a", 0.3, 0.0) + rng.choice([0.0, 0.1], N),
            np.zeros(N),
        ]
    )
    people = np.arange(N).astype(str)
    return proxies(X, ["passport", "licence", "route", "empty"], {"sex": sex, "town": town}, people)


def _auc_of(table: pl.DataFrame, attribute: str, term: str) -> float:
    return float(table.filter(attribute=attribute, term=term)["auc"][0])


def test_a_term_that_stands_for_a_group_gives_it_away_and_comes_first(found: pl.DataFrame) -> None:
    assert dict(found.schema) == PROXIES
    first = found.filter(attribute="sex").row(0, named=True)
    assert first["term"] in {"passport", ALL_TERMS}
    assert _auc_of(found, "sex", "passport") == pytest.approx(0.9, abs=0.03)
    assert found.filter(attribute="sex", term="passport")["gives_away"][0]
    assert _auc_of(found, "town", "route") > 0.7


def test_a_term_that_says_nothing_about_a_group_is_a_coin(found: pl.DataFrame) -> None:
    assert _auc_of(found, "sex", "licence") == pytest.approx(0.5, abs=0.05)
    assert not found.filter(attribute="sex", term="licence")["gives_away"][0]
    assert "empty" not in set(found["term"])


def test_all_terms_together_tell_at_least_what_the_best_tells(found: pl.DataFrame) -> None:
    assert _auc_of(found, "sex", ALL_TERMS) > _auc_of(found, "sex", "passport") - 0.03


def test_two_terms_that_tell_only_together_are_found_out() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 2, N), rng.integers(0, 2, N)
    sex = np.where(a ^ b, "F", "M")
    table = proxies(np.column_stack([a, b]).astype(float), ["a", "b"], {"sex": sex}, np.arange(N).astype(str))
    assert _auc_of(table, "sex", "a") == pytest.approx(0.5, abs=0.05)
    assert _auc_of(table, "sex", ALL_TERMS) > 0.95


def test_learning_by_heart_who_somebody_is_does_not_count() -> None:
    rng = np.random.default_rng(2)
    person = np.repeat(np.arange(N // 10), 10)
    sex = rng.choice(["F", "M"], N // 10)[person]
    table = proxies(person[:, None].astype(float), ["number"], {"sex": sex}, person.astype(str), together=False)
    assert _auc_of(table, "sex", "number") == pytest.approx(0.5, abs=0.08)


def test_unknown_groups_are_left_out_and_many_small_ones_are_one() -> None:
    rng = np.random.default_rng(3)
    origin = rng.integers(0, 40, N).astype(str)
    origin[::3] = "unknown"
    X = rng.normal(size=(N, 1))
    table = proxies(X, ["x"], {"origin": origin, "sex": np.full(N, "unknown")}, np.arange(N).astype(str))
    assert set(table["attribute"]) == {"origin"}
    assert (table["low"] <= table["auc"]).all()
    assert (table["auc"] <= table["high"]).all()


def test_the_figure_is_the_area_under_the_curve() -> None:
    rng = np.random.default_rng(4)
    code = rng.integers(0, 2, 300)
    chance = np.round(rng.random(300) + 0.3 * code, 1)
    ours, _ = _auc(np.column_stack([1 - chance, chance]), code, 2)
    assert ours == pytest.approx(roc_auc_score(code, chance))
