"""The database: opening it, reading a consistent state, writing one change at a time."""

from __future__ import annotations

import fcntl
import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import URL, Connection, Dialect, Engine, make_url
from sqlalchemy.pool import PoolProxiedConnection

from models.errors import StoreError

BUSY_MS: Final = 30_000
CHECK_FILE: Final = "Check the path in RISK_DATABASE_URL, or RISK_HOME, and the rights on its folder."
_CHECK_SERVER: Final = "Check that the server is at work, and host, port, name and password in RISK_DATABASE_URL."
_URL_FORMS: Final = "Write sqlite:///path/risk.db or postgresql://user:password@host/name."
_WRITING: Final = "risk_writing"
_PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_MS}",
    "temp_store=MEMORY",
    "cache_size=-65536",
    "trusted_schema=OFF",
)


class Question:
    """A query that is asked again and again for one row.

    SQLAlchemy writes it once and the driver asks it: what goes to every request must not cost more than the database
    takes. Values come as the driver gives them.

    Parameters
    ----------
    query
        Its values are parameters to be given.
    """

    def __init__(self, query: sa.Select[Any]) -> None:
        self.query = query
        self._written: dict[str, tuple[str, Sequence[str] | None, Mapping[str, object]]] = {}

    def within(self, connection: Connection, **values: object) -> Sequence[Any] | None:
        """The first row of the answer, in the transaction of a connection; None if there is none."""
        borrowed, dialect = connection.connection, connection.dialect
        try:
            found: Sequence[Any] | None = self.of(borrowed, dialect, values)
        except dialect.loaded_dbapi.Error:  # asked once more, in the way that says what is wrong
            row = connection.execute(self.query, values).first()
            found = None if row is None else tuple(row)
        return found

    def of(self, borrowed: PoolProxiedConnection, dialect: Dialect, values: Mapping[str, object]) -> Any:
        """The first row that the driver gives; None if there is none."""
        known = self._written.get(dialect.name)
        if known is None:
            written = self.query.compile(dialect=dialect)
            known = self._written[dialect.name] = (str(written), written.positiontup, written.params)
        text, order, own = known
        given = {**own, **values}
        with closing(borrowed.cursor()) as asked:
            asked.execute(text, given if order is None else [given[name] for name in order])
            return asked.fetchone()


