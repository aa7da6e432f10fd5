"""What benchmarks work on: simulated deliveries and a release trained on a small one, made once and kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks._runs import clean_environment
from models.delivery.hashing import buckets_of
from models.schema import FEEDS

HOME = Path(os.environ.get("BENCH_HOME", "var/benchmarks")).absolute()
UNTIL = "2025-09-10"
BUSY_FROM = "2025-05-12"
BUCKET_CASES = 15_000
LARGEST = 1_000_000
"""Cases of one simulation; a million take some 6 GB of memory."""
CASES_PER_CANDIDATE = 1.07
"""Of the simulator, about; the figures printed are counted."""
NAMES = frozenset(
    ("candidate_id", "registration_id", "travel_id", "outcome_id", "recruiter_ref", "payer_ref", "group_ref")
)
"""Columns that name people and what is theirs."""


def risk_service(*words: str) -> list[str]:
    """A command of the program."""
    return [sys.executable, "-m", "risk_service", *words]


def environment() -> dict[str, str]:
    """One thread each, a home of the benchmarks' own, and what Python compiles kept as from a second start on."""
    return clean_environment() | {"RISK_HOME": str(HOME / "home")} | _compiled()


@cache
def _compiled() -> dict[str, str]:
    """Let Python keep what it compiles, as it does by itself; a machine may be told to keep nothing.

    Without it every start compiles polars and all else anew, which takes longer than loading it.
    """
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(HOME / "bytecode")}
    load = "import distributed, risk_service.cli.rescore, risk_service.jobs.files"
    subprocess.run([sys.executable, "-c", load], check=True, env=clean_environment() | kept)
    return kept


