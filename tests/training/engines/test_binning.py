from __future__ import annotations

import numpy as np
from hypothesis import given

from models.features.catalogue import CATALOGUE, INDEX
from tests.models.builders import HOSTILE, seeds
from training.engines.binning import Binning, fit_axis
from training.engines.spec import LEAD_CUTS, LEADS, Spec, catalogue_specs


def test_few_values_are_all_cuts_and_many_are_cut_at_values_that_occur() -> None:
    ones = np.ones(1000)
    few = fit_axis(Spec(name="x", column=0), np.resize([0.0, 1.0, np.nan, np.inf], 1000), ones)
    assert few.cuts.tolist() == [0.0]
    values = np.random.default_rng(0).gamma(1, 2, 1000)
    many = fit_axis(Spec(name="x", column=0), values, ones, max_bins=8)
    assert many.cuts.size == 7
    assert np.isin(many.cuts, values).all()
    assert np.bincount(many.assign(values)).min() > 60


def test_weights_move_the_cuts() -> None:
    values = np.arange(1000.0)
    weight = np.where(values > 900, 100.0, 1.0)
    axis = fit_axis(Spec(name="x", column=0), values, weight, max_bins=4)
    assert axis.cuts.min() > 900


@given(seeds)
def test_codes_and_bins_agree_on_any_value(seed: int) -> None:
    rng = np.random.default_rng(seed)
    specs = [
        Spec(name="up", column=0, direction=1),
        Spec(name="down", column=1, direction=-1),
        Spec(name="free", column=2),
        Spec(name="level", column=3, levels=3),
    ]
    pool = [*np.arange(-2, 4).tolist(), *HOSTILE]
    X = rng.choice(pool, size=(50, 4))
    binning = Binning.fit(specs, X, np.ones(50))
    codes = binning.codes(X)
    assert np.isfinite(codes).all()
    for i, axis in enumerate(binning.axes):
        assert (binning.codes_of_bins(i)[axis.assign(X[:, i])] == codes[:, i]).all()


def test_missing_is_the_mildest_code_of_a_directed_feature() -> None:
    specs = [Spec(name="up", column=0, direction=1), Spec(name="down", column=1, direction=-1)]
    X = np.array([[1.0, 1.0], [2.0, 2.0], [np.nan, np.nan]])
    codes = Binning.fit(specs, X, np.ones(3)).codes(X)
    assert codes[2, 0] < codes[:2, 0].min()
    assert codes[2, 1] > codes[:2, 1].max()


def test_the_catalogue_gives_a_spec_for_each_feature_that_is_on() -> None:
    specs = catalogue_specs()
    assert [s.name for s in specs] == [f.name for f in CATALOGUE if f.default_on]
    assert all(s.column == INDEX[s.name] for s in specs)
    assert [s.name for s in specs if s.context] == ["days_to_departure"]
    assert {s.name for s in specs if s.meets_context} >= {"steps_overdue", "steps_orderly", "contract", "work_visa"}
    assert not any(s.meets_context for s in specs if s.name in ("licence_state", "route_rate", "group_size"))


def test_every_lead_has_a_bin_of_its_own() -> None:
    assert sorted(np.digitize(LEADS, LEAD_CUTS, right=True)) == list(range(len(LEADS)))
