"""What identifies a person: sealed under the person's own key, found again by keyed hashes, erased with the key.

NIK, name, passport and phone of a row of candidates are sealed as one text. Beside it stand keyed hashes for equality
of NIK and passport, a keyed hash of the whole by which a row delivered again is known, the facts derived from the NIK
(`models.identity`), and in an index of its own keyed hashes of three letters of the name each, for a search that
forgives spelling. Hashes of three letters betray how often letters occur together; whoever has the database but not the
master key learns no name from them, yet should not have the database.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.errors import StoreError
from models.identity import NIK_MISSING, with_nik_facts
from models.schema import FEEDS
from risk_service.store import marks, name_index
from risk_service.store.bulk import insert_frame, read_frame
from risk_service.store.crypto import MasterKey, PersonKey
from risk_service.store.deliveries import fact, set_fact
from risk_service.store.engine import Store
from risk_service.store.feeds import Candidates, frame_types
from risk_service.store.tables import FEED_TABLES, IDENTITY_COLUMNS, people

SENSITIVE: Final = tuple(field.name for field in FEEDS["candidates"].fields if field.sensitive)
BY_AGE: Final = "retention"
"""What names of policies begin with that erase by age, and not because somebody asked for it."""
_CHECK: Final = "master_key_check"
_CANDIDATES: Final = FEED_TABLES["candidates"]


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What identifies a person, as one row of candidates says it; None: not given."""

    nik: str | None
    full_name: str | None
    passport_no: str | None
    phone: str | None


def master_key(store: Store, folder: Path) -> MasterKey:
    """The master key of an installation, to which the store is held from its first use; made only before that.

    Parameters
    ----------
    folder
        Of the keys.

    Raises
    ------
    StoreError
        The store was filled under another one, or its key is not there; the file cannot be read.
    """
    with store.reading() as connection:
        held = fact(connection, _CHECK) is not None
        master = MasterKey.open(folder, create=not held)
        if held:
            check_key(connection, master)
    if not held:
        with store.writing() as connection:
            check_key(connection, master)
    return master


def check_key(connection: Connection, master: MasterKey) -> None:
    """Hold the store to one master key: the first one used counts.

    Raises
    ------
    StoreError
        The store was filled under another one.
    """
    proof = master.token("check", "master key").hex()
    known = fact(connection, _CHECK)
    if known is None:
        set_fact(connection, _CHECK, proof)
    elif known != proof:
        raise StoreError(
            "The store was filled under another master key.",
            what_to_do="Put that key into the folder of keys (RISK_KEYS); without it names and numbers stay sealed.",
        )


