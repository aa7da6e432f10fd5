"""Put a backup back into an empty store, and prove it by replay."""

from __future__ import annotations

from pathlib import Path

import click

from risk_service.cli._common import opened_store, rule_book, settings
from risk_service.cli._progress import progress
from risk_service.services.backup import restore
from risk_service.services.erasures import reapply
from risk_service.services.releases import Releases
from risk_service.services.replay import Which, replay_many
from risk_service.store import MasterKey

DIFFERS = 4


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--replay", "sample", type=click.IntRange(min=0), default=100, show_default=True,
    help="Compute so many stored scores again, drawn at random, and hold them to the last bit.",
)  # fmt: skip
def command(*, folder: Path, sample: int) -> None:
    """Put the backup in FOLDER back into the empty store and registry that the settings name.

    Every file is checked first; it all goes in, or nothing does. An older backup is migrated. Persons on the list of
    erasures (RISK_HOME/erasures.jsonl) are erased again. Bring the keys back before: without the master key, names and
    numbers stay sealed.

    Exit codes: 0 all is back and the sample came out the same, 4 a score did not.
    """
    chosen = settings()
    MasterKey.open(chosen.keys, create=False)
    with progress() as tell:
        done = restore(folder, chosen.database_url, registry=chosen.registry, progress=tell)
    click.echo(f"Put back {done.rows:,} rows and {done.releases} releases (revision {done.revision_now})")
    store = opened_store(chosen)
    click.echo(f"Erased again: {reapply(store, chosen.home)}")
    if not sample:
        return
    releases = Releases(registry=chosen.registry, trusted=chosen.keys / "trusted")
    found = replay_many(store, Which(sample=sample), releases=releases, rules=rule_book(chosen.rules))
    click.echo(f"Replayed {found.total:,} stored scores: {found.counts['same']:,} the same to the last bit")
    if not found.holds:
        raise click.exceptions.Exit(DIFFERS)
