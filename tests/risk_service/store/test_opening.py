"""A store opens ready, or says in one line why not."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.errors import StoreError
from risk_service.store import Store, migrate, open_store


def test_a_new_sqlite_store_is_made_ready_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "risk.db"
    store = open_store(f"sqlite:///{path}")
    assert migrate.current(store) == migrate.HEAD
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    store.close()


def test_processes_that_start_together_make_one_store(tmp_path: Path) -> None:
    def start(_: int) -> str | None:
        store = open_store(f"sqlite:///{tmp_path / 'risk.db'}")
        revision = migrate.current(store)
        store.close()
        return revision

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(start, range(4))) == {migrate.HEAD}


def test_the_tables_are_those_of_the_code(store: Store) -> None:
    assert migrate.check(store) == []


def test_migrations_lead_down_and_up_again_step_by_step(store: Store) -> None:
    for revision in [*reversed(migrate.revisions()[:-1]), "base"]:
        migrate.downgrade(store, revision)
        assert migrate.current(store) == (None if revision == "base" else revision)
    for revision in migrate.revisions():
        migrate.upgrade(store, revision)
    assert migrate.check(store) == []


def test_the_newest_migration_is_the_one_the_code_asks_for() -> None:
    assert migrate.revisions()[-1] == migrate.HEAD


def test_an_older_store_asks_to_be_migrated(store: Store, store_url: str) -> None:
    migrate.downgrade(store, migrate.revisions()[0])
    with pytest.raises(StoreError, match="Run: risk-service db upgrade"):
        open_store(store_url)


def test_a_newer_store_is_refused(store: Store, store_url: str) -> None:
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="9999, which this version of risk-service does not know"):
        open_store(store_url)


@pytest.mark.postgres
def test_an_empty_postgresql_database_waits_for_its_migration(postgresql: str) -> None:
    with pytest.raises(StoreError, match="holds no store yet"):
        open_store(postgresql)


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE other (x)")
    connection.close()
    with pytest.raises(StoreError, match="holds no store yet"):
        open_store(f"sqlite:///{path}")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "no database URL. Write sqlite:///path/risk.db or postgresql://"),
        ("postgresql://user:secret@host:port/name", "no database URL. Write sqlite:///path/risk.db or postgresql://"),
        ("mysql://x/y", "SQLite or PostgreSQL"),
        ("sqlite://", "in memory"),
        ("sqlite:////proc/none/risk.db", "cannot be used: No such file or directory. Check the path in RISK_DATABASE"),
        ("sqlite:////proc", "does not answer: unable to open database file. Check the path in RISK_DATABASE_URL"),
    ],
)
def test_a_url_that_names_no_store(url: str, said: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "risk.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match=r"damaged or is no database\. Check that RISK_DATABASE_URL names the store"):
        open_store(f"sqlite:///{path}")


def test_a_server_that_is_not_there_is_said_so_without_the_password() -> None:
    with pytest.raises(StoreError, match="does not answer") as caught:
        open_store("postgresql://somebody:geheim@127.0.0.1:1/none")
    assert "Check that the server is at work, and host, port" in str(caught.value)
    assert "geheim" not in str(caught.value)


def break_off(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(sa.text("INSERT INTO facts (name, value) VALUES ('a', 'b')"))
        raise RuntimeError("half-way")


def test_nothing_is_kept_of_a_change_that_fails(store: Store) -> None:
    with pytest.raises(RuntimeError, match="half-way"):
        break_off(store)
    with store.reading() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM facts")).scalar() == 0


def test_a_reader_sees_one_state_whatever_is_written_meanwhile(store: Store) -> None:
    count = sa.text("SELECT count(*) FROM facts")
    with store.reading() as reader:
        assert reader.execute(count).scalar() == 0
        with store.writing() as writer:
            writer.execute(sa.text("INSERT INTO facts (name, value) VALUES ('a', 'b')"))
        assert reader.execute(count).scalar() == 0
    with store.reading() as reader:
        assert reader.execute(count).scalar() == 1


def test_work_that_only_one_process_may_do_is_refused_to_a_second(store: Store, store_url: str) -> None:
    other = open_store(store_url)
    with store.alone("work"), pytest.raises(StoreError, match="Another process"), other.alone("work"):
        pass
    with other.alone("work"):
        pass
    other.close()
