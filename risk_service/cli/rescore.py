"""Score every active case, in the store or straight from a delivery folder."""

from __future__ import annotations

from pathlib import Path

import click

from models.registry import load_release, promoted
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
from risk_service.jobs.files import in_words, rescore_files


@click.command()
@feeds_option(required=True)
@as_of_option
@parquet_option(required=True)
@registry_option
@click.option("--release", help="Release to score with.  [default: the one promoted in the registry]")
@rules_option
def command(
    *, feeds: Path, as_of: int | None, out: Path, registry: Path | None, release: str | None, rules: Path | None
) -> None:
    """Score all active cases as of a time.

    One row per active case, with lane, probability and interval, band, log-odds, the five largest reasons and the
    rest (base + reasons + other = log-odds exactly), notices, the kind of way back, release and rules version. A score
    orders a queue for human attention and decides nothing.
    """
    moment = now_us() if as_of is None else as_of
    book = rule_book(rules)
    here = installation(registry, book)
    trusted = here.trusted()
    name = release or promoted(here.registry, trusted)
    report = rescore_files(feeds, moment, out, release=load_release(here.registry, name, trusted), rules=book)
    click.echo(in_words(report, out, moment))
    click.echo(f"  release: {name}")
