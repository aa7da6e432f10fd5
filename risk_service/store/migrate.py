"""Bringing a database to the version this program needs, and back.

The revision is read without alembic, so that opening a store is quick; alembic is loaded only to change something.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy import exc

from models.errors import StoreError

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import Connection

    from risk_service.store.engine import Store

_FOLDER: Final = Path(__file__).parent / "migrations"


def current(store: Store) -> str | None:
    """The revision of the store; None for a database without one."""
    with store.reading() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        revision = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return None if revision is None else str(revision)


def is_empty(store: Store) -> bool:
    """Whether the database holds no table, ours or another's."""
    with store.reading() as connection:
        return not set(sa.inspect(connection).get_table_names()) - {"alembic_version"}


def require_head(store: Store) -> None:
    """Pass only a store of this program's version.

    Raises
    ------
    StoreError
        It is older, newer, or no store at all.
    """
    revision = current(store)
    if revision == HEAD:
        return
    if revision is None:
        raise StoreError("The database holds no store yet.", what_to_do="Run: risk-service db upgrade")
    if revision not in revisions():
        raise StoreError(
            f"The store has revision {revision}, which this version of risk-service does not know.",
            what_to_do="Use the newer version that made it.",
        )
    raise StoreError(
        f"The store has revision {revision}, this version needs {HEAD}.", what_to_do="Run: risk-service db upgrade"
    )


def revisions() -> list[str]:
    """All revisions, oldest first."""
    return sorted(path.name.split("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py"))


HEAD: Final = revisions()[-1]
"""The revision that this program needs."""


def upgrade(store: Store, revision: str = "head") -> None:
    """Migrate up to ``revision``, all or nothing per step; another process doing the same is waited for."""
    _run(store, "upgrade", revision)


def downgrade(store: Store, revision: str) -> None:
    """Migrate down to ``revision`` (``base``: remove every table, and all that is in them)."""
    _run(store, "downgrade", revision)


@contextmanager
def making(store: Store, revision: str) -> Iterator[Connection]:
    """Make the tables of a revision in an empty database, and go on in the same transaction."""
    from alembic import command as commands

    with store.alone("migration", wait=True), store.writing() as connection:
        commands.upgrade(_config(connection), revision)
        yield connection
        _count_on(connection)


def _count_on(connection: Connection) -> None:
    """Let columns that number by themselves go on after the rows that were put in with their numbers."""
    if connection.dialect.name != "postgresql":
        return
    for table in sa.inspect(connection).get_table_names():
        for column in sa.inspect(connection).get_columns(table):
            sequence = connection.execute(sa.select(sa.func.pg_get_serial_sequence(table, column["name"]))).scalar()
            if sequence is not None:
                last = sa.select(sa.func.max(sa.column(column["name"]))).select_from(sa.table(table)).scalar_subquery()
                connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(last, 1))))


def check(store: Store) -> list[str]:
    """In what the database differs from the tables of this program; empty when in nothing."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from risk_service.store import (  # noqa: F401 - their tables too
        access_tables,
        casework_tables,
        office_tables,
        row_pack_tables,
        shadow,
    )
    from risk_service.store.tables import METADATA

    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [str(difference) for difference in compare_metadata(context, METADATA)]


def _run(store: Store, command: str, revision: str) -> None:
    from alembic import command as commands
    from alembic.util import CommandError

    with store.alone("migration", wait=True):
        try:
            with store.writing() as connection:
                getattr(commands, command)(_config(connection), revision)
        except CommandError as error:
            raise StoreError(
                f"The store cannot be migrated: {error}.", what_to_do=f"Revisions: {', '.join(revisions())}"
            ) from None
        except exc.DatabaseError as error:
            raise StoreError(f"The migration failed and nothing was changed: {error.orig}.") from error


def _config(connection: Any) -> Config:
    from alembic.config import Config

    config = Config(output_buffer=io.StringIO(), stdout=io.StringIO())
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
