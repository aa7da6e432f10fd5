"""What is killed: the jobs of the service, each in a process of its own that ends itself, or is ended, at some point.

The processes are forked from a small one that has loaded this module and done nothing else, so that one costs
milliseconds to start and shares no thread with the tests.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models.registry import load_release, promote, promoted
from models.rules import load_rules
from models.times import parse_moment
from risk_service.services.ingest import ingest
from risk_service.services.installation import Installation
from risk_service.services.rescoring import rescore
from risk_service.settings import Settings
from risk_service.store import MasterKey, migrate, open_store

JUDGE: Final = Path(__file__).parents[1] / "data" / "judge"
DAY_US: Final = parse_moment("2025-09-10")
NOW_US: Final = parse_moment("2025-09-25T09:00:00+07:00")
CHUNK: Final = 10
BEFORE_SCORES: Final = "0001"


@dataclass(frozen=True)
class Place:
    """A folder with keys and registry, and the URL of a store."""

    home: Path
    url: str

    @property
    def installation(self) -> Installation:
        """Registry and keys."""
        settings = Settings(home=self.home)
        return Installation(registry=settings.registry, keys=settings.keys)


def take_in(place: Place, folder: str = "first") -> None:
    """Take a delivery of the judge's world in."""
    store = open_store(place.url)
    ingest(
        store,
        MasterKey.open(Settings(home=place.home).keys),
        JUDGE / folder,
        now_us=NOW_US,
        rejects_to=lambda seq: place.home / f"rejects-{seq}.csv",
    )
    store.close()


def score_everybody(place: Place, as_of_us: int = NOW_US) -> None:
    """Rescore, in many small chunks."""
    store = open_store(place.url)
    here = place.installation
    trusted = here.trusted()
    release = load_release(here.registry, promoted(here.registry, trusted), trusted)
    rescore(store, release=release, rules=load_rules(), as_of_us=as_of_us, clock=lambda: NOW_US, chunk=CHUNK)
    store.close()


def put_in_force(place: Place) -> None:
    """Promote the release that is there once more."""
    here = place.installation
    trusted = here.trusted()
    name = promoted(here.registry, trusted)
    promote(here.registry, name, here.signing_key(), trusted, at_us=NOW_US, by="tests", reason="once more")


def migrate_up(place: Place) -> None:
    """Migrate a store with data in it to the present revision."""
    store = open_store(place.url, any_revision=True)
    migrate.upgrade(store)
    store.close()


def migrate_down(place: Place) -> None:
    """Migrate a store with data in it back to its first revision."""
    store = open_store(place.url, any_revision=True)
    migrate.downgrade(store, BEFORE_SCORES)
    store.close()


JOBS: Final[dict[str, Callable[[Place], None]]] = {
    "ingest": take_in,
    "rescore": score_everybody,
    "promote": put_in_force,
    "migrate up": migrate_up,
    "migrate down": migrate_down,
}


def _run(job: str, place: Place, stop_at: int | None, told: Any) -> None:
    """Do a job; with ``stop_at`` the process kills itself at that call of any function, Python's own included."""
    calls = 0

    def count(_frame: object, _event: str, _argument: object) -> None:
        nonlocal calls
        calls += 1
        if calls == stop_at:
            os.kill(os.getpid(), signal.SIGKILL)

    os.setsid()
    told.send(0)
    since = time.monotonic()
    sys.setprofile(count)
    JOBS[job](place)
    sys.setprofile(None)
    told.send((calls, time.monotonic() - since))


_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Ended:
    """How a job ended: killed or not, and of one that came through the number of calls and the seconds it took."""

    killed: bool
    calls: int = 0
    seconds: float = 0.0


def run(job: str, place: Place, *, stop_at: int | None = None, stop_after: float | None = None) -> Ended:
    """Do a job in a process of its own.

    Parameters
    ----------
    stop_at
        It kills itself at its so-manieth call of a function.
    stop_after
        It is killed from outside after so many seconds.
    """
    hears, tells = _FORKING.Pipe(duplex=False)
    process = _FORKING.Process(target=_run, args=(job, place, stop_at, tells))
    process.start()
    tells.close()
    hears.recv()
    if stop_after is not None and not hears.poll(stop_after):
        process.kill()
    process.join()
    try:
        calls, seconds = hears.recv()
    except EOFError:
        calls, seconds = 0, 0.0
    hears.close()
    if process.exitcode not in (0, -signal.SIGKILL):
        raise AssertionError(f"{job} ended with {process.exitcode} by itself")
    return Ended(process.exitcode != 0, calls, seconds)
