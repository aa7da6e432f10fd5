"""Counts about others (`models.aggregates`) of a run, kept so that what-if and replay need not count again."""

from __future__ import annotations

import io
from collections.abc import Iterable

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.aggregates import BY_KEY, Aggregates
from risk_service.store.tables import aggregates


def save_counts(connection: Connection, run_id: str, counted: Aggregates) -> None:
    """Keep the counts of a run; those it had before are replaced."""
    connection.execute(sa.delete(aggregates).where(aggregates.c.run_id == run_id))
    rows = [{"run_id": run_id, "about": about, "counts": _packed(table)} for about, table in counted.tables.items()]
    connection.execute(sa.insert(aggregates), rows)


def load_counts(connection: Connection, run_id: str) -> Aggregates | None:
    """The counts of a run; None if it has not counted yet."""
    query = sa.select(aggregates.c.about, aggregates.c.counts).where(aggregates.c.run_id == run_id)
    found = {about: pl.read_ipc(io.BytesIO(packed)) for about, packed in connection.execute(query)}
    return Aggregates({about: found[about] for about in BY_KEY}) if found else None


def pack(counted: Aggregates) -> bytes:
    """One chunk's counts as bytes."""
    long = [
        table.unpivot(index="key", variable_name="count", value_name="n").with_columns(about=pl.lit(about))
        for about, table in counted.tables.items()
    ]
    return _packed(pl.concat(long))


def merged(packed: Iterable[bytes]) -> Aggregates:
    """The counts over all chunks, each packed by :func:`pack`; in whatever order, the same."""
    schema = {"key": pl.String, "count": pl.String, "n": pl.Int64, "about": pl.String}
    parts = [pl.DataFrame(schema=schema), *(pl.read_ipc(io.BytesIO(part)) for part in packed)]
    total = pl.concat(parts).group_by("about", "key", "count").agg(pl.col("n").sum())
    tables = {}
    for about, names in BY_KEY.items():
        own = total.filter(pl.col("about") == about)
        keys = own.select(pl.col("key").unique()).sort("key")
        for name in names:
            column = own.filter(pl.col("count") == name).select("key", pl.col("n").alias(name))
            keys = keys.join(column, on="key", how="left", maintain_order="left").with_columns(
                pl.col(name).fill_null(0)
            )
        tables[about] = keys
    return Aggregates(tables)


def _packed(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="zstd")
    return buffer.getvalue()
