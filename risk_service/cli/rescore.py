"""Score every active case, in the store or straight from a delivery folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.bands import BANDS
from models.cases import LANES
from models.registry import load_release, promoted
from models.times import iso
from risk_service.cli._common import (
    as_of_option,
    feeds_option,
    installation,
    now_us,
    parquet_option,
    registry_option,
    rule_book,
    rules_option,
    settings,
)
from risk_service.cli._progress import progress
from risk_service.jobs.files import in_words, rescore_files
from risk_service.services.rescoring import RunReport, carry_out, rescore
from risk_service.store import open_store
from risk_service.store import runs as kept

if TYPE_CHECKING:
    from models.rules import RuleBook
    from risk_service.services.installation import Installation

_SHOWN_MOVES = 15


@click.command()
@feeds_option(required=False)
@as_of_option
@parquet_option(required=False)
@registry_option
@click.option("--release", help="Release to score with.  [default: the one promoted in the registry]")
@rules_option
@click.option("--run", "run_id", help="Carry out this run, which was asked for elsewhere, or take it up again.")
def command(
    *,
    feeds: Path | None,
    as_of: int | None,
    out: Path | None,
    registry: Path | None,
    release: str | None,
    rules: Path | None,
    run_id: str | None,
) -> None:
    """Score all active cases as of a time.

    Without --feeds the cases of the store are scored, and what changed is written to it; the report says who changed
    band, at which office, and which term moved it. Broken off, it is started again and goes on where it was.

    With --feeds a delivery folder is scored into the file --out, without a database: one row per active case, with
    lane, probability and interval, band, log-odds, the five largest reasons and the rest (base + reasons + other =
    log-odds exactly), notices, the kind of way back, release and rules version.

    A score orders a queue for human attention and decides nothing.
    """
    if (feeds is None) != (out is None):
        raise click.UsageError("--feeds and --out go together: a delivery folder in, a Parquet file out.")
    if run_id is not None and (feeds or as_of or release):
        raise click.UsageError("--run names a run whose time and release are settled.")
    book = rule_book(rules)
    here = installation(registry, book)
    if feeds is not None and out is not None:
        moment = now_us() if as_of is None else as_of
        trusted = here.trusted()
        name = release or promoted(here.registry, trusted)
        report = rescore_files(feeds, moment, out, release=load_release(here.registry, name, trusted), rules=book)
        click.echo(in_words(report, out, moment))
        click.echo(f"  release: {name}")
        return
    click.echo(run_in_words(_rescore_store(here, book, as_of=as_of, release=release, run_id=run_id)))


def _rescore_store(
    here: Installation, book: RuleBook, *, as_of: int | None, release: str | None, run_id: str | None
) -> RunReport:
    store = open_store(settings().database_url)
    trusted = here.trusted()
    with progress() as tell:
        if run_id is None:
            name = release or promoted(here.registry, trusted)
            chosen = load_release(here.registry, name, trusted)
            return rescore(store, release=chosen, rules=book, as_of_us=as_of, clock=now_us, progress=tell)
        with store.reading() as connection:
            run = kept.get_run(connection, run_id)
        name = run.release if run is not None else promoted(here.registry, trusted)
        chosen = load_release(here.registry, name, trusted)
        return carry_out(store, run_id, release=chosen, rules=book, clock=now_us, progress=tell)


def run_in_words(report: RunReport) -> str:
    """The report as lines for a terminal."""
    run = report.run
    lines = [
        (
            f"{run.cases or 0:,} active cases scored as of {iso(run.as_of_us)}: {run.changed or 0:,} results changed, "
            f"{run.ended or 0:,} cases left the queue"
        )
    ]
    for name, known, place in (("lanes", LANES, 0), ("bands", BANDS, 1)):
        counts = dict.fromkeys(known, 0)
        for key, cases in report.queue.items():
            counts[key[place]] += cases
        lines.append(f"  {name}: " + ", ".join(f"{key} {n:,}" for key, n in counts.items() if n))
    moves = sorted(report.movement.counts.items(), key=lambda item: (-item[1], item[0]))
    if moves:
        lines.append(f"  {sum(n for _, n in moves):,} cases changed band:")
    for move, cases in moves[:_SHOWN_MOVES]:
        office = move.office or "no office"
        lines.append(f"    {cases:>7,}  {office:16} {move.before:>12} -> {move.after:12} {move.term}")
    if len(moves) > _SHOWN_MOVES:
        lines.append(f"    and {len(moves) - _SHOWN_MOVES} more kinds of change")
    simulated = " (simulated data)" if run.simulated else ""
    lines.append(f"  release: {run.release}, rules {run.rules_version}, deliveries up to {run.ingest_seq}{simulated}")
    lines.append(f"  run: {run.run_id}{', taken up again' if report.resumed else ''}")
    return "\n".join(lines)
