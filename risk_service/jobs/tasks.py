"""The work on one part of a job, as functions that any process can run: this one, a worker, a Dask cluster.

A task takes the plan and the number of a part, writes into the work folder, and gives back a small note. A file
appears whole or not at all, and a note is written last, so what has a note is done and is not done again.
"""

from __future__ import annotations

import json
import os
import tempfile
from bisect import bisect_left
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import polars as pl

from models.aggregates import BY_KEY, Aggregates, count, shares
from models.asof import known
from models.cases import build_cases
from models.delivery.links import held, linked, wanted
from models.delivery.parts import PERSONAL, REFERENCES, Part, read_part, read_references_of
from models.drift import arrivals
from models.freshness import Freshness, freshness, stamp_of
from models.prepared import prepare, read_prepared
from models.references import References, read_references
from risk_service.jobs.plan import Plan

Note = dict[str, Any]
Task = Callable[[Plan, int], Note]

FILE_SEQ: Final = 1
"""The ``ingest_seq`` of rows read straight from files."""
COUNTED: Final = "counted.json"
SCORED: Final = "scored.json"
RESULT: Final = "parquet"
TABLES: Final = ("recruiter_ref", *sorted(BY_KEY.keys() - {"recruiter_ref"}))
"""Tables of counts about others; the longest first, so that nobody waits for whoever adds it."""
_PARTS_A_SLICE: Final = 24
_KEYS_A_SAMPLE: Final = 16
TIES: Final = "ties.npy"
"""Marks of what ties candidates of different parts together."""


def count_part(plan: Plan, number: int) -> Note:
    """First pass over a part: read and check it, count its shares, prepare its active cases.

    Raises
    ------
    ContractError
        A file is damaged.
    """
    note = done(plan, number, COUNTED)
    if note is not None:
        return note
    selection = plan.selections[number]
    references = _references(plan)
    part = read_part(plan.opened, selection, for_cases=True)
    block = build_cases(part.feeds, plan.t_us, rules=plan.rules, references=references)
    own = shares(block, plan.rules)
    fresh = plan.freshness or _freshness_of_rows(plan, part, references)
    prepared = prepare(block, own, rules=plan.rules, freshness=fresh)
    prepared.write(plan.file(number, "arrow"))
    for table, counts in count([own]).tables.items():
        counts.write_ipc(plan.file(number, f"{table}.arrow"), compression="uncompressed")
    for what, marks in (("held", held(part)), ("wanted", wanted(part))):
        np.save(plan.file(number, f"{what}.npy"), marks, allow_pickle=False)
    # Whoever is linked was read with their buckets before, and what these hold has been said there.
    whole = selection.only is None
    return _note(
        plan,
        number,
        COUNTED,
        {
            "cases": len(block.frame),
            "active": len(prepared.keys),
            "rows": dict(part.rows) if whole else {},
            "rejected": dict(part.rejected) if whole else {},
            "pending": dict(part.pending),
            "arrivals": arrivals(part.feeds, plan.t_us),
            "digests": {name: plan.opened.digests(name, selection.buckets) for name in _delivered(plan)}
            if whole
            else {},
        },
    )


def score_part(plan: Plan, number: int) -> Note:
    """Second pass over a part: complete its cases with the counts over everybody, score them and write them."""
    note = done(plan, number, SCORED)
    if note is not None:
        return note
    prepared = read_prepared(plan.file(number, "arrow"))
    counts = _everybody(plan.work, plan.fingerprint, _slices(plan))
    drifting = None
    if plan.release is None:
        frame = prepared.features_frame(counts, plan.rules)
    else:
        frame, scored = prepared.scores_counted(counts, plan.release, t_us=plan.t_us, rules=plan.rules)
        drifting = scored.to_json()
    said = {"risk-service.job": plan.fingerprint}
    write_whole(plan.file(number, RESULT), lambda file: frame.write_parquet(file, metadata=said))
    tally = {
        name: dict(frame[name].value_counts().sort(name).iter_rows())
        for name in ("lane", "band")
        if name in frame.columns and plan.release is not None
    }
    return _note(plan, number, SCORED, {"cases": len(frame), "tally": tally, "drift": drifting})


def latest_of_part(plan: Plan, number: int) -> Note:
    """When the latest row of each feed was recorded, no later than the as-of time, where the manifest does not say."""
    part = read_part(plan.opened, plan.selections[number])
    latest: Note = {}
    for name in PERSONAL:
        rows = known(part.feeds[name], plan.t_us)["recorded_at"].dt.timestamp("us").max()
        if rows is not None:
            latest[name] = rows
    return latest


