"""A server under more requests than it has hands for: none fails, none is lost, and it ends in good order.

Use
---
``python -m tests.load.strain --connections 64 --requests 160`` (``make load``)
    On SQLite and on PostgreSQL: mixed reads, what-ifs and writes from many connections at once, rescorings meanwhile;
    then a polite end in the midst of it; then a key that asks too often. Prints what was measured; exit code 1 if a
    request failed, a write was lost or done twice, memory grew, or the server ended otherwise than asked.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from risk_service.cli._server import bind
from risk_service.services import audit, keys
from risk_service.services.keys import Secrets
from risk_service.store import MasterKey, migrate, open_store
from risk_service.store.audit import entries
from risk_service.store.casework_tables import own_views
from risk_service.store.scores import Wanted, page
from tests.load.visitors import KINDS, Crowd, Told
from tests.service import ADMIN, NOW_US, fill
from tests.stores import copy_of, postgresql_server

GROWTH: Final = 1.1
"""Memory after the second half of the requests may be so many times that after the first."""
_WARM: Final = 80
"""Requests on each connection after which a server has what it needs in memory; halves below that are not judged."""
_KEYS: Final = 8
_UNLIMITED: Final = "100000000 per minute"
_FEW: Final = "10 per minute"
_TOO_MANY: Final = 60
_NO_END: Final = 100_000
_ROOT: Final = Path(__file__).parents[2]


@dataclass
class Site:
    """A filled store and keys for those who come.

    Parameters
    ----------
    home
        Folder for registry, keys and SQLite's file; made.
    server
        URL of a PostgreSQL server; None for SQLite.
    """

    home: Path
    server: str | None
    url: str = field(init=False)
    keys: list[str] = field(init=False)
    cases: list[str] = field(init=False)

    def __post_init__(self) -> None:
        """Fill the store."""
        self.home.mkdir()
        self.url = f"sqlite:///{self.home / 'risk.db'}"
        if self.server is not None:
            self.url = sa.make_url(self.server).set(database="risk_load").render_as_string(hide_password=False)
            copy_of("template0", self.url)
        store = open_store(self.url, any_revision=True)
        migrate.upgrade(store)
        fill(self.home, store)
        secrets = Secrets.of(MasterKey.open(self.home / "keys"))
        self.keys = [
            keys.create(
                store, secrets=secrets, by=ADMIN, name=f"client {at}", role="supervisor", office=None,
                expires_at_us=None, now_us=NOW_US,
            )
            for at in range(_KEYS)
        ]  # fmt: skip
        with store.reading() as connection:
            self.cases = [row.case_id for row in page(connection, Wanted(), limit=100)]
        store.close()

    @property
    def environment(self) -> dict[str, str]:
        """For a program that works on this store."""
        mine = {"RISK_HOME": str(self.home), "RISK_DATABASE_URL": self.url, "PYTHONPATH": str(_ROOT)}
        return {**os.environ, **mine, "RISK_LOG_LEVEL": "error"}

    def writes(self) -> int:
        """Own views in the store."""
        store = open_store(self.url)
        with store.reading() as connection:
            found = connection.execute(sa.select(sa.func.count()).select_from(own_views)).scalar_one()
        store.close()
        return found

    def faults(self, *, written: int) -> Iterator[str]:
        """What is wrong in the store after so many writes were acknowledged."""
        found = self.writes()
        if found != written:
            yield f"{written} writes were acknowledged, {found} are there"
        store = open_store(self.url)
        trail = audit.verify(store)
        with store.reading() as connection:
            told = sum(entry.action == "view.record" for entry in entries(connection))
        store.close()
        if trail.broken is not None:
            yield f"the audit trail breaks at entry {trail.broken.entry}"
        if told != found:
            yield f"{found} writes, {told} of them in the audit trail"


@dataclass
class Serving:
    """A server that is up."""

    process: subprocess.Popen[str]
    port: int
    said: Path

    def resident_mb(self) -> float:
        """Memory of its processes; 0 where the system does not tell."""
        pages = 0
        try:
            main = self.process.pid
            below = Path(f"/proc/{main}/task/{main}/children").read_text(encoding="ascii").split()
            for pid in (str(main), *below):
                pages += int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        except OSError:
            return 0.0
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def end(self) -> Iterator[str]:
        """Tell it to end; what is wrong with how it does."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(120)
        if code != 0:
            yield f"the server ended with {code}"
        said = self.said.read_text(encoding="utf-8").strip()
        if said:
            yield f"the server said: {said.splitlines()[-1]}"


@contextmanager
def serving(site: Site, *, rate: str, workers: int = 2) -> Iterator[Serving]:
    """A server over a store, on a port of its own."""
    bound = bind("127.0.0.1", 0)
    port = bound.getsockname()[1]
    command = [sys.executable, "-m", "risk_service", "serve", "--fd", str(bound.fileno()), "--workers", str(workers)]
    said = site.home / f"said-{port}.txt"
    with said.open("w", encoding="utf-8") as errors, bound:
        process = subprocess.Popen(
            command, env={**site.environment, "RISK_RATE_LIMIT": rate}, stdout=subprocess.PIPE, stderr=errors,
            text=True, pass_fds=[bound.fileno()],
        )  # fmt: skip
    assert process.stdout is not None
    try:
        process.stdout.readline()
        yield Serving(process, port, said)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@dataclass
