"""Turning rows as read into canonical rows, column by column, and saying of each bad row what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from models.delivery.csv_reader import RawBatch
from models.delivery.rejects import REJECTS, masked, rejects_frame
from models.delivery.values import canonical
from models.schema import Feed, Field, bucket_of

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
    """

    frame: pl.DataFrame
    rejects: pl.DataFrame
    rows: int
    rejected: int


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
    read = raw.frame
    values: dict[str, pl.Series] = {}
    wrong: dict[str, pl.Series] = {}
    for field in feed.fields:
        series = read[field.name] if field.name in read.columns else pl.Series(field.name, [None] * read.height)
        values[field.name], wrong[field.name] = canonical(field, series)
    retraction = values["retracted"].fill_null(value=False)
    values["retracted"] = retraction
    problems: list[tuple[Field, pl.Series, pl.Series]] = []
    bad = pl.repeat(False, read.height, dtype=pl.Boolean, eager=True)
    for field in feed.fields:
        must = field.name in feed.key or field.name in ("recorded_at", "retracted")
        exempt = pl.repeat(False, read.height, dtype=pl.Boolean, eager=True) if must else retraction
        missing = (values[field.name].is_null() & ~wrong[field.name]) if field.required else None
        trouble = wrong[field.name] if missing is None else wrong[field.name] | missing
        trouble = trouble & ~exempt
        if trouble.any():
            problems.append((field, trouble, wrong[field.name]))
            bad = bad | trouble
    frame = pl.DataFrame([values[field.name].alias(field.name) for field in feed.fields]).with_columns(read["row"])
    found = [_describe(feed, field, read, trouble, wrongly) for field, trouble, wrongly in problems]
    if raw.bucket is not None and buckets is not None:
        strays = _strays(frame, raw.bucket, buckets) & ~bad
        if strays.any():
            found.append(_stray_rejects(feed, frame.filter(strays), buckets))
            bad = bad | strays
    if raw.broken:
        lines, reasons = zip(*raw.broken, strict=True)
        found.append(rejects_frame(feed.name, list(lines), reasons=list(reasons)))
    rejects = pl.concat(found).sort("line", maintain_order=True) if found else REJECTS.clear()
    return Checked(
        frame=frame.filter(~bad),
        rejects=rejects,
        rows=read.height + len(raw.broken),
        rejected=int(bad.sum()) + len(raw.broken),
    )


def _describe(feed: Feed, field: Field, read: pl.DataFrame, trouble: pl.Series, wrongly: pl.Series) -> pl.DataFrame:
    rows = read.filter(trouble)
    given = rows[field.name] if field.name in rows.columns else pl.Series(field.name, [None] * rows.height)
    is_wrong = wrongly.filter(trouble)
    reason = [f"not {field.expectation}" if w else _MISSING for w in is_wrong]
    return rejects_frame(
        feed.name,
        rows["row"].to_list(),
        keys=_keys(feed, rows),
        field=field.name,
        values=[masked(field, value) if w else "" for value, w in zip(given.to_list(), is_wrong, strict=True)],
        reasons=reason,
    )


def _keys(feed: Feed, rows: pl.DataFrame) -> list[str]:
    parts = [
        rows[name].cast(pl.String).fill_null("") if name in rows.columns else pl.Series([""] * rows.height)
        for name in feed.key
    ]
    return ["/".join(key) for key in zip(*parts, strict=True)]


def _strays(frame: pl.DataFrame, bucket: int, buckets: int) -> pl.Series:
    """Rows whose candidate belongs into another bucket."""
    ids = frame["candidate_id"].unique().drop_nulls()
    homes = pl.DataFrame(
        {"candidate_id": ids, "home": [bucket_of(i, buckets) for i in ids]}, schema_overrides={"home": pl.Int64}
    )
    joined = frame.select("candidate_id").join(homes, on="candidate_id", how="left", maintain_order="left")
    return (joined["home"] != bucket).fill_null(value=False)


def _stray_rejects(feed: Feed, rows: pl.DataFrame, buckets: int) -> pl.DataFrame:
    return rejects_frame(
        feed.name,
        rows["row"].to_list(),
        keys=_keys(feed, rows),
        field="candidate_id",
        values=rows["candidate_id"].to_list(),
        reasons=[f"belongs into bucket {bucket_of(i, buckets)}" for i in rows["candidate_id"]],
    )
