"""A release promoted while the server answers is in force at the next request, and no request is lost over it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import requests

from models.registry import promote, publish_release
from risk_service.policy import Principal
from risk_service.services import keys
from risk_service.services.installation import Installation
from risk_service.services.keys import Secrets
from risk_service.store import MasterKey, open_store
from tests.risk_service.api.test_same_as_files import NAME, calibrated_release
from tests.risk_service.api.test_what_if import CASE

NOW = {name: value for name, value in CASE.items() if name != "as_of"}
CALLERS = 4
MOST_SECONDS = 60


def served(home):
    """A server of two processes, its address, and a key."""
    store = open_store(f"sqlite:///{home / 'risk.db'}")
    by = Principal(key_id="command-line", name="tests", role="admin")
    secrets = Secrets.of(MasterKey.open(home / "keys"))
    key = keys.create(
        store, secrets=secrets, by=by, name="caller", role="supervisor", office=None, expires_at_us=None, now_us=1
    )
    store.close()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "RISK_HOME": str(home), "RISK_WORKERS": "2", "RISK_PORT": str(port), "RISK_LOG_LEVEL": "error",
        "RISK_RATE_LIMIT": "1000000 per minute",
    }  # fmt: skip
    command = [sys.executable, "-m", "risk_service", "serve"]
    running = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    running.stdout.readline()
    return running, f"http://127.0.0.1:{port}/api/v1/scores", key


def test_the_next_request_uses_it_and_none_is_dropped(filled, tmp_path):
    home = shutil.copytree(filled, tmp_path / "home")
    running, address, key = served(home)
    answers, over = [], threading.Event()

    def call():
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {key}"
            while not over.is_set():
                asked = time.monotonic()
                got = session.post(address, json=NOW, timeout=60)
                answers.append((asked, got.status_code, got.json().get("release")))

    callers = [threading.Thread(target=call) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    try:
        _until(lambda: len(answers) > CALLERS)
        here = Installation(registry=home / "registry", keys=home / "keys")
        publish_release(here.registry, calibrated_release(), here.signing_key(), card="# tested")
        now_us = time.time_ns() // 1000
        promote(here.registry, NAME, here.signing_key(), here.trusted(), at_us=now_us, by="tests", reason="tested")
        promoted = time.monotonic()
        _until(lambda: sum(asked > promoted for asked, *_ in list(answers)) > 2 * CALLERS)
    finally:
        over.set()
        for caller in callers:
            caller.join()
        running.send_signal(signal.SIGTERM)
        _, errors = running.communicate(timeout=60)

    assert {status for _, status, _ in answers} == {200}
    assert {release for asked, _, release in answers if asked > promoted} == {NAME}
    assert len({release for *_, release in answers}) == 2
    assert "Traceback" not in errors


def _until(true):
    end = time.monotonic() + MOST_SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
