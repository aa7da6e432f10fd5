"""Server processes that share what comes: small requests one after the other, and connections to who has less to do.

A connection that stays open belongs to one process, and what comes by it waits there though another process is idle. So
every process says how many requests it has in hand, and one that has two more than another ends the connection with its
answer; the next request opens a new one, which goes to who is free.
"""

from __future__ import annotations

import mmap
import threading
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker

_NOBODY: Final = -1
_BYTES: Final = 8
_SMALL: Final = 65_536
_PATIENCE: Final = 0.05


class InHand:
    """How many requests each process has in hand, in memory that all of them share.

    Parameters
    ----------
    most
        Processes that have a place of their own, those that are just ending among them.
    """

    def __init__(self, most: int) -> None:
        self._counts = memoryview(mmap.mmap(-1, most * _BYTES)).cast("q")
        for place in range(most):
            self._counts[place] = _NOBODY

    def take(self, taken: Collection[int]) -> int:
        """Give a new process a place that none at work has; those that find none free share the last."""
        last = len(self._counts) - 1
        place = next((place for place in range(last) if place not in taken), last)
        self._counts[place] = 0
        return place

    def leave(self, place: int) -> None:
        """Count a process no longer."""
        self._counts[place] = _NOBODY

    def add(self, place: int, number: int) -> None:
        """Change the count of a process; only that process does."""
        self._counts[place] += number

    def too_many(self, place: int) -> bool:
        """Whether a process has at least two more in hand than another one."""
        others = [count for at, count in enumerate(self._counts) if at != place and count != _NOBODY]
        return bool(others) and self._counts[place] >= min(others) + 2


class Worker(ThreadWorker):
    """A process that says what it has in hand."""

    in_hand: InHand
    place: int

    def enqueue_req(self, conn: Any) -> None:
        """Hand a request to a thread."""
        self.in_hand.add(self.place, 1)
        super().enqueue_req(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Look after a connection once its request is answered."""
        self.in_hand.add(self.place, -1)
        super().finish_request(conn, fs)


def share(config: Any, most: int) -> None:
    """Let the processes of a server share what comes.

    Parameters
    ----------
    config
        Of gunicorn.
    most
        Processes as foreseen; more may be started by a signal.
    """
    in_hand = InHand(most)

    def before_fork(server: Any, worker: Any) -> None:
        worker.in_hand = in_hand
        worker.place = in_hand.take([other.place for other in server.WORKERS.values()])

    def before_request(worker: Any, request: Any) -> None:
        if in_hand.too_many(worker.place):
            request.force_close()

    config.set("worker_class", Worker)  # threads: a browser's idle connection must not hold a whole process
    config.set("pre_fork", before_fork)
    config.set("pre_request", before_request)


class Turns:
    """An application that takes small requests one after the other.

    Python computes one at a time whatever the number of threads: two that take turns every few milliseconds are both
    late, one after the other only the second. Who has waited for a while goes on beside a long one; who sends much, and
    may do so slowly, waits for nobody and lets nobody wait.

    Parameters
    ----------
    application
        WSGI.
    patience
        Seconds to wait at most.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]], patience: float = _PATIENCE) -> None:
        self._application, self._patience = application, patience
        self._turn = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer."""
        if "HTTP_TRANSFER_ENCODING" in environ or int(environ.get("CONTENT_LENGTH") or 0) > _SMALL:
            return self._application(environ, start_response)
        mine = self._turn.acquire(timeout=self._patience)
        try:
            return self._application(environ, start_response)
        finally:
            if mine:
                self._turn.release()
