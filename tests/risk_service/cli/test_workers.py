"""Server processes share what comes."""

from __future__ import annotations

import http.client
import os
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from risk_service.cli import _turns, _workers
from risk_service.cli._connection import Connection
from risk_service.cli._sharing import Sharing
from risk_service.cli._workers import Worker, share

MOST_SECONDS = 60


@pytest.fixture
def shared():
    """What processes share, closed with the test."""
    with ExitStack() as opened:

        def make(most):
            sharing = Sharing(most)
            opened.callback(sharing.close)
            return sharing

        yield make


def test_who_has_nothing_in_hand_or_two_less_answers_sooner(shared):
    sharing = shared(3)
    for place in range(3):
        sharing.tell(place, 5)

    assert sharing.freer(0, 5) is None
    sharing.tell(1, 4)
    assert sharing.freer(0, 5) is None
    sharing.tell(1, 3)
    assert sharing.freer(0, 5) == 1
    sharing.tell(2, 1)
    assert sharing.freer(0, 5) == 2
    sharing.tell(1, 0)
    assert sharing.freer(0, 1) == 1
    assert sharing.freer(0, 0) is None  # nobody answers sooner than one that would begin now


def test_a_process_alone_or_that_has_ended_is_not_one_with_nothing_to_do(shared):
    sharing = shared(3)
    sharing.tell(0, 100)
    assert sharing.freer(0, 100) is None

    sharing.tell(1, 0)
    sharing.leave(1)
    assert sharing.freer(0, 100) is None


def test_places_are_given_once_and_those_beyond_work_by_themselves(shared):
    sharing = shared(2)
    taken = []
    for _ in range(4):
        taken.append(sharing.take(taken))
    sharing.tell(None, 5)
    sharing.leave(None)

    assert taken == [0, 1, None, None]
    assert sharing.take([1, None]) == 0
    assert sharing.freer(None, 100) is None


def test_what_one_process_says_another_one_reads(shared):
    sharing = shared(3)
    sharing.tell(0, 1)
    child = os.fork()
    if child == 0:
        sharing.tell(1, 0)
        os._exit(0)
    os.waitpid(child, 0)

    assert sharing.freer(0, 1) == 1


def test_a_connection_that_is_sent_arrives_once(shared):
    sharing = shared(2)
    here, there = socket.socketpair()
    with here, there:
        assert sharing.send(1, here)
        assert list(sharing.received(0)) == []
        (got,) = sharing.received(1)
        assert list(sharing.received(1)) == []
        with got:
            got.sendall(b"hello")
            assert there.recv(5) == b"hello"


def test_what_does_not_fit_into_an_inbox_stays(shared):
    sharing = shared(2)
    here, there = socket.socketpair()
    with here, there:
        sent = 0
        while sharing.send(1, here):
            sent += 1
        got = list(sharing.received(1))
        for one in got:
            one.close()

    assert len(got) == sent > 0


def test_every_process_has_a_place_of_its_own():
    config = Config()
    share(config, most=3, at_once=1)
    server, workers = SimpleNamespace(WORKERS={}), [SimpleNamespace() for _ in range(2)]
    for number, worker in enumerate(workers):
        config.pre_fork(server, worker)
        server.WORKERS[number] = worker

    assert [worker.place for worker in workers] == [0, 1]
    assert workers[0].sharing is workers[1].sharing
    workers[0].sharing.close()


class App:
    """Says who answers, and how long the body was; a path with a number waits until it may end."""

    def __init__(self, name):
        self.name = name
        self.begun = {str(number): threading.Event() for number in range(4)}
        self.may_end = {str(number): threading.Event() for number in range(4)}

    def __call__(self, environ, start_response):
        number = environ["PATH_INFO"].strip("/")
        if number:
            self.begun[number].set()
            assert self.may_end[number].wait(MOST_SECONDS)
        body = environ["wsgi.input"].read()
        said = f"{self.name} {len(body)}" if body else self.name
        start_response("200 OK", [("Content-Length", str(len(said)))])
        return [said.encode()]


def made(app, sharing, place, *, threads=2, at_once=1):
    """A process of a server, without the process."""
    config = Config()
    config.set("threads", threads)
    config.set("loglevel", "critical")
    config.set("keepalive", MOST_SECONDS)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    worker = Worker(1, os.getppid(), [listener], app, MOST_SECONDS, config, Logger(config))
    worker.sharing, worker.place, worker.at_once = sharing, place, at_once
    worker.wsgi, worker.address = app, listener.getsockname()
    worker.poller = _workers.selectors.DefaultSelector()
    worker.method_queue.init()
    return worker


