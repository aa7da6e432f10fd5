from __future__ import annotations

import pytest

from risk_service.errors import BusyError, KeyReusedError
from risk_service.policy import Principal
from risk_service.services.idempotency import KEPT_US, Answer, once
from risk_service.store import MasterKey
from risk_service.store import idempotency as rows

WHO = Principal(key_id="abcdefgh", name="a desk", role="feeder")
NOW = 1_757_500_000_000_000
MASTER = MasterKey(bytes(range(32)))


def carry_out(store, *, now=NOW, request=b"POST /runs", done=None, fail=None):
    def do():
        if fail is not None:
            raise fail
        if done is not None:
            done.append(1)
        return Answer(201, {"number": len(done or [])}, {"Location": "/runs/1"})

    return once(store, master=MASTER, principal=WHO, key="the key", request=request, now_us=now, do=do)


def test_the_second_time_gets_the_first_times_answer(store):
    done = []
    first = carry_out(store, done=done)
    again = carry_out(store, done=done, now=NOW + 1)

    assert (first.body, first.headers) == (again.body, again.headers)
    assert (first.repeated, again.repeated) == (False, True)
    assert done == [1]


def test_after_its_time_it_is_forgotten(store):
    done = []
    carry_out(store, done=done)
    carry_out(store, done=done, now=NOW + KEPT_US + 1)

    assert done == [1, 1]


def test_another_request_under_the_same_key_is_refused(store):
    carry_out(store)
    with pytest.raises(KeyReusedError):
        carry_out(store, request=b"POST /runs other")


def test_what_failed_is_not_remembered(store):
    with pytest.raises(ZeroDivisionError):
        carry_out(store, fail=ZeroDivisionError())

    assert carry_out(store).status == 201


def test_while_the_first_is_under_way_the_second_waits(store):
    def nested():
        with pytest.raises(BusyError):
            carry_out(store)
        return Answer(201, {}, {})

    once(store, master=MASTER, principal=WHO, key="the key", request=b"POST /runs", now_us=NOW, do=nested)


def test_a_request_whose_process_died_is_given_up_in_the_end(store):
    with store.writing() as connection:
        rows.begin(connection, principal=WHO.key_id, key="the key", request_digest=b"x" * 32, at_us=NOW)

    with pytest.raises(KeyReusedError):
        carry_out(store, now=NOW + 1)
    assert carry_out(store, now=NOW + 3600 * 1_000_000).status == 201
