"""A model as MLflow keeps it, with a signature: ``python mlflow_model.py MODEL FEATURES OUT``.

MODEL is LightGBM's text, or a scikit-learn estimator as joblib, which is asked for probabilities.
"""

from __future__ import annotations

import sys

import joblib
import lightgbm
import mlflow
import pandas as pd

TREES = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"


def main(model: str, features: str, out: str) -> None:
    """Save it."""
    rows = pd.read_csv(features).head(20).astype("float64")
    if model.endswith(".joblib"):
        estimator = joblib.load(model)
        rows = rows[estimator.feature_names_in_].fillna(0.0)
        signature = mlflow.models.infer_signature(rows, estimator.predict_proba(rows))
        mlflow.sklearn.save_model(
            estimator, out, signature=signature, pyfunc_predict_fn="predict_proba", skops_trusted_types=[TREES]
        )
        return
    booster = lightgbm.Booster(model_file=model)
    signature = mlflow.models.infer_signature(rows, booster.predict(rows))
    mlflow.lightgbm.save_model(booster, out, signature=signature)


if __name__ == "__main__":
    main(*sys.argv[1:])
