"""What is too old goes, whole, whatever happens in between; what was erased stays so."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from models.registry import load_release, promoted
from models.rules import load_rules
from models.times import US_PER_DAY
from risk_service.cli import main
from risk_service.policy import Principal
from risk_service.services import audit, retention
from risk_service.services.audit import Reading
from risk_service.services.backup import backup, restore
from risk_service.services.erasures import listed, reapply
from risk_service.services.ingest import ingest
from risk_service.services.installation import Installation
from risk_service.services.releases import Releases
from risk_service.services.replay import Which, replay, replay_many
from risk_service.services.rescoring import WORK, rescore
from risk_service.services.retention import Policy
from risk_service.settings import Settings
from risk_service.store import MasterKey, access_tables, open_store, persons, sessions
from risk_service.store import scores as scores_kept
from risk_service.store.casework_tables import corrections, findings, own_views
from risk_service.store.sessions import Session
from risk_service.store.tables import FEED_TABLES, METADATA, current_scores, erased_scores, people, scores
from tests.service import DAY_US, NOW_US, open_service

POLICY = Policy(unconfirmed_days=90, confirmed_months=24)
JOB = Reading(principal=Principal(key_id="command-line", name="tests", role="admin"), purpose=None, now_us=NOW_US)
LATER_US = NOW_US + 200 * US_PER_DAY
MUCH_LATER_US = NOW_US + 3 * 365 * US_PER_DAY


def at(now_us):
    return Reading(principal=JOB.principal, purpose=None, now_us=now_us)


def score_again(service, as_of_us):
    settings = service.settings
    here = Installation(registry=settings.registry, keys=settings.keys)
    release = load_release(here.registry, promoted(here.registry, here.trusted()), here.trusted())
    return rescore(service.store, release=release, rules=load_rules(), as_of_us=as_of_us, clock=lambda: as_of_us)


def rows(store, table, *conditions):
    with store.reading() as connection:
        return connection.execute(sa.select(table).where(*conditions)).mappings().all()


def unerased(store):
    return {row["candidate_id"] for row in rows(store, people, people.c.wrapped_key.is_not(None))}


def run(service, now_us, policy=POLICY):
    return retention.run(service.store, service.master, policy, home=service.settings.home, reading=at(now_us))


def with_findings(service):
    with service.store.reading() as connection:
        return set(retention.retention.findings_that_count(connection)) & unerased(service.store)


def test_who_is_in_the_queue_or_recent_stays(service):
    recent = {row["candidate_id"] for row in rows(service.store, scores)}
    before = unerased(service.store)

    done = run(service, NOW_US)

    assert done.scores == 0
    assert recent & before <= unerased(service.store)


def opened(number, **times):
    return Session(
        digest=bytes([number]),
        session_id=f"s{number}",
        user_id=None,
        key_id=None,
        address="10.0.0.1",
        opened_at_us=NOW_US,
        seen_at_us=NOW_US,
        **times,
    )


@pytest.mark.everywhere
def test_sessions_and_failed_attempts_go_90_days_after_they_are_over(service):
    later = NOW_US + 90 * US_PER_DAY
    with service.store.writing() as connection:
        for number, (ends, ended) in enumerate([(NOW_US, None), (later, NOW_US), (NOW_US + 1, None), (later, None)]):
            sessions.add_session(connection, opened(number, ends_at_us=ends, ended_at_us=ended))
        for about, since in ((b"old", NOW_US), (b"new", NOW_US + 1)):
            assert sessions.take_attempt(connection, about, now_us=since, window_us=1, most=9) is None

    assert retention.due(service.store, POLICY, now_us=later).sessions == 2
    assert run(service, later).sessions == 2
    assert {row["session_id"] for row in rows(service.store, access_tables.sessions)} == {"s2", "s3"}
    assert [bytes(row["about"]) for row in rows(service.store, access_tables.attempts)] == [b"new"]


@pytest.mark.everywhere
def test_without_a_finding_90_days_and_with_one_24_months(service):
    kept, everybody = with_findings(service), unerased(service.store)
    assert kept
    assert kept != everybody
    score_again(service, LATER_US - 100 * US_PER_DAY)
    with service.store.reading() as connection:
        active = set(connection.execute(sa.select(current_scores.c.candidate_id)).scalars())

    said = retention.due(service.store, POLICY, now_us=LATER_US)
    done = run(service, LATER_US)

    assert vars(said) == vars(done)
    assert done.unconfirmed > 0
    assert done.confirmed == 0
    assert unerased(service.store) == kept | active & everybody
    assert vars(run(service, LATER_US)) == vars(retention.Due()), "nothing is left for a second run"
    score_again(service, MUCH_LATER_US)
    last = run(service, MUCH_LATER_US + 100 * US_PER_DAY)
    assert last.confirmed == len(kept)
    assert unerased(service.store) <= {row["candidate_id"] for row in rows(service.store, current_scores)}
    outcomes = FEED_TABLES["outcomes"]
    assert kept <= {row["candidate_id"] for row in rows(service.store, outcomes)}, "labels stay, without a name"
    entries = [e for e in audit.listed(service.store, limit=10_000) if e["action"] == "person.erase"]
    assert len(entries) == done.unconfirmed + last.confirmed + last.unconfirmed
    went = everybody - unerased(service.store)
    assert {e["subject"] for e in entries} == {audit.subject_token(service.master, one) for one in went}
    assert audit.verify(service.store).broken is None


def test_a_replay_of_an_erased_score_says_so_and_its_number_is_not_given_again(service):
    numbers = {row["score_id"] for row in rows(service.store, scores)}
    score_again(service, LATER_US - 100 * US_PER_DAY)
    run(service, LATER_US)
    gone = numbers - {row["score_id"] for row in rows(service.store, scores)}
    releases = Releases(registry=service.settings.registry, trusted=service.settings.keys / "trusted")

    for number in sorted(gone)[:3]:
        found = replay(service.store, number, releases=releases, rules=load_rules())
        assert found.state == "erased"
        assert found.notes == ("erased under retention: 90 days without a finding",)
    assert replay_many(service.store, Which(), releases=releases, rules=load_rules()).holds
    with service.store.writing() as connection:
        connection.execute(sa.delete(current_scores))
        connection.execute(sa.delete(scores))
        assert scores_kept.last_number(connection) == max(numbers)


def erase(service, candidate_id="C-T3", reason="subject_request", role="supervisor"):
    path = f"/api/v1/candidates/{candidate_id}/erasure"
    return service.client.post(path, headers=service.headers(role), json={"reason": reason})


def write_about(service):
    headers = service.headers("investigator")
    finding = {"finding": "procedural", "note": "Penanda dalam catatan", "own_view": "unsure"}
    assert service.client.post("/api/v1/cases/R-T3/findings", headers=headers, json=finding).status_code == 201
    correction = {
        "feed": "registrations",
        "key": {"registration_id": "R-T3"},
        "values": {"scheme": "independent"},
        "reason": "Penanda dalam alasan",
    }
    assert service.client.post("/api/v1/cases/R-T3/corrections", headers=headers, json=correction).status_code == 201


@pytest.mark.everywhere
def test_one_person_is_erased_on_request_with_everything_written_about_them(service):
    write_about(service)
    assert service.get("/api/v1/worklist?office=O-BP3MI").status_code == 200
    (raised,) = rows(service.store, corrections, corrections.c.candidate_id == "C-T3")
    decide, decision = f"/api/v1/corrections/{raised['correction_id']}/decide", {"accept": False, "reason": "Penanda"}
    who = service.headers("supervisor")
    decided = service.client.post(decide, headers=who, json=decision)
    assert decided.json["replaced"], decided.text

    got = erase(service)

    assert got.status_code == 200, got.text
    assert got.json["scores"] >= 1
    for path in ("cases/R-T3", "cases/R-T3/score", "cases/R-T3/scores", "candidates/C-T3", "cases/R-T3/letter.pdf"):
        gone = service.get(f"/api/v1/{path}")
        assert (gone.status_code, gone.json["type"]) == (410, "urn:risk-service:problem:erased"), path
    for table in (scores, current_scores, own_views):
        assert rows(service.store, table, table.c.candidate_id == "C-T3") == []
    (finding,) = rows(service.store, findings, findings.c.candidate_id == "C-T3")
    assert (finding["note"], finding["finding"]) == (None, "procedural")
    (correction,) = rows(service.store, corrections, corrections.c.candidate_id == "C-T3")
    assert {correction[name] for name in ("content", "reason", "decision", "replaced")} == {None}
    (entry,) = [e for e in audit.listed(service.store, limit=10_000) if e["action"] == "person.erase"]
    assert entry["purpose"] == "case_work"
    assert entry["subject"] == audit.subject_token(service.master, "C-T3")
    assert entry["detail"]["under"] == "request: subject_request"
    assert [one.candidate_id for one in listed(service.settings.home)] == ["C-T3"]
    assert erase(service).status_code == 409
    assert service.get("/api/v1/worklist?office=O-BP3MI").status_code == 200


def test_nobody_but_a_supervisor_of_the_office_erases_and_a_reason_is_needed(service):
    assert erase(service, role="investigator").status_code == 403
    assert erase(service, role="admin").status_code == 403
    assert erase(service, reason="because").status_code == 422
    assert erase(service, "C-NOBODY").status_code == 404
    elsewhere = {"Authorization": f"Bearer {service.make_key('supervisor', office='O-OTHER')}", "X-Purpose": "audit"}
    path = "/api/v1/candidates/C-T3/erasure"
    assert service.client.post(path, headers=elsewhere, json={"reason": "no_basis"}).status_code == 404
    assert "C-T3" in unerased(service.store)
    assert list(listed(service.settings.home)) == []


def test_who_was_erased_on_request_is_not_scored_again_nor_named_by_a_later_delivery(service, tmp_path):
    erase(service)

    score_again(service, DAY_US + US_PER_DAY)
    deliver(service, tmp_path, "C-T3", "2025-12-01T08:00:00+07:00")

    assert rows(service.store, current_scores, current_scores.c.candidate_id == "C-T3") == []
    assert "C-T3" not in unerased(service.store)
    table = FEED_TABLES["candidates"]
    kept = rows(service.store, table, table.c.candidate_id == "C-T3")
    assert {(row["sealed"], row["nik_token"], row["nik_birth"]) for row in kept} == {(None, None, None)}
    assert service.get("/api/v1/candidates/C-T3").status_code == 410


def deliver(service, tmp_path, candidate_id, recorded_at):
    folder = tmp_path / f"again-{recorded_at[:10]}"
    folder.mkdir()
    (folder / "candidates.csv").write_text(
        "candidate_id,nik,full_name,birth_date,enrolled_as,work_evidence,office,recorded_at\n"
        f"{candidate_id},7471011503950001,Nama Baru,1995-03-15,registered,none,O-BP3MI,{recorded_at}\n"
    )
    manifest = {"contract": "feeds/1", "source": "judge", "produced_at": recorded_at, "simulated": True, "feeds": {}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    ingest(service.store, service.master, folder, now_us=MUCH_LATER_US)


def test_who_was_erased_by_age_and_comes_back_is_a_person_again_from_then_on(service, tmp_path):
    score_again(service, LATER_US - 100 * US_PER_DAY)
    run(service, LATER_US)
    assert "C-T3" not in unerased(service.store)

    deliver(service, tmp_path, "C-T3", "2025-09-02T08:00:00+07:00")
    assert "C-T3" not in unerased(service.store), "an old row delivered once more brings nobody back"
    deliver(service, tmp_path, "C-T3", "2027-01-05T08:00:00+07:00")

    with service.store.reading() as connection:
        assert persons.latest_identity(connection, service.master, "C-T3").full_name == "Nama Baru"
        table = FEED_TABLES["candidates"]
        before = table.c.recorded_at < LATER_US
        assert set(connection.execute(sa.select(table.c.sealed).where(before, table.c.candidate_id == "C-T3"))) == {
            (None,)
        }
    assert reapply(service.store, service.settings.home) == 0, "the list is of before"
    assert "C-T3" in unerased(service.store)


def test_a_restore_of_an_older_backup_erases_again(service, tmp_path):
    home = service.settings.home
    saved = backup(service.store, tmp_path / "saved", registry=service.settings.registry, now_us=NOW_US).folder
    write_about(service)
    erase(service)
    target = tmp_path / "new"
    shutil.copytree(service.settings.keys, target / "keys")
    shutil.copy(home / "erasures.jsonl", target)

    got = CliRunner().invoke(main, ["restore", str(saved), "--replay", "50"], env={"RISK_HOME": str(target)})

    assert got.exit_code == 0, got.output
    assert "Erased again: 1" in got.stdout
    again = open_service(target, open_store(Settings(home=target).database_url))
    assert again.get("/api/v1/candidates/C-T3").status_code == 410
    assert rows(again.store, scores, scores.c.candidate_id == "C-T3") == []
    again.store.close()
    plain = tmp_path / "plain.db"
    restore(saved, f"sqlite:///{plain}", registry=tmp_path / "registry")
    without = open_store(f"sqlite:///{plain}")
    with without.reading() as connection:
        assert persons.latest_identity(connection, service.master, "C-T3") is not None, "the backup itself still has it"
    without.close()


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_no_byte_of_key_or_sealed_text_is_left_in_the_files_of_sqlite(service):
    table = FEED_TABLES["candidates"]
    (key,) = rows(service.store, people, people.c.candidate_id == "C-T3")
    secrets = [
        key["wrapped_key"],
        *(row["sealed"] for row in rows(service.store, table, table.c.candidate_id == "C-T3")),
    ]
    files = [path for path in service.settings.home.glob("risk.db*") if path.suffix != ".lock"]
    with service.store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert all(any(secret in path.read_bytes() for path in files) for secret in secrets)

    erase(service)

    for path in files:
        if path.exists():
            content = path.read_bytes()
            assert not any(secret in content for secret in secrets)


def _die_in(home, url, step):
    """Run the retention and die at the so-manieth statement that changes something."""
    store, seen = open_store(url), 0

    def count(_connection, _cursor, statement, *_more):
        nonlocal seen
        seen += statement.split(maxsplit=1)[0] in ("UPDATE", "DELETE", "INSERT")
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(store.engine, "before_cursor_execute", count)
    master = MasterKey.open(Settings(home=home).keys)
    retention.AT_ONCE = 7
    retention.run(store, master, POLICY, home=home, reading=at(LATER_US))


@pytest.mark.everywhere
def test_a_run_that_is_killed_leaves_everybody_whole_or_gone_and_the_next_run_goes_on(service):
    score_again(service, LATER_US - 100 * US_PER_DAY)
    expected = retention.due(service.store, POLICY, now_us=LATER_US)
    store, home = service.store, service.settings.home
    url = store.engine.url.render_as_string(hide_password=False)
    start = multiprocessing.get_context("spawn")
    for step in (5, 60, 90):
        process = start.Process(target=_die_in, args=(home, url, step))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        for work in ("ingest", WORK, "retention"):
            with store.alone(work, wait=True):
                pass  # a database lets go of what somebody held only when it notices that they are gone

        gone = {row["candidate_id"] for row in rows(store, people, people.c.wrapped_key.is_(None))}
        table = FEED_TABLES["candidates"]
        sealed = {row["candidate_id"] for row in rows(store, table, table.c.sealed.is_not(None))}
        scored = {row["candidate_id"] for row in rows(store, scores)}
        assert not gone & (sealed | scored), "half gone"
        assert gone <= {one.candidate_id for one in listed(home)}

    run(service, LATER_US)

    assert retention.due(store, POLICY, now_us=LATER_US).unconfirmed == 0
    erased = [row for row in rows(store, people) if row["wrapped_key"] is None]
    assert len(erased) == expected.unconfirmed
    assert len(rows(store, erased_scores)) == expected.scores + expected.replaced_scores
    assert audit.verify(store).broken is None


def test_the_command_says_what_would_go_and_lets_it_go(service, monkeypatch):
    score_again(service, LATER_US - 100 * US_PER_DAY)
    from risk_service.cli import retention as command

    monkeypatch.setattr(command, "now_us", lambda: LATER_US)
    env = service.environment
    before = len(unerased(service.store))

    said = CliRunner().invoke(main, ["retention", "run", "--dry-run"], env=env)
    assert said.exit_code == 0, said.output
    assert "persons without a finding" in said.stdout
    assert len(unerased(service.store)) == before
    done = CliRunner().invoke(main, ["retention", "run"], env=env)

    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[1:] == said.stdout.splitlines()[1:]
    assert len(unerased(service.store)) < before
    one = min(unerased(service.store))
    got = CliRunner().invoke(main, ["retention", "erase", one, "--reason", "no_basis", "--yes"], env=env)
    assert got.exit_code == 0, got.output
    assert one not in unerased(service.store)


def test_the_command_asks_only_about_somebody_it_can_erase(service, monkeypatch):
    from risk_service.cli import retention as command

    monkeypatch.setattr(command, "now_us", lambda: LATER_US)
    words, env = ["retention", "erase", "--reason", "no_basis"], service.environment
    one = min(unerased(service.store))
    erased = CliRunner().invoke(main, [*words, one], env=env, input="y\n")
    assert (erased.exit_code, "Go on?" in erased.output) == (0, True)
    for nobody in ("C-NOBODY", one):
        refused = CliRunner().invoke(main, [*words, nobody], env=env, input="y\n")
        assert (refused.exit_code, "Go on?" in refused.output) == (2, False), nobody


def test_every_table_that_names_a_person_is_thought_of():
    """A new table with a candidate_id has to be put on one of the lists of what goes and what stays."""
    from risk_service.store import erasing

    stay = {
        *FEED_TABLES,
        *(f"pending_{name}" for name in FEED_TABLES),
        "linked_candidates",
        "people",
        "named_people",
        "name_pieces",
    }
    stay |= {"rows_since"}  # who has rows of a delivery, as the feeds say too
    gone = {table.name for table in erasing._REMOVED} | {table.name for table, _ in erasing._BLANKED}
    known = stay | gone | {"scores", "worklist_items"}

    assert {name for name, table in METADATA.tables.items() if "candidate_id" in table.c} <= known
