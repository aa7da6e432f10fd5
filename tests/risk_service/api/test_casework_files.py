"""Findings, contested data and changes as files: the rows of the pages, without words about a person."""

from __future__ import annotations

import io

import openpyxl
import pytest

from risk_service.services import audit, casework_files
from tests.risk_service.api.test_access import casework_of
from tests.risk_service.api.test_exports import body, table

OFFICE = "O-BP3MI"
LISTS = {
    "findings": "findings?limit=200",
    "corrections": "corrections?limit=200",
    "overrides": "overrides",
    "changes": f"worklist/changes?office={OFFICE}",
}


def worked_on(service):
    """Something of every kind of casework, overrides too."""
    casework_of(service)
    band = {"band": "none", "reason": "told so", "expires_on": "2025-09-20"}
    service.client.post("/api/v1/cases/R-JPHK/overrides", headers=service.headers("investigator"), json=band)


def of_office(service, office, path):
    headers = {"Authorization": f"Bearer {service.make_key('supervisor', office=office)}", "X-Purpose": "case_work"}
    return service.client.get(f"/api/v1/{path}", headers=headers)


@pytest.mark.parametrize("name", casework_files.NAMES)
def test_the_file_has_the_rows_of_the_list_and_is_recorded(service, name):
    worked_on(service)
    listed = service.get(f"/api/v1/{LISTS[name]}").json["items"]
    query = f"?office={OFFICE}" if name == "changes" else ""
    exported = body(service.get(f"/api/v1/exports/{name}.csv{query}"))

    assert listed
    assert [row[1] for row in exported] == [item["case_id"] for item in listed]
    entry = [entry for entry in audit.listed(service.store, limit=1000) if entry["action"] == "list.export"][-1]
    people = [audit.subject_token(service.master, item["candidate_id"]) for item in listed]
    assert (entry["detail"]["list"], entry["detail"]["people"]) == (name, people)


@pytest.mark.parametrize("name", casework_files.NAMES)
def test_a_workbook_is_in_the_language_asked_for(service, name):
    worked_on(service)
    got = service.get(f"/api/v1/exports/{name}.xlsx?language=en&office={OFFICE}")
    page = openpyxl.load_workbook(io.BytesIO(got.data)).active
    cells = [cell for row in page.iter_rows(values_only=True) for cell in row if cell is not None]

    assert cells[0] == {"findings": "Findings", "corrections": "Contested data"}.get(name, cells[0])
    assert "Case no." in cells
    assert any("SIMULATED DATA" in str(cell) for cell in cells)


def test_words_about_a_person_stay_on_the_page(service):
    worked_on(service)
    again = {"finding": "procedural", "note": "told by phone"}
    service.client.post("/api/v1/cases/R-JPHK/findings", headers=service.headers("investigator"), json=again)
    said = {
        words
        for name, keys in (
            ("findings", ("note", "retraction")),
            ("corrections", ("reason", "decision")),
            ("overrides", ("reason",)),
        )
        for item in service.get(f"/api/v1/{LISTS[name]}").json["items"]
        for words in (item[key] for key in keys)
        if words
    }
    assert said == {"told so", "told by phone"}
    for name in casework_files.NAMES:
        cells = {cell for row in table(service.get(f"/api/v1/exports/{name}.csv?office={OFFICE}")) for cell in row}
        assert not cells & said


@pytest.mark.parametrize("name", casework_files.NAMES)
def test_another_office_exports_nothing_of_this_one(service, name):
    worked_on(service)
    assert body(of_office(service, "O-OTHER", f"exports/{name}.csv")) == []
    assert of_office(service, "O-OTHER", f"exports/{name}.csv?office={OFFICE}").status_code == 404
    assert service.get(f"/api/v1/exports/{name}.csv", "viewer").status_code == 403


def test_a_long_list_ends_and_says_so(service, monkeypatch):
    casework_of(service)
    again = {"finding": "procedural", "note": "told by phone"}
    service.client.post("/api/v1/cases/R-JPHK/findings", headers=service.headers("investigator"), json=again)
    monkeypatch.setattr(casework_files, "MOST_ROWS", 1)
    everything = len(service.get("/api/v1/findings?limit=200").json["items"])
    text = service.get("/api/v1/exports/findings.csv?language=en").data.decode("utf-8-sig")

    assert everything > 1
    assert len(body(service.get("/api/v1/exports/findings.csv"))) == 1
    assert "This list ends after 1 rows" in text