def linked_of_part(plan: Plan, number: int) -> Note:
    """Candidates of a part who are tied to another part, by the marks in the work folder."""
    part = read_part(plan.opened, plan.selections[number])
    return {"ids": linked(part, np.load(plan.work / TIES, allow_pickle=False)).to_list()}


def sums_of(plan: Plan) -> int:
    """How many sums lie between the passes (:func:`sum_up`): each table in so many slices that few parts fill one."""
    return len(TABLES) * _slices(plan)


def sum_up(plan: Plan, number: int) -> Note:
    """Between the passes: add a slice of one table's counts of all parts, and lay it where every worker finds it.

    Slices are ranges of keys, so that nobody holds more than a slice of everybody's. The number is that of the slice,
    table by table in the order of :data:`TABLES`.
    """
    table, at = TABLES[number // _slices(plan)], number % _slices(plan)
    parts = [pl.read_ipc(plan.file(part, f"{table}.arrow")) for part in range(len(plan.selections))]
    first, after = _limits(parts, _slices(plan))[at : at + 2]
    own = pl.concat(_between(part, first, after) for part in parts)
    total = own.group_by("key").agg(pl.col(*BY_KEY[table]).sum()).sort("key")
    write_whole(_sum(plan.work, table, at), lambda file: total.write_ipc(file, compression="uncompressed"))
    return {}


def _slices(plan: Plan) -> int:
    return -(-len(plan.selections) // _PARTS_A_SLICE)


def _limits(parts: list[pl.DataFrame], slices: int) -> list[str | None]:
    """Where slices begin and end; the same for whoever works it out, from the keys of all parts, which are in order."""
    if slices == 1:
        return [None, None]
    some = pl.concat(part["key"].gather_every(len(part) // _KEYS_A_SAMPLE + 1) for part in parts).sort()
    return [None, *(some[len(some) * at // slices] if len(some) else "" for at in range(1, slices)), None]


def _between(part: pl.DataFrame, first: str | None, after: str | None) -> pl.DataFrame:
    """The rows of a part from one key on to before another, found without looking at those beside them.

    Files are mapped, and what has been looked at counts as memory.
    """
    keys = part["key"]
    start = 0 if first is None else bisect_left(keys, first)
    end = len(part) if after is None else bisect_left(keys, after)
    return part.slice(start, end - start)


def _sum(work: Path, table: str, at: int) -> Path:
    return work / f"{table}-{at}.arrow"


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file so that it appears whole or not at all."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _delivered(plan: Plan) -> list[str]:
    return [name for name in PERSONAL if name in plan.opened.feeds]


def done(plan: Plan, number: int, what: str) -> Note | None:
    """The note of a part that a pass is through with; None where it is not, or was with other candidates."""
    try:
        note: Note = json.loads(plan.file(number, what).read_bytes())
    except FileNotFoundError:
        return None
    return note if note["selection"] == plan.selections[number].digest() else None


def _note(plan: Plan, number: int, what: str, note: Note) -> Note:
    note = note | {"selection": plan.selections[number].digest()}
    write_whole(plan.file(number, what), lambda file: file.write(json.dumps(note).encode()))
    return note


def _freshness_of_rows(plan: Plan, part: Part, references: References) -> Freshness:
    feeds = {**part.feeds, **{name: references.seen.of(name)[0] for name in REFERENCES}}
    return freshness([stamp_of(plan.opened.manifest, FILE_SEQ)], feeds, plan.t_us)


_references_kept: dict[str, References] = {}


def _references(plan: Plan) -> References:
    """What everybody refers to, as the plan brings it, or read once in a process."""
    if plan.references is not None:
        return plan.references
    if plan.fingerprint not in _references_kept:
        _references_kept.clear()
        feeds, _ = read_references_of(plan.opened)
        _references_kept[plan.fingerprint] = read_references(feeds, plan.t_us, rules=plan.rules)
    return _references_kept[plan.fingerprint]


@lru_cache(maxsize=1)
def _everybody(work: Path, _fingerprint: str, slices: int) -> Aggregates:
    """Counts over everybody; read once in a process."""
    tables = {}
    for table in BY_KEY:
        tables[table] = pl.concat([pl.read_ipc(_sum(work, table, at)) for at in range(slices)], rechunk=False)
    return Aggregates(tables)
