"""Features of the itinerary; without one all are missing, which is a level of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.features.agency import shrunk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.facts import Facts, Flags, Numbers
    from models.rules import Rules


def travel_features(facts: Facts, rules: Rules) -> Mapping[str, Numbers]:
    """Every feature of the family, float64 (n,), by catalogue name.

    An indicator is 1 only when the record shows it: what an itinerary leaves open counts as 0. A return ticket never
    lowers a risk beyond the absence of its own signal.
    """
    value, flag = facts.value, facts.flag
    there = flag["itinerary"]

    def of_trip(values: Numbers | Flags) -> Numbers:
        return np.where(there, np.asarray(values, dtype=np.float64), np.nan)

    visit = flag["visa_visit"]
    leisure = (visit | flag["visa_umrah"]) & (flag["registered"] | flag["work_evidence"]) & ~flag["scheme_seafarer"]
    paid_by_declared = flag["payer_agency"] & flag["agency_cited"]
    stay_over = visit & (np.nan_to_num(value["planned_stay_days"]) > np.nan_to_num(value["visa_days"], nan=np.inf))
    group = np.maximum(np.nan_to_num(value["group_size"], nan=1.0), value["group_travellers"] + 1.0)
    group = np.where(flag["licensed_tour"] | paid_by_declared, 1.0, np.maximum(group, 1.0))
    payers = np.where(paid_by_declared, 0.0, value["payer_travellers"])
    route = shrunk(
        value["route_confirmed"],
        value["route_examined"],
        value["route_confirmed_of_all"],
        value["route_examined_of_all"],
        weight=rules.constant("shrink_outcomes"),
    )
    return {
        "visa_purpose_gap": of_trip(leisure),
        "one_way_on_visit": of_trip(visit & flag["no_return"]),
        "stay_over_visa": of_trip(stay_over),
        "lead_days": of_trip(value["departure_day"] - value["booked_day"]),
        "third_party_payer": of_trip(flag["payer_third_party"] | (flag["payer_agency"] & ~flag["agency_cited"])),
        "payer_degree": of_trip(np.minimum(payers, rules.constant("payer_degree_cap"))),
        "group_size": of_trip(np.minimum(group, rules.constant("group_size_cap"))),
        "dest_mismatch": of_trip(flag["elsewhere"]),
        "route_rate": of_trip(np.minimum(route, rules.constant("rate_cap"))),
        "border_hop": of_trip(flag["border_hop"]),
        "passport_replaced": of_trip(flag["passport_replaced"]),
        "season": value["season"],
    }
