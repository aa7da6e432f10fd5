"""Deliveries on disk for tests of jobs, and workers that fail as workers do."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from models.asof import Feeds
from models.delivery import FeedEntry, Manifest, read_delivery
from models.freshness import freshness, stamp_of
from models.releases.rules_only import rules_only_release
from models.schema import FEEDS
from models.score import score
from models.situation import Situation, situate
from models.times import parse_moment
from risk_service.jobs.bucket import bucket_delivery
from risk_service.jobs.plan import Plan
from risk_service.jobs.run import FileReport, run_job
from risk_service.jobs.tasks import Note, Task
from risk_service.jobs.workers import Here, Workers
from tests.models.worlds import BOOK, World, random_world, rules_at

DAY_US = parse_moment("2025-09-10")
BUCKETS = 3
RELEASE = rules_only_release(rules_version=BOOK.version)


def odd_world(seed: int = 3) -> World:
    """A random world in which candidates are tied to each other and retractions name nobody."""
    world = random_world(seed, people=40)
    # One registration that two candidates claim, one after the other; and the same of an itinerary.
    for who in ("C7", "C8"):
        world.add(
            "registrations", f"2025-08-0{who[1]}", registration_id="Rboth", candidate_id=who,
            registered_on="2025-08-01", planned_departure_on="2025-10-01",
        )  # fmt: skip
    for who in ("C9", "C10", "C11"):
        world.add(
            "travel", f"2025-08-{int(who[1:]):02}", travel_id="Tboth", candidate_id=who, departure_at="2025-10-02"
        )
    # A step that one candidate brings to another's registration, and one of a registration that nobody knows.
    for registration in ("Rboth", "R1-0", "R2-0", "Rnobody"):
        world.add(
            "registration_steps", "2025-08-20", registration_id=registration, candidate_id="C20", step="medical",
            completed_on="2025-08-19",
        )  # fmt: skip
    # Retractions that give the key and nothing else.
    world.add("travel", "2025-09-01", travel_id="T4-0", retracted=True)
    world.add("registration_steps", "2025-09-01", registration_id="R5-0", step="passport", retracted=True)
    world.add("travel", "2025-09-01", travel_id="Tx", candidate_id="Cnobody", departure_at="2025-10-02")
    return world


def write_delivery(feeds: Feeds, folder: Path, *, through_us: int | None = DAY_US) -> Path:
    """Canonical frames as a flat delivery of Parquet files with a manifest; None: it does not say how complete."""
    folder.mkdir()
    entries = {}
    for name, frame in feeds.items():
        frame.select(FEEDS[name].columns).write_parquet(folder / f"{name}.parquet")
        entries[name] = FeedEntry(rows=len(frame), complete_through_us=through_us)
    manifest = Manifest(source="tests", produced_at_us=DAY_US, simulated=False, feeds=entries)
    (folder / "manifest.json").write_text(manifest.to_json())
    return folder


def in_buckets(delivery: Path, *, buckets: int = BUCKETS) -> Path:
    """The same delivery in buckets, beside it."""
    out = delivery.with_name(f"{delivery.name}-{buckets}")
    bucket_delivery(delivery, out, buckets=buckets, now_us=DAY_US)
    return out


def in_one_go(delivery: Path, t_us: int = DAY_US) -> Situation:
    """The situation of everybody as of a time, the delivery read whole."""
    read = read_delivery(delivery)
    fresh = freshness([stamp_of(read.manifest, 1)], read.feeds, t_us)
    return situate(read.feeds, t_us, rules=rules_at(t_us), freshness=fresh)


def scores_in_one_go(delivery: Path) -> pl.DataFrame:
    """Scores of everybody, the delivery read whole."""
    return score(in_one_go(delivery), RELEASE).frame()


def rescored(delivery: Path, out: Path, *, workers: Workers | None = None, part_rows: int = 200) -> FileReport:
    """Scores by a job, in many small parts."""
    with workers or Here() as doing:
        return run_job(
            delivery, DAY_US, out, kind="scores", rules=BOOK, release=RELEASE, workers=doing, part_rows=part_rows
        )


def result_of(out: Path) -> pl.DataFrame:
    """What a job wrote, in the order of cases."""
    return pl.read_parquet(out if out.is_file() else out / "*.parquet").sort("case_id")


def bytes_of(out: Path) -> dict[str, bytes]:
    """The files of a result."""
    return {path.name: path.read_bytes() for path in sorted(out.iterdir()) if path.suffix == ".parquet"}


class BrokenOff(Here):
    """Works in this process and is gone after so many tasks."""

    def __init__(self, after: int) -> None:
        self.left = after

    def run(self, task: Task, plan: Plan, numbers: Iterable[int]) -> Iterator[tuple[int, Note]]:
        """As :meth:`risk_service.jobs.workers.Workers.run`, until it is gone."""
        for number, note in super().run(task, plan, numbers):
            yield number, note
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt


def dies_once(plan: Plan, number: int) -> Note:
    """A task that takes its process down the first time it is given the first part."""
    mark = plan.work / "died"
    if number == 0 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"number": number}


def always_dies(plan: Plan, number: int) -> Note:
    """A task that takes its process down whenever it is given the last part."""
    if number == len(plan.selections) - 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"number": number}
