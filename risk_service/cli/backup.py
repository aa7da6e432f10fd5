"""Save everything the store and the registry hold to a folder."""

from __future__ import annotations

from pathlib import Path

import click

from risk_service.cli._common import now_us, opened_store, settings
from risk_service.cli._progress import progress
from risk_service.services.backup import backup


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Save the store, as it is at this moment, and all releases to the new FOLDER.

    The form is the same for SQLite and PostgreSQL, and a backup of one can be restored to the other. Work may go on
    meanwhile. Keys are not in it: copy RISK_HOME/keys, and the list of erasures beside it, to another place. Put back
    by risk-service restore.
    """
    chosen = settings()
    with progress() as tell:
        saved = backup(opened_store(chosen), folder, registry=chosen.registry, now_us=now_us(), progress=tell)
    click.echo(f"Saved {saved.rows:,} rows of {saved.tables} tables to {saved.folder}: {saved.size / 1e6:,.1f} MB")
