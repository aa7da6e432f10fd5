"""Reading Parquet in batches of bounded size, with row numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt

from models.delivery.csv_reader import RawBatch
from models.delivery.words import Words
from models.errors import ContractError
from models.schema import Feed, Field

BATCH_ROWS: Final = 65_536
MAX_CHUNK_BYTES: Final = 1 << 30
"""Largest column chunk of a row group, uncompressed: what one batch may have to hold."""

_TEXT: Final = "text"
_ACCEPTED: Final[dict[str, tuple[str, ...]]] = {
    "date": (_TEXT, "date", "timestamp"),
    "timestamp": (_TEXT, "timestamp"),
    "bool": (_TEXT, "bool"),
    "int": (_TEXT, "int", "float"),
    "float": (_TEXT, "int", "float"),
}


def parquet_header(path: Path, *, label: str, named: str) -> tuple[tuple[str, ...], int, bool]:
    """Column names and number of rows of a Parquet file, and whether a column may be empty in some of them.

    Parameters
    ----------
    path, label
        The file, and how messages call it.
    named
        The column; by the statistics of the file.

    Raises
    ------
    ContractError
        The file is damaged or names a column twice.
    """
    with _open(path, label) as file:
        names = tuple(file.schema_arrow.names)
        rows = file.metadata.num_rows
        may_be_empty = _may_be_empty(file.metadata, named)
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ContractError(
            f"{label} names the column {', '.join(doubled[:3])} more than once.",
            what_to_do="Give every column one name.",
        )
    return names, rows, may_be_empty


def _may_be_empty(metadata: pq.FileMetaData, column: str) -> bool:
    paths = [metadata.schema.column(i).path for i in range(metadata.num_columns)]
    if column not in paths:
        return bool(metadata.num_rows)
    position = paths.index(column)
    for group in range(metadata.num_row_groups):
        statistics = metadata.row_group(group).column(position).statistics
        told = statistics is not None and statistics.has_null_count
        if metadata.row_group(group).num_rows and not (told and statistics.null_count == 0):
            return True
    return False


def parquet_batches(
    path: Path,
    *,
    feed: Feed,
    label: str,
    rows_before: int = 0,
    bucket: int | None = None,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[RawBatch]:
    """Read the contract's columns of a Parquet file.

    Parameters
    ----------
    path, label
        The file, and how messages call it.
    feed
        The feed it holds; columns that it does not know are dropped.
    rows_before
        Rows of the feed in earlier parts; row numbers run on over the parts of a folder.
    bucket
        The hash bucket the file lies in.
    batch_rows
        Rows of a batch, at most.

    Raises
    ------
    ContractError
        The file is damaged, or a column has a type from which the contract's cannot be told.
    """
    with _open(path, label) as file:
        schema = file.schema_arrow
        wanted = [name for name in schema.names if name in feed.columns]
        for name in wanted:
            _check_type(feed.field(name), schema.field(name).type, label)
        _check_size(file, label)
        # What is each person's own hardly repeats, and is quicker read as it is.
        by_number = [
            name for name in wanted if _class_of(schema.field(name).type) == _TEXT and not feed.field(name).sensitive
        ]
        metadata = file.metadata
    row = rows_before
    with _open(path, label, by_number=by_number, metadata=metadata) as file:
        try:
            for batch in file.iter_batches(batch_size=batch_rows, columns=wanted, use_threads=False):
                batch.validate(full=True)
                coded = [name for name in by_number if pt.is_dictionary(batch.schema.field(name).type)]
                words = {name: Words.of(batch.column(name)) for name in coded}
                plain = batch.drop_columns(coded) if coded else batch
                frame = pl.DataFrame(pl.from_arrow(plain)) if plain.num_columns else pl.DataFrame(height=batch.num_rows)
                numbers = pl.int_range(row + 1, row + batch.num_rows + 1, dtype=pl.Int64, eager=True)
                yield RawBatch(frame=frame.with_columns(numbers.alias("row")), bucket=bucket, words=words)
                row += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise _damaged(label, error) from None


def raw_batches(path: Path, *, label: str) -> Iterator[pa.RecordBatch]:
    """All columns of a Parquet file as they are, text as plain text.

    Raises
    ------
    ContractError
        The file is damaged.
    """
    with _open(path, label) as file:
        _check_size(file, label)
        try:
            for batch in file.iter_batches(batch_size=BATCH_ROWS, use_threads=False):
                batch.validate(full=True)
                yield batch.cast(pa.schema([field.with_type(_plain(field.type)) for field in batch.schema]))
        except (pa.ArrowException, OSError) as error:
            raise _damaged(label, error) from None


def _plain(kind: pa.DataType) -> pa.DataType:
    if pt.is_dictionary(kind):
        return _plain(kind.value_type)
    return pa.string() if pt.is_large_string(kind) or pt.is_string_view(kind) else kind


def _open(
    path: Path, label: str, *, by_number: Sequence[str] = (), metadata: pq.FileMetaData | None = None
) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, metadata=metadata, read_dictionary=list(by_number), pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(label, error) from None


def _damaged(label: str, error: Exception) -> ContractError:
    text = str(error)
    cause = "its text is not UTF-8" if "UTF8" in text or "UTF-8" in text else "it is damaged or cut short"
    return ContractError(f"{label} is no readable Parquet file: {cause}.", what_to_do="Send the file again.")


def _check_size(file: pq.ParquetFile, label: str) -> None:
    metadata = file.metadata
    for group in range(metadata.num_row_groups):
        described = metadata.row_group(group)
        for column in range(described.num_columns):
            if described.column(column).total_uncompressed_size > MAX_CHUNK_BYTES:
                raise ContractError(
                    f"{label}: one row group holds more than 1 GiB in a column.",
                    what_to_do="Write row groups of at most a million rows.",
                )


def _check_type(field: Field, kind: pa.DataType, label: str) -> None:
    if pt.is_null(kind) or _class_of(kind) in _ACCEPTED.get(field.kind, (_TEXT,)):
        if field.kind == "timestamp" and pt.is_timestamp(kind) and kind.tz is None:
            raise ContractError(
                f"{label}: the column {field.name} holds timestamps without a time zone.",
                what_to_do="Write it as UTC, or as text with an offset.",
            )
        return
    loses = ", which loses leading zeros" if _class_of(kind) in ("int", "float") else ""
    expected = "text" if field.kind not in _ACCEPTED else field.expectation
    raise ContractError(
        f"{label}: the column {field.name} holds {kind}{loses}; the contract wants {expected}.",
        what_to_do="Write the column as text.",
    )


def _class_of(kind: pa.DataType) -> str:
    if pt.is_dictionary(kind):
        kind = kind.value_type
    if pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind):
        return _TEXT
    if pt.is_boolean(kind):
        return "bool"
    if pt.is_integer(kind):
        return "int"
    if pt.is_floating(kind) or pt.is_decimal(kind):
        return "float"
    if pt.is_date(kind):
        return "date"
    return "timestamp" if pt.is_timestamp(kind) else "other"
