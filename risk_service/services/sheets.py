"""Lists as files: Excel and CSV, safe to open, bounded, in one language.

Text that a spreadsheet would take for a formula is shown as text; identifiers are text, since a spreadsheet keeps 15
digits of a number and a NIK has 16. What a list leaves out it says.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from models.texts import Text

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv; charset=utf-8"
PDF: Final = "application/pdf"
SIMULATED: Final = Text(
    "DATA SIMULASI: angka ini tidak menggambarkan orang atau kantor mana pun",
    "DATA SIMULASI: angka ini tidak menggambarkan orang atau kantor mana pun. "
    "SIMULATED DATA: these figures describe no real person or office",
)
CUT: Final = Text(
    "Daftar ini berhenti pada {n} baris; masih ada yang lain. Persempit saringan untuk melihat sisanya.",
    "This list ends after {n} rows; there are more. Narrow the filters to see the rest.",
)

Language = Literal["id", "en"]
Kind = Literal["text", "whole", "share", "date"]

_STARTS_FORMULA: Final = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LONGEST: Final = 32_000
_A4: Final = 9
_FORMATS: Final = {"text": "@", "whole": "0", "share": "0.0%", "date": "yyyy-mm-dd"}


@dataclass(frozen=True)
class File:
    """A file to hand out; ``name`` is plain ASCII."""

    name: str
    media_type: str
    content: bytes

    @property
    def headers(self) -> dict[str, str]:
        """Headers with which it is saved under its name."""
        return {"Content-Disposition": f'attachment; filename="{self.name}"'}


@dataclass(frozen=True)
class Column:
    """A column of a list: its title, what it holds, and its width in characters."""

    title: str
    kind: Kind = "text"
    width: int = 16


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A list.

    Parameters
    ----------
    title
        Of the list; the first row.
    columns, rows
        A value is text, a whole number, a share between 0 and 1, a date, or None.
    notes
        What has to be known to read it: above the list in Excel, below it in CSV.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    notes: Sequence[str] = field(default_factory=tuple)


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula, without signs that no file can hold."""
    clean = _UNWRITABLE.sub("", text)[:_LONGEST]
    return f"'{clean}" if _STARTS_FORMULA.match(clean.lstrip(" \u00a0\u3000") or " ") else clean


def to_csv(sheet: Sheet, *, name: str) -> File:
    """Return a list as CSV: UTF-8 with a mark that Excel knows it by, the header first, notes last."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([harmless(column.title) for column in sheet.columns])
    for row in sheet.rows:
        writer.writerow([_plain(value) for value in row])
    for note in sheet.notes:
        writer.writerow([f"# {_UNWRITABLE.sub('', note)}"])
    return File(f"{name}.csv", CSV, b"\xef\xbb\xbf" + buffer.getvalue().encode())


def to_xlsx(sheet: Sheet, *, name: str) -> File:
    """Return a list as an Excel workbook that prints well: landscape, as wide as the page, its header on each page."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    page = book.create_sheet(re.sub(r"[\[\]:*?/\\']", " ", sheet.title)[:31] or "Daftar")
    for number, column in enumerate(sheet.columns, start=1):
        page.column_dimensions[get_column_letter(number)].width = column.width
    header_row = len(sheet.notes) + 3
    page.freeze_panes = f"A{header_row + 1}"
    page.auto_filter.ref = f"A{header_row}:{get_column_letter(len(sheet.columns))}{header_row + len(sheet.rows)}"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", _A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = f"{header_row}:{header_row}"
    page.oddFooter.right.text = "&P / &N"

    def cell(value: Any, kind: Kind = "text", **style: Any) -> Any:
        made = WriteOnlyCell(page, value=harmless(value) if isinstance(value, str) else value)
        if isinstance(value, str):
            made.data_type = "s"  # whatever it looks like
        made.number_format = _FORMATS[kind]
        for part, look in style.items():
            setattr(made, part, look)
        return made

    page.append([cell(sheet.title, font=Font(bold=True, size=14))])
    for note in sheet.notes:
        page.append([cell(note)])
    page.append([])
    ground, top = PatternFill("solid", fgColor="E5EEEF"), Alignment(vertical="top", wrap_text=True)
    page.append([cell(column.title, font=Font(bold=True), fill=ground, alignment=top) for column in sheet.columns])
    for row in sheet.rows:
        page.append([cell(value, column.kind, alignment=top) for value, column in zip(row, sheet.columns, strict=True)])
    buffer = io.BytesIO()
    book.save(buffer)
    return File(f"{name}.xlsx", XLSX, buffer.getvalue())


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return value.isoformat()
    return harmless(value) if isinstance(value, str) else str(value)
