"""Validation in time, with groups held out, on any examples: splits, figures at capacity, intervals, reliability."""

from __future__ import annotations

from training.validation.backtest import Model, Scored, Scorer, backtest, differences, judged, report
from training.validation.figures import AHEAD_DAYS, FIGURES, Figures, Judged
from training.validation.intervals import Bootstrap, Interval, bootstrap
from training.validation.origins import HELD_OUT, IN_TIME, Origins, Split, rolling_origins
from training.validation.ranking import Ranking
from training.validation.reliability import reliability

__all__ = [
    "AHEAD_DAYS",
    "FIGURES",
    "HELD_OUT",
    "IN_TIME",
    "Bootstrap",
    "Figures",
    "Interval",
    "Judged",
    "Model",
    "Origins",
    "Ranking",
    "Scored",
    "Scorer",
    "Split",
    "backtest",
    "bootstrap",
    "differences",
    "judged",
    "reliability",
    "report",
    "rolling_origins",
]
