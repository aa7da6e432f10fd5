"""Erasures that outlive a restore: who was erased stands in a list beside the store, and is erased again from it.

A backup made before an erasure still holds the sealed record and the person's key. The list names only the opaque
candidate_id, the time and the policy, so it says nothing of anybody; keep a copy with the keys.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from models.errors import StoreError
from risk_service.store import Store, persons
from risk_service.store.erasing import erase_people

LIST: Final = "erasures.jsonl"
_LONGEST_LINE: Final = 4096


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """One person erased: who, when (UTC microseconds), under which policy."""

    candidate_id: str
    at_us: int
    under: str


def remember(home: Path, *erasures: Erasure) -> None:
    """Add some to the list; they are on the disk when this returns, and so before the store forgets the persons."""
    path = home / LIST
    lines = "".join(json.dumps(vars(one), sort_keys=True, ensure_ascii=False) + "\n" for one in erasures)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            if file.read(1) != b"\n":  # a process ended in the middle of a line, and before the store forgot anybody
                file.truncate(_last_line_end(file, size))
        file.write(lines.encode())
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(home, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def listed(home: Path) -> Iterator[Erasure]:
    """Everybody on the list, in order.

    Raises
    ------
    StoreError
        A line cannot be read.
    """
    path = home / LIST
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                yield Erasure(**json.loads(line))
            except (ValueError, TypeError):
                if not line.endswith("\n"):
                    return  # the process ended in the middle of a line, and before the store forgot anybody
                raise StoreError(f"Line {number} of {path} is no erasure.") from None


def reapply(store: Store, home: Path) -> int:
    """Erase everybody on the list whom the store has not erased since; how many that were.

    Whoever came back after an erasure that the store knows of is left alone.
    """
    again = 0
    for erasure in listed(home):
        with store.reading() as connection:
            known = persons.erased_at(connection, erasure.candidate_id)
        if known is None or known < erasure.at_us:
            with store.writing() as connection:
                done = erase_people(connection, [erasure.candidate_id], at_us=erasure.at_us, under=erasure.under)
            again += done.people
    return again


def _last_line_end(file: BinaryIO, size: int) -> int:
    """Where the last whole line ends."""
    file.seek(max(0, size - _LONGEST_LINE))
    tail = file.read()
    return size - len(tail) + tail.rfind(b"\n") + 1
