"""Secrets are renewed while everything goes on, and a renewal that is killed is taken up."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from models.errors import ReleaseError, StoreError
from models.registry import load_release, promoted
from risk_service.cli import main
from risk_service.services import audit, rotation
from risk_service.services.ingest import ingest
from risk_service.services.installation import Installation
from risk_service.settings import Settings
from risk_service.store import MasterKey, key_file, open_store, persons
from risk_service.store.names import candidates_named
from risk_service.store.tables import FEED_TABLES, name_pieces, people
from tests.service import JUDGE, NOW_US

CANDIDATES = FEED_TABLES["candidates"]


def wrapped(store):
    with store.reading() as connection:
        query = sa.select(people.c.candidate_id, people.c.wrapped_key).where(people.c.wrapped_key.is_not(None))
        return {one: bytes(key) for one, key in connection.execute(query)}


def hashes(store):
    with store.reading() as connection:
        marks = connection.execute(sa.select(CANDIDATES.c.nik_token).where(CANDIDATES.c.nik_token.is_not(None)))
        return {bytes(mark) for mark in marks.scalars()}, set(
            connection.execute(sa.select(name_pieces.c.token)).scalars()
        )


def who(store, master, candidate_id="C-T3"):
    with store.reading() as connection:
        return persons.latest_identity(connection, master, candidate_id)


def found(store, master, identity):
    """Whether a person is found by NIK and by name."""
    with store.reading() as connection:
        by_nik = "C-T3" in persons.with_nik(connection, master, identity.nik)
        return by_nik, "C-T3" in candidates_named(connection, master, [identity.full_name]).people


def keys_of(service):
    return service.settings.keys


@pytest.mark.everywhere
def test_every_key_is_wrapped_anew_and_whoever_has_the_old_file_open_reads_on(service):
    store, folder = service.store, keys_of(service)
    held = MasterKey.open(folder)
    before, identity = wrapped(store), who(store, held)
    token, proof = audit.subject_token(held, "C-T3"), service.get("/api/v1/candidates/C-T3").json

    done = rotation.rotate_master(store, folder)

    assert done.people == len(before)
    assert not set(before.values()) & set(wrapped(store).values())
    assert who(store, held) == identity, "opened before, and read again when it did not fit"
    assert service.get("/api/v1/candidates/C-T3").json == proof, "keys of programs and the server go on"
    assert audit.subject_token(MasterKey.open(folder), "C-T3") == token
    assert found(store, MasterKey.open(folder), identity) == (True, True)
    assert rotation.forget_master(store, folder) == 1
    assert who(store, MasterKey.open(folder)) == identity
    old = MasterKey(key_file.KeyRing.of(held.ring.root))
    with pytest.raises(StoreError, match="does not open"):
        who(store, old)
    with pytest.raises(StoreError, match="no old secret"):
        rotation.forget_master(store, folder)


def test_a_key_wrapped_by_a_process_that_was_started_before_is_not_lost(service):
    store, folder = service.store, keys_of(service)
    held = MasterKey.open(folder)
    rotation.rotate_master(store, folder)
    with store.writing() as connection:
        stale = MasterKey(held.ring)  # knows no folder to read again
        key, kept = stale.new_person("C-STRAGGLER")
        connection.execute(sa.insert(people).values(candidate_id="C-STRAGGLER", wrapped_key=kept))
    sealed = key.seal(b"late")

    rotation.forget_master(store, folder)

    assert MasterKey.open(folder).person("C-STRAGGLER", wrapped(store)["C-STRAGGLER"]).open(sealed) == b"late"


@pytest.mark.everywhere
def test_people_are_read_and_written_about_while_keys_are_wrapped_anew(service, monkeypatch):
    monkeypatch.setattr(rotation, "_AT_ONCE", 3)
    failed, rounds, over = [], [], threading.Event()

    def read_on():
        while not over.is_set():
            got = service.get("/api/v1/candidates/C-T3")
            rounds.append(got.status_code)
            if got.status_code != 200:
                failed.append(got.text)

    reader = threading.Thread(target=read_on)
    reader.start()
    rotation.rotate_master(service.store, keys_of(service))
    rotation.forget_master(service.store, keys_of(service))
    over.set()
    reader.join()

    assert failed == []
    assert rounds
    headers = service.headers("investigator")
    finding = {"finding": "procedural", "note": "sesudah"}
    assert service.client.post("/api/v1/cases/R-T3/findings", headers=headers, json=finding).status_code == 201


@pytest.mark.everywhere
def test_hashes_are_made_anew_and_everybody_is_found_as_before(service, tmp_path):
    store, folder = service.store, keys_of(service)
    held = MasterKey.open(folder)
    identity, before = who(store, held), hashes(store)

    done = rotation.rotate_hashes(store, folder)

    after = hashes(store)
    assert done == len(wrapped(store))
    assert not before[0] & after[0]
    assert not before[1] & after[1]
    assert [len(some) for some in before] == [len(some) for some in after]
    assert found(store, MasterKey.open(folder), identity) == (True, True)
    assert found(store, held, identity) == (True, True), "whoever has the old file open reads the new one"
    again = ingest(store, held, JUDGE / "first", now_us=NOW_US)
    assert again.total("taken") == 0, "rows delivered once more are known"


def _die_in(home, url, what, step):
    store, seen = open_store(url), 0

    def count(_connection, _cursor, statement, *_more):
        nonlocal seen
        seen += statement.split(maxsplit=1)[0] in ("UPDATE", "DELETE", "INSERT")
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(store.engine, "before_cursor_execute", count)
    rotation._AT_ONCE = 5
    getattr(rotation, what)(store, Settings(home=home).keys)


def killed(service, what, step):
    url = service.store.engine.url.render_as_string(hide_password=False)
    arguments = (service.settings.home, url, what, step)
    process = multiprocessing.get_context("spawn").Process(target=_die_in, args=arguments)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.everywhere
def test_a_renewal_that_is_killed_in_the_middle_is_taken_up(service):
    store, folder = service.store, keys_of(service)
    held = MasterKey.open(folder)
    identity, before = who(store, held), wrapped(store)

    killed(service, "rotate_master", 4)

    changed = {one for one, key in wrapped(store).items() if key != before[one]}
    assert 0 < len(changed) < len(before)
    for candidate_id in before:
        who(store, held, candidate_id)
    done = rotation.rotate_master(store, folder)
    assert (done.resumed, done.people) == (True, len(before) - len(changed))
    rotation.forget_master(store, folder)

    marks = hashes(store)
    killed(service, "rotate_hashes", 9)
    mixed = hashes(store)
    assert marks[0] & mixed[0]
    assert mixed[0] - marks[0]
    assert found(store, MasterKey.open(folder), identity) == (True, True), "found while both are in use"
    assert found(store, held, identity) == (True, True)
    with pytest.raises(StoreError, match="being renewed"):
        ingest(store, MasterKey.open(folder), JUDGE / "first", now_us=NOW_US)
    rotation.rotate_hashes(store, folder)
    assert not marks[0] & hashes(store)[0]
    assert found(store, MasterKey.open(folder), identity) == (True, True)
    assert ingest(store, MasterKey.open(folder), JUDGE / "first", now_us=NOW_US).total("taken") == 0


@pytest.fixture
def here(service):
    return Installation(registry=service.settings.registry, keys=service.settings.keys)


def test_releases_of_the_old_signing_key_stay_good_until_the_trust_is_taken_from_it(service, here):
    before = promoted(here.registry, here.trusted())

    done = rotation.rotate_signing(here)

    assert done.new != done.old
    assert promoted(here.registry, here.trusted()) == before
    assert load_release(here.registry, before, here.trusted()).name == before
    assert done.kept.stat().st_mode & 0o077 == 0
    with pytest.raises(ReleaseError, match="the key that signs"):
        rotation.distrust(here, done.new)
    with pytest.raises(ReleaseError):
        rotation.distrust(here, done.old)
    assert (here.trusted_dir / f"{done.old}.pub").exists(), "the release in force rests on it"
    assert service.client.get("/readyz").status_code == 200


def test_a_key_that_nothing_rests_on_can_be_distrusted(here):
    first = rotation.rotate_signing(here)
    second = rotation.rotate_signing(here)

    assert first.new == second.old
    assert rotation.distrust(here, first.new) == []
    assert first.new not in here.trusted()


def test_commands_renew_and_leave_entries(service):
    env = service.environment
    for words in ("rotate-master", "forget-master", "rotate-hashes", "rotate-signing"):
        got = CliRunner().invoke(main, ["keys", words], env=env)
        assert got.exit_code == 0, got.output

    actions = [entry["action"] for entry in audit.listed(service.store, limit=10_000)]
    assert actions[-4:] == ["key.rotate-master", "key.forget-master", "key.rotate-hashes", "key.rotate-signing"]
    assert service.get("/api/v1/candidates/C-T3").status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "risk-service master key 2\ncurrent AAAA\n",
        "risk-service master key 2\ncurrent {k}\nroot {k}\n",
        "risk-service master key 2\ncurrent {k}\ncurrent {k}\nroot {k}\nhashes {k}\n",
        "risk-service master key 2\ncurrent {k}\nroot {k}\nhashes {k}\nother {k}\n",
        "risk-service master key 3\n{k}\n",
    ],
)
def test_a_damaged_file_is_refused(tmp_path, text):
    path = tmp_path / key_file.FILE
    path.touch(mode=0o600)
    path.write_text(text.format(k="QUFB" * 10 + "QUE="))

    with pytest.raises(StoreError, match="no master key"):
        MasterKey.open(tmp_path)
