"""Rescoring a store: all change, in two ways, nothing does, and the night after a delivery about 2 % of the people.

All results change when another release is in force; everybody has new rows when a delivery moves everybody's date, and
then there is another release as well. What a night of 2 % costs is told beside either.

Use
---
``BENCH_STORE_CASES=1000000 make bench ARGS=store``
    So many cases (default 60,000) on both databases; ``BENCH_STORES=sqlite`` or ``postgresql``: on one.
``BENCH_STORE_ASKED=1 …``
    The console's pages and the filters of the list of cases over each store as well.

A store is filled once and kept below ``BENCH_HOME`` (a million cases: 4 GB, a quarter of an hour a database and more
where the machine has other work), with a delivery in parts and its first rescoring; later starts go on with it, a night
further. Cases are all visible ones, as every one of them is counted; those scored are the active ones, told beside.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from benchmarks import pages
from benchmarks._figures import Figure
from benchmarks._rescoring import size_of
from benchmarks._runs import Used, run
from benchmarks._worlds import HOME, UNTIL, delivery, environment, in_parts, release, risk_service
from models.times import US_PER_DAY, date_of, parse_moment
from risk_service import logs
from risk_service.settings import Settings
from risk_service.store import open_store
from risk_service.store.tables import current_scores, deliveries
from tools import postgresql

SHARE = 0.02
LATER = "2025-09-10T17:00:01Z"
PART_CASES = 80_000
RULES_ONLY = "rules-only-1"


def measure() -> Iterator[Figure]:
    """Yield figures for both databases."""
    cases = int(os.environ.get("BENCH_STORE_CASES", "60000"))
    folder = delivery(cases)
    size = size_of(folder)
    for kind in os.environ.get("BENCH_STORES", "sqlite,postgresql").split(","):
        with _home(kind, cases) as env:
            label = f"{kind}, {size.cases:,} cases"
            yield from _filled(label, folder, size.cases, env)
            # Every result names its release, so another one changes them all.
            _promote(env, RULES_ONLY)
            _rescored(env)
            _promote(env, release())
            whole = _rescored(env)
            yield from _told(f"{label}: all change", whole, size.cases)
            yield Figure(f"{label}: active cases", _count(env, current_scores), "cases")
            yield from _told(f"{label}: nothing changed", _rescored(env), size.cases)
            run(risk_service("ingest", str(_night(folder, _count(env, deliveries), SHARE))), env=env)
            after = _rescored(env)
            yield from _told(f"{label}: {SHARE:.0%} of the people changed", after, size.cases)
            _promote(env, RULES_ONLY)
            _rescored(env)
            run(risk_service("ingest", str(_night(folder, _count(env, deliveries), 1.0))), env=env)
            _promote(env, release())
            anew = _rescored(env)
            yield from _told(f"{label}: everybody has new rows, and another release", anew, size.cases)
            for what, night in (("another release alone", whole), ("everybody's rows and another release", anew)):
                name = f"{label}: the night of {SHARE:.0%} over {what}, processor time"
                yield Figure(name, after.processor / night.processor, "x")
            if os.environ.get("BENCH_STORE_ASKED"):
                yield from _asked(label, env)


def _filled(label: str, folder: Path, cases: int, env: dict[str, str]) -> Iterator[Figure]:
    """Fill a store and rescore it for the first time, if that has not been done."""
    done = Path(env["RISK_HOME"]) / "filled"
    if done.exists():
        return
    used = [run(risk_service("ingest", str(part)), env=env) for part in in_parts(folder, -(-cases // PART_CASES))]
    seconds, processor = sum(part.seconds for part in used), sum(part.processor for part in used)
    yield Figure(f"{label}: ingest", seconds, "s")
    yield Figure(f"{label}: ingest, processor time", processor, "s")
    yield Figure(f"{label}: ingest, by the clock", cases / seconds, "cases/s")
    yield Figure(f"{label}: ingest, largest process", max(part.peak for part in used), "MiB")
    yield from _told(f"{label}: for the first time, nothing kept", _rescored(env), cases)
    done.touch()


def _rescored(env: dict[str, str]) -> Used:
    return run(risk_service("rescore", "--as-of", UNTIL), env=env)


def _told(label: str, used: Used, cases: int) -> Iterator[Figure]:
    yield Figure(label, used.seconds, "s")
    yield Figure(f"{label}, processor time", used.processor, "s")
    yield Figure(f"{label}, by the clock", cases / used.seconds, "cases/s")
    yield Figure(f"{label}, by processor time", cases / used.processor, "cases/s")
    yield Figure(f"{label}, largest process", used.peak, "MiB")


def _asked(label: str, env: dict[str, str]) -> Iterator[Figure]:
    logs.configure(style="json", level="warning", stream=sys.stderr)
    now_us = parse_moment(UNTIL) + US_PER_DAY // 2
    home = Path(env["RISK_HOME"])
    store = open_store(env.get("RISK_DATABASE_URL", Settings(home=home).database_url))
    yield from pages.figures(label, home, store, pages=True, now_us=now_us, middle=date_of(now_us + 30 * US_PER_DAY))
    store.close()


def _count(env: dict[str, str], table: sa.Table) -> int:
    store = open_store(env.get("RISK_DATABASE_URL", Settings(home=Path(env["RISK_HOME"])).database_url))
    with store.reading() as connection:
        found = int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
    store.close()
    return found


def _night(folder: Path, number: int, share: float) -> Path:
    """A delivery in which some of the people have another planned date: registrations as they were, some days later.

    Parameters
    ----------
    number
        Of the night: every one moves the date to another day.
    share
        Of the people.
    """
    out = folder.with_name(f"{folder.name}-night")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    rows = pl.concat([pl.read_parquet(path) for path in sorted((folder / "registrations").rglob("*.parquet"))])
    last = rows.sort("recorded_at").unique("registration_id", keep="last", maintain_order=True)
    chosen = last.filter(pl.col("candidate_id").hash(1) % 1000 < round(1000 * share))
    later = chosen.with_columns(
        pl.col("planned_departure_on").dt.offset_by(f"{number}d"), recorded_at=pl.col("recorded_at").max()
    )
    later.write_parquet(out / "registrations.parquet")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest.pop("buckets", None)
    manifest["produced_at"] = LATER
    manifest["feeds"] = {"registrations": {"rows": later.height, "complete_through": LATER}}
    (out / "manifest.json").write_text(json.dumps(manifest))
    return out


def _promote(env: dict[str, str], name: str) -> None:
    run(risk_service("promote", name, "--by", "benchmark", "--reason", "benchmark"), env=env)


@contextmanager
def filled(cases: int) -> Iterator[dict[str, str]]:
    """An environment with a store on SQLite of about so many cases, rescored once, for other benchmarks."""
    with _home("sqlite", cases) as env:
        if not (Path(env["RISK_HOME"]) / "filled").exists():
            folder = delivery(cases)
            for _ in _filled("", folder, size_of(folder).cases, env):
                pass
        yield env


@contextmanager
def _home(kind: str, cases: int) -> Iterator[dict[str, str]]:
    """An environment with a store of its own, and the release of the benchmarks in force."""
    name = release()
    home = HOME / f"store-{kind}-{cases}"
    new = not home.exists()
    if new:
        shutil.copytree(HOME / "home", home)
    env = environment() | {"RISK_HOME": str(home)}
    if kind == "sqlite":
        run(risk_service("db", "upgrade"), env=env)
        if new:
            _promote(env, name)
        yield env
        return
    with postgresql.running(home / "postgresql") as server:
        engine = sa.create_engine(
            server.get_uri().replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
        )
        if new:
            with engine.connect() as connection:
                connection.execute(sa.text("CREATE DATABASE risk_bench"))
        env["RISK_DATABASE_URL"] = engine.url.set(database="risk_bench").render_as_string(hide_password=False)
        engine.dispose()
        run(risk_service("db", "upgrade"), env=env)
        if new:
            _promote(env, name)
        yield env
