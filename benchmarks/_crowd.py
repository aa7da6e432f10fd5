"""A store with many cases, made in minutes: a small simulated world, scored as always, and copies of its active cases.

Every copy is a person with a key of their own and a case in the queue with all its records, its score and the steps
that wait; dates and bands are spread over the copies. Nothing is stored but through the tables of the store.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.registry import load_release, promoted
from models.rules import load_rules
from models.times import end_of_day, to_us
from risk_service.services.ingest import ingest
from risk_service.services.installation import Installation, install
from risk_service.services.rescoring import rescore
from risk_service.settings import Settings
from risk_service.store import MasterKey, Store, migrate, name_index, open_store
from risk_service.store.bulk import insert_frame, read_frame
from risk_service.store.office_tables import waiting_steps
from risk_service.store.tables import FEED_TABLES, current_scores, name_pieces, named_people, people, scores
from training.simulate import Settings as Simulated
from training.simulate import simulate, write

UNTIL: Final = dt.date(2026, 3, 31)
NOW_US: Final = to_us(dt.datetime(2026, 4, 1, 2, 0, tzinfo=dt.UTC))
WORLD: Final = 3000
"""Candidates of the simulated world."""

_INSTALLED_US: Final = to_us(dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
_SEED: Final = 11
_OWN: Final = frozenset({"candidate_id", "registration_id", "travel_id", "case_id"})
_PERSONAL: Final = ("registrations", "registration_steps", "travel")
_SPREAD_DAYS: Final = 90
_NONE: Final = 2**31 - 1


def make(home: Path, *, cases: int, url: str | None = None) -> Store:
    """Make a store with about so many cases in the queue.

    Parameters
    ----------
    home
        Empty folder for keys, registry and, without `url`, the SQLite file.
    url
        An empty PostgreSQL database.
    """
    settings = Settings(home=home)
    rules = load_rules()
    installation = Installation(registry=settings.registry, keys=settings.keys)
    install(installation, now_us=_INSTALLED_US, rules_version=rules.version)
    if url is not None:
        empty = open_store(url, any_revision=True)
        migrate.upgrade(empty)
        empty.close()
    store, master = open_store(url or settings.database_url), MasterKey.open(settings.keys)
    delivery = home / "delivery"
    write(simulate(Simulated(candidates=WORLD, seed=_SEED, until=UNTIL)), delivery, truth=home / "truth.parquet")
    ingest(store, master, delivery, now_us=NOW_US)
    trusted = installation.trusted()
    release = load_release(settings.registry, promoted(settings.registry, trusted), trusted)
    rescore(store, release=release, rules=rules, as_of_us=end_of_day(UNTIL), clock=lambda: NOW_US)
    with store.writing() as connection:
        _multiply(connection, master, cases)
    if store.kind == "postgresql":
        with store.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("VACUUM ANALYZE"))
    return store


def _multiply(connection: Connection, master: MasterKey, cases: int) -> None:
    people_of = read_frame(connection, sa.select(current_scores.c.candidate_id).distinct())
    active = int(connection.execute(sa.select(sa.func.count()).select_from(current_scores)).scalar_one())
    times = max(0, cases // active - 1)
    if not times:
        return
    keys, copies = sa.MetaData(), pl.DataFrame({"k": range(1, times + 1)}, schema={"k": pl.Int64})
    base = sa.Table("crowd_base", keys, sa.Column("candidate_id", sa.Text), prefixes=["TEMPORARY"])
    number = sa.Table("crowd_copies", keys, sa.Column("k", sa.BigInteger), prefixes=["TEMPORARY"])
    keys.create_all(connection)
    insert_frame(connection, base, people_of)
    insert_frame(connection, number, copies)
    _copy_people(connection, master, base, times)
    k = number.c.k
    step = int(connection.execute(sa.select(sa.func.max(scores.c.score_id))).scalar_one()) + 1
    c = current_scores.c
    band = (k + c.score_id) % 20
    order = sa.case((band < 1, 0), (band < 6, 1), (band < 18, 2), else_=3)
    name = sa.case((band < 1, "first"), (band < 6, "check"), (band < 18, "none"), else_="insufficient")
    later = k % _SPREAD_DAYS
    spread = {
        "score_id": c.score_id + k * step,
        "band_order": order,
        "band": name,
        "rank_key": c.rank_key + (k * 37 % 1000) / sa.literal(1000.0),
        "planned_day": c.planned_day + later,
        "planned_key": sa.case((c.planned_day.is_(None), _NONE), else_=c.planned_day + later),
    }
    for feed in _PERSONAL:
        _copy(connection, FEED_TABLES[feed], base, number, {})
    _copy_names(connection, people_of["candidate_id"].to_list(), times)
    _copy(connection, current_scores, base, number, spread)
    _copy(connection, scores, base, number, {"score_id": scores.c.score_id + k * step})
    planned = waiting_steps.c.planned_key
    moved = sa.case((planned == _NONE, _NONE), else_=planned + later)
    _copy(connection, waiting_steps, base, number, {"planned_key": moved})
    keys.drop_all(connection)


def _copy(
    connection: Connection,
    table: sa.Table,
    base: sa.Table,
    number: sa.Table,
    given: Mapping[str, sa.ColumnElement[object]],
) -> None:
    """Copy the rows of the base people, each person's ids with the number of the copy at their end."""
    columns = [
        given.get(column.name, column.concat("~").concat(sa.cast(number.c.k, sa.Text)))
        if column.name in (_OWN | set(given))
        else column
        for column in table.columns
    ]
    mine = table.c.candidate_id.in_(sa.select(base.c.candidate_id))
    order = list(table.primary_key.columns)
    query = sa.select(*columns).select_from(table.join(number, sa.true())).where(mine).order_by(*order, number.c.k)
    connection.execute(sa.insert(table).from_select([column.name for column in table.columns], query))


