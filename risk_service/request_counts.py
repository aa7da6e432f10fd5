"""Counting requests, for all server processes of a host in a small file beside the store.

`limits` knows rates and storages, and finds the file by its scheme, ``file:///folder/requests.db``. The file is SQLite
without any promise to survive a crash of the machine: what is lost then are counts of a minute.
"""

from __future__ import annotations

import math
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import limits
from limits.storage import Storage, storage_from_string

SCHEME: Final = "file"
_BUSY_SECONDS: Final = 2.0
_SWEPT_EVERY: Final = 1_000
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS counts (key TEXT PRIMARY KEY, amount INTEGER NOT NULL, until REAL NOT NULL) WITHOUT ROWID
"""
_COUNT: Final = """
INSERT INTO counts (key, amount, until) VALUES (:key, :amount, :now + :expiry)
ON CONFLICT (key) DO UPDATE SET
    amount = CASE WHEN until <= :now THEN :amount ELSE amount + :amount END,
    until = CASE WHEN until <= :now THEN :now + :expiry ELSE until END
RETURNING amount, until
"""


class FileStorage(Storage):
    """Counts in a file.

    Parameters
    ----------
    uri
        ``file://`` and the path.
    clock
        Seconds since 1970.
    """

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - as limits declares it

    def __init__(
        self,
        uri: str | None = None,
        wrap_exceptions: bool = False,  # noqa: FBT001, FBT002 - as limits calls it
        clock: Callable[[], float] = time.time,
        **options: float | str | bool,
    ) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._path = Path((uri or "").removeprefix(f"{SCHEME}://"))
        self._clock = clock
        self._own = threading.local()
        self._counted = 0

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """What can go wrong with the file."""
        return (sqlite3.Error, OSError)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and return how many there are until the time ends."""
        return self.counted(key, expiry, amount)[0]

    def counted(self, key: str, expiry: int, amount: int = 1) -> tuple[int, float]:
        """Count, and return how many there are and when the time ends, seconds since 1970."""
        now = self._clock()
        values = {"key": key, "amount": amount, "now": now, "expiry": expiry}
        connection = self._connection()
        found, until = connection.execute(_COUNT, values).fetchall()[0]
        self._counted += 1
        if self._counted % _SWEPT_EVERY == 0:
            connection.execute("DELETE FROM counts WHERE until <= ?", (now,))
        return int(found), float(until)

    def get(self, key: str) -> int:
        """Return how many there are."""
        query = "SELECT amount FROM counts WHERE key = ? AND until > ?"
        row = self._connection().execute(query, (key, self._clock())).fetchone()
        return int(row[0]) if row else 0

    def get_expiry(self, key: str) -> float:
        """Return when the time ends, seconds since 1970."""
        row = self._connection().execute("SELECT until FROM counts WHERE key = ?", (key,)).fetchone()
        return float(row[0]) if row else self._clock()

    def check(self) -> bool:
        """Return whether the file can be used."""
        try:
            self._connection().execute("SELECT 1 FROM counts LIMIT 1")
        except (sqlite3.Error, OSError):
            return False
        return True

    def reset(self) -> int | None:
        """Forget all counts."""
        return self._connection().execute("DELETE FROM counts").rowcount

    def clear(self, key: str) -> None:
        """Forget one."""
        self._connection().execute("DELETE FROM counts WHERE key = ?", (key,))

    def _connection(self) -> sqlite3.Connection:
        """The connection of this thread of this process: one that was opened before a fork is not used after it."""
        mine: tuple[int, sqlite3.Connection] | None = getattr(self._own, "kept", None)
        if mine is not None and mine[0] == os.getpid():
            return mine[1]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(_TABLE)
        self._own.kept = (os.getpid(), connection)
        return connection


@dataclass(frozen=True)
class Count:
    """How often somebody has asked.

    Parameters
    ----------
    allowed
        Requests within a time.
    made
        Requests so far, this one among them.
    until
        End of the time, seconds since 1970.
    wait
        Whole seconds until then, at least one.
    """

    allowed: int
    made: int
    until: float
    wait: int

    @property
    def remaining(self) -> int:
        """Requests that are left until then."""
        return max(0, self.allowed - self.made)

    @property
    def over(self) -> bool:
        """Whether this one is more than is allowed."""
        return self.made > self.allowed


class RequestLimit:
    """What one key or address may ask within a time.

    Parameters
    ----------
    rate
        Such as ``600 per minute``.
    storage
        URI of where requests are counted.
    clock
        Seconds since 1970, as the storage has them.
    """

    def __init__(self, rate: str, storage: str, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._rate = limits.parse(rate)
        self._storage = cast("Storage", storage_from_string(storage))

    def count(self, who: str) -> Count:
        """Count a request of somebody."""
        key, expiry = self._rate.key_for(who), self._rate.get_expiry()
        if isinstance(self._storage, FileStorage):
            made, until = self._storage.counted(key, expiry)
        else:
            made, until = self._storage.incr(key, expiry), self._storage.get_expiry(key)
        return Count(self._rate.amount, made, until, wait=max(1, math.ceil(until - self._clock())))
