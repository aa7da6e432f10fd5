"""Digests of rows: numbers that tell whether rows differ, and whether the same program made both.

The first 16 bits of a digest say what it was made by: which columns, of which types, hashed in which way. Of one form,
two digests of rows that differ are alike by chance alone, once in 2**48; of different forms they say nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import polars as pl

_WIDTH: Final = 2**48
_TRIED: Final[dict[pl.DataType, list[Any]]] = {
    pl.String(): ["", "a name", None],
    pl.Float64(): [-0.0, 0.1, None],
    pl.Int64(): [0, -7, None],
    pl.Int16(): [0, -7, None],
}
"""Values of which the hash shows in which way columns of a type are hashed."""


def digests(frame: pl.DataFrame) -> pl.Series:
    """A digest of each row."""
    return (frame.hash_rows() % _WIDTH + _form(tuple(frame.schema.items())) * _WIDTH).reinterpret(signed=True)


def digests_together(frame: pl.DataFrame, key: Sequence[str], *, name: str) -> pl.DataFrame:
    """``key``, and under ``name`` a digest of all rows that share it, in whatever order they are."""
    form = _form(tuple(frame.schema.items()))
    rows = frame.select(*key, frame.hash_rows().alias(name) % _WIDTH)
    return rows.group_by(key, maintain_order=True).agg(
        (pl.col(name).sum() % _WIDTH + form * _WIDTH).reinterpret(signed=True)
    )


def same_form(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Whether two digests are of one form; not where there is none."""
    first, second = (each.reinterpret(signed=False) // _WIDTH for each in (one, other))
    return (first == second).fill_null(value=False)


@cache
def _form(columns: tuple[tuple[str, pl.DataType], ...]) -> int:
    """What a digest of some columns is made by, in 16 bits."""
    tried = pl.DataFrame({name: pl.Series(_TRIED[dtype], dtype=dtype) for name, dtype in columns})
    said = f"{columns}{tried.hash_rows().to_list()}"
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:2], "big") or 1
