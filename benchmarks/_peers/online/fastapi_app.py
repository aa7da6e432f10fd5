"""FastAPI as it is usually written for a model: a row checked by pydantic, a DataFrame of it, LightGBM, five reasons.

``MODEL`` names the model, ``WORKERS`` how many processes, ``PORT`` where; run it as a program.
"""

from __future__ import annotations

import os

import lightgbm
import pandas as pd
import uvicorn
from fastapi import FastAPI
from pydantic import create_model
from reasons import explained

booster = lightgbm.Booster(model_file=os.environ["MODEL"])
Row = create_model("Row", **dict.fromkeys(booster.feature_name(), (float | None, None)))
app = FastAPI()


@app.post("/score")
async def score(row: Row) -> dict:
    """Probability and reasons of a ready row of features."""
    frame = pd.DataFrame([row.model_dump()], dtype="float64")
    return explained(booster, frame)


if __name__ == "__main__":
    uvicorn.run(
        "fastapi_app:app",
        port=int(os.environ["PORT"]),
        workers=int(os.environ["WORKERS"]),
        log_level="warning",
        timeout_worker_healthcheck=120,  # on a busy machine the libraries are not loaded within its 5 seconds
    )
