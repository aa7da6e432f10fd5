"""Divide a delivery into hash buckets, so that several processes can score it."""

from __future__ import annotations

from pathlib import Path

import click

from risk_service.cli._common import now_us
from risk_service.cli._progress import progress
from risk_service.jobs.bucket import MOST_BUCKETS, bucket_delivery


@click.command()
@click.argument("delivery", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--buckets",
    type=click.IntRange(1, MOST_BUCKETS),
    required=True,
    help="How many; a part of a job is one bucket or several, so some 100,000 rows a bucket serve well.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder to make; it appears whole or not at all, and one that is there is refused.",
)
def command(*, delivery: Path, buckets: int, out: Path) -> None:
    """Divide the delivery in DIR into hash buckets of candidates.

    The feeds about candidates are written anew as Parquet, all others are copied, and the manifest states the buckets
    and new hashes. Whatever size the delivery has, little memory is used. "rescore --feeds" and "features" then work
    on it part by part, with several processes or a Dask cluster.

    Example: risk-service bucket delivery --buckets 64 --out delivery-in-buckets
    """
    with progress() as tell:
        report = bucket_delivery(delivery, out, buckets=buckets, now_us=now_us(), progress=tell)
    click.echo(f"{sum(report.rows.values()):,} rows in {report.buckets} buckets in {out}")
    for name, rows in report.rows.items():
        click.echo(f"  {name}: {rows:,}")
