from __future__ import annotations

import datetime as dt

import polars as pl

from models.times import US_PER_DAY
from risk_service.auth import context
from risk_service.services.ingest import ingest
from risk_service.store import MasterKey
from tests.service import DAY_US, JUDGE, NOW_US


def test_offices_are_those_of_the_time_asked_for_in_whatever_order_times_are_asked_for(service, monkeypatch):
    with service.app.app_context():
        reader = context().reader
    with service.store.reading() as connection:
        first = reader.references(connection)["offices"].head(1)
        renamed = first.with_columns(
            pl.lit("Kantor Baru").alias("name"), pl.col("recorded_at") + dt.timedelta(days=10), pl.col("ingest_seq") + 1
        )
        both = {"offices": pl.concat([first, renamed])}
        monkeypatch.setattr(reader, "references", lambda _: both)
        office, name = first["office_id"][0], first["name"][0]
        since = first["recorded_at"].dt.timestamp("us")[0]
        days = (0, 11, 10, 9, 0, -1, 10)
        found = [reader.offices_at(connection, since + day * US_PER_DAY).get(office, {}).get("name") for day in days]
    assert found == [name, "Kantor Baru", "Kantor Baru", name, name, None, "Kantor Baru"]


def beside(service, reader, *days):
    times = [DAY_US + day * US_PER_DAY for day in days]
    return reader.beside(service.store, times)


def test_what_is_kept_is_asked_for_in_one_statement_and_a_new_delivery_is_read_at_once(service, monkeypatch):
    with service.app.app_context():
        reader = context().reader
    first = beside(service, reader, 0)[0]
    with monkeypatch.context() as closed:
        closed.setattr(type(service.store), "reading", None)
        again = beside(service, reader, 0)[0]
    assert again.known is first.known
    assert again.aggregates is first.aggregates
    ingest(service.store, MasterKey.open(service.settings.keys), JUDGE / "late", now_us=NOW_US)
    after = beside(service, reader, 0)[0]
    assert after.known is not first.known
    assert after.aggregates is first.aggregates  # those of the rescoring


def test_cases_asked_together_see_one_state_of_the_store(service, monkeypatch):
    with service.app.app_context():
        reader = context().reader
    alone = [beside(service, reader, day)[0] for day in (0, 1)]
    monkeypatch.setattr("risk_service.services.reader.standing_now", None)
    together = beside(service, reader, 0, 1)
    assert [one.known for one in together] == [one.known for one in alone]
    assert [one.simulated for one in together] == [one.simulated for one in alone]
