"""All features of a block of cases, in catalogue order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.features.agency import agency_features
from models.features.catalogue import CATALOGUE, Matrix
from models.features.identity import identity_features
from models.features.registration import registration_features
from models.features.travel import travel_features

if TYPE_CHECKING:
    from models.facts import Facts
    from models.rules import Rules


def compute(facts: Facts, rules: Rules) -> Matrix:
    """The feature matrix, float64 (n, len(CATALOGUE)), C-contiguous, NaN = missing."""
    columns = {
        **registration_features(facts),
        **agency_features(facts, rules),
        **travel_features(facts, rules),
        **identity_features(facts),
    }
    x = np.empty((facts.n, len(CATALOGUE)), dtype=np.float64)
    for j, feature in enumerate(CATALOGUE):
        x[:, j] = columns[feature.name]
    return x
