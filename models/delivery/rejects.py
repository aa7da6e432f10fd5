"""Rejected rows: what is said about them, and what must not be."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self, TextIO

import polars as pl

from models.schema import Field

REJECTS: Final = pl.DataFrame(
    schema={
        "feed": pl.String(),
        "line": pl.Int64(),
        "key": pl.String(),
        "field": pl.String(),
        "value": pl.String(),
        "reason": pl.String(),
    }
)
"""An empty frame with the columns of ``rejects.csv``."""

MASK: Final = "(hidden)"
_SHOWN: Final = 80
# What has the shape of a NIK, a passport or a phone number stays hidden in every field: columns slip.
_IDENTIFYING: Final = re.compile(r"[A-Za-z]?\+?[0-9][0-9 .-]{5,}[0-9]")
_IDENTIFYING_PART: Final = re.compile(
    r"[0-9]{8,}|[A-Za-z]{1,2}[0-9]{6,7}|\+?[0-9][0-9 .-]{6,}[0-9]|.*[^\W\d_]\s+[^\W\d_].*"
)
_NAME_OR_PASSPORT: Final = re.compile(r"[A-Za-z]{1,2}[0-9]{6,7}|.*[^\W\d_]\s+[^\W\d_].*")
_LONG_NUMBER: Final = re.compile(r"[0-9]{9,}")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Reject(NamedTuple):
    """One problem of one row that was not taken.

    Parameters
    ----------
    feed, line
        Where: line of the file (the header is line 1), or row number in Parquet, running on over the parts of a folder.
    key
        The row's key as it was written, parts joined by ``/``, a part that looks like a person's number or name hidden;
        empty when it cannot be told.
    field, value, reason
        The column, what it held (hidden when it identifies a person), and what is wrong; field and value are empty
        when the row as a whole cannot be read.
    """

    feed: str
    line: int
    key: str
    field: str
    value: str
    reason: str


def rejects_frame(
    feed: str,
    lines: Sequence[int],
    *,
    reasons: Sequence[str],
    keys: Sequence[str] | None = None,
    field: str = "",
    values: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Rejects of one feed and field as a frame like :data:`REJECTS`."""
    blank = [""] * len(lines)
    return pl.DataFrame(
        {
            "feed": [feed] * len(lines),
            "line": list(lines),
            "key": [_plain(_masked_key(key)) for key in keys] if keys is not None else blank,
            "field": [field] * len(lines),
            "value": list(values) if values is not None else blank,
            "reason": list(reasons),
        },
        schema=REJECTS.schema,
    )


def masked(field: Field, value: object) -> str:
    """A rejected value as it may be shown."""
    if value is None:
        return ""
    if field.sensitive:
        return MASK
    if _NAME_OR_PASSPORT.fullmatch(str(value).strip()):
        return MASK
    pattern = _LONG_NUMBER if field.kind in ("date", "timestamp") else _IDENTIFYING
    return _plain(pattern.sub(MASK, str(value)))


def _masked_key(key: str) -> str:
    """A key without parts that have the shape of what identifies a person: columns slip, and ids have no blanks."""
    return "/".join(MASK if _IDENTIFYING_PART.fullmatch(part.strip()) else part for part in key.split("/"))


def rejects_of(frame: pl.DataFrame) -> list[Reject]:
    """The rows of a rejects frame as :class:`Reject` items."""
    return [Reject(*row) for row in frame.iter_rows()]


def _plain(text: str) -> str:
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in shown)


@dataclass
class RejectsFile:
    """Writes ``rejects.csv`` as rejects come; the file appears only when :meth:`keep` is called.

    A value that a spreadsheet would run as a formula is written with an apostrophe before it.
    """

    path: Path
    written: int = 0
    _stream: TextIO | None = None

    @property
    def _draft(self) -> Path:
        return self.path.with_name(f".{self.path.name}.part")

    def write(self, rejects: pl.DataFrame) -> None:
        """Add rejects."""
        if rejects.is_empty():
            return
        if self._stream is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self._draft.open("w", encoding="utf-8", newline="")
            csv.writer(self._stream, lineterminator="\n").writerow(rejects.columns)
        writer = csv.writer(self._stream, lineterminator="\n")
        for row in rejects.iter_rows():
            writer.writerow([f"'{v}" if isinstance(v, str) and v.startswith(_FORMULA) else v for v in row])
        self.written += rejects.height

    def keep(self) -> Path | None:
        """Finish the file; None when nothing was rejected, and then no file is left at the path."""
        if self._stream is None:
            self.path.unlink(missing_ok=True)
            return None
        self._stream.close()
        self._stream = None
        return self._draft.replace(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
            self._draft.unlink(missing_ok=True)
