"""Moving frames into and out of tables by the quickest way each database has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

FETCH_ROWS: Final = 100_000
FEW: Final = 0.3
"""Share of some rows up to which reading them by name is quicker than reading all."""
_EXACT_ROWS: Final = 20_000

# How a column of the store reads as a frame's column.
_DTYPES: Final[tuple[tuple[type[Any], pl.DataType], ...]] = (
    (sa.LargeBinary, pl.Binary()),
    (sa.SmallInteger, pl.Int16()),
    (sa.Integer, pl.Int64()),
    (sa.Double, pl.Float64()),
    (sa.Text, pl.String()),
)


def insert_frame(connection: Connection, table: sa.Table, frame: pl.DataFrame) -> int:
    """Insert the rows of ``frame``, whose columns are named as the table's; returns how many.

    On PostgreSQL by COPY, on SQLite by one prepared statement. No value is interpreted on the way.
    """
    if frame.is_empty():
        return 0
    names = ", ".join(_quoted(connection, name) for name in frame.columns)
    target = connection.dialect.identifier_preparer.format_table(table)
    if connection.dialect.name == "postgresql":
        binary = [name for name, dtype in frame.schema.items() if dtype == pl.Binary]
        text = frame.with_columns((pl.lit("\\x") + pl.col(name).bin.encode("hex")).alias(name) for name in binary)
        driver: Any = connection.connection
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {target} ({names}) FROM STDIN (FORMAT csv)") as copy,
        ):
            for part in text.iter_slices(FETCH_ROWS):
                copy.write(part.write_csv(include_header=False))
    else:
        marks = ", ".join("?" * frame.width)
        insert = "INSERT INTO {} ({}) VALUES ({})".format(target, names, marks)  # noqa: S608, UP032  # nosec B608
        connection.exec_driver_sql(insert, frame.rows())
    return frame.height


def update_frame(connection: Connection, table: sa.Table, frame: pl.DataFrame, *, key: Sequence[str]) -> None:
    """Change rows of a table: each found by its key, which has no empty values, to the other columns."""
    if frame.is_empty():
        return
    values = [name for name in frame.columns if name not in key]
    if connection.dialect.name == "postgresql":
        _update_together(connection, table, frame, key=key, values=values)
        return
    changes, found = (
        word.join(f"{_quoted(connection, name)} = ?" for name in names)
        for word, names in ((", ", values), (" AND ", key))
    )
    target = connection.dialect.identifier_preparer.format_table(table)
    update = "UPDATE {} SET {} WHERE {}".format(target, changes, found)  # noqa: S608, UP032  # nosec B608
    connection.exec_driver_sql(update, frame.select(*values, *key).rows())


def _update_together(
    connection: Connection, table: sa.Table, frame: pl.DataFrame, *, key: Sequence[str], values: Sequence[str]
) -> None:
    """Change rows by one statement; PostgreSQL leaves the indexes as they are where no indexed column is named."""
    columns = [sa.Column(name, table.c[name].type) for name in frame.columns]
    new = sa.Table("rows_changed", sa.MetaData(), *columns, prefixes=["TEMPORARY"])
    new.create(connection)
    insert_frame(connection, new, frame)
    connection.exec_driver_sql("ANALYZE rows_changed")
    same = sa.and_(*(table.c[name] == new.c[name] for name in key))
    connection.execute(sa.update(table).where(same).values({name: new.c[name] for name in values}))
    new.drop(connection)


@contextmanager
def named(connection: Connection, table: sa.Table, keys: pl.DataFrame) -> Iterator[sa.ColumnElement[bool]]:
    """Rows of a table as a condition: those with the values of a row of ``keys``, whose columns are the table's."""
    columns = [sa.Column(name, table.c[name].type) for name in keys.columns]
    those = sa.Table("named", sa.MetaData(), *columns, prefixes=["TEMPORARY"])
    those.create(connection)
    insert_frame(connection, those, keys)
    # By a list, not by a correlated question: SQLite asks that of every row of the table.
    listed = sa.select(*those.columns)
    yield sa.tuple_(*(table.c[name] for name in keys.columns)).in_(listed)
    those.drop(connection)


