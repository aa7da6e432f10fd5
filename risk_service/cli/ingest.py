"""Take a delivery of feeds into the store."""

from __future__ import annotations

from pathlib import Path

import click

from models.schema import FEEDS
from models.times import iso
from risk_service.cli._common import now_us, opened_store, settings
from risk_service.cli._progress import progress
from risk_service.services.ingest import IngestReport, ingest
from risk_service.store.persons import master_key

_COLUMNS = (
    ("rows", "rows"),
    ("in", "taken"),
    ("there before", "already"),
    ("rejected", "rejected"),
    ("pending", "pending"),
    ("let in", "released"),
    ("unresolved", "unresolved"),
)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write rejected rows to.  [default: RISK_HOME/rejects/delivery-NUMBER.csv]",
)
def command(*, folder: Path, rejects: Path | None) -> None:
    """Take the delivery in FOLDER into the store, whole or not at all.

    FOLDER holds feeds in the form feeds/1: FEED.csv, FEED.csv.gz, FEED.parquet, or a folder FEED of Parquet parts, and
    perhaps manifest.json. Rows that break the contract are rejected and named with line, field and reason; all others
    come in. A row whose candidate or registration nobody has delivered yet is pending and tried again each time. A
    delivery can safely be taken twice.

    Exit codes: 0 all rows in, 3 some rows rejected, 2 nothing could be used and nothing was stored.
    """
    chosen = settings()
    store = opened_store(chosen)
    master = master_key(store, chosen.keys)
    with progress() as tell:
        report = ingest(
            store,
            master,
            folder,
            now_us=now_us(),
            rejects_to=lambda seq: rejects or chosen.home / "rejects" / f"delivery-{seq}.csv",
            progress=tell,
        )
    click.echo(in_words(report))
    raise click.exceptions.Exit(report.exit_code)


def in_words(report: IngestReport) -> str:
    """The report as lines for a terminal."""
    kind = "simulated" if report.simulated else "real"
    sender = f" from {report.source}" if report.source else ""
    lines = [f"Delivery {report.seq}{sender}, {kind}:"]
    shown = [c for c in _COLUMNS if c[1] in ("rows", "taken", "rejected") or report.total(c[1])]
    lines.append("  " + f"{'':20}" + "".join(f"{title:>14}" for title, _ in shown) + "   complete through")
    for feed, counts in report.feeds.items():
        fresh = report.freshness.get(feed)
        figures = "".join(f"{getattr(counts, name):>14,}" for _, name in shown)
        lines.append(f"  {feed:20}{figures}   {iso(fresh) if fresh is not None else 'not known'}")
    missing = [feed for feed in FEEDS if report.freshness.get(feed) is None]
    if missing:
        lines.append(f"  Never delivered so far: {', '.join(missing)}.")
    if report.still_pending:
        waiting = ", ".join(f"{rows:,} of {feed}" for feed, rows in report.still_pending.items())
        lines.append(f"  Waiting for their candidate or registration: {waiting}.")
    if report.unknown_columns:
        named = ", ".join(f"{feed}.{name}" for feed, names in report.unknown_columns.items() for name in names)
        lines.append(f"  Columns that the contract does not know, ignored: {named}.")
    if report.ignored_files:
        lines.append(f"  Not feeds, ignored: {', '.join(report.ignored_files)}.")
    if report.rejects is not None:
        lines.append(f"  Rejected rows: {report.rejects}")
    return "\n".join(lines)
