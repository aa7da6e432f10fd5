"""Show what a release would change if it were put in force."""

from __future__ import annotations

import json
from pathlib import Path

import click
import polars as pl

from models.errors import RiskError
from models.freshness import freshness
from models.registry import check_compatible, load_release, promoted
from models.situation import situate
from models.times import date_of, iso
from risk_service.cli._common import (
    as_of_option,
    feeds_option,
    installation,
    now_us,
    parquet_option,
    registry_option,
    rule_book,
    rules_option,
)
from risk_service.cli._data import read_data


@click.command()
@click.argument("name")
@click.option("--against", help="Release to compare with.  [default: the one in force]")
@feeds_option(required=False)
@as_of_option
@parquet_option(required=False)
@registry_option
@rules_option
@click.option("--json", "as_json", is_flag=True, help="Print everything that is told as JSON, for programs.")
def command(
    *, name: str, against: str | None, feeds: Path | None, as_of: int | None, out: Path | None, registry: Path | None,
    rules: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Score everybody with the release NAME beside the one in force, and change nothing.

    Told is how many would change band, in which offices and groups of people, and which reasons did it there. With
    --out the cases that would change go to a Parquet file: case_id, office, band and probability before and after, and
    the reason whose contribution differs most. No score is kept and nobody's band changes; risk-service promote NAME
    does that.
    """
    from training.dryrun import dry_run

    book = rule_book(rules)
    here = installation(registry, book)
    trusted = here.trusted()
    challenger = load_release(here.registry, name, trusted)
    champion = load_release(here.registry, against or promoted(here.registry, trusted), trusted)
    data = read_data(feeds)
    for release in (challenger, champion):
        check_compatible(release, simulated=data.simulated)
    moment = now_us() if as_of is None else as_of
    situation = situate(
        data.feeds,
        moment,
        rules=book.at(date_of(moment), moment),
        freshness=freshness(data.stamps, data.feeds, moment),
    )
    found = dry_run(situation, champion, challenger)
    if as_json:
        told = {"as_of": iso(moment), "simulated": data.simulated, **found.to_json()}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    elif data.simulated:
        click.echo("DATA SIMULASI: these figures describe no person and no office.")
    if not as_json:
        click.echo(f"As of {iso(moment)}, {found.in_words()}")
    if out is not None:
        _write(found.moves, out)
        click.echo(f"{len(found.moves):,} cases that would change band written to {out}", err=as_json)


def _write(frame: pl.DataFrame, out: Path) -> None:
    """Write a file whole or not at all."""
    draft = out.with_name(f".{out.name}.new")
    try:
        frame.write_parquet(draft)
        draft.replace(out)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise RiskError(
            f"{out} cannot be written: {error.strerror or error}.",
            what_to_do="Choose a folder that exists and has room.",
        ) from error
