from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from risk_service.cli import main
from risk_service.services import keys
from risk_service.services.keys import Secrets
from risk_service.settings import Settings
from risk_service.store import MasterKey, open_store
from tests.service import NOW_US, fill

KEY = re.compile(r"rk_[a-z2-7]{8}_[A-Za-z0-9_-]{43}")


@pytest.fixture
def run(tmp_path):
    """The command line over an installation of its own."""
    return lambda *words: CliRunner().invoke(main, words, env={"RISK_HOME": str(tmp_path)})


def test_a_key_is_printed_once_and_opens_what_it_was_made_for(run, tmp_path):
    made = run("keys", "create", "--role", "investigator", "--office", "BP3MI-74", "--name", "desk 3")
    assert made.exit_code == 0
    key = made.stdout.strip()
    assert KEY.fullmatch(key)

    settings = Settings(home=tmp_path)
    store, secrets = open_store(settings.database_url), Secrets.of(MasterKey.open(settings.keys))
    who = keys.authenticate(store, secrets=secrets, presented=key, now_us=NOW_US)
    assert who is not None
    assert (who.role, who.office, who.name) == ("investigator", "BP3MI-74", "desk 3")
    store.close()

    listed = run("keys", "list").stdout
    assert key.split("_")[1] in listed
    assert key.split("_", 2)[2] not in listed
    assert "BP3MI-74" in listed


def test_a_revoked_key_is_listed_as_such(run):
    key_id = run("keys", "create", "--role", "viewer").stdout.split("_")[1]

    assert run("keys", "revoke", key_id).stdout == f"Revoked: {key_id}\n"
    assert "revoked" in run("keys", "list").stdout
    again = run("keys", "revoke", key_id)
    assert again.exit_code == 2
    assert "was revoked on" in again.stderr


def test_an_empty_list_says_how_to_make_one(run):
    assert "keys create --role" in run("keys", "list").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role", "king"), "'king' is not one of"),
        ((), "Missing option '--role'"),
        (("--role", "viewer", "--expires", "2020-01-01"), "would have expired already"),
        (("--role", "viewer", "--expires", "soon"), "neither a date nor a timestamp"),
    ],
)
def test_what_makes_no_sense_is_one_clear_line(run, words, said):
    got = run("keys", "create", *words)

    assert got.exit_code == 2
    assert said in got.stderr
    assert "Traceback" not in got.output
    assert not KEY.search(got.output)


def test_an_office_that_no_case_belongs_to_is_pointed_out(run, tmp_path):
    store = open_store(Settings(home=tmp_path).database_url)
    fill(tmp_path, store)
    store.close()

    assert (
        "No case in the queue belongs to BP3MI-7"
        in run("keys", "create", "--role", "viewer", "--office", "BP3MI-7").stderr
    )
    assert "No case" not in run("keys", "create", "--role", "viewer", "--office", "O-BP3MI").stderr


def test_a_desk_without_an_office_is_refused_and_one_with_an_office_is_no_mistake(run, tmp_path):
    store = open_store(Settings(home=tmp_path).database_url)
    fill(tmp_path, store)
    store.close()

    for words in (("keys", "create", "--role", "desk"), ("users", "add", "loket", "--name", "L", "--role", "desk")):
        for office in ((), ("--office", " ")):
            got = run(*words, *office)
            assert got.exit_code == 2
            assert got.stdout == ""
            assert "sees one office's list alone and nothing without it. Name the office" in got.stderr
    assert "There are no keys yet" in run("keys", "list").stdout
    assert "No case" not in run("keys", "create", "--role", "desk", "--office", "O-CLINIC-7471").stderr
