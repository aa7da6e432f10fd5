"""Turning rows as read into canonical rows, column by column, and saying of each bad row what is wrong."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import polars as pl

from models.delivery.csv_reader import RawBatch
from models.delivery.rejects import REJECTS, masked, rejects_frame
from models.schema import Feed, Field, bucket_of

EARLIEST: Final = dt.date(1900, 1, 1)
LATEST: Final = dt.date(2100, 12, 31)
MAX_ID: Final = 128
MAX_TEXT: Final = 500

_MISSING: Final = "missing"
# Control and format characters (also those that turn the direction of writing) never belong into an identifier;
# text may hold line breaks and tabs.
_BAD_IN_ID: Final = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^\s|\s$"
_BAD_IN_TEXT: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
_DATE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_TIMESTAMP: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)$"
)
_COMMON: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-]([01][0-9]|2[0-3]):[0-5][0-9]$"
_UTC: Final = pl.Datetime("us", "UTC")


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
        Of a retraction only key, ``recorded_at`` and ``retracted`` must be right; other values that are not are dropped.
    """
    read = raw.frame
    values: dict[str, pl.Series] = {}
    wrong: dict[str, pl.Series] = {}
    for field in feed.fields:
        series = read[field.name] if field.name in read.columns else pl.Series(field.name, [None] * read.height)
        values[field.name], wrong[field.name] = _canonical(field, series)
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


def _canonical(field: Field, series: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The canonical values, and where a value was given that is none."""
    if series.dtype == pl.Null:
        series = series.cast(pl.String)
    if isinstance(series.dtype, (pl.Categorical, pl.Enum)):
        series = series.cast(pl.String)
    if series.dtype == pl.String:
        series = series.replace("", None)
    value = _parse(field, series)
    return value, series.is_not_null() & value.is_null()


def _parse(field: Field, series: pl.Series) -> pl.Series:
    """Canonical values, null where a value does not fit."""
    value = pl.col(series.name)
    is_text = series.dtype == pl.String
    match field.kind:
        case "date":
            parsed = value.str.to_date("%Y-%m-%d", strict=False) if is_text else _day(value, series.dtype)
            fits = parsed.is_between(EARLIEST, LATEST)
            if is_text:
                fits = fits & value.str.contains(_DATE)
        case "timestamp":
            if is_text:
                series, parsed = _instants(series), value
            else:
                parsed = value.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
            fits = parsed.dt.date().is_between(EARLIEST, LATEST)
        case "bool":
            if is_text:
                parsed = pl.when(value == "true").then(pl.lit(value=True)).when(value == "false").then(pl.lit(value=False))
            else:
                parsed = value
            fits = parsed.is_not_null()
        case "int":
            if is_text:
                parsed = pl.when(value.str.contains(r"^[0-9]{1,19}$")).then(value).cast(pl.Int64, strict=False)
            else:
                parsed = value.cast(pl.Int64, strict=False)
                if series.dtype.is_float() or series.dtype.is_decimal():
                    parsed = pl.when(value == value.floor()).then(parsed)
            fits = _in_range(parsed, field)
        case "float":
            if is_text:
                number = r"^([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
                parsed = pl.when(value.str.contains(number)).then(value).cast(pl.Float64, strict=False)
            else:
                parsed = value.cast(pl.Float64, strict=False)
            fits = parsed.is_finite() & _in_range(parsed, field)
        case "code":
            parsed, fits = value, value.is_in(list(field.codes))
        case "id":
            parsed, fits = value, (value.str.len_chars() <= MAX_ID) & ~value.str.contains(_BAD_IN_ID)
        case "text":
            parsed, fits = value, (value.str.len_chars() <= MAX_TEXT) & ~value.str.contains(_BAD_IN_TEXT)
        case _:
            parsed, fits = value, (value.str.len_chars() <= MAX_TEXT) & value.str.contains(field.pattern or "")
    return series.to_frame().select(pl.when(fits).then(parsed).cast(field.dtype).alias(series.name)).to_series()


def _in_range(number: pl.Expr, field: Field) -> pl.Expr:
    fits = number > 0 if field.above_zero else number >= 0
    return fits if field.limit is None else fits & (number <= field.limit)


def _day(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A typed date; a timestamp counts when it is midnight, as some programs write dates."""
    if isinstance(dtype, pl.Datetime):
        return pl.when(value.dt.time() == dt.time(0)).then(value.dt.date())
    return value


def _instants(series: pl.Series) -> pl.Series:
    """ISO 8601 texts as UTC; the common form at once, other forms brought to it first."""
    name = series.name
    common = series.str.contains(_COMMON)
    parse = {"format": "%Y-%m-%dT%H:%M:%S%.f%:z", "strict": False, "time_unit": "us", "time_zone": "UTC"}
    if common.fill_null(value=True).all():
        return series.str.to_datetime(**parse)  # type: ignore[arg-type]
    other = (
        series.to_frame()
        .select(
            pl.when(pl.col(name).str.contains(_TIMESTAMP))
            .then(pl.col(name))
            .str.replace(" ", "T", literal=True)
            .str.replace(",", ".", literal=True)
            .str.replace(r"Z$", "+00:00")
            .str.replace(r"([+-][0-9]{2})$", "${1}:00")
            .str.replace(r"([+-][0-9]{2})([0-9]{2})$", "${1}:${2}")
            .str.replace(r"T([0-9]{2}:[0-9]{2})([+-])", "T${1}:00${2}")
            # A leap second has no place on the clock of the contract.
            .str.replace(r":60([.+-])", ":99${1}")
        )
        .to_series()
    )
    return other.str.to_datetime(**parse)  # type: ignore[arg-type]


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
    homes = pl.DataFrame({"candidate_id": ids, "home": [bucket_of(i, buckets) for i in ids]}, schema_overrides={"home": pl.Int64})
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