@contextmanager
def running(name, sharing, place, **more):
    """A process of a server at work in a thread."""
    app = App(name)
    worker = made(app, sharing, place, **more)
    worker.app, worker.clients = app, []
    at_work = threading.Thread(target=worker.run)
    at_work.start()
    until(lambda: sharing._counts[place] == 0)
    try:
        yield worker
    finally:
        for event in app.may_end.values():
            event.set()
        for connection in worker.clients:
            connection.close()
        worker.handle_exit(None, None)
        at_work.join(MOST_SECONDS)
        assert not at_work.is_alive()
        worker.tmp.close()


def client(worker):
    """A connection, closed before the process ends."""
    connection = http.client.HTTPConnection(*worker.address, timeout=MOST_SECONDS)
    worker.clients.append(connection)
    return connection


def until(true):
    """Wait for what happens in another thread."""
    end = time.monotonic() + MOST_SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.002)


def free(sharing, place):
    """Wait until a process has nothing in hand: it says so a moment after its answer has been read."""
    until(lambda: sharing._counts[place] == 0)


def answer(connection):
    with connection.getresponse() as got:
        return got.read().decode()


def asked(connection, path="/"):
    connection.request("GET", path)
    return answer(connection)


@pytest.fixture
def patient(monkeypatch):
    """Nothing is a long request."""
    monkeypatch.setattr(_turns, "PATIENCE", MOST_SECONDS)


def test_a_connection_goes_to_a_process_that_is_free_and_stays_there(shared):
    sharing = shared(2)
    with running("first", sharing, 0) as first, running("second", sharing, 1):
        kept, slow, new = client(first), client(first), client(first)
        assert asked(kept) == "first"
        free(sharing, 0)
        slow.request("GET", "/1")
        assert first.app.begun["1"].wait(MOST_SECONDS)
        assert asked(kept) == "second"
        free(sharing, 1)
        assert asked(new) == "second"
        first.app.may_end["1"].set()
        assert answer(slow) == "first"
        free(sharing, 0)
        free(sharing, 1)
        assert asked(kept) == "second"
        assert asked(slow) == "first"


@pytest.mark.usefixtures("patient")
def test_small_requests_are_answered_one_after_the_other(shared):
    with running("only", shared(1), 0) as only:
        one, two = client(only), client(only)
        one.request("GET", "/1")
        assert only.app.begun["1"].wait(MOST_SECONDS)
        two.request("GET", "/2")
        beside = only.app.begun["2"].wait(0.3)
        only.app.may_end["1"].set()
        assert answer(one) == "only"
        assert only.app.begun["2"].wait(MOST_SECONDS)
        only.app.may_end["2"].set()
        assert answer(two) == "only"

    assert not beside


@pytest.mark.parametrize(("patience", "at_once"), [(0.01, 1), (MOST_SECONDS, 2)])
def test_others_begin_beside_a_long_one_or_as_many_as_may(monkeypatch, patience, at_once, shared):
    monkeypatch.setattr(_turns, "PATIENCE", patience)
    with running("only", shared(1), 0, at_once=at_once) as only:
        one, two = client(only), client(only)
        one.request("GET", "/1")
        assert only.app.begun["1"].wait(MOST_SECONDS)
        two.request("GET", "/2")
        assert only.app.begun["2"].wait(MOST_SECONDS)


@pytest.mark.usefixtures("patient")
def test_of_what_came_meanwhile_one_is_answered_and_the_rest_goes_to_a_process_that_is_free(shared):
    sharing = shared(2)
    with running("first", sharing, 0) as first:
        waiting = [client(first) for _ in range(3)]
        assert [asked(connection) for connection in waiting] == ["first"] * 3
        sharing.tell(1, 1)
        for number, connection in enumerate(waiting, 1):
            connection.request("GET", f"/{number}")
            assert first.app.begun["1"].wait(MOST_SECONDS)
        sharing.tell(1, 0)
        first.app.may_end["1"].set()
        assert answer(waiting[0]) == "first"
        until(lambda: first.app.begun["2"].is_set() or first.app.begun["3"].is_set())
        moved = []
        until(lambda: moved.extend(sharing.received(1)) or moved)
        with moved[0]:
            moved[0].setblocking(True)
            stayed = 2 if first.app.begun["2"].is_set() else 3
            assert moved[0].recv(100).startswith(b"GET /%d " % (5 - stayed))
            first.app.may_end[str(stayed)].set()
            assert answer(waiting[stayed - 1]) == "first"


