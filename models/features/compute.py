"""All features of cases, in catalogue order."""

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
    from collections.abc import Sequence

    from models.facts import Columns, Facts, OneFacts
    from models.rules import Rules


def compute_own(facts: Facts) -> Matrix:
    """The feature matrix, float64 (n, len(CATALOGUE)), C-contiguous, NaN = missing or not yet counted."""
    x = np.full((facts.n, len(CATALOGUE)), np.nan, dtype=np.float64)
    for found in (
        registration_features(facts),
        agency_features(facts),
        travel_features(facts),
        identity_features(facts),
    ):
        for name, values in found.items():
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


def compute_one(facts: OneFacts, rules: Rules) -> Sequence[float]:
    """The features of one case: a row of :func:`compute`."""
    found = {
        **registration_features(facts),
        **agency_features(facts),
        **travel_features(facts),
        **identity_features(facts),
        **counted_features(facts, rules),
    }
    return [found[feature.name] for feature in CATALOGUE]