def delivery(cases: int) -> Path:
    """A simulated delivery of about so many cases, in buckets; beyond a million the same people several times."""
    folder = HOME / f"cases-{cases}"
    if not folder.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        parts = -(-cases // LARGEST)
        if parts == 1:
            _simulated(cases, 7, max(2, cases // BUCKET_CASES), folder)
        else:
            one = delivery(cases // parts)
            _together([_copy(one, number, cases // BUCKET_CASES) for number in range(parts)], folder)
    return folder


def busy_delivery(cases: int) -> Path:
    """A simulated delivery in which most cases are active: registered within the last four months."""
    folder = HOME / f"busy-{cases}"
    if not folder.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        _simulated(cases, 7, max(2, cases // BUCKET_CASES), folder, "--from", BUSY_FROM)
    return folder


def _copy(one: Path, number: int, buckets: int) -> Path:
    """People of a delivery under names of their own, in so many buckets; the first copy has what all refer to."""
    folder = one.with_name(f"{one.name}-{number}-{buckets}")
    if folder.exists():
        return folder
    staged = folder.with_name(f".{folder.name}")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir()
    manifest = json.loads((one / "manifest.json").read_text())
    if number:
        manifest["feeds"] = {name: entry for name, entry in manifest["feeds"].items() if FEEDS[name].partitioned}
    for name in manifest["feeds"]:
        if not FEEDS[name].partitioned:
            os.link(one / f"{name}.parquet", staged / f"{name}.parquet")
            continue
        rows = pa.concat_tables([pq.read_table(path) for path in sorted((one / name).rglob("*.parquet"))])
        for column in NAMES.intersection(rows.column_names):
            renamed = pc.binary_join_element_wise(rows[column], str(number), "-")
            rows = rows.set_column(rows.column_names.index(column), column, renamed)
        homes = buckets_of(pl.Series(rows["candidate_id"]), buckets)
        order = np.argsort(homes, kind="stable")
        ends = np.cumsum(np.bincount(homes, minlength=buckets))
        for bucket, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
            target = staged / name / f"bucket={bucket:03}" / "part-0.parquet"
            target.parent.mkdir(parents=True)
            pq.write_table(rows.take(order[start:end]).combine_chunks(), target, compression="zstd")
    (staged / "manifest.json").write_text(json.dumps(manifest | {"buckets": buckets}))
    staged.rename(folder)
    return folder


def _simulated(cases: int, seed: int, buckets: int, folder: Path, *more: str) -> None:
    words = ["--candidates", str(round(cases / CASES_PER_CANDIDATE)), "--seed", str(seed), "--until", UNTIL]
    _quietly("simulate", *words, "--buckets", str(buckets), "--out", str(folder), *more)


def _together(parts: list[Path], folder: Path) -> None:
    """One delivery of several with different people; the files are linked, not copied."""
    staged = folder.with_name(f".{folder.name}")
    shutil.rmtree(staged, ignore_errors=True)
    for number, part in enumerate(parts):
        for path in sorted(part.rglob("*.parquet")):
            place = path.relative_to(part).with_suffix("")
            target = staged / place.parent / f"{place.name}-{number}.parquet"
            if place.parent == Path():
                target = staged / place.name / f"part-{number}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, target)
    manifests = [json.loads((part / "manifest.json").read_text()) for part in parts]
    feeds = {
        name: {
            "rows": sum(manifest["feeds"].get(name, {"rows": 0})["rows"] for manifest in manifests),
            "complete_through": entry["complete_through"],
        }
        for name, entry in manifests[0]["feeds"].items()
    }
    (staged / "manifest.json").write_text(json.dumps(manifests[0] | {"feeds": feeds}))
    staged.rename(folder)


def in_parts(folder: Path, parts: int) -> list[Path]:
    """A delivery in buckets as so many deliveries, some buckets each; the first one also has what is not in buckets.

    A store takes a delivery in one transaction, so a large one is better delivered in parts.
    """
    whole = folder.with_name(f"{folder.name}-in-{parts}")
    if whole.exists():
        return sorted(whole.iterdir())
    staged = whole.with_name(f".{whole.name}")
    shutil.rmtree(staged, ignore_errors=True)
    manifest = json.loads((folder / "manifest.json").read_text())
    buckets = sorted({path.name for path in (folder / "registrations").iterdir()})
    for number in range(parts):
        part = staged / f"part-{number:03}"
        chosen = [path for path in sorted(folder.glob("*.parquet")) if not number]
        chosen += [path for name in buckets[number::parts] for path in sorted(folder.glob(f"*/{name}/*.parquet"))]
        rows: dict[str, int] = {}
        for path in chosen:
            where = path.relative_to(folder).parts
            feed = where[0].removesuffix(".parquet")
            target = part / (where[0] if len(where) == 1 else f"{feed}/{where[1]}-{path.name}")
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, target)
            rows[feed] = rows.get(feed, 0) + pq.read_metadata(path).num_rows
        feeds = {
            name: {"rows": rows[name], "complete_through": entry["complete_through"]}
            for name, entry in manifest["feeds"].items()
            if name in rows
        }
        told = {key: value for key, value in manifest.items() if key not in ("buckets", "feeds")}
        (part / "manifest.json").write_text(json.dumps(told | {"feeds": feeds}))
    staged.rename(whole)
    return sorted(whole.iterdir())


def release() -> str:
    """The name of a release trained on a small delivery."""
    registry = HOME / "home" / "registry"
    if not _trained(registry):
        _quietly("train", "--feeds", str(small()), "--until", "2025-06-30")
    return _trained(registry)[-1]


def small() -> Path:
    """A small simulated delivery, flat."""
    folder = HOME / "small"
    if not folder.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        _quietly("simulate", "--candidates", "4000", "--seed", "7", "--until", UNTIL, "--out", str(folder))
    return folder


def features() -> Path:
    """The features of the active cases of that delivery, as a file."""
    file = HOME / "features.parquet"
    if not file.exists():
        _quietly("features", "--feeds", str(small()), "--as-of", UNTIL, "--out", str(file))
    return file


def _trained(registry: Path) -> list[str]:
    return sorted(path.name for path in registry.glob("20*") if (path / "manifest.json").exists())


def _quietly(*words: str) -> None:
    subprocess.run(risk_service(*words), check=True, capture_output=True, env=environment())
