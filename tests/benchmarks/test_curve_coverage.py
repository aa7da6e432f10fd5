"""The interval of a calibration against a curve that is known."""

from __future__ import annotations

import numpy as np

from benchmarks.quality.curve_coverage import held
from training.calibrate import CalibrationSettings


def test_the_stated_interval_holds_nearly_as_often_as_stated_and_a_narrow_one_does_not() -> None:
    def share(settings: CalibrationSettings) -> float:
        return float(np.mean([held(seed, departures=1500, drawn=0.1, settings=settings)[0] for seed in range(1, 9)]))

    stated = share(CalibrationSettings(bootstraps=60))
    narrow = share(CalibrationSettings(bootstraps=60, confidence=0.3))
    assert stated >= 0.75
    assert narrow < stated


def test_fewer_drawn_checks_give_a_wider_interval() -> None:
    settings = CalibrationSettings(bootstraps=40)
    few, many = (held(1, departures=1500, drawn=drawn, settings=settings)[1] for drawn in (0.05, 0.5))
    assert few > 1.3 * many
