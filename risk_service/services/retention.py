"""Retention: how long what is kept of a person stays, and erasing it, by age or because the person asks.

Use
---
``due(store, policy, now_us=…) -> Due``
    What would go now, by kind; changes nothing.
``run(store, master, policy, home=…, reading=…) -> Due``
    Lets it go; killed at any point, the next run goes on.
``erase(store, reading, master=…, home=…, candidate_id=…, reason=…)``
    One person, on request.

A person goes by age once none of their cases is in the queue, nothing waits for a decision, and nothing was delivered
of them since the last rescoring: :attr:`Policy.unconfirmed_days` after the last record, score or leaving of the queue;
with a finding that counts, :attr:`Policy.confirmed_months` after that finding. Until then their replaced scores go when
they are old enough, while the present one stays. What goes with a person, and what stays without a name, is said in
:mod:`risk_service.store.erasing`.

Everybody who goes is on a list beside the store before the store forgets them, so that a restore of an older backup
erases them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.engine import Connection

from models.errors import StoreError
from models.texts import Text
from models.times import US_PER_DAY, date_of, end_of_day, months_before
from risk_service.errors import ConflictError
from risk_service.policy import not_found
from risk_service.services import audit
from risk_service.services.appending import appending
from risk_service.services.audit import Reading
from risk_service.services.erasures import Erasure, reapply, remember
from risk_service.services.people import office_of
from risk_service.services.rescoring import WORK
from risk_service.settings import Settings
from risk_service.store import MasterKey, Store, persons, retention
from risk_service.store.erasing import AT_ONCE, drop_scores, erase_people
from risk_service.store.retention import Cuts

REASONS: Final[dict[str, Text]] = {
    "subject_request": Text("Permintaan orang itu sendiri", "The person's own request"),
    "objection_upheld": Text("Keberatan diterima", "An objection was upheld"),
    "no_basis": Text("Tidak ada dasar untuk menyimpan", "There is no ground to keep it"),
    "wrong_person": Text("Data orang yang keliru", "Data of the wrong person"),
    "court_order": Text("Putusan pengadilan atau lembaga", "Order of a court or authority"),
}
"""Why a person is erased on request; a code, since words might name the person who is erased."""

Progress = Callable[[str, int, int | None], None]
"""Called with what is done, persons done, and how many there are (None: not known)."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How long things are kept."""

    unconfirmed_days: int
    confirmed_months: int

    @classmethod
    def of(cls, settings: Settings) -> Policy:
        """That of an installation."""
        return cls(unconfirmed_days=settings.keep_unconfirmed_days, confirmed_months=settings.keep_confirmed_months)

    def cuts(self, now_us: int) -> Cuts:
        """What is older than this is too old."""
        return Cuts(
            now_us=now_us,
            unconfirmed_us=now_us - self.unconfirmed_days * US_PER_DAY,
            confirmed_us=end_of_day(months_before(date_of(now_us), self.confirmed_months)),
        )

    @property
    def names(self) -> dict[bool, str]:
        """Names under which persons go, without (False) and with a finding that counts (True)."""
        return {
            False: f"{persons.BY_AGE}: {self.unconfirmed_days} days without a finding",
            True: f"{persons.BY_AGE}: {self.confirmed_months} months after the last finding",
        }


@dataclass(kw_only=True)
class Due:
    """What goes, or has gone, by kind.

    Attributes
    ----------
    unconfirmed, confirmed
        Persons, without and with a finding that counts.
    scores
        Stored scores of these persons.
    replaced_scores, replaced_shadow
        Scores that another one has replaced, of persons who stay; and those of releases on trial.
    undo_steps, named_cases
        What officers could undo once, and cases that reports of old runs name.
    sessions
        Sessions of the console that are over.
    again
        Persons of the list of erasures who were still, or again, in the store.
    """

    unconfirmed: int = 0
    confirmed: int = 0
    scores: int = 0
    replaced_scores: int = 0
    replaced_shadow: int = 0
    undo_steps: int = 0
    named_cases: int = 0
    sessions: int = 0
    again: int = 0

    def lines(self) -> list[str]:
        """In words, a line a kind."""
        said = {
            "persons without a finding": self.unconfirmed,
            "persons with a finding": self.confirmed,
            "stored scores of these persons": self.scores,
            "replaced scores of persons who stay": self.replaced_scores,
            "replaced scores of releases on trial": self.replaced_shadow,
            "undo steps of lists": self.undo_steps,
            "cases named by reports of old runs": self.named_cases,
            "sessions of the console that are over": self.sessions,
            "persons of the list of erasures erased again": self.again,
        }
        return [f"{number:>9,}  {what}" for what, number in said.items()]


def due(store: Store, policy: Policy, *, now_us: int) -> Due:
    """What would go now.

    Raises
    ------
    StoreError
        Nothing has been scored yet, so nobody knows which cases are open.
    """
    cuts, found = policy.cuts(now_us), Due()
    with store.reading() as connection:
        kept_until = retention.findings_that_count(connection)
        for some in _pages(connection, cuts, kept_until):
            with_finding = sum(one in kept_until for one in some)
            found.confirmed += with_finding
            found.unconfirmed += len(some) - with_finding
            found.scores += retention.count_scores(connection, some)
        staying = {one for one, at_us in kept_until.items() if at_us > cuts.confirmed_us}
        numbers = retention.replaced_scores(connection, cuts, staying)
        going = {one for some in _pages(connection, cuts, kept_until) for one in some}
        found.replaced_scores = sum(candidate not in going for _, candidate in numbers)
        found.replaced_shadow = retention.replaced_shadow(connection, cuts, staying | going, drop=False)
        found.undo_steps = retention.undo_steps(connection, cuts, drop=False)
        found.named_cases = retention.named_cases(connection, cuts, drop=False)
        found.sessions = retention.sessions_over(connection, cuts, drop=False)
    return found


