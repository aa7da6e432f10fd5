"""Write every feature of every active case of a delivery, to check by hand."""

from __future__ import annotations

from pathlib import Path

import click

from risk_service.cli._common import (
    as_of_option,
    feeds_option,
    now_us,
    output_option,
    rule_book,
    rules_option,
    workers_asked,
    workers_options,
)
from risk_service.cli._progress import progress


@click.command()
@feeds_option(required=True)
@as_of_option
@output_option(required=True)
@workers_options
@rules_option
def command(
    *, feeds: Path, as_of: int | None, out: Path, workers: int | None, dask: str | None, rules: Path | None
) -> None:
    """Write the features of all active cases of a delivery to a Parquet file or folder.

    One row per active case: case_id, candidate_id, registration_id, travel_id, lane and every feature under its name in
    the catalogue. These are the very numbers a release scores; nothing recorded after --as-of enters.
    """
    moment = now_us() if as_of is None else as_of
    # First of all, so that workers load what they need while this process does.
    with workers_asked(workers, dask, feeds) as doing, progress() as tell:
        from risk_service.jobs.files import features_files, in_words

        report = features_files(feeds, moment, out, rules=rule_book(rules), workers=doing, progress=tell)
    click.echo(in_words(report, out, moment))
