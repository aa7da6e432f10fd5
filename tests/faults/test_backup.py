"""A backup is the whole store and registry, goes back into either database, and is proven by replay."""

from __future__ import annotations

import json
import shutil

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from models.errors import StoreError
from risk_service.cli import main
from risk_service.services import audit
from risk_service.services.backup import backup, check, restore
from risk_service.services.erasures import Erasure, reapply, remember
from risk_service.settings import Settings
from risk_service.store import migrate, open_store, persons
from risk_service.store.tables import METADATA
from tests.faults.kill import contents
from tests.service import NOW_US, fill, open_service
from tests.stores import copy_of

ALL = tuple(METADATA.tables.values())


def everything(store):
    """Every row of every table, what is sealed or named by chance included."""
    with store.reading() as connection:
        return {table.name: sorted(repr(tuple(row)) for row in connection.execute(sa.select(table))) for table in ALL}


@pytest.mark.postgres
def test_a_store_goes_through_backups_into_the_other_database_and_back(tmp_path, sqlite_url, postgresql_url):
    home = tmp_path / "home"
    first = open_store(sqlite_url)
    fill(home, first)
    service = open_service(home, first)
    assert service.get("/api/v1/cases").status_code == 200
    saved = backup(first, tmp_path / "one", registry=service.settings.registry, now_us=NOW_US)
    copy_of("template0", postgresql_url)

    restore(saved.folder, postgresql_url, registry=tmp_path / "registry-2")
    second = open_store(postgresql_url)
    assert everything(second) == everything(first)
    assert migrate.check(second) == []
    assert audit.verify(second).broken is None
    backup(second, tmp_path / "two", registry=tmp_path / "registry-2", now_us=NOW_US)
    third_home = tmp_path / "third"
    shutil.copytree(service.settings.keys, third_home / "keys")
    settings = Settings(home=third_home)
    restore(tmp_path / "two", settings.database_url, registry=settings.registry)
    third = open_store(settings.database_url)

    assert everything(third) == everything(first)
    again = open_service(third_home, third)
    assert again.client.get("/readyz").status_code == 200
    assert again.get("/api/v1/cases").json["items"] == service.get("/api/v1/cases").json["items"]
    for store in (first, second, third):
        store.close()


@pytest.fixture
def saved(service, tmp_path):
    return backup(service.store, tmp_path / "saved", registry=service.settings.registry, now_us=NOW_US).folder


def test_a_restore_drill_on_the_command_line_is_proven_by_replay_and_erases_again(service, saved, tmp_path):
    target = tmp_path / "new"
    shutil.copytree(service.settings.keys, target / "keys")
    for person in ("C-CORR", "C-NOBODY"):
        remember(target, Erasure(candidate_id=person, at_us=NOW_US, under="retention"))
    with (target / "erasures.jsonl").open("a") as file:
        file.write('{"candidate_id": "C-BR')  # a process ended here

    got = CliRunner().invoke(main, ["restore", str(saved), "--replay", "1000"], env={"RISK_HOME": str(target)})

    assert got.exit_code == 0, got.output
    assert "Erased again: 1" in got.stdout
    assert "Replayed" in got.stdout
    store = open_store(Settings(home=target).database_url)
    with store.reading() as connection:
        assert persons.erased_under(connection, "C-CORR") == "retention"
    assert reapply(store, target) == 0
    store.close()
    verified = CliRunner().invoke(main, ["replay", "--all"], env={"RISK_HOME": str(target)})
    assert verified.exit_code == 0, verified.output


def test_a_backup_on_the_command_line_holds_no_keys(service, tmp_path):
    folder = tmp_path / "out" / "monday"

    got = CliRunner().invoke(main, ["backup", str(folder)], env=service.environment)

    assert got.exit_code == 0, got.output
    assert "Saved" in got.stdout
    master = (service.settings.keys / "master.key").read_bytes().strip()
    assert all(master not in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    again = CliRunner().invoke(main, ["backup", str(folder)], env=service.environment)
    assert again.exit_code == 2


@pytest.mark.parametrize(
    ("place", "cause"), [("file/new", "a file is where a folder has to be"), ("x" * 300, "File name too long")]
)
def test_a_place_where_no_backup_can_be_is_one_line_with_what_to_do(service, tmp_path, place, cause):
    (tmp_path / "file").write_text("")
    got = CliRunner().invoke(main, ["backup", str(tmp_path / place)], env=service.environment)

    assert got.exit_code == 2
    assert f"Error: No backup can be written to {tmp_path / place}: {cause}. Name a new folder below one" in got.stderr
    assert got.stderr.count("\n") == 1


def test_a_backup_that_was_damaged_or_does_not_fit_puts_nothing_back(saved, tmp_path):
    url = f"sqlite:///{tmp_path / 'new.db'}"
    part = next((saved / "tables" / "scores").glob("*.parquet"))
    good = part.read_bytes()

    part.write_bytes(good[:-1] + b"?")
    with pytest.raises(StoreError, match=r"tables/scores/00000\.parquet is damaged"):
        restore(saved, url, registry=tmp_path / "registry")
    part.write_bytes(good)
    (saved / "extra").write_text("")
    with pytest.raises(StoreError, match="a file too many"):
        check(saved)
    (saved / "extra").unlink()
    manifest = json.loads((saved / "backup.json").read_text())
    (saved / "backup.json").write_text(json.dumps(manifest | {"rows": manifest["rows"] | {"scores": 1}}))
    with pytest.raises(StoreError, match="rows of scores, and says 1"):
        restore(saved, url, registry=tmp_path / "registry")
    empty = open_store(url, any_revision=True)
    assert migrate.is_empty(empty), "one transaction: the tables are gone with their rows"
    empty.close()
    assert not (tmp_path / "registry").exists()
    (saved / "backup.json").write_text(json.dumps(manifest | {"revision": "9999"}))
    with pytest.raises(StoreError, match="revision 9999"):
        restore(saved, url, registry=tmp_path / "registry")


def test_a_store_or_registry_that_holds_something_is_not_written_over(service, saved, tmp_path):
    before = contents(service.store, ALL)
    with pytest.raises(StoreError, match="store is not empty"):
        restore(saved, service.settings.database_url, registry=tmp_path / "registry")
    with pytest.raises(StoreError, match="holds releases already"):
        restore(saved, f"sqlite:///{tmp_path / 'new.db'}", registry=service.settings.registry)
    assert contents(service.store, ALL) == before


@pytest.mark.postgres
def test_migrations_go_down_and_up_again_with_data_in(store, tmp_path):
    fill(tmp_path / "home", store)
    before = contents(store, ALL)
    revisions = migrate.revisions()

    for revision in reversed(revisions[:-1]):
        migrate.downgrade(store, revision)
        assert migrate.current(store) == revision
    feeds = {name: digest for name, digest in contents(store, ALL).items() if name in ("candidates", "registrations")}
    for revision in revisions[1:]:
        migrate.upgrade(store, revision)
        assert migrate.current(store) == revision

    assert migrate.check(store) == []
    assert {name: before[name] for name in feeds} == feeds
    assert {name: contents(store, ALL)[name] for name in feeds} == feeds