def changed(connection: Connection, statement: sa.Executable) -> int:
    """Execute a statement that writes; how many rows it inserted, changed or removed."""
    result: sa.CursorResult[Any] = connection.execute(statement, execution_options={"preserve_rowcount": True})
    return result.rowcount


def read_frame(
    connection: Connection, statement: sa.Select[Any], *, dtypes: Mapping[str, pl.DataType] | None = None
) -> pl.DataFrame:
    """The rows of a query as a frame.

    Parameters
    ----------
    statement
        Selects columns of tables, in the order wanted.
    dtypes
        Types of the frame's columns where they differ from the table's (dates, times, booleans).
    """
    parts = list(frames(connection, statement, dtypes=dtypes))
    return pl.concat(parts, rechunk=True)


def frames(
    connection: Connection, statement: sa.Select[Any], *, dtypes: Mapping[str, pl.DataType] | None = None
) -> Iterator[pl.DataFrame]:
    """The rows of a query in frames of bounded size, at least one. Text that is empty reads as missing."""
    stored = {column.name: _dtype(column.type) for column in statement.selected_columns}
    read = _copied if connection.dialect.name == "postgresql" else _fetched
    for frame in read(connection, statement, stored):
        yield frame.with_columns(_typed(name, dtype) for name, dtype in (dtypes or {}).items() if name in stored)


def _fetched(
    connection: Connection, statement: sa.Select[Any], stored: Mapping[str, pl.DataType]
) -> Iterator[pl.DataFrame]:
    """By the driver's own cursor, which hands out plain tuples."""
    # A streamed result would have taken the first rows off the cursor already.
    result = connection.execute(statement, execution_options={"stream_results": False})
    cursor: Any = result.cursor
    rows = cursor.fetchmany(FETCH_ROWS)
    while True:
        yield pl.DataFrame(rows, schema=stored, orient="row")
        if len(rows) < FETCH_ROWS or not (rows := cursor.fetchmany(FETCH_ROWS)):
            break
    result.close()


def _copied(
    connection: Connection, statement: sa.Select[Any], stored: Mapping[str, pl.DataType]
) -> Iterator[pl.DataFrame]:
    """By COPY, parsed in bulk."""
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    binary = [name for name, dtype in stored.items() if dtype == pl.Binary]
    schema = dict(stored) | dict.fromkeys(binary, pl.String())

    def parsed(lines: list[bytes]) -> pl.DataFrame:
        if not lines:
            return pl.DataFrame(schema=stored)
        text = pl.read_csv(b"".join(lines), has_header=False, schema=schema)
        return text.with_columns(pl.col(name).str.slice(2).str.decode("hex") for name in binary)

    driver: Any = connection.connection
    command = f"COPY ({compiled}) TO STDOUT (FORMAT csv)"
    with driver.cursor() as cursor, cursor.copy(command, dict(compiled.params)) as copy:
        lines: list[bytes] = []
        first = True
        for line in copy:
            lines.append(bytes(line))
            if len(lines) == FETCH_ROWS:
                yield parsed(lines)
                lines, first = [], False
        if lines or first:
            yield parsed(lines)


def fetch(connection: Connection, statement: sa.Select[Any]) -> list[tuple[Any, ...]]:
    """The rows of a query as plain tuples; PostgreSQL sends bytes as they are, not as text of twice the length."""
    if connection.dialect.name != "postgresql":
        return [tuple(row) for row in connection.execute(statement)]
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    driver: Any = connection.connection
    with driver.cursor(binary=True) as cursor:
        cursor.execute(str(compiled), dict(compiled.params))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def whole_rows(connection: Connection, table: sa.Table) -> Iterator[pl.DataFrame]:
    """All rows of a table exactly as they are kept, empty text apart from none, by primary key, in bounded memory."""
    columns = list(table.columns)
    schema = {column.name: _dtype(column.type) for column in columns}
    query = sa.select(*columns).order_by(*table.primary_key.columns).execution_options(stream_results=True)
    for rows in connection.execute(query).partitions(_EXACT_ROWS):
        yield pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")


def _typed(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.Date:
        return column.cast(pl.Int32).cast(pl.Date)
    if isinstance(dtype, pl.Datetime):
        return column.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return column.cast(dtype)


def _dtype(kind: sa.types.TypeEngine[Any]) -> pl.DataType:
    return next(dtype for known, dtype in _DTYPES if isinstance(kind, known))


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
