"""A LightGBM model of our features: ``python train.py FEATURES OUT``, where FEATURES is a CSV file of numbers.

How fast it answers is what counts, not what it says: it learns a made-up label from the rows drawn again with noise.
"""

from __future__ import annotations

import sys

import lightgbm
import numpy as np
import pandas as pd

ROWS = 20_000


def main(features: str, out: str) -> None:
    """Train and save."""
    rows = pd.read_csv(features)
    draw = np.random.default_rng(1)
    spread = rows.std().fillna(0).to_numpy()
    drawn = rows.sample(ROWS, replace=True, random_state=1).to_numpy(dtype="float64")
    x = drawn + draw.normal(0, 0.1, drawn.shape) * spread
    centred = np.nan_to_num((x - np.nanmean(x, axis=0)) / np.where(spread > 0, spread, 1))
    y = draw.random(ROWS) < 1 / (1 + np.exp(2 - centred @ draw.normal(0, 0.5, x.shape[1])))
    known = lightgbm.Dataset(x, y, feature_name=list(rows.columns))
    settings = {"objective": "binary", "num_leaves": 31, "verbose": -1, "num_threads": 1, "seed": 1}
    lightgbm.train(settings, known, num_boost_round=200).save_model(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