class Found:
    """What came of the strain on one database.

    Attributes
    ----------
    told
        Under mixed load.
    seconds
        How long that took.
    memory_mb
        Of the server: before, after half of the requests, after all.
    hurried
        Told to a key that asked too often.
    ended
        Told while the server was ending.
    faults
        Whatever should not be.
    """

    told: Told
    seconds: float
    memory_mb: tuple[float, float, float]
    hurried: Told
    ended: Told
    faults: list[str]


def strain(home: Path, server: str | None, *, connections: int, requests: int, seed: int) -> Found:
    """Put a server under load and end it in the midst of it; then ask too often with one key.

    Parameters
    ----------
    requests
        On each connection, in the first part.
    """
    site = Site(home, server)
    faults: list[str] = []
    half = max(1, requests // 2)
    with serving(site, rate=_UNLIMITED) as up:
        crowd = Crowd(up.port, site.keys, site.cases)
        memory, since = [up.resident_mb()], time.monotonic()
        with _rescoring(site, "2025-09-11", faults):
            told = crowd.visit(connections=connections, requests=half, seed=seed)
        memory.append(up.resident_mb())
        with _rescoring(site, "2025-09-12", faults):
            told += crowd.visit(connections=connections, requests=requests - half, seed=seed + 1)
        seconds = time.monotonic() - since
        memory.append(up.resident_mb())
        faults += told.faults
        if told.turned_away:
            faults.append(f"{told.turned_away} requests were turned away")
        ended, wrong = _end_under_load(up, crowd, connections=connections, seed=seed + 2)
        faults += wrong
    faults += site.faults(written=told.written + ended.written)

    with serving(site, rate=_FEW, workers=1) as up:
        few = Crowd(up.port, site.keys[:1], site.cases)
        hurried = few.visit(connections=connections, requests=-(-_TOO_MANY // connections), seed=seed + 3)
        faults += hurried.faults
        if not hurried.turned_away:
            faults.append("a key that asks too often was never turned away")
        faults += up.end()
    faults += site.faults(written=told.written + ended.written + hurried.written)
    return Found(told, seconds, (memory[0], memory[1], memory[2]), hurried, ended, faults)


@contextmanager
def _rescoring(site: Site, day: str, faults: list[str]) -> Iterator[None]:
    """A rescoring beside; in each half one, since a server reads anew what it keeps when results are new."""
    command = [sys.executable, "-m", "risk_service", "rescore", "--as-of", day]
    beside = subprocess.Popen(command, env=site.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield
    if beside.wait(300) != 0:
        faults.append(f"the rescoring beside ended with {beside.returncode}")


def _end_under_load(up: Serving, crowd: Crowd, *, connections: int, seed: int) -> tuple[Told, list[str]]:
    """Tell a server to end while everybody asks; what is carried out is answered, since writes are counted after."""
    answered = threading.Semaphore(0)
    with ThreadPoolExecutor(1) as beside:
        visit = beside.submit(crowd.visit, connections=connections, requests=_NO_END, seed=seed, answered=answered)
        for _ in range(connections):
            answered.acquire()
        crowd.ending.set()
        faults = list(up.end())
        told = visit.result()
    return told, faults + told.faults


def figures(kind: str, found: Found) -> Iterator[str]:
    """What was measured, a line each."""
    total = found.told.statuses.total()
    rate = total / found.seconds
    yield f"{kind}: {total} requests in {found.seconds:.1f} s ({rate:.0f} a second), a rescoring beside each half"
    for name in KINDS:
        times = sorted(found.told.seconds[name])
        if len(times) > 1:
            cut = statistics.quantiles(times, n=20)
            yield (
                f"{kind}: {name}: {len(times)} answers, half within {1000 * statistics.median(times):.0f} ms, "
                f"95 % within {1000 * cut[18]:.0f} ms, the slowest {1000 * times[-1]:.0f} ms"
            )
    before, half, after = found.memory_mb
    written = found.told.written + found.hurried.written + found.ended.written
    yield f"{kind}: memory of the server {before:.0f} MB at first, {half:.0f} MB half-way, {after:.0f} MB at the end"
    yield f"{kind}: of {found.hurried.statuses.total()} requests in a hurry {found.hurried.turned_away} got 429 or 503"
    yield (
        f"{kind}: ended under load: {found.ended.statuses.total()} answered, "
        f"{found.ended.unanswered.total()} not begun and not answered"
    )
    yield f"{kind}: {written} writes acknowledged, each there once and in the trail; faults: {len(found.faults)}"


def main() -> int:
    """Strain both databases and say what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--requests", type=int, default=160, help="on each connection, before the end")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("both", "sqlite", "postgresql"), default="both")
    chosen = parser.parse_args()
    kinds = ("sqlite", "postgresql") if chosen.database == "both" else (chosen.database,)
    wrong = 0
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix="risk-load-") as folder, postgresql_server(kind) as server:
            found = strain(
                Path(folder) / "home", server, connections=chosen.connections, requests=chosen.requests,
                seed=chosen.seed,
            )  # fmt: skip
        _, half, after = found.memory_mb
        if chosen.requests >= 2 * _WARM and after > GROWTH * half:
            found.faults.append(f"memory grew from {half:.0f} to {after:.0f} MB")
        print("\n".join((*figures(kind, found), *found.faults)), flush=True)
        wrong += len(found.faults)
    print("no request failed, no write was lost" if not wrong else f"{wrong} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
