"""Features of the itinerary; without one all are missing, which is a level of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.arithmetic import NAN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.facts import SomeFacts


def travel_features(facts: SomeFacts) -> Mapping[str, Any]:
    """Every feature of the family that needs no counts over others, as numbers by catalogue name.

    An indicator is 1 only when the record shows it: what an itinerary leaves open counts as 0. A return ticket never
    lowers a risk beyond the absence of its own signal.
    """
    value, flag, how = facts.value, facts.flag, facts.how
    there = flag["itinerary"]

    def of_trip(shown: Any) -> Any:
        return how.choose(there, how.number(shown), NAN)

    visit = flag["visa_visit"]
    leisure = (visit | flag["visa_umrah"]) & (flag["registered"] | flag["work_evidence"])
    stay_over = visit & (how.stated(value["planned_stay_days"]) > how.stated(value["visa_days"], float("inf")))
    stranger_pays = flag["payer_third_party"] | (flag["payer_agency"] & how.no(flag["agency_cited"]))
    return {
        "visa_purpose_gap": of_trip(leisure & how.no(flag["scheme_seafarer"])),
        "one_way_on_visit": of_trip(visit & flag["no_return"]),
        "stay_over_visa": of_trip(stay_over),
        "lead_days": of_trip(value["departure_day"] - value["booked_day"]),
        "third_party_payer": of_trip(stranger_pays),
        "dest_mismatch": of_trip(flag["elsewhere"]),
        "border_hop": of_trip(flag["border_hop"]),
        "passport_replaced": of_trip(flag["passport_replaced"]),
        "season": value["season"],
    }
