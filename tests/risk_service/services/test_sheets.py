"""Lists as files: nothing in them is a formula, a NIK keeps its digits, and what is left out is said."""

from __future__ import annotations

import csv
import datetime as dt
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk_service.services.sheets import Column, Sheet, harmless, to_csv, to_xlsx

COLUMNS = (Column("NIK"), Column("Langkah"), Column("Hari", "whole"), Column("Tanggal", "date"))
NIK = "7471014107900001"


def sheet(*rows, notes=("Catatan",)):
    return Sheet(title="Daftar [uji]", columns=COLUMNS, rows=rows, notes=notes)


def opened(made):
    return openpyxl.load_workbook(io.BytesIO(made.content)).active


def read(made):
    return list(csv.reader(io.StringIO(made.content.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    "text", ["=1+1", "+62811", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\u00a0=1", "\uff1d1", '=HYPERLINK("x")']
)
def test_text_that_looks_like_a_formula_stays_text(text):
    assert harmless(text).startswith("'")
    found = opened(to_xlsx(sheet((text, "a", 1, None)), name="x"))
    values = [cell for row in found.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in values if cell.data_type == "f"]
    assert read(to_csv(sheet((text, "a", 1, None)), name="x"))[1][0].startswith("'")


@given(st.text())
def test_no_text_at_all_begins_like_a_formula_once_it_is_harmless(text):
    assert not harmless(text).lstrip(" \u00a0\u3000").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_ordinary_text_is_not_touched():
    assert harmless("Siti Rahma – a=b") == "Siti Rahma – a=b"


def test_a_nik_is_text_with_all_its_digits():
    found = opened(to_xlsx(sheet((NIK, "Paspor", 3, dt.date(2025, 9, 10))), name="x"))
    row = [cell for cell in found[5] if cell.value is not None]

    assert [cell.value for cell in row] == [NIK, "Paspor", 3, dt.datetime(2025, 9, 10)]  # noqa: DTZ001 - as Excel has it
    assert (row[0].data_type, row[0].number_format) == ("s", "@")


def test_the_header_and_the_notes_are_where_they_are_looked_for():
    found = opened(to_xlsx(sheet(("1", "a", 1, None)), name="x"))
    assert [found["A1"].value, found["A2"].value, found["A4"].value] == ["Daftar [uji]", "Catatan", "NIK"]
    assert found.freeze_panes == "A5"

    lines = read(to_csv(sheet(("1", "a", 1, None)), name="x"))
    assert lines == [["NIK", "Langkah", "Hari", "Tanggal"], ["1", "a", "1", ""], ["# Catatan"]]


def test_signs_that_no_file_can_hold_do_not_break_it():
    made = to_xlsx(sheet(("a\x00\x0b\ud800b", "\U0001f600 عائشة", None, None)), name="x")
    assert [cell.value for cell in opened(made)[5]][:2] == ["ab", "\U0001f600 عائشة"]


def test_a_file_is_saved_under_its_name():
    assert to_csv(sheet(), name="berkas").headers == {"Content-Disposition": 'attachment; filename="berkas.csv"'}
