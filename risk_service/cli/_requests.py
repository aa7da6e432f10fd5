"""Requests and answers as bytes: is a small request whole, and an answer's head and first part in one piece."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Any, Final

from gunicorn import util
from gunicorn.http.wsgi import Response

SMALL: Final = 65_536
"""Bytes of a request that is kept until it is whole."""
_LINE: Final = 8192
"""Bytes without the end of a line that may still become a request."""
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*(?=\r\n)", re.IGNORECASE)
_TALKING: Final = re.compile(rb"\r\n(?:transfer-encoding|expect|upgrade)[ \t]*:", re.IGNORECASE)
_END: Final = b"\r\n\r\n"


class Came(Enum):
    """What has come of a request."""

    WHOLE = auto()
    PART = auto()
    LARGE = auto()
    """It is large, or comes in pieces, or waits for a word, or is none: it is read by a thread that may wait."""


def came(data: bytes) -> Came:
    """Say what has come of a request. The parser has the last word; whoever is wrong here waits in a thread.

    Parameters
    ----------
    data
        Everything since the last request.
    """
    end = data.find(_END)
    if end < 0:
        lines = data.count(b"\n")
        broken = lines != data.count(b"\r\n") or (lines == 0 and len(data) > _LINE)
        return Came.LARGE if broken or len(data) > SMALL else Came.PART
    head = data[: end + 2]
    lengths = _LENGTH.findall(head)
    if len(lengths) > 1 or _TALKING.search(head):
        return Came.LARGE
    size = end + len(_END) + (int(lengths[0]) if lengths else 0)
    if len(data) >= size:
        return Came.WHOLE
    return Came.PART if size <= SMALL else Came.LARGE


class Answer(Response):
    """An answer whose head goes with its first part: one packet, and whoever reads is woken once."""

    headers_sent: bool
    _head = b""

    @property
    def begun(self) -> bool:
        """Whether any byte of it has been sent."""
        return self.headers_sent and not self._head

    def send_headers(self) -> None:
        """Keep the head until there is something to go with it."""
        if not self.headers_sent:
            lines = [*self.default_headers(), *(f"{name}: {value}\r\n" for name, value in self.headers), "\r\n"]
            self._head = "".join(lines).encode("latin-1")
            self.headers_sent = True

    def sendfile(self, respiter: Any) -> bool:
        """Send a file by the system, if it is one."""
        self.send_headers()
        self.flush()
        return bool(super().sendfile(respiter))

    def close(self) -> None:
        """End it: what has no body has a head."""
        self.send_headers()
        if self.chunked:
            self._emit_body(b"")
        self.flush()

    def flush(self) -> None:
        """Send the head if nothing has gone with it."""
        head, self._head = self._head, b""
        if head:
            util.write(self.sock, head)

    def _emit_body(self, data: bytes) -> None:
        head, self._head = self._head, b""
        if self.chunked:
            data = b"%X\r\n%b\r\n" % (len(data), data)
        self.sock.sendall(head + data if head else data)
