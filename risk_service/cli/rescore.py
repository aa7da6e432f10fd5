"""Score every active case, in the store or straight from a delivery folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.times import iso
from risk_service.cli._common import (
    as_of_option,
    feeds_option,
    installation,
    now_us,
    opened_store,
    output_option,
    registry_option,
    rule_book,
    rules_option,
    workers_asked,
    workers_options,
)
from risk_service.cli._progress import progress

if TYPE_CHECKING:
    from models.registry import Release
    from models.rules import RuleBook
    from risk_service.services.installation import Installation
    from risk_service.services.rescoring import RunReport

MOVES_SHOWN = 10


@click.command()
@feeds_option(required=False)
@as_of_option
@output_option(required=False)
@workers_options
@registry_option
@click.option("--release", help="Release to score with.  [default: the one promoted in the registry]")
@rules_option
@click.option("--run", hidden=True, help="Carry out the run of this number, which waits in the store.")
def command(
    *, feeds: Path | None, as_of: int | None, out: Path | None, registry: Path | None, release: str | None,
    rules: Path | None, run: str | None, workers: int | None, dask: str | None,
) -> None:  # fmt: skip
    """Score all active cases as of a time: of the store, or with --feeds and --out of a delivery folder.

    In the store a score is written where it changed, and the report says who changed band and which term moved it. A
    run that was broken off is taken up by the next. With --feeds no database is touched and the scores go to a Parquet
    file or folder, one row per active case: lane, probability and interval, band, log-odds, the five largest reasons
    and the rest (base + reasons + other = log-odds exactly), notices, the kind of way back, release and rules version.
    A delivery in hash buckets is worked on by several processes, or by a Dask cluster; what was broken off is taken up
    by the next start, and the result is the same whoever did the work.

    A score orders a queue for human attention and decides nothing.
    """
    if (feeds is None) != (out is None):
        raise click.UsageError("--feeds and --out go together: a delivery folder in, scores out.")
    if feeds is None and (workers is not None or dask is not None):
        raise click.UsageError("--workers and --dask go with --feeds.")
    if feeds is not None and out is not None:
        moment = now_us() if as_of is None else as_of
        # First of all, so that workers load what they need while this process does.
        with workers_asked(workers, dask, feeds) as doing:
            from risk_service.jobs.files import in_words, rescore_files

            book = rule_book(rules)
            chosen = _chosen(installation(registry, book), release)
            with progress() as tell:
                report = rescore_files(feeds, moment, out, release=chosen, rules=book, workers=doing, progress=tell)
        click.echo(in_words(report, out, moment))
        click.echo(f"  release: {chosen.name}")
        return
    from risk_service.services.runs import refuse_to_come

    refuse_to_come(as_of, now_us=now_us())
    book = rule_book(rules)
    here = installation(registry, book)
    if run is not None:
        click.echo(run_in_words(_carry_out(run, here, book)))
        return
    click.echo(run_in_words(_in_store(_chosen(here, release), book, as_of)))


def _chosen(here: Installation, name: str | None) -> Release:
    """The release named, or the one promoted."""
    from models.registry import load_release, promoted

    trusted = here.trusted()
    return load_release(here.registry, name or promoted(here.registry, trusted), trusted)


def _carry_out(run_id: str, here: Installation, rules: RuleBook) -> RunReport:
    """Carry out a run that was asked for over the network, with the release it was asked for with."""
    from models.registry import load_release
    from risk_service.services.rescoring import carry_out
    from risk_service.store.runs import get_run

    store = opened_store()
    with store.reading() as connection:
        run = get_run(connection, run_id)
    if run is None:
        raise click.UsageError(f"There is no run {run_id}.")
    release = load_release(here.registry, run.release, here.trusted())
    return carry_out(store, run_id, release=release, rules=rules, clock=now_us)


def _in_store(release: Release, rules: RuleBook, as_of: int | None) -> RunReport:
    from risk_service.services.rescoring import rescore

    store = opened_store()
    with progress() as tell:
        return rescore(store, release=release, rules=rules, as_of_us=as_of, clock=now_us, progress=tell)


def run_in_words(report: RunReport) -> str:
    """The report of a run as lines for a terminal."""
    run = report.run
    taken_up = " (taken up where it was broken off)" if report.resumed else ""
    lines = [f"Run {run.run_id} as of {iso(run.as_of_us)} with {run.release}{taken_up}:"]
    lanes: dict[str, int] = {}
    bands: dict[str, int] = {}
    for (lane, band), cases in report.queue.items():
        lanes[lane] = lanes.get(lane, 0) + cases
        bands[band] = bands.get(band, 0) + cases
    lines.append(f"  {sum(lanes.values()):,} cases in the queue")
    for name, counts in (("lanes", lanes), ("bands", bands)):
        if counts:
            lines.append(f"  {name}: " + ", ".join(f"{key} {n:,}" for key, n in sorted(counts.items())))
    moves = sorted(report.movement.counts.items(), key=lambda item: (-item[1], item[0]))
    if report.movement.new:
        lines.append(f"  new in the queue: {sum(report.movement.new.values()):,}")
    if moves:
        lines.append(f"  changed band: {sum(report.movement.counts.values()):,}")
        for move, cases in moves[:MOVES_SHOWN]:
            lines.append(f"    {move.office or 'no office'}: {move.before} to {move.after} by {move.term}, {cases:,}")
        if len(moves) > MOVES_SHOWN:
            lines.append(f"    and {len(moves) - MOVES_SHOWN} more kinds of change; the run keeps them all")
    if report.drift:
        lines.append(f"  {report.drift}")
    return "\n".join(lines)
