"""One small simulated office, trained on once, for tests of what stands around a release."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.asof import Feeds
from models.cases import CaseBlock, build_cases
from models.delivery import read_delivery
from models.freshness import DeliveryStamp, freshness, stamp_of
from models.rules import RuleBook, load_rules
from models.situation import Situation, situate
from models.times import date_of, end_of_day
from tests.training.frames import QUICK
from training.calibrate import CalibrationSettings
from training.settings import TrainSettings
from training.simulate import Settings, simulate, write
from training.train import Trained, train

UNTIL = dt.date(2025, 9, 1)
SETTINGS = TrainSettings(
    leads=(60, 30, 14, 5), far_leads=(), engine=QUICK, calibration=CalibrationSettings(bootstraps=20), draws=20
)


@dataclass(frozen=True, eq=False)
class Small:
    """Feeds, rules and a training on them."""

    feeds: Feeds
    stamps: list[DeliveryStamp]
    rules: RuleBook
    until_us: int
    trained: Trained

    @property
    def block(self) -> CaseBlock:
        """All cases as of the end of the data."""
        return build_cases(self.feeds, self.until_us, rules=self.rules.at(date_of(self.until_us), self.until_us))

    @property
    def situation(self) -> Situation:
        """The queue as of the end of the data."""
        return situate(
            self.feeds,
            self.until_us,
            rules=self.rules.at(date_of(self.until_us), self.until_us),
            freshness=freshness(self.stamps, self.feeds, self.until_us),
        )


@cache
def small() -> Small:
    """Make it (once in a process)."""
    made = simulate(
        Settings(candidates=1500, seed=7, until=UNTIL, start=dt.date(2024, 5, 1), prevalence=0.2, random_checks=0.4)
    )
    with tempfile.TemporaryDirectory() as folder:
        write(made, Path(folder) / "delivery")
        delivery = read_delivery(Path(folder) / "delivery")
    rules, stamps, until = load_rules(), [stamp_of(delivery.manifest, 1)], end_of_day(UNTIL)
    trained = train(delivery.feeds, stamps, until, rules=rules, simulated=True, settings=SETTINGS)
    return Small(delivery.feeds, stamps, rules, until, trained)
