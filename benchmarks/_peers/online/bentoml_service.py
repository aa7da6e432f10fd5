"""A BentoML service: a ready row of features as a DataFrame; LightGBM with five reasons, or scikit-learn."""

from __future__ import annotations

import os
from typing import Any

import bentoml
import joblib
import lightgbm
import pandas as pd
from reasons import explained


def probability(estimator: Any, row: pd.DataFrame) -> dict:
    """As JSON, of a frame of one row."""
    frame = row[estimator.feature_names_in_].astype("float64")
    return {"probability": float(estimator.predict_proba(frame)[0, 1])}


@bentoml.service(workers=int(os.environ["WORKERS"]))
class Scores:
    """Scores of single rows."""

    def __init__(self) -> None:
        self.booster = lightgbm.Booster(model_file=os.environ["MODEL"])
        self.estimator = joblib.load(os.environ["ESTIMATOR"])
        self.one_bag = joblib.load(os.environ["BAG"])

    @bentoml.api
    def reasons(self, row: pd.DataFrame) -> dict:
        """Probability and reasons of a ready row of features."""
        return explained(self.booster, row[self.booster.feature_name()].astype("float64"))

    @bentoml.api
    def probability(self, row: pd.DataFrame) -> dict:
        """Probability of a ready row of features."""
        return probability(self.estimator, row)

    @bentoml.api
    def bag(self, row: pd.DataFrame) -> dict:
        """The same by one bag."""
        return probability(self.one_bag, row)
