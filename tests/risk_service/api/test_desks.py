"""Steps waiting at desks, over the interface: whose list, what is in it, and above all what is not."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest
import sqlalchemy as sa

from risk_service.store.tables import api_keys

DISNAKER = "O-DISNAKER-7471"
CLINIC = "O-CLINIC-7471"
SCORING = ("band", "score", "probability", "reason", "log_odds", "penilaian", "Hubungi dulu", "Periksa berkas")


def bound(service, role, office):
    return {"Authorization": f"Bearer {service.make_key(role, office=office)}", "X-Purpose": "case_work"}


def every_step(service, office, headers):
    found, cursor = [], None
    while True:
        got = service.client.get(
            f"/api/v1/desks/{office}/steps?limit=3" + (f"&cursor={cursor}" if cursor else ""), headers=headers
        ).json
        found += got["items"]
        cursor = got["next"]
        if cursor is None:
            return found


@pytest.mark.everywhere
def test_the_list_is_by_departure_page_by_page_on_both_databases(service):
    whole = service.get(f"/api/v1/desks/{DISNAKER}/steps?limit=200").json
    paged = every_step(service, DISNAKER, service.headers())

    assert paged == whole["items"]
    assert len(paged) == 20
    dates = [item["planned_departure_on"] or "9999" for item in paged]
    assert dates == sorted(dates)
    assert {item["step"] for item in paged} >= {"registration"}
    assert whole["office"]["kind"] == "disnaker"

    desks = {item["office_id"]: item for item in service.get("/api/v1/desks?limit=200").json["items"]}
    assert desks[DISNAKER]["waiting"] == 20
    assert sum(item["turn"] for item in paged) == desks[DISNAKER]["turn"]


def test_nothing_of_an_assessment_is_in_any_form_of_the_list(service):
    for form in ("steps", "steps.csv", "steps.xlsx"):
        got = service.get(f"/api/v1/desks/{CLINIC}/{form}")
        text = got.text if form != "steps.xlsx" else json.dumps(rows_of(got.data), default=str)
        assert got.status_code == 200
        assert not [word for word in SCORING if word in text], form


def test_a_desk_sees_its_own_list_and_nothing_else(service):
    headers = bound(service, "desk", CLINIC)
    get = service.client.get

    assert [item["office_id"] for item in get("/api/v1/desks", headers=headers).json["items"]] == [CLINIC]
    assert get(f"/api/v1/desks/{CLINIC}/steps", headers=headers).json["items"]
    other, nowhere = (get(f"/api/v1/desks/{name}/steps", headers=headers) for name in (DISNAKER, "O-NONE"))
    assert other.status_code == nowhere.status_code == 404
    assert other.json["detail"] == nowhere.json["detail"]
    for path in ("/api/v1/cases", "/api/v1/cases/R-T3", "/api/v1/candidates/C-T3", "/api/v1/agencies/AG-ACT"):
        assert get(path, headers=headers).status_code == 403, path


def test_a_desk_key_of_before_that_has_no_office_sees_no_list(service):
    with service.store.writing() as connection:
        connection.execute(sa.update(api_keys).where(api_keys.c.role == "desk").values(office=None))
    assert service.get("/api/v1/desks", "desk").json["items"] == []
    assert service.get(f"/api/v1/desks/{CLINIC}/steps", "desk").status_code == 404


def test_an_office_sees_at_every_desk_what_waits_of_its_own_cases(service):
    own = every_step(service, DISNAKER, bound(service, "investigator", "O-BP3MI"))
    foreign = every_step(service, DISNAKER, bound(service, "investigator", "O-BP3MI-5203"))

    assert own
    assert {item["case_office"] for item in own} == {"O-BP3MI"}
    assert foreign == []


@pytest.mark.parametrize("office", ["O-VILLAGE-7471", "O-IMMIGRATION-7471", "O-INSURER-7471", "O-EMBASSY-7471"])
def test_villages_immigration_insurers_and_embassies_get_no_list(service, office):
    assert service.get(f"/api/v1/desks/{office}/steps").status_code == 404
    assert office not in {item["office_id"] for item in service.get("/api/v1/desks?limit=200").json["items"]}


def test_desks_can_be_had_by_kind_and_place_and_in_pages(service):
    def ids(query):
        return [item["office_id"] for item in service.get(f"/api/v1/desks?{query}").json["items"]]

    assert set(ids("kind=clinic")) == {CLINIC, "O-CLINIC-5203"}
    assert ids("kind=clinic&region=74") == ids("kind=clinic&region=74.71") == [CLINIC]
    assert ids("region=7") == []
    first = service.get("/api/v1/desks?limit=1").json
    assert ids(f"limit=200&cursor={first['next']}") == ids("limit=200")[1:]


def rows_of(content):
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    return [[cell for cell in row if cell is not None] for row in page.iter_rows(values_only=True)]


def test_the_workbook_and_the_table_hold_the_same_list_and_say_it_is_simulated(service):
    workbook = rows_of(service.get(f"/api/v1/desks/{CLINIC}/steps.xlsx?language=en").data)
    table = list(csv.reader(io.StringIO(service.get(f"/api/v1/desks/{CLINIC}/steps.csv").data.decode("utf-8-sig"))))

    assert "Steps waiting at the desk" in workbook[0][0]
    assert any("DATA SIMULASI" in str(row[0]) for row in workbook[:4] if row)
    assert any("DATA SIMULASI" in row[0] for row in table)
    header = next(number for number, row in enumerate(workbook) if row and row[0] == "Departs")
    cases = [row[1] for row in workbook[header + 1 :]]
    assert cases == [row[1] for row in table[1:] if len(row) > 1]
    assert table[0][:3] == ["Berangkat", "No. berkas", "Langkah"]


def test_every_look_at_a_list_needs_a_purpose_and_names_the_people_in_the_trail(service):
    from risk_service.services import audit

    assert service.client.get(f"/api/v1/desks/{CLINIC}/steps", headers=service.headers(purpose=None)).status_code == 422
    shown = service.get(f"/api/v1/desks/{CLINIC}/steps").json["items"]
    service.get(f"/api/v1/desks/{CLINIC}/steps.xlsx")

    entries = audit.listed(service.store, limit=10)
    mine = [entry for entry in entries if entry["subject"] == CLINIC]
    assert {entry["action"] for entry in mine} == {"desk.list", "desk.export"}
    assert {len(entry["detail"]["people"]) for entry in mine} == {len({item["case_id"] for item in shown})}
