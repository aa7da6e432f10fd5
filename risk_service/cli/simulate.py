"""Make a simulated delivery, to try everything without real data."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import click

FORMATS = ("parquet", "csv")


class Day(click.ParamType):
    """A calendar date."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        """Parse the text; a value that is none is a usage error."""
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{str(value)[:40]!r} is not a date; write it as 2025-12-31", param, ctx)


@click.command()
@click.option("--candidates", type=int, required=True, help="Number of candidates, registered and referred together.")
@click.option("--seed", type=int, required=True, help="The same seed and arguments give the same bytes; 0 to 999999.")
@click.option("--until", type=Day(), required=True, help="Last day on which anything is recorded, inclusive.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder to make; it appears whole or not at all, and one that holds something is refused.",
)
@click.option("--from", "start", type=Day(), help="First day of registrations.  [default: 24 months before --until]")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="parquet",
    show_default=True,
    help="Form of the files; CSV can be opened by a spreadsheet and is larger.",
)
@click.option(
    "--buckets", type=int, help="Divide the feeds of candidates into so many hash buckets, for large deliveries."
)
@click.option(
    "--prevalence",
    type=float,
    default=0.1,
    show_default=True,
    help="Share of departures that would be non-procedural without help.",
)
@click.option(
    "--random-checks", type=float, default=0.03, show_default=True, help="Share of departures drawn for a check."
)
@click.option(
    "--truth",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for the hidden truth, outside the delivery.  [default: OUT.truth.parquet]",
)
def command(
    *,
    candidates: int,
    seed: int,
    until: dt.date,
    out: Path,
    start: dt.date | None,
    form: str,
    buckets: int | None,
    prevalence: float,
    random_checks: float,
    truth: Path | None,
) -> None:
    """Make a simulated delivery in the form feeds/1, and its hidden truth beside it.

    Persons, agencies and cases are invented; what the mechanism is, and what it cannot show, stands in
    docs/simulation.md. The delivery says that it is simulated and never mixes with real data. About twelve rows a
    case; a million candidates take one or two minutes and 6 GB of memory.

    Example: risk-service simulate --candidates 20000 --seed 7 --until 2025-12-31 --out var/simulated
    """
    from training.simulate import Settings, check_target, simulate, write

    asked = Settings(
        candidates=candidates,
        seed=seed,
        until=until,
        start=start,
        prevalence=prevalence,
        random_checks=random_checks,
    )
    check_target(out, form=form, buckets=buckets, truth=truth)
    stream = sys.stderr

    def stage(name: str) -> None:
        if stream.isatty():
            click.echo(f"\r\033[K{name} ...", nl=False, err=True)

    simulation = simulate(asked, progress=stage)
    stage("writing")
    written = write(simulation, out, form=form, buckets=buckets, truth=truth)
    if stream.isatty():
        click.echo("\r\033[K", nl=False, err=True)
    width = max(map(len, written.rows))
    for feed, rows in written.rows.items():
        click.echo(f"{feed:<{width}} {rows:>10}")
    click.echo(f"Delivery {written.folder}, simulated, complete through {until}. Hidden truth: {written.truth}")