class Store:
    """An open store.

    Parameters
    ----------
    engine
        Made by :func:`make_engine`.

    Attributes
    ----------
    kind
        ``sqlite`` or ``postgresql``.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.kind = engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the store until it is closed, whatever is written meanwhile."""
        with _worded(), self.engine.connect() as connection:
            if self.kind == "postgresql":
                connection = connection.execution_options(  # noqa: PLW2901 - the same connection, read-only
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with connection.begin():
                yield connection

    def first(self, question: Question, **values: object) -> Sequence[Any] | None:
        """The first row of an answer, outside of any transaction; None if there is none."""
        dialect = self.engine.dialect
        with suppress(dialect.loaded_dbapi.Error), _worded(), closing(self.engine.raw_connection()) as borrowed:
            found: Sequence[Any] | None = question.of(borrowed, dialect, values)
            return found
        # What the driver did not like is asked once more, in the way that says what is wrong.
        with self.reading() as connection:
            row = connection.execute(question.query, values).first()
        return None if row is None else tuple(row)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose changes are all kept on leaving, or none on an error; SQLite has one writer at a time."""
        with _worded(), self.engine.connect() as connection:
            connection = connection.execution_options(**{_WRITING: True})  # noqa: PLW2901 - the same connection
            with connection.begin():
                yield connection

    @contextmanager
    def alone(self, work: str, *, wait: bool = False) -> Iterator[None]:
        """Hold the right to do some work as the only process; it ends with the process, however that ends.

        Parameters
        ----------
        work
            Name of the work.
        wait
            Wait for another process to finish rather than refuse.

        Raises
        ------
        StoreError
            Another process is at it.
        """
        holding = self._file_lock(work, wait=wait) if self.kind == "sqlite" else self._advisory_lock(work, wait=wait)
        with holding:
            yield

    @contextmanager
    def _file_lock(self, work: str, *, wait: bool) -> Iterator[None]:
        database = Path(str(self.engine.url.database))
        with database.with_name(f"{database.name}.{work}.lock").open("w", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise _occupied(work) from None
            yield

    @contextmanager
    def _advisory_lock(self, work: str, *, wait: bool) -> Iterator[None]:
        number = int.from_bytes(hashlib.sha256(f"risk-service {work}".encode()).digest()[:8], "big", signed=True)
        with _worded(), self.engine.connect() as connection:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")  # noqa: PLW2901 - the same
            take = sa.func.pg_advisory_lock if wait else sa.func.pg_try_advisory_lock
            if connection.execute(sa.select(take(number))).scalar() is False:
                raise _occupied(work)
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(number)))

    def close(self) -> None:
        """Close all connections; those of a forked parent stay open there."""
        self.engine.dispose()


def make_engine(url: str) -> Engine:
    """An engine for a database URL.

    Parameters
    ----------
    url
        ``sqlite:///file``, or ``postgresql://user:password@host/name`` (with or without ``+psycopg``).

    Raises
    ------
    StoreError
        It is no such URL, or the driver for it is not installed.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        options = {"isolation_level": None, "timeout": BUSY_MS / 1000}
        engine = sa.create_engine(parsed, connect_args=options, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        return sa.create_engine(parsed, connect_args={"connect_timeout": 10}, pool_pre_ping=True, hide_parameters=True)
    except ModuleNotFoundError:
        raise StoreError(
            "The driver for PostgreSQL is not installed.", what_to_do="Run: pip install 'risk-service[postgres]'"
        ) from None


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError):  # a port that is no number is no error of SQLAlchemy's own
        raise StoreError("RISK_DATABASE_URL is no database URL.", what_to_do=_URL_FORMS) from None
    name = parsed.drivername
    if name in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if name in ("sqlite", "sqlite+pysqlite"):
        if not parsed.database or parsed.database == ":memory:":
            raise StoreError("A store in memory would forget everything.", what_to_do="Name a file: sqlite:///risk.db")
        return parsed
    if name != "postgresql+psycopg":
        raise StoreError(f"RISK_DATABASE_URL names {name}; the store is SQLite or PostgreSQL.", what_to_do=_URL_FORMS)
    return parsed


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes the lock at once: one that reads first and writes later can fail half-way.
    if connection.get_execution_options().get(_WRITING):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:  # which touches no file and cannot fail
        connection.connection.cursor().execute("BEGIN")


@contextmanager
def _worded() -> Iterator[None]:
    """Turn what a database may do at any time into one clear line; faults of the program keep their traceback."""
    try:
        yield
    except exc.TimeoutError:
        raise StoreError("The store is busy: no connection came free.", what_to_do="Try again shortly.") from None
    except exc.OperationalError as error:
        cause = str(error.orig).strip().split("\n")[0]
        if cause.startswith("no such") or "has no column" in cause or "syntax error" in cause:
            raise  # SQLite calls faults of the program operational
        if "locked" in cause or "busy" in cause:
            raise StoreError(
                "The store is busy: another process is writing to it.", what_to_do="Try again when it has finished."
            ) from error
        if "full" in cause or "No space" in cause:
            raise StoreError("The disk of the store is full; nothing was kept of this.") from error
        if "readonly" in cause or "read-only" in cause:
            raise StoreError("The store cannot be written to.", what_to_do="Check the rights on its folder.") from error
        check = CHECK_FILE if isinstance(error.orig, sqlite3.Error) else _CHECK_SERVER
        raise StoreError(f"The store does not answer: {cause}.", what_to_do=check) from error
    except exc.DatabaseError as error:
        if "malformed" in str(error.orig) or "not a database" in str(error.orig):
            raise StoreError(
                "The store's file is damaged or is no database.",
                what_to_do="Check that RISK_DATABASE_URL names the store; if it does, restore it from a backup.",
            ) from error
        raise


def _occupied(work: str) -> StoreError:
    return StoreError(f"Another process is at the same work ({work}).", what_to_do="Let it finish first.")
