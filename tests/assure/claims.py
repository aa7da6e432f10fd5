"""Claims that are shown by doing: each prints what it did and what came of it.

Use
---
``python -m tests.assure.claims walk`` (``make assure CLAIM=walk``)
    Ask every route as every role and as nobody, and hold the answers to the table of who may do what.
``tamper``
    Alter, remove and exchange entries of an audit trail in every way, cut its end and rewrite it.
``replay``
    Compute stored scores of a simulated world again, ``--scores`` of them at least (10,000).
``drill``
    Back a store up and restore it into the other database and back, with the same rows and scores.

Exit code 1 if a claim does not hold.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from models.registry import load_release, promoted
from models.rules import load_rules
from models.times import end_of_day
from risk_service.policy import ACTIONS, PUBLIC, ROLES, ROUTES, Principal
from risk_service.services import audit
from risk_service.services.audit import Reading
from risk_service.services.backup import backup, restore
from risk_service.services.ingest import ingest
from risk_service.services.installation import Installation, install
from risk_service.services.releases import Releases
from risk_service.services.replay import Which, replay_many
from risk_service.services.rescoring import rescore
from risk_service.settings import Settings
from risk_service.store import MasterKey, Store, open_store
from risk_service.store.tables import METADATA
from risk_service.store.tables import audit as trail
from tests.faults.kill import contents
from tests.risk_service.api.test_access import MACHINES, REFUSED, ask, routes
from tests.service import INSTALLED_US, NOW_US, Service, fill, open_service
from tests.stores import copy_of, postgresql_server

Claim = Callable[[Path, int], bool]
ENTRIES: Final = 40
SEED: Final = 7
BEGIN: Final = dt.date(2024, 9, 1)
UNTIL: Final = dt.date(2025, 9, 10)
STEP_DAYS: Final = 14
_BY: Final = Principal(key_id="abcdefgh", name="a desk", role="viewer")
_OTHER: Final = {"at_us": 1, "entry": 10_000, "previous": b"\1" * 32, "digest": b"\1" * 32}


def served(folder: Path) -> Service:
    """A service over a filled SQLite store, that asks nobody to come back later."""
    store = open_store(Settings(home=folder).database_url)
    fill(folder, store)
    return open_service(folder, store, rate_limit="1000000 per second")


def walk(folder: Path, _least: int) -> bool:
    """Ask every route as every role and as nobody."""
    service = served(folder)
    asked: Counter[str] = Counter()
    wrong = []
    found = list(routes(service.app))
    for route, method, path in found:
        access = ROUTES.get(route)
        for role in (*ROLES, None):
            headers = {} if role is None else service.headers(role)
            machine = path.startswith(MACHINES)
            if role is not None and (not machine or access not in ACTIONS):
                continue
            answer = ask(service.client, method, path, headers=headers)
            answer.close()
            to_sign_in = access != PUBLIC and answer.headers.get("Location") == "/sign-in"
            refused = answer.status_code in REFUSED or to_sign_in
            may = access == PUBLIC if role is None else access in ACTIONS and role in ACTIONS[access]
            asked["let through" if not refused else "refused"] += 1
            if refused == may:
                wrong.append(f"{route} as {role}: {answer.status_code}")
    unlisted = {route for route, _, _ in found} ^ set(ROUTES)
    wrong += [f"{route}: only in one of table and application" for route in sorted(unlisted)]
    print("\n".join(wrong), end="\n" if wrong else "")
    print(
        f"{len(found)} routes, {len(ROLES)} roles and nobody: {asked.total()} requests, {asked['let through']} let "
        f"through, {asked['refused']} refused; unlike the table: {len(wrong)}"
    )
    return not wrong


def tamper(folder: Path, _least: int) -> bool:
    """Tamper with a trail in every way that a single change can, and with its end."""
    store = open_store(f"sqlite:///{folder / 'risk.db'}")
    for at in range(ENTRIES):
        reading = Reading(principal=_BY, purpose="case_work", now_us=NOW_US + at, request_id=None)
        audit.record(store, reading, action="case.read", subject=f"token-{at}", detail={"case": f"R-{at}"})
    head = audit.verify(store).head
    with store.reading() as connection:
        rows = [dict(row._mapping) for row in connection.execute(sa.select(trail).order_by(trail.c.entry))]
    tried: Counter[str] = Counter()
    missed = []
    for how, changed in _tampered(rows):
        _write(store, changed)
        tried[how] += 1
        if audit.verify(store, head=head).broken is None:
            missed.append(how)
    _write(store, rows)
    whole = audit.verify(store, head=head).broken is None
    store.close()
    ways = ", ".join(f"{how} {number}" for how, number in tried.items())
    print(f"a trail of {len(rows)} entries, tampered with {tried.total()} times ({ways}): not found {len(missed)}")
    print(f"the trail as it was: {'holds' if whole else 'does not hold'}")
    return whole and not missed


def _tampered(rows: list[dict[str, object]]) -> Iterator[tuple[str, list[dict[str, object]]]]:
    for at, row in enumerate(rows):
        for column in trail.columns:
            yield "altered", [*rows[:at], row | {column.name: _OTHER.get(column.name, "other")}, *rows[at + 1 :]]
        yield "removed", [*rows[:at], *rows[at + 1 :]]
        if at:
            before = rows[at - 1]
            swapped = [before | {"entry": row["entry"]}, row | {"entry": before["entry"]}]
            yield "exchanged", [*rows[: at - 1], *swapped, *rows[at + 1 :]]
            yield "cut after", rows[:at]


def _write(store: Store, rows: list[dict[str, object]]) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.delete(trail))
        connection.execute(sa.insert(trail), rows)


def replay(folder: Path, least: int) -> bool:
    """Compute stored scores of a simulated world again, from the store alone."""
    from training.simulate import Settings as World
    from training.simulate import simulate, write

    world = World(candidates=max(400, least // 4), seed=SEED, start=BEGIN, until=UNTIL)
    write(simulate(world), folder / "delivery")
    settings, rules = Settings(home=folder), load_rules()
    here = Installation(registry=settings.registry, keys=settings.keys)
    install(here, now_us=INSTALLED_US, rules_version=rules.version)
    store = open_store(settings.database_url)
    ingest(store, MasterKey.open(settings.keys), folder / "delivery", now_us=NOW_US)
    release = load_release(here.registry, promoted(here.registry, here.trusted()), here.trusted())
    days = range(2 * STEP_DAYS, (UNTIL - BEGIN).days + 1, STEP_DAYS)
    for day in days:
        moment = end_of_day(BEGIN + dt.timedelta(days=day))
        rescore(store, release=release, rules=rules, as_of_us=moment, clock=lambda: NOW_US)
    since = time.monotonic()
    releases = Releases(registry=settings.registry, trusted=settings.keys / "trusted")
    found = replay_many(store, Which(), releases=releases, rules=rules)
    took = time.monotonic() - since
    store.close()
    same = found.counts["same"]
    print(
        f"{found.total:,} stored scores of {len(days)} rescorings replayed in {took:.0f} s: {same:,} the same to "
        f"the last bit, {found.total - same:,} not"
    )
    return found.holds and found.total >= least


def drill(folder: Path, _least: int) -> bool:
    """Restore a backup of SQLite into PostgreSQL and one of that into SQLite again."""
    tables, rules = tuple(METADATA.tables.values()), load_rules()
    first = open_store(Settings(home=folder / "one").database_url)
    fill(folder / "one", first)
    first_keys = folder / "one" / "keys"
    wanted, held = contents(first, tables), True
    store, registry = first, folder / "one" / "registry"
    with postgresql_server() as server:
        assert server is not None
        url = sa.make_url(server).set(database="risk_drill").render_as_string(hide_password=False)
        copy_of("template0", url)
        (folder / "three").mkdir()
        places = (
            (url, folder / "two-registry"),
            (f"sqlite:///{folder / 'three' / 'risk.db'}", folder / "three-registry"),
        )
        for at, (into, registry_into) in enumerate(places):
            since = time.monotonic()
            saved = backup(store, folder / f"backup-{at}", registry=registry, now_us=NOW_US)
            put_back = restore(saved.folder, into, registry=registry_into)
            store.close()
            store, registry = open_store(into), registry_into
            same = contents(store, tables) == wanted
            releases = Releases(registry=registry, trusted=first_keys / "trusted")
            replayed = replay_many(store, Which(), releases=releases, rules=rules)
            chained = audit.verify(store).broken is None
            held = held and same and chained and replayed.holds
            print(
                f"restored into {store.kind}: {put_back.rows:,} rows of {len(tables)} tables and {put_back.releases} "
                f"releases in {time.monotonic() - since:.0f} s, {'the same' if same else 'NOT the same'}; "
                f"{replayed.counts['same']} of {replayed.total} scores replayed to the last bit; the audit trail "
                f"{'holds' if chained else 'does NOT hold'}"
            )
        store.close()
    return held


CLAIMS: Final[dict[str, Claim]] = {"walk": walk, "tamper": tamper, "replay": replay, "drill": drill}


def main(words: list[str]) -> int:
    """Show a claim."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("claim", choices=CLAIMS)
    parser.add_argument("--scores", type=int, default=10_000, help="of replay")
    chosen = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="risk-assure-") as folder:
        holds = CLAIMS[chosen.claim](Path(folder), chosen.scores)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
