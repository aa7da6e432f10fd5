"""A BentoML service: a ready row of features as a DataFrame, LightGBM, five reasons."""

from __future__ import annotations

import os

import bentoml
import lightgbm
import pandas as pd
from reasons import explained


@bentoml.service(workers=int(os.environ["WORKERS"]))
class Scores:
    """Scores of single rows."""

    def __init__(self) -> None:
        self.booster = lightgbm.Booster(model_file=os.environ["MODEL"])

    @bentoml.api
    def score(self, row: pd.DataFrame) -> dict:
        """Probability and reasons of a ready row of features."""
        return explained(self.booster, row[self.booster.feature_name()].astype("float64"))
