from __future__ import annotations

import numpy as np

from tests.training.frames import QUICK, SPECS, frame
from training.engines.additive import fit_additive
from training.stability import bag_terms, reason_stability


def test_the_tables_of_a_bag_say_what_the_bag_says() -> None:
    data = frame(300, 1)
    fit = fit_additive(data.X, data.y, weight=data.weight, groups=data.groups, specs=SPECS, seed=1, settings=QUICK)
    bags = bag_terms(fit, data.X, data.weight)
    assert len(bags) == len(fit.estimator.models)
    mean = np.mean([terms.log_odds(data.X) for terms in bags], axis=0)
    # Bags are centred each by itself, so the order agrees and the level need not.
    assert np.corrcoef(mean, fit.terms.log_odds(data.X))[0, 1] > 0.999


def test_reasons_of_a_strong_structure_stay_and_those_of_noise_change() -> None:
    strong = frame(900, 2)
    fit = fit_additive(
        strong.X, strong.y, weight=strong.weight, groups=strong.groups, specs=SPECS, seed=1, settings=QUICK
    )
    stays = reason_stability(fit, strong.X, strong.weight)
    rng = np.random.default_rng(0)
    y = np.repeat(rng.integers(0, 2, 300), 4).astype(float)
    weak = frame(300, 3)
    fit = fit_additive(weak.X, y, weight=weak.weight, groups=weak.groups, specs=SPECS, seed=1, settings=QUICK)
    changes = reason_stability(fit, weak.X, weak.weight)
    assert stays.same_leading > 0.8
    assert changes.same_leading < stays.same_leading
    assert stays.cases == round(0.1 * len(strong.X))
    assert 0 <= changes.same_first <= 1
