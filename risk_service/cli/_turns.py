"""Threads that take turns at looking after connections.

One thread at a time looks after the connections of a process, and answers small requests itself: nothing is handed over
and nobody is woken. The process's first thread watches it. Where an answer takes longer than a small one may, the turn
goes to a thread that has nothing to do, and the one before comes back when it is done. A thread that knows beforehand
that it will be long gives its turn away first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final

PATIENCE: Final = 0.05
"""Seconds after which a request is a long one, beside which others begin."""
_ASLEEP: Final = 1.0
"""Seconds between two looks where nothing is asked."""
_NEVER: Final = float("inf")


class Turns:
    """Whose turn it is.

    Parameters
    ----------
    lead
        Looks after the connections until it is another one's turn, or it is all over. It is told its turn, and what
        the thread before had in hand when its turn was taken away; None if it gave it away.
    most
        Threads. One of them always has to have nothing long in hand, or nobody looks after connections.
    """

    def __init__(self, lead: Callable[[int, Any], None], *, most: int) -> None:
        self.over = False
        self._lead, self._most = lead, most
        self._lock = threading.Lock()
        self._baton = threading.Lock()
        self._baton.acquire()
        self._bell = threading.Event()
        self._threads: list[threading.Thread] = []
        self._spare = 0
        self._turn = 0
        self._left: Any = None
        self._held: Any = None
        self._since = _NEVER
        self._begun = self._seen = 0
        self._asleep = False
        self._fault: BaseException | None = None

    def run(self, chore: Callable[[], None]) -> None:
        """Start the first thread and watch until it is all over; the chore is done once a second and at the start.

        Raises
        ------
        BaseException
            What looking after connections ended with, if it broke.
        """
        self.give_away()
        due = 0.0
        while not self.over:
            now = time.monotonic()
            if now >= due:
                chore()
                due = now + _ASLEEP
            self._bell.wait(self._look())
            self._bell.clear()
        with self._lock:
            if self._baton.locked():
                self._baton.release()
        for thread in self._threads:
            thread.join()
        if self._fault is not None:
            raise self._fault

    def end(self) -> None:
        """Say that it is all over."""
        self.over = True
        self._bell.set()

    def begin(self, held: Any) -> None:
        """Say what the thread whose turn it is begins to answer."""
        if self._spare < 1:
            self._add()
        self._held = held
        self._begun += 1
        self._since = time.monotonic()
        if self._asleep:
            self._asleep = False
            self._bell.set()

    def done(self, turn: int) -> bool:
        """Say that it is answered; whether it is still this thread's turn."""
        with self._lock:
            if self._turn != turn:
                return False
            self._since = _NEVER
            return True

    def give_away(self) -> None:
        """Let another thread go on, before something long is begun."""
        if self._spare < 1:
            self._add()
        with self._lock:
            self._next(None)

    def _next(self, left: Any) -> None:
        if self.over:
            return
        self._turn += 1
        self._left, self._since = left, _NEVER
        self._spare -= 1
        self._baton.release()

    def _look(self) -> float:
        """Give the turn to another thread if this one's takes long; seconds until the next look."""
        with self._lock:
            if self._since != _NEVER:
                late = time.monotonic() - self._since - PATIENCE
                if late < 0:
                    return -late
                if self._spare > 0:
                    self._next(self._held)
            if self._begun != self._seen:
                self._seen = self._begun
                return PATIENCE
            self._asleep = True
        if self._since != _NEVER:  # begun just now, perhaps before it saw that nobody looks
            self._asleep = False
            return PATIENCE
        return _ASLEEP

    def _add(self) -> None:
        if len(self._threads) == self._most:
            return  # one is about to come back
        thread = threading.Thread(target=self._work, name=f"connections-{len(self._threads)}", daemon=True)
        with self._lock:
            self._spare += 1
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while True:
            self._baton.acquire()
            if self.over:
                self._baton.release()
                return
            left, self._left = self._left, None
            try:
                self._lead(self._turn, left)
            except BaseException as fault:  # noqa: BLE001 - the first thread raises it
                self._fault = fault
                self.end()
            with self._lock:
                self._spare += 1
