"""A whole service for tests: a filled store, a release in force, a key for every role, and an application over them."""

from __future__ import annotations

import io
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from models.registry import load_release, promoted
from models.rules import load_rules
from models.times import parse_moment
from risk_service import logs
from risk_service.app import create_app
from risk_service.policy import BOUND, ROLES, Principal, Role
from risk_service.services import keys
from risk_service.services.backup import backup, restore
from risk_service.services.ingest import ingest
from risk_service.services.installation import Installation, install
from risk_service.services.keys import Secrets
from risk_service.services.rescoring import rescore
from risk_service.settings import Settings
from risk_service.store import MasterKey, Store, open_store
from tests.stores import copy_of

JUDGE = Path(__file__).parent / "data" / "judge"
DAY_US = parse_moment("2025-09-10")
NOW_US = parse_moment("2025-09-11T09:00:00+07:00")
INSTALLED_US = parse_moment("2025-01-01")
DESK = "O-DISNAKER-7471"
ADMIN = Principal(key_id="command-line", name="tests", role="admin")


@dataclass
class Service:
    """What a test works with.

    Attributes
    ----------
    now_us
        The application's clock; move it on at will.
    key
        A key of every role that sees all offices, by role.
    started
        Runs that were started in the background.
    log
        Log lines, one JSON object each.
    """

    settings: Settings
    store: Store
    master: MasterKey
    now_us: int = NOW_US
    key: dict[Role, str] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    log: io.StringIO = field(default_factory=io.StringIO)
    app: Flask = field(init=False)

    def __post_init__(self) -> None:
        """Make the application; errors are answered as they are in service, and log lines go to `log`."""
        logs.configure(style="json", level="info", stream=self.log)
        self.app = create_app(self.settings, store=self.store, clock=lambda: self.now_us, start_run=self.started.append)

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs in its environment to work on the same store."""
        return {"RISK_HOME": str(self.settings.home), "RISK_DATABASE_URL": self.settings.database_url}

    @property
    def client(self) -> FlaskClient:
        """A client without a session."""
        return self.app.test_client()

    def make_key(self, role: Role, *, office: str | None = None, expires_at_us: int | None = None) -> str:
        """A new key."""
        return keys.create(
            self.store,
            secrets=Secrets.of(self.master),
            by=ADMIN,
            name=f"{role} of tests",
            role=role,
            office=office,
            expires_at_us=expires_at_us,
            now_us=NOW_US,
        )

    def headers(self, role: Role = "supervisor", *, purpose: str | None = "case_work", **more: str) -> dict[str, str]:
        """Headers of a request by a role."""
        given = {"Authorization": f"Bearer {self.key[role]}", **more}
        return given | ({"X-Purpose": purpose} if purpose else {})

    def get(self, path: str, role: Role = "supervisor", **more):
        """GET by a role, with a purpose."""
        return self.client.get(path, headers=self.headers(role), **more)


def open_service(folder: Path, store: Store, **chosen: object) -> Service:
    """An application over an open store whose keys and registry lie in `folder`."""
    settings = Settings(home=folder, **{"key_sign_in": "always", **chosen})  # type: ignore[arg-type]
    service = Service(settings, store, MasterKey.open(settings.keys))
    service.key = {role: service.make_key(role, office=DESK if role in BOUND else None) for role in ROLES}
    return service


def fill(folder: Path, store: Store) -> None:
    """Deliver the judge's world, put the rules-only release in force, and score everybody as of its day."""
    settings = Settings(home=folder)
    rules = load_rules()
    installation = Installation(registry=settings.registry, keys=settings.keys)
    install(installation, now_us=INSTALLED_US, rules_version=rules.version)
    master = MasterKey.open(settings.keys)
    ingest(store, master, JUDGE / "first", now_us=NOW_US)
    trusted = installation.trusted()
    release = load_release(settings.registry, promoted(settings.registry, trusted), trusted)
    rescore(store, release=release, rules=rules, as_of_us=DAY_US, clock=lambda: NOW_US)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a filled SQLite store, to copy."""
    folder = tmp_path_factory.mktemp("filled")
    store = open_store(Settings(home=folder).database_url)
    fill(folder, store)
    store.close()
    return folder


@pytest.fixture(scope="session")
def filled_postgresql(filled: Path, postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a PostgreSQL database that has all the filled SQLite store has, to copy."""
    folder, home = tmp_path_factory.mktemp("moved"), Settings(home=filled)
    store = open_store(home.database_url)
    backup(store, folder / "backup", registry=home.registry, now_us=NOW_US)
    store.close()
    url = sa.make_url(postgresql).set(database="risk_filled").render_as_string(hide_password=False)
    copy_of("template1", url)
    restore(folder / "backup", url, registry=folder / "registry")
    return url


@pytest.fixture
def filled_postgresql_url(filled_postgresql: str) -> Iterator[str]:
    """URL of a fresh copy of the filled PostgreSQL database."""
    url = sa.make_url(filled_postgresql).set(database="risk_service").render_as_string(hide_password=False)
    copy_of(filled_postgresql, url)
    yield url
    copy_of(None, url)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let a service lie in SQLite, and in PostgreSQL too for tests marked ``everywhere`` or when all run on both."""
    marks = list(metafunc.definition.iter_markers())
    chosen = any(mark.name == "parametrize" and mark.args[0] == "service" for mark in marks)
    if "service" not in metafunc.fixturenames or chosen:
        return
    both = os.environ.get("RISK_TEST_DATABASES") == "both" or any(mark.name == "everywhere" for mark in marks)
    more = [pytest.param("postgresql", marks=pytest.mark.postgres)] if both else []
    metafunc.parametrize("service", ["sqlite", *more], indirect=True)


@pytest.fixture
def service(request: pytest.FixtureRequest, filled: Path, tmp_path: Path) -> Iterator[Service]:
    """A service over a copy of the filled store, in SQLite or PostgreSQL."""
    folder = tmp_path / "home"
    shutil.copytree(filled, folder)
    url = Settings(home=folder).database_url
    if request.param == "postgresql":
        url = request.getfixturevalue("filled_postgresql_url")
    store = open_store(url)
    yield open_service(folder, store, database_url=url)
    store.close()


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    """Where the service of a test can be reached over the network."""
    server = make_server("127.0.0.1", 0, service.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
