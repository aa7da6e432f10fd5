from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from models.releases.rules_only import NAME
from models.rules import load_rules
from risk_service.cli import demo
from risk_service.cli._demo import NOTES, Notes, greeting
from risk_service.cli._server import AddressError, bind
from risk_service.policy import Principal
from risk_service.services import audit, keys
from risk_service.services.keys import Secrets
from risk_service.settings import Settings
from risk_service.store import MasterKey, deliveries, open_store
from risk_service.store.runs import last_done, list_runs
from risk_service.store.scores import Wanted, page
from training.frozen import TooFewFindingsError, TrainingError

PEOPLE = 500


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(*words, home, **chosen):
    environment = {**os.environ, "RISK_HOME": str(home), "RISK_WORKERS": "1", "RISK_LOG_LEVEL": "error", **chosen}
    return subprocess.Popen(
        [sys.executable, "-m", "risk_service", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_an_address_is_taken_before_anything_else_is_done(free_port):
    first = bind("127.0.0.1", free_port)
    with pytest.raises(AddressError, match=f"Port {free_port} on 127.0.0.1 is in use") as refused:
        bind("127.0.0.1", free_port)
    first.close()

    assert f"RISK_PORT={free_port + 1}" in str(refused.value)
    bind("127.0.0.1", free_port).close()


@pytest.mark.parametrize("words", [("serve",), ("demo",)])
def test_a_busy_port_is_one_line_and_no_work_is_done(tmp_path, free_port, words):
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        other.listen()
        running = program(*words, home=tmp_path / "home", RISK_PORT=str(free_port))
        out, err = running.communicate(timeout=60)

    assert running.returncode == 2
    assert out == ""
    assert err.count("\n") == 1
    assert "is in use by another program" in err
    assert not (tmp_path / "home").exists()


def test_it_serves_until_interrupted_and_ends_cleanly(filled, tmp_path, free_port):
    home = tmp_path / "home"
    shutil.copytree(filled, home)
    running = program("serve", home=home, RISK_PORT=str(free_port))
    line = running.stdout.readline()
    assert line == f"Serving on http://127.0.0.1:{free_port} (Ctrl-C ends it)\n"
    with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/readyz", timeout=30) as got:
        assert json.load(got)["status"] == "ok"
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)

    assert running.returncode == 0
    assert "Traceback" not in err


def test_any_process_of_a_server_tells_what_all_have_counted(filled, tmp_path, free_port):
    home, shared = tmp_path / "home", tmp_path / "shared"
    shutil.copytree(filled, home)
    shared.mkdir()
    store = open_store(f"sqlite:///{home / 'risk.db'}")
    by = Principal(key_id="command-line", name="tests", role="admin")
    secrets = Secrets.of(MasterKey.open(home / "keys"))
    key = keys.create(
        store, secrets=secrets, by=by, name="watcher", role="auditor", office=None, expires_at_us=None, now_us=1
    )
    running = program("serve", home=home, RISK_PORT=str(free_port), RISK_WORKERS="2", TMPDIR=str(shared))
    running.stdout.readline()
    address = f"http://127.0.0.1:{free_port}"
    sent = 0
    with ThreadPoolExecutor(8) as many:
        while sent < 2000 and len({path.name.split("_")[-1] for path in shared.glob("*/counter_*.db")}) < 2:
            sent += len(list(many.map(lambda _: requests.get(f"{address}/healthz", timeout=30), range(16))))
    headers = {"Authorization": f"Bearer {key}"}
    told = [requests.get(f"{address}/metrics", headers=headers, timeout=30).text for _ in range(6)]
    counted = f'risk_requests_total{{method="GET",route="/healthz",status="200"}} {sent}.0'
    processes = {path.name.split("_")[-1] for path in shared.glob("*/counter_*.db")}
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=60)

    assert all(counted in text for text in told)
    assert len(processes) == 2
    assert list(shared.iterdir()) == []


def test_a_store_that_cannot_be_used_is_one_line(tmp_path, free_port):
    home = tmp_path / "home"
    home.mkdir()
    (home / "risk.db").write_text("this is no database" * 100)
    running = program("serve", home=home, RISK_PORT=str(free_port))
    out, err = running.communicate(timeout=60)

    assert running.returncode == 2
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("RISK_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home")


@pytest.fixture
def no_training(monkeypatch):
    """Too little to learn from, which takes no time."""
    from risk_service.cli import train

    def refuse(*_args, **_more):
        raise TooFewFindingsError("Too few findings to learn from.")

    monkeypatch.setattr(train, "train_and_publish", refuse)