def _copy_names(connection: Connection, base: Sequence[str], times: int) -> None:
    """Give the copies' names the pieces of the base people's."""
    known = dict(map(tuple, connection.execute(sa.select(named_people.c.number, named_people.c.candidate_id))))
    pieces: dict[str, list[int]] = {who: [] for who in base}
    for page, token, members in connection.execute(sa.select(name_pieces)):
        for place in np.frombuffer(members, dtype="<u2").tolist():
            if (who := known[page * name_index.PAGE + place]) in pieces:
                pieces[who].append(token)
    for copy in range(1, times + 1):
        name_index.add(connection, {f"{who}~{copy}": some for who, some in pieces.items()})


def _copy_people(connection: Connection, master: MasterKey, base: sa.Table, times: int) -> None:
    """Seal the base people's names anew under a key of each copy's own; numbers are nobody's."""
    candidates = FEED_TABLES["candidates"]
    mine = candidates.c.candidate_id.in_(sa.select(base.c.candidate_id))
    rows = read_frame(connection, sa.select(*candidates.columns).where(mine)).sort("candidate_id")
    wrapped_of = sa.select(people.c.candidate_id, people.c.wrapped_key).where(
        people.c.candidate_id.in_(sa.select(base.c.candidate_id))
    )
    known = {row.candidate_id: row.wrapped_key for row in connection.execute(wrapped_of)}
    plain = [
        b"" if sealed is None else master.person(person, bytes(known[person] or b"")).open(sealed)
        for person, sealed in rows.select("candidate_id", "sealed").iter_rows()
    ]
    for number in range(1, times + 1):
        names = [f"{person}~{number}" for person in rows["candidate_id"]]
        fresh = {name: master.new_person(name) for name in dict.fromkeys(names)}
        sealed = [fresh[name][0].seal(text) for name, text in zip(names, plain, strict=True)]
        copied = rows.with_columns(
            candidate_id=pl.Series(names, dtype=pl.String),
            sealed=pl.Series(sealed, dtype=pl.Binary),
            nik_token=pl.lit(None, dtype=pl.Binary),
            passport_token=pl.lit(None, dtype=pl.Binary),
        )
        insert_frame(connection, candidates, copied)
        wrapped = [key for _, key in fresh.values()]
        insert_frame(
            connection,
            people,
            pl.DataFrame(
                {"candidate_id": list(fresh), "wrapped_key": wrapped},
                schema={"candidate_id": pl.String, "wrapped_key": pl.Binary},
            ),
        )
