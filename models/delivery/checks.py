"""Turning rows as read into canonical rows, column by column, and saying of each bad row what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Final

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
    """

    frame: pl.DataFrame
    rejects: pl.DataFrame
    rows: int
    rejected: int
    words: Mapping[str, Words] = dataclass_field(default_factory=dict)


def check(feed: Feed, raw: RawBatch, *, buckets: int | None = None) -> Checked:
    """Validate a batch.

    Parameters
    ----------
    feed
        The feed.
    raw
        Rows as read; a column the file lacks counts as empty.
    buckets
        Number of hash buckets, to hold each row of a bucket to it.

    Returns
    -------
    Checked
        Of a retraction only key, ``recorded_at`` and ``retracted`` must be right; what else is wrong is dropped.
    """
    columns = {field.name: _column(field, raw) for field in feed.fields}
    retraction = columns["retracted"].values.fill_null(value=False)
    columns["retracted"] = replace(columns["retracted"], values=retraction)
    asserted = ~retraction if retraction.any() else None
    problems: list[tuple[Field, pl.Series]] = []
    bad: pl.Series | None = None
    for field in feed.fields:
        must = field.name in feed.key or field.name in ("recorded_at", "retracted")
        trouble = columns[field.name].trouble(field, asserted=None if must else asserted)
        if trouble is not None:
            problems.append((field, trouble))
            bad = trouble if bad is None else bad | trouble
    frame = pl.DataFrame([columns[field.name].values.alias(field.name) for field in feed.fields])
    frame = frame.with_columns(raw.frame["row"])
    found = [_describe(feed, field, raw, trouble, columns[field.name].wrong) for field, trouble in problems]
    words = {name: column.words for name, column in columns.items() if column.words is not None}
    if raw.bucket is not None and buckets is not None:
        strays = _strays(frame["candidate_id"], words.get("candidate_id"), raw.bucket, buckets, bad)
        if strays is not None:
            found.append(_stray_rejects(feed, frame.filter(strays), buckets))
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
        words=words if good is None else {name: coded.filter(good) for name, coded in words.items()},
    )


@dataclass(frozen=True, kw_only=True)
class _Column:
    """Canonical values of a column, where a value was given that is none (None: nowhere), and its words."""

    values: pl.Series
    wrong: pl.Series | None
    words: Words | None = None

    def trouble(self, field: Field, *, asserted: pl.Series | None) -> pl.Series | None:
        """Where the column makes a row bad, None where it makes none bad; only asserted rows where those are given."""
        trouble = self.wrong
        if field.required and self.values.null_count():
            missing = self.values.is_null()
            trouble = missing if trouble is None else missing | trouble
        if trouble is not None and asserted is not None:
            trouble = trouble & asserted
        return trouble if trouble is not None and trouble.any() else None


def _column(field: Field, raw: RawBatch) -> _Column:
    if field.name not in raw.words:
        values, wrong = canonical(field, raw.column(field.name))
        return _Column(values=values, wrong=wrong)
    read = raw.words[field.name]
    values, wrong = canonical(field, read.values.alias(field.name))
    words = Words(read.codes, values)
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


def _strays(
    ids: pl.Series, words: Words | None, found_in: int | NDArray[np.int32], buckets: int, bad: pl.Series | None
) -> pl.Series | None:
    """Rows, not bad already, whose candidate belongs into another bucket; None where there are none."""
    words = Words.of_column(ids) if words is None else words
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
