from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from risk_service.cli import main

ONCE = re.compile(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}")


@pytest.fixture
def run(tmp_path):
    return lambda *words: CliRunner().invoke(main, words, env={"RISK_HOME": str(tmp_path)})


def test_the_first_administrator_is_made_and_shown_once(run):
    assert "users first" in run("users", "list").stdout
    assert ONCE.search(run("users", "first").stdout)
    again = run("users", "first").stdout
    assert not ONCE.search(again)
    assert "already" in again
    assert "has to choose a password" in run("users", "list").stdout


def test_accounts_are_made_disabled_enabled_and_reset(run):
    run("users", "first")
    made = run("users", "add", "wati", "--name", "Wati", "--role", "viewer", "--office", "O-1")
    assert ONCE.fullmatch(made.stdout.strip())
    assert run("users", "disable", "wati").exit_code == 0
    assert "disabled" in run("users", "list").stdout
    assert run("users", "enable", "wati").exit_code == 0
    assert ONCE.fullmatch(run("users", "reset", "wati").stdout.strip()) is not None
    assert run("users", "end-sessions", "wati").stdout == "Ended: 0\n"
    provided = run("users", "add", "budi", "--name", "Budi", "--role", "viewer", "--provider")
    assert not ONCE.search(provided.output)


def test_what_cannot_be_is_one_clear_line(run):
    run("users", "first")
    for words, said in (
        (("disable", "admin"), "only administrator"),
        (("reset", "nobody"), "no such account"),
        (("add", "admin", "--name", "x", "--role", "viewer"), "already"),
        (("add", "no spaces", "--name", "x", "--role", "viewer"), "A login has"),
    ):
        got = run("users", *words)
        assert got.exit_code == 2
        assert said in got.stderr
        assert "Traceback" not in got.output


def test_a_key_is_rotated_from_the_command_line(run):
    key_id = run("keys", "create", "--role", "feeder", "--only", "delivery.write").stdout.split("_")[1]
    made = run("keys", "rotate", key_id, "--overlap-days", "0")
    listed = run("keys", "list").stdout

    assert re.fullmatch(r"rk_[a-z2-7]{8}_[A-Za-z0-9_-]{43}\n", made.stdout)
    assert "expired" in listed
    assert listed.count("delivery.write") == 2
    assert run("keys", "create", "--role", "viewer", "--lasting").exit_code == 0
    assert "never" in run("keys", "list").stdout