def seal(connection: Connection, master: MasterKey, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of candidates with :data:`IDENTITY_COLUMNS` in place of what identifies a person.

    Persons seen for the first time get a key. For an erased person nothing is sealed again, but for who was erased by
    age (:data:`BY_AGE`) and is on record anew: what was recorded after the erasure is sealed under a new key.

    Parameters
    ----------
    frame
        Canonical rows of candidates.
    """
    name_index.hold(connection)
    marks.check(connection, master)
    ids = frame["candidate_id"].unique().to_list()
    known, ended = _wrapped(connection, ids), _erasures(connection, ids)
    new_keys: dict[str, bytes] = {}
    opened: dict[str, PersonKey] = {}

    def key_of(candidate_id: str, recorded_us: int) -> PersonKey | None:
        if candidate_id not in opened:
            wrapped = known.get(candidate_id)
            if wrapped is not None:
                opened[candidate_id] = master.person(candidate_id, wrapped)
            elif candidate_id not in ended or _came_back(ended[candidate_id], recorded_us):
                opened[candidate_id], new_keys[candidate_id] = master.new_person(candidate_id)
            else:
                return None
        came_before = candidate_id in ended and not _came_back(ended[candidate_id], recorded_us)
        return None if came_before else opened[candidate_id]

    columns: list[tuple[bytes | None, bytes | None, bytes | None, bytes | None]] = []
    letters: dict[str, set[int]] = {}
    sealable: list[bool] = []
    moments = frame["recorded_at"].dt.timestamp("us")
    for recorded_us, (candidate_id, nik, name, passport, phone) in zip(
        moments, frame.select("candidate_id", *SENSITIVE).iter_rows(), strict=True
    ):
        key = key_of(candidate_id, recorded_us) if nik or name or passport or phone else None
        sealable.append(key is not None)
        if key is None:
            columns.append((None, None, None, None))
            continue
        text = marks.as_text(nik, name, passport, phone)
        columns.append(
            (
                key.seal(text.encode()),
                master.mark("identity", text),
                marks.nik_mark(master, nik) if nik else None,
                marks.passport_mark(master, passport) if passport else None,
            )
        )
        if name:
            letters.setdefault(candidate_id, set()).update(marks.trigrams(master, name))
    for candidate_id in new_keys.keys() & ended.keys():
        again = sa.update(people).where(people.c.candidate_id == candidate_id)
        connection.execute(again.values(wrapped_key=new_keys.pop(candidate_id)))
    insert_frame(
        connection,
        people,
        pl.DataFrame(
            {"candidate_id": list(new_keys), "wrapped_key": list(new_keys.values())},
            schema={"candidate_id": pl.String, "wrapped_key": pl.Binary},
        ),
    )
    name_index.add(connection, letters)
    sealed = pl.DataFrame(columns, schema=dict.fromkeys(IDENTITY_COLUMNS[:4], pl.Binary), orient="row")
    nik = pl.when(pl.Series(sealable, dtype=pl.Boolean)).then(
        pl.col("nik")
    )  # of the erased not even facts derived from it
    return pl.concat([with_nik_facts(frame.with_columns(nik)).drop(SENSITIVE), sealed], how="horizontal")


def identities(connection: Connection, master: MasterKey, rows: pl.DataFrame) -> list[Identity | None]:
    """Open sealed texts.

    Parameters
    ----------
    rows
        Columns ``candidate_id`` and ``sealed``.

    Returns
    -------
    list
        Row by row; None where nothing was given, or where the person has been erased.
    """
    known = _wrapped(connection, rows["candidate_id"].unique().to_list())
    found: list[Identity | None] = []
    for candidate_id, sealed in rows.select("candidate_id", "sealed").iter_rows():
        wrapped = known.get(candidate_id)
        if sealed is None or wrapped is None:
            found.append(None)
            continue
        values = json.loads(master.person(candidate_id, wrapped).open(sealed))
        found.append(Identity(**dict(zip((f.name for f in fields(Identity)), values, strict=True))))
    return found


def latest_identity(
    connection: Connection, master: MasterKey, candidate_id: str, *, t_us: int | None = None, seq: int | None = None
) -> Identity | None:
    """What identifies a candidate as of ``t_us`` (None: by everything known), reading deliveries up to ``seq``."""
    table = _CANDIDATES
    query = (
        sa.select(table.c.candidate_id, table.c.sealed, table.c.retracted)
        .where(table.c.candidate_id == candidate_id)
        .order_by(table.c.recorded_at.desc(), table.c.ingest_seq.desc(), table.c.row.desc())
        .limit(1)
    )
    if t_us is not None:
        query = query.where(table.c.recorded_at <= t_us)
    if seq is not None:
        query = query.where(table.c.ingest_seq <= seq)
    rows = read_frame(connection, query)
    if rows.is_empty() or rows["retracted"][0]:
        return None
    return identities(connection, master, rows)[0]


def latest_record(connection: Connection, candidate_id: str, *, t_us: int) -> dict[str, Any] | None:
    """A candidate's row as of ``t_us``, without what identifies the person; None if there was no such candidate.

    The row that `models.asof.visible` keeps, read without anybody else's.
    """
    types = frame_types(FEEDS["candidates"])
    table = _CANDIDATES
    query = (
        sa.select(*(table.c[name] for name in types))
        .where(table.c.candidate_id == candidate_id, table.c.recorded_at <= t_us)
        .order_by(table.c.recorded_at.desc(), table.c.ingest_seq.desc(), table.c.row.desc())
        .limit(1)
    )
    rows = read_frame(connection, query, dtypes=types)
    return None if rows.is_empty() or rows["retracted"][0] else rows.row(0, named=True)


def with_nik(connection: Connection, master: MasterKey, *niks: str) -> list[str]:
    """Candidates of whom some row, however old, gives one of these NIK."""
    return _with_token(connection, "nik_token", marks.nik_marks(master, niks))


def with_passport(connection: Connection, master: MasterKey, *passports: str) -> list[str]:
    """Candidates of whom some row, however old, gives one of these passports."""
    return _with_token(connection, "passport_token", marks.passport_marks(master, passports))


def erase(connection: Connection, *candidate_ids: str, at_us: int, under: str) -> int:
    """Erase what identifies some persons: destroy the key, then what was sealed or hashed; how many are known.

    Parameters
    ----------
    under
        Name of the policy, kept so that a later question is answered with it.
    """
    name_index.hold(connection)
    gone = sum(_erase(connection, one, at_us=at_us, under=under) for one in candidate_ids)
    name_index.remove(connection, candidate_ids)
    return gone


def _erase(connection: Connection, candidate_id: str, *, at_us: int, under: str) -> bool:
    ended = {"wrapped_key": None, "erased_at_us": at_us, "erased_under": under}
    gone = connection.execute(sa.update(people).where(people.c.candidate_id == candidate_id).values(ended)).rowcount > 0
    mine = _CANDIDATES.c.candidate_id == candidate_id
    if not gone and connection.execute(sa.select(sa.exists().where(mine))).scalar():
        connection.execute(sa.insert(people).values(ended | {"candidate_id": candidate_id}))
        gone = True
    blank = dict.fromkeys(IDENTITY_COLUMNS, None) | {"nik_state": NIK_MISSING}
    connection.execute(sa.update(_CANDIDATES).where(mine).values(blank))
    return gone


def erased_under(connection: Connection, candidate_id: str) -> str | None:
    """The policy under which a person was erased; None while not, and once there is a new record of who came back."""
    return erased_of(connection, [candidate_id]).get(candidate_id)


def erased_at(connection: Connection, candidate_id: str) -> int | None:
    """When a person was last erased, UTC microseconds, whether or not there is a new record since."""
    return connection.execute(sa.select(people.c.erased_at_us).where(people.c.candidate_id == candidate_id)).scalar()


def seal_text(connection: Connection, master: MasterKey, candidate_id: str, text: str | None) -> bytes | None:
    """What somebody wrote about a person, sealed under that person's key, so that it is erased with it.

    Returns
    -------
    bytes or None
        None for no text, and for a person who has been erased.
    """
    if not text:
        return None
    known = _wrapped(connection, [candidate_id])
    if candidate_id in known:
        wrapped = known[candidate_id]
        return None if wrapped is None else master.person(candidate_id, wrapped).seal(text.encode())
    key, wrapped = master.new_person(candidate_id)
    connection.execute(sa.insert(people).values(candidate_id=candidate_id, wrapped_key=wrapped))
    return key.seal(text.encode())


def open_text(connection: Connection, master: MasterKey, candidate_id: str, sealed: bytes | None) -> str | None:
    """What :func:`seal_text` sealed; None for nothing, and once the person has been erased."""
    wrapped = _wrapped(connection, [candidate_id]).get(candidate_id) if sealed is not None else None
    if sealed is None or wrapped is None:
        return None
    return master.person(candidate_id, wrapped).open(bytes(sealed)).decode()


def erased_of(connection: Connection, candidate_ids: Sequence[str]) -> dict[str, str]:
    """Of some persons those who were erased, with the policy."""
    found: dict[str, str] = {}
    for start in range(0, len(candidate_ids), 10_000):
        found.update(_erased(connection, people.c.candidate_id.in_(candidate_ids[start : start + 10_000])))
    return found


def erased_in(connection: Connection, group: Candidates) -> dict[str, str]:
    """Of a group of persons those who were erased, with the policy."""
    return _erased(connection, group.has(people.c.candidate_id))


def _erased(connection: Connection, *conditions: sa.ColumnElement[bool]) -> dict[str, str]:
    c = people.c
    query = sa.select(c.candidate_id, c.erased_under).where(c.erased_under.is_not(None), c.wrapped_key.is_(None))
    return {one: policy for one, policy in connection.execute(query.where(*conditions))}  # noqa: C416 - as rows


def _erasures(connection: Connection, candidate_ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """When and under which policy some persons were erased, whether or not they came back."""
    found: dict[str, tuple[int, str]] = {}
    c = people.c
    for start in range(0, len(candidate_ids), 10_000):
        some = c.candidate_id.in_(candidate_ids[start : start + 10_000])
        query = sa.select(c.candidate_id, c.erased_at_us, c.erased_under).where(some, c.erased_under.is_not(None))
        found.update((one, (at_us, policy)) for one, at_us, policy in connection.execute(query))
    return found


def _came_back(erased: tuple[int, str], recorded_us: int) -> bool:
    at_us, policy = erased
    return policy.startswith(BY_AGE) and recorded_us > at_us


def _with_token(connection: Connection, column: str, tokens: Collection[bytes]) -> list[str]:
    query = sa.select(_CANDIDATES.c.candidate_id).distinct().where(_CANDIDATES.c[column].in_(sorted(tokens)))
    return sorted(connection.execute(query).scalars())


def _wrapped(connection: Connection, candidate_ids: Sequence[str]) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {}
    for start in range(0, len(candidate_ids), 10_000):
        some = candidate_ids[start : start + 10_000]
        query = sa.select(people.c.candidate_id, people.c.wrapped_key).where(people.c.candidate_id.in_(some))
        found.update((candidate_id, wrapped) for candidate_id, wrapped in connection.execute(query))
    return found
