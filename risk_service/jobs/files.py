"""File mode: a delivery folder in, a Parquet file or folder out, no database.

The functions are those of the store; only where rows come from and go to differs.
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

from models.registry import Release
from models.rules import RuleBook
from models.times import iso
from risk_service.jobs.errors import OutputError
from risk_service.jobs.output import write_parquet
from risk_service.jobs.run import FileReport, Progress, run_job
from risk_service.jobs.workers import Here, Workers


def rescore_files(
    feeds: Path,
    as_of_us: int,
    out: Path,
    *,
    release: Release,
    rules: RuleBook,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> FileReport:
    """Score every active case of a delivery folder as of a time.

    Parameters
    ----------
    feeds
        Delivery folder (contract ``feeds/1``).
    as_of_us
        UTC microseconds, inclusive.
    out
        ``.parquet`` for one file, else a folder of parts; columns of :data:`models.score.SCORE_SCHEMA`, one row per
        active case, within a part ordered by ``case_id``.
    release
        Verified.
    rules
        All rule tables.
    workers
        Who does the work, started and stopped by the caller; this process if not given.
    progress
        Told how far it is.

    Raises
    ------
    ContractError
        The delivery cannot be used.
    ReleaseError
        The release was made on the other kind of data (real, simulated).
    OutputError
        The output cannot be written; nothing is left behind.
    WorkError
        Workers die again and again, or another process writes the same output.
    """
    with nullcontext(workers) if workers else Here() as doing:
        return run_job(
            feeds, as_of_us, out, kind="scores", rules=rules, release=release, workers=doing, progress=progress
        )


def features_files(
    feeds: Path,
    as_of_us: int,
    out: Path,
    *,
    rules: RuleBook,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> FileReport:
    """Write every feature of every active case of a delivery folder; parameters and errors as :func:`rescore_files`."""
    with nullcontext(workers) if workers else Here() as doing:
        return run_job(
            feeds, as_of_us, out, kind="features", rules=rules, release=None, workers=doing, progress=progress
        )


def in_words(report: FileReport, out: Path, as_of_us: int) -> str:
    """The report as a few lines for a terminal."""
    lines = [f"{report.cases:,} active cases as of {iso(as_of_us)} written to {out}"]
    for name, counts in (("lanes", report.lanes), ("bands", report.bands)):
        if counts:
            lines.append(f"  {name}: " + ", ".join(f"{key} {n:,}" for key, n in counts.items()))
    if report.rejected or report.pending:
        lines.append(f"  left out of the delivery: {report.rejected:,} rejected, {report.pending:,} pending rows")
    if report.taken_up:
        lines.append(f"  of {report.parts} parts {report.taken_up} were done already by an earlier start")
    if report.drift:
        lines.append(f"  {report.drift}")
    return "\n".join(lines)


__all__ = ["FileReport", "OutputError", "features_files", "in_words", "rescore_files", "write_parquet"]
