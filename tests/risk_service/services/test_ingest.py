"""A delivery comes in whole or not at all; bad rows are named, orphans wait, nothing counts twice."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal

from models.asof import visible
from models.delivery import read_delivery
from models.errors import ContractError, StoreError
from models.schema import FEEDS
from models.times import parse_moment
from risk_service.services.ingest import IngestReport, ingest
from risk_service.store import MasterKey, Store, open_store
from risk_service.store import deliveries as kept
from risk_service.store.feeds import frame_types, load_feeds
from risk_service.store.tables import METADATA, unresolved
from tests.models.delivery.writing import ROWS, row, write_csv, write_good, write_manifest

NOW = parse_moment("2026-01-01")
DIRTY = Path(__file__).parents[2] / "data" / "dirty"

Deliver = Callable[..., IngestReport]


@pytest.fixture
def deliver(store: Store, master: MasterKey, tmp_path: Path) -> Deliver:
    """Takes rows, by feed, as one delivery."""
    numbers = iter(range(1, 1000))

    def take(source: str | None = None, /, **feeds: list[dict[str, str]]) -> IngestReport:
        folder = tmp_path / f"delivery-{next(numbers)}"
        folder.mkdir()
        for feed, rows in feeds.items():
            write_csv(folder, feed, rows)
        if source is not None:
            write_manifest(folder, source=source)
        return ingest(store, master, folder, now_us=NOW)

    return take


def feeds_of(store: Store, seq: int | None = None) -> dict[str, pl.DataFrame]:
    with store.reading() as connection:
        return load_feeds(connection, seq=seq)


def values(store: Store, feed: str, *columns: str) -> list[tuple[object, ...]]:
    return feeds_of(store)[feed].sort("recorded_at", "ingest_seq", "row").select(columns).rows()


def test_what_comes_out_is_what_a_reader_of_the_files_gets(store: Store, master: MasterKey, tmp_path: Path) -> None:
    folder = write_good(tmp_path / "good")
    report = ingest(store, master, folder, now_us=NOW)
    assert report.exit_code == 0
    assert {feed: (c.rows, c.taken) for feed, c in report.feeds.items()} == dict.fromkeys(
        sorted(ROWS, key=list(FEEDS).index), (1, 1)
    )
    read = read_delivery(folder).feeds
    for name, frame in feeds_of(store).items():
        assert dict(frame.schema) == frame_types(FEEDS[name])
        common = [column for column in read[name].columns if column in frame.columns]
        assert_frame_equal(frame.select(common), read[name].select(common))


def test_the_dirty_sample(store: Store, master: MasterKey, tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    report = ingest(store, master, DIRTY, now_us=NOW, rejects_to=lambda _: path)
    assert report.exit_code == 3
    with path.open(newline="") as stream:
        rejected = [(line["feed"], int(line["line"]), line["field"]) for line in csv.DictReader(stream)]
    broken = []
    for feed in FEEDS:
        with (DIRTY / f"{feed}.csv").open(newline="") as stream:
            rows = enumerate(csv.DictReader(stream), start=2)
            broken += [(feed, line, name) for line, cells in rows for name, cell in cells.items() if cell == "??"]
    assert sorted(rejected) == sorted(broken)
    assert report.still_pending == {"registration_steps": 14}  # of the one registration that was never good
    for feed, counts in report.feeds.items():
        assert counts.taken == counts.rows - counts.rejected - counts.pending
        assert feeds_of(store)[feed].height == counts.taken


def test_the_same_delivery_again_changes_nothing(store: Store, master: MasterKey) -> None:
    first = ingest(store, master, DIRTY, now_us=NOW)
    before = feeds_of(store)
    again = ingest(store, master, DIRTY, now_us=NOW)
    assert again.seq > first.seq
    assert again.total("taken") == again.total("pending") == again.total("released") == 0
    assert again.total("already") == first.total("taken") + first.total("pending")
    assert again.still_pending == first.still_pending
    for name, frame in feeds_of(store).items():
        assert_frame_equal(frame, before[name], check_row_order=False)


def test_of_equal_times_the_later_delivery_counts_and_what_was_there_is_no_news(deliver: Deliver, store: Store) -> None:
    a, b = row("offices", name="A"), row("offices", name="B")
    deliver(offices=[a])
    deliver(offices=[b])
    assert deliver(offices=[a]).feeds["offices"].already == 1
    assert visible(feeds_of(store), NOW)["offices"]["name"].to_list() == ["B"]


def test_within_a_delivery_the_later_row_counts_and_a_repeat_is_no_row(deliver: Deliver, store: Store) -> None:
    a, b = row("offices", name="A"), row("offices", name="B")
    counts = deliver(offices=[a, b, a]).feeds["offices"]
    assert (counts.taken, counts.already) == (2, 1)
    assert visible(feeds_of(store), NOW)["offices"]["name"].to_list() == ["B"]


def test_an_orphan_waits_until_its_parents_come(deliver: Deliver, store: Store) -> None:
    early = deliver("one", registrations=[ROWS["registrations"]], registration_steps=[ROWS["registration_steps"]])
    assert early.exit_code == 0
    assert early.still_pending == {"registrations": 1, "registration_steps": 1}
    assert feeds_of(store)["registrations"].is_empty()
    late = deliver("two", candidates=[ROWS["candidates"]])
    assert (late.total("released"), late.still_pending) == (2, {})
    assert feeds_of(store)["registration_steps"].height == 1


def test_rows_that_waited_keep_their_source_and_stay_out_of_earlier_replays(deliver: Deliver, store: Store) -> None:
    early = deliver("one", registrations=[ROWS["registrations"]])
    late = deliver("two", candidates=[ROWS["candidates"]])
    (seq,) = feeds_of(store)["registrations"]["ingest_seq"].to_list()
    assert early.seq < seq < late.seq
    with store.reading() as connection:
        assert {stamp.seq: stamp.source for stamp in kept.stamps(connection)}[seq] == "one"
    assert feeds_of(store, seq=early.seq)["registrations"].is_empty()


def test_what_is_delivered_with_the_parent_counts_over_what_had_waited(deliver: Deliver, store: Store) -> None:
    deliver(registrations=[row("registrations", status="open")])
    deliver(candidates=[ROWS["candidates"]], registrations=[row("registrations", status="withdrawn")])
    assert visible(feeds_of(store), NOW)["registrations"]["status"].to_list() == ["withdrawn"]


def test_a_waiting_row_delivered_again_still_waits_once(deliver: Deliver, store: Store) -> None:
    deliver(registrations=[ROWS["registrations"]])
    assert deliver(registrations=[ROWS["registrations"]]).feeds["registrations"].already == 1
    assert deliver(candidates=[ROWS["candidates"]]).total("released") == 1
    assert feeds_of(store)["registrations"].height == 1


def test_citations_of_the_unknown_are_kept_and_noted(deliver: Deliver, store: Store) -> None:
    report = deliver(
        offices=[ROWS["offices"]],
        candidates=[ROWS["candidates"]],
        registrations=[row("registrations", agency_id="A1", permit_id="P1")],
        agencies=[{"agency_id": "A1", "name": "PT", "kind": "p3mi", "recorded_at": "2025-01-01T00:00:00Z"}],
    )
    assert report.feeds["registrations"].unresolved == 1
    with store.reading() as connection:
        noted = connection.execute(sa.select(unresolved.c.feed, unresolved.c.field, unresolved.c.value)).all()
    assert noted == [("registrations", "permit_id", "P1")]


def test_a_lone_retraction_is_read_with_the_candidate_of_its_key(deliver: Deliver, store: Store) -> None:
    lone = {"registration_id": "R1", "recorded_at": "2025-06-01T00:00:00Z", "retracted": "true"}
    deliver(registrations=[lone])
    deliver(candidates=[ROWS["candidates"]], registrations=[ROWS["registrations"]])
    with store.reading() as connection:
        own = load_feeds(connection, candidates=["C1"])["registrations"]
    assert sorted(own["retracted"].to_list()) == [False, True]
    assert visible(feeds_of(store), NOW)["registrations"].is_empty()


def test_simulated_and_real_rows_never_meet(deliver: Deliver, store: Store, master: MasterKey, tmp_path: Path) -> None:
    deliver(offices=[ROWS["offices"]])
    folder = write_good(tmp_path / "simulated")
    write_manifest(folder, simulated=True)
    with pytest.raises(ContractError, match="is simulated, the store holds real data"):
        ingest(store, master, folder, now_us=NOW)
    assert feeds_of(store)["candidates"].is_empty()


def test_a_delivery_of_which_nothing_can_be_used_leaves_only_its_rejects(
    store: Store, master: MasterKey, tmp_path: Path
) -> None:
    folder, path = tmp_path / "useless", tmp_path / "rejects.csv"
    folder.mkdir()
    write_csv(folder, "offices", [row("offices", kind="?"), row("offices", kind="!")])
    with pytest.raises(ContractError, match=r"Not one of 2 rows can be used.*rejects\.csv names them"):
        ingest(store, master, folder, now_us=NOW, rejects_to=lambda _: path)
    assert len(path.read_text().splitlines()) == 3
    with store.reading() as connection:
        assert kept.last_seq(connection) == 0
        assert kept.is_simulated(connection) is None


def test_a_file_that_turns_out_damaged_takes_the_whole_delivery_with_it(
    store: Store, master: MasterKey, tmp_path: Path
) -> None:
    folder = write_good(tmp_path / "damaged")
    (folder / "outcomes.csv").unlink()
    path = folder / "outcomes.parquet"
    pl.DataFrame([row("outcomes", outcome_id=f"U{i}") for i in range(5000)]).write_parquet(path, compression="zstd")
    data = bytearray(path.read_bytes())
    data[40:400] = bytes(360)
    path.write_bytes(data)
    with pytest.raises(ContractError, match=r"outcomes\.parquet is no readable Parquet file"):
        ingest(store, master, folder, now_us=NOW, rejects_to=lambda _: tmp_path / "rejects.csv")
    assert all(frame.is_empty() for frame in feeds_of(store).values())
    assert not (tmp_path / "rejects.csv").exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from risk_service.services.ingest import ingest
from risk_service.store import MasterKey, open_store

def progress(feed, done, of):
    if feed == "travel":
        os.kill(os.getpid(), signal.SIGKILL)

ingest(open_store(sys.argv[1]), MasterKey(bytes(range(32))), Path(sys.argv[2]), now_us=1, progress=progress)
"""


