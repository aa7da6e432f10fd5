"""Erasures that outlive a restore: who was erased stands in a list beside the store, and is erased again from it.

A backup made before an erasure still holds the sealed record and the person's key. The list names only the opaque
candidate_id, the time and the policy, so it says nothing of anybody; keep a copy with the keys.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.errors import StoreError
from risk_service.store import Store, persons

LIST: Final = "erasures.jsonl"


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """One person erased: who, when (UTC microseconds), under which policy."""

    candidate_id: str
    at_us: int
    under: str


def remember(home: Path, erasure: Erasure) -> None:
    """Add one to the list; it is on the disk when this returns, and so before the store forgets the person."""
    line = json.dumps(vars(erasure), sort_keys=True, ensure_ascii=False)
    with (home / LIST).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


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
    """Erase everybody on the list who is in the store unerased; how many that were."""
    again = 0
    for erasure in listed(home):
        with store.writing() as connection:
            if persons.erased_under(connection, erasure.candidate_id) is None:
                again += persons.erase(connection, erasure.candidate_id, at_us=erasure.at_us, under=erasure.under)
    return again
