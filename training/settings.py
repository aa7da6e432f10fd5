"""Settings of a training, all in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from training.calibrate import BandPolicy, CalibrationSettings
from training.engines.additive import EngineSettings
from training.engines.spec import FAR_LEADS, LEADS
from training.gates import GatePolicy
from training.prior import PRIOR_CASES


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """Settings of a training.

    Parameters
    ----------
    seed : int
    leads : sequence of int
        Days to departure at which cases are frozen to learn from.
    far_leads : sequence of int
        And at which they are frozen for calibration and evaluation alone: scores are asked for months ahead.
    prior_cases : float
        How many examined cases the hand-written rules count as.
    engine, calibration, bands, gates
        Settings of the parts.
    backtest_days : int
        Days before the end of the data at which the backtest stops learning.
    draws : int
        Draws for the intervals of figures.
    jobs : int
        Processes; no result depends on it.
    """

    seed: int = 0
    leads: Sequence[int] = LEADS
    far_leads: Sequence[int] = FAR_LEADS
    prior_cases: float = PRIOR_CASES
    engine: EngineSettings = field(default_factory=EngineSettings)
    calibration: CalibrationSettings = field(default_factory=CalibrationSettings)
    bands: BandPolicy = field(default_factory=BandPolicy)
    gates: GatePolicy = field(default_factory=GatePolicy)
    backtest_days: int = 180
    draws: int = 200
    jobs: int = 1
