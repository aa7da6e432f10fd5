"""A case and its score from the rows of one person: :mod:`models.situation` and :mod:`models.score`, for one case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from models.cases import grown_up
from models.features.compute import compute_one
from models.notices import Signs, days_signed, end_of, in_force, notices_of
from models.recourse import kind_of
from models.score import check_catalogue
from models.single.case import OneCase, OneScore
from models.single.counts import others_of, shares_of
from models.single.facts import facts_of
from models.single.figures import BLANK, figures_one
from models.single.person import Person, details, done_days, person_of
from models.situation import untold
from models.stepplans import Plan, plan_of
from models.steps import NEVER, OneSteps, states_one
from models.times import EPOCH_DATE, date_of, day_number

if TYPE_CHECKING:
    from models.aggregates import Aggregates
    from models.directory import Directory
    from models.freshness import Freshness
    from models.ledger import Ledger
    from models.registry import Release
    from models.rules import Rules
    from models.single.rows import Row
    from models.steps import Connections


class Surroundings(Protocol):
    """What a case refers to as of a time; see :class:`models.single.references.Known`."""

    @property
    def offices(self) -> Mapping[str, Row]:
        """Offices by id."""

    @property
    def directory(self) -> Directory:
        """Which office does a step where."""

    @property
    def connections(self) -> Connections:
        """Which offices' records reach the national system when."""

    def rows(self, feed: str, value: str | None) -> Sequence[Row]:
        """Rows of an agency, its events and branches by ``agency_id``, of permits by ``permit_id``."""

    def ledger(self, agency_id: str, *, today: int, rules: Rules) -> Ledger | None:
        """The ledger of an agency; None if it has no events."""

    def complaints(self, *, today: int, rules: Rules) -> int:
        """Complaints upheld against all agencies within the window of facts about others."""


@dataclass(frozen=True)
class Situated:
    """A case with what notices about it are read from."""

    case: OneCase
    signs: Signs


@dataclass(frozen=True)
class _Records:
    """Records found among those of the person and of what the case names."""

    person: Person
    row: Row
    around: Surroundings

    def find(self, feed: str, wanted: Mapping[str, Any]) -> list[Row]:
        """Rows of a feed with these values."""
        return [row for row in self._of(feed) if all(row[name] == value for name, value in wanted.items())]

    def _of(self, feed: str) -> Sequence[Row]:
        person = self.person
        match feed:
            case "candidates":
                return [person.candidate]
            case "registrations":
                return person.registrations
            case "registration_steps":
                return [row for steps in person.steps.values() for row in steps.values()]
            case "travel":
                return person.trips
            case "outcomes":
                return person.outcomes
            case "offices":
                return list(self.around.offices.values())
            case "permits":
                return self.around.rows(feed, self.row["permit_id"])
        return self.around.rows(feed, self.row["agency_id"])


def situate_one(
    records: Mapping[str, Sequence[Row]],
    case_id: str,
    t_us: int,
    *,
    around: Surroundings,
    rules: Rules,
    freshness: Freshness,
    aggregates: Aggregates | None,
    seq: int | None = None,
    added: bool = False,
) -> Situated | None:
    """Everything about one case; None if there is no such case as of ``t_us``.

    Parameters
    ----------
    records
        All versions of all rows of the person, by feed (:func:`models.single.person.person_of`).
    case_id
        Of a registration or, for a referred person, of an itinerary.
    t_us, seq
        As-of time and, in a replay, the last delivery read.
    around
        What the case refers to, as of the same time.
    rules, freshness
        As of the same time.
    aggregates
        Counts over everybody; None: nobody is known.
    added
        Whether the person is not among those counted and comes on top.
    """
    person = person_of(records, case_id, t_us, rules=rules, seq=seq)
    if person is None:
        return None
    today = day_number(t_us)
    case = next(case for case in person.cases if case["case_id"] == case_id)
    row = details(person, case, lane=_lane(person.candidate["birth_date"], case, t_us, rules))
    plans = {one["case_id"]: _plan(one, rules) for one in person.cases}
    source = freshness.source_of.get(row["seq"])

    def stale(feeds: Sequence[str]) -> bool:
        return any(freshness.stale(feed, source, t_us=t_us, rules=rules) for feed in feeds)

    steps = _steps(person, row, plans[case_id], around=around, today=today, stale=stale(("registration_steps",)))
    agency_id = row["agency_id"]
    facts = facts_of(
        row,
        person,
        steps=steps,
        permit=next(iter(around.rows("permits", row["permit_id"])), None),
        ledger=None if agency_id is None else around.ledger(agency_id, today=today, rules=rules),
        branches=around.rows("branches", agency_id),
        complaints=around.complaints(today=today, rules=rules),
        counts=others_of(row, shares_of(person, plans, today=today, rules=rules), aggregates, added=added),
        today=today,
        rules=rules,
    )
    cut_off = stale(rules.essential_feeds())
    one = OneCase(
        t_us=t_us,
        row=row,
        facts=facts,
        x=compute_one(facts, rules),
        insufficient=cut_off or untold(facts, rules),
        rules=rules,
        freshness=freshness,
        records=_Records(person, row, around),
        ledger=lambda agency: around.ledger(agency, today=today, rules=rules),
        directory=around.directory,
    )
    return Situated(one, _signs(one, person, around, stale=cut_off))


