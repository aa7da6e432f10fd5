"""A connection to a server process, and what has come by it of the next request."""

from __future__ import annotations

import socket
from typing import Any, Final

from gunicorn.workers.gthread import TConn

from risk_service.cli._requests import Came, came

_READ: Final = 65_536
_DRAINED: Final = 65_536
"""Bytes that are read, and thrown away, of who goes on sending at the end."""


class Connection(TConn):
    """A connection, and what has come by it of the next request.

    Attributes
    ----------
    read
        Bytes of the next request.
    whole_by
        When they have to be a whole one; None as long as there are none.
    drained
        Bytes that were thrown away at its end.
    polled, queued, parting
        Whether something that comes by it is noticed, whether its request waits for its turn, whether it is at its end.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.read = b""
        self.whole_by: float | None = None
        self.drained = 0
        self.polled = self.queued = self.parting = False

    @property
    def movable(self) -> bool:
        """Whether nothing of it is in this process: no byte of the next request has been read."""
        return not self.read

    def receive(self) -> Came | None:
        """Read what is there, and say what has come of a request; None if nothing more will come of it."""
        try:
            data = self.sock.recv(_READ, socket.MSG_DONTWAIT)
            gone = not data
        except BlockingIOError:
            data, gone = b"", False
        except OSError:
            return None
        self.read = self.read + data if self.read else data
        what = came(self.read)
        return None if gone and what is Came.PART else what

    def parse(self) -> None:
        """Hand what was read to the parser."""
        self.init()
        self.parser.unreader.unread(self.read)
        self.read, self.whole_by = b"", None

    def rest(self) -> None:
        """Take back what came behind a request that was answered."""
        self.read = self.parser.unreader.take_buffered()

    def drain(self) -> bool:
        """Throw away what is there; whether more of it is waited for."""
        try:
            read = len(self.sock.recv(_READ, socket.MSG_DONTWAIT))
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.drained += read
        return bool(read) and self.drained <= _DRAINED
