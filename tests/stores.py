"""Stores for tests: every test that asks for ``store`` runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from risk_service.store import MasterKey, Store, migrate, open_store
from risk_service.store.engine import make_engine
from tools.postgresql import running

_TEMPLATE = "risk_template"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite store to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "risk.db"
    open_store(f"sqlite:///{path}").close()
    return path


@contextmanager
def postgresql_server(kind: str = "postgresql") -> Iterator[str | None]:
    """URL of a PostgreSQL server of our own; None for the kind ``sqlite``, which needs none."""
    if kind == "sqlite":
        yield None
        return
    with running() as server:
        yield server.get_uri()


def copy_of(template: str | None, url: str) -> None:
    """Make the database of a URL anew as a copy of another one (its URL or name); None: only drop it."""
    name = sa.make_url(url).database
    server = _named(url, "postgres")
    _administer(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    if template is not None:
        source = sa.make_url(template).database if "://" in template else template
        _administer(server, f"CREATE DATABASE {name} TEMPLATE {source}")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a PostgreSQL server of our own, with a migrated template database in it."""
    with postgresql_server() as url:
        assert url is not None
        # A test kills jobs, not the server: it need not wait for the disk.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            _administer(url, f"ALTER SYSTEM SET {setting} = off")
        _administer(url, "SELECT pg_reload_conf()")
        _administer(url, f"CREATE DATABASE {_TEMPLATE}")
        template = open_store(_named(url, _TEMPLATE), any_revision=True)
        migrate.upgrade(template)
        template.close()
        yield url


@pytest.fixture
def postgresql_url(postgresql: str) -> Iterator[str]:
    """URL of a fresh, migrated PostgreSQL database."""
    name = f"risk_{next(_numbers)}"
    _administer(postgresql, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    yield _named(postgresql, name)
    _administer(postgresql, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of a fresh, migrated SQLite store."""
    path = tmp_path / "store" / "risk.db"
    path.parent.mkdir()
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """URL of a fresh store, once on each database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A fresh open store, once on each database."""
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def master() -> MasterKey:
    """A master key."""
    return MasterKey(bytes(range(32)))


def _named(url: str, database: str) -> str:
    return sa.make_url(url).set(database=database).render_as_string(hide_password=False)


def _administer(url: str, statement: str) -> None:
    engine = make_engine(url)
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text(statement))
    engine.dispose()
