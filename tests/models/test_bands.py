from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from models.bands import Bands, assign_bands, association_groups, without_association
from models.calibration import Calibration, StepTable
from models.terms import Axis, Term, Terms, to_grid
from tests.models.builders import seeds

CALIBRATION = Calibration(
    tuple(
        StepTable(np.array([0.0, 2.0]), np.array(p), np.array(p) / 2, np.minimum(np.array(p) * 2, 1))
        for p in ([0.1, 0.4, 0.8], [0.05, 0.3, 0.7], [0.02, 0.2, 0.6], [0.02, 0.1, 0.5])
    )
)


def _terms(rng: np.random.Generator) -> Terms:
    names = ["contract", "recruiter_degree", "group_size"]
    axes = [Axis(name, i, np.array([0.0])) for i, name in enumerate(names)]
    terms = [Term((name,), to_grid(rng.normal(0, 2, 3))) for name in names]
    terms.append(Term(("contract", "group_size"), to_grid(rng.normal(0, 1, (3, 3)))))
    return Terms(base=0.0, axes=axes, terms=terms)


def test_a_group_with_any_association_feature_is_one_of_association() -> None:
    terms = _terms(np.random.default_rng(0))
    assert [g.code for g in terms.groups] == ["contract", "recruiter_degree", "group_size", "contract*group_size"]
    assert association_groups(terms, ["recruiter_degree", "group_size"]).tolist() == [False, True, True, True]


@pytest.mark.parametrize("scale", ["points", "probability"])
@given(seed=seeds)
@settings(max_examples=60)
def test_association_never_lifts_a_case_to_first(scale: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    terms = _terms(rng)
    X = rng.choice([0.0, 1.0, np.nan], size=(30, 3))
    days = rng.choice([3.0, 21.0, 45.0, 90.0], size=30)
    mask = association_groups(terms, ["recruiter_degree", "group_size"])
    groups = terms.group_contributions(X)
    own = without_association(terms.log_odds(X), groups, mask)
    bands = Bands("points", 1.0, 0.0) if scale == "points" else Bands("probability", 0.6, 0.3)
    found = assign_bands(
        bands, log_odds=terms.log_odds(X), own_log_odds=own, days_to_departure=days, calibration=CALIBRATION
    )
    alone = assign_bands(bands, log_odds=own, own_log_odds=own, days_to_departure=days, calibration=CALIBRATION)
    assert (own <= terms.log_odds(X)).all()
    assert (alone[found == "first"] == "first").all()


def test_a_value_on_a_threshold_reaches_it() -> None:
    z = np.array([5.0, 4.999, 2.0, 1.999])
    found = assign_bands(
        Bands("points", 5.0, 2.0), log_odds=z, own_log_odds=z, days_to_departure=np.full(4, np.nan), calibration=None
    )
    assert found.tolist() == ["first", "check", "check", "none"]


def test_a_probability_without_a_date_is_insufficient() -> None:
    z = np.array([5.0])
    found = assign_bands(
        Bands("probability", 0.5, 0.2),
        log_odds=z,
        own_log_odds=z,
        days_to_departure=np.array([np.nan]),
        calibration=CALIBRATION,
    )
    assert found.tolist() == ["insufficient"]


def test_the_same_log_odds_fall_into_the_band_of_their_window() -> None:
    z = np.full(4, 1.0)
    found = assign_bands(
        Bands("probability", 0.35, 0.15),
        log_odds=z,
        own_log_odds=z,
        days_to_departure=np.array([7.0, 21.0, 45.0, 90.0]),
        calibration=CALIBRATION,
    )
    assert found.tolist() == ["first", "check", "check", "none"]


@pytest.mark.parametrize(("first", "check"), [(0.2, 0.2), (0.1, 0.2), (float("nan"), 0.1)])
def test_thresholds_out_of_order_are_refused(first: float, check: float) -> None:
    with pytest.raises(ValueError, match="bands"):
        Bands("probability", first, check)


def test_probability_thresholds_need_a_calibration() -> None:
    z = np.zeros(1)
    with pytest.raises(ValueError, match="calibration"):
        assign_bands(Bands("probability", 0.5, 0.2), log_odds=z, own_log_odds=z, days_to_departure=z, calibration=None)


def test_bands_survive_json() -> None:
    bands = Bands("probability", 0.1 + 0.2, 0.1)
    assert Bands.from_json(bands.to_json()) == bands
    with pytest.raises(ValueError, match="bands"):
        Bands.from_json({"scale": "points"})
