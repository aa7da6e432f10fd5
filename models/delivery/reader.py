"""A delivery opened for reading: batches for a store, or everything at once for file mode and training."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from models.delivery.checks import Checked, check
from models.delivery.csv_reader import ROW, RawBatch, csv_batches, csv_header
from models.delivery.manifest import MANIFEST, Manifest, read_manifest
from models.delivery.parquet_reader import BATCH_ROWS, parquet_batches, parquet_header, raw_batches
from models.delivery.references import known_keys, settle, without_repeats
from models.delivery.rejects import REJECTS
from models.delivery.sources import Source, check_buckets, check_feeds, check_hash, look_into
from models.errors import ContractError
from models.schema import FEEDS, Feed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

WHOLE_ROWS: Final = 1 << 20
FIRST_SEQ: Final = 1
"""The ``ingest_seq`` of rows read straight from a folder."""


@dataclass(frozen=True, kw_only=True)
class OpenDelivery:
    """A delivery whose files, headers, hashes and buckets have been checked; no row has been read yet.

    Parameters
    ----------
    path
        The folder.
    manifest
        What its manifest says; None without one (the rows are then real).
    feeds
        Names of the feeds it holds, in contract order.
    ignored_files
        Names in the folder that are no feeds.
    unknown_columns
        By feed, columns that the contract does not know.
    expected_rows
        By feed, the number of rows where it can be told before reading.
    """

    path: Path
    manifest: Manifest | None
    feeds: tuple[str, ...]
    ignored_files: tuple[str, ...]
    unknown_columns: Mapping[str, tuple[str, ...]]
    expected_rows: Mapping[str, int]
    _sources: Mapping[str, Source] = field(repr=False)

    @property
    def simulated(self) -> bool:
        """Whether the rows come from a simulator."""
        return self.manifest is not None and self.manifest.simulated

    def batches(
        self, feed: str, buckets: Collection[int] | None = None, *, batch_rows: int = BATCH_ROWS
    ) -> Iterator[Checked]:
        """Validate one feed in batches of bounded size.

        Parameters
        ----------
        feed
            Its name.
        buckets
            Only these buckets, of a feed that lies in buckets; their rows keep the numbers they have in the whole.
        batch_rows
            Rows of a batch, at most; CSV is read in blocks of its own size.

        Raises
        ------
        ContractError
            A file is damaged on the way, or the number of rows is not the one the manifest states.
        """
        source = self._sources[feed]
        stated = self.manifest.buckets if self.manifest else None
        rows = 0
        for raw in _raw_batches(source, buckets, batch_rows):
            checked = check(source.feed, raw, buckets=stated)
            rows += checked.rows
            yield checked
        if buckets is None:
            self.check_rows(feed, rows)

    def whole(
        self, feed: str, buckets: Collection[int] | None = None, *, unread: Collection[str] = ()
    ) -> Iterator[Checked]:
        """:meth:`batches` for readers that keep all rows: as few and large ones as the files allow.

        Columns that are ``unread`` may be left out (:func:`models.delivery.checks.check`).
        """
        source = self._sources[feed]
        stated = self.manifest.buckets if self.manifest else None
        raw: list[RawBatch] = []
        for batch in _raw_batches(source, buckets, WHOLE_ROWS):
            if raw and not _alike(raw[0], batch):
                yield check(source.feed, RawBatch.joined(raw), buckets=stated, unread=unread)
                raw = []
            raw.append(batch)
        if raw:
            yield check(source.feed, RawBatch.joined(raw), buckets=stated, unread=unread)

    def announce(self, buckets: Collection[int] | None) -> None:
        """Tell the system that the files of some buckets are read soon, so that it fetches them in the meantime.

        Where it does not listen nothing happens; a file that cannot be opened is found out when it is read.
        """
        advise = getattr(os, "posix_fadvise", None)
        if advise is None:
            return
        for source in self._sources.values():
            for part, bucket in zip(source.parts, source.buckets, strict=False):
                if buckets is None or bucket in buckets:
                    with suppress(OSError), part.open("rb") as file:
                        advise(file.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)

    def digests(self, feed: str, buckets: Collection[int] | None = None) -> dict[str, str]:
        """The SHA-256 of a feed's parts by name, of some buckets or of all, where the manifest states one at all."""
        return self._sources[feed].digests(buckets) if self._stated_hash(feed) is not None else {}

    def check_hash(self, feed: str, digests: Mapping[str, str]) -> None:
        """Compare the hash from those of all parts with what the manifest states.

        Raises
        ------
        ContractError
            They differ.
        """
        stated = self._stated_hash(feed)
        if stated is not None:
            check_hash(self._sources[feed], stated, digests)

    def _stated_hash(self, feed: str) -> str | None:
        entry = self.manifest.feeds.get(feed) if self.manifest else None
        return None if entry is None else entry.sha256

    def raw(self, feed: str) -> Iterator[pa.RecordBatch]:
        """All rows and columns of a feed as they were delivered, unchecked; of CSV as text.

        A record of CSV that is no row becomes a row without values, so that it is counted and rejected still.

        Raises
        ------
        ContractError
            A file is damaged.
        """
        source = self._sources[feed]
        for part in source.parts:
            label = _label(source, part)
            if source.form not in ("csv", "csv.gz"):
                yield from raw_batches(part, label=label)
                continue
            for batch in csv_batches(part, label=label, wanted=None):
                names = [name for name in batch.frame.columns if name != ROW]
                columns = batch.frame.select(names).to_arrow(compat_level=pl.CompatLevel.oldest())
                nothing = pa.nulls(len(batch.broken), pa.string())
                yield from pa.concat_tables(
                    [
                        columns.cast(pa.schema([(name, pa.string()) for name in names])),
                        pa.table(dict.fromkeys(names, nothing)),
                    ]
                ).to_batches()

    def copied(self, feed: str, folder: Path) -> None:
        """Copy a feed's files into another folder as they are."""
        source = self._sources[feed]
        for part in source.parts:
            target = folder / part.relative_to(self.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(part, target)

    @property
    def in_buckets(self) -> bool:
        """Whether all feeds about candidates lie in buckets, so that these can be read one by one."""
        personal = [source for source in self._sources.values() if source.feed.partitioned]
        return bool(personal) and all(source.form == "buckets" for source in personal)

    def bucket_rows(self) -> dict[int, int]:
        """Rows in each bucket, all feeds together; of a delivery that lies in buckets."""
        rows: dict[int, int] = {}
        for source in self._sources.values():
            for bucket, count in zip(source.buckets, source.rows, strict=False):
                rows[bucket] = rows.get(bucket, 0) + count
        return dict(sorted(rows.items()))

    def buckets_naming_nobody(self, feed: str) -> list[int]:
        """Buckets of a feed in which a row may leave its candidate out, by the statistics of the files."""
        source = self._sources[feed]
        if not source.buckets or feed == "candidates":
            return []
        return sorted({bucket for bucket, unnamed in zip(source.buckets, source.unnamed, strict=True) if unnamed})

    def check_rows(self, feed: str, rows: int) -> None:
        """Compare the number of rows that were read with what the manifest states.

        Raises
        ------
        ContractError
            They differ.
        """
        entry = self.manifest.feeds.get(feed) if self.manifest else None
        if entry is not None and entry.rows is not None and entry.rows != rows:
            raise ContractError(
                f"{self._sources[feed].label} holds {rows} rows, {MANIFEST} states {entry.rows}.",
                what_to_do="Send the whole delivery again, or put the manifest right.",
            )


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A whole delivery in memory.

    Parameters
    ----------
    manifest, simulated
        As in :class:`OpenDelivery`.
    feeds
        Canonical frames of every feed of the contract (empty when not delivered), sorted as delivered: good rows whose
        hard references resolve within the delivery, a repeated identical row once, ``ingest_seq`` 1.
    rejects
        Problems of bad rows, a frame like :data:`~models.delivery.rejects.REJECTS`.
    pending
        By feed, good rows whose parent the delivery does not hold.
    unresolved
        By feed and column, how many kept rows cite something unknown.
    rows, rejected
        By feed, rows read and rows rejected.
    ignored_files, unknown_columns
        As in :class:`OpenDelivery`.
    """

    manifest: Manifest | None
    simulated: bool
    feeds: dict[str, pl.DataFrame]
    rejects: pl.DataFrame
    pending: dict[str, pl.DataFrame]
    unresolved: dict[str, dict[str, int]]
    rows: dict[str, int]
    rejected: dict[str, int]
    ignored_files: tuple[str, ...]
    unknown_columns: Mapping[str, tuple[str, ...]]


def open_delivery(path: Path, *, hashes: bool = True) -> OpenDelivery:
    """Look into a delivery folder and check all that can be checked before the rows.

    Parameters
    ----------
    path
        The folder.
    hashes
        Whether to compare the stated hashes now. Whoever reads the parts in several processes compares them there
        (:meth:`OpenDelivery.digests`, :meth:`OpenDelivery.check_hash`).

    Raises
    ------
    ContractError
        Nothing in the folder can be used; the message says what to do.
    """
    folder = look_into(path)
    manifest = read_manifest(folder.manifest_path) if folder.manifest_path else None
    check_buckets(folder, manifest.buckets if manifest else None)
    unknown: dict[str, tuple[str, ...]] = {}
    expected: dict[str, int] = {}
    sources = {source.feed.name: _check_headers(source, manifest, unknown, expected) for source in folder.sources}
    if manifest is not None:
        check_feeds(folder, manifest)
    ignored = folder.ignored + (tuple(f"{MANIFEST}: {name}" for name in manifest.unknown_feeds) if manifest else ())
    opened = OpenDelivery(
        path=path,
        manifest=manifest,
        feeds=tuple(sources),
        ignored_files=ignored,
        unknown_columns=unknown,
        expected_rows=expected,
        _sources=sources,
    )
    for name in sources if hashes else ():
        opened.check_hash(name, opened.digests(name))
    return opened


def read_delivery(path: Path, *, only: Collection[str] | None = None) -> Delivery:
    """Read a whole delivery into memory.

    Parameters
    ----------
    path
        The folder.
    only
        Names of the feeds to keep; None keeps all. Feeds that others refer to are read nevertheless.

    Raises
    ------
    ContractError
        As :func:`open_delivery`, and when a file turns out damaged.
    """
    opened = open_delivery(path)
    feeds: dict[str, pl.DataFrame] = {}
    pending: dict[str, pl.DataFrame] = {}
    rejects = []
    rows, rejected = dict.fromkeys(FEEDS, 0), dict.fromkeys(FEEDS, 0)
    known: dict[str, pl.DataFrame] = {}
    for name, feed in FEEDS.items():
        frames = []
        if name in opened.feeds:
            for batch in opened.batches(name):
                frames.append(batch.frame)
                rejects.append(batch.rejects)
                rows[name] += batch.rows
                rejected[name] += batch.rejected
        good = _joined(feed, frames)
        kept, waiting = settle(feed, without_repeats(feed, good), known)
        known[name] = known_keys(feed, kept)
        pending[name] = waiting
        feeds[name] = kept
    unresolved = {name: _unresolved(feed, feeds[name], known) for name, feed in FEEDS.items()}
    return Delivery(
        manifest=opened.manifest,
        simulated=opened.simulated,
        feeds={name: feeds[name] if only is None or name in only else FEEDS[name].empty() for name in FEEDS},
        rejects=pl.concat(rejects) if rejects else REJECTS.clear(),
        pending=pending,
        unresolved=unresolved,
        rows=rows,
        rejected=rejected,
        ignored_files=opened.ignored_files,
        unknown_columns=opened.unknown_columns,
    )


def _joined(feed: Feed, frames: list[pl.DataFrame]) -> pl.DataFrame:
    if not frames:
        return feed.empty()
    whole = pl.concat(frames, rechunk=True) if len(frames) > 1 else frames[0]
    return whole.with_columns(pl.lit(FIRST_SEQ, dtype=pl.Int64).alias("ingest_seq")).select(list(feed.frame_schema))


def _unresolved(feed: Feed, frame: pl.DataFrame, known: Mapping[str, pl.DataFrame]) -> dict[str, int]:
    counts = {}
    for column, target in feed.soft_references:
        target_key = known[target].columns[0]
        missing = frame.lazy().filter(pl.col(column).is_not_null() & ~pl.col("retracted"))
        lost = missing.join(known[target].lazy(), left_on=column, right_on=target_key, how="anti")
        count = int(lost.select(pl.len()).collect().item())
        if count:
            counts[column] = count
    return counts


def _check_headers(
    source: Source, manifest: Manifest | None, unknown: dict[str, tuple[str, ...]], expected: dict[str, int]
) -> Source:
    """The source with its numbers of rows."""
    feed = source.feed
    strange: dict[str, None] = {}
    counts: list[int] = []
    unnamed: list[bool] = []
    for part in source.parts:
        label = _label(source, part)
        if source.form in ("csv", "csv.gz"):
            names = csv_header(part, label=label)
        else:
            names, rows, somewhere_empty = parquet_header(part, label=label, named="candidate_id")
            counts.append(rows)
            unnamed.append(somewhere_empty)
        # Of a retraction key and time suffice, so a file that can hold some may lack the rest.
        needed = (*feed.key, "recorded_at") if "retracted" in names else feed.required_columns
        lacking = [name for name in needed if name not in names]
        if lacking:
            raise ContractError(
                f"{label} lacks the column{'s' if len(lacking) > 1 else ''} {', '.join(lacking)}.",
                what_to_do=f"Deliver at least {', '.join(needed)}.",
            )
        strange |= dict.fromkeys(name for name in names if name not in feed.columns)
    if strange:
        unknown[feed.name] = tuple(strange)
    entry = manifest.feeds.get(feed.name) if manifest else None
    total = sum(counts) if counts else (entry.rows if entry is not None else None)
    if total is not None:
        expected[feed.name] = total
    return replace(source, rows=tuple(counts), unnamed=tuple(unnamed))


def _raw_batches(source: Source, buckets: Collection[int] | None, batch_rows: int) -> Iterator[RawBatch]:
    rows = 0
    for position, part in enumerate(source.parts):
        if source.form in ("csv", "csv.gz"):
            yield from csv_batches(part, label=_label(source, part), wanted=frozenset(source.feed.columns))
            continue
        bucket = source.buckets[position] if source.buckets else None
        if buckets is None or bucket in buckets:
            label = _label(source, part)
            yield from parquet_batches(
                part, feed=source.feed, label=label, rows_before=rows, bucket=bucket, batch_rows=batch_rows
            )
        rows += source.rows[position]


def _alike(one: RawBatch, other: RawBatch) -> bool:
    """Whether two batches have the same columns of the same types."""
    return one.frame.schema == other.frame.schema and one.words.keys() == other.words.keys()


def _label(source: Source, part: Path) -> str:
    return part.relative_to(source.root.parent).as_posix()
