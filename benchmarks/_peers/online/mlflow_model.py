"""The same LightGBM model as MLflow keeps it, with a signature: ``python mlflow_model.py MODEL FEATURES OUT``."""

from __future__ import annotations

import sys

import lightgbm
import mlflow
import pandas as pd


def main(model: str, features: str, out: str) -> None:
    """Save it."""
    booster = lightgbm.Booster(model_file=model)
    rows = pd.read_csv(features).head(20).astype("float64")
    signature = mlflow.models.infer_signature(rows, booster.predict(rows))
    mlflow.lightgbm.save_model(booster, out, signature=signature)


if __name__ == "__main__":
    main(*sys.argv[1:])
