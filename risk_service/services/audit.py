"""The audit trail: who read or did what, when and why; append-only, every entry chained to the one before.

A person is named by a keyed token, so that the trail can be searched for a person by whoever has the master key and
says nothing to anybody else. An entry's digest covers the digest of the entry before it: an altered, removed or
re-ordered entry shows in `verify`, and a head kept elsewhere shows a cut tail.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from sqlalchemy.engine import Connection

from models.times import end_of_day, iso
from risk_service.action_texts import ACTIONS
from risk_service.policy import Principal, Purpose
from risk_service.services.sheets import harmless
from risk_service.store import MasterKey, Store
from risk_service.store import audit as repository
from risk_service.store import keys as key_rows
from risk_service.store import users as user_rows
from risk_service.store.audit import Wanted

__all__ = [
    "Broken",
    "Form",
    "Reading",
    "Verified",
    "Wanted",
    "actions",
    "append",
    "as_dict",
    "export",
    "header",
    "latest",
    "lines_of",
    "listed",
    "names",
    "record",
    "subject_token",
    "together",
    "verify",
    "wanted",
]

START: Final = bytes(32)
Form = Literal["jsonl", "csv"]
COLUMNS: Final = (
    "entry",
    "at_us",
    "principal",
    "role",
    "action",
    "purpose",
    "subject",
    "release",
    "request_id",
    "detail",
    "previous",
    "digest",
)
_IN_WORDS: Final = ("action_indonesian", "action_english")
"""Columns of a spreadsheet beside the code of what was done."""
_SHEET: Final = tuple(shown for name in COLUMNS for shown in ((name, *_IN_WORDS) if name == "action" else (name,)))


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Who reads a person, why and when.

    Parameters
    ----------
    now_us
        UTC microseconds.
    request_id
        Number of the request, as in the log.
    waiting
        Entries that are kept together, made by `together`; None: each is kept at once.
    """

    principal: Principal
    purpose: Purpose | None
    now_us: int
    request_id: str | None = None
    waiting: list[dict[str, Any]] | None = None


@dataclass(frozen=True)
class Broken:
    """Where the chain does not hold."""

    entry: int
    reason: str


@dataclass(frozen=True)
class Verified:
    """What `verify` found.

    Attributes
    ----------
    entries
        How many there are.
    head
        Digest of the last one, hexadecimal; keep it elsewhere.
    broken
        The first place where the chain does not hold; None: it holds.
    """

    entries: int
    head: str
    broken: Broken | None


def subject_token(master: MasterKey, candidate_id: str) -> str:
    """Return the name under which a person stands in the trail."""
    return master.token("audit subject", candidate_id).hex()


