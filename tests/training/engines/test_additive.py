from __future__ import annotations

import io
from dataclasses import replace

import joblib
import numpy as np
import pytest

from models.registry.termfile import write_terms
from tests.training.frames import LEADS, QUICK, SPECS, Frame, frame
from training.engines.additive import (
    Fit,
    broken_directions,
    context_pairs,
    fit_additive,
    fold_of,
    hostile_rows,
    may_meet,
    reproduction_error,
)


def _fit(data: Frame, seed: int = 1) -> Fit:
    return fit_additive(data.X, data.y, weight=data.weight, groups=data.groups, specs=SPECS, seed=seed, settings=QUICK)


@pytest.fixture(scope="module")
def data() -> Frame:
    return frame(1500, 3)


@pytest.fixture(scope="module")
def fit(data: Frame) -> Fit:
    return _fit(data)


def test_the_tables_reproduce_the_trees_on_the_training_frame_and_on_hostile_rows(fit: Fit, data: Frame) -> None:
    assert reproduction_error(fit, data.X) < 1e-9
    hostile = hostile_rows(fit, data.X.shape[1])
    assert np.isnan(hostile).any()
    assert np.isinf(hostile).any()
    assert reproduction_error(fit, hostile) < 1e-9
    rng = np.random.default_rng(0)
    shuffled = np.ascontiguousarray(rng.permuted(hostile, axis=0))
    assert reproduction_error(fit, shuffled) < 1e-9


def test_the_directions_hold_in_every_cell(fit: Fit) -> None:
    assert broken_directions(fit) == []


def test_what_is_missing_never_counts_worse_than_the_mildest_known_value(fit: Fit) -> None:
    base = np.array([[1.0, np.nan, np.nan, 0.0, 0.2, 0.2, 14.0, 0.0]])
    for column, mildest in ((1, 0.0), (2, 1.0)):
        known = base.copy()
        known[0, column] = mildest
        assert fit.terms.log_odds(base)[0] <= fit.terms.log_odds(known)[0]


def test_the_planted_pairs_are_found(fit: Fit) -> None:
    assert ("left", "right") in fit.pairs


def test_steps_meet_the_context_without_being_chosen(fit: Fit) -> None:
    position = {spec.name: i for i, spec in enumerate(SPECS)}
    assert all("days" not in pair for pair in fit.pairs)
    assert all("days" not in (vote.first, vote.second) for vote in fit.votes)
    assert (position["steps"], position["days"]) in fit.allowed
    assert ("steps", "days") in [term.features for term in fit.terms.terms]


def test_steps_meet_the_context_in_the_additive_stage_already(data: Frame) -> None:
    alone = replace(QUICK, boosting=replace(QUICK.boosting, max_pairs_stage=0))
    found = fit_additive(data.X, data.y, weight=data.weight, groups=data.groups, specs=SPECS, seed=1, settings=alone)
    assert {term.features for term in found.terms.terms if len(term.features) > 1} == {("steps", "days")}


def test_a_table_without_a_context_has_no_pair_that_was_not_chosen(data: Frame) -> None:
    rest = [spec for spec in SPECS if not spec.context]
    found = fit_additive(data.X, data.y, weight=data.weight, groups=data.groups, specs=rest, seed=1, settings=QUICK)
    assert {term.features for term in found.terms.terms if len(term.features) > 1} <= set(found.pairs)


def test_the_context_has_no_effect_of_its_own_and_meets_steps_only(fit: Fit) -> None:
    names = [term.features for term in fit.terms.terms]
    assert ("days",) not in names
    assert all(set(pair) == {"steps", "days"} for pair in names if "days" in pair)
    assert "days" not in [group.code for group in fit.terms.groups]


def test_at_every_lead_the_mean_contribution_of_a_pair_with_the_context_is_nil(fit: Fit, data: Frame) -> None:
    position = [term.features for term in fit.terms.terms].index(("steps", "days"))
    parts = fit.terms.contributions(data.X)[:, position]
    for lead in LEADS:
        assert abs(parts[data.days == lead].mean()) < 1e-9


def test_main_effects_are_centred_on_the_training_population(fit: Fit, data: Frame) -> None:
    mains = [j for j, term in enumerate(fit.terms.terms) if len(term.features) == 1]
    assert np.abs(fit.terms.contributions(data.X)[:, mains].mean(axis=0)).max() < 1e-9


def test_equal_data_and_seed_give_equal_bytes_whatever_the_order_of_work(fit: Fit, data: Frame) -> None:
    assert write_terms(_fit(data).terms) == write_terms(fit.terms)
    assert write_terms(_fit(data, seed=2).terms) != write_terms(fit.terms)


def test_held_out_scores_tell_cases_apart_but_less_well_than_scores_that_saw_them(fit: Fit, data: Frame) -> None:
    def apart(scores: np.ndarray) -> float:
        from sklearn.metrics import roc_auc_score

        return float(roc_auc_score(data.y, scores))

    held_out, spread = fit.held_out(data.X, data.groups)
    assert 0.7 < apart(held_out) < apart(fit.terms.log_odds(data.X))
    assert (spread > 0).any()


def test_a_held_out_score_is_that_of_the_bag_that_left_the_group_out(fit: Fit, data: Frame) -> None:
    held_out, _ = fit.held_out(data.X, data.groups)
    folds = fold_of(data.groups, QUICK.folds, salt="1/0")
    for k, scores in enumerate(fit.bag_scores(data.X)[0]):
        assert np.allclose(held_out[folds == k], scores[folds == k])


def test_positives_of_threefold_weight_raise_the_scores(data: Frame) -> None:
    heavy = data.weight * np.where(data.y > 0, 3.0, 1.0)
    lifted = fit_additive(data.X, data.y, weight=heavy, groups=data.groups, specs=SPECS, seed=1, settings=QUICK)
    assert lifted.terms.log_odds(data.X).mean() > _fit(data).terms.log_odds(data.X).mean() + 0.5


def test_rows_of_one_group_fall_into_one_fold_and_the_order_of_rows_does_not_matter() -> None:
    groups = np.repeat([f"c{i}" for i in range(200)], 3)
    folds = fold_of(groups, 5, salt="1/0")
    assert all(len(set(folds[groups == g])) == 1 for g in np.unique(groups))
    assert np.bincount(folds).min() > 0
    order = np.random.default_rng(0).permutation(groups.size)
    assert (fold_of(groups[order], 5, salt="1/0") == folds[order]).all()


def test_without_findings_of_both_kinds_nothing_is_learned(data: Frame) -> None:
    with pytest.raises(ValueError, match="too few findings"):
        fit_additive(
            data.X, np.zeros_like(data.y), weight=data.weight, groups=data.groups, specs=SPECS, seed=1, settings=QUICK
        )


def test_an_analyst_can_store_and_use_the_estimator(fit: Fit, data: Frame) -> None:
    buffer = io.BytesIO()
    joblib.dump(fit.estimator, buffer)
    buffer.seek(0)
    again = joblib.load(buffer)
    assert (again.decision_function(data.X) == fit.estimator.decision_function(data.X)).all()
    p = again.predict_proba(data.X)
    assert np.allclose(p.sum(axis=1), 1)


def test_any_two_features_can_be_chosen_as_a_pair_but_never_the_context() -> None:
    position = {spec.name: i for i, spec in enumerate(SPECS)}
    assert may_meet(SPECS, position["left"], position["licence"])
    assert not may_meet(SPECS, position["steps"], position["days"])
    assert not may_meet(SPECS, position["days"], position["licence"])
    assert context_pairs(SPECS) == [(position["steps"], position["days"])]