def test_connections_by_which_nothing_comes_hold_nobody_up(shared):
    with running("only", shared(1), 0, threads=1) as only:
        idle = [socket.create_connection(only.address) for _ in range(5)]
        until(lambda: len(only._resting) == len(idle))
        assert asked(client(only)) == "only"
        until(lambda: len(only._resting) == len(idle) + 1)
        for one in idle:
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            said = b""
            while not said.endswith(b"only"):
                said += one.recv(1000)
            one.close()


def test_who_does_not_close_at_the_end_holds_nobody_up(shared):
    with running("only", shared(1), 0, threads=1) as only, socket.create_connection(only.address) as open_end:
        open_end.sendall(b"GET / HTTP/1.0\r\n\r\n")
        said = b""
        while more := open_end.recv(1000):
            said += more
        assert said.endswith(b"only")
        assert asked(client(only)) == "only"
        open_end.close()
        until(lambda: len(only._resting) == 1)


def said_by(sock, end=b"only"):
    """What is said until it ends so, or nothing more is said."""
    said = b""
    while not said.endswith(end) and (more := sock.recv(1000)):
        said += more
    return said


def test_half_a_request_holds_nobody_up_and_is_answered_when_it_is_whole(shared):
    request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"
    with running("only", shared(1), 0, threads=1) as only:
        halves = [socket.create_connection(only.address) for _ in request[1:]]
        for cut, half in enumerate(halves, 1):
            half.sendall(request[:cut])
        until(lambda: sum(bool(conn.read) for conn in list(only._resting)) == len(halves))
        assert only._running == {}
        assert asked(client(only)) == "only"
        for cut, half in enumerate(halves, 1):
            half.sendall(request[cut:])
            assert said_by(half, b"only 4").endswith(b"only 4")
            half.close()


def test_who_sends_half_a_request_and_no_more_is_left(monkeypatch, shared):
    monkeypatch.setattr(_workers, "_HALF_SENT", 2.0)
    monkeypatch.setattr(_workers, "_TICK", 0.1)
    with running("only", shared(1), 0) as only, socket.create_connection(only.address) as slow:
        slow.sendall(b"GET / HT")
        until(lambda: any(conn.read for conn in list(only._resting)))
        slow.sendall(b"TP")  # going on does not make the time any longer
        assert said_by(slow) == b""
        until(lambda: only.nr_conns == 0)


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 100000", b"Content-Length: 5\r\nExpect: 100-continue", b"Transfer-Encoding: chunked"],
)
def test_a_body_that_is_large_or_comes_in_pieces_is_waited_for_by_a_thread_of_its_own(shared, head):
    body = b"5\r\nwhole\r\n0\r\n\r\n" if b"chunked" in head else b"x" * (100_000 if b"0000" in head else 5)
    length = b"5" if len(body) < 100 else b"100000"
    with running("only", shared(1), 0) as only, socket.create_connection(only.address) as slow:
        slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n" + body[:1])
        until(lambda: len(only._running) == 1)
        assert [asked(client(only)) for _ in range(3)] == ["only"] * 3
        slow.sendall(body[1:])
        assert said_by(slow, b"only " + length).endswith(b"only " + length)
        until(lambda: only._running == {})
        slow.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert said_by(slow).endswith(b"only")


def test_small_requests_are_answered_beside_as_many_long_ones_as_there_are_threads_less_one(shared):
    with running("only", shared(1), 0, threads=3) as only:
        long = [client(only) for _ in range(2)]
        for number, connection in enumerate(long, 1):
            connection.request("GET", f"/{number}")
            assert only.app.begun[str(number)].wait(MOST_SECONDS)
        assert [asked(client(only)) for _ in range(3)] == ["only"] * 3
        for number, connection in enumerate(long, 1):
            only.app.may_end[str(number)].set()
            assert answer(connection) == "only"
            assert asked(connection) == "only"


def test_what_comes_while_all_threads_have_something_long_waits_for_the_first_to_end(shared):
    with running("only", shared(1), 0, threads=2) as only:
        long = [client(only) for _ in range(2)]
        for number, connection in enumerate(long, 1):
            connection.request("GET", f"/{number}")
            assert only.app.begun[str(number)].wait(MOST_SECONDS)
        until(lambda: len(only._running) == 2)
        third = client(only)
        third.request("GET", "/3")
        until(lambda: len(only._waiting) == 1)
        assert not only.app.begun["3"].is_set()
        only.app.may_end["1"].set()
        assert only.app.begun["3"].wait(MOST_SECONDS)
        assert answer(long[0]) == "only"


