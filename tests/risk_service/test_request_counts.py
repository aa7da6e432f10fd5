"""Requests are counted for all server processes of a host together."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from risk_service import request_counts
from risk_service.request_counts import Count, FileStorage, RequestLimit
from risk_service.store import open_store
from tests.service import open_service


class Clock:
    now = 1_000.0

    def __call__(self):
        return self.now


def test_a_count_ends_with_its_time(tmp_path):
    clock = Clock()
    counts = FileStorage(f"file://{tmp_path / 'requests.db'}", clock=clock)

    assert [counts.incr("a", 60), counts.incr("a", 60), counts.incr("b", 60)] == [1, 2, 1]
    assert (counts.get("a"), counts.get("c"), counts.get_expiry("a")) == (2, 0, 1_060.0)
    clock.now += 60
    assert (counts.get("a"), counts.incr("a", 60)) == (0, 1)
    counts.clear("a")
    assert counts.get("a") == 0
    assert counts.check()
    assert counts.reset() == 1


def test_a_file_of_a_version_before_is_begun_anew(tmp_path):
    file = tmp_path / "requests.db"
    before = sqlite3.connect(file)
    before.execute("CREATE TABLE counts (key TEXT)")
    before.close()
    file.with_name("requests.db-wal").touch()
    counts = FileStorage(f"file://{file}")
    assert [counts.incr("a", 60), counts.incr("a", 60)] == [1, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["requests.db"]

    assert FileStorage(f"file://{file}").get("a") == 2


def test_who_asks_is_not_in_the_file(tmp_path):
    file = tmp_path / "requests.db"
    FileStorage(f"file://{file}").incr("address:192.0.2.77", 60)

    assert b"192.0.2.77" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


def test_more_than_there_are_places_for_push_out_who_may_ask_again_soonest(tmp_path, monkeypatch):
    monkeypatch.setattr(request_counts, "_digest", lambda key: (key.encode().ljust(16), 64))
    counts = FileStorage(f"file://{tmp_path / 'requests.db'}", clock=Clock())
    for number in range(8):
        assert counts.incr(f"{number}", 100 - number) == 1
    assert counts.incr("more", 60) == 1

    assert [counts.get(f"{number}") for number in range(8)] == [1] * 7 + [0]
    assert counts.get("more") == 1


def test_threads_of_a_process_count_as_one(tmp_path):
    counts = FileStorage(f"file://{tmp_path / 'requests.db'}")
    with ThreadPoolExecutor(4) as threads:
        made = sorted(threads.map(lambda _: counts.incr("a", 600), range(400)))

    assert made == list(range(1, 401))


def test_who_counts_waits_for_another_process_that_does(tmp_path):
    counts = FileStorage(f"file://{tmp_path / 'requests.db'}")
    counts.incr("a", 600)
    (begun, says_begun), (may_end, let_end) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        with counts._locked():
            os.write(says_begun, b"1")
            os.read(may_end, 1)
        os._exit(0)
    os.read(begun, 1)
    with ThreadPoolExecutor(1) as thread:
        mine = thread.submit(counts.incr, "a", 600)
        waited = not wait([mine], 0.3).done
        os.write(let_end, b"1")
        os.waitpid(child, 0)
        for end in (begun, says_begun, may_end, let_end):
            os.close(end)
        assert waited
        assert mine.result(60) == 2


def test_a_process_that_dies_while_it_counts_holds_nobody_up(tmp_path):
    counts = FileStorage(f"file://{tmp_path / 'requests.db'}")
    counts.incr("a", 600)
    child = os.fork()
    if child == 0:
        counts._locked().__enter__()
        os._exit(0)
    os.waitpid(child, 0)

    assert counts.incr("a", 600) == 2


def test_a_file_that_cannot_be_used_is_said_to_be_so(tmp_path):
    (tmp_path / "file").touch()
    counts = FileStorage(f"file://{tmp_path / 'file' / 'requests.db'}")

    assert not counts.check()
    with pytest.raises(OSError, match="file"):
        counts.incr("a", 60)


def test_who_asked_too_often_is_told_how_long_to_wait(tmp_path):
    limit = RequestLimit("2 per minute", f"file://{tmp_path / 'requests.db'}")
    first, second, third = (limit.count("key:a") for _ in range(3))

    assert [count.over for count in (first, second, third)] == [False, False, True]
    assert [count.remaining for count in (first, second, third)] == [1, 0, 0]
    assert first.until == third.until
    assert 1 <= third.wait <= 60
    assert not limit.count("key:b").over


def test_every_storage_counts_alike(tmp_path):
    for storage in (f"file://{tmp_path / 'requests.db'}", "memory://"):
        limit = RequestLimit("1 per hour", storage)
        counts = [limit.count("address:192.0.2.1") for _ in range(2)]

        assert [(count.allowed, count.made) for count in counts] == [(1, 1), (1, 2)]
        assert all(3_590 <= count.wait <= 3_600 for count in counts)


def test_a_time_that_is_as_good_as_over_is_still_a_second():
    clock = Clock()
    limit = RequestLimit("1 per second", "memory://", clock=lambda: clock.now + 10**12)

    assert limit.count("key:a").wait == 1
    assert Count(allowed=5, made=9, until=0.0, wait=1).remaining == 0


def _ask(home, url, key, times, told):
    """A server process of its own over the same installation."""
    store = open_store(url)
    service = open_service(home, store, rate_limit="10 per hour")
    headers = {"Authorization": f"Bearer {key}"}
    told.put([service.client.get("/api/v1/releases", headers=headers).status_code for _ in range(times)])
    store.close()


def test_two_server_processes_count_as_one(service):
    start = multiprocessing.get_context("spawn")
    told = start.Queue()
    url = service.store.engine.url.render_as_string(hide_password=False)
    arguments = (service.settings.home, url, service.key["viewer"], 8, told)
    processes = [start.Process(target=_ask, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    statuses = [status for _ in processes for status in told.get(timeout=120)]
    for process in processes:
        process.join()

    assert sorted(statuses) == [200] * 10 + [429] * 6
