"""The facts of one case, looked up and counted in plain Python (:mod:`models.facts`, for one case)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from models.arithmetic import NAN
from models.facts import OneFacts
from models.identity import NIK_MISSING, NIK_VALID
from models.ledger import NONE, Ledger
from models.schema import SCHEMES
from models.times import EPOCH_DATE, months_ago

if TYPE_CHECKING:
    from models.rules import Rules
    from models.single.person import Person
    from models.single.rows import Row
    from models.steps import OneSteps


def facts_of(
    row: Row, person: Person, *, steps: OneSteps, permit: Row | None, ledger: Ledger | None, branches: Sequence[Row],
    complaints: int, counts: dict[str, float], today: int, rules: Rules,
) -> OneFacts:  # fmt: skip
    """Facts of one case.

    Parameters
    ----------
    row, person, steps
        The case (:func:`models.single.person.details`), its person, its steps.
    permit, ledger, branches
        The permit it cites, its agency's ledger and branches; None where there is none on record.
    complaints
        Upheld against all agencies.
    counts
        Over everybody but itself (:func:`models.single.counts.others_of`).
    """
    value: dict[str, Any] = counts | {"complaints_of_all": float(complaints)}
    flag: dict[str, bool] = {"permit_asked": steps.has(steps.required, "recruitment_permit")}
    _registration(value, flag, row, rules)
    _permit(value, flag, row, permit, today)
    _agency(value, flag, row, ledger=ledger, branches=branches, today=today)
    _travel(value, flag, row, today=today, rules=rules)
    _identity(value, flag, row, person, today=today, rules=rules)
    numbers = {name: NAN if one is None else float(one) for name, one in value.items()}
    return OneFacts(value=numbers, flag=flag, today=today, steps=steps)


def _registration(value: dict[str, Any], flag: dict[str, bool], row: Row, rules: Rules) -> None:
    for name in ("planned", "registered_day"):
        value[name] = row[name]
    flag["registered"] = row["registration_id"] is not None
    place = row["destination_country"], row["occupation"], row["scheme"]
    flag["closed"] = place[0] is not None and rules.closed(*place) is not None
    flag["no_channel"] = place[0] is not None and rules.no_channel(*place) is not None
    planned = row["planned"]
    value["season"] = None if planned is None else rules.season_code(planned)
    for scheme in SCHEMES:
        flag[f"scheme_{scheme}"] = row["scheme"] == scheme
    flag["work_evidence"] = row["work_evidence"] not in (None, "none")


def _permit(value: dict[str, Any], flag: dict[str, bool], row: Row, permit: Row | None, today: int) -> None:
    flag["permit_cited"] = row["permit_id"] is not None
    flag["permit_known"] = permit is not None
    value["permit_quota"] = None if permit is None else permit["quota"]
    for name, of_permit, of_case in (
        ("permit_country", "destination_country", "destination_country"),
        ("permit_post", "occupation", "occupation"),
        ("permit_agency", "agency_id", "agency_id"),
    ):
        said = None if permit is None else permit[of_permit]
        flag[name] = said is not None and said == row[of_case]
    flag["permit_in_force"] = (
        permit is not None
        and permit["valid_from"] is not None
        and permit["valid_to"] is not None
        and permit["valid_from"] <= today <= permit["valid_to"]
        and (permit["withdrawn_on"] is None or permit["withdrawn_on"] > today)
    )


def _agency(
    value: dict[str, Any],
    flag: dict[str, bool],
    row: Row,
    *,
    ledger: Ledger | None,
    branches: Sequence[Row],
    today: int,
) -> None:
    cited = row["agency_id"] is not None
    flag["agency_cited"] = cited
    book = Ledger() if ledger is None else ledger
    value["licence_state"] = book.state_on(today) if cited else NONE
    for name in ("licence_to", "sanctions", "open_claims", "complaints"):
        value[name] = getattr(book, {"licence_to": "valid_to"}.get(name, name)) if cited else None
    flag["licence_extends"] = cited and book.extends_itself
    flag["deposit_shortfall"] = cited and book.deposit_shortfall
    region = row["branch_region"]
    flag["branch_region_known"] = region is not None
    flag["branch_open"] = any(
        branch["registered_on"] is not None
        and branch["registered_on"] <= today
        and (branch["closed_on"] is None or branch["closed_on"] > today)
        for branch in branches
        if region is not None and branch["region"] == region
    )


def _travel(value: dict[str, Any], flag: dict[str, bool], row: Row, *, today: int, rules: Rules) -> None:
    flag["itinerary"] = row["travel_id"] is not None
    for name in ("departure_day", "booked_day", "planned_stay_days", "visa_days", "group_size"):
        value[name] = row[name]
    for name in ("visit", "umrah"):
        flag[f"visa_{name}"] = row["visa_class"] == name
    flag["no_return"] = row["return_ticket"] == "none"
    for name in ("agency", "third_party"):
        flag[f"payer_{name}"] = row["payer"] == name
    flag["licensed_tour"] = bool(row["licensed_tour"])
    there, stated = row["itinerary_destination"], row["destination_country"]
    flag["elsewhere"] = None not in (row["registration_id"], there, stated) and there != stated
    point, region = row["departure_point"], row["border_transfer_from"]
    flag["border_hop"] = (
        point is not None
        and region is not None
        and rules.is_border(point)
        and not rules.is_usual_gateway(region, point)
    )
    since, issued = months_ago(today, int(rules.constant("passport_replaced_months"))), row["passport_issued_day"]
    flag["passport_replaced"] = bool(row["passport_replaced"]) and (issued is None or issued > since)


def _identity(
    value: dict[str, Any], flag: dict[str, bool], row: Row, person: Person, *, today: int, rules: Rules
) -> None:
    flag["nik_given"] = row["nik_state"] != NIK_MISSING
    flag["nik_valid"] = row["nik_state"] == NIK_VALID
    flag["birth_known"] = row["birth_date"] is not None
    flag["birth_corrected"] = row["birth_corrected"]
    born = None
    if row["birth_date"] is not None:
        date = EPOCH_DATE + dt.timedelta(days=row["birth_date"])
        born = date.year % 100 * 10_000 + date.month * 100 + date.day
    flag["nik_agrees"] = born is not None and row["nik_birth"] == born
    since = months_ago(today, int(rules.constant("lookback_months")))
    confirmed: dict[str, bool] = {}
    for outcome in person.outcomes:
        if outcome["finding"] == "non_procedural" and outcome["case_id"] is not None:
            recent = since < outcome["checked_on"] <= today
            confirmed[outcome["case_id"]] = confirmed.get(outcome["case_id"], False) or recent
    value["prior_confirmed"] = sum(recent for case, recent in confirmed.items() if case != row["case_id"])
    value["prior_procedural"] = sum(
        case["registration_id"] is not None
        and case["status"] == "departed"
        and case["case_id"] not in confirmed
        and case["case_id"] != row["case_id"]
        for case in person.cases
    )
