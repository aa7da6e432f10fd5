"""Server processes share what comes."""

from __future__ import annotations

import os
import threading
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from gunicorn.config import Config

from risk_service.cli._workers import InHand, Turns, share


def test_who_has_two_more_in_hand_than_another_has_too_many():
    counts = InHand(4)
    first, second = counts.take([]), counts.take([0])
    assert (first, second) == (0, 1)

    counts.add(first, 1)
    assert not counts.too_many(first)  # one request is what a process is for
    counts.add(first, 1)
    assert counts.too_many(first)
    assert not counts.too_many(second)
    counts.add(second, 1)
    assert not counts.too_many(first)


def test_a_process_alone_never_has_too_many():
    counts = InHand(3)
    counts.add(counts.take([]), 100)

    assert not counts.too_many(0)


def test_one_that_has_ended_is_not_one_with_nothing_to_do():
    counts = InHand(3)
    first, second = counts.take([]), counts.take([0])
    counts.add(first, 5)
    counts.leave(second)
    assert not counts.too_many(first)

    counts.add(first, 2)
    assert counts.take([first]) == second
    assert counts.too_many(first)


def test_more_processes_than_foreseen_share_a_place():
    counts = InHand(2)
    places = [counts.take(range(number)) for number in range(4)]
    counts.add(places[3], 2)

    assert places == [0, 1, 1, 1]
    assert counts.too_many(places[2])
    assert not counts.too_many(places[0])


def test_what_one_process_says_another_one_reads():
    counts = InHand(3)
    first, second = counts.take([]), counts.take([0])
    child = os.fork()
    if child == 0:
        counts.add(second, 2)
        os._exit(0)
    os.waitpid(child, 0)

    assert counts.too_many(second)
    assert not counts.too_many(first)


class Slow:
    """An application whose requests end when they are told to."""

    def __init__(self):
        self.begun = [threading.Event() for _ in range(2)]
        self.may_end = [threading.Event() for _ in range(2)]

    def __call__(self, environ, _start_response):
        number = environ["number"]
        self.begun[number].set()
        assert self.may_end[number].wait(20)
        return [b""]


def _asked(turns, slow, **second):
    """Two requests at the same time; whether the second one had begun before the first one ended."""
    asking = []
    for number, more in enumerate(({}, second)):
        environ = {"number": number, **more}
        asking.append(threading.Thread(target=turns, args=(environ, None)))
        asking[-1].start()
        if number == 0:
            assert slow.begun[0].wait(20)
    beside = slow.begun[1].wait(0.3)
    for number, thread in enumerate(asking):
        slow.may_end[number].set()
        thread.join()
    assert slow.begun[1].is_set()
    return beside


def test_small_requests_are_answered_one_after_the_other():
    slow = Slow()

    assert not _asked(Turns(slow, patience=20), slow, CONTENT_LENGTH="200")


@pytest.mark.parametrize("second", [{"CONTENT_LENGTH": "10000000"}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_who_sends_much_waits_for_nobody(second):
    slow = Slow()

    assert _asked(Turns(slow, patience=20), slow, **second)


def test_nobody_waits_long_for_a_long_one():
    slow = Slow()

    assert _asked(Turns(slow, patience=0.01), slow)


def test_a_request_that_fails_lets_the_next_one_in():
    def fail(_environ, _start_response):
        raise OSError("gone")

    turns = Turns(fail, patience=20)
    for _ in range(2):  # the second would wait for twenty seconds
        with pytest.raises(OSError, match="gone"):
            turns({}, None)


def test_a_connection_ends_with_its_answer_where_another_process_has_less_to_do():
    config = Config()
    share(config, 4)
    first, second, asked = SimpleNamespace(), SimpleNamespace(), Mock()
    server = SimpleNamespace(WORKERS={})
    for number, worker in enumerate((first, second)):
        config.pre_fork(server, worker)
        server.WORKERS[number] = worker
    first.in_hand.add(first.place, 2)

    config.pre_request(second, asked)
    asked.force_close.assert_not_called()
    config.pre_request(first, asked)
    asked.force_close.assert_called_once()
