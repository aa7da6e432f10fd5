"""Counting requests, for all server processes of a host in a small file beside the store.

`limits` knows rates and storages, and finds the file by its scheme, ``file:///folder/requests.db``. The file is a table
of places, each with the digest of who asks, how often, and until when; a lock of the system makes counting one step. It
makes no promise to survive a crash of the machine: what is lost then are counts of a minute.
"""

from __future__ import annotations

import fcntl
import hashlib
import math
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import limits
from limits.storage import Storage, storage_from_string

SCHEME: Final = "file"
_DIGEST: Final = 16
_PLACE: Final = struct.Struct(f"<{_DIGEST}sqd")
_LOOKED: Final = 8
"""Places next to each other in one of which somebody's count is."""
_PLACES: Final = 65_536
_SEVERAL: Final = struct.Struct("<" + f"{_DIGEST}sqd" * _LOOKED)
_HEAD: Final = b"risk-service counts of requests 1".ljust(64, b"\n")
_SIZE: Final = len(_HEAD) + _PLACES * _PLACE.size
_NOTHING: Final = bytes(_PLACE.size)


class FileStorage(Storage):
    """Counts in a file.

    Where more ask at once than have places next to each other, who may ask again soonest is forgotten.

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
        self._mine = threading.Lock()  # the system's lock is one of processes
        self._file: int | None = None

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """What can go wrong with the file."""
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and return how many there are until the time ends."""
        return self.counted(key, expiry, amount)[0]

    def counted(self, key: str, expiry: int, amount: int = 1) -> tuple[int, float]:
        """Count, and return how many there are and when the time ends, seconds since 1970."""
        who, near = _digest(key)
        now = self._clock()
        with self._locked() as file:
            at, made, until = _place(file, who, near, now)
            if until <= now:
                made, until = 0, now + expiry
            made += amount
            os.pwrite(file, _PLACE.pack(who, made, until), at)
        return made, until

    def get(self, key: str) -> int:
        """Return how many there are."""
        return self._found(key)[0]

    def get_expiry(self, key: str) -> float:
        """Return when the time ends, seconds since 1970."""
        return self._found(key)[1] or self._clock()

    def check(self) -> bool:
        """Return whether the file can be used."""
        try:
            with self._locked():
                return True
        except OSError:
            return False

    def reset(self) -> int | None:
        """Forget all counts."""
        with self._locked() as file:
            found: int = sum(until > 0 for _, _, until in _PLACE.iter_unpack(os.pread(file, _SIZE, len(_HEAD))))
            os.pwrite(file, bytes(_SIZE - len(_HEAD)), len(_HEAD))
        return found

    def clear(self, key: str) -> None:
        """Forget one."""
        who, near = _digest(key)
        with self._locked() as file:
            at, _, until = _place(file, who, near, self._clock())
            if until:
                os.pwrite(file, _NOTHING, at)

    def _found(self, key: str) -> tuple[int, float]:
        who, near = _digest(key)
        now = self._clock()
        with self._locked() as file:
            _, made, until = _place(file, who, near, now)
        return (made, until) if until > now else (0, 0.0)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The file, while nobody else reads or writes it."""
        with self._mine:
            if self._file is None:
                self._file = self._open()
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield self._file
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _open(self) -> int:
        """Open the file; one that is none of this kind, as versions before wrote it, is begun anew."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.lockf(file, fcntl.LOCK_EX)
        try:
            if os.pread(file, len(_HEAD), 0) != _HEAD or os.fstat(file).st_size != _SIZE:
                os.ftruncate(file, 0)
                os.pwrite(file, _HEAD + bytes(_SIZE - len(_HEAD)), 0)
                for beside in ("-wal", "-shm"):
                    Path(f"{self._path}{beside}").unlink(missing_ok=True)
        except OSError:
            with suppress(OSError):
                os.close(file)
            raise
        fcntl.lockf(file, fcntl.LOCK_UN)
        return file


def _digest(key: str) -> tuple[bytes, int]:
    """What stands for a key, and where the first place is that its count may be in."""
    who = hashlib.blake2b(key.encode(), digest_size=_DIGEST).digest()
    first = int.from_bytes(who[:8], "little") % (_PLACES - _LOOKED + 1)
    return who, len(_HEAD) + first * _PLACE.size


def _place(file: int, who: bytes, near: int, now: float) -> tuple[int, int, float]:
    """Where somebody's count is or may be, how much it is and until when; 0 and 0.0 if there is none."""
    places = _SEVERAL.unpack(os.pread(file, _SEVERAL.size, near))
    if who in places:
        at = places.index(who)
        return near + at // 3 * _PLACE.size, places[at + 1], places[at + 2]
    times = places[2::3]
    at = next((at for at, until in enumerate(times) if until <= now), times.index(min(times)))
    return near + at * _PLACE.size, 0, 0.0


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
