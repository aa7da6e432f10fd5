"""Score everybody with a release that is not in force, without showing it to officers."""

from __future__ import annotations

from pathlib import Path

import click

from models.registry import load_release, promoted
from models.times import iso
from risk_service.cli._common import (
    as_of_option,
    feeds_option,
    installation,
    now_us,
    opened_store,
    parquet_option,
    registry_option,
    rule_book,
    rules_option,
)
from risk_service.cli._progress import progress
from risk_service.jobs.shadow import shadow_files
from risk_service.services.shadow import shadow


@click.command()
@click.argument("name")
@feeds_option(required=False)
@as_of_option
@parquet_option(required=False)
@registry_option
@rules_option
def command(
    *, name: str, feeds: Path | None, as_of: int | None, out: Path | None, registry: Path | None, rules: Path | None
) -> None:
    """Score the queue of the last rescoring with the release NAME, and keep that beside what is shown.

    Nothing that officers see changes: bands, reasons and lists stay those of the release in force. Told is how many
    cases would be in another band, in which offices, and how both did on drawn checks that were found out since. Run it
    after every rescoring for as long as a release is on trial; doing it twice changes nothing. With --feeds and --out
    no database is touched: a delivery folder is scored with both releases, into a Parquet file with one row per active
    case.
    """
    if (feeds is None) != (out is None):
        raise click.UsageError("--feeds and --out go together: a delivery folder in, a Parquet file out.")
    if feeds is None and as_of is not None:
        raise click.UsageError("--as-of goes with --feeds; in the store the time is that of the last rescoring.")
    book = rule_book(rules)
    here = installation(registry, book)
    trusted = here.trusted()
    release = load_release(here.registry, name, trusted)
    if feeds is not None and out is not None:
        shown = load_release(here.registry, promoted(here.registry, trusted), trusted)
        moment = now_us() if as_of is None else as_of
        bands = shadow_files(feeds, moment, out, shown=shown, shadow=release, rules=book)
        click.echo(f"{name} in the shadow of {shown.name}, as of {iso(moment)}, written to {out}:")
        for before, after, cases in bands.iter_rows():
            click.echo(f"  {before} shown, {after} in the shadow: {cases:,}")
        return
    store = opened_store()
    with progress() as tell:
        found = shadow(store, release=release, rules=book, progress=tell)
    if found.run.simulated:
        click.echo("DATA SIMULASI: these figures describe no person and no office.")
    click.echo(found.in_words())
