"""Bring the store's tables up to date, or back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from risk_service.cli._common import settings
from risk_service.cli._lazy import CommandGroup
from risk_service.store import Store, migrate, open_store

OUT_OF_DATE = 3


@click.group(cls=CommandGroup)
def command() -> None:
    """Bring the store's tables up to date, or back.

    A new SQLite store is made ready by the first command that uses it. A store on PostgreSQL, or one that an older
    version made, waits for "db upgrade", so that nobody migrates by accident. Make a backup first.
    """


@command.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Migrate up to REVISION (default: what this version needs)."""
    with _store() as store:
        before = migrate.current(store)
        migrate.upgrade(store, revision)
        click.echo(f"The store went from revision {before or 'none'} to {migrate.current(store)}.")


@command.command()
@click.argument("revision")
@click.option("--yes", is_flag=True, help="Do not ask.")
def downgrade(*, revision: str, yes: bool) -> None:
    """Migrate down to REVISION; what later tables hold is lost ("base" removes everything)."""
    with _store() as store:
        before = migrate.current(store)
        if not yes:
            click.confirm(
                f"Going down from {before} to {revision} removes tables and what is in them. Go on?", abort=True
            )
        migrate.downgrade(store, revision)
        click.echo(f"The store went from revision {before or 'none'} to {migrate.current(store) or 'none'}.")


@command.command()
def current() -> None:
    """Print the store's revision."""
    with _store() as store:
        click.echo(migrate.current(store) or "none")


@command.command()
def check() -> None:
    """Compare the store's tables with what this version needs; exit code 3 if they differ."""
    with _store() as store:
        revision = migrate.current(store)
        differences = migrate.check(store)
    if revision == migrate.HEAD and not differences:
        click.echo(f"The store is up to date (revision {revision}).")
        return
    click.echo(f"The store has revision {revision or 'none'}, this version needs {migrate.HEAD}.")
    for difference in differences:
        click.echo(f"  {difference}")
    raise click.exceptions.Exit(OUT_OF_DATE)


@contextmanager
def _store() -> Iterator[Store]:
    store = open_store(settings().database_url, any_revision=True)
    try:
        yield store
    finally:
        store.close()
