"""A small simulated world and a release trained on it, made once for all tests that ask."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from models.asof import Feeds
from models.freshness import DeliveryStamp
from models.rules import RuleBook, load_rules
from models.times import end_of_day
from tests.training.frames import QUICK
from training.calibrate import CalibrationSettings
from training.fit import Trained
from training.settings import TrainSettings
from training.simulate import Settings, simulate
from training.train import train

WORLD_UNTIL = dt.date(2025, 8, 31)
TRAINED_UNTIL_US = end_of_day(dt.date(2025, 6, 30))
STAMPS = [DeliveryStamp(1)]
QUICKLY = TrainSettings(
    engine=QUICK, calibration=CalibrationSettings(bootstraps=20), leads=(45, 21, 7), far_leads=(), draws=20,
    backtest_days=90,
)  # fmt: skip


@pytest.fixture(scope="session")
def rules() -> RuleBook:
    return load_rules()


@pytest.fixture(scope="session")
def world() -> Feeds:
    """Feeds of 1,000 simulated candidates; half of all departures are drawn for a check, and much goes wrong."""
    asked = Settings(
        candidates=1000, seed=5, until=WORLD_UNTIL, start=dt.date(2024, 10, 1), random_checks=0.5, prevalence=0.3
    )
    return {
        name: frame.with_columns(ingest_seq=pl.lit(1, dtype=pl.Int64), row=pl.int_range(pl.len(), dtype=pl.Int64))
        for name, frame in simulate(asked).feeds.items()
    }


@pytest.fixture(scope="session")
def trained(world: Feeds, rules: RuleBook) -> Trained:
    return train(world, STAMPS, TRAINED_UNTIL_US, rules=rules, simulated=True, settings=QUICKLY)
