"""The work on one part of a job, as functions that any process can run: this one, a worker, a Dask cluster.

A task takes the plan and the number of a part, writes into the work folder, and gives back a small note. A file
appears whole or not at all, and a note is written last, so what has a note is done and is not done again.
"""

from __future__ import annotations

import json
import os
import tempfile
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

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
_AHEAD: Final = 4
"""Parts whose files the disk is asked for while one is worked on; workers take them in order, so as many workers keep
it busy."""
_SLICE_BYTES: Final = 4 << 20
_BATCH_ROWS: Final = 1024
_FIRST: Final = b"risk-service.first-keys"
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
    for soon in plan.selections[number : number + 1 + _AHEAD]:
        plan.opened.announce(soon.buckets)
    selection = plan.selections[number]
    references = _references(plan)
    part = read_part(plan.opened, selection, for_cases=True)
    block = build_cases(part.feeds, plan.t_us, rules=plan.rules, references=references)
    own = shares(block, plan.rules)
    fresh = plan.freshness or _freshness_of_rows(plan, part, references)
    prepared = prepare(block, own, rules=plan.rules, freshness=fresh)
    prepared.write(plan.file(number, "arrow"))
    for table, counts in count([own]).tables.items():
        _write_counts(plan.file(number, f"{table}.arrow"), counts)
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
    counts = _everybody(plan.work, plan.fingerprint, tuple(_slices(plan)))
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
    """How many sums lie between the passes (:func:`sum_up`)."""
    return len(_slices(plan))


def sum_up(plan: Plan, number: int) -> Note:
    """Between the passes: add a slice of one table's counts of all parts, and lay it where every worker finds it.

    Slices are ranges of keys, so that nobody holds more than a slice of everybody's.
    """
    slices = _slices(plan)
    table, at = slices[number]
    parts = [plan.file(part, f"{table}.arrow") for part in range(len(plan.selections))]
    limits = _limits(parts, sum(name == table for name, _ in slices))
    own = pl.concat(_between(part, limits[at], limits[at + 1]) for part in parts)
    total = own.group_by("key").agg(pl.col(*BY_KEY[table]).sum()).sort("key")
    write_whole(_sum(plan.work, table, at), lambda file: total.write_ipc(file, compression="uncompressed"))
    return {}


def _slices(plan: Plan) -> list[tuple[str, int]]:
    """Every slice of every table: its table and its place there, by the size of what all parts have counted."""
    numbers = range(len(plan.selections))
    size = {table: sum(plan.file(part, f"{table}.arrow").stat().st_size for part in numbers) for table in TABLES}
    return [(table, at) for table in TABLES for at in range(-(-size[table] // _SLICE_BYTES))]


def _limits(parts: list[Path], slices: int) -> list[str | None]:
    """Where slices begin and end; the same for whoever works it out."""
    if slices == 1:
        return [None, None]
    some = sorted(key for part in parts for key in _first_keys(part))
    return [None, *(some[len(some) * at // slices] if some else "" for at in range(1, slices)), None]


def _write_counts(path: Path, counts: pl.DataFrame) -> None:
    """Write the counts of a part, in the order of their keys and in small batches, whose first keys stand by."""
    rows = counts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    firsts = json.dumps(counts["key"].gather_every(_BATCH_ROWS).to_list()).encode()
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, rows.schema.with_metadata({_FIRST: firsts})) as out:
        out.write_table(rows, max_chunksize=_BATCH_ROWS)


def _first_keys(path: Path) -> list[str]:
    with pa.OSFile(str(path)) as file:
        return _first_keys_of(pa.ipc.open_file(file))


def _first_keys_of(reader: pa.RecordBatchFileReader) -> list[str]:
    keys: list[str] = json.loads(reader.schema.metadata[_FIRST])
    return keys


def _between(path: Path, first: str | None, after: str | None) -> pl.DataFrame:
    """The counts of a part from one key on to before another; the rest is not read."""
    with pa.OSFile(str(path)) as file:
        reader = pa.ipc.open_file(file)
        keys = _first_keys_of(reader)
        start = 0 if first is None else max(bisect_right(keys, first) - 1, 0)
        end = len(keys) if after is None else bisect_left(keys, after)
        batches = [reader.get_batch(at) for at in range(start, end)]
        rows = pl.DataFrame(pl.from_arrow(pa.Table.from_batches(batches, reader.schema)))
    if first is not None:
        rows = rows.filter(pl.col("key") >= first)
    return rows if after is None else rows.filter(pl.col("key") < after)


def _mapped(path: Path) -> pl.DataFrame:
    """A file of sums, of which only what is looked at comes into memory; polars by itself reads all of it."""
    with pa.memory_map(str(path)) as file:
        return pl.DataFrame(pl.from_arrow(pa.ipc.open_file(file).read_all(), rechunk=False))


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
def _everybody(work: Path, _fingerprint: str, slices: tuple[tuple[str, int], ...]) -> Aggregates:
    """Counts over everybody; read once in a process."""
    return Aggregates(
        {
            table: pl.concat([_mapped(_sum(work, name, at)) for name, at in slices if name == table], rechunk=False)
            for table in BY_KEY
        }
    )
