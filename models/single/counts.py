"""Counts about others, for one case: what a person's cases contribute, and what all but one case add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from models.aggregates import BY_KEY, Aggregates
from models.arithmetic import NAN
from models.dated import COUNTED_STEP
from models.ledger import closed_window
from models.stepplans import STEP_INDEX, Plan

if TYPE_CHECKING:
    from models.rules import Rules
    from models.single.person import Person
    from models.single.rows import Row

_OF_CASES: Final = ("agency_id", "recruiter_ref", "permit_id", "route")
"""Keys under which cases are counted; under the others people are."""
_ALL_TOLD: Final = {"agency_id": "agency_", "route": "route_"}
"""Keys of whose counts the sum over all is a fact too, and what the facts begin with."""
_NAMES: Final = {
    table: tuple(
        (
            name,
            "permit_citations" if name == "cited" else _ALL_TOLD.get(table, "") + name,
            f"{_ALL_TOLD[table]}{name}_of_all" if table in _ALL_TOLD else None,
        )
        for name in names
    )
    for table, names in BY_KEY.items()
}
"""By key, each count with the names of the facts it becomes, the sum over all last."""


@dataclass(frozen=True)
class PersonShares:
    """What one person contributes to the counts.

    Attributes
    ----------
    keys
        By ``case_id`` and column of :data:`models.aggregates.BY_KEY`, the key; None where the case has none.
    counts
        By ``case_id``, of :data:`models.aggregates.CASE_COUNTS`.
    people
        References under which the person is counted, by ``payer_ref`` and ``group_ref``.
    """

    keys: Mapping[str, Mapping[str, str | None]]
    counts: Mapping[str, Mapping[str, int]]
    people: Mapping[str, frozenset[str]]

    def of_case(self, case_id: str, table: str, key: str | None, name: str) -> int:
        """What one case contributes to a count, or the person as payer's guest or group member."""
        return self.counts[case_id][name] if table in _OF_CASES else int(key in self.people[table])

    def of_all(self, table: str, key: str | None, name: str) -> int:
        """What all of it adds to a count of one key."""
        if table not in _OF_CASES:
            return int(key in self.people[table])
        return sum(self.counts[case][name] for case, keys in self.keys.items() if keys[table] == key)

    def total(self, table: str, name: str) -> int:
        """What all of it adds to the sum of a count of cases over all keys."""
        return sum(self.counts[case][name] for case, keys in self.keys.items() if keys[table] is not None)


def shares_of(person: Person, plans: Mapping[str, Plan], *, today: int, rules: Rules) -> PersonShares:
    """What a person's cases contribute (:func:`models.aggregates.shares`).

    Parameters
    ----------
    plans
        Step plan of each case, by ``case_id``.
    """
    since = today - int(rules.constant("payer_window_days"))
    declared = {row["registration_id"] for row in person.registrations if row["agency_id"] is not None}
    payers = frozenset(
        trip["payer_ref"]
        for trip in person.trips
        if trip["payer_ref"] is not None
        and trip["departure_day"] > since
        and not (trip["payer"] == "agency" and trip["owner_id"] in declared)
    )
    groups = frozenset(trip["group_ref"] for trip in person.trips if trip["group_ref"] is not None)
    return PersonShares(
        keys={case["case_id"]: _keys(case) for case in person.cases},
        counts={
            case["case_id"]: _counts(person, case, plans[case["case_id"]], today=today, rules=rules)
            for case in person.cases
        },
        people={"payer_ref": payers, "group_ref": groups},
    )


def _keys(case: Row) -> dict[str, str | None]:
    start, end = case["departure_point"], case["itinerary_destination"]
    route = None if start is None or end is None else f"{start}>{case['transit_countries'] or ''}>{end}"
    return {"route": route} | {name: case[name] for name in _OF_CASES if name != "route"}


def _counts(person: Person, case: Row, plan: Plan, *, today: int, rules: Rules) -> dict[str, int]:
    after, until = closed_window(today, rules)
    planned, registered_day, status = case["planned"], case["registered_day"], case["status"]
    registered = case["registration_id"] is not None
    long_past = registered and planned is not None and after < planned <= until
    asked = plan.required >> STEP_INDEX[COUNTED_STEP] & 1
    departed = long_past and status == "departed" and bool(asked)
    recent = today - int(rules.constant("recruiter_window_days"))
    cap = int(rules.constant("outcome_weight_cap"))
    findings = [
        (_weight(row, cap), row["finding"] == "non_procedural")
        for row in person.outcomes
        if row["case_id"] == case["case_id"]
        and after < row["checked_on"] <= until
        and row["help_given"] in (None, "none")
        and row["finding"] != "undetermined"
    ]
    return {
        "registered": int(registered and after < registered_day <= until),
        "planned": int(long_past and status != "withdrawn"),
        "failed": int(long_past and status == "open"),
        "departed": int(departed),
        "skipped": int(departed and COUNTED_STEP not in person.steps[case["registration_id"]]),
        "recruiter_open": int(registered and status == "open" and recent < registered_day <= today),
        "cited": int(registered and status != "withdrawn"),
        "examined": sum(weight for weight, _ in findings),
        "confirmed": sum(weight for weight, found in findings if found),
        "recruiter_cases": int(any(found for _, found in findings)),
    }


def _weight(outcome: Row, cap: int) -> int:
    """Weight of a finding (:func:`models.aggregates.finding_weights`)."""
    chance = outcome["inclusion_probability"]
    if outcome["examined_because"] != "random_check" or chance is None or not chance > 0:
        return 1
    weight: int = round(min(max(1.0 / chance, 1.0), float(cap)))
    return weight


def others_of(row: Row, shares: PersonShares, aggregates: Aggregates | None, *, added: bool) -> dict[str, float]:
    """Facts that are counts over everybody but the case itself (:func:`models.facts.with_counts`).

    Parameters
    ----------
    row
        The case, as :func:`models.single.person.details` gives it.
    shares
        Of its person.
    aggregates
        Counts over everybody; None: over nobody.
    added
        Whether the person's shares come on top of ``aggregates``; else they are in them already.
    """
    case = row["case_id"]
    keys: dict[str, Any] = {**shares.keys[case], "payer_ref": row["payer_ref"], "group_ref": row["group_ref"]}
    value: dict[str, float] = {}
    for table, names in _NAMES.items():
        key = keys[table]
        known = {} if key is None or aggregates is None else aggregates.of(table, key)
        for name, called, of_all in names:
            own = 0 if key is None else shares.of_case(case, table, key, name)
            count = known.get(name, 0) + (shares.of_all(table, key, name) if added and key is not None else 0)
            value[called] = float(max(count - own, 0))
            if of_all is not None:
                total = 0 if aggregates is None else aggregates.totals[table][name]
                value[of_all] = float(total - own + (shares.total(table, name) if added else 0))
    if keys["recruiter_ref"] is None:
        value |= dict.fromkeys(BY_KEY["recruiter_ref"], NAN)
    return value
