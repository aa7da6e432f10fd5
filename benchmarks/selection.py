"""Precision at capacity from selective findings: four estimates against the truth of simulated worlds.

In each world a score is learnt from findings as they come (nobody is scored by a model that saw them), and ranks the
cases three weeks before departure. Which departures among the first tenth would have been non-procedural without help
is known here, and nowhere else.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks._figures import Figure
from models.cases import build_cases
from models.delivery import read_delivery
from models.freshness import stamp_of
from models.rules import load_rules
from models.times import EPOCH_DATE, date_of, end_of_day
from training.engines.additive import fold_of
from training.findings import case_findings, queue_of
from training.selection import CORRECTED, DRAWN, NAIVE, WEIGHTED, precision_estimates
from training.simulate import Settings, simulate, write
from training.snapshots import grid_days, take_snapshots
from training.validation import Bootstrap

UNTIL = dt.date(2025, 12, 31)
FIRST, LAST = dt.date(2024, 7, 1), dt.date(2025, 9, 1)
LEAD, STEP, CAPACITY = 21, 7, 0.1
SEEDS, CANDIDATES = range(1, 21), 10_000


@dataclass(frozen=True)
class World:
    """The truth of a world and what the estimates made of it."""

    truth: float
    estimates: dict[str, float]
    low: float
    high: float


def world(seed: int, *, candidates: int = CANDIDATES, draws: int = 100) -> World:
    """Simulate a world and estimate.

    Parameters
    ----------
    seed, candidates : int
    draws : int
        For the interval of the corrected estimate.
    """
    made = simulate(Settings(candidates=candidates, seed=seed, until=UNTIL))
    with tempfile.TemporaryDirectory() as folder:
        write(made, Path(folder) / "delivery")
        delivery = read_delivery(Path(folder) / "delivery")
    rules = load_rules()
    days = grid_days((FIRST - EPOCH_DATE).days, (LAST - EPOCH_DATE).days, step=STEP)
    snapshots = take_snapshots(
        delivery.feeds,
        days,
        wanted=delivery.feeds["registrations"]["registration_id"].unique().to_list(),
        rules=rules,
        stamps=[stamp_of(delivery.manifest, 1)],
        leads=(LEAD,),
        step=STEP,
    )
    t_us = end_of_day(UNTIL)
    findings = case_findings(build_cases(delivery.feeds, t_us, rules=rules.at(date_of(t_us), t_us)))
    cases, people = (snapshots.frame[c].to_numpy().astype(str) for c in ("case_id", "candidate_id"))
    known = snapshots.frame.join(findings, on="case_id", how="left", maintain_order="left")
    score = _held_out(snapshots.X, known, people)
    queue = queue_of(
        cases,
        score,
        findings,
        capacity=CAPACITY,
        X=snapshots.X,
        people=people,
        agencies=snapshots.frame["agency_id"].fill_null("").to_numpy().astype(str),
    )
    told = precision_estimates(queue, Bootstrap(draws=draws))
    corrected = told.row(by_predicate=pl.col("estimate") == CORRECTED, named=True)
    departed = pl.col("departs").cast(pl.Float64).fill_null(0.0)
    truth = snapshots.frame.join(made.truth, on="case_id", how="left", maintain_order="left").select(
        left=departed, irregular=departed * pl.col("counterfactual").cast(pl.Float64).fill_null(0.0)
    )
    return World(
        float((queue.chosen * truth["irregular"].to_numpy()).sum() / (queue.chosen * truth["left"].to_numpy()).sum()),
        dict(told.select("estimate", "value").iter_rows()),
        corrected["low"],
        corrected["high"],
    )


def measure() -> Iterator[Figure]:
    """Yield mean errors over the worlds, and in how many of them the corrected estimate is nearer the truth."""
    worlds = [world(seed) for seed in SEEDS]
    truth = np.array([w.truth for w in worlds])
    yield Figure(f"true precision at {CAPACITY:.0%}, mean of {len(worlds)} worlds", float(truth.mean()), "")
    error = {
        name: np.array([w.estimates[name] for w in worlds]) - truth for name in (NAIVE, WEIGHTED, DRAWN, CORRECTED)
    }
    for name, gap in error.items():
        yield Figure(f"mean absolute error, {name}", float(np.abs(gap).mean()), "")
        yield Figure(f"mean error, {name}", float(gap.mean()), "")
    nearer = int((np.abs(error[CORRECTED]) < np.abs(error[NAIVE])).sum())
    yield Figure(f"worlds of {len(worlds)} in which corrected is nearer than naive", nearer, "worlds")
    yield Figure("mean width of the 90 % interval, corrected", float(np.mean([w.high - w.low for w in worlds])), "")
    inside = sum(w.low <= w.truth <= w.high for w in worlds)
    yield Figure(f"worlds of {len(worlds)} whose truth lies in the 90 % interval", inside, "worlds")


def _held_out(X: np.ndarray, known: pl.DataFrame, people: np.ndarray) -> np.ndarray:
    """Log-odds by a model fitted on the findings of other people."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    label = known["label"].fill_null(float("nan")).to_numpy()
    free = ~np.isnan(label) & ~known["helped"].fill_null(value=False).to_numpy()
    fold, out = fold_of(people, 4, salt="benchmark"), np.empty(len(people))
    for k in range(4):
        rows = free & (fold != k)
        model: Any = HistGradientBoostingClassifier(
            max_iter=60, learning_rate=0.06, max_depth=3, min_samples_leaf=20, early_stopping=False, random_state=0
        )
        p = model.fit(X[rows], label[rows]).predict_proba(X[fold == k])[:, 1]
        out[fold == k] = np.log(p / (1 - p))
    return out
