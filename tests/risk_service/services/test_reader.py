from __future__ import annotations

import datetime as dt

import polars as pl

from models.times import US_PER_DAY
from risk_service.auth import context


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
