"""Every list of the interface as a file: one table of addresses, the rows of the list, what is hidden stays hidden."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from models.suppression import LEAST
from risk_service.auth import context
from risk_service.errors import NotAllowedError
from risk_service.policy import ACTIONS, EXPORTS, ROLES, ROUTES, Principal
from risk_service.schemas import exports
from risk_service.services import audit
from risk_service.services.audit import Reading
from risk_service.services.list_files import FORMS, Say, hand_out
from risk_service.table_texts import AGENCY_TABLES, FIGURES, HIDDEN, INCIDENT_KINDS, REGION_TABLES
from tests.figures import OFFICE, put_figures

AGENCY, DESK = "AG-ACT", "O-DISNAKER-7471"
QUERIES = {"/exports/region": "table=by_region", "/agencies/<opaque:agency_id>/tables": "table=permits"}
COUNTS = [name for name in FIGURES if name != "share"]


def path_of(rule):
    return rule.replace("<opaque:agency_id>", AGENCY).replace("<opaque:office_id>", DESK)


def taken(service, path, role="supervisor"):
    """Header and rows of a list, and what it says below."""
    got = service.get(f"/api/v1{path}", role)
    assert got.status_code == 200, got.text
    lines = list(csv.reader(io.StringIO(got.data.decode("utf-8-sig"))))
    notes = [line[0] for line in lines if line[0].startswith("# ")]
    return lines[0], [line for line in lines[1:] if not line[0].startswith("# ")], notes


def test_one_table_says_which_lists_there_are_and_who_takes_them_along(service):
    assert list(exports.EXPORTS) == list(EXPORTS)
    rules = {rule.rule for rule in service.app.url_map.iter_rules()}
    for rule, action in EXPORTS.items():
        for form in FORMS:
            for prefix in ("/api/v1", ""):
                assert f"{prefix}{rule}.{form}" in rules
                assert ROUTES[f"GET {prefix}{rule}.{form}"] == action


def test_a_list_is_refused_where_it_is_made_too_not_by_its_address_alone(service):
    with service.app.app_context():
        here = context()
    for rule, export in exports.EXPORTS.items():
        role = next((role for role in ROLES if role not in ACTIONS[EXPORTS[rule]]), None)
        if role is None:
            continue
        who = Principal(key_id="k", name="n", role=role)
        asked = here.asked(Reading(principal=who, purpose="case_work", now_us=service.now_us, request_id="r"), {})
        with pytest.raises(NotAllowedError):
            hand_out(asked, export.make, action=EXPORTS[rule], form="csv")


def test_every_list_says_that_it_is_simulated_in_its_language_and_leaves_an_entry(service):
    for rule in EXPORTS:
        says_so(service, rule)


def says_so(service, rule):
    role = next(role for role in ROLES if role in ACTIONS[EXPORTS[rule]] and role != "desk")
    query = f"{QUERIES.get(rule, '')}&office={OFFICE}" if "exports/worklist" in rule else QUERIES.get(rule, "")
    before = len(audit.listed(service.store, limit=1000))
    titles = {}
    for language in ("id", "en"):
        header, _, notes = taken(service, f"{path_of(rule)}.csv?language={language}&{query}", role)
        assert any("DATA SIMULASI" in note for note in notes), rule
        titles[language] = header
        book = openpyxl.load_workbook(
            io.BytesIO(service.get(f"/api/v1{path_of(rule)}.xlsx?language={language}&{query}", role).data)
        )
        assert any("DATA SIMULASI" in str(cell) for row in book.active.iter_rows(values_only=True) for cell in row)
    assert titles["id"] != titles["en"]
    entries = [e for e in audit.listed(service.store, limit=1000)[before:] if e["action"].endswith(".export")]
    assert [e["detail"]["form"] for e in entries] == ["csv", "xlsx"] * 2


def test_what_is_hidden_in_the_region_view_is_hidden_in_its_files(service):
    put_figures(service.store)
    view = service.get(f"/api/v1/region-view?office={OFFICE}").json
    hidden = 0
    for table in ("total", "by_region", "by_agency", "by_month"):
        header, rows, notes = taken(service, f"/exports/region.csv?office={OFFICE}&table={table}&language=en")
        told = [view["total"]] if table == "total" else view[table]
        assert len(rows) == len(told) > 0
        for row, item in zip(rows, told, strict=True):
            for name, text in (FIGURES | INCIDENT_KINDS).items():
                if text.en not in header or name == "share":
                    continue
                cell = row[header.index(text.en)]
                assert cell == (HIDDEN if item[name] is None else str(item[name])), (table, name)
                assert cell == HIDDEN or int(cell) == 0 or int(cell) >= LEAST, (table, name)
                hidden += cell == HIDDEN
        assert any(HIDDEN in note for note in notes)
    assert hidden > 0


def test_steps_that_stall_and_who_delivers_come_as_on_the_page(service):
    put_figures(service.store)
    view = service.get(f"/api/v1/region-view?office={OFFICE}").json
    header, rows, _ = taken(service, f"/exports/region.csv?office={OFFICE}&table=stalls&language=en")
    assert [(row[1], int(row[header.index("Cases waiting")])) for row in rows] == [
        (stall["office_id"], stall["waiting"]) for stall in view["stalls"]
    ]
    _, rows, _ = taken(service, f"/exports/region.csv?office={OFFICE}&table=sources")
    assert [(row[0], int(row[4])) for row in rows] == [(one["source"], one["rows"]) for one in view["sources"]]


def test_every_table_of_an_agency_has_the_rows_of_its_page(service):
    put_figures(service.store)
    view = service.get(f"/api/v1/agencies/{AGENCY}/overview").json
    expected = {name: view["agency"]["events"] if name == "events" else view[name] for name in AGENCY_TABLES}
    for name in AGENCY_TABLES:
        header, rows, _ = taken(service, f"/agencies/{AGENCY}/tables.csv?table={name}&language=en")
        wanted = len(expected["cases"]["by_band"]) + 1 if name == "cases" else len(expected[name])
        assert len(rows) == wanted, name
        assert all(len(row) == len(header) for row in rows)
    cases = {row[0]: row[1] for row in taken(service, f"/agencies/{AGENCY}/tables.csv?table=cases&language=en")[1]}
    assert cases["Contact first"] == HIDDEN
    shared = taken(service, f"/agencies/{AGENCY}/tables.csv?table=shared")[1]
    assert "3275014505900001" not in str(shared)
    assert any(row[5] == HIDDEN for row in shared)


def test_agencies_desks_releases_and_accounts_have_the_rows_of_their_lists(service):
    for path, listed, column, key in (
        ("/exports/agencies.csv?q=AG-", "agencies?q=AG-", 0, "agency_id"),
        ("/exports/desks.csv?kind=clinic", "desks?kind=clinic&limit=200", 0, "office_id"),
        ("/exports/releases.csv?", "releases", 0, "name"),
    ):
        items = service.get(f"/api/v1/{listed}").json["items"]
        rows = taken(service, path)[1]
        assert [row[column] for row in rows] == [item[key] for item in items]
        assert rows
    header, rows, _ = taken(service, "/exports/users.csv?language=en", "admin")
    assert header[0] == "Login"
    assert "password" not in " ".join(cell for row in rows for cell in row if "with a password" not in cell)


def test_another_office_takes_neither_region_nor_desk_along(service):
    key = service.make_key("supervisor", office="O-OTHER")
    headers = {"Authorization": f"Bearer {key}", "X-Purpose": "case_work"}
    for path in (f"/exports/region.csv?table=total&office={OFFICE}", f"/exports/worklist.csv?office={OFFICE}"):
        assert service.client.get(f"/api/v1{path}", headers=headers).status_code == 404, path


def test_a_table_that_there_is_not_is_no_list(service):
    for path in ("/exports/region.csv", "/exports/region.csv?table=persons", f"/agencies/{AGENCY}/tables.csv?table=x"):
        assert service.get(f"/api/v1{path}").status_code == 422, path
    assert service.get("/api/v1/agencies/AG-NOBODY/tables.csv?table=permits").status_code == 404
    assert set(REGION_TABLES) >= {"total", "stalls", "sources"}


def test_a_worklist_to_take_along_says_what_is_missing_and_who_can_supply_it(service):
    listed = service.get(f"/api/v1/worklist?office={OFFICE}").json["items"]
    header, rows, notes = taken(service, f"/exports/worklist.csv?office={OFFICE}&language=en")
    column = header.index("Steps that wait")

    assert [len(row[column].split("; ")) if row[column] else 0 for row in rows] == [len(i["waiting"]) for i in listed]
    for row, item in zip(rows, listed, strict=True):
        assert all(step["title"]["en"] in row[column] for step in item["waiting"])
    careful = any(step["safety"] for item in listed for step in item["waiting"])
    assert careful == any("before speaking alone with the person" in note for note in notes)


def test_a_case_whose_country_is_no_longer_known_names_none():
    assert Say("id").country(None) is None
