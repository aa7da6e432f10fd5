"""Where the result of a job goes: one Parquet file, or a folder with a part for each part of the job."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow.parquet as pq

from models.errors import ContractError, ReleaseError
from risk_service.jobs.errors import OutputError, WorkError
from risk_service.jobs.plan import Plan
from risk_service.jobs.tasks import RESULT, write_whole

ABOUT: Final = "job.json"
"""In a folder of parts, the file that says which job wrote them."""
_SAID: Final = b"risk-service.job"


@dataclass(frozen=True)
class Output:
    """A place for a result.

    Parameters
    ----------
    path
        A name ending in ``.parquet`` is a file, any other a folder.
    """

    path: Path

    @property
    def is_file(self) -> bool:
        """Whether it is one file."""
        return self.path.suffix == ".parquet"

    @property
    def work(self) -> Path:
        """The folder for what comes between, beside the result."""
        return self.path.parent / f".{self.path.name}.work"

    def check(self) -> None:
        """Refuse a place before any work is done.

        Raises
        ------
        OutputError
            There is no such folder, or what is there already is no result of a job.
        """
        place = self.path.resolve()
        if not place.parent.is_dir():
            raise OutputError(f"There is no folder {place.parent}.", what_to_do="Choose a folder that exists.")
        if self.is_file and place.is_dir():
            raise OutputError(f"{self.path} is a folder.", what_to_do="Name a file, or a folder without the ending.")
        if not self.is_file and place.exists() and not place.is_dir():
            raise OutputError(
                f"{self.path.name} is no name for the output.",
                what_to_do="End it in .parquet for one file, or name a folder for parts.",
            )
        if not self.is_file and place.is_dir() and any(place.iterdir()) and not (place / ABOUT).is_file():
            raise OutputError(f"{self.path} holds something else.", what_to_do="Choose a new folder.")

    def finished(self, fingerprint: str) -> dict[str, Any] | None:
        """What is said of a result that is there already, if it is that of the same job."""
        try:
            if self.is_file:
                about = json.loads((pq.read_schema(self.path).metadata or {}).get(_SAID, b"{}"))
            else:
                about = json.loads((self.path / ABOUT).read_bytes())
        except (OSError, ValueError):
            return None
        return about if isinstance(about, dict) and about.get("fingerprint") == fingerprint else None

    @contextmanager
    def working(self, fingerprint: str) -> Iterator[Path]:
        """The work folder, for this process alone; what another job left there is thrown away.

        Raises
        ------
        WorkError
            Another process is at it.
        OutputError
            It cannot be written.
        """
        try:
            self.work.mkdir(exist_ok=True)
            lock = (self.work / "lock").open("w")
        except OSError as error:
            raise self.unwritable(error) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise WorkError(
                    f"Another process is writing {self.path}.", what_to_do="Wait until it is done."
                ) from None
            self._for_job(fingerprint)
            try:
                yield self.work
            except (ContractError, ReleaseError, OutputError):
                shutil.rmtree(self.work)
                raise
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
                    raise self.unwritable(error) from error
                raise
            shutil.rmtree(self.work)

    def _for_job(self, fingerprint: str) -> None:
        """Throw away what another job left in the work folder."""
        mark = self.work / "fingerprint"
        if mark.exists() and mark.read_text() == fingerprint:
            return
        for entry in self.work.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != "lock":
                entry.unlink()
        write_whole(mark, lambda file: file.write(fingerprint.encode()))

    def finish(self, plan: Plan, about: dict[str, Any]) -> None:
        """Put the parts in place, all at once.

        Raises
        ------
        OutputError
            The place cannot be written.
        """
        parts = [plan.file(number, RESULT) for number in range(len(plan.selections))]
        said = json.dumps(about).encode()
        try:
            if self.is_file:
                self._one_file(parts, said)
            else:
                self._folder(parts, said)
        except OSError as error:
            raise self.unwritable(error) from error

    def _one_file(self, parts: list[Path], said: bytes) -> None:
        """The rows of all parts, a row group or more for each."""

        def write(file: Any) -> None:
            schema = pq.read_schema(parts[0])
            schema = schema.with_metadata({**(schema.metadata or {}), _SAID: said})
            with pq.ParquetWriter(file, schema, compression="zstd") as writer:
                for part in parts:
                    for batch in pq.ParquetFile(part).iter_batches(batch_size=1 << 17, use_threads=False):
                        writer.write_batch(batch.cast(schema))

        write_whole(self.path, write)

    def _folder(self, parts: list[Path], said: bytes) -> None:
        staged = self.work / "result"
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir()
        for number, part in enumerate(parts):
            _same_file(part, staged / f"part-{number:05d}.parquet")
        write_whole(staged / ABOUT, lambda file: file.write(said))
        if self.path.exists():
            old = self.work / "old"
            self.path.rename(old)
        staged.rename(self.path)

    def unwritable(self, error: OSError) -> OutputError:
        """What to say when the place cannot be written."""
        return OutputError(
            f"{self.path} cannot be written: {error.strerror or error}.",
            what_to_do="Choose a folder that exists and has room.",
        )


def _same_file(old: Path, new: Path) -> None:
    """Give a file a second name; where that is not possible, copy it."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copyfile(old, new)


def write_parquet(frame: pl.DataFrame, out: Path) -> None:
    """Write one frame to a file, whole or not at all.

    Raises
    ------
    OutputError
        It cannot be written there.
    """
    output = Output(out)
    output.check()
    try:
        write_whole(out, frame.write_parquet)
    except OSError as error:
        raise output.unwritable(error) from error
