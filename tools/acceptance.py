"""Try an installation on a delivery, from taking it in to asking over HTTP, and compare every way with every other.

``make accept FEEDS=delivery UNTIL=2025-09-01 AS_OF=2025-09-10`` works in a folder of its own and leaves nothing behind:

1. takes the delivery into SQLite and into a PostgreSQL of its own, with the same keys;
2. trains a release twice, once in each, and compares all its files but the signature;
3. rescores in both stores and as a file job;
4. serves the first and asks for some of the cases as of the same time.

Every row and every figure must be the same bit for bit, and every sum exact. A line says what was compared; exit code
1 if anything differs.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import polars as pl
import requests
import sqlalchemy as sa

from risk_service.store import open_store
from risk_service.store.tables import current_scores
from tools import postgresql

FIGURES: Final = ("probability", "probability_low", "probability_high", "log_odds", "base", "other")
COLUMNS: Final = (
    "case_id", "candidate_id", "lane", "band", *FIGURES, "reasons", "notices", "recourse_kind", "release",
    "rules_version",
)  # fmt: skip
START_SECONDS: Final = 60

Row = dict[str, Any]


class Different(Exception):  # noqa: N818  (a finding, not a fault)
    """Two ways to the same score do not agree."""


def run(*words: str, home: Path, url: str | None = None) -> str:
    """Run a command of the project and return what it prints; it may reject rows (exit code 3)."""
    environment = {**os.environ, "RISK_HOME": str(home)} | ({"RISK_DATABASE_URL": url} if url else {})
    done = subprocess.run(
        [sys.executable, "-m", "risk_service", *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 3):
        raise SystemExit(f"risk-service {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def stored(url: str) -> list[Row]:
    """The queue of a store, in order of case and candidate."""
    with open_store(url).reading() as connection:
        rows = connection.execute(sa.select(*(current_scores.c[name] for name in COLUMNS))).mappings().all()
    parsed = [dict(row) | {name: json.loads(row[name]) for name in ("reasons", "notices")} for row in rows]
    return sorted(parsed, key=lambda row: (row["case_id"], row["candidate_id"]))


def filed(path: Path) -> list[Row]:
    """The rows of a file of scores, in the same order."""
    rows = pl.read_parquet(path).select(COLUMNS).to_dicts()
    for row in rows:
        row["reasons"], row["notices"] = row["reasons"] or [], row["notices"] or []
    return sorted(rows, key=lambda row: (row["case_id"], row["candidate_id"]))


def plain(row: Row) -> Row:
    """A row with floats in full, so that equal means equal bits."""

    def exact(value: Any) -> Any:
        if isinstance(value, float):
            return value.hex()
        if isinstance(value, dict):
            return {name: exact(part) for name, part in value.items()}
        if isinstance(value, list):
            return [exact(part) for part in value]
        return value

    return {name: exact(value) for name, value in row.items()}


def same(left: list[Row], right: list[Row], what: str) -> None:
    """Compare two lists of rows and say how many.

    Raises
    ------
    Different
        With the first difference.
    """
    for a, b in itertools.zip_longest(left, right):
        if a is None or b is None:
            raise Different(f"{what}: {len(left)} rows against {len(right)}")
        if plain(a) != plain(b):
            odd = {name: (a[name], b[name]) for name in COLUMNS if plain({"": a[name]}) != plain({"": b[name]})}
            raise Different(f"{what}: case {a['case_id']}: {odd}")
    print(f"{what}: {len(left)} rows, {len(COLUMNS)} columns, the same bit for bit")


def sums(rows: list[Row]) -> None:
    """Check that base, reasons and other make the log-odds, in exact arithmetic."""
    scored = [row for row in rows if row["log_odds"] is not None]
    for row in scored:
        parts = [row["base"], row["other"], *(reason["contribution"] for reason in row["reasons"])]
        if sum(map(Fraction, parts)) != Fraction(row["log_odds"]):
            raise Different(f"case {row['case_id']}: base, reasons and other do not make the log-odds")
    print(f"sums: {len(scored)} of {len(rows)} rows have one, all exact")


def releases(left: Path, right: Path) -> None:
    """Compare the files of two releases but the signature."""

    def files(folder: Path) -> Mapping[str, str]:
        paths = (path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.sig")
        return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}

    if files(left) != files(right):
        raise Different(f"the releases {left.name} and {right.name} have different files")
    print(f"trained twice: {left.name}, {len(files(left))} files the same byte for byte, signature aside")


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of a server over the store in ``home``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "risk_service", "serve", "--port", str(port), "--workers", "1"],
        env={**os.environ, "RISK_HOME": str(home), "RISK_RATE_LIMIT": "100000 per minute"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(START_SECONDS * 5):
            try:
                requests.get(f"{address}/readyz", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait()


def asked(address: str, key: str, rows: list[Row], as_of: str) -> None:
    """Ask for the score of every row given, and compare."""
    got = []
    for row in rows:
        answer = requests.get(
            f"{address}/api/v1/cases/{row['case_id']}/score",
            params={"as_of": as_of},
            headers={"Authorization": f"Bearer {key}", "X-Purpose": "quality_check"},
            timeout=60,
        )
        answer.raise_for_status()
        score = answer.json()
        got.append(
            {name: score[name] for name in COLUMNS if name in score}
            | {"probability_low": score["interval"]["low"], "probability_high": score["interval"]["high"]}
            | {"recourse_kind": score["recourse"]["kind"], "notices": [notice["code"] for notice in score["notices"]]}
            | {"reasons": [{"code": r["code"], "contribution": r["contribution"]} for r in score["reasons"]]}
        )
    shorter = [
        row | {"reasons": [{"code": r["code"], "contribution": r["contribution"]} for r in row["reasons"]]}
        for row in rows
    ]
    same(got, shorter, "asked over HTTP = file job (reasons by code and contribution)")


def main() -> int:
    """Do all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=Path, required=True, help="a delivery folder")
    parser.add_argument("--until", required=True, help="train on what was known by this day")
    parser.add_argument("--as-of", required=True, help="rescore as of this day")
    parser.add_argument("--ask", type=int, default=100, help="cases to ask for over HTTP (100)")
    given = parser.parse_args()
    feeds = str(given.feeds)
    with tempfile.TemporaryDirectory(prefix="risk-accept-") as folder, postgresql.running() as server:
        url = server.get_uri()
        one, two = Path(folder) / "sqlite", Path(folder) / "postgresql"
        print(run("ingest", feeds, "--rejects", str(Path(folder) / "rejects.csv"), home=one).splitlines()[0])
        shutil.copytree(one / "keys", two / "keys")
        run("db", "upgrade", home=two, url=url)
        run("ingest", feeds, "--rejects", str(Path(folder) / "rejects.csv"), home=two, url=url)
        name = run("train", "--until", given.until, home=one)
        releases(one / "registry" / name, two / "registry" / run("train", "--until", given.until, home=two, url=url))
        for home, address in ((one, None), (two, url)):
            run("promote", name, "--reason", "acceptance", home=home, url=address)
            run("rescore", "--as-of", given.as_of, home=home, url=address)
        out = Path(folder) / "scores.parquet"
        run("rescore", "--feeds", feeds, "--as-of", given.as_of, "--out", str(out), home=one)
        rows = filed(out)
        lite = stored(f"sqlite:///{one / 'risk.db'}")
        same(lite, stored(url), "SQLite = PostgreSQL")
        same(lite, rows, "store = file job")
        sums(rows)
        key = run("keys", "create", "--role", "supervisor", home=one)
        scored = [row for row in rows if row["log_odds"] is not None]
        others = [row for row in rows if row["log_odds"] is None]
        with served(one) as address:
            asked(address, key, scored[: given.ask] + others[: given.ask // 5], given.as_of)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Different as difference:
        print(f"DIFFERENT: {difference}")
        sys.exit(1)
