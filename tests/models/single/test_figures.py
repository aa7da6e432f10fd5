"""Figures of one case in plain Python are those of the bulk way, bit for bit, with a calibration and without."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.bands import Bands
from models.calibration import Calibration, StepTable
from models.features.catalogue import CATALOGUE, INDEX
from models.registry import Release
from models.releases.rules_only import rules_only_release
from models.score import figures
from models.single.figures import BLANK, figures_one
from tests.models.worlds import BOOK

POINTS = rules_only_release(rules_version=BOOK.version)
CUTS = np.linspace(-4, 4, 9)
STEPS = np.linspace(0, 1, 10)
CALIBRATION = Calibration(tuple(StepTable(CUTS + at, STEPS, STEPS * 0.5, STEPS**0.5) for at in range(4)))
TRAINED = replace(POINTS, calibration=CALIBRATION, bands=Bands("probability", 0.7, 0.4))
FIELDS = ("probability", "low", "high", "log_odds", "other")


def drawn(seed: int, n: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    x = np.column_stack([draw.integers(0, max(2, len(feature.levels)), n) for feature in CATALOGUE]).astype(float)
    x *= draw.choice([1.0, 1.0, 30.0], x.shape)
    x[draw.random(x.shape) < draw.random((n, 1))] = np.nan  # from rows that are full to rows that are empty
    x[:, INDEX["days_to_departure"]] = draw.choice([-3.0, 14.0, 15.0, 30.0, 31.0, 60.0, 61.0, np.nan], n)
    return x


@pytest.mark.parametrize("release", [POINTS, TRAINED], ids=["points", "probability"])
def test_figures_of_one_case_are_those_among_many(release: Release) -> None:
    x = drawn(1, 400)
    many = figures(x, np.ones(len(x), dtype=bool), release)
    assert len(set(many.band)) > 2
    for i, row in enumerate(x.tolist()):
        one = figures_one(row, release)
        for name in FIELDS:
            assert np.array([getattr(one, name)]).tobytes() == getattr(many, name)[i : i + 1].tobytes(), (i, name)
        assert one.band == many.band[i]
        found = [(int(at), float(part)) for at, part in zip(many.groups[i], many.contributions[i], strict=True)]
        assert list(one.reasons) == [(at, part) for at, part in found if at >= 0]


def test_a_case_without_a_score_has_no_figures() -> None:
    many = figures(drawn(2, 1), np.zeros(1, dtype=bool), TRAINED)
    assert (many.groups == -1).all()
    assert BLANK.band == many.band[0]
    for name in FIELDS:
        assert np.isnan(getattr(BLANK, name))
        assert np.isnan(getattr(many, name)[0])
