"""Shadow scoring of a delivery folder: two releases on the same cases, into a file of its own."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from models.delivery import read_delivery
from models.freshness import freshness, stamp_of
from models.registry import Release, check_compatible
from models.rules import RuleBook
from models.score import score
from models.situation import situate
from models.times import date_of
from risk_service.jobs.output import write_parquet

FILE_SEQ = 1
"""The ``ingest_seq`` of rows read straight from files."""
SHADOW: tuple[str, ...] = (
    "case_id", "candidate_id", "lane", "band", "probability", "probability_low", "probability_high", "log_odds",
    "reasons", "release",
)  # fmt: skip
"""Columns of the result that are the shadow's; beside them ``office`` and ``shown_release, shown_band,
shown_log_odds``."""


def shadow_files(
    feeds: Path, as_of_us: int, out: Path, *, shown: Release, shadow: Release, rules: RuleBook
) -> pl.DataFrame:
    """Score a delivery folder with a release that is not in force, beside the one that is.

    Parameters
    ----------
    feeds, as_of_us, out, rules
        As for `risk_service.jobs.files.rescore_files`.
    shown, shadow
        Verified.

    Returns
    -------
    polars.DataFrame
        ``shown, shadow, cases``: how many cases are in which band of both.

    Raises
    ------
    ContractError, ReleaseError, OutputError
        As for `risk_service.jobs.files.rescore_files`.
    """
    delivery = read_delivery(feeds)
    for release in (shown, shadow):
        check_compatible(release, simulated=delivery.simulated)
    situation = situate(
        delivery.feeds,
        as_of_us,
        rules=rules.at(date_of(as_of_us), as_of_us),
        freshness=freshness([stamp_of(delivery.manifest, FILE_SEQ)], delivery.feeds, as_of_us),
    )
    first = score(situation, shown).frame()
    both = score(situation, shadow).frame().select(*SHADOW).with_columns(
        office=situation.cases["office"],
        shown_release=first["release"],
        shown_band=first["band"],
        shown_log_odds=first["log_odds"],
    )  # fmt: skip
    write_parquet(both, out)
    return both.group_by(shown="shown_band", shadow="band").agg(cases=pl.len()).sort("shown", "shadow")
