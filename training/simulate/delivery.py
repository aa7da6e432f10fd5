"""Writing a simulation as a delivery: a new folder, whole or not at all, and the truth beside it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from models.delivery import FeedEntry, Manifest, sha256_of
from models.schema import FEEDS, bucket_of
from models.times import US_PER_SECOND, end_of_day
from training.simulate.settings import SimulationError
from training.simulate.simulation import Simulation

FORMATS: Final = ("parquet", "csv")
ROWS_PER_GROUP: Final = 250_000
MOST_BUCKETS: Final = 999
SOURCE: Final = "simulation"


@dataclass(frozen=True)
class Written:
    """What was written: the delivery, the truth beside it, rows of each feed."""

    folder: Path
    truth: Path
    rows: dict[str, int]


def beside(folder: Path) -> Path:
    """Where the truth of a delivery goes unless told otherwise."""
    return folder.parent / f"{folder.name}.truth.parquet"


def check_target(folder: Path, *, form: str = "parquet", buckets: int | None = None, truth: Path | None = None) -> None:
    """Refuse a target before any work is done. Parameters as for :func:`write`.

    Raises
    ------
    SimulationError
        The folder holds something, the truth would lie inside the delivery or over another file, or the form and the
        number of buckets do not go together.
    """
    folder = folder.resolve()
    truth = beside(folder) if truth is None else truth.resolve()
    if form not in FORMATS:
        raise SimulationError(f"Format {form!r} is not known.", what_to_do=f"Choose one of {', '.join(FORMATS)}.")
    if buckets is not None and form != "parquet":
        raise SimulationError("Buckets are folders of Parquet parts.", what_to_do="Ask for the format parquet.")
    if buckets is not None and not 1 <= buckets <= MOST_BUCKETS:
        raise SimulationError(f"{buckets} buckets cannot be made.", what_to_do=f"Give 1 to {MOST_BUCKETS}.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SimulationError(f"{folder} is there already and holds something.", what_to_do="Choose a new folder.")
    if truth == folder or folder in truth.parents:
        raise SimulationError(
            f"The truth {truth} would lie inside the delivery, where jobs read.", what_to_do="Choose another place."
        )
    if truth.exists():
        raise SimulationError(f"{truth} is there already.", what_to_do="Choose another place for the truth.")
    for place in (folder.parent, truth.parent):
        if not place.is_dir():
            raise SimulationError(f"{place} is not a folder.", what_to_do="Make it first.")


def write(
    simulation: Simulation,
    folder: Path,
    *,
    form: str = "parquet",
    buckets: int | None = None,
    truth: Path | None = None,
) -> Written:
    """Write the delivery and the truth, whole or not at all.

    Parameters
    ----------
    folder
        A folder that does not exist or is empty.
    form
        One of :data:`FORMATS`.
    buckets
        Divide the feeds of candidates by ``crc32(candidate_id)`` into so many parts (Parquet only).
    truth
        File for the hidden truth; beside the folder when not given.

    Raises
    ------
    SimulationError
        See :func:`check_target`.
    """
    check_target(folder, form=form, buckets=buckets, truth=truth)
    folder = folder.resolve()
    truth = beside(folder) if truth is None else truth.resolve()
    staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    hidden = truth.with_name(f".{truth.name}.{staged.name}")
    try:
        placed = _buckets(simulation.feeds["candidates"], buckets) if buckets else None
        hashes = {
            name: _write_feed(staged, name, frame, form=form, placed=placed) for name, frame in simulation.feeds.items()
        }
        manifest = _manifest(simulation, hashes, buckets)
        (staged / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
        _write_parquet(hidden, simulation.truth)
        staged.chmod(0o755)
        hidden.rename(truth)
        try:
            if folder.exists():
                folder.rmdir()
            staged.rename(folder)
        except OSError:
            truth.unlink()
            raise
    finally:
        shutil.rmtree(staged, ignore_errors=True)
        hidden.unlink(missing_ok=True)
    return Written(folder, truth, {name: len(frame) for name, frame in simulation.feeds.items()})


def _buckets(candidates: pl.DataFrame, buckets: int) -> pl.DataFrame:
    """Bucket of each candidate, as the contract says."""
    ids = candidates["candidate_id"].unique(maintain_order=True)
    values = [bucket_of(value, buckets) for value in ids.to_list()]
    return pl.DataFrame({"candidate_id": ids, "bucket": pl.Series(values, dtype=pl.Int32)})


def _write_feed(root: Path, name: str, frame: pl.DataFrame, *, form: str, placed: pl.DataFrame | None) -> str:
    """Write one feed; returns the hash for the manifest."""
    if placed is not None and FEEDS[name].partitioned:
        return sha256_of(list(_write_buckets(root / name, frame, placed)), root / name)
    path = root / f"{name}.{form}"
    if form == "parquet":
        _write_parquet(path, frame)
    else:
        moments = [c for c, t in frame.schema.items() if isinstance(t, pl.Datetime)]
        text = [pl.col(c).dt.strftime("%Y-%m-%dT%H:%M:%SZ") for c in moments]
        frame.with_columns(text).write_csv(path)
    return sha256_of([path])


def _write_buckets(folder: Path, frame: pl.DataFrame, placed: pl.DataFrame) -> Iterator[Path]:
    """Write a part for each bucket that any candidate lies in, be it without rows of this feed."""
    of_row = frame.join(placed, on="candidate_id", how="left", maintain_order="left")["bucket"].to_numpy()
    order = np.argsort(of_row, kind="stable")
    used = np.unique(placed["bucket"].to_numpy())
    edges = np.append(np.searchsorted(of_row[order], used), len(order))
    for at, bucket in enumerate(used.tolist()):
        part = folder / f"bucket={bucket:03d}" / "part-0.parquet"
        part.parent.mkdir(parents=True)
        _write_parquet(part, frame[order[edges[at] : edges[at + 1]]])
        yield part


def _write_parquet(path: Path, frame: pl.DataFrame) -> None:
    """Parquet with fixed row groups, so that the bytes do not depend on how the frame lies in memory."""
    schema = frame.head(0).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
    plain = pa.schema([f.with_type(pa.string()) if pa.types.is_large_string(f.type) else f for f in schema])
    with pq.ParquetWriter(path, plain, compression="zstd") as writer:
        for begin in range(0, max(len(frame), 1), ROWS_PER_GROUP):
            block = frame.slice(begin, ROWS_PER_GROUP).rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
            writer.write_table(block.cast(plain), row_group_size=ROWS_PER_GROUP)


def _manifest(simulation: Simulation, hashes: dict[str, str], buckets: int | None) -> Manifest:
    """The manifest, dated at the last second of the last day: a simulation has no clock."""
    until = end_of_day(simulation.settings.until) // US_PER_SECOND * US_PER_SECOND
    return Manifest(
        source=SOURCE,
        produced_at_us=until,
        simulated=True,
        buckets=buckets,
        feeds={
            name: FeedEntry(rows=len(frame), sha256=hashes[name], complete_through_us=until)
            for name, frame in simulation.feeds.items()
        },
    )
