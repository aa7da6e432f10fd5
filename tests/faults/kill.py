"""Jobs killed at random points, and what is found afterwards: nothing lost, doubled or half done.

Use
---
``python -m tests.faults.kill --kills 200 --seed 1`` (``make faults``)
    Half of the kills on SQLite and half on PostgreSQL; prints how many of each job, and what was wrong. Exit code 1 if
    anything was.

Half of the kills fall on a drawn call of a function (of Python's own functions too), the same one each time for a
seed; the other half come from outside after a drawn time, and so fall into the database's own work as well. After each
the store and the registry are looked at as they were left; then the same job is done once more and everything is
compared with what it looks like where nothing was killed.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from models.registry import load_release, promoted, read_promotions
from models.rules import load_rules
from risk_service.services.installation import install
from risk_service.services.releases import Releases
from risk_service.services.replay import Which, replay_many
from risk_service.store import MasterKey, Store, migrate, open_store
from risk_service.store import runs as runs_kept
from risk_service.store.tables import FEED_TABLES, METADATA, PENDING_TABLES, current_scores, runs, score_endings, scores
from tests.faults import work
from tests.faults.work import JOBS, Place
from tests.stores import copy_of, postgresql_server

RULES: Final = load_rules()
# Sealed anew with other random bytes each time, or named anew: whoever compares two stores leaves these out.
_CHANCE: Final = {"sealed", "run_id", "wrapped_key"}
_SCORES: Final = (scores, current_scores, score_endings)
_ROWS: Final = (*FEED_TABLES.values(), *PENDING_TABLES.values())

Contents = dict[str, str]


def contents(store: Store, tables: tuple[sa.Table, ...], *, without: tuple[str, ...] = ()) -> Contents:
    """A digest of the rows of each table that is there."""
    found: Contents = {}
    with store.reading() as connection:
        looks = sa.inspect(connection)
        there = set(looks.get_table_names())
        for table in tables:
            if table.name in there:
                kept = {column["name"] for column in looks.get_columns(table.name)} - _CHANCE - {*without}
                columns = [column for column in table.c if column.name in kept]
                rows = sorted(repr(tuple(row)) for row in connection.execute(sa.select(*columns)))
                found[table.name] = f"{len(rows)} {hashlib.sha256(''.join(rows).encode()).hexdigest()[:16]}"
    return found


@dataclass
class Arena:
    """One database, with a world for every job, and how each looks where nothing is killed.

    Parameters
    ----------
    kind
        ``sqlite`` or ``postgresql``.
    folder
        Empty.
    server
        URL of a PostgreSQL server; None for SQLite.
    """

    kind: str
    folder: Path
    server: str | None = None
    worlds: dict[str, Place] = field(default_factory=dict)
    after: dict[str, dict[str, Contents]] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    _number: int = 0

    def prepare(self, jobs: tuple[str, ...]) -> None:
        """Make the worlds, and do each job once without killing it."""
        empty = self._fresh()
        migrate_to = open_store(empty.url, any_revision=True)
        migrate.upgrade(migrate_to)
        migrate_to.close()
        install(empty.installation, now_us=work.DAY_US, rules_version=RULES.version)
        MasterKey.open(empty.installation.keys)
        self.worlds = {"ingest": empty, "promote": empty}
        full = self.copy(empty)
        work.take_in(full)
        work.score_everybody(full, work.DAY_US)
        work.take_in(full, "late")
        self.worlds |= {"rescore": full, "migrate down": full}
        if "migrate up" in jobs:
            self.worlds["migrate up"] = self.copy(full)
            work.migrate_down(self.worlds["migrate up"])
        for job in jobs:
            done = self.copy(self.worlds[job])
            ended = work.run(job, done)
            self.calls[job], self.seconds[job] = ended.calls, ended.seconds
            self.after[job] = look(done)
            self.drop(done)

    def copy(self, place: Place) -> Place:
        """The same again, apart."""
        fresh = self._named()
        shutil.copytree(place.home, fresh.home)
        if self.server is not None:
            copy_of(place.url, fresh.url)
        return fresh

    def drop(self, place: Place) -> None:
        """Do away with a copy."""
        shutil.rmtree(place.home)
        if self.server is not None:
            copy_of(None, place.url)

    def _fresh(self) -> Place:
        place = self._named()
        place.home.mkdir()
        if self.server is not None:
            copy_of("template0", place.url)
        return place

    def _named(self) -> Place:
        self._number += 1
        home = self.folder / f"{self.kind}-{self._number}"
        if self.server is None:
            return Place(home, f"sqlite:///{home / 'risk.db'}")
        url = sa.make_url(self.server).set(database=f"kill_{self._number}")
        return Place(home, url.render_as_string(hide_password=False))


def look(place: Place) -> dict[str, Contents]:
    """Everything that a job could leave in a place."""
    store = open_store(place.url, any_revision=True)
    try:
        whole = contents(store, tuple(METADATA.tables.values()))
        found = {
            "revision": {"revision": migrate.current(store) or "none"},
            "rows": contents(store, _ROWS),
            "rows, delivered whenever": contents(store, _ROWS, without=("ingest_seq", "row")),
            "scores": contents(store, _SCORES),
            "tables": dict.fromkeys(sorted(whole), "there"),
            "runs": contents(store, (runs,), without=("requested_at_us", "started_at_us", "finished_at_us")),
            "sizes": {name: digest.split()[0] for name, digest in whole.items()},
        }
    finally:
        store.close()
    here = place.installation
    log = read_promotions(here.registry, here.trusted())
    found["promotions"] = {str(number): f"{each.action} {each.release}" for number, each in enumerate(log)}
    left = sorted(path.name for path in here.registry.iterdir())
    return found | {"files": dict.fromkeys(left, "there")}


def faults(job: str, place: Place, arena: Arena) -> Iterator[str]:
    """What is wrong after a job was killed, and after it was then done again."""
    before, after = look(arena.worlds[job]), arena.after[job]
    left = look(place)
    yield from _half_done(job, before, left, after)
    was_done = left["sizes"] == after["sizes"] and left["runs"] == after["runs"]
    JOBS[job](place)
    again = look(place)
    if job == "ingest":
        yield from _unlike(again, after, "rows, delivered whenever")
        if was_done:
            yield from _unlike(again, left, "rows")
    elif job == "rescore":
        for part in ("rows", "scores"):
            yield from _unlike(again, after, part)
        yield from _runs(place, wanted=2 + was_done)
    elif job == "promote":
        yield from _unlike(again, after, "files")
        here = place.installation
        load_release(here.registry, promoted(here.registry, here.trusted()), here.trusted())
    else:
        for part in ("rows", "scores", "tables", "revision", "sizes"):
            yield from _unlike(again, after, part)


def _half_done(
    job: str, before: dict[str, Contents], left: dict[str, Contents], after: dict[str, Contents]
) -> Iterator[str]:
    """All that a killed job may leave is what was there before, or all of what it was to do."""
    whole = {"ingest": ("rows",), "promote": ("promotions",), "rescore": ()}
    for part in whole.get(job, ("tables", "revision")):
        if left[part] not in (before[part], after[part]):
            yield f"{part} are neither as before nor as after: {_odd(left[part], before[part])}"
    if job == "rescore":
        yield from _unlike(left, before, "rows")
    if job.startswith("migrate") and (left["tables"] == after["tables"]) != (left["revision"] == after["revision"]):
        yield "the tables and the revision do not belong together"


def _unlike(found: dict[str, Contents], wanted: dict[str, Contents], part: str) -> Iterator[str]:
    if found[part] != wanted[part]:
        yield f"{part} differ: {_odd(found[part], wanted[part])}"


def _odd(one: Contents, other: Contents) -> str:
    names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    return ", ".join(f"{name} ({one.get(name)}, not {other.get(name)})" for name in names)


def _runs(place: Place, *, wanted: int) -> Iterator[str]:
    """Faults of the runs and scores after a rescoring that was done again, with how many runs should be done."""
    store = open_store(place.url)
    with store.reading() as connection:
        states = Counter(run.state for run in runs_kept.list_runs(connection))
        chunks = connection.execute(sa.text("SELECT count(*) FROM run_chunks")).scalar()
    if states.keys() - {"done", "waiting"} or states["done"] != wanted:
        yield f"runs are {dict(states)}"
    if chunks:
        yield f"{chunks} parts of runs are left"
    here = place.installation
    releases = Releases(registry=here.registry, trusted=here.trusted_dir)
    summary = replay_many(store, Which(), releases=releases, rules=RULES)
    if not summary.holds:
        yield f"scores do not replay: {dict(summary.counts)}"
    store.close()


@dataclass
class Killed:
    """What came of killing: how many kills by job, what was wrong, and how many jobs came through unharmed."""

    by_job: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    came_through: int = 0


def kill(arena: Arena, *, kills: int, seed: int, jobs: tuple[str, ...] = tuple(JOBS)) -> Killed:
    """Kill jobs at random points.

    Parameters
    ----------
    kills
        So many; a job that ends before its point is drawn again and not counted.
    jobs
        Each in turn.
    """
    draw = random.Random(f"{arena.kind} {seed}")  # noqa: S311 - where to kill is no secret
    found = Killed()
    number = 0
    while found.by_job.total() < kills:
        job = jobs[found.by_job.total() % len(jobs)]
        place = arena.copy(arena.worlds[job])
        number += 1
        share = draw.random()
        if number % 2:
            point, ended = "call", work.run(job, place, stop_at=max(1, round(share * arena.calls[job])))
        else:
            point, ended = "time", work.run(job, place, stop_after=share * arena.seconds[job])
        if ended.killed:
            found.by_job[job] += 1
            where = f"{arena.kind}, kill {number}, {job} at {share:.1%} of its {point}s"
            try:
                found.wrong += [f"{where}: {fault}" for fault in faults(job, place, arena)]
            except Exception as error:  # noqa: BLE001 - whatever goes wrong after a kill is a finding
                found.wrong.append(f"{where}: {type(error).__name__}: {error}")
        else:
            found.came_through += 1
        arena.drop(place)
    return found


def main() -> int:
    """Kill on both databases and say what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("both", "sqlite", "postgresql"), default="both")
    chosen = parser.parse_args()
    kinds = ("sqlite", "postgresql") if chosen.database == "both" else (chosen.database,)
    since, wrong, total = time.monotonic(), 0, 0
    for at, kind in enumerate(kinds):
        kills = chosen.kills // len(kinds) + (at < chosen.kills % len(kinds))
        with tempfile.TemporaryDirectory(prefix="risk-faults-") as folder, postgresql_server(kind) as server:
            arena = Arena(kind, Path(folder), server)
            arena.prepare(tuple(JOBS))
            found = kill(arena, kills=kills, seed=chosen.seed)
        for fault in found.wrong:
            print(fault)
        killed = ", ".join(f"{job} {n}" for job, n in sorted(found.by_job.items()))
        print(
            f"{kind}: {found.by_job.total()} kills (seed {chosen.seed}): {killed}; wrong afterwards: {len(found.wrong)}"
        )
        wrong, total = wrong + len(found.wrong), total + found.by_job.total()
    verdict = "nothing lost, doubled or half done" if not wrong else f"{wrong} faults"
    print(f"{total} kills in {time.monotonic() - since:.0f} s: {verdict}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
