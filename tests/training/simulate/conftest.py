"""Simulations that several tests look at, made once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from models.delivery import Delivery, read_delivery
from training.simulate import Settings, Simulation, Written, simulate, write

UNTIL = dt.date(2025, 12, 31)


@pytest.fixture(scope="session")
def small() -> Simulation:
    """A few hundred people."""
    return simulate(Settings(candidates=1500, seed=5, until=UNTIL))


@pytest.fixture(scope="session")
def large() -> Simulation:
    """Enough people for shares."""
    return simulate(Settings(candidates=40_000, seed=11, until=UNTIL))


@pytest.fixture(scope="session")
def written(small: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The small simulation as a delivery."""
    return write(small, tmp_path_factory.mktemp("simulated") / "delivery")


@pytest.fixture(scope="session")
def delivery(written: Written) -> Delivery:
    """The delivery as every job reads it."""
    return read_delivery(Path(written.folder))
