"""Values as they may stand in a file, turned into canonical ones."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import Final, cast

import numpy as np
import polars as pl

from models.schema import Field
from models.times import EARLIEST, EPOCH_DATE, LATEST, US_PER_DAY

MAX_ID: Final = 128
MAX_TEXT: Final = 500
FEW: Final = 512
"""So many values are looked at one by one sooner than by a call of the engine."""

# Control and format characters (also those that turn the direction of writing) never belong into an identifier;
# text may hold line breaks and tabs.
_BAD_IN_ID: Final = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^\s|\s$"
_BAD_IN_TEXT: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
_DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_OFFSET_HOUR: Final = r"[+-]([01][0-9]|2[0-3])"
_TIMESTAMP: Final = (
    rf"^{_DAY}[T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}([.,][0-9]{{1,9}})?)?(Z|{_OFFSET_HOUR}(:?[0-5][0-9])?)$"
)
_COMMON: Final = rf"^{_DAY}T[0-9]{{2}}:[0-9]{{2}}:[0-5][0-9]{_OFFSET_HOUR}:[0-5][0-9]$"
_WHOLE: Final = r"^[0-9]{1,19}$"
_NUMBER: Final = r"^([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"

_Parsed = tuple[pl.Expr, pl.Expr]


def canonical(field: Field, series: pl.Series) -> tuple[pl.Series, pl.Series | None]:
    """Canonical values of a column, and where a value was given that is none.

    Parameters
    ----------
    field
        What the column holds.
    series
        The column as read: text, or typed as Parquet may type it. Empty text counts as missing.

    Returns
    -------
    tuple of pl.Series
        Values in the field's type, null where missing or wrong; and a boolean series, true where wrong, or None where
        nothing is wrong.
    """
    if _few_fit(field, series):
        return series, None
    if series.dtype == pl.Null or isinstance(series.dtype, (pl.Categorical, pl.Enum)):
        series = series.cast(pl.String)
    if series.dtype == pl.String and series.str.len_bytes().min() == 0:
        series = series.to_frame().select(pl.when(pl.first() != "").then(pl.first())).to_series()
    if _plainly_fits(field, series):
        return series, None
    value = pl.col(series.name)
    if field.kind == "timestamp":
        source, parsed, fits = _instants(series), value, value.dt.date().is_between(EARLIEST, LATEST)
    else:
        source = series
        parsed, fits = _parse(field, value, series.dtype)
    checked = pl.when(fits).then(parsed).cast(field.dtype).alias(series.name)
    result = source.to_frame().select(checked).to_series()
    wrong = series.is_not_null() & result.is_null()
    return result, wrong if wrong.any() else None


def _few_fit(field: Field, series: pl.Series) -> bool:
    """Whether a column is text of few values and each fits as it is; false where that must be found out otherwise.

    The slow way gives the same of such a column (a test holds them to it).
    """
    if series.dtype != pl.String or len(series) > FEW or field.dtype != pl.String:
        return False
    given = [value for value in series.to_list() if value is not None]
    if field.kind == "code":
        return set(given) <= set(field.codes)
    form = _form(field)
    return all(len(value) <= MAX_TEXT and form.fullmatch(value) for value in given)


@cache
def _form(field: Field) -> re.Pattern[str]:
    """A form in which a value of text fits, whatever else may."""
    plain = {"id": rf"[!-~]{{1,{MAX_ID}}}", "text": rf"[ -~]{{1,{MAX_TEXT}}}"}
    return re.compile(plain.get(field.kind) or cast("str", field.pattern))


def _plainly_fits(field: Field, series: pl.Series) -> bool:
    """Whether a look at the whole column shows that every value fits as it is; false where each must be looked at.

    The slow way gives the same of such a column (a test holds them to it).
    """
    first, last = (EARLIEST - EPOCH_DATE).days, (LATEST - EPOCH_DATE).days
    fits = False
    if series.dtype == field.dtype:
        match field.kind:
            case "id":
                fits = _printable(series, lowest=ord("!"), longest=MAX_ID)
            case "text":
                fits = _printable(series, lowest=ord(" "), longest=MAX_TEXT)
            case "code":
                fits = bool(series.is_in(list(field.codes)).all())
            case "date":
                fits = _within(series, first, last)
            case "timestamp":
                fits = _within(series, first * US_PER_DAY, (last + 1) * US_PER_DAY - 1)
            case "int" if field.limit is not None and not field.above_zero:
                fits = _within(series, 0, int(field.limit))
            case "bool":
                fits = True
    return fits


def _within(series: pl.Series, first: int, last: int) -> bool:
    """Whether all values lie between two physical ones, both included."""
    physical = series.to_physical()
    low, high = cast("int | None", physical.min()), cast("int | None", physical.max())
    return low is None or high is None or (low >= first and high <= last)


def _printable(series: pl.Series, *, lowest: int, longest: int) -> bool:
    """Whether all text is of printable ASCII signs from ``lowest`` on, and none is longer than ``longest``."""
    array = series.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets_in, signs_in = array.buffers()
    if signs_in is None or not len(array):
        return True
    offsets = np.frombuffer(offsets_in, np.int64)[array.offset : array.offset + len(array) + 1]
    signs = np.frombuffer(signs_in, np.uint8)[offsets[0] : offsets[-1]]
    if not signs.size:
        return True
    return bool(signs.min() >= lowest and signs.max() <= ord("~") and np.diff(offsets).max() <= longest)


def _parse(field: Field, value: pl.Expr, dtype: pl.DataType) -> _Parsed:
    """The parsed value and whether it fits, by the field's kind."""
    match field.kind:
        case "date":
            return _date(value, dtype)
        case "bool":
            return _bool(value, dtype)
        case "int":
            return _int(field, value, dtype)
        case "float":
            return _float(field, value, dtype)
        case "code":
            return value, value.is_in(list(field.codes))
        case "id":
            return value, (value.str.len_chars() <= MAX_ID) & ~value.str.contains(_BAD_IN_ID)
        case "text":
            return value, (value.str.len_chars() <= MAX_TEXT) & ~value.str.contains(_BAD_IN_TEXT)
        case _:
            return value, (value.str.len_chars() <= MAX_TEXT) & value.str.contains(field.pattern or "")