def run(
    store: Store,
    master: MasterKey,
    policy: Policy,
    *,
    home: Path,
    reading: Reading,
    progress: Progress | None = None,
) -> Due:
    """Let go what is due; one transaction for some hundred persons, each whole or not at all.

    Parameters
    ----------
    home
        Folder of the list of erasures.
    reading
        Who does it and when.

    Raises
    ------
    StoreError
        Nothing has been scored yet; a delivery or a rescoring is under way.
    """
    cuts, done = policy.cuts(reading.now_us), Due()
    with store.alone("ingest"), store.alone(WORK), store.alone("retention"):
        done.again = reapply(store, home)  # who was on the list when a run was broken off
        while True:
            with store.reading() as connection:
                kept_until = retention.findings_that_count(connection)
                some = next(_pages(connection, cuts, kept_until), [])
            if not some:
                break
            for confirmed, under in policy.names.items():
                group = [one for one in some if (one in kept_until) is confirmed]
                if group:
                    scores = _let_go(store, master, reading, home=home, people=group, under=under)
                    done.scores += scores
            with_finding = sum(one in kept_until for one in some)
            done.confirmed += with_finding
            done.unconfirmed += len(some) - with_finding
            if progress is not None:
                progress("erasing", done.confirmed + done.unconfirmed, None)
        staying = {one for one, at_us in kept_until.items() if at_us > cuts.confirmed_us}
        with store.writing() as connection:
            numbers = [number for number, _ in retention.replaced_scores(connection, cuts, staying)]
            drop_scores(connection, numbers, at_us=reading.now_us, under=policy.names[False])
            done.replaced_scores = len(numbers)
            done.replaced_shadow = retention.replaced_shadow(connection, cuts, staying, drop=True)
            done.undo_steps = retention.undo_steps(connection, cuts, drop=True)
            done.named_cases = retention.named_cases(connection, cuts, drop=True)
            done.sessions = retention.sessions_over(connection, cuts, drop=True)
            audit.append(connection, reading, action="retention.run", detail=vars(done))
        retention.settle(store)
    return done


def require_erasable(store: Store, reading: Reading, *, candidate_id: str) -> None:
    """Pass if :func:`erase` would erase this person now, to ask for confirmation only where there is what to confirm.

    Raises
    ------
    NotAllowedError, NotFoundError, ConflictError
        As for :func:`erase`.
    """
    with store.reading() as connection:
        _require_erasable(connection, reading, candidate_id)


def erase(
    store: Store, reading: Reading, *, master: MasterKey, home: Path, candidate_id: str, reason: str
) -> dict[str, object]:
    """Erase one person on request, whether or not their cases are open; they are not scored any more.

    Parameters
    ----------
    reason
        One of :data:`REASONS`.

    Returns
    -------
    dict
        As `risk_service.schemas.subject.Erasure`.

    Raises
    ------
    NotAllowedError, NotFoundError, ConflictError, BusyError
        The role does not erase people; no such person within the office's scope; erased before; a delivery is being
        taken in.
    """
    under = f"request: {reason}"
    with appending(store) as connection:
        _require_erasable(connection, reading, candidate_id)
        remember(home, Erasure(candidate_id=candidate_id, at_us=reading.now_us, under=under))
        retention.drop_undo_of(connection, candidate_id)
        done = erase_people(connection, [candidate_id], at_us=reading.now_us, under=under)
        subject = audit.subject_token(master, candidate_id)
        detail = {"under": under, "scores": done.scores}
        audit.append(connection, reading, action="person.erase", subject=subject, detail=detail)
    retention.settle(store)
    return {"candidate_id": candidate_id, "reason": reason, "erased_at": reading.now_us, "scores": done.scores}


def _require_erasable(connection: Connection, reading: Reading, candidate_id: str) -> None:
    reading.principal.require("person.erase")
    found, office = office_of(connection, candidate_id, t_us=reading.now_us)
    if not found:
        raise not_found("candidate")
    reading.principal.require_office(office, what="candidate")
    if persons.erased_under(connection, candidate_id) is not None:
        raise ConflictError("What identified this person has been erased before.")


def _let_go(store: Store, master: MasterKey, reading: Reading, *, home: Path, people: list[str], under: str) -> int:
    with store.writing() as connection:
        remember(home, *(Erasure(candidate_id=one, at_us=reading.now_us, under=under) for one in people))
        done = erase_people(connection, people, at_us=reading.now_us, under=under)
        for one in people:
            subject = audit.subject_token(master, one)
            audit.append(connection, reading, action="person.erase", subject=subject, detail={"under": under})
    return done.scores


def _pages(connection: Connection, cuts: Cuts, kept_until: dict[str, int]) -> Iterator[list[str]]:
    """Persons who go, some at a time, in order of their ids."""
    last_seen = retention.last_rescored(connection)
    if last_seen is None:
        raise StoreError(
            "Nothing has been scored yet, so nobody knows which cases are open.", what_to_do="Run: risk-service rescore"
        )
    after = ""
    while some := retention.untouched(connection, cuts, rescored_seq=last_seen, after=after, limit=AT_ONCE):
        after = some[-1]
        going = [one for one in some if kept_until.get(one, -1) <= cuts.confirmed_us]
        if going:
            yield going
