"""Counting requests for all server processes of a host, in a small file beside the store.

Flask-Limiter finds the storage by its scheme, ``file:///folder/requests.db``. The file is SQLite without any promise to
survive a crash of the machine: what is lost then are counts of a minute.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from limits.storage import Storage

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
RETURNING amount
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
        now = self._clock()
        values = {"key": key, "amount": amount, "now": now, "expiry": expiry}
        connection = self._connection()
        found = int(connection.execute(_COUNT, values).fetchall()[0][0])
        self._counted += 1
        if self._counted % _SWEPT_EVERY == 0:
            connection.execute("DELETE FROM counts WHERE until <= ?", (now,))
        return found

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
