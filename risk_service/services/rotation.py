"""Renewing secrets: the one that wraps persons' keys, the one of the keyed hashes, the one that signs releases.

Use
---
``rotate_master(store, folder) -> Renewed``, ``forget_master(store, folder) -> int``
    Wraps every person's key anew under a new secret; the old one stays in the file, to be read, until it is forgotten.
``rotate_hashes(store, folder) -> int``
    Makes the keyed hashes of everybody anew under a new secret.
``rotate_signing(installation) -> Signing``, ``distrust(installation, key_id) -> None``
    Makes a new key that signs releases; the old one is trusted until that is taken from it.

Broken off at any point, the same call goes on. Processes that have the old file open read the new one when they meet
something that they cannot open, and before they wrap a new key. Tokens of the trail and digests of keys of programs
hang on a secret that is never renewed, since what they are written into cannot be made anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.errors import ReleaseError, StoreError
from models.registry import TrustedKeys, generate_keys, key_id, list_releases, load_release, promoted
from risk_service.services.installation import SIGNING_KEY, Installation
from risk_service.store import MasterKey, Store, key_file, marks, name_index
from risk_service.store.bulk import read_frame
from risk_service.store.deliveries import fact, set_fact
from risk_service.store.key_file import KEY_BYTES
from risk_service.store.persons import identities
from risk_service.store.tables import FEED_TABLES, facts, idempotency, people

_AT_ONCE: Final = 1_000
_MOVING: Final = "moving:"
_CANDIDATES: Final = FEED_TABLES["candidates"]

Progress = Callable[[str, int, int | None], None]
"""Called with what is done, persons done, and how many there are."""


@dataclass(frozen=True, kw_only=True)
class Renewed:
    """What wrapping anew came to: persons' keys, and whether an earlier renewal was taken up."""

    people: int
    resumed: bool


@dataclass(frozen=True, kw_only=True)
class Signing:
    """Ids of the key that signs from now on and of the one before, and where the latter was put."""

    new: str
    old: str
    kept: Path


def rotate_master(store: Store, folder: Path, *, progress: Progress | None = None) -> Renewed:
    """Wrap every person's key under a new secret.

    Parameters
    ----------
    folder
        Of the keys. Its file is replaced first; keep a copy of the new one elsewhere, and of the old one as long as
        there are backups of before.

    Raises
    ------
    StoreError
        Another process renews secrets; there is no master key.
    """
    with store.alone("rotation"):
        ring = key_file.read(folder, create=False)
        resumed = bool(ring.previous)
        if not resumed:
            key_file.write(folder, replace(ring, current=os.urandom(KEY_BYTES), previous=(ring.current,)))
        master, done, after = MasterKey.open(folder, create=False), 0, ""
        while True:
            with store.writing() as connection:
                last, changed = _rewrap(connection, master, after=after, limit=_AT_ONCE)
            done += changed
            if last is None:
                return Renewed(people=done, resumed=resumed)
            after = last
            if progress is not None:
                progress("wrapping keys", done, None)


def forget_master(store: Store, folder: Path) -> int:
    """Take the old secrets out of the file, once nothing is wrapped under them; how many that were.

    Backups of before cannot be opened any more, save with a copy of the old file. Answers that clients may ask for
    again are forgotten with them.

    Raises
    ------
    StoreError
        There is none; another process renews secrets or takes a delivery in.
    """
    with store.alone("rotation"), store.alone("ingest"):
        ring = key_file.read(folder, create=False)
        if not ring.previous:
            raise StoreError("The master key has no old secret.", what_to_do="Run: risk-service keys rotate-master")
        master, after = MasterKey.open(folder, create=False), ""
        with store.writing() as connection:
            if store.kind == "postgresql":
                connection.execute(sa.text("LOCK TABLE people IN SHARE ROW EXCLUSIVE MODE"))
            while (last := _rewrap(connection, master, after=after, limit=_AT_ONCE)[0]) is not None:
                after = last
            connection.execute(sa.delete(idempotency).where(idempotency.c.response.is_not(None)))
        key_file.write(folder, replace(ring, previous=()))
    return len(ring.previous)


def rotate_hashes(store: Store, folder: Path, *, progress: Progress | None = None) -> int:
    """Make the keyed hashes of NIK, passports and names anew under a new secret; of how many persons.

    While it goes on, searches ask for both, and deliveries wait; broken off, deliveries are refused until it has gone
    on to the end.

    Raises
    ------
    StoreError
        Another process renews secrets or takes a delivery in; there is no master key.
    """
    with store.alone("rotation"), store.alone("ingest"):
        ring = key_file.read(folder, create=False)
        if ring.next_hashes is None:
            ring = replace(ring, next_hashes=os.urandom(KEY_BYTES))
            key_file.write(folder, ring)
        master = MasterKey.open(folder, create=False).with_next_hashes()
        proof = marks.proof_of(master.mark_secrets[0])
        with store.reading() as connection:
            known = fact(connection, marks.FACT) or ""
        moving = f"{_MOVING}{proof}:"
        after = known.removeprefix(moving) if known.startswith(moving) else ""
        done = 0
        while known != proof:
            with store.writing() as connection:
                if not known.startswith(moving):
                    name_index.begin_anew(connection)
                some = _ids(connection, after=after)
                _rehash(connection, master, some)
                after = some[-1] if some else after
                known = f"{moving}{after}" if some else proof
                if not some:
                    name_index.end_anew(connection)
                connection.execute(sa.delete(facts).where(facts.c.name == marks.FACT))
                set_fact(connection, marks.FACT, known)
            done += len(some)
            if progress is not None:
                progress("hashing", done, None)
        key_file.write(folder, replace(ring, hashes=ring.next_hashes or ring.hashes, next_hashes=None))
    return done


