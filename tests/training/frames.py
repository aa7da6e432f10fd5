"""Small made-up frames with a known structure, for engines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.engines.additive import EngineSettings
from training.engines.boosting import Boosting
from training.engines.pairs import PairSearch
from training.engines.spec import Spec

QUICK = EngineSettings(
    folds=3,
    repeats=1,
    boosting=Boosting(max_additive=40, max_pairs_stage=20, learning_rate=0.2),
    pairs=PairSearch(trees=40),
)
LEADS = (3.0, 14.0, 30.0, 60.0)
SPECS = (
    Spec(name="steps", column=0, direction=1, can_miss=False, meets_context=True),
    Spec(name="licence", column=1, direction=1),
    Spec(name="branch", column=2, direction=-1),
    Spec(name="season", column=3, levels=3),
    Spec(name="left", column=4),
    Spec(name="right", column=5),
    Spec(name="days", column=6, context=True),
    Spec(name="noise", column=7),
)


@dataclass(frozen=True)
class Frame:
    """Rows of cases, four leads each."""

    X: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    groups: np.ndarray
    days: np.ndarray


def frame(cases: int, seed: int, *, pair: float = 3.0) -> Frame:
    """Steps tell more near departure; ``left`` and ``right`` matter only together; two columns can be missing."""
    rng = np.random.default_rng(seed)
    case = np.repeat(np.arange(cases), len(LEADS))
    days = np.tile(LEADS, cases)
    hidden = rng.normal(size=cases)
    steps = np.clip(np.round(hidden[case] * (60 - days) / 20 + rng.normal(0, 0.5, case.size) + 1), 0, 5)
    licence = rng.choice([0.0, 1, 2, 3, 4, 5, np.nan], size=cases, p=[0.5, 0.1, 0.1, 0.1, 0.05, 0.05, 0.1])
    branch = rng.choice([0.0, 1.0, np.nan], size=cases, p=[0.3, 0.5, 0.2])
    season = rng.integers(0, 3, cases).astype(float)
    left, right = rng.random(cases), rng.random(cases)
    score = -2.5 + 1.2 * hidden + 0.4 * np.nan_to_num(licence) - 0.5 * np.nan_to_num(branch) + 0.4 * (season == 1)
    score += pair * ((left > 0.5) & (right > 0.5))
    y = (rng.random(cases) < 1 / (1 + np.exp(-score))).astype(float)[case]
    noise = rng.normal(size=case.size)
    columns = [steps, licence[case], branch[case], season[case], left[case], right[case], days, noise]
    X = np.ascontiguousarray(np.column_stack(columns))
    return Frame(X, y, np.full(case.size, 1 / len(LEADS)), case.astype(str), days)
