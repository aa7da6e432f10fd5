"""Reading a delivery part by part: some hash buckets of candidates at a time, with keys already numbered.

A part holds everything about its candidates, so it can be scored apart from all others, in another process. What ties
candidates of different parts together is found by :mod:`models.delivery.links`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from models.asof import CANDIDATE_NO, REGISTRATION_NO, STEP_NO, Codes, Feeds, numbered
from models.delivery.checks import Checked
from models.delivery.reader import FIRST_SEQ, OpenDelivery
from models.delivery.references import without_repeats
from models.delivery.words import Words
from models.schema import FEEDS, STEPS, Feed

PERSONAL: Final = tuple(name for name, feed in FEEDS.items() if feed.partitioned)
REFERENCES: Final = tuple(name for name, feed in FEEDS.items() if not feed.partitioned)
_BY_NUMBER: Final = ("registration_id", "step", "candidate_id", "issuer", "issuer_ref")
"""Text of a step that the building of cases reads by number or not at all."""
_NO_NUMBERS: Final = pl.DataFrame(schema={"value": pl.String, "number": pl.Int32})
_STEP_NUMBERS: Final = pl.DataFrame({"value": STEPS, "number": pl.int_range(len(STEPS), dtype=pl.Int32, eager=True)})


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which rows of some buckets a part takes.

    Parameters
    ----------
    buckets
        Bucket numbers; None: everybody.
    only, leave_out
        Ids of candidates to take, or not to take; None: all.
    orphans
        By feed, retractions that name no candidate, from whatever bucket: each part takes those of its keys.
    """

    buckets: tuple[int, ...] | None = None
    only: pl.Series | None = None
    leave_out: pl.Series | None = None
    orphans: Mapping[str, pl.DataFrame] | None = None

    def digest(self) -> str:
        """Equal for selections of the same candidates."""
        ids = [None if chosen is None else sorted(chosen.to_list()) for chosen in (self.only, self.leave_out)]
        return hashlib.sha256(json.dumps([self.buckets, *ids]).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some candidates with all their rows.

    Parameters
    ----------
    feeds
        Canonical frames of the feeds about candidates, ``ingest_seq`` 1: good rows whose parents the part holds, with
        the columns of numbers that :mod:`models.asof` reads.
    rows, rejected, pending
        By feed, rows read, rows rejected, and good rows whose parent the part does not hold.
    unheld
        ``registration_id`` and ``candidate_id`` of steps whose registration the part does not hold.
    """

    feeds: Feeds
    rows: Mapping[str, int]
    rejected: Mapping[str, int]
    pending: Mapping[str, int]
    unheld: pl.DataFrame


def read_part(opened: OpenDelivery, selection: Selection, *, for_cases: bool = False) -> Part:
    """Read and validate a part of a delivery.

    Parameters
    ----------
    opened, selection
        The delivery, and which rows of it.
    for_cases
        Whether only cases will be built of it: text of steps that these read by number may then be left out.

    Raises
    ------
    ContractError
        A file is damaged.
    """
    feeds: Feeds = {}
    rows, rejected, pending = dict.fromkeys(PERSONAL, 0), dict.fromkeys(PERSONAL, 0), dict.fromkeys(PERSONAL, 0)
    persons = files = _NO_NUMBERS
    unheld = FEEDS["registration_steps"].empty().select("registration_id", "candidate_id")
    for name in PERSONAL:
        feed = FEEDS[name]
        unread = _BY_NUMBER if for_cases and name == "registration_steps" else ()
        checked = list(opened.whole(name, selection.buckets, unread=unread)) if name in opened.feeds else []
        rows[name] = sum(batch.rows for batch in checked)
        rejected[name] = sum(batch.rejected for batch in checked)
        batches = _selected(feed, checked, selection)
        if name == "candidates":
            frame = _joined(feed, [batch.frame for batch in batches])
            codes, persons = _numbered(frame, "candidate_id", batches)
            feeds[name] = frame.with_columns(pl.Series(CANDIDATE_NO, codes))
            continue
        batches = [replace(batch, frame=_with_numbers(name, batch, persons, files)) for batch in batches]
        if len({batch.left_out for batch in batches}) > 1 or not all(_by_number(name, batch) for batch in batches):
            batches = [batch.complete(feed) for batch in batches]
        frame = _joined(feed, [batch.frame for batch in batches])
        frame, waiting = _settled(name, frame)
        pending[name] = len(without_repeats(feed, waiting)) if len(waiting) else 0
        if name == "registrations":
            codes, files = _numbered(frame, "registration_id", batches)
            frame = frame.with_columns(pl.Series(REGISTRATION_NO, codes))
        elif name == "registration_steps" and len(waiting):
            unheld = waiting.filter(pl.col(REGISTRATION_NO) < 0).select("registration_id", "candidate_id").unique()
        feeds[name] = frame
    return Part(feeds=feeds, rows=rows, rejected=rejected, pending=pending, unheld=unheld)


def _selected(feed: Feed, batches: Iterable[Checked], selection: Selection) -> list[Checked]:
    """What the selection takes of some batches, and the orphans that belong to their keys."""
    result: list[Checked] = []
    if selection.only is None and selection.leave_out is None and selection.orphans is None:
        return list(batches)
    for batch in (batch.complete(feed) for batch in batches):
        keep = pl.lit(value=True)
        if selection.only is not None:
            keep &= pl.col("candidate_id").is_in(selection.only.implode())
        if selection.leave_out is not None:
            keep &= ~pl.col("candidate_id").is_in(selection.leave_out.implode()).fill_null(value=False)
        if selection.orphans is not None:
            keep &= pl.col("candidate_id").is_not_null()
        result.append(Checked(frame=batch.frame.filter(keep), rejects=batch.rejects, rows=0, rejected=0))
    orphans = (selection.orphans or {}).get(feed.name)
    if orphans is not None and result:
        keys = pl.concat([batch.frame.select(feed.key) for batch in result])
        own = orphans.join(keys, on=list(feed.key), how="semi")
        result.append(Checked(frame=own, rejects=result[0].rejects.clear(), rows=0, rejected=0))
    return result


def _joined(feed: Feed, frames: list[pl.DataFrame]) -> pl.DataFrame:
    if not frames:
        own = feed.partitioned and feed.name != "candidates"
        numbers = _numbers_of(feed.name) if own else {}
        return feed.empty().with_columns(pl.lit(-1, dtype=pl.Int32).alias(name) for name in numbers)
    whole = pl.concat(frames, rechunk=True) if len(frames) > 1 else frames[0]
    return whole.with_columns(pl.lit(FIRST_SEQ, dtype=pl.Int64).alias("ingest_seq"))


def _numbers_of(name: str) -> dict[str, str]:
    """Columns of numbers of a feed, and what they number."""
    if name == "registration_steps":
        return {CANDIDATE_NO: "candidate_id", REGISTRATION_NO: "registration_id", STEP_NO: "step"}
    return {CANDIDATE_NO: "candidate_id"}


def _numbered(frame: pl.DataFrame, column: str, batches: list[Checked]) -> tuple[Codes, pl.DataFrame]:
    """Number a feed's own keys, as they were read by number where these are numbers of the frame's rows already."""
    words = batches[0].words.get(column) if len(batches) == 1 else None
    own = None if words is None or len(words) != len(frame) else words.numbers()
    return numbered(frame[column]) if own is None else own


def _with_numbers(name: str, batch: Checked, persons: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    tables = {CANDIDATE_NO: persons, REGISTRATION_NO: files, STEP_NO: _STEP_NUMBERS}
    columns = []
    for number, column in _numbers_of(name).items():
        words = batch.words[column] if column in batch.words else Words.of_column(batch.frame[column])
        columns.append(pl.Series(number, words.looked_up(tables[number])))
    return batch.frame.with_columns(columns)


def _by_number(name: str, batch: Checked) -> bool:
    """Whether the numbers of a batch settle that all its rows have their parents."""
    return not batch.left_out or all((batch.frame[number] >= 0).all() for number in _numbers_of(name))


def _settled(name: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows whose parents the part holds, and rows that wait; a retraction may leave its candidate out."""
    settled = frame[CANDIDATE_NO] >= 0
    if not settled.all():
        settled |= frame["candidate_id"].is_null()
    if name == "registration_steps":
        settled &= frame[REGISTRATION_NO] >= 0
    if settled.all():
        return frame, frame.clear()
    return frame.filter(settled), frame.filter(~settled)


def read_references_of(opened: OpenDelivery) -> tuple[Feeds, dict[str, int]]:
    """The feeds that are not about candidates: canonical frames, and by feed how many rows were rejected.

    Raises
    ------
    ContractError
        A file is damaged.
    """
    feeds: Feeds = {}
    rejected: dict[str, int] = {}
    for name in REFERENCES:
        feed = FEEDS[name]
        checked = list(opened.whole(name)) if name in opened.feeds else []
        opened.check_rows(name, sum(batch.rows for batch in checked))
        rejected[name] = sum(batch.rejected for batch in checked)
        frame = _joined(feed, [batch.frame for batch in checked])
        feeds[name] = without_repeats(feed, frame.select(list(feed.frame_schema)))
    return feeds, rejected
