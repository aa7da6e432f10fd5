"""Clean material, and what tests need to plant a fault in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.training.made import made
from training.checks import Material
from training.examples import Examples
from training.validation import Origins, rolling_origins


def clean_material(seed: int = 1) -> Material:
    """Closed cases to learn from, open ones as they are scored in use, and feeds that ran every working day."""
    both = made(2000, seed=seed, open_cases=300, days=700)
    data, use = both.rows(both.labelled), both.rows(~both.labelled)
    split = list(rolling_origins(data, Origins(number=2, first=200)))[-1]
    rng = np.random.default_rng(seed)
    days = np.arange(data.day.min(), use.day.max())
    records = np.repeat(days, rng.poisson(np.where(days % 7 < 2, 1.0, 20.0)))
    return Material(data=data, split=split, use=use, records={"steps": records}, cohorts=("office",))


def with_feature(data: Examples, name: str, values: np.ndarray) -> Examples:
    """The examples with one more numeric feature."""
    spec = replace(data.specs[0], name=name, column=len(data.specs), direction=0, can_miss=True)
    X = np.ascontiguousarray(np.column_stack([data.X, values]))
    return replace(data, X=X, specs=(*data.specs, spec))


def copied(data: Examples) -> Examples:
    """The same examples, to be spoilt."""
    return data.rows(np.arange(len(data)))