@pytest.mark.usefixtures("no_training")
class TestDemo:
    def test_it_prepares_everything_and_says_how_long_each_stage_took(self, settings, capsys):
        demo.prepare(settings, candidates=PEOPLE)
        said = capsys.readouterr().out

        assert [line.rpartition(" … ")[0] for line in said.splitlines() if " … " in line] == [
            "Prepare keys, database and rules",
            f"Invent {PEOPLE} people and what offices record of them",
            "Take the delivery in",
            "Train a release on what was found, and put it in force",
            "Score everybody",
        ]
        assert all(line.endswith(" s") for line in said.splitlines() if " … " in line)
        assert "Too few findings" in said
        store = open_store(settings.database_url)
        with store.reading() as connection:
            assert deliveries.is_simulated(connection)
            assert last_done(connection).release == NAME
            assert page(connection, Wanted(), limit=1)
        store.close()

    def test_any_other_fault_of_training_stops_it_and_is_tried_again(self, settings, monkeypatch):
        def fail(*_args, **_more):
            raise TrainingError("The tables do not reproduce the estimator.")

        with monkeypatch.context() as patch:
            patch.setattr("risk_service.cli.train.train_and_publish", fail)
            for _ in range(2):
                with pytest.raises(TrainingError, match="do not reproduce"):
                    demo.prepare(settings, candidates=PEOPLE)
        demo.prepare(settings, candidates=PEOPLE)

    def test_a_second_start_keeps_everything(self, settings, capsys):
        demo.prepare(settings, candidates=PEOPLE)
        key = Notes(settings.home / NOTES).read()["key"]
        capsys.readouterr()
        demo.prepare(settings, candidates=PEOPLE)

        assert capsys.readouterr().out.count(" … ") == 1
        assert Notes(settings.home / NOTES).read()["key"] == key
        store = open_store(settings.database_url)
        with store.reading() as connection:
            assert deliveries.last_seq(connection) == 1
            assert len(list_runs(connection)) == 1
        store.close()

    @pytest.mark.parametrize("stage", ["_invent", "ingest", "_train", "rescore", "_keep_key"])
    def test_a_start_that_was_broken_off_is_taken_up(self, settings, monkeypatch, stage):
        whole = getattr(demo, stage)

        def half(*args, **more):
            if stage in ("_invent", "ingest"):
                whole(*args, **more)  # broken off just after, before anything was noted
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(demo, stage, half)
            with pytest.raises(KeyboardInterrupt):
                demo.prepare(settings, candidates=PEOPLE)
        demo.prepare(settings, candidates=PEOPLE)

        store = open_store(settings.database_url)
        with store.reading() as connection:
            assert deliveries.last_seq(connection) == 1
            assert page(connection, Wanted(), limit=1)
        store.close()

    def test_the_key_it_names_works_and_is_readable_by_its_owner_alone(self, settings):
        demo.prepare(settings, candidates=PEOPLE)
        notes = settings.home / NOTES
        key = Notes(notes).read()["key"]
        store, secrets = open_store(settings.database_url), Secrets.of(MasterKey.open(settings.keys))

        assert notes.stat().st_mode & 0o077 == 0
        assert keys.authenticate(store, secrets=secrets, presented=key, now_us=demo.now_us()).role == "supervisor"
        assert audit.verify(store).entries == 1
        store.close()
        said = greeting(settings, address="http://127.0.0.1:8000")
        assert f'curl -H "Authorization: Bearer {key}"' in said
        assert "http://127.0.0.1:8000/" in said

    def test_a_revoked_key_is_replaced(self, settings):
        demo.prepare(settings, candidates=PEOPLE)
        first = Notes(settings.home / NOTES).read()["key"]
        store = open_store(settings.database_url)
        keys.revoke(store, by=demo.operator(), key_id=first.split("_")[1], now_us=demo.now_us())
        store.close()
        demo.prepare(settings, candidates=PEOPLE)

        assert Notes(settings.home / NOTES).read()["key"] != first

    def test_it_never_touches_a_store_of_real_data(self, settings):
        store = open_store(settings.database_url)
        with store.writing() as connection:
            deliveries.set_fact(connection, deliveries.SIMULATED, "false")
        store.close()

        with pytest.raises(demo.DemoError, match="real data"):
            demo.prepare(settings, candidates=PEOPLE)


@pytest.mark.slow
def test_with_enough_people_a_release_is_trained_and_in_force(settings):
    demo.prepare(settings, candidates=2500)
    store = open_store(settings.database_url)
    with store.reading() as connection:
        run = last_done(connection)
        scored = page(connection, Wanted(lane="scored"), limit=200)
    store.close()

    assert run.release != NAME
    assert run.rules_version == load_rules().version
    assert any(score.probability is not None for score in scored)
    assert {score.band for score in scored} >= {"first", "check", "none"}, "every page has something to show"
