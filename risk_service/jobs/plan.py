"""What a job over a delivery is to do: which parts, as of when, with what; the same plan in every process."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl

import risk_service
from models.delivery.parts import Selection
from models.delivery.reader import OpenDelivery
from models.features.catalogue import CATALOGUE_VERSION
from models.freshness import Freshness
from models.references import References
from models.registry import Release
from models.rules import Rules

Kind = Literal["scores", "features"]

PART_ROWS: Final = 750_000
"""Rows of a part, about: what one process holds at a time."""
_FORM: Final = 1
"""Raised when what lies in the work folder changes its form."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A job, divided into parts.

    Parameters
    ----------
    kind
        What is written: scores, or features.
    opened
        The delivery.
    selections
        What each part takes; the part's number is its place.
    t_us
        As-of time, UTC microseconds.
    rules
        In force on its day, as recorded by then.
    release
        What scores; None for features.
    freshness
        Of the whole delivery; None where the manifest does not tell it and the rows have not been looked at.
    references
        What all parts refer to, as of the time; None where each process is to read it for itself.
    work
        Folder for what comes between the passes, reachable under this path by every worker.
    fingerprint
        Equal for jobs with the same input and the same parameters.
    """

    kind: Kind
    opened: OpenDelivery
    selections: tuple[Selection, ...]
    t_us: int
    rules: Rules
    release: Release | None
    freshness: Freshness | None
    work: Path
    fingerprint: str
    references: References | None = None

    def file(self, number: int, what: str) -> Path:
        """A part's own file in the work folder."""
        return self.work / f"{number:05d}.{what}"

    def divided(self, selections: tuple[Selection, ...]) -> Plan:
        """The same job over other parts."""
        return replace(self, selections=selections)

    def rows_of(self, number: int) -> int:
        """Rows to read for a part, about."""
        buckets = self.selections[number].buckets
        if buckets is None:
            return sum(self.opened.expected_rows.values())
        return sum(self._bucket_rows[bucket] for bucket in buckets)

    @cached_property
    def _bucket_rows(self) -> dict[int, int]:
        return self.opened.bucket_rows()


def divide(opened: OpenDelivery, orphans: dict[str, pl.DataFrame], *, part_rows: int = PART_ROWS) -> list[Selection]:
    """Neighbouring buckets together until a part has enough rows; one part where there are no buckets."""
    if not opened.in_buckets:
        return [Selection()]
    groups: list[list[int]] = []
    size = part_rows
    for bucket, rows in opened.bucket_rows().items():
        if size + rows > part_rows:
            groups.append([])
            size = 0
        groups[-1].append(bucket)
        size += rows
    return [Selection(buckets=tuple(group), orphans=orphans or None) for group in groups]


def fingerprint(
    opened: OpenDelivery, *, kind: Kind, t_us: int, rules: Rules, release: Release | None, part_rows: int
) -> str:
    """A hash of everything a result depends on.

    A file counts by name, size and time of change: whoever puts another file in its place changes at least one.
    """
    said: dict[str, Any] = {
        "form": _FORM,
        "program": risk_service.__version__,
        "catalogue": CATALOGUE_VERSION,
        "kind": kind,
        "t_us": t_us,
        "rules": rules.version,
        "release": None if release is None else hashlib.sha256(release.manifest.to_bytes()).hexdigest(),
        "part_rows": part_rows,
        "files": [
            (path.relative_to(opened.path).as_posix(), path.stat().st_size, path.stat().st_mtime_ns)
            for path in sorted(opened.path.rglob("*"))
            if path.is_file()
        ],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
