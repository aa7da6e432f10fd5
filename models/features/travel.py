"""Features of the itinerary; without one all are missing, which is a level of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.facts import stated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.facts import Facts, Flags, Numbers


def travel_features(facts: Facts) -> Mapping[str, Numbers]:
    """Every feature of the family that needs no counts over others, float64 (n,), by catalogue name.

    An indicator is 1 only when the record shows it: what an itinerary leaves open counts as 0. A return ticket never
    lowers a risk beyond the absence of its own signal.
    """
    value, flag = facts.value, facts.flag
    there = flag["itinerary"]

    def of_trip(values: Numbers | Flags) -> Numbers:
        return np.where(there, np.asarray(values, dtype=np.float64), np.nan)

    visit = flag["visa_visit"]
    leisure = (visit | flag["visa_umrah"]) & (flag["registered"] | flag["work_evidence"]) & ~flag["scheme_seafarer"]
    stay_over = visit & (stated(value["planned_stay_days"]) > stated(value["visa_days"], np.inf))
    return {
        "visa_purpose_gap": of_trip(leisure),
        "one_way_on_visit": of_trip(visit & flag["no_return"]),
        "stay_over_visa": of_trip(stay_over),
        "lead_days": of_trip(value["departure_day"] - value["booked_day"]),
        "third_party_payer": of_trip(flag["payer_third_party"] | (flag["payer_agency"] & ~flag["agency_cited"])),
        "dest_mismatch": of_trip(flag["elsewhere"]),
        "border_hop": of_trip(flag["border_hop"]),
        "passport_replaced": of_trip(flag["passport_replaced"]),
        "season": value["season"],
    }
