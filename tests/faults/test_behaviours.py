"""What docs/faults.md says happens when something fails: one clear answer, nothing half done, and on it goes."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from models.errors import StoreError
from models.registry import load_release, load_trusted_keys, promoted
from models.rules import load_rules
from models.times import parse_moment
from risk_service.services.ingest import ingest
from risk_service.services.rescoring import WORK, rescore
from risk_service.settings import Settings
from risk_service.store import MasterKey, migrate, open_store
from risk_service.store import deliveries as kept
from risk_service.store.tables import FEED_TABLES, current_scores, deliveries, scores
from tests.models.delivery.writing import write_good
from tests.service import DAY_US, JUDGE, NOW_US, fill, open_service
from tests.stores import copy_of
from tools.postgresql import running

ROOT = Path(__file__).parents[2]
LATE = JUDGE / "late"


@pytest.fixture
def home(filled, tmp_path):
    return shutil.copytree(filled, tmp_path / "home")


@pytest.fixture
def filled_store(home):
    store = open_store(Settings(home=home).database_url)
    yield store
    store.close()


def size_of(store, table):
    with store.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()


def sizes(store):
    return {table.name: size_of(store, table) for table in (*FEED_TABLES.values(), deliveries, scores, current_scores)}


def run(home, *words, limit=None, user=None):
    """The command line, in a process of its own, as other users see it."""
    return subprocess.run(
        [sys.executable, "-m", "risk_service", *map(str, words)],
        env={**os.environ, "RISK_HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=None if limit is None else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        user=user,
        group=user,
        extra_groups=[] if user is not None else None,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_full_disk_ends_an_ingest_with_one_line_and_keeps_nothing_of_it(sqlite_url, master):
    def almost_full(connection, _record):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")

    store = open_store(sqlite_url)
    event.listen(store.engine, "connect", almost_full)
    store.engine.dispose()
    with pytest.raises(StoreError, match="The disk of the store is full; nothing was kept of this"):
        ingest(store, master, JUDGE / "first", now_us=NOW_US)
    assert not any(sizes(store).values())

    event.remove(store.engine, "connect", almost_full)
    store.engine.dispose()
    assert ingest(store, master, JUDGE / "first", now_us=NOW_US).total("taken")
    store.close()


def test_a_disk_that_takes_no_more_bytes_is_one_line_on_the_command_line_too(home, filled_store):
    before = sizes(filled_store)

    got = run(home, "ingest", LATE, limit=40_000)

    assert got.returncode == 2
    assert got.stderr.startswith("Error: ")
    assert len(got.stderr.splitlines()) == 1
    assert sizes(filled_store) == before
    assert run(home, "ingest", LATE).returncode == 0


@pytest.mark.postgres
def test_postgresql_out_of_space_is_the_same_line(postgresql_url):
    store = open_store(postgresql_url)
    full = "DO $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE='53100'; END $$"

    def write():
        with store.writing() as connection:
            kept.set_fact(connection, "half", "done")
            connection.execute(sa.text(full))

    with pytest.raises(StoreError, match="The disk of the store is full"):
        write()
    with store.reading() as connection:
        assert kept.fact(connection, "half") is None
    store.close()


@pytest.mark.postgres
@pytest.mark.slow
def test_the_service_says_that_the_database_is_gone_and_answers_again_once_it_is_back(tmp_path):
    with running() as server:
        url = sa.make_url(server.get_uri()).set(database="gone").render_as_string(hide_password=False)
        copy_of("template0", url)
        store = open_store(url, any_revision=True)
        migrate.upgrade(store)
        fill(tmp_path / "home", store)
        service = open_service(tmp_path / "home", store)
        assert service.client.get("/readyz").status_code == 200

        server.stop()
        ready, cases = service.client.get("/readyz"), service.get("/api/v1/cases")
        alive = service.client.get("/healthz")
        with pytest.raises(StoreError):
            ingest(store, MasterKey.open(service.settings.keys), LATE, now_us=NOW_US)

        assert (ready.status_code, ready.json["checks"]["store"]) == (503, "unavailable")
        assert cases.status_code == 503
        assert cases.headers["Retry-After"]
        assert cases.json["type"] == "urn:risk-service:problem:store"
        assert alive.status_code == 200

        server.start()
        assert service.client.get("/readyz").status_code == 200
        assert service.get("/api/v1/cases").json["items"]
        assert ingest(store, MasterKey.open(service.settings.keys), LATE, now_us=NOW_US).total("taken")
        store.close()


def test_a_folder_that_may_not_be_written_is_one_line(filled):
    # Root may write everywhere, so for root another user tries; pytest's folders are closed to others.
    folder = Path(tempfile.mkdtemp(prefix="risk-readonly-"))
    try:
        folder.chmod(0o755)
        home = shutil.copytree(filled, folder / "home")
        for path in (home, *home.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        user = 65534 if os.geteuid() == 0 else None
        before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}

        got = run(home, "db", "current", user=user)
        taken = run(home, "ingest", LATE, user=user)

        assert taken.returncode == 2, taken.stderr
        assert taken.stderr.startswith("Error: ")
        assert len(taken.stderr.splitlines()) == 1, taken.stderr
        assert "Traceback" not in got.stderr
        assert {path: path.read_bytes() for path in before} == before
    finally:
        for path in (folder, *folder.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(folder)


def test_a_second_rescoring_refuses_and_a_second_ingest_waits(store, tmp_path):
    home = tmp_path / "home"
    fill(home, store)
    settings = Settings(home=home)
    trusted = settings.keys / "trusted"
    keys = load_trusted_keys(trusted)
    release = load_release(settings.registry, promoted(settings.registry, keys), keys)
    other = open_store(store.engine.url.render_as_string(hide_password=False))
    with store.alone(WORK), pytest.raises(StoreError, match="Another process is at the same work"):
        rescore(other, release=release, rules=load_rules(), as_of_us=DAY_US, clock=lambda: NOW_US)
    taken = []
    second = threading.Thread(
        target=lambda: taken.append(ingest(other, MasterKey.open(settings.keys), LATE, now_us=NOW_US))
    )
    with store.alone("ingest"):
        second.start()
        second.join(0.2)
        assert not taken, "it has to wait for the first"
    second.join()
    assert taken[0].seq > 1
    other.close()


def test_a_corrupt_release_scores_nobody_and_the_queue_stays_as_it_was(service):
    name = next(path.name for path in service.settings.registry.iterdir() if path.is_dir())
    terms = service.settings.registry / name / "terms.npz"
    good = terms.read_bytes()
    before = sizes(service.store)
    terms.write_bytes(good[:100] + bytes([good[100] ^ 1]) + good[101:])
    again = open_service(service.settings.home, service.store)

    ready = again.client.get("/readyz")
    listed = again.get("/api/v1/cases")
    rescored = run(service.settings.home, "rescore")

    assert (ready.status_code, ready.json["checks"]) == (503, {"store": "ok", "release": "unavailable"})
    assert listed.status_code == 200
    assert rescored.returncode == 2
    assert len(rescored.stderr.splitlines()) == 1
    assert sizes(service.store) == before
    terms.write_bytes(good)
    assert open_service(service.settings.home, service.store).client.get("/readyz").status_code == 200


def test_stale_feeds_leave_the_service_ready_and_the_cases_untold(service):
    later = parse_moment("2025-10-01")
    case = next(c for c in service.get("/api/v1/cases?order=planned").json["items"] if c["band"] != "insufficient")

    then = service.get(f"/api/v1/cases/{case['case_id']}/score?as_of=2025-10-01").json
    service.now_us = later

    assert then["band"] == "insufficient"
    assert then["probability"] is None
    assert service.client.get("/readyz").status_code == 200
    assert service.get("/api/v1/cases").json["items"][0]["as_of"].startswith("2025-09-10")


def test_a_delivery_of_the_other_kind_and_a_damaged_manifest_are_refused_whole(service, tmp_path):
    before = sizes(service.store)
    real = write_good(tmp_path / "real")
    damaged = shutil.copytree(LATE, tmp_path / "damaged")
    manifest = json.loads((damaged / "manifest.json").read_text())
    feed = next(iter(manifest["feeds"]))
    manifest["feeds"][feed]["sha256"] = "0" * 64
    (damaged / "manifest.json").write_text(json.dumps(manifest))

    for folder in (real, damaged):
        got = run(service.settings.home, "ingest", folder)
        assert got.returncode == 2
        assert len(got.stderr.splitlines()) == 1
    assert sizes(service.store) == before
