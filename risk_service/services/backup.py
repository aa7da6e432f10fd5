"""Backups: everything the store and the registry hold, as files of one form for both databases.

Use
---
``backup(store, into, registry=…, now_us=…) -> Saved``
    All tables as they are at one moment, as Parquet, and the releases with their log; the folder appears whole.
``check(folder) -> Manifest``
    Whether every file is there and as it was written.
``restore(folder, url, registry=…) -> Restored``
    Into an empty store of either database and an empty registry, in one transaction; migrated to the present revision
    if the backup is older.

Keys are not in a backup: what identifies a person is sealed in it, and stays so for whoever has the backup alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
import sqlalchemy as sa

from models.errors import StoreError
from models.times import iso
from risk_service.store import Store, migrate, open_store
from risk_service.store.bulk import insert_frame, whole_rows
from risk_service.store.tables import METADATA

FORM: Final = "risk-service backup/1"
MANIFEST: Final = "backup.json"
_TABLES: Final = "tables"
_REGISTRY: Final = "registry"
_BLOCK: Final = 1 << 20

Progress = Callable[[str, int, int | None], None]
"""Called with what is done, tables done, and how many there are."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup says of itself.

    Parameters
    ----------
    made_at_us
        UTC microseconds.
    revision
        Of the store's tables.
    rows
        By table, in the order in which they go in again.
    files
        SHA-256 of every other file, by path below the folder.
    """

    made_at_us: int
    revision: str
    rows: dict[str, int]
    files: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A backup that was made: where, how many rows of how many tables, files and bytes."""

    folder: Path
    rows: int
    tables: int
    files: int
    size: int


@dataclass(frozen=True, kw_only=True)
class Restored:
    """A backup that was put back: its rows, its revision, the present one, and releases."""

    rows: int
    revision: str
    revision_now: str
    releases: int


def backup(store: Store, into: Path, *, registry: Path, now_us: int, progress: Progress | None = None) -> Saved:
    """Write everything to a new folder.

    Parameters
    ----------
    into
        Must not be there yet. It appears whole, or not at all.
    registry
        Folder of the releases.
    now_us
        Present time, UTC microseconds.

    Raises
    ------
    StoreError
        The folder is there or cannot be made, or the store cannot be read.
    """
    into = into.absolute()
    draft = into.with_name(f".{into.name}.part")
    try:
        if into.exists():
            raise StoreError(f"{into} is there already.", what_to_do="Name a folder that does not exist yet.")
        shutil.rmtree(draft, ignore_errors=True)  # of a backup that was broken off
        into.parent.mkdir(parents=True, exist_ok=True)
        draft.mkdir(mode=0o700)
    except OSError as error:
        in_the_way = isinstance(error, FileExistsError | NotADirectoryError)
        cause = "a file is where a folder has to be" if in_the_way else error.strerror
        raise StoreError(
            f"No backup can be written to {into}: {cause}.",
            what_to_do="Name a new folder below one that is there and that you may write to.",
        ) from None
    try:
        rows: dict[str, int] = {}
        tables = METADATA.sorted_tables
        with store.reading() as connection:
            for done, table in enumerate(tables, 1):
                rows[table.name] = 0
                (draft / _TABLES / table.name).mkdir(parents=True)
                for part, frame in enumerate(whole_rows(connection, table)):
                    frame.write_parquet(draft / _TABLES / table.name / f"{part:05}.parquet")
                    rows[table.name] += frame.height
                if progress is not None:
                    progress("saving", done, len(tables))
        if registry.is_dir():
            shutil.copytree(registry, draft / _REGISTRY, ignore=shutil.ignore_patterns(".*"))
        files = {path.relative_to(draft).as_posix(): _digest(path) for path in _files(draft)}
        content = {
            "form": FORM,
            "made_at": iso(now_us),
            "made_at_us": now_us,
            "revision": migrate.HEAD,
            "rows": rows,
            "files": files,
        }
        (draft / MANIFEST).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        size = sum(path.stat().st_size for path in _files(draft))
        _settle(draft)
        draft.replace(into)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Saved(folder=into, rows=sum(rows.values()), tables=len(rows), files=len(files), size=size)


def check(folder: Path) -> Manifest:
    """Read a backup's manifest and hold every file to it.

    Raises
    ------
    StoreError
        It is no backup, or a file is missing, too many, or not as it was written.
    """
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if content["form"] != FORM:
            raise StoreError(f"{folder} is a backup of another form.")
        names = ("made_at_us", "revision", "rows", "files")
        manifest = Manifest(**{name: content[name] for name in names})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise StoreError(f"{folder} is no backup, or its {MANIFEST} is damaged.") from None
    there = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    there.pop(MANIFEST, None)
    for name in sorted(manifest.files.keys() | there.keys()):
        if name not in there:
            raise StoreError(f"The backup lacks {name}.", what_to_do="Use another backup.")
        if name not in manifest.files:
            raise StoreError(f"The backup has a file too many: {name}.", what_to_do="Use another backup.")
        if _digest(there[name]) != manifest.files[name]:
            raise StoreError(f"The backup's {name} is damaged.", what_to_do="Use another backup.")
    return manifest


def restore(folder: Path, url: str, *, registry: Path, progress: Progress | None = None) -> Restored:
    """Put a backup back.

    Parameters
    ----------
    url
        Of an empty database, SQLite or PostgreSQL, whichever the backup was made from.
    registry
        Folder of the releases; must be empty or not there.

    Raises
    ------
    StoreError
        The backup is damaged, or of a version not known here; the store or the registry holds something. Nothing is
        changed then.
    """
    manifest = check(folder)
    if manifest.revision not in migrate.revisions():
        raise StoreError(
            f"The backup has revision {manifest.revision}, which this version of risk-service does not know.",
            what_to_do="Use the newer version that made it.",
        )
    if registry.exists() and any(not path.name.startswith(".") for path in registry.iterdir()):
        raise StoreError(f"{registry} holds releases already.", what_to_do="Restore into an empty installation.")
    store = open_store(url, any_revision=True)
    try:
        if not migrate.is_empty(store):
            raise StoreError("The store is not empty.", what_to_do="Name a new database in RISK_DATABASE_URL.")
        with migrate.making(store, manifest.revision) as connection:
            for done, (name, rows) in enumerate(manifest.rows.items(), 1):
                table = sa.Table(name, sa.MetaData())
                put = sum(insert_frame(connection, table, frame) for frame in _parts(folder / _TABLES / name))
                if put != rows:
                    raise StoreError(f"The backup has {put} rows of {name}, and says {rows}.")
                if progress is not None:
                    progress("putting back", done, len(manifest.rows))
        releases = _put_back(folder / _REGISTRY, registry)
        migrate.upgrade(store)
        now = migrate.current(store) or ""
    finally:
        store.close()
    return Restored(rows=sum(manifest.rows.values()), revision=manifest.revision, revision_now=now, releases=releases)


def _put_back(saved: Path, registry: Path) -> int:
    if not saved.is_dir():
        return 0
    shutil.copytree(saved, registry, dirs_exist_ok=True)
    return sum(path.is_dir() for path in saved.iterdir())


def _parts(folder: Path) -> Iterator[pl.DataFrame]:
    for path in sorted(folder.glob("*.parquet")):
        yield pl.read_parquet(path)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def _settle(folder: Path) -> None:
    """See every file onto the disk before the folder gets its name."""
    for path in _files(folder):
        with path.open("rb") as file:
            os.fsync(file.fileno())
