"""A small simulated world with two releases of it, made once and kept in a folder: what the notebooks look at.

The people, agencies and offices in it do not exist, and far more departures are drawn for a check than any office could
manage, so that a small world has something to show.
"""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.asof import Feeds
from models.delivery import read_delivery
from models.freshness import DeliveryStamp, freshness, stamp_of
from models.registry import (
    Release,
    TrustedKeys,
    generate_keys,
    list_releases,
    load_private_key,
    load_release,
    load_trusted_keys,
    publish_release,
    read_analyst_file,
)
from models.rules import RuleBook, load_rules
from models.situation import Situation, situate
from models.times import date_of, end_of_day
from training.calibrate import CalibrationSettings
from training.card import card
from training.engines.additive import EngineSettings
from training.settings import TrainSettings
from training.simulate import Settings, simulate, write
from training.train import train

if TYPE_CHECKING:
    import pandas as pd

CANDIDATES: Final = 1000
SEED: Final = 5
BEGIN, END = dt.date(2024, 10, 1), dt.date(2025, 8, 31)
LEARNED: Final = (dt.date(2025, 6, 15), dt.date(2025, 7, 31))
"""Until when the older and the newer release have learned."""
QUICK: Final = TrainSettings(
    engine=EngineSettings(folds=3, repeats=1),
    calibration=CalibrationSettings(bootstraps=20),
    leads=(45, 21, 7),
    far_leads=(),
    backtest_days=90,
    draws=50,
)
"""Fewer bags, leads and draws than in earnest."""


@dataclass(frozen=True, eq=False)
class Workshop:
    """A world and its releases.

    Attributes
    ----------
    feeds, stamps, rules
        What was delivered, and the rules.
    registry : Path
    key : Ed25519PrivateKey
        Signs promotions.
    trusted : mapping of key id to public key
    older, newer : Release
        The second has learned six weeks longer.
    """

    feeds: Feeds
    stamps: list[DeliveryStamp]
    rules: RuleBook
    registry: Path
    key: Ed25519PrivateKey
    trusted: TrustedKeys
    older: Release
    newer: Release

    def queue(self, day: dt.date, feeds: Feeds | None = None) -> Situation:
        """Everybody as of the end of a day, from other feeds if given."""
        t, used = end_of_day(day), self.feeds if feeds is None else feeds
        return situate(used, t, rules=self.rules.at(date_of(t), t), freshness=freshness(self.stamps, used, t))

    def analyst_table(self, release: Release, file: str) -> pd.DataFrame:
        """A table that training leaves for analysts, such as ``fairness.csv``."""
        import pandas as pd

        return pd.read_csv(io.BytesIO(read_analyst_file(self.registry, release.name, self.trusted, file)))


def workshop(folder: Path, *, candidates: int = CANDIDATES, settings: TrainSettings = QUICK) -> Workshop:
    """Open the workshop in a folder; the first time it is made, which takes about half a minute.

    Parameters
    ----------
    folder : Path
    candidates : int
    settings : TrainSettings
    """
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            _make(Path(scratch) / "made", candidates=candidates, settings=settings)
            if not folder.is_dir():
                (Path(scratch) / "made").rename(folder)  # whole or not at all
    delivery = read_delivery(folder / "delivery")
    registry, trusted = folder / "registry", load_trusted_keys(folder / "trusted")
    older, newer = (load_release(registry, name, trusted) for name in list_releases(registry))
    return Workshop(
        delivery.feeds, [stamp_of(delivery.manifest, 1)], load_rules(), registry,
        load_private_key(folder / "signing.key"), trusted, older, newer,
    )  # fmt: skip


def _make(folder: Path, *, candidates: int, settings: TrainSettings) -> None:
    asked = Settings(candidates=candidates, seed=SEED, start=BEGIN, until=END, random_checks=0.5, prevalence=0.3)
    folder.mkdir()
    write(simulate(asked), folder / "delivery")
    delivery, rules = read_delivery(folder / "delivery"), load_rules()
    generate_keys(folder / "signing.key", folder / "trusted")
    key = load_private_key(folder / "signing.key")
    for day in LEARNED:
        made = train(
            delivery.feeds, [stamp_of(delivery.manifest, 1)], end_of_day(day), rules=rules, simulated=True,
            settings=settings,
        )  # fmt: skip
        publish_release(
            folder / "registry", made.release, key, card=card(made.release), analyst=made.analyst_files()
        )  # fmt: skip
