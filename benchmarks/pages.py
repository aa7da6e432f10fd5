"""How long pages of the console and filters of the list of cases take over many cases, on SQLite and PostgreSQL.

Use
---
``make bench ARGS=pages``
    A million cases, which takes some minutes to make and about 5 GB below the temporary folder.
``BENCH_CASES=20000 make bench ARGS=pages``
    Another number of them.

Every figure is a p50 or p95 of requests that go through the whole application, signed in, audit entry and all, in one
process over a store whose pages lie in memory.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from benchmarks import _crowd
from benchmarks._figures import Figure
from risk_service import logs
from risk_service.app import create_app, settle
from risk_service.policy import ROUTES, Principal, Role
from risk_service.services import keys
from risk_service.services.keys import Secrets
from risk_service.settings import Settings
from risk_service.store import MasterKey, Store
from risk_service.store.names import latest_identities
from risk_service.store.tables import current_scores
from tools import postgresql

CASES: Final = 1_000_000
REPEATS: Final = 21
_MIDDLE: Final = dt.date(2026, 5, 1)
_HTML: Final = {"Accept": "text/html"}
_WHO: Final[dict[str, Role]] = {"audit.read": "auditor", "user.manage": "admin", "release.read": "supervisor"}
_BY: Final = Principal(key_id="command-line", name="benchmark", role="admin")
_NO_PAGES: Final = re.compile(r"^/(api|static|sign-in/|healthz|readyz|metrics|openapi)|\.(pdf|csv|xlsx)$|/export$|^/$")


def measure() -> Iterator[Figure]:
    """Yield a p95 per page and per filter, on each database."""
    logs.configure(style="json", level="warning", stream=sys.stderr)
    cases = int(os.environ.get("BENCH_CASES", CASES))
    with tempfile.TemporaryDirectory(prefix="bench-pages-") as folder:
        yield from _measured("SQLite", Path(folder) / "sqlite", cases, url=None, pages=True)
    with tempfile.TemporaryDirectory(prefix="bench-pages-") as folder, postgresql.running() as server:
        yield from _measured("PostgreSQL", Path(folder) / "postgresql", cases, url=server.get_uri(), pages=False)


def _measured(name: str, home: Path, cases: int, *, url: str | None, pages: bool) -> Iterator[Figure]:
    home.mkdir()
    start = time.perf_counter()
    store = _crowd.make(home, cases=cases, url=url)
    yield Figure(f"{name}: make {cases:,} cases", time.perf_counter() - start, "s")
    try:
        yield from figures(name, home, store, pages=pages)
    finally:
        store.close()


def figures(
    name: str, home: Path, store: Store, *, pages: bool, now_us: int = _crowd.NOW_US, middle: dt.date = _MIDDLE
) -> Iterator[Figure]:
    """Yield the figures of a store that is there.

    Parameters
    ----------
    now_us
        What the application takes for the present, UTC microseconds.
    middle
        A day in the midst of the departures to come.
    """
    asked = Asked(home, store, now_us=now_us)
    if pages:
        largest = asked.offices()[0]
        for rule, access in ROUTES.items():
            method, _, path = rule.partition(" ")
            if method == "GET" and not _NO_PAGES.search(path):
                role = _WHO.get(access, "supervisor")
                yield Figure(f"{name}: page {path}", asked.page(path, role)[1], "ms p95")
                if role == "supervisor":
                    yield Figure(f"{name}: page {path}, of {largest}", asked.page(path, role, largest)[1], "ms p95")
        yield Figure(f"{name}: page /search, by name, everybody", asked.search(None)[1], "ms p95")
        for office in asked.offices():
            yield Figure(f"{name}: page /search, by name, people of {office}", asked.search(office)[1], "ms p95")
    for what, query in asked.filters(middle):
        half, most = asked.list_of_cases(query)
        yield Figure(f"{name}: GET /cases, {what}", half, "ms p50")
        yield Figure(f"{name}: GET /cases, {what}", most, "ms p95")


class Asked:
    """An application over a store, asked as officers and programs ask it."""

    def __init__(self, home: Path, store: Store, *, now_us: int = _crowd.NOW_US) -> None:
        self.store, self.now_us = store, now_us
        self.settings = Settings(home=home, key_sign_in="always", rate_limit="1000000 per minute")
        self.app: Flask = create_app(self.settings, store=store, clock=lambda: now_us, start_run=lambda _: None)
        settle()  # as a server does
        self.secrets = Secrets.of(MasterKey.open(self.settings.keys))
        self.clients: dict[tuple[Role, str | None], FlaskClient] = {}
        with store.reading() as connection:
            rows = connection.execute(_some_cases()).all()
            self.office = str(rows[0].office)
            self.some: dict[str | None, Sequence[Any]] = {None: rows[:: max(1, len(rows) // REPEATS)]}
            self.desk = connection.execute(
                sa.text("SELECT office_id FROM waiting_steps WHERE office_id <> '' LIMIT 1")
            ).scalar_one_or_none()

    def page(self, rule: str, role: Role, office: str | None = None) -> tuple[float, float]:
        """P50 and p95 of a page in milliseconds, for somebody of an office; None: of none."""
        client = self._signed_in(role, office)
        rows = itertools.cycle(self._rows(office))

        def ask() -> None:
            row = next(rows)
            known = {
                "case_id": row.case_id,
                "candidate_id": row.candidate_id,
                "agency_id": row.agency_id,
                "office_id": self.desk or "none",
            }
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(known.get(found[1], "rules-only-1")), rule)
            query = f"?office={office or self.office}" if rule.startswith("/worklist") else ""
            answer = client.get(path + query, headers=_HTML)
            if answer.status_code not in (200, 303):
                raise RuntimeError(f"{path} answered {answer.status_code}")

        return half_and_most(ask)

    def search(self, office: str | None) -> tuple[float, float]:
        """P50 and p95 of a search by name in milliseconds, by somebody of an office; None: of none.

        Names are those of people on record; in every second one two letters are swapped. Other names have been looked
        for before, as in a server that has been at work for some minutes.
        """
        client = self._signed_in("supervisor", office)
        known = self._names(office)
        names = itertools.chain(known[REPEATS:], itertools.cycle(known[:REPEATS]))
        token = re.search(r'name="token" value="([^"]+)"', client.get("/search", headers=_HTML).text)

        def ask() -> None:
            given = {"token": token[1] if token else "", "text": next(names), "purpose": "case_work"}
            answer = client.post("/search", data=given, headers=_HTML)
            if answer.status_code != 200:
                raise RuntimeError(f"/search answered {answer.status_code}")

        for _ in known[REPEATS:]:
            ask()
        return half_and_most(ask)

    def _rows(self, office: str | None) -> Sequence[Any]:
        """Some cases, of an office."""
        if office not in self.some:
            with self.store.reading() as connection:
                rows = connection.execute(_some_cases(office)).all()
            self.some[office] = rows[:: max(1, len(rows) // REPEATS)]
        return self.some[office]

    def offices(self) -> list[str]:
        """The offices with most and with fewest cases, and one between them."""
        c = current_scores.c
        query = sa.select(c.office).where(c.office.is_not(None)).group_by(c.office).order_by(sa.func.count(), c.office)
        with self.store.reading() as connection:
            found = list(connection.execute(query).scalars())
        return list(dict.fromkeys([found[-1], found[len(found) // 2], found[0]]))

    def _names(self, office: str | None) -> list[str]:
        c = current_scores.c
        query = sa.select(c.candidate_id).where(*([] if office is None else [c.office == office]))
        with self.store.reading() as connection:
            people = list(connection.execute(query.order_by(c.case_id).limit(100 * REPEATS)).scalars())
            some = people[:: max(1, len(people) // (2 * REPEATS))]
            master = MasterKey.open(self.settings.keys)
            known = latest_identities(connection, master, some, t_us=self.now_us).values()
        names = [who.full_name for who in known if who is not None and who.full_name]
        return [f"{name[:2]}{name[3:4]}{name[2:3]}{name[4:]}" if at % 2 else name for at, name in enumerate(names)]

    def filters(self, middle: dt.date) -> Iterator[tuple[str, dict[str, str]]]:
        """Each filter alone, and office and band with each of the others, in both orders."""
        row = self.some[None][len(self.some[None]) // 2]
        single = {
            "band": "check",
            "lane": "scored",
            "office": self.office,
            "destination": str(row.destination),
            "agency": str(row.agency_id),
            "planned_from": middle.isoformat(),
            "planned_to": (middle - dt.timedelta(days=11)).isoformat(),
        }
        for order in ("planned", "risk"):
            yield f"none, by {order}", {"order": order}
            for name, value in single.items():
                yield f"{name}, by {order}", {name: value, "order": order}
            both = {"office": single["office"], "band": single["band"], "order": order}
            yield f"office + band, by {order}", both
            for name in ("lane", "destination", "agency", "planned_from", "planned_to"):
                yield f"office + band + {name}, by {order}", both | {name: single[name]}

    def list_of_cases(self, query: dict[str, str]) -> tuple[float, float]:
        """P50 and p95 of the first page of the list of cases in milliseconds."""
        client = self.app.test_client()
        headers = {"Authorization": f"Bearer {self._key('supervisor')}", "X-Purpose": "case_work"}

        def ask() -> None:
            answer = client.get("/api/v1/cases", query_string=query, headers=headers)
            if answer.status_code != 200:
                raise RuntimeError(f"{query} answered {answer.status_code}")

        return half_and_most(ask)

    def _key(self, role: Role, office: str | None = None) -> str:
        return keys.create(
            self.store, secrets=self.secrets, by=_BY, name="benchmark", role=role, office=office, expires_at_us=None,
            now_us=self.now_us,
        )  # fmt: skip

    def _signed_in(self, role: Role, office: str | None = None) -> FlaskClient:
        if (role, office) not in self.clients:
            client = self.clients[role, office] = self.app.test_client()
            token = re.search(r'name="token" value="([^"]+)"', client.get("/sign-in", headers=_HTML).text)
            given = {"token": token[1] if token else "", "key": self._key(role, office), "purpose": "case_work"}
            client.post("/sign-in", data=given, headers=_HTML)
        return self.clients[role, office]


def _some_cases(office: str | None = None) -> sa.Select[Any]:
    c = current_scores.c
    mine = c.office.is_not(None) if office is None else c.office == office
    return (
        sa.select(c.case_id, c.candidate_id, c.office, c.agency_id, c.destination, c.planned_day)
        .where(c.agency_id.is_not(None), c.planned_day.is_not(None), mine)
        .order_by(c.planned_key, c.case_id)
        .limit(2000)
    )


def half_and_most(work: Any) -> tuple[float, float]:
    """P50 and p95 of some work in milliseconds, after one time that does not count."""
    work()
    taken = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken), statistics.quantiles(taken, n=20, method="inclusive")[-1]