def score_one(situated: Situated, release: Release) -> OneScore:
    """The score of one case (:func:`models.score.score`).

    Raises
    ------
    ValueError
        The release was made for another catalogue.
    """
    check_catalogue(release)
    case = situated.case
    return OneScore(
        case=case,
        release=release,
        **vars(figures_one(case.x, release) if case.scored else BLANK),
        notices=notices_of(situated.signs),
        recourse=kind_of(case),
    )


def _lane(birth_date: int | None, case: Row, t_us: int, rules: Rules) -> str:
    """Lane of a case (:mod:`models.cases`)."""
    if birth_date is not None and birth_date > (grown_up(date_of(t_us), rules) - EPOCH_DATE).days:
        return "protection"
    if case["registration_id"] is None:
        return "register"
    return "no_date" if case["planned"] is None else "scored"


def _plan(case: Row, rules: Rules) -> Plan:
    agency = case["agency_id"] is not None
    return plan_of(case["scheme"], case["placement"], case["destination_country"], agency=agency, rules=rules)


def _steps(person: Person, row: Row, plan: Plan, *, around: Surroundings, today: int, stale: bool) -> OneSteps:
    return states_one(
        planned=row["planned"],
        region=row["region"],
        connections=around.connections,
        done=done_days(person, row, today),
        plan=plan,
        today=today,
        stale=stale,
    )


def _signs(case: OneCase, person: Person, around: Surroundings, *, stale: bool) -> Signs:
    """What notices of one case are read from (:func:`models.notices.signs_of`)."""
    row, today = case.row, case.today
    signed = days_signed(case.facts)
    agency = None if signed == NEVER else _agency_at(person.versions.get(row["registration_id"], ()), end_of(signed))
    permit = next(iter(around.rows("permits", row["permit_id"])), None)
    unlicensed = agency is not None and not in_force(case.ledger(agency), signed)
    withdrawn = permit["withdrawn_on"] if permit is not None and signed != NEVER else None
    loose = any(trip["owner_id"] is None and trip["departure_day"] >= today for trip in person.trips)
    unknown = row["agency_id"] is not None and not around.rows("agencies", row["agency_id"])
    return Signs(
        facts=case.facts,
        feature=case.feature,
        rules=case.rules,
        minor=row["lane"] == "protection",
        stale=stale,
        agency_unknown=unknown,
        loose_itinerary=row["registration_id"] is not None and loose,
        unlicensed=unlicensed,
        withdrawn=withdrawn is not None and withdrawn <= signed,
    )


def _agency_at(versions: Sequence[Row], end: int) -> str | None:
    """Agency of the version known at a time, or of the first one where none was (:mod:`models.notices`)."""
    ranked = sorted(versions, key=lambda row: (row["recorded_at"], row["ingest_seq"], row["row"]))
    known = [row for row in ranked if row["recorded_at"] <= end]
    chosen = known[-1] if known else next(iter(ranked), None)
    return None if chosen is None else chosen["agency_id"]
