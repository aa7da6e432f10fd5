"""Divide a delivery into hash buckets of candidates, out of core, so that a job can go through it part by part.

Rows are moved, not read: they keep their columns, types and order, and bad ones stay bad.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from models.delivery import FeedEntry, Manifest, OpenDelivery, open_delivery, sha256_of
from models.delivery.hashing import buckets_of
from models.delivery.manifest import MANIFEST
from models.schema import FEEDS
from risk_service.jobs.errors import OutputError
from risk_service.jobs.run import Progress

MOST_BUCKETS: Final = 4096
"""Each bucket is an open file while a feed is divided."""
HELD_BYTES: Final = 128 << 20
"""What is held of a feed before it is written out, about."""
UNNAMED: Final = "not stated"
"""Source of a delivery that has no manifest."""


@dataclass(frozen=True, kw_only=True)
class BucketReport:
    """What was divided: rows by feed, and the number of buckets."""

    buckets: int
    rows: dict[str, int]


def bucket_delivery(
    delivery: Path, out: Path, *, buckets: int, now_us: int, progress: Progress | None = None
) -> BucketReport:
    """Write a delivery anew, its feeds about candidates in hash buckets and all others as they are.

    Parameters
    ----------
    delivery
        Folder (contract ``feeds/1``) in whatever form.
    out
        Folder to make; it appears whole or not at all.
    buckets
        How many.
    now_us
        UTC microseconds; when a delivery without manifest counts as produced.
    progress
        Told how far it is, in rows.

    Raises
    ------
    ContractError
        The delivery cannot be used.
    OutputError
        ``out`` is there already or cannot be written; nothing is left behind.
    """
    opened = open_delivery(delivery)
    if out.exists():
        raise OutputError(f"{out} is there already.", what_to_do="Choose a folder that does not exist.")
    staged = None
    try:
        staged = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        staged.chmod(0o755)
        report = _divide(opened, staged, buckets=buckets, now_us=now_us, progress=progress)
        staged.rename(out)
    except OSError as error:
        raise OutputError(
            f"{out} cannot be written: {error.strerror or error}.",
            what_to_do="Choose a folder that exists and has room.",
        ) from error
    finally:
        if staged is not None:
            shutil.rmtree(staged, ignore_errors=True)
    return report


def _divide(opened: OpenDelivery, out: Path, *, buckets: int, now_us: int, progress: Progress | None) -> BucketReport:
    stated = opened.manifest
    entries: dict[str, FeedEntry] = {}
    counts: dict[str, int] = {}
    for name in opened.feeds:
        entry = (stated.feeds.get(name) if stated else None) or FeedEntry()
        if not FEEDS[name].partitioned:
            opened.copied(name, out)
            entries[name] = entry
            continue
        folder = out / name
        rows = _divide_feed(opened, name, folder, buckets=buckets, progress=progress)
        opened.check_rows(name, rows)
        counts[name] = rows
        entries[name] = FeedEntry(
            rows=rows,
            sha256=sha256_of(sorted(folder.rglob("*.parquet")), folder),
            complete_through_us=entry.complete_through_us,
        )
    manifest = Manifest(
        source=stated.source if stated else UNNAMED,
        produced_at_us=stated.produced_at_us if stated else now_us,
        simulated=opened.simulated,
        buckets=buckets,
        feeds=entries,
    )
    (out / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
    return BucketReport(buckets=buckets, rows=counts)


def _divide_feed(opened: OpenDelivery, name: str, folder: Path, *, buckets: int, progress: Progress | None) -> int:
    folder.mkdir()
    rows = 0
    files: _Files | None = None
    expected = opened.expected_rows.get(name)
    try:
        for batch in opened.raw(name):
            if files is None or not files.schema.equals(batch.schema):
                if files is not None:
                    files.close()
                files = _Files(folder, batch.schema, number=0 if files is None else files.number + 1)
            files.add(batch, _homes(batch, buckets))
            rows += batch.num_rows
            if progress is not None:
                progress(f"dividing {name}", rows, expected)
    finally:
        if files is not None:
            files.close()
    if not any(folder.iterdir()):
        _write_nothing(name, folder)
    return rows


def _homes(batch: pa.RecordBatch, buckets: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Bucket of each row; a row that names no candidate goes to the first."""
    at = batch.schema.get_field_index("candidate_id")
    if at < 0:
        return np.zeros(batch.num_rows, dtype=np.int64)
    ids = pl.Series("candidate_id", batch.column(at)).cast(pl.String)
    return buckets_of(ids, buckets)


def _write_nothing(name: str, folder: Path) -> None:
    """A part without rows, so that a feed that was delivered empty stays delivered."""
    part = folder / "bucket=000" / "part-00000.parquet"
    part.parent.mkdir()
    pq.write_table(pa.table({column: pa.nulls(0, pa.string()) for column in FEEDS[name].columns}), part)


@dataclass
class _Files:
    """A part of each bucket that has rows, all of one schema.

    Parameters
    ----------
    folder
        The feed's.
    schema
        Of the rows.
    number
        Of the part in each bucket.
    """

    folder: Path
    schema: pa.Schema
    number: int
    _held: dict[int, list[pa.RecordBatch]] = field(default_factory=dict, init=False)
    _bytes: int = field(default=0, init=False)
    _writers: dict[int, pq.ParquetWriter] = field(default_factory=dict, init=False)

    def add(self, batch: pa.RecordBatch, homes: np.ndarray[Any, np.dtype[np.int64]]) -> None:
        """Take rows; they reach the files in the order they came."""
        order = np.argsort(homes, kind="stable")
        sorted_rows = batch.take(pa.array(order))
        for bucket, start, length in _runs(homes[order]):
            self._held.setdefault(bucket, []).append(sorted_rows.slice(start, length))
        self._bytes += sorted_rows.nbytes
        if self._bytes >= HELD_BYTES:
            self._write()

    def _write(self) -> None:
        for bucket, batches in self._held.items():
            if bucket not in self._writers:
                part = self.folder / f"bucket={bucket:03d}" / f"part-{self.number:05d}.parquet"
                part.parent.mkdir(exist_ok=True)
                self._writers[bucket] = pq.ParquetWriter(part, self.schema, compression="zstd")
            self._writers[bucket].write_table(pa.Table.from_batches(batches).combine_chunks())
        self._held.clear()
        self._bytes = 0

    def close(self) -> None:
        """Write what is left and close the files."""
        try:
            self._write()
        finally:
            for writer in self._writers.values():
                writer.close()


def _runs(sorted_homes: np.ndarray[Any, np.dtype[np.int64]]) -> Iterator[tuple[int, int, int]]:
    """Bucket, first row and length of each run of equal buckets."""
    if not len(sorted_homes):
        return
    starts = np.flatnonzero(np.diff(sorted_homes, prepend=sorted_homes[0] - 1))
    ends = np.append(starts[1:], len(sorted_homes))
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        yield int(sorted_homes[start]), start, end - start
