"""What the processes of a server tell each other: how many requests each has in hand, and connections handed over.

All of it is made before the first process is forked, so that each has the same memory and the same sockets, whichever
of them end and are replaced.
"""

from __future__ import annotations

import mmap
import socket
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import chain
from typing import Final

_NOBODY: Final = -1
_BYTES: Final = 8
_WORD: Final = b"\x01"


class Sharing:
    """Counts in memory of all processes, and an inbox for each.

    Parameters
    ----------
    most
        Processes that have a place, those that are just ending among them. Further ones work by themselves.
    """

    def __init__(self, most: int) -> None:
        self._counts = memoryview(mmap.mmap(-1, most * _BYTES)).cast("q")
        self._inboxes = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(most)]
        for place, ends in enumerate(self._inboxes):
            self._counts[place] = _NOBODY
            for end in ends:
                end.setblocking(False)

    def close(self) -> None:
        """Close the inboxes of this process."""
        for end in chain.from_iterable(self._inboxes):
            end.close()

    def take(self, taken: Collection[int | None]) -> int | None:
        """Give a new process a place that none at work has; None where there is none left."""
        return next((place for place in range(len(self._counts)) if place not in taken), None)

    def leave(self, place: int | None) -> None:
        """Send nothing more to a process."""
        if place is not None:
            self._counts[place] = _NOBODY

    def tell(self, place: int | None, number: int) -> None:
        """Say how many requests a process has in hand."""
        if place is not None:
            self._counts[place] = number

    def freer(self, place: int | None, number: int) -> int | None:
        """Find a process that would answer sooner than one with so many in hand.

        It has nothing at all in hand, or at least two less: moving a connection has a cost, too.
        """
        least, found = number - 1, None
        for other, count in enumerate(self._counts):
            if other != place and count != _NOBODY and (count == 0 or count < least) and count < number:
                least, found = count, other
        return found

    def inbox(self, place: int) -> socket.socket:
        """Where connections come that are sent to a process: something to wait for."""
        return self._inboxes[place][0]

    def send(self, place: int, connection: socket.socket) -> bool:
        """Hand a connection to another process; False if its inbox is full. The sender's own end stays open."""
        self._counts[place] = max(0, self._counts[place]) + 1  # before it says so itself, or its word would be lost
        try:
            socket.send_fds(self._inboxes[place][1], [_WORD], [connection.fileno()])
        except OSError:
            return False
        return True

    def received(self, place: int) -> Iterator[socket.socket]:
        """Connections that have come."""
        with suppress(BlockingIOError):
            while True:
                _, handles, _, _ = socket.recv_fds(self._inboxes[place][0], len(_WORD), 1)
                for handle in handles:
                    yield socket.socket(fileno=handle)
