from __future__ import annotations

from dataclasses import replace

from risk_service.store import Store, deliveries
from risk_service.store.runs import Run, add_run
from risk_service.store.standing import Standing, standing

DONE = Run(
    run_id="a", state="done", as_of_us=100, ingest_seq=1, release="r", rules_version="1", simulated=True,
    requested_by=None, requested_at_us=1, finished_at_us=10,
)  # fmt: skip


def test_an_empty_store_has_no_run_and_is_of_no_kind(store: Store) -> None:
    with store.reading() as connection:
        assert standing(connection, 10**15) == Standing(last_seq=0, simulated=None, run=None)


def test_the_run_is_the_finished_one_as_of_the_latest_time_no_later_than_asked_for(store: Store) -> None:
    with store.writing() as connection:
        deliveries.set_fact(connection, deliveries.SIMULATED, "true")
        for seq in (1, 2):
            deliveries.add_own(connection, seq, at_us=1, label="")
        for run in (
            DONE,
            replace(DONE, run_id="b", as_of_us=200),
            replace(DONE, run_id="c", as_of_us=200, ingest_seq=2),
            replace(DONE, run_id="d", as_of_us=200, ingest_seq=2, finished_at_us=11),
            replace(DONE, run_id="e", as_of_us=250, state="failed"),
            replace(DONE, run_id="f", as_of_us=300),
        ):
            add_run(connection, run)
    with store.reading() as connection:
        found = {t_us: standing(connection, t_us) for t_us in (99, 100, 199, 299, 300)}
    assert {t_us: now.run for t_us, now in found.items()} == {
        99: None, 100: ("a", 100), 199: ("a", 100), 299: ("d", 200), 300: ("f", 300),
    }  # fmt: skip
    assert all(now.last_seq == 2 and now.simulated is True for now in found.values())
