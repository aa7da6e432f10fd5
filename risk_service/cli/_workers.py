"""Server processes that share what comes: each answers small requests one after the other, and passes on what waits.

Python computes one thing at a time whatever the number of threads: two requests that take turns every few milliseconds
are both late, one after the other only the second is. So a process begins a request when the one before is answered, to
the last byte of it, or has taken so long that it is no small one; a long page or a slow upload has a thread of its own.

A connection that stays open belongs to one process, and what comes by it would wait there though another process is
idle. So a process with something in hand sends a connection on which a request comes to one that is free, which then
keeps it. A connection on which nothing has come yet, as browsers open them, waits without a thread, and so does one at
its end until the other side has closed it.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from gunicorn.workers.gthread import TConn, ThreadWorker

from risk_service.cli._sharing import Sharing

_PATIENCE: Final = 0.05
"""Seconds after which a request is a long one, beside which others begin."""
_READ: Final = 4096
_DRAINED: Final = 65_536
"""Bytes that are read, and thrown away, of who goes on sending at the end."""
_LAST_WORDS: Final = 0.05
"""Seconds in which those that had not seen that a process ends have sent what they were about to."""
_NONE_THERE: Final = (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK)


class Connection(TConn):
    """A connection, with the bytes that were thrown away at its end."""

    drained = 0

    @property
    def movable(self) -> bool:
        """Whether nothing of it is in this process: no byte of the next request has been read."""
        return self.parser is None or not (self.is_http2 or self.parser.unreader.buf.getvalue())


class Worker(ThreadWorker):
    """A process that begins one small request at a time, and passes connections on."""

    sharing: Sharing
    place: int | None
    at_once: int

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._waiting: deque[Connection] = deque()
        self._running: dict[Connection, float] = {}

    def run(self) -> None:
        """Answer until told to end; then what was sent by somebody who had not seen it."""
        if self.place is not None:
            take = partial(self._receive, self.place)
            self.poller.register(self.sharing.inbox(self.place), selectors.EVENT_READ, take)
        self._begin()
        super().run()
        if self.place is not None:
            time.sleep(_LAST_WORDS)
            for sock in self.sharing.received(self.place):
                conn = self._connection(sock, ready=True)
                if conn is not None:
                    self.handle(conn)
                    conn.close(graceful=True)

    def handle_exit(self, sig: Any, frame: Any) -> None:
        """Begin to end: nothing more is sent here."""
        super().handle_exit(sig, frame)
        self.sharing.leave(self.place)

    def accept(self, listener: Any) -> None:
        """Take a new connection; until something comes by it, it costs no thread."""
        try:
            sock, _ = listener.accept()
        except OSError as error:
            if error.errno in _NONE_THERE:
                return
            raise
        conn = self._connection(sock, ready=False)
        if conn is None:
            return
        self.nr_conns += 1
        try:
            sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            self._wait(conn, partial(self.on_pending_socket_readable, conn))
        except OSError:
            self.nr_conns -= 1
            conn.close()
        else:
            conn.data_ready = True
            self.enqueue_req(conn)

    def enqueue_req(self, conn: Connection) -> None:
        """Begin a request, let it wait, or hand its connection to a process that is free."""
        if not self._pass_on(conn):
            self._waiting.append(conn)
            self._begin()

    def finish_request(self, conn: Connection, fs: Any) -> None:
        """Begin the next request, and look after the connection of this one."""
        del self._running[conn]
        self._begin()
        while self._waiting and self._pass_on(self._waiting[0]):
            self._waiting.popleft()
        if not fs.cancelled() and fs.exception() is None and fs.result():
            super().finish_request(conn, fs)
        else:
            self._part(conn)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Do what there is to do, at the latest when a request that others wait for turns out to be a long one."""
        if self._waiting and len(self._running) < self.cfg.threads:
            timeout = min(timeout, max(0.0, max(self._running.values()) + _PATIENCE - time.monotonic()))
        super().wait_for_and_dispatch_events(timeout)
        self._begin()

    def _begin(self) -> None:
        """Hand requests to threads, as many as may be at work at once, and say what is in hand."""
        now = time.monotonic()
        while (
            self._waiting
            and len(self._running) < self.cfg.threads
            and sum(now - since < _PATIENCE for since in self._running.values()) < self.at_once
        ):
            conn = self._waiting.popleft()
            self._running[conn] = now
            super().enqueue_req(conn)
        if self.alive:
            self.sharing.tell(self.place, self._in_hand)

    @property
    def _in_hand(self) -> int:
        return len(self._running) + len(self._waiting)

    def _pass_on(self, conn: Connection) -> bool:
        """Hand a connection to a process that would answer sooner, if there is one."""
        place = self.sharing.freer(self.place, self._in_hand) if self.alive and conn.movable else None
        if place is None or not self.sharing.send(place, conn.sock):
            return False
        self.nr_conns -= 1
        conn.close()
        return True

    def _receive(self, place: int, _inbox: Any) -> None:
        for sock in self.sharing.received(place):
            conn = self._connection(sock, ready=True)
            if conn is not None:
                self.nr_conns += 1
                self._waiting.append(conn)
        self._begin()

    def _connection(self, sock: socket.socket, *, ready: bool) -> Connection | None:
        """A connection; None if the other side has gone already."""
        try:
            conn = Connection(self.cfg, sock, sock.getpeername(), sock.getsockname())
        except OSError:
            sock.close()
            return None
        conn.data_ready = ready
        return conn

    def _wait(self, conn: Connection, then: Callable[[Any], None]) -> None:
        """Let a connection wait, as long as others may, until something comes by it."""
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, then)

    def _part(self, conn: Connection) -> None:
        """End a connection; closed before the other side has read the answer, it could take that along."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
            self._wait(conn, partial(self._drain, conn))
        except OSError:
            self._gone(conn)

    def _drain(self, conn: Connection, sock: socket.socket) -> None:
        try:
            read = len(sock.recv(_READ))
        except BlockingIOError:
            return
        except OSError:
            read = 0
        conn.drained += read
        if not read or conn.drained > _DRAINED:
            self.poller.unregister(sock)
            self.pending_conns.remove(conn)
            self._gone(conn)

    def _gone(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()


def share(config: Any, *, most: int, at_once: int) -> None:
    """Let the processes of a server share what comes.

    Parameters
    ----------
    config
        Of gunicorn.
    most
        Processes as foreseen; more may be started by a signal.
    at_once
        Small requests that one process works on at a time.
    """
    sharing = Sharing(most)

    def before_fork(server: Any, worker: Any) -> None:
        worker.sharing, worker.at_once = sharing, at_once
        worker.place = sharing.take([other.place for other in server.WORKERS.values()])

    config.set("worker_class", Worker)  # threads: a browser's idle connection must not hold a whole process
    config.set("pre_fork", before_fork)
