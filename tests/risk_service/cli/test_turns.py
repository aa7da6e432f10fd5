"""Threads take turns at looking after connections."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest

from risk_service.cli import _turns
from risk_service.cli._turns import Turns

MOST_SECONDS = 60


class Leading:
    """Does what it is told in each turn, and notes the turn, the thread and what was left behind."""

    def __init__(self, most=3):
        self.turns = Turns(self.lead, most=most)
        self.noted, self.kept = [], []
        self.came = {turn: threading.Event() for turn in range(1, 6)}
        self.may_go_on = {turn: threading.Event() for turn in range(1, 6)}

    def lead(self, turn, left):
        self.noted.append((turn, threading.get_ident(), left))
        if turn in (1, 2):
            self.turns.begin(f"in hand in turn {turn}")
        self.came[turn].set()
        assert self.may_go_on[turn].wait(MOST_SECONDS)
        if turn in (1, 2):
            self.kept.append(self.turns.done(turn))
        while not self.turns.over and self.turns._turn == turn:
            self.turns._bell.wait(0.01)


@contextmanager
def at_work(leading):
    """Watched over by a thread."""
    watching = threading.Thread(target=leading.turns.run, args=[lambda: None])
    watching.start()
    yield
    for event in leading.may_go_on.values():
        event.set()
    leading.turns.end()
    watching.join(MOST_SECONDS)
    assert not watching.is_alive()


def test_whose_answer_takes_long_keeps_it_and_another_thread_looks_after_the_rest():
    leading = Leading()
    with at_work(leading):
        assert leading.came[2].wait(MOST_SECONDS)
        assert leading.came[3].wait(MOST_SECONDS)
        leading.may_go_on[1].set()
        leading.may_go_on[2].set()

    assert leading.kept == [False, False]
    assert [left for _, _, left in leading.noted] == [None, "in hand in turn 1", "in hand in turn 2"]
    assert len({thread for _, thread, _ in leading.noted}) == 3


def test_whose_answer_is_small_keeps_the_turn(monkeypatch):
    monkeypatch.setattr(_turns, "PATIENCE", MOST_SECONDS)
    leading = Leading()
    with at_work(leading):
        assert leading.came[1].wait(MOST_SECONDS)
        leading.may_go_on[1].set()

    assert leading.kept == [True]
    assert len(leading.noted) == 1


def test_a_thread_that_has_done_something_long_takes_a_turn_again():
    leading = Leading(most=2)
    with at_work(leading):
        assert leading.came[2].wait(MOST_SECONDS)
        leading.may_go_on[1].set()
        assert leading.came[3].wait(MOST_SECONDS)

    assert leading.noted[2][1] == leading.noted[0][1]


def test_a_turn_that_is_given_away_is_taken_at_once(monkeypatch):
    monkeypatch.setattr(_turns, "PATIENCE", MOST_SECONDS)
    noted, last = [], threading.Event()

    def lead(turn, left):
        noted.append((turn, left))
        if turn < 4:
            turns.give_away()
        else:
            last.set()
            turns.end()

    turns = Turns(lead, most=2)
    turns.run(lambda: None)

    assert last.is_set()
    assert noted == [(1, None), (2, None), (3, None), (4, None)]


def test_what_breaks_a_turn_is_raised_by_who_watches():
    def lead(_turn, _left):
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        Turns(lead, most=2).run(lambda: None)


def test_who_watches_has_something_to_do_meanwhile(monkeypatch):
    monkeypatch.setattr(_turns, "_ASLEEP", 0.01)
    done = []

    def lead(turn, _left):
        while not turns.over and turns._turn == turn:
            turns._bell.wait(0.01)

    def chore():
        done.append(None)
        if len(done) == 3:
            turns.end()

    turns = Turns(lead, most=1)
    turns.run(chore)

    assert len(done) == 3