def test_a_killed_process_leaves_nothing_and_the_next_one_takes_it_all(
    store: Store, store_url: str, master: MasterKey
) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, store_url, str(DIRTY)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert all(frame.is_empty() for frame in feeds_of(store).values())
    report = ingest(store, master, DIRTY, now_us=NOW)
    assert report.seq == 1
    assert report.feeds["travel"].taken == 13


def test_a_store_keeps_to_its_first_master_key(deliver: Deliver, store: Store, tmp_path: Path) -> None:
    deliver(offices=[ROWS["offices"]])
    with pytest.raises(StoreError, match="another master key"):
        ingest(store, MasterKey(b"x" * 32), write_good(tmp_path / "good"), now_us=NOW)


def test_no_table_holds_a_name_or_number_in_the_clear(store: Store, deliver: Deliver) -> None:
    secret = {"nik": "7471014101990009", "full_name": "Zubaidah", "passport_no": "C7654321", "phone": "+62811223344"}
    deliver(candidates=[row("candidates", **secret)])
    with store.reading() as connection:
        for table in METADATA.sorted_tables:
            for found in connection.execute(sa.select(table)):
                shown = " ".join(v.decode("latin-1") if isinstance(v, bytes) else str(v) for v in found)
                assert not any(value in shown for value in secret.values())


@pytest.mark.postgres
def test_two_stores_take_the_same_delivery_alike(sqlite_url: str, postgresql_url: str, master: MasterKey) -> None:
    found = []
    for url in (sqlite_url, postgresql_url):
        store = open_store(url)
        report = ingest(store, master, DIRTY, now_us=NOW)
        found.append((report, feeds_of(store)))
        store.close()
    assert found[0][0] == found[1][0]
    for name in FEEDS:
        assert_frame_equal(found[0][1][name], found[1][1][name], check_row_order=False)
