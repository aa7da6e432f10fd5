"""File mode: a delivery folder in, a Parquet file out, no database.

The functions are those of the store; only where rows come from and go to differs.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from models.delivery import Delivery, read_delivery
from models.drift import arrivals, drift_line, tally_of, watch
from models.errors import RiskError
from models.freshness import freshness, stamp_of
from models.registry import Release, check_compatible
from models.rules import RuleBook
from models.score import score
from models.situation import Situation, situate
from models.times import date_of, iso

FILE_SEQ = 1
"""The ``ingest_seq`` of rows read straight from files."""


@dataclass(frozen=True)
class FileReport:
    """What a file job did: cases written, by lane and band (scores only), rows rejected or pending in the delivery.

    ``drift`` is the verdict on who was scored beside those the release was made for, in one line (scores only).
    """

    cases: int
    lanes: dict[str, int]
    bands: dict[str, int]
    rejected: int
    pending: int
    drift: str = ""


class OutputError(RiskError):
    """The output file cannot be written."""


def situation_of(delivery: Delivery, as_of_us: int, rules: RuleBook) -> Situation:
    """The situation of every active case of a delivery.

    Parameters
    ----------
    delivery
        Read whole.
    as_of_us
        UTC microseconds, inclusive.
    rules
        All rule tables; those recorded by ``as_of_us`` and in force on its day are used.
    """
    stamps = [stamp_of(delivery.manifest, FILE_SEQ)]
    return situate(
        delivery.feeds,
        as_of_us,
        rules=rules.at(date_of(as_of_us), as_of_us),
        freshness=freshness(stamps, delivery.feeds, as_of_us),
    )


def write_parquet(frame: pl.DataFrame, out: Path) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    OutputError
        It cannot be written there.
    """
    if out.suffix != ".parquet":
        raise OutputError(f"{out.name} is no name for the output.", what_to_do="End it in .parquet.")
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
        os.close(handle)
        frame.write_parquet(temporary)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(out)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise OutputError(
            f"{out} cannot be written: {error.strerror or error}.",
            what_to_do="Choose a folder that exists and has room.",
        ) from error


def _report(delivery: Delivery, frame: pl.DataFrame) -> FileReport:
    def counts(column: str) -> dict[str, int]:
        return dict(frame[column].value_counts().sort(column).iter_rows()) if column in frame.columns else {}

    return FileReport(
        cases=len(frame),
        lanes=counts("lane"),
        bands=counts("band"),
        rejected=sum(delivery.rejected.values()),
        pending=sum(len(rows) for rows in delivery.pending.values()),
    )


def rescore_files(feeds: Path, as_of_us: int, out: Path, *, release: Release, rules: RuleBook) -> FileReport:
    """Score every active case of a delivery folder as of a time.

    Parameters
    ----------
    feeds
        Delivery folder (contract ``feeds/1``).
    as_of_us
        UTC microseconds, inclusive.
    out
        ``.parquet``; columns of :data:`models.score.SCORE_SCHEMA`, one row per active case, ordered by ``case_id``.
    release
        Verified.
    rules
        All rule tables.

    Raises
    ------
    ContractError
        The delivery cannot be used.
    ReleaseError
        The release was made on the other kind of data (real, simulated).
    OutputError
        The file cannot be written; nothing is left behind.
    """
    delivery = read_delivery(feeds)
    check_compatible(release, simulated=delivery.simulated)
    scores = score(situation_of(delivery, as_of_us, rules), release)
    frame = scores.frame()
    write_parquet(frame, out)
    found = watch(release, tally_of(scores, arrivals=arrivals(delivery.feeds, as_of_us)))
    return replace(_report(delivery, frame), drift=drift_line(found))


def features_files(feeds: Path, as_of_us: int, out: Path, *, rules: RuleBook) -> FileReport:
    """Write every feature of every active case of a delivery folder; parameters and errors as :func:`rescore_files`."""
    delivery = read_delivery(feeds)
    frame = situation_of(delivery, as_of_us, rules).features_frame()
    write_parquet(frame, out)
    return _report(delivery, frame)


def in_words(report: FileReport, out: Path, as_of_us: int) -> str:
    """The report as a few lines for a terminal."""
    lines = [f"{report.cases:,} active cases as of {iso(as_of_us)} written to {out}"]
    for name, counts in (("lanes", report.lanes), ("bands", report.bands)):
        if counts:
            lines.append(f"  {name}: " + ", ".join(f"{key} {n:,}" for key, n in counts.items()))
    if report.rejected or report.pending:
        lines.append(f"  left out of the delivery: {report.rejected:,} rejected, {report.pending:,} pending rows")
    if report.drift:
        lines.append(f"  {report.drift}")
    return "\n".join(lines)
