"""Server processes that share what comes: each answers small requests one after the other, and passes on what waits.

Python computes one thing at a time whatever the number of threads: two requests that take turns every few milliseconds
are both late, one after the other only the second is. So the thread that looks after a process's connections reads a
small request itself, as it comes, and answers it when it is whole; half of one holds nobody up. A request that takes
long keeps its thread, and another thread looks after the connections from then on (`risk_service.cli._turns`); so does
one that is large or slow to read. Where another program's database answers, every request has a thread of its own.

A connection that stays open belongs to one process, and what comes by it would wait there though another process is
idle. So a process with something in hand sends a connection on which a request comes to one that is free, which then
keeps it.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time
from collections import deque
from functools import partial
from typing import Any, Final

from gunicorn import util
from gunicorn.http import wsgi
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from risk_service.cli import _turns
from risk_service.cli._connection import Connection
from risk_service.cli._requests import Answer, Came, came
from risk_service.cli._sharing import Sharing
from risk_service.cli._turns import Turns

_HALF_SENT: Final = 30.0
"""Seconds in which a small request has to be whole."""
_LAST_WORDS: Final = 0.05
"""Seconds in which those that had not seen that a process ends have sent what they were about to."""
_NONE_THERE: Final = (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK)
_TICK: Final = 1.0
"""Seconds between two looks for connections that have waited too long."""
_HURRY: Final = 0.1
"""The same when the process ends."""
_LONG: Final = -1.0
"""A beginning that makes a request a long one."""


class Worker(ThreadWorker):
    """A process that answers one small request at a time, and passes connections on."""

    sharing: Sharing
    place: int | None
    at_once: int

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._waiting: deque[Connection] = deque()
        self._running: dict[Connection, float] = {}
        self._resting: dict[Connection, None] = {}
        self._looked = 0.0
        self._until: float | None = None
        self._turns = Turns(self._lead, most=self.cfg.threads + 1)

    def run(self) -> None:
        """Answer until told to end; then what was sent by somebody who had not seen it."""
        self.poller.register(self.method_queue.fileno(), selectors.EVENT_READ, self.method_queue.run_callbacks)
        if self.place is not None:
            take = partial(self._receive, self.place)
            self.poller.register(self.sharing.inbox(self.place), selectors.EVENT_READ, take)
        self._tell(0)
        self._turns.run(self._still_wanted)
        for conn in list(self._resting):
            self._gone(conn)
        self.poller.close()
        self.method_queue.close()
        for listener in self.sockets:
            listener.close()
        if self.place is not None:
            time.sleep(_LAST_WORDS)
            for sock in self.sharing.received(self.place):
                last = self._connection(sock)
                if last is not None:
                    self.handle(last)
                    last.close(graceful=True)

    def handle_exit(self, sig: Any, frame: Any) -> None:
        """Begin to end: nothing more is sent here."""
        super().handle_exit(sig, frame)
        self.sharing.leave(self.place)

    def handle(self, conn: Connection) -> bool:
        """Answer a request; whether the connection stays open."""
        try:
            conn.parse()
            return bool(super().handle(conn))
        except (OSError, SystemExit):
            return False

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Let the application answer; whether the connection stays open."""
        answer = None
        try:
            answer, environ = wsgi.create(req, conn.sock, conn.client, conn.server, self.cfg, response_class=Answer)
            environ["wsgi.multithread"] = True
            if not self.alive or len(self._resting) >= self.max_keepalived:
                answer.force_close()
            parts = self.wsgi(environ, answer.start_response)
            try:
                if isinstance(parts, environ["wsgi.file_wrapper"]):
                    answer.write_file(parts)
                else:
                    for part in parts:
                        answer.write(part)
                answer.close()
            finally:
                if hasattr(parts, "close"):
                    parts.close()
            return not answer.should_close()
        except OSError:
            raise
        except Exception:
            if answer is None or not answer.begun:
                raise
            self.log.exception("Error handling request")
            util.close_graceful(conn.sock)  # a word about it would come in the midst of the answer
            raise StopIteration from None

    # What follows is done by the thread whose turn it is, and by it alone.

    def _lead(self, turn: int, left: Connection | None) -> None:
        """Look after connections until it is another one's turn or all is over."""
        if left is not None:
            self._running[left] = _LONG
            self._ignore(left)
        while not self._turns.over:
            now = time.monotonic()
            if now >= self._looked + _TICK or not self.alive:
                self._look(now)
            for key, _ in self._events(now):
                key.data(key.fileobj)
            if self._waiting and self._may_begin() and not self._begin(turn):
                return

    def _events(self, now: float) -> list[Any]:
        """Wait for what comes, not at all where a request can be answered."""
        timeout = _TICK if self.alive else _HURRY
        if self._waiting and len(self._running) < self.cfg.threads:
            timeout = 0.0 if self._may_begin() else max(0.0, max(self._running.values()) + _turns.PATIENCE - now)
        self._tell(0)
        try:
            return list(self.poller.select(timeout))
        except InterruptedError:
            return []

    def _look(self, now: float) -> None:
        """Close connections that have waited too long, and find out whether to accept more, or to end."""
        self._looked = now
        if self.alive:
            self.set_accept_enabled(self.nr_conns < self.worker_connections)
        elif self._until is None:
            self.sharing.leave(self.place)  # this thread may have told once more, just when it was to end
            self.set_accept_enabled(False)
            self._until = now + self.cfg.graceful_timeout
            for conn in self._resting:
                conn.timeout = min(conn.timeout, now + STOP_KEEPALIVE_LINGER)
        for conn in [one for one in self._resting if one.timeout <= now]:
            self._gone(conn)
        while self._waiting and self._pass_on(self._waiting[0], len(self._running)):
            self._waiting.popleft()
        if self._until is not None and (self.nr_conns == 0 or now > self._until):
            self._turns.end()

    def accept(self, listener: Any) -> None:
        """Take a new connection; until something comes by it, it costs no thread."""
        try:
            sock, _ = listener.accept()
        except OSError as error:
            if error.errno in _NONE_THERE:
                return
            raise
        conn = self._connection(sock)
        if conn is not None:
            self.nr_conns += 1
            self._rest(conn)
            if self.nr_conns >= self.worker_connections:
                self.set_accept_enabled(False)

    def _came(self, conn: Connection, _sock: Any) -> None:
        """Let a request wait for its turn, or hand its connection to a process that is free."""
        if conn.parting:
            if not conn.drain():
                self._gone(conn)
        elif conn.queued:
            if not self._may_begin():
                self._ignore(conn)
        elif not self._pass_on(conn, self._in_hand):
            self._queue(conn)

    def _queue(self, conn: Connection) -> None:
        self._resting.pop(conn, None)
        conn.queued = True
        self._waiting.append(conn)

    def _may_begin(self) -> bool:
        now, running = time.monotonic(), self._running
        return len(running) < self.cfg.threads and (
            not running or sum(now - since < _turns.PATIENCE for since in running.values()) < self.at_once
        )

    def _begin(self, turn: int) -> bool:
        """Answer a request; whether it is still this thread's turn."""
        conn = self._waiting.popleft()
        conn.queued = False
        while self._waiting and self._pass_on(self._waiting[0], len(self._running) + 1):
            self._waiting.popleft()
        what = conn.receive()
        if what is None:
            self._gone(conn)
        elif what is Came.PART:
            self._rest(conn)
        elif what is Came.LARGE or self.at_once > 1:
            self._ignore(conn)
            self._running[conn] = time.monotonic() if what is Came.WHOLE else _LONG
            self._turns.give_away()
            self.method_queue.defer(self._finish, conn, self.handle(conn))
            return False
        else:
            self._turns.begin(conn)
            self._tell(1)
            stays = self.handle(conn)
            if not self._turns.done(turn):
                self.method_queue.defer(self._finish, conn, stays)
                return False
            self._after(conn, stays=stays)
        return True

    def _finish(self, conn: Connection, stays: bool) -> None:  # noqa: FBT001 - as gunicorn calls it
        """Look after the connection of a request that took long."""
        del self._running[conn]
        self._after(conn, stays=stays)

    def _after(self, conn: Connection, *, stays: bool) -> None:
        if not stays:
            self._part(conn)
            return
        conn.rest()
        if conn.read and came(conn.read) is not Came.PART:
            self._queue(conn)
        else:
            self._rest(conn)

    @property
    def _in_hand(self) -> int:
        return len(self._running) + len(self._waiting)

    def _tell(self, begun: int) -> None:
        if self.alive:
            self.sharing.tell(self.place, self._in_hand + begun)

    def _pass_on(self, conn: Connection, before: int) -> bool:
        """Hand a connection to a process that would answer sooner than one with so many before it, if there is one."""
        if not before or not self.alive or not conn.movable:
            return False
        place = self.sharing.freer(self.place, before)
        if place is None or not self.sharing.send(place, conn.sock):
            return False
        self._gone(conn)
        return True

    def _receive(self, place: int, _inbox: Any) -> None:
        for sock in self.sharing.received(place):
            conn = self._connection(sock)
            if conn is not None:
                self.nr_conns += 1
                self._notice(conn)
                self._queue(conn)

    def _connection(self, sock: socket.socket) -> Connection | None:
        """A connection; None if the other side has gone already."""
        try:
            return Connection(self.cfg, sock, sock.getpeername(), sock.getsockname())
        except OSError:
            sock.close()
            return None

    def _rest(self, conn: Connection) -> None:
        """Let a connection wait, as long as others may, until something comes by it."""
        now = time.monotonic()
        if conn.read and conn.whole_by is None:
            conn.whole_by = now + _HALF_SENT
        conn.timeout = conn.whole_by or now + (self.cfg.keepalive if self.alive else STOP_KEEPALIVE_LINGER)
        self._resting[conn] = None
        self._notice(conn)

    def _notice(self, conn: Connection) -> None:
        if not conn.polled:
            conn.polled = True
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._came, conn))

    def _ignore(self, conn: Connection) -> None:
        if conn.polled:
            conn.polled = False
            self.poller.unregister(conn.sock)

    def _part(self, conn: Connection) -> None:
        """End a connection; closed before the other side has read the answer, it could take that along."""
        conn.parting = True
        conn.read, conn.whole_by = b"", None
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._gone(conn)
        else:
            self._rest(conn)

    def _gone(self, conn: Connection) -> None:
        self._resting.pop(conn, None)
        self._ignore(conn)
        self.nr_conns -= 1
        conn.close()

    # What follows is done by the first thread.

    def _still_wanted(self) -> None:
        """Say that this process lives; end if the one that started it does not."""
        self.notify()
        if self.alive and not self.is_parent_alive():
            self.handle_exit(None, None)


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
