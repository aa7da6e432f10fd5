"""Reading CSV in blocks of bounded size, with true line numbers.

A block without quotes, whose lines all have as many commas as the header, goes to the engine's parser whole; any
other block goes record by record through :mod:`csv`. Both give the same rows (a test holds them to it), so the quick
way is a matter of speed alone.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, Self, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.delivery.words import Words
from models.errors import ContractError

BLOCK_BYTES: Final = 4 << 20
MAX_RECORD_BYTES: Final = 128 << 10
"""Longest record, line breaks inside quotes included; also the limit :mod:`csv` sets on one value."""

ROW: Final = "row"
"""Column of a batch with the numbers of its rows."""

_OTHER_DELIMITERS: Final = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, kw_only=True)
class RawBatch:
    """Rows as they were read.

    Parameters
    ----------
    frame
        The file's columns as text or typed, and ``row``: the line a record starts on (the header is line 1), or the
        number of the row in Parquet.
    broken
        Records that are no rows: ``(line, reason)``.
    bucket
        The hash bucket they were found in, of all rows or row by row; None when not partitioned.
    words
        Columns that were read by numbers; they are not in ``frame``.
    """

    frame: pl.DataFrame
    broken: tuple[tuple[int, str], ...] = ()
    bucket: int | NDArray[np.int32] | None = None
    words: Mapping[str, Words] = field(default_factory=dict)

    def column(self, name: str) -> pl.Series:
        """A column as it was read; empty where the file lacks it."""
        if name in self.words:
            return self.words[name].column(name)
        if name in self.frame.columns:
            return self.frame[name]
        return pl.Series(name, [None]).new_from_index(0, self.frame.height)

    @classmethod
    def joined(cls, batches: Sequence[RawBatch]) -> RawBatch:
        """Batches of files with the same columns as one."""
        first = batches[0]
        if len(batches) == 1:
            return first
        buckets = [
            np.broadcast_to(np.int32(-1 if batch.bucket is None else batch.bucket), batch.frame.height)
            for batch in batches
        ]
        return cls(
            frame=pl.concat([batch.frame for batch in batches], rechunk=True),
            broken=tuple(row for batch in batches for row in batch.broken),
            bucket=None if first.bucket is None else np.concatenate(buckets),
            words={name: Words.joined([batch.words[name] for batch in batches]) for name in first.words},
        )


def csv_header(path: Path, *, label: str) -> tuple[str, ...]:
    """Column names of a CSV file.

    Raises
    ------
    ContractError
        The file is empty, damaged, not UTF-8 or not separated by commas.
    """
    with _Lines(path, label) as lines:
        return lines.header()


def csv_batches(path: Path, *, label: str, wanted: frozenset[str] | None) -> Iterator[RawBatch]:
    """Read a CSV file, plain or gzip by its name.

    Parameters
    ----------
    path, label
        The file, and how messages call it.
    wanted
        Columns to keep; None: all, except one that is called :data:`ROW`.

    Yields
    ------
    RawBatch
        Columns all text, an empty value null.

    Raises
    ------
    ContractError
        The file is damaged, not UTF-8, or a record is longer than :data:`MAX_RECORD_BYTES`.
    """
    with _Lines(path, label) as lines:
        header = lines.header()
        keep = [name for name in header if (name != ROW if wanted is None else name in wanted)]
        while True:
            first_line = lines.number + 1
            block = lines.block()
            if not block:
                return
            frame = _quick(block, header, keep, first_line)
            if frame is not None:
                lines.number += frame.height
                yield RawBatch(frame=frame)
            else:
                yield _careful(block, header, keep, lines)


@dataclass
class _Lines:
    """The lines of a file, in blocks; ``number`` counts the lines handed out and dealt with."""

    path: Path
    label: str
    number: int = 0
    _rest: bytearray = field(default_factory=bytearray)
    _stream: IO[bytes] | None = None
    _ended: bool = False

    def __enter__(self) -> Self:
        try:
            if self.path.suffix == ".gz":
                self._stream = cast("IO[bytes]", gzip.open(self.path, "rb"))
            else:
                self._stream = self.path.open("rb")
        except OSError as error:
            raise ContractError(f"{self.label} cannot be read: {error.strerror}.") from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.close()

    def header(self) -> tuple[str, ...]:
        self._fill()
        raw = self._take(self._rest.find(b"\n") + 1 or len(self._rest))
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise self._not_utf8(1)
        text = self.decode(raw, 1).removeprefix("\ufeff").rstrip("\r\n")
        self.number = 1
        if not text.strip():
            raise ContractError(
                f"{self.label} is empty: its first line must name the columns.",
                what_to_do="Write the header, or leave the file out.",
            )
        try:
            names = tuple(name.strip() for name in next(csv.reader([text], strict=True)))
        except csv.Error:
            names = ()
        if len(names) == 1:
            for sign, word in _OTHER_DELIMITERS.items():
                if sign in text:
                    raise ContractError(
                        f"{self.label}: the header is separated by {word}, not by commas.",
                        what_to_do="Save the file with commas between the values.",
                    )
        if not names or any(not name.isprintable() or len(name) > 200 for name in names):
            raise ContractError(
                f"{self.label}: the first line is no header of column names separated by commas.",
                what_to_do="Save the file as CSV in UTF-8, one line per row.",
            )
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ContractError(
                f"{self.label}: the header names {', '.join(doubled[:3])} more than once.",
                what_to_do="Give every column one name.",
            )
        return names

    def block(self) -> bytes:
        """Some whole lines, at most about a block; empty at the end of the file."""
        self._fill()
        end = self._rest.rfind(b"\n") + 1
        return self._take(end if end and not (self._ended and end < len(self._rest)) else len(self._rest))

    def line(self) -> bytes:
        """The next line, for a record that runs on past its block; empty at the end of the file."""
        if b"\n" not in self._rest:
            self._fill()
        return self._take(self._rest.find(b"\n") + 1 or len(self._rest))

    def decode(self, raw: bytes, first_line: int) -> str:
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise self._not_utf8(first_line + raw.count(b"\n", 0, error.start)) from None

    def too_long(self, line: int) -> ContractError:
        return ContractError(
            f"{self.label}, line {line}: longer than {MAX_RECORD_BYTES >> 10} KiB, or a quote is never closed.",
            what_to_do="Write one row per line and close every quote.",
        )

    def _take(self, size: int) -> bytes:
        raw = bytes(self._rest[:size])
        del self._rest[:size]
        return raw

    def _fill(self) -> None:
        """Read on until there is a block and a whole line, or the file ends."""
        while not self._ended and (len(self._rest) < BLOCK_BYTES or b"\n" not in self._rest):
            if len(self._rest) > MAX_RECORD_BYTES and b"\n" not in self._rest:
                raise self.too_long(self.number + 1)
            try:
                more = self._read(BLOCK_BYTES if self._rest else min(BLOCK_BYTES, MAX_RECORD_BYTES))
            except (EOFError, gzip.BadGzipFile, zlib.error):
                raise ContractError(
                    f"{self.label} is damaged: it is no complete gzip file.", what_to_do="Send the file again."
                ) from None
            except OSError as error:
                raise ContractError(f"{self.label} cannot be read: {error.strerror}.") from None
            self._ended = not more
            self._rest += more

    def _read(self, size: int) -> bytes:
        return self._stream.read(size) if self._stream is not None else b""

    def _not_utf8(self, line: int) -> ContractError:
        return ContractError(f"{self.label}, line {line}: not UTF-8.", what_to_do="Save the file as CSV in UTF-8.")


def _quick(block: bytes, header: tuple[str, ...], keep: list[str], first_line: int) -> pl.DataFrame | None:
    """Parse a plain block whole; None when it needs care."""
    if b'"' in block or b"\0" in block:
        return None
    if b"\r" in block:
        if block.count(b"\r") != block.count(b"\r\n"):
            return None
        block = block.replace(b"\r\n", b"\n")
    if not block.endswith(b"\n"):
        block += b"\n"
    signs = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(signs == ord("\n"))
    commas = np.searchsorted(np.flatnonzero(signs == ord(",")), ends)
    lengths = np.diff(ends, prepend=-1)
    if (np.diff(commas, prepend=0) != len(header) - 1).any() or lengths.max() > MAX_RECORD_BYTES:
        return None
    if not block.isascii():
        try:
            block.decode()
        except UnicodeDecodeError:
            return None
    frame = pl.read_csv(
        io.BytesIO(block),
        has_header=False,
        quote_char=None,
        infer_schema=False,
        new_columns=list(header),
    ).select(keep)
    if frame.height != len(ends):
        return None
    return frame.with_columns(pl.Series("row", np.arange(first_line, first_line + len(ends)), dtype=pl.Int64))


def _careful(block: bytes, header: tuple[str, ...], keep: list[str], lines: _Lines) -> RawBatch:
    """Parse a block record by record, reading on where a quoted value runs past its end."""
    records: list[list[str]] = []
    numbers: list[int] = []
    broken: list[tuple[int, str]] = []
    state = _Record(lines)
    feeder = state.lines_of(block)
    reader = csv.reader(feeder, strict=True)
    while not state.exhausted:
        state.start()
        try:
            record = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            if state.unfinished:
                raise ContractError(
                    f"{lines.label}, line {state.first}: a quote is never closed; the file ends inside it.",
                    what_to_do="Close the quote, or send the whole file.",
                ) from None
            broken.append((state.first, f"not readable as CSV: {error}"))
            continue
        if not record:
            continue
        if len(record) != len(header):
            broken.append((state.first, f"{len(record)} values where the header names {len(header)} columns"))
            continue
        records.append(record)
        numbers.append(state.first)
    columns = dict(zip(header, zip(*records, strict=True), strict=True)) if records else dict.fromkeys(header, ())
    frame = pl.DataFrame({name: pl.Series(columns[name], dtype=pl.String) for name in keep})
    frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()), pl.Series("row", numbers, dtype=pl.Int64))
    return RawBatch(frame=frame, broken=tuple(broken))


@dataclass
class _Record:
    """Feeds :mod:`csv` line by line and knows where the current record began."""

    lines: _Lines
    first: int = 0
    size: int = 0
    exhausted: bool = False
    unfinished: bool = False

    def start(self) -> None:
        self.first = self.lines.number + 1
        self.size = 0

    def lines_of(self, block: bytes) -> Iterator[str]:
        buffer = io.BytesIO(block)
        while True:
            raw = buffer.readline()
            if buffer.tell() == len(block):
                self.exhausted = True
            if not raw:
                raw = self.lines.line()
            if not raw:
                self.unfinished = self.size > 0
                return
            self.size += len(raw)
            if self.size > MAX_RECORD_BYTES:
                raise self.lines.too_long(self.first)
            self.lines.number += 1
            yield self.lines.decode(raw, self.lines.number)
