"""All features of a block of cases, in catalogue order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.features.agency import agency_features
from models.features.catalogue import CATALOGUE, INDEX, Matrix
from models.features.counted import counted_features
from models.features.identity import identity_features
from models.features.registration import registration_features
from models.features.travel import travel_features

if TYPE_CHECKING:
    from models.facts import Columns, Facts
    from models.rules import Rules


def compute_own(facts: Facts) -> Matrix:
    """The feature matrix, float64 (n, len(CATALOGUE)), C-contiguous, NaN = missing or not yet counted."""
    x = np.full((facts.n, len(CATALOGUE)), np.nan, dtype=np.float64)
    for features in (registration_features, agency_features, travel_features, identity_features):
        for name, values in features(facts).items():
            x[:, INDEX[name]] = values
    return x


def add_counted(x: Matrix, facts: Columns, rules: Rules) -> None:
    """Put the features that need counts over others into ``x``."""
    for name, values in counted_features(facts, rules).items():
        x[:, INDEX[name]] = values


def compute(facts: Facts, rules: Rules) -> Matrix:
    """The whole feature matrix, float64 (n, len(CATALOGUE)), C-contiguous, NaN = missing."""
    x = compute_own(facts)
    add_counted(x, facts, rules)
    return x
