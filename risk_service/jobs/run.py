"""A job over a delivery in two passes, part by part; broken off anywhere, the next start does the rest.

The first pass counts facts about others and prepares each part, the second scores it against the sum. What comes
between lies in a folder beside the output. The result depends on the delivery and the parameters alone: neither on who
does the work, nor on how often it was broken off.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from models.delivery.links import read_orphans, shared
from models.delivery.parts import PERSONAL, Selection, read_references_of
from models.delivery.reader import open_delivery
from models.drift import Tally, arrivals, drift_line, watch
from models.freshness import freshness, stamp_of
from models.references import read_references
from models.registry import Release, check_compatible
from models.rules import RuleBook
from models.schema import FEEDS
from models.times import date_of, from_us
from risk_service.jobs.output import Output
from risk_service.jobs.plan import PART_ROWS, Kind, Plan, divide, fingerprint
from risk_service.jobs.tasks import (
    COUNTED,
    FILE_SEQ,
    TIES,
    Note,
    Task,
    count_part,
    done,
    latest_of_part,
    linked_of_part,
    score_part,
    sum_up,
    sums_of,
    write_whole,
)
from risk_service.jobs.workers import Workers

Progress = Callable[[str, int, int | None], None]
"""Told what is done, how much of it, and of how much."""

_LINKED: Final = "linked.json"


@dataclass(frozen=True, kw_only=True)
class FileReport:
    """What a job did.

    Parameters
    ----------
    cases
        Active cases written.
    lanes, bands
        How many of them are in each (scores only).
    rejected, pending
        Rows of the delivery left out.
    parts
        How many parts the work had.
    drift
        The verdict on who was scored beside those the release was made for, in one line (scores only).
    taken_up
        Parts that had been counted by a start that was broken off; all of them where the result was there already.
    """

    cases: int
    lanes: dict[str, int] = field(default_factory=dict)
    bands: dict[str, int] = field(default_factory=dict)
    rejected: int = 0
    pending: int = 0
    parts: int = 1
    drift: str = ""
    taken_up: int = 0


def run_job(
    feeds: Path,
    as_of_us: int,
    out: Path,
    *,
    kind: Kind,
    rules: RuleBook,
    release: Release | None,
    workers: Workers,
    progress: Progress | None = None,
    part_rows: int = PART_ROWS,
) -> FileReport:
    """Carry out a job.

    Parameters
    ----------
    feeds
        Delivery folder (contract ``feeds/1``).
    as_of_us
        UTC microseconds, inclusive.
    out
        ``.parquet`` for one file, else a folder of parts. Rows are ordered by ``case_id`` within a part.
    kind
        Scores (with a release), or features.
    rules
        All rule tables; those recorded by ``as_of_us`` and in force on its day are used.
    release
        Verified.
    workers
        Who does the work; started and stopped by the caller.
    progress
        Told how far it is.
    part_rows
        Rows of a part, about.

    Raises
    ------
    ContractError
        The delivery cannot be used.
    ReleaseError
        The release was made on the other kind of data (real, simulated).
    OutputError
        The output cannot be written; what was there before is there still.
    WorkError
        Workers die again and again, or another process writes the same output.
    """
    workers.complete()
    output = Output(out)
    output.check()
    opened = open_delivery(feeds, hashes=False)
    if release is not None:
        check_compatible(release, simulated=opened.simulated)
    in_force = rules.at(date_of(as_of_us), as_of_us)
    mark = fingerprint(opened, kind=kind, t_us=as_of_us, rules=in_force, release=release, part_rows=part_rows)
    there = output.finished(mark)
    if there is not None:
        return FileReport(**there["report"] | {"taken_up": there["report"]["parts"]})
    with output.working(mark) as work:
        plan = Plan(
            kind=kind,
            opened=opened,
            selections=tuple(divide(opened, read_orphans(opened), part_rows=part_rows)),
            t_us=as_of_us,
            rules=in_force,
            release=release,
            freshness=None,
            work=work.resolve(),
            fingerprint=mark,
        )
        carried = _Job(plan, workers, progress).carry_out()
        output.finish(plan.divided(carried.selections), {"fingerprint": mark, "report": vars(carried.report)})
    return carried.report


@dataclass(frozen=True)
class _Done:
    report: FileReport
    selections: tuple[Selection, ...]


@dataclass
class _Job:
    """A job being carried out."""

    plan: Plan
    workers: Workers
    progress: Progress | None

    def carry_out(self) -> _Done:
        """Both passes and what lies between."""
        plan = self.plan
        opened = plan.opened
        reference_feeds, rejected = read_references_of(opened)
        for name in reference_feeds:
            if name in opened.feeds:
                opened.check_hash(name, opened.digests(name))
        references = read_references(reference_feeds, plan.t_us, rules=plan.rules)
        self.plan = plan = replace(plan, references=references)
        self._refresh(reference_feeds)
        self._separate(_linked_before(plan))
        taken_up = sum(done(self.plan, number, COUNTED) is not None for number in range(len(self.plan.selections)))
        counted = self._all("counting", count_part, self.plan.rows_of)
        ties = self._ties()
        if len(ties):
            self._link(ties)
            counted = self._all("counting linked people", count_part, self.plan.rows_of)
        self._check(counted)
        for _ in self.workers.run(sum_up, self.plan, range(sums_of(self.plan))):
            pass  # Each lays its own where every worker finds it.
        scored = self._all("scoring", score_part, lambda number: int(counted[number]["active"]))
        report = FileReport(
            cases=sum(note["cases"] for note in scored.values()),
            lanes=_added(note["tally"].get("lane", {}) for note in scored.values()),
            bands=_added(note["tally"].get("band", {}) for note in scored.values()),
            rejected=sum(rejected.values()) + sum(sum(note["rejected"].values()) for note in counted.values()),
            pending=sum(sum(note["pending"].values()) for note in counted.values()),
            parts=len(self.plan.selections),
            drift=self._drift(counted, scored, arrivals(reference_feeds, plan.t_us)),
            taken_up=taken_up,
        )
        return _Done(report, self.plan.selections)

    def _all(self, what: str, task: Task, size: Callable[[int], int]) -> dict[int, Note]:
        """A task over all parts; notes by number, in order."""
        numbers = range(len(self.plan.selections))
        total = sum(size(number) for number in numbers)
        notes: dict[int, Note] = {}
        through = 0
        self._tell(what, through, total)
        for number, note in self.workers.run(task, self.plan, numbers):
            notes[number] = note
            through += size(number)
            self._tell(what, through, total)
        return {number: notes[number] for number in numbers}

    def _refresh(self, reference_feeds: dict[str, pl.DataFrame]) -> None:
        """Find out how fresh each feed is, looking at the rows only where the manifest does not say."""
        plan = self.plan
        stamp = stamp_of(plan.opened.manifest, FILE_SEQ)
        silent = [name for name in PERSONAL if name in plan.opened.feeds and name not in stamp.complete_through]
        if silent and len(plan.selections) == 1:
            return  # The only part will see all rows.
        latest: dict[str, int] = {}
        if silent:
            for note in self._all("looking for the latest rows", latest_of_part, plan.rows_of).values():
                latest |= {name: max(us, latest.get(name, us)) for name, us in note.items()}
        feeds = {name: _one_row(name, us) for name, us in latest.items()} | reference_feeds
        self.plan = replace(plan, freshness=freshness([stamp], feeds, plan.t_us))

    def _ties(self) -> np.ndarray[Any, np.dtype[np.uint64]]:
        plan = self.plan
        if len(plan.selections) == 1:
            return np.empty(0, np.uint64)
        return shared(
            [
                (
                    np.load(plan.file(number, "held.npy"), mmap_mode="r"),
                    np.load(plan.file(number, "wanted.npy"), mmap_mode="r"),
                )
                for number in range(len(plan.selections))
            ]
        )

    def _link(self, ties: np.ndarray[Any, np.dtype[np.uint64]]) -> None:
        """Give linked candidates a part of their own."""
        plan = self.plan
        write_whole(plan.work / TIES, lambda file: np.save(file, ties, allow_pickle=False))
        found: dict[int, list[str]] = {}
        for number, note in self.workers.run(linked_of_part, plan, range(len(plan.selections))):
            if note["ids"]:
                found[number] = note["ids"]
        write_whole(plan.work / _LINKED, lambda file: file.write(json.dumps(found).encode()))
        self._separate(found)

    def _separate(self, found: dict[int, list[str]]) -> None:
        if not found:
            return
        selections = list(self.plan.selections)
        everybody = sorted({one for ids in found.values() for one in ids})
        buckets = sorted({bucket for number in found for bucket in selections[number].buckets or ()})
        ids = pl.Series(everybody, dtype=pl.String)
        orphans = selections[0].orphans
        for number in found:
            selections[number] = Selection(buckets=selections[number].buckets, leave_out=ids, orphans=orphans)
        selections.append(Selection(buckets=tuple(buckets), only=ids, orphans=orphans))
        self.plan = self.plan.divided(tuple(selections))

    def _check(self, counted: dict[int, Note]) -> None:
        """Compare hashes and numbers of rows with the manifest, now that all files have been read."""
        opened = self.plan.opened
        for name in PERSONAL:
            if name not in opened.feeds:
                continue
            digests = {
                part: digest for note in counted.values() for part, digest in note["digests"].get(name, {}).items()
            }
            opened.check_hash(name, digests)
            opened.check_rows(name, sum(note["rows"].get(name, 0) for note in counted.values()))

    def _drift(self, counted: dict[int, Note], scored: dict[int, Note], arrived: dict[str, float]) -> str:
        if self.plan.release is None:
            return ""
        total = Tally(arrivals=arrived)
        for note in counted.values():
            total += Tally(arrivals=note["arrivals"])
        for note in scored.values():
            total += Tally.from_json(note["drift"])
        return drift_line(watch(self.plan.release, total))

    def _tell(self, what: str, done: int, of: int) -> None:
        if self.progress is not None:
            self.progress(what, done, of)


def _linked_before(plan: Plan) -> dict[int, list[str]]:
    """Linked candidates by part, as an earlier start found them."""
    try:
        found = json.loads((plan.work / _LINKED).read_bytes())
    except FileNotFoundError:
        return {}
    return {int(number): ids for number, ids in found.items()}


def _one_row(name: str, recorded_us: int) -> pl.DataFrame:
    """A feed of which only the time of its latest row matters."""
    row = {"recorded_at": [from_us(recorded_us)], "ingest_seq": [FILE_SEQ]}
    return pl.DataFrame(row, schema={column: FEEDS[name].frame_schema[column] for column in row})


def _added(tallies: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for tally in tallies:
        for key, number in tally.items():
            total[key] = total.get(key, 0) + number
    return dict(sorted(total.items()))