def record(
    store: Store,
    reading: Reading,
    *,
    action: str,
    subject: str | None = None,
    release: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry; it is kept when this returns, or when the block of `together` ends.

    Parameters
    ----------
    reading
        Who, why, when.
    action
        What was done, as ``case.read``; one of `risk_service.action_texts.ACTIONS`.
    subject
        A person's token from `subject_token`, or the name of a thing.
    release
        Release of the score that was shown.
    detail
        More, as JSON values; nothing that identifies a person.
    """
    entry: dict[str, Any] = {"action": action, "subject": subject, "release": release, "detail": detail}
    if reading.waiting is not None:
        reading.waiting.append(entry)
        return
    with store.writing() as connection:
        append(connection, reading, **entry)


@contextmanager
def together(store: Store, reading: Reading) -> Iterator[Reading]:
    """A reading whose entries are kept in one change, however the block ends; nothing read in it is shown before."""
    held = replace(reading, waiting=[])
    try:
        yield held
    finally:
        if held.waiting:
            with store.writing() as connection:
                for entry in held.waiting:
                    append(connection, reading, **entry)


def append(
    connection: Connection,
    reading: Reading,
    *,
    action: str,
    subject: str | None = None,
    release: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry as part of a change, kept or lost with it. Parameters as for `record`."""
    last = repository.lock_end(connection)
    number, previous = (last[0] + 1, last[1]) if last is not None else (1, START)
    values: dict[str, Any] = {
        "entry": number,
        "at_us": reading.now_us,
        "principal": reading.principal.key_id,
        "role": reading.principal.role,
        "action": action,
        "purpose": reading.purpose,
        "subject": subject,
        "release": release,
        "request_id": reading.request_id,
        "detail": None if detail is None else json.dumps(detail, sort_keys=True, separators=(",", ":")),
    }
    entry = repository.Entry(**values, previous=previous, digest=_digest(values, previous))
    repository.append(connection, entry)


def verify(store: Store, *, head: str | None = None) -> Verified:
    """Check the whole chain, and that the index of the persons on lists says what the entries say.

    Parameters
    ----------
    head
        A head kept elsewhere, hexadecimal; if no entry has it, the tail was cut or altered.
    """
    previous, expected, seen = START, 1, head is None or head == START.hex()
    broken: Broken | None = None
    count = named = 0
    with store.reading() as connection:
        for entry in repository.entries(connection):
            count += 1
            if broken is None:
                broken = _fault(entry, previous=previous, expected=expected)
            previous, expected = entry.digest, entry.entry + 1
            seen = seen or entry.digest.hex() == head
            if broken is None:
                named += sum(_weight(person, entry.entry) for person in repository.people_of(entry))
        if broken is None and not seen:
            broken = Broken(expected, "the head kept elsewhere is not in the trail: its end was cut or altered")
        if broken is None and named != sum(_weight(*pair) for pair in repository.indexed(connection)):
            broken = _misindexed(connection)
    return Verified(count, previous.hex(), broken)


def _weight(person: int, entry: int) -> int:
    """A number of a row of the index of persons; equal sums mean equal rows, in whatever order they are read."""
    return int.from_bytes(hashlib.sha256(f"{person} {entry}".encode()).digest(), "big")


def _misindexed(connection: Connection) -> Broken | None:
    """The first entry of which the index of persons says anything else than the entry itself."""
    index = set(repository.indexed(connection))
    named = {
        (person, entry.entry) for entry in repository.entries(connection) for person in repository.people_of(entry)
    }
    first = min((entry for _, entry in index ^ named), default=None)
    if first is None:
        return None
    return Broken(first, "the index of the persons on lists does not say what the entry says")


def listed(store: Store, *, after: int = 0, limit: int, subject: str | None = None) -> Sequence[dict[str, Any]]:
    """Return entries in order, for an auditor; digests hexadecimal, detail as JSON values."""
    with store.reading() as connection:
        return [as_dict(entry) for entry in repository.entries(connection, after=after, limit=limit, subject=subject)]


def wanted(query: Mapping[str, Any], *, master: MasterKey) -> Wanted:
    """Return a filter of the trail from what was asked for, as loaded by `risk_service.schemas.admin.AuditQuery`."""
    candidate, since, until = query.get("candidate"), query.get("since"), query.get("until")
    return Wanted(
        principal=query.get("principal"),
        action=query.get("action"),
        purpose=query.get("purpose"),
        subject=None if candidate is None else subject_token(master, candidate),
        since_us=None if since is None else end_of_day(since - dt.timedelta(days=1)) + 1,
        until_us=None if until is None else end_of_day(until),
    )


def latest(
    store: Store, *, by: Principal, wanted: Wanted, limit: int, before: int | None = None
) -> Sequence[dict[str, Any]]:
    """Return entries, the latest first, for who may read the trail.

    Parameters
    ----------
    before
        Only entries of smaller numbers.
    """
    by.require("audit.read")
    with store.reading() as connection:
        found = repository.entries(connection, before=before, limit=limit, wanted=wanted, latest_first=True)
        return [as_dict(entry) for entry in found]


def actions(store: Store, *, by: Principal) -> Sequence[str]:
    """Return the actions that are in the trail."""
    by.require("audit.read")
    with store.reading() as connection:
        return repository.actions(connection)


def names(store: Store, *, by: Principal) -> Mapping[str, str]:
    """Return the names of keys and accounts, by the id that stands in the trail."""
    by.require("audit.read")
    with store.reading() as connection:
        named = {key.key_id: key.name for key in key_rows.list_keys(connection)}
        return named | {user.user_id: user.name for user in user_rows.list_users(connection)}


def export(store: Store, reading: Reading, *, wanted: Wanted, form: Form) -> Iterator[str]:
    """Yield entries as lines of a file, oldest first; that they were taken out is an entry itself.

    Parameters
    ----------
    form
        ``jsonl``: an object a line, all columns and nothing else but the time as text, so that the chain can be
        checked elsewhere. ``csv``: for a spreadsheet, with what was done in words in both languages as well; a text
        that it would run as a formula has an apostrophe before it.
    """
    reading.principal.require("audit.read")
    record(store, reading, action="audit.export", detail={"form": form})
    return _lines(store, wanted, form)


def lines_of(entry: Mapping[str, Any], form: Form) -> str:
    """Return an entry as a line of a file."""
    if form == "jsonl":
        return json.dumps(entry, ensure_ascii=False) + "\n"
    text = io.StringIO()
    said = ACTIONS.get(entry["action"])
    shown = {**entry, "at_us": entry["at"]} | dict(
        zip(_IN_WORDS, (said.id, said.en) if said else ("", ""), strict=True)
    )
    cells = [shown[name] for name in _SHEET]
    cells = [json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict) else cell for cell in cells]
    safe = [harmless(cell) if isinstance(cell, str) else cell for cell in cells]
    csv.writer(text, lineterminator="\n").writerow(safe)
    return text.getvalue()


def header(form: Form) -> str:
    """Return the first line of a file."""
    return "" if form == "jsonl" else ",".join("at" if name == "at_us" else name for name in _SHEET) + "\n"


def _lines(store: Store, wanted: Wanted, form: Form) -> Iterator[str]:
    yield header(form)
    with store.reading() as connection:
        for entry in repository.entries(connection, wanted=wanted):
            yield lines_of(as_dict(entry), form)


def as_dict(entry: repository.Entry) -> dict[str, Any]:
    """Return an entry as JSON values."""
    values = vars(entry) | {"previous": entry.previous.hex(), "digest": entry.digest.hex(), "at": iso(entry.at_us)}
    return values | {"detail": None if entry.detail is None else json.loads(entry.detail)}


def _fault(entry: repository.Entry, *, previous: bytes, expected: int) -> Broken | None:
    if entry.entry != expected:
        return Broken(expected, "an entry is missing")
    if entry.previous != previous:
        return Broken(entry.entry, "it does not follow the entry before it")
    values = {name: value for name, value in vars(entry).items() if name not in ("previous", "digest")}
    if entry.digest != _digest(values, previous):
        return Broken(entry.entry, "it was altered")
    return None


def _digest(values: Mapping[str, Any], previous: bytes) -> bytes:
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(previous + text.encode()).digest()
