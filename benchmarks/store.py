"""Rescoring a store when everything changes, when nothing does, and the night after a delivery about 2 % of the people.

``BENCH_STORE_CASES`` names the size; SQLite, and a PostgreSQL of its own. Cases are all visible ones, as every one of
them is read and counted; those scored are the active ones, told beside.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from benchmarks._figures import Figure
from benchmarks._rescoring import size_of
from benchmarks._runs import Used, run
from benchmarks._worlds import HOME, UNTIL, delivery, environment, release, risk_service
from tools import postgresql

SHARE = 0.02
LATER = "2025-09-10T17:00:01Z"


def measure() -> Iterator[Figure]:
    """Yield figures for both databases."""
    folder = delivery(int(os.environ.get("BENCH_STORE_CASES", "60000")))
    size = size_of(folder)
    release()
    night = _night(folder)
    for kind in ("sqlite", "postgresql"):
        with _home(kind) as env:
            label = f"{kind}, {size.cases:,} cases"
            if kind == "postgresql":
                run(risk_service("db", "upgrade"), env=env)
            yield Figure(f"{label}: ingest", run(risk_service("ingest", str(folder)), env=env).seconds, "s")
            whole = _rescored(env, UNTIL)
            yield from _told(f"{label}: all change", whole, size.cases)
            yield Figure(f"{label}: active cases", _queue(env), "cases")
            yield from _told(f"{label}: nothing changed", _rescored(env, UNTIL), size.cases)
            run(risk_service("ingest", str(night)), env=env)
            after = _rescored(env, UNTIL)
            yield from _told(f"{label}: {SHARE:.0%} of the people changed", after, size.cases)
            share = after.processor / whole.processor
            yield Figure(f"{label}: that night over the full one, processor time", share, "x")


def _rescored(env: dict[str, str], as_of: str) -> Used:
    return run(risk_service("rescore", "--as-of", as_of), env=env)


def _told(label: str, used: Used, cases: int) -> Iterator[Figure]:
    yield Figure(label, used.seconds, "s")
    yield Figure(f"{label}, processor time", used.processor, "s")
    yield Figure(f"{label}, by the clock", cases / used.seconds, "cases/s")
    yield Figure(f"{label}, largest process", used.peak, "MiB")


def _queue(env: dict[str, str]) -> int:
    url = env.get("RISK_DATABASE_URL")
    if url is None:
        with sqlite3.connect(Path(env["RISK_HOME"]) / "risk.db") as connection:
            return int(connection.execute("SELECT count(*) FROM current_scores").fetchone()[0])
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = int(connection.execute(sa.text("SELECT count(*) FROM current_scores")).scalar_one())
    engine.dispose()
    return found


def _night(folder: Path) -> Path:
    """A delivery in which some of the people have another planned date: registrations as they were, a week later."""
    out = folder.with_name(f"{folder.name}-night")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    rows = pl.concat([pl.read_parquet(path) for path in sorted((folder / "registrations").rglob("*.parquet"))])
    last = rows.sort("recorded_at").unique("registration_id", keep="last", maintain_order=True)
    chosen = last.filter(pl.col("candidate_id").hash(1) % 1000 < int(1000 * SHARE))
    later = chosen.with_columns(
        pl.col("planned_departure_on").dt.offset_by("7d"), recorded_at=pl.col("recorded_at").max()
    )
    later.write_parquet(out / "registrations.parquet")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest.pop("buckets", None)
    manifest["produced_at"] = LATER
    manifest["feeds"] = {"registrations": {"rows": later.height, "complete_through": LATER}}
    (out / "manifest.json").write_text(json.dumps(manifest))
    return out


@contextmanager
def _home(kind: str) -> Iterator[dict[str, str]]:
    """An environment with a store of its own, and the release of the benchmarks in force."""
    home = HOME / f"store-{kind}"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(HOME / "home", home)
    env = environment() | {"RISK_HOME": str(home)}
    if kind == "sqlite":
        run(risk_service("promote", release(), "--by", "benchmark", "--reason", "benchmark"), env=env)
        yield env
        return
    with postgresql.running() as server:
        engine = sa.create_engine(
            server.get_uri().replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(sa.text("CREATE DATABASE risk_bench"))
        url = engine.url.set(database="risk_bench").render_as_string(hide_password=False)
        engine.dispose()
        env["RISK_DATABASE_URL"] = url
        run(risk_service("promote", release(), "--by", "benchmark", "--reason", "benchmark"), env=env)
        yield env