def rotate_signing(installation: Installation) -> Signing:
    """Make a new key that signs releases and promotions; what the old one signed is still trusted.

    Raises
    ------
    ReleaseError
        This installation signs nothing.
    """
    old = installation.signing_key()
    draft = installation.keys / f".{SIGNING_KEY}.new"
    draft.unlink(missing_ok=True)
    new = generate_keys(draft, installation.trusted_dir)
    kept = installation.keys / f"{SIGNING_KEY}.{key_id(old.public_key())}"
    if not kept.exists():
        os.link(installation.keys / SIGNING_KEY, kept)
    draft.replace(installation.keys / SIGNING_KEY)
    return Signing(new=new, old=key_id(old.public_key()), kept=kept)


def distrust(installation: Installation, signer: str) -> list[str]:
    """Take the trust from a public key; releases that it alone signed count no more.

    Returns
    -------
    list
        Names of these releases.

    Raises
    ------
    ReleaseError
        There is no such key; it is the one that signs; the release in force would fall, or the log of promotions.
    """
    path = installation.trusted_dir / f"{signer}.pub"
    if not path.is_file():
        raise ReleaseError(f"There is no trusted key {signer}.", what_to_do=f"Look into {installation.trusted_dir}.")
    if (installation.keys / SIGNING_KEY).exists() and key_id(installation.signing_key().public_key()) == signer:
        raise ReleaseError("This is the key that signs.", what_to_do="Run first: risk-service keys rotate-signing")
    trusted = {name: key for name, key in installation.trusted().items() if name != signer}
    load_release(installation.registry, promoted(installation.registry, trusted), trusted)
    fallen = [name for name in list_releases(installation.registry) if not _loads(installation, name, trusted)]
    path.unlink()
    return fallen


def _loads(installation: Installation, name: str, trusted: TrustedKeys) -> bool:
    try:
        load_release(installation.registry, name, trusted)
    except ReleaseError:
        return False
    return True


def _rewrap(connection: Connection, master: MasterKey, *, after: str, limit: int) -> tuple[str | None, int]:
    """Wrap some persons' keys anew; the last of them (None: there are no more) and how many were changed."""
    c = people.c
    query = sa.select(c.candidate_id, c.wrapped_key).where(c.wrapped_key.is_not(None), c.candidate_id > after)
    some = connection.execute(query.order_by(c.candidate_id).limit(limit)).all()
    anew = [
        {"who": one, "was": bytes(wrapped), "now": again}
        for one, wrapped in some
        if (again := master.rewrapped(one, bytes(wrapped))) is not None
    ]
    if anew:
        # Who is erased meanwhile stays so: only what is as it was read is replaced.
        same = sa.and_(c.candidate_id == sa.bindparam("who"), c.wrapped_key == sa.bindparam("was"))
        connection.execute(sa.update(people).where(same).values(wrapped_key=sa.bindparam("now")), anew)
    return (some[-1][0] if some else None), len(anew)


def _ids(connection: Connection, *, after: str) -> list[str]:
    c = people.c
    query = sa.select(c.candidate_id).where(c.wrapped_key.is_not(None), c.candidate_id > after)
    return list(connection.execute(query.order_by(c.candidate_id).limit(_AT_ONCE)).scalars())


def _rehash(connection: Connection, master: MasterKey, candidate_ids: list[str]) -> None:
    name_index.hold(connection)
    c = _CANDIDATES.c
    place = ("candidate_id", "recorded_at", "ingest_seq", "row")
    query = sa.select(*(c[name] for name in (*place, "sealed"))).where(
        c.candidate_id.in_(candidate_ids), c.sealed.is_not(None)
    )
    rows = read_frame(connection, query)
    changes: list[dict[str, Any]] = []
    pieces: dict[str, set[int]] = {}
    for row, who in zip(rows.iter_rows(named=True), identities(connection, master, rows), strict=True):
        if who is None:
            continue
        text = marks.as_text(who.nik, who.full_name, who.passport_no, who.phone)
        changes.append(
            {f"of_{name}": row[name] for name in place}
            | {
                "identity_token": master.mark("identity", text),
                "nik_token": marks.nik_mark(master, who.nik) if who.nik else None,
                "passport_token": marks.passport_mark(master, who.passport_no) if who.passport_no else None,
            }
        )
        if who.full_name:
            pieces.setdefault(row["candidate_id"], set()).update(marks.trigrams(master, who.full_name))
    if changes:
        same = sa.and_(*(c[name] == sa.bindparam(f"of_{name}") for name in place))
        values: dict[str, Any] = {
            name: sa.bindparam(name) for name in ("identity_token", "nik_token", "passport_token")
        }
        connection.execute(sa.update(_CANDIDATES).where(same).values(values), changes)
    name_index.add(connection, pieces)
