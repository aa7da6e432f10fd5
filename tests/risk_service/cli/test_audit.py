from __future__ import annotations

import csv
import hashlib
import io
import json

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from risk_service.cli import main
from risk_service.settings import Settings
from risk_service.store import open_store
from risk_service.store.tables import audit


@pytest.fixture
def run(tmp_path):
    """The command line over an installation with three entries in its trail."""

    def run(*words):
        return CliRunner().invoke(main, words, env={"RISK_HOME": str(tmp_path)})

    for role in ("viewer", "analyst", "auditor"):
        run("keys", "create", "--role", role)
    return run


def change(tmp_path, statement):
    store = open_store(Settings(home=tmp_path).database_url)
    with store.writing() as connection:
        connection.execute(statement)
    store.close()


def test_a_whole_trail_holds(run):
    got = run("audit", "verify")

    assert got.exit_code == 0
    assert got.stdout.startswith("The trail holds: 3 entries, head ")


def test_an_altered_entry_is_named_and_has_an_exit_code_of_its_own(run, tmp_path):
    change(tmp_path, sa.update(audit).where(audit.c.entry == 2).values(principal="somebody"))
    got = run("audit", "verify")

    assert got.exit_code == 4
    assert got.stderr == "The trail breaks at entry 2: it was altered.\n"


def test_a_cut_end_shows_with_the_head_kept_elsewhere(run, tmp_path):
    head = tmp_path / "head.txt"
    head.write_text(run("audit", "head").stdout)
    assert run("audit", "verify", "--head", str(head)).exit_code == 0
    change(tmp_path, sa.delete(audit).where(audit.c.entry == 3))

    assert run("audit", "verify").exit_code == 0
    cut = run("audit", "verify", "--head", str(head))
    assert cut.exit_code == 4
    assert "its end was cut" in cut.stderr


def test_a_file_without_a_head_is_said_to_be_none(run, tmp_path):
    other = tmp_path / "notes.txt"
    other.write_text("nothing here")
    got = run("audit", "verify", "--head", str(other))

    assert got.exit_code == 2
    assert "has no head in it" in got.stderr


def test_entries_come_out_as_json_one_a_line(run):
    lines = [json.loads(line) for line in run("audit", "export").stdout.splitlines()]

    assert [line["entry"] for line in lines] == [1, 2, 3, 4]
    assert [line["action"] for line in lines] == ["key.create"] * 3 + ["audit.export"]


def test_an_exported_trail_can_be_checked_without_the_store(run):
    entries = [json.loads(line) for line in run("audit", "export").stdout.splitlines()]
    previous = bytes(32)
    for entry in entries:
        digest = bytes.fromhex(entry.pop("digest"))
        assert bytes.fromhex(entry.pop("previous")) == previous
        entry.pop("at")
        if entry["detail"] is not None:
            entry["detail"] = json.dumps(entry["detail"], sort_keys=True, separators=(",", ":"))
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(previous + text.encode()).digest() == digest
        previous = digest


def test_a_spreadsheet_gets_the_same_entries_and_runs_none_of_them(run):
    run("keys", "create", "--role", "viewer", "--office", "=1+1")
    rows = list(csv.DictReader(io.StringIO(run("audit", "export", "--format", "csv", "--action", "key.create").stdout)))

    assert [row["entry"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[0]["at"].endswith("Z")
    assert (rows[0]["action_indonesian"], rows[0]["action_english"]) == ("membuat kunci akses", "made an access key")
    assert not any(str(cell).startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_the_entries_about_one_person_include_lists_they_were_on(filled, tmp_path):
    import shutil

    from tests.service import open_service

    home = tmp_path / "home"
    shutil.copytree(filled, home)
    store = open_store(Settings(home=home).database_url)
    service = open_service(home, store)
    service.get("/api/v1/cases?limit=200")
    service.get("/api/v1/cases/R-T3")
    service.get("/api/v1/cases/R-FULL")
    store.close()
    got = CliRunner().invoke(main, ["audit", "export", "--candidate", "C-T3"], env={"RISK_HOME": str(home)})

    assert [json.loads(line)["action"] for line in got.stdout.splitlines()] == ["case.list", "case.read"]
