"""FastAPI as it is usually written for a model: a row checked by pydantic, a DataFrame of it, the model.

``/reasons`` answers with LightGBM's probability and five reasons, ``/probability`` and ``/bag`` with that of
scikit-learn estimators alone. ``MODEL``, ``ESTIMATOR`` and ``BAG`` name them, ``WORKERS`` how many processes, ``PORT``
where; run it as a program.
"""

from __future__ import annotations

import os
from typing import Any

import joblib
import lightgbm
import pandas as pd
import uvicorn
from fastapi import FastAPI
from pydantic import create_model
from reasons import explained

booster = lightgbm.Booster(model_file=os.environ["MODEL"])
estimator, one_bag = joblib.load(os.environ["ESTIMATOR"]), joblib.load(os.environ["BAG"])
Row = create_model("Row", **dict.fromkeys(booster.feature_name(), (float | None, None)))
Codes = create_model("Codes", **dict.fromkeys(estimator.feature_names_in_, (float, ...)))
app = FastAPI()


@app.post("/reasons")
async def reasons(row: Row) -> dict:
    """Probability and reasons of a ready row of features."""
    frame = pd.DataFrame([row.model_dump()], dtype="float64")
    return explained(booster, frame)


@app.post("/probability")
async def probability(codes: Codes) -> dict:
    """Probability of a ready row of features."""
    return probability_of(estimator, codes)


@app.post("/bag")
async def bag(codes: Codes) -> dict:
    """The same by one bag."""
    return probability_of(one_bag, codes)


def probability_of(model: Any, codes: Codes) -> dict:
    """As JSON."""
    frame = pd.DataFrame([codes.model_dump()], dtype="float64")
    return {"probability": float(model.predict_proba(frame)[0, 1])}


if __name__ == "__main__":
    uvicorn.run(
        "fastapi_app:app",
        port=int(os.environ["PORT"]),
        workers=int(os.environ["WORKERS"]),
        log_level="warning",
        timeout_worker_healthcheck=120,  # on a busy machine the libraries are not loaded within its 5 seconds
    )
