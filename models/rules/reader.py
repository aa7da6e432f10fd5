"""Reading rule tables: CSV files to typed rows, and one clear error for the first cell that does not fit."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from models.errors import ContractError, RuleError
from models.rules.tables import TABLES, Column, Table
from models.times import parse_moment

PACKAGED: Final = Path(__file__).parent / "data"
INFO: Final = "rules.json"

_TRUTH: Final = {"yes": True, "no": False, "true": True, "false": False}
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE: Final = re.compile(r"\d{1,9}")


class RuleFileError(RuleError):
    """A cell of a rule file does not fit.

    Attributes
    ----------
    file, line, column, value, reason
        Where it is (line 1 is the header; column None when the line as a whole is meant), what stands there and
        why it does not fit.
    """

    def __init__(
        self, *, file: Path, line: int, column: str | None, value: str | None, reason: str, what_to_do: str
    ) -> None:
        self.file, self.line, self.column, self.value, self.reason = file, line, column, value, reason
        where = f"{file.name}, line {line}" + (f", column {column}" if column else "")
        shown = f" {value[:40]!r}" if value is not None else ""
        super().__init__(f"{where}:{shown} {reason}.", what_to_do=what_to_do)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a rule table, cells already of their column's type."""

    table: str
    line: int
    key: tuple[str, ...]
    cells: Mapping[str, object]
    valid_from: dt.date
    valid_to: dt.date | None
    recorded_at_us: int
    retracted: bool

    def text(self, name: str) -> str:
        """A text, code, country or region cell."""
        return cast(str, self.cells[name])

    def number(self, name: str) -> float:
        """A numeric cell."""
        return cast(float, self.cells[name])

    def whole(self, name: str) -> int:
        """A cell that holds a whole number."""
        return cast(int, self.cells[name])

    def flag(self, name: str) -> bool:
        """A yes/no cell."""
        return cast(bool, self.cells[name])

    def day(self, name: str) -> dt.date:
        """A date cell."""
        return cast(dt.date, self.cells[name])

    def codes(self, name: str) -> tuple[str, ...]:
        """A cell that holds codes separated by semicolons."""
        return cast(tuple[str, ...], self.cells[name])

    @property
    def source(self) -> str:
        """Where the rule is from."""
        return self.text("source")

    @property
    def disputed(self) -> bool:
        """Whether sources contradict each other."""
        return self.flag("disputed")

    @property
    def note(self) -> str:
        """A remark for readers; may be empty."""
        return cast(str, self.cells.get("note", ""))


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """All rows of all tables, and the version of the set."""

    rows: Mapping[str, tuple[Row, ...]]
    version: str


def read_tables(directory: Path | None = None) -> RuleFiles:
    """Read every table, from ``directory`` where it has one and from the package otherwise.

    Parameters
    ----------
    directory
        Folder with ``<table>.csv`` files and optionally ``rules.json`` (``{"version": "..."}``). None: the package.

    Raises
    ------
    RuleError
        The folder is missing or holds a file that is no table; :class:`RuleFileError` for a cell that does not fit.
    """
    folder = PACKAGED if directory is None else directory
    if not folder.is_dir():
        raise RuleError(
            f"{folder} is not a folder of rule tables.",
            what_to_do="Name a folder that holds files as steps.csv, or none to use the packaged rules.",
        )
    stray = sorted(p.name for p in folder.glob("*.csv") if p.stem not in TABLES)
    if stray:
        raise RuleError(
            f"{folder.name} holds {stray[0]}, which is no rule table.",
            what_to_do=f"Rename or remove it; tables are {', '.join(TABLES)}.",
        )
    rows: dict[str, tuple[Row, ...]] = {}
    digest = hashlib.sha256()
    for name, table in TABLES.items():
        file = folder / f"{name}.csv"
        rows[name] = tuple(_read(file if file.is_file() else PACKAGED / f"{name}.csv", table, digest.update))
    return RuleFiles(rows, f"{_human_version(folder)}-{digest.hexdigest()[:10]}")


