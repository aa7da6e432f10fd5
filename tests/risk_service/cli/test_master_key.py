"""A store that was filled under one master key gets no other one, whatever RISK_KEYS says."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner

from models.errors import StoreError
from risk_service.app import create_app
from risk_service.cli import main
from risk_service.store import MasterKey, open_store
from risk_service.store.persons import master_key
from tests.service import JUDGE

COMMANDS = [
    ["ingest", str(JUDGE / "late")],
    ["audit", "export", "--candidate", "C-T3"],
    ["keys", "create", "--role", "viewer"],
    ["retention", "erase", "C-T3", "--reason", "no_basis", "--yes"],
    ["subject", "C-T3", "--out", "file"],
    ["demo", "--prepare-only"],
]


@pytest.fixture
def elsewhere(service, tmp_path):
    """The environment of a service whose folder of keys is not where it was."""
    return service.environment | {"RISK_KEYS": str(tmp_path / "unmounted" / "keys")}


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_where_the_keys_are_not_there_none_are_made(elsewhere, tmp_path, words):
    done = CliRunner().invoke(main, words, env=elsewhere)

    assert done.exit_code == 2
    assert done.stderr.startswith("Error: There is no master key ")
    assert not (tmp_path / "unmounted").exists()


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_another_key_is_refused(elsewhere, tmp_path, words):
    other = tmp_path / "unmounted" / "keys"
    MasterKey.open(other)

    done = CliRunner().invoke(main, words, env=elsewhere)

    assert done.exit_code == 2
    assert done.stderr.startswith("Error: The store was filled under another master key.")
    assert [path.name for path in other.iterdir()] == ["master.key"]


def test_the_server_does_not_start(elsewhere, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    words = [sys.executable, "-m", "risk_service", "serve", "--port", port]

    done = subprocess.run(words, env=os.environ | elsewhere, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: There is no master key ")
    assert not (tmp_path / "unmounted").exists()


def test_a_store_that_holds_nothing_yet_gets_a_key_and_keeps_to_it(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/new.db")
    assert master_key(store, tmp_path / "keys").derive("x") == MasterKey.open(tmp_path / "keys").derive("x")
    with pytest.raises(StoreError, match="There is no master key"):
        master_key(store, tmp_path / "others")
    store.close()


def test_another_server_than_ours_is_held_to_the_key_too(service, tmp_path):
    with pytest.raises(StoreError, match="There is no master key"):
        create_app(replace(service.settings, keys=tmp_path / "unmounted"))
    assert not (tmp_path / "unmounted").exists()
