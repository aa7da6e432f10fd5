"""Facts derived from a NIK, so that no scoring job ever needs the NIK itself.

A NIK has 16 digits: province, regency and district of first registration, day of birth (plus 40 for women), month,
two-digit year, serial. It keeps the code of its first registration for life, so an unknown prefix is no error; an
impossible date is. The sex it encodes is never kept.
"""

from __future__ import annotations

from typing import Final

import polars as pl

NIK_MISSING, NIK_INVALID, NIK_VALID = range(3)
NIK_FACTS: Final = ("nik_state", "nik_birth")


def nik_facts(nik: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """State and encoded birth date of a column of NIKs.

    Returns
    -------
    nik_state : Int8
        0 missing, 1 invalid by format or date, 2 valid.
    nik_birth : Int32
        ``yymmdd`` with the day as born (1-31), null unless valid.
    """
    digits = nik.str.contains(r"^[0-9]{16}$")
    day = nik.str.slice(6, 2).cast(pl.Int32, strict=False)
    born = pl.when(day > 40).then(day - 40).otherwise(day)
    month = nik.str.slice(8, 2).cast(pl.Int32, strict=False)
    year = nik.str.slice(10, 2).cast(pl.Int32, strict=False)
    leap_or_not = pl.when(year % 4 == 0).then(29).otherwise(28)
    last = pl.when(month == 2).then(leap_or_not).when(month.is_in([4, 6, 9, 11])).then(30).otherwise(31)
    valid = (digits & month.is_between(1, 12) & (born >= 1) & (born <= last)).fill_null(value=False)
    state = pl.when(nik.is_null()).then(NIK_MISSING).when(valid).then(NIK_VALID).otherwise(NIK_INVALID)
    birth = pl.when(valid & nik.is_not_null()).then(year * 10_000 + month * 100 + born)
    return state.cast(pl.Int8).alias("nik_state"), birth.cast(pl.Int32).alias("nik_birth")


def with_nik_facts(candidates: pl.DataFrame) -> pl.DataFrame:
    """``candidates`` with the derived columns, computed from ``nik`` unless the store has derived them already."""
    if "nik_state" in candidates.columns:
        return candidates
    return candidates.with_columns(*nik_facts(pl.col("nik")))