def _human_version(folder: Path) -> str:
    file = folder / INFO
    if not file.is_file():
        return "local"
    try:
        version = json.loads(file.read_text("utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError):
        version = None
    if not isinstance(version, str) or not re.fullmatch(r"[A-Za-z0-9._]{1,20}", version):
        raise RuleFileError(
            file=file,
            line=1,
            column=None,
            value=None,
            reason="does not state the version of the rules",
            what_to_do='Write {"version": "2026.11"}: up to 20 letters, digits, dots or underscores.',
        )
    return version


def _read(file: Path, table: Table, feed: Callable[[bytes], None]) -> Iterator[Row]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            lines = csv.reader(handle, strict=True)
            header = next(lines, [])
            _check_header(file, table, header)
            feed(f"{table.name}\x1e{chr(31).join(header)}\x1e".encode())
            seen: dict[tuple[object, ...], int] = {}
            for cells in lines:
                line = lines.line_num
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != len(header):
                    raise RuleFileError(
                        file=file,
                        line=line,
                        column=None,
                        value=None,
                        reason=f"has {len(cells)} cells where the header has {len(header)}",
                        what_to_do="Put text that contains a comma in double quotes.",
                    )
                values = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
                feed(f"{chr(31).join(values.values())}\x1e".encode())
                row = _row(file, table, line, values)
                identity = (*row.key, row.valid_from, row.recorded_at_us)
                if identity in seen:
                    raise RuleFileError(
                        file=file,
                        line=line,
                        column=None,
                        value=None,
                        reason=f"repeats line {seen[identity]}: same rule, valid_from and recorded_at",
                        what_to_do="Remove one of them, or record the correction at a later recorded_at.",
                    )
                seen[identity] = line
                yield row
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        reason = f"cannot be read as comma-separated UTF-8 text ({error})"
        raise RuleError(f"{file.name} {reason}.", what_to_do="Save it as CSV, UTF-8, comma.") from error


def _check_header(file: Path, table: Table, header: list[str]) -> None:
    known = {column.name for column in table.columns}
    for name in header:
        if name not in known or header.count(name) > 1:
            raise RuleFileError(
                file=file,
                line=1,
                column=None,
                value=name,
                reason="is no column of this table" if name not in known else "stands in the header twice",
                what_to_do=f"Columns are {', '.join(c.name for c in table.columns)}, separated by commas.",
            )
    for column in table.columns:
        if column.required and column.name not in header:
            raise RuleFileError(
                file=file,
                line=1,
                column=column.name,
                value=None,
                reason="is missing",
                what_to_do="Add the column; every row needs a value in it.",
            )


def _row(file: Path, table: Table, line: int, values: Mapping[str, str]) -> Row:
    cells: dict[str, object] = {}
    for column in table.columns:
        text = values.get(column.name, "")
        problem = "is empty" if column.required and not text else None
        if text:
            try:
                cells[column.name] = _parse(column, text)
            except ValueError as error:
                problem = str(error)
        else:
            cells[column.name] = column.default
        if problem:
            raise RuleFileError(
                file=file,
                line=line,
                column=column.name,
                value=text,
                reason=problem,
                what_to_do=f"Expected {column.expectation}.",
            )
    valid_from, valid_to = cast(dt.date, cells["valid_from"]), cast("dt.date | None", cells["valid_to"])
    for first, last in (("valid_from", "valid_to"), ("starts_on", "ends_on")):
        start, end = cells.get(first), cells.get(last)
        if isinstance(start, dt.date) and isinstance(end, dt.date) and end < start:
            raise RuleFileError(
                file=file,
                line=line,
                column=last,
                value=values[last],
                reason=f"is before {first} {values[first]}",
                what_to_do="Both days are inclusive; to take a rule back, repeat its row with retracted true.",
            )
    return Row(
        table=table.name,
        line=line,
        key=tuple(str(cells[name]) for name in table.key),
        cells=cells,
        valid_from=valid_from,
        valid_to=valid_to,
        recorded_at_us=cast(int, cells["recorded_at"]),
        retracted=bool(cells["retracted"]),
    )


def _parse(column: Column, text: str) -> object:
    """The value of a cell; ValueError says in words why it has none."""
    if column.wildcard and text == "*":
        return text
    if column.kind in _PARSERS:
        return _PARSERS[column.kind](text)
    parts = tuple(part.strip() for part in text.split(";")) if column.kind == "codes" else (text,)
    unknown = [part for part in parts if column.values and part not in column.values]
    if unknown:
        raise ValueError(f"holds {unknown[0]!r}, which is not known" if len(parts) > 1 else "is not known")
    return parts if column.kind == "codes" else text


def _flag(text: str) -> bool:
    if text not in _TRUTH:
        raise ValueError("is neither yes nor no")
    return _TRUTH[text]


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError("is not a whole number from 0")
    return int(text)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("is not a number") from None
    if not math.isfinite(value):
        raise ValueError("is not a finite number")
    return value


def _date(text: str) -> dt.date:
    if not _DATE.fullmatch(text):
        raise ValueError("is not a date")
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError("is no day of the calendar") from None


def _moment(text: str) -> int:
    try:
        return parse_moment(text)
    except ContractError as error:
        raise ValueError("is neither a date nor a timestamp with an offset") from error


def _shaped(pattern: str, what: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def parse(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"is no {what} code")
        return text

    return parse


_PARSERS: Final[Mapping[str, Callable[[str], object]]] = {
    "flag": _flag,
    "whole": _whole,
    "number": _number,
    "date": _date,
    "moment": _moment,
    "region": _shaped(r"\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?", "region"),
    "country": _shaped(r"[A-Z]{2}", "country"),
    "occupation": _shaped(r"\d{4}", "occupation"),
}