def _date(value: pl.Expr, dtype: pl.DataType) -> _Parsed:
    if dtype == pl.String:
        parsed = value.str.to_date("%Y-%m-%d", strict=False)
        return parsed, parsed.is_between(EARLIEST, LATEST) & value.str.contains(f"^{_DAY}$")
    if isinstance(dtype, pl.Datetime):
        # Some programs write dates as midnights.
        value = pl.when(value.dt.time() == dt.time(0)).then(value.dt.date())
    return value, value.is_between(EARLIEST, LATEST)


def _bool(value: pl.Expr, dtype: pl.DataType) -> _Parsed:
    if dtype == pl.String:
        return value == "true", value.is_in(["true", "false"])
    return value, value.is_not_null()


def _int(field: Field, value: pl.Expr, dtype: pl.DataType) -> _Parsed:
    if dtype == pl.String:
        parsed = pl.when(value.str.contains(_WHOLE)).then(value).cast(pl.Int64, strict=False)
    else:
        parsed = value.cast(pl.Int64, strict=False)
        if not dtype.is_integer():
            parsed = pl.when(value == value.floor()).then(parsed)
    return parsed, _in_range(parsed, field)


def _float(field: Field, value: pl.Expr, dtype: pl.DataType) -> _Parsed:
    if dtype == pl.String:
        value = pl.when(value.str.contains(_NUMBER)).then(value)
    parsed = value.cast(pl.Float64, strict=False)
    return parsed, parsed.is_finite() & _in_range(parsed, field)


def _in_range(number: pl.Expr, field: Field) -> pl.Expr:
    fits = number > 0 if field.above_zero else number >= 0
    return fits if field.limit is None else fits & (number <= field.limit)


def _instants(series: pl.Series) -> pl.Series:
    """Instants in UTC; the common form of text at once, other forms brought to it first."""
    if series.dtype != pl.String:
        return series.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
    if not series.str.contains(_COMMON).fill_null(value=True).all():
        series = series.to_frame().select(_normal_form(pl.col(series.name))).to_series()
    return series.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", strict=False, time_unit="us", time_zone="UTC")


def _normal_form(value: pl.Expr) -> pl.Expr:
    return (
        pl.when(value.str.contains(_TIMESTAMP))
        .then(value)
        .str.replace(" ", "T", literal=True)
        .str.replace(",", ".", literal=True)
        .str.replace(r"Z$", "+00:00")
        .str.replace(r"([+-][0-9]{2})$", "${1}:00")
        .str.replace(r"([+-][0-9]{2})([0-9]{2})$", "${1}:${2}")
        .str.replace(r"T([0-9]{2}:[0-9]{2})([+-])", "T${1}:00${2}")
        # A leap second has no place on the clock of the contract: no such second, no such value.
        .str.replace(r":60([.+-])", ":99${1}")
    )
