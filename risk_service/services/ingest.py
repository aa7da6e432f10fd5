"""Taking a delivery into the store: whole, in one commit, in bounded memory.

Use
---
``ingest(store, master, folder, now_us=…, rejects_to=…, progress=…) -> IngestReport``

Hard faults (:class:`~models.errors.ContractError`) leave the store as it was; so does a process that is killed. Rows
that are broken are written to ``rejects.csv`` and counted; rows whose parent nobody has delivered wait and are tried
again at every later ingest. Rows that come in late keep the source of the delivery that brought them and get a number
of their own, just below that of the delivery that let them in: a replay of an earlier score does not see them, and of
two rows with equal times the one delivered later counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
from sqlalchemy.engine import Connection

from models.delivery import OpenDelivery, RejectsFile, open_delivery
from models.errors import ContractError
from models.schema import FEEDS
from risk_service.store import MasterKey, Store
from risk_service.store import deliveries as kept
from risk_service.store.deliveries import FeedCounts
from risk_service.store.intake import Intake, count_pending, pending_origins
from risk_service.store.persons import check_key

ALL_IN: Final = 0
SOME_REJECTED: Final = 3

Progress = Callable[[str, int, int | None], None]
"""Called with a feed's name, its rows read so far, and how many there are (None: not known)."""


@dataclass(frozen=True, kw_only=True)
class IngestReport:
    """What became of a delivery.

    Parameters
    ----------
    seq
        Its ``ingest_seq``.
    source, simulated
        Of the manifest; no manifest: no name, real.
    feeds
        By feed, in contract order; only feeds that were delivered or of which pending rows came in.
    still_pending
        By feed, all rows of the store that wait now.
    freshness
        By feed, up to when its latest rows are complete as of ``now_us``; UTC microseconds, None if never delivered.
    rejects
        Where the rejected rows are written down; None if there are none, or if nobody asked.
    ignored_files, unknown_columns
        What was there and not read.
    """

    seq: int
    source: str
    simulated: bool
    feeds: Mapping[str, FeedCounts]
    still_pending: Mapping[str, int]
    freshness: Mapping[str, int | None]
    rejects: Path | None
    ignored_files: tuple[str, ...]
    unknown_columns: Mapping[str, tuple[str, ...]]

    def total(self, count: str) -> int:
        """One of the counts over all feeds."""
        return sum(int(getattr(counts, count)) for counts in self.feeds.values())

    @property
    def exit_code(self) -> int:
        """0: every row was good; 3: some were rejected."""
        return SOME_REJECTED if self.total("rejected") else ALL_IN


def ingest(
    store: Store,
    master: MasterKey,
    folder: Path,
    *,
    now_us: int,
    label: str | None = None,
    rejects_to: Callable[[int], Path] | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Take a delivery into the store.

    Parameters
    ----------
    store, master
        Open store, and the key that seals what identifies a person.
    folder
        The delivery.
    now_us
        Present time, UTC microseconds.
    label
        Name under which it is listed; the folder's if not given.
    rejects_to
        Gives, for the delivery's number, the file to write rejected rows to; None writes none.
    progress
        Told how far the reading is.

    Raises
    ------
    ContractError
        Nothing of it can be used, or it is simulated and the store is not (or the other way round).
    StoreError
        The store cannot be used.
    """
    opened = open_delivery(folder)
    with store.alone("ingest", wait=True), store.writing() as connection:
        _agree(connection, opened)
        check_key(connection, master)
        last = kept.last_seq(connection)
        origins = {origin: last + 1 + i for i, origin in enumerate(pending_origins(connection))}
        seq = last + 1 + len(origins)
        with RejectsFile(rejects_to(seq) if rejects_to else Path("rejects.csv")) as file:
            summary: Counter[tuple[str, str, str]] = Counter()

            def note(rejects: pl.DataFrame) -> None:
                for feed, field, reason, rows in rejects.group_by("feed", "field", "reason").len().iter_rows():
                    summary[feed, field, reason] += rows
                if rejects_to is not None:
                    file.write(rejects)

            kept.add_delivery(
                connection, seq, ingested_at_us=now_us, label=label or folder.resolve().name, manifest=opened.manifest
            )
            taking = Intake(connection, seq, master, origins)
            counts = _take(taking, opened, note, progress)
            if not any(c.taken or c.already or c.pending for c in counts.values()) and summary:
                written = file.keep() if rejects_to else None
                raise ContractError(
                    f"Not one of {sum(c.rejected for c in counts.values())} rows can be used; nothing was stored.",
                    what_to_do=f"{written} names them." if written else "Check the files against the contract.",
                )
            for origin in sorted(taking.released):
                kept.add_release(connection, origins[origin], origin=origin, ingested_at_us=now_us)
            kept.add_counts(connection, seq, counts, opened.manifest)
            kept.add_rejects(connection, seq, summary)
            waiting = count_pending(connection)
            fresh = kept.freshness_at(connection, now_us).of_feeds()
            written = file.keep() if rejects_to else None
    return IngestReport(
        seq=seq,
        source=opened.manifest.source if opened.manifest else "",
        simulated=opened.simulated,
        feeds=counts,
        still_pending={name: rows for name, rows in waiting.items() if rows},
        freshness=fresh,
        rejects=written,
        ignored_files=opened.ignored_files,
        unknown_columns=opened.unknown_columns,
    )


def _agree(connection: Connection, opened: OpenDelivery) -> None:
    """Simulated and real rows never meet; the first delivery decides."""
    holds = kept.is_simulated(connection)
    if holds is None:
        kept.set_fact(connection, kept.SIMULATED, "true" if opened.simulated else "false")
    elif holds != opened.simulated:
        words = {True: "simulated", False: "real"}
        raise ContractError(
            f"This delivery is {words[opened.simulated]}, the store holds {words[holds]} data; the two never meet.",
            what_to_do="Use another store for it (RISK_HOME or RISK_DATABASE_URL).",
        )


def _take(
    taking: Intake, opened: OpenDelivery, note: Callable[[pl.DataFrame], None], progress: Progress | None
) -> dict[str, FeedCounts]:
    counts: dict[str, FeedCounts] = {}
    for name in FEEDS:
        released = taking.release(name)
        if name not in opened.feeds:
            if released:
                counts[name] = FeedCounts(released=released)
            continue
        rows = rejected = 0
        feed = taking.feed(name)
        for batch in opened.batches(name):
            rows += batch.rows
            rejected += batch.rejected
            note(batch.rejects)
            feed.add(batch.frame)
            if progress is not None:
                progress(name, rows, opened.expected_rows.get(name))
        feed.finish()
        counts[name] = FeedCounts(
            rows=rows,
            taken=feed.taken,
            already=feed.already,
            rejected=rejected,
            pending=feed.pending,
            released=released,
        )
    unresolved = taking.settle()
    return {name: FeedCounts(**vars(found) | {"unresolved": unresolved.get(name, 0)}) for name, found in counts.items()}
