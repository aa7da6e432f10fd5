"""The list of cases as a file: the same rows as the page, bounded, NIK only when asked for."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from risk_service.services import audit, case_lists

OFFICE = "O-BP3MI"


def table(got):
    assert got.status_code == 200, got.text
    return list(csv.reader(io.StringIO(got.data.decode("utf-8-sig"))))


def body(got):
    return [row for row in table(got)[1:] if not row[0].startswith("# ")]


def test_the_file_has_the_rows_and_the_order_of_the_list(service):
    for query in ("order=risk", "band=first", "destination=HK&planned_from=2025-09-15"):
        listed = service.get(f"/api/v1/cases?limit=200&{query}").json["items"]
        exported = body(service.get(f"/api/v1/exports/cases.csv?{query}"))
        assert listed
        assert [row[1] for row in exported] == [item["case_id"] for item in listed]


def test_the_workbook_is_in_the_language_asked_for_and_says_it_is_simulated(service):
    page = openpyxl.load_workbook(
        io.BytesIO(service.get("/api/v1/exports/cases.xlsx?language=en&band=first").data)
    ).active
    values = [[cell for cell in row if cell is not None] for row in page.iter_rows(values_only=True)]

    assert values[0] == ["List of cases"]
    assert any("DATA SIMULASI" in row[0] for row in values[:4] if row)
    assert any("Contact first" in row for row in values)


def test_a_nik_comes_only_when_asked_for_as_text_and_is_recorded(service):
    plain = service.get("/api/v1/exports/cases.csv")
    page = openpyxl.load_workbook(io.BytesIO(service.get("/api/v1/exports/cases.xlsx?nik=true").data)).active
    header = next(row for row in page.iter_rows() if row[0].value == "Berangkat")
    column = next(cell.column for cell in header if cell.value == "NIK")
    cells = [page.cell(row, column) for row in range(header[0].row + 1, page.max_row + 1)]
    given = [cell for cell in cells if cell.value]

    assert "NIK" not in table(plain)[0]
    assert given
    assert all(cell.data_type == "s" and len(str(cell.value)) >= 15 for cell in given)
    assert not [cell.value for cell in given if str(cell.value) in plain.text]
    entries = [entry for entry in audit.listed(service.store, limit=50) if entry["action"] == "list.export"]
    assert [entry["detail"]["nik"] for entry in entries] == [False, True]
    assert entries[1]["detail"]["people"]


def test_a_file_that_ends_early_says_so(service, monkeypatch):
    monkeypatch.setattr(case_lists, "MOST_ROWS", 3)
    rows = table(service.get("/api/v1/exports/cases.csv"))

    assert len(body(service.get("/api/v1/exports/cases.csv"))) == 3
    assert any("berhenti pada 3 baris" in row[0] for row in rows)


@pytest.mark.parametrize("role", ["viewer", "analyst", "desk"])
def test_whoever_may_not_take_lists_along_gets_none(service, role):
    assert service.get("/api/v1/exports/cases.csv", role).status_code == 403


def test_a_file_holds_the_cases_of_the_own_office_alone(service):
    for office, expected in ((OFFICE, {OFFICE}), ("O-OTHER", set())):
        headers = service.headers() | {"Authorization": f"Bearer {service.make_key('supervisor', office=office)}"}
        rows = body(service.client.get("/api/v1/exports/cases.csv", headers=headers))
        assert {row[7] for row in rows} == expected


def test_the_worklist_comes_with_its_filters_without_any_figure_and_is_recorded(service):
    listed = service.get(f"/api/v1/worklist?office={OFFICE}&lane=contact_first").json["items"]
    rows = body(service.get(f"/api/v1/exports/worklist.csv?office={OFFICE}&lane=contact_first&language=en"))

    assert listed
    assert [row[2] for row in rows] == [item["case_id"] for item in listed]
    assert {row[1] for row in rows} == {"Contact first"}
    page = openpyxl.load_workbook(io.BytesIO(service.get(f"/api/v1/exports/worklist.xlsx?office={OFFICE}").data)).active
    shown = " ".join(str(cell) for row in page.iter_rows(values_only=True) for cell in row if cell is not None)
    assert "DATA SIMULASI" in shown
    assert not any(word in shown for word in ("peluang", "probabil", "undi", "drawn"))
    entry = next(e for e in audit.listed(service.store, limit=50) if e["action"] == "list.export")
    assert (entry["detail"]["rows"], len(entry["detail"]["people"])) == (len(listed), len(listed))


def test_a_worklist_as_a_file_is_one_offices_and_the_own(service):
    without = service.get("/api/v1/exports/worklist.csv")
    assert "Sebutkan satu kantor" in without.text
    assert body(without) == []
    bound = {"Authorization": f"Bearer {service.make_key('investigator', office='O-OTHER')}", "X-Purpose": "case_work"}
    got = service.client.get(f"/api/v1/exports/worklist.csv?office={OFFICE}", headers=bound)
    assert got.status_code == 404