def test_requests_that_come_together_are_answered_one_by_one(shared):
    with running("only", shared(1), 0) as only, socket.create_connection(only.address) as several:
        several.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3 + b"GET / HTTP/1.0\r\n\r\n")
        said = b""
        while more := several.recv(1000):
            said += more
        assert said.count(b"HTTP/1.1 200 OK") + said.count(b"HTTP/1.0 200 OK") == 4


def test_who_has_said_everything_and_closes_his_side_is_answered(shared):
    with running("only", shared(1), 0) as only, socket.create_connection(only.address) as done:
        done.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        done.shutdown(socket.SHUT_WR)
        assert said_by(done).endswith(b"only")
        until(lambda: only.nr_conns == 0)


@pytest.mark.parametrize("nonsense", [b"GET / HTTP/1.1\nHost: x\n", b"\x16\x03\x01" + b"x" * 9000])
def test_what_is_no_request_is_told_so_at_once(shared, nonsense):
    with running("only", shared(1), 0) as only, socket.create_connection(only.address) as wrong:
        wrong.sendall(nonsense)
        assert said_by(wrong).startswith(b"HTTP/1.1 4")
        assert asked(client(only)) == "only"


def test_a_process_that_ends_answers_what_it_has_begun_and_takes_nothing_more(monkeypatch, shared):
    monkeypatch.setattr(_workers, "STOP_KEEPALIVE_LINGER", MOST_SECONDS)
    sharing = shared(1)
    with running("only", sharing, 0) as only:
        long, resting, small = client(only), client(only), client(only)
        assert asked(resting) == "only"
        long.request("GET", "/1")
        assert only.app.begun["1"].wait(MOST_SECONDS)
        small.request("GET", "/2")
        assert only.app.begun["2"].wait(MOST_SECONDS)
        only.handle_exit(None, None)
        until(lambda: not only._accepting)
        only.app.may_end["2"].set()
        assert answer(small) == "only"
        resting.request("GET", "/")
        said = resting.getresponse()
        assert (said.read(), said.getheader("Connection")) == (b"only", "close")
        only.app.may_end["1"].set()
        assert answer(long) == "only"


def test_a_process_that_cannot_look_after_its_connections_ends(shared):
    worker = made(App("broken"), shared(1), 0)

    def break_down(_listener):
        raise RuntimeError("cannot accept")

    worker.accept = break_down
    with socket.create_connection(worker.address), pytest.raises(RuntimeError, match="cannot accept"):
        worker.run()
    for opened in (worker.sockets[0], worker.poller, worker.method_queue, worker.tmp):
        opened.close()


def flood(connection):
    """Send 160 MB, far more than lies in any buffer on the way."""
    for _ in range(20_000):
        connection.sendall(b"x" * 8192)


def test_who_goes_on_sending_at_the_end_is_cut_off(shared):
    with running("only", shared(1), 0) as only, socket.create_connection(only.address) as chatty:
        chatty.sendall(b"GET / HTTP/1.0\r\n\r\n")
        with pytest.raises(OSError, match=r"Broken pipe|reset"):
            flood(chatty)
        until(lambda: only.nr_conns == 0)
        assert not only._resting


def test_a_connection_sent_to_a_process_that_just_ends_is_answered(shared):
    sharing = shared(2)
    worker = made(App("last"), sharing, 0)
    with socket.create_connection(worker.address) as asking:
        asking.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        worker.sockets[0].setblocking(True)
        taken, _ = worker.sockets[0].accept()
        sharing.send(0, taken)
        taken.close()
        closing = threading.Timer(0.1, asking.shutdown, [socket.SHUT_WR])
        closing.start()
        worker.handle_exit(None, None)
        worker.run()
        worker.tmp.close()
        said = asking.recv(1000)
        closing.join()

    assert said.endswith(b"last")
    assert b"Connection: close" in said
    sharing.tell(1, 5)
    assert sharing.freer(1, 5) is None


def test_a_connection_with_bytes_of_the_next_request_stays():
    here, there = socket.socketpair()
    with there:
        conn = Connection(Config(), here, ("127.0.0.1", 1), ("127.0.0.1", 2))
        assert conn.movable
        there.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET")
        conn.receive()
        assert not conn.movable
        conn.parse()
        next(conn.parser)
        assert conn.movable
        conn.rest()
        assert not conn.movable
        conn.close()
