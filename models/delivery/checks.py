"""Turning rows as read into canonical rows, column by column, and saying of each bad row what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Final, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.delivery.csv_reader import RawBatch
from models.delivery.hashing import buckets_of
from models.delivery.rejects import REJECTS, masked, rejects_frame
from models.delivery.values import canonical
from models.delivery.words import Words
from models.schema import Feed, Field

_MISSING: Final = "missing"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A batch after its checks.

    Parameters
    ----------
    frame
        Good rows: the contract's columns in canonical types, and ``row``.
    rejects
        One line per problem of a bad row (:data:`~models.delivery.rejects.REJECTS`).
    rows
        Rows read.
    rejected
        Bad rows among them.
    words
        Columns of text that were read by numbers, row by row with ``frame``.
    left_out
        Those of them that ``frame`` lacks.
    """

    frame: pl.DataFrame
    rejects: pl.DataFrame
    rows: int
    rejected: int
    words: Mapping[str, Words] = dataclass_field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def complete(self, feed: Feed) -> Checked:
        """With all columns in ``frame``, the contract's first and in its order."""
        if not self.left_out:
            return self
        whole = self.frame.with_columns(self.words[name].column(name) for name in self.left_out)
        return replace(self, frame=whole.select(*feed.columns, pl.exclude(feed.columns)), left_out=())


def check(feed: Feed, raw: RawBatch, *, buckets: int | None = None, unread: Collection[str] = ()) -> Checked:
    """Validate a batch.

    Parameters
    ----------
    feed
        The feed.
    raw
        Rows as read; a column the file lacks counts as empty.
    buckets
        Number of hash buckets, to hold each row of a bucket to it.
    unread
        Columns that nobody will read: checked like all, and left out where they were read by numbers.

    Returns
    -------
    Checked
        Of a retraction only key, ``recorded_at`` and ``retracted`` must be right; what else is wrong is dropped.
    """
    columns = {field.name: _column(field, raw, spread=field.name not in unread) for field in feed.fields}
    retraction = columns["retracted"].all_values.fill_null(value=False)
    columns["retracted"] = _Column(values=retraction, wrong=columns["retracted"].wrong)
    asserted = ~retraction if retraction.any() else None
    problems: list[tuple[Field, pl.Series]] = []
    bad: pl.Series | None = None
    for field in feed.fields:
        must = field.name in feed.key or field.name in ("recorded_at", "retracted")
        trouble = columns[field.name].trouble(field, asserted=None if must else asserted)
        if trouble is not None:
            problems.append((field, trouble))
            bad = trouble if bad is None else bad | trouble
    left_out = tuple(name for name, column in columns.items() if column.values is None)
    frame = pl.DataFrame(
        [column.values.alias(name) for name, column in columns.items() if column.values is not None]
    ).with_columns(raw.frame["row"])
    found = [_describe(feed, field, raw, trouble, columns[field.name].wrong) for field, trouble in problems]
    words = {name: column.words for name, column in columns.items() if column.words is not None}
    if raw.bucket is not None and buckets is not None:
        coded = words["candidate_id"] if "candidate_id" in words else Words.of_column(frame["candidate_id"])
        strays = _strays(coded, raw.bucket, buckets, bad)
        if strays is not None:
            whole = frame.with_columns(columns[name].all_values.alias(name) for name in left_out)
            found.append(_stray_rejects(feed, whole.filter(strays), buckets))
            bad = strays if bad is None else bad | strays
    if raw.broken:
        lines, reasons = zip(*raw.broken, strict=True)
        found.append(rejects_frame(feed.name, list(lines), reasons=list(reasons)))
    good = None if bad is None else ~bad
    return Checked(
        frame=frame if good is None else frame.filter(good),
        rejects=pl.concat(found).sort("line", maintain_order=True) if found else REJECTS.clear(),
        rows=frame.height + len(raw.broken),
        rejected=(0 if bad is None else int(bad.sum())) + len(raw.broken),
        words=words if good is None else {name: column.filter(good) for name, column in words.items()},
        left_out=left_out,
    )


@dataclass(frozen=True, kw_only=True)
class _Column:
    """Canonical values of a column, where a value was given that is none (None: nowhere), and its words.

    A column that nobody will read may have words alone, each of them a good value.
    """

    values: pl.Series | None
    wrong: pl.Series | None
    words: Words | None = None

    @property
    def all_values(self) -> pl.Series:
        """The values row by row."""
        if self.values is not None:
            return self.values
        words = cast("Words", self.words)  # see the class
        return words.spread(words.values)

    def trouble(self, field: Field, *, asserted: pl.Series | None) -> pl.Series | None:
        """Where the column makes a row bad, None where it makes none bad; only asserted rows where those are given."""
        trouble = self.wrong
        given = self.words.codes if self.values is None and self.words is not None else self.all_values
        if field.required and given.null_count():
            missing = given.is_null()
            trouble = missing if trouble is None else missing | trouble
        if trouble is not None and asserted is not None:
            trouble = trouble & asserted
        return trouble if trouble is not None and trouble.any() else None


def _column(field: Field, raw: RawBatch, *, spread: bool) -> _Column:
    if field.name not in raw.words:
        values, wrong = canonical(field, raw.column(field.name))
        return _Column(values=values, wrong=wrong)
    read = raw.words[field.name]
    values, wrong = canonical(field, read.values.alias(field.name))
    words = Words(read.codes, values)
    if not spread and values.dtype == pl.String and not values.null_count():
        return _Column(values=None, wrong=None, words=words)
    return _Column(
        values=words.column(field.name),
        wrong=None if wrong is None else words.spread(wrong).fill_null(value=False),
        words=words if values.dtype == pl.String else None,
    )


def _describe(feed: Feed, field: Field, raw: RawBatch, trouble: pl.Series, wrong: pl.Series | None) -> pl.DataFrame:
    shown = [raw.column(name).alias(name) for name in {*feed.key, field.name}]
    rows = pl.DataFrame([raw.frame["row"], *shown]).filter(trouble)
    is_wrong = [False] * rows.height if wrong is None else wrong.filter(trouble).to_list()
    reason = [f"not {field.expectation}" if w else _MISSING for w in is_wrong]
    return rejects_frame(
        feed.name,
        rows["row"].to_list(),
        keys=_keys(feed, rows),
        field=field.name,
        values=[
            masked(field, value) if w else "" for value, w in zip(rows[field.name].to_list(), is_wrong, strict=True)
        ],
        reasons=reason,
    )


def _keys(feed: Feed, rows: pl.DataFrame) -> list[str]:
    parts = [rows[name].cast(pl.String).fill_null("") for name in feed.key]
    return ["/".join(key) for key in zip(*parts, strict=True)]


def _strays(words: Words, found_in: int | NDArray[np.int32], buckets: int, bad: pl.Series | None) -> pl.Series | None:
    """Rows, not bad already, whose candidate belongs into another bucket; None where there are none."""
    home = words.spread_numbers(buckets_of(words.values, buckets), -1)
    elsewhere = (home != found_in) & (home >= 0)  # a retraction may name nobody
    if not elsewhere.any():
        return None
    strays = pl.Series(elsewhere)
    strays = strays if bad is None else strays & ~bad
    return strays if strays.any() else None


def _stray_rejects(feed: Feed, rows: pl.DataFrame, buckets: int) -> pl.DataFrame:
    return rejects_frame(
        feed.name,
        rows["row"].to_list(),
        keys=_keys(feed, rows),
        field="candidate_id",
        values=rows["candidate_id"].to_list(),
        reasons=[f"belongs into bucket {home}" for home in buckets_of(rows["candidate_id"], buckets)],
    )
