"""What a simulation is asked for, checked once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from models.errors import RiskError
from models.times import EPOCH_DATE, months_before

HISTORY_MONTHS: Final = 24
SHORTEST_DAYS: Final = 120
MOST_CANDIDATES: Final = 5_000_000


class SimulationError(RiskError):
    """A simulation that cannot be made as asked."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Arguments of a simulation; equal settings give equal bytes.

    Parameters
    ----------
    candidates
        Number of candidates, registered and referred together.
    seed
        Seed of the one random generator; also part of every identifier, so that two simulations never share a key.
    until
        Last day (Asia/Jakarta, inclusive) on which a fact can be recorded.
    start
        First day on which somebody registers; 24 months before ``until`` when not given.
    prevalence
        Share of the departures of registered candidates that would be non-procedural if nobody helped.
    random_checks
        Share of departures drawn at random for a check (raised where departures are few).

    Raises
    ------
    SimulationError
        A value out of range.
    """

    candidates: int
    seed: int
    until: dt.date
    start: dt.date | None = None
    prevalence: float = 0.1
    random_checks: float = 0.03

    def __post_init__(self) -> None:
        if not 1 <= self.candidates <= MOST_CANDIDATES:
            raise SimulationError(f"{self.candidates} candidates: ask for 1 to {MOST_CANDIDATES}.")
        if not 0 <= self.seed <= 999_999:
            raise SimulationError(f"seed {self.seed}: give a whole number from 0 to 999999.")
        if not dt.date(2000, 1, 1) <= self.until <= dt.date(2099, 12, 31):
            raise SimulationError(f"until {self.until}: give a date from 2000 to 2099.")
        if (self.until - self.first_date).days < SHORTEST_DAYS:
            raise SimulationError(
                f"from {self.first_date} until {self.until}: leave at least {SHORTEST_DAYS} days between them."
            )
        if not 0.01 <= self.prevalence <= 0.6:
            raise SimulationError(f"prevalence {self.prevalence:g}: give a share from 0.01 to 0.6.")
        if not 0.0 <= self.random_checks <= 0.5:
            raise SimulationError(f"random checks {self.random_checks:g}: give a share from 0 to 0.5.")

    @property
    def first_date(self) -> dt.date:
        """First day of registration."""
        return self.start if self.start is not None else months_before(self.until, HISTORY_MONTHS)

    @property
    def first(self) -> int:
        """First day of registration, days since 1970."""
        return (self.first_date - EPOCH_DATE).days

    @property
    def last(self) -> int:
        """Last day on which a fact can be recorded, days since 1970."""
        return (self.until - EPOCH_DATE).days

    @property
    def length(self) -> int:
        """Days from the first to the last."""
        return self.last - self.first
