"""A BentoML service: a ready row of features as a DataFrame; LightGBM with five reasons, or scikit-learn."""

from __future__ import annotations

import os

import bentoml
import joblib
import lightgbm
import pandas as pd
from reasons import explained


@bentoml.service(workers=int(os.environ["WORKERS"]))
class Scores:
    """Scores of single rows."""

    def __init__(self) -> None:
        self.booster = lightgbm.Booster(model_file=os.environ["MODEL"])
        self.estimator = joblib.load(os.environ["ESTIMATOR"])

    @bentoml.api
    def reasons(self, row: pd.DataFrame) -> dict:
        """Probability and reasons of a ready row of features."""
        return explained(self.booster, row[self.booster.feature_name()].astype("float64"))

    @bentoml.api
    def probability(self, row: pd.DataFrame) -> dict:
        """Probability of a ready row of features."""
        frame = row[self.estimator.feature_names_in_].astype("float64")
        return {"probability": float(self.estimator.predict_proba(frame)[0, 1])}
