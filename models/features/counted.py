"""Features that need counts over everybody: what others with the same agency, permit, recruiter, payer or route did.

They are the only ones that wait for the first pass; all others are known from a case's own records and the ledgers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from models.arithmetic import NAN
from models.features.registration import permit_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.facts import SomeColumns
    from models.rules import Rules

COUNTED: Final = (
    "permit_state",
    "complaint_rate",
    "failed_departure_rate",
    "orientation_skip_rate",
    "confirmed_rate",
    "quota_use",
    "recruiter_degree",
    "recruiter_cases",
    "payer_degree",
    "group_size",
    "route_rate",
)
"""Names of the features that need counts."""
FLAGS: Final = (
    "permit_cited",
    "permit_known",
    "permit_country",
    "permit_post",
    "permit_agency",
    "permit_in_force",
    "permit_asked",
    "agency_cited",
    "itinerary",
    "payer_agency",
    "licensed_tour",
)
VALUES: Final = ("permit_quota", "complaints", "complaints_of_all", "group_size")
"""Facts of the case itself that they need beside the counts."""


def shrunk(facts: SomeColumns, hits: str, trials: str, *, weight: float) -> Any:
    """A rate pulled towards the rate of all by ``weight`` pseudo-observations: (k + m K/N) / (n + m).

    Parameters
    ----------
    hits, trials
        Names of the counts, whole numbers; with no observation at all the rate is 0.
    """
    value, how = facts.value, facts.how
    all_hits, all_trials = value[f"{hits}_of_all"], value[f"{trials}_of_all"]
    common = how.choose(all_trials > 0, all_hits / how.at_least(all_trials, 1.0), 0.0)
    return (value[hits] + weight * common) / (value[trials] + weight)


def paid_by_declared(facts: SomeColumns) -> Any:
    """Whether the agency on record pays: no stranger's hand, and no group of strangers."""
    return facts.flag["payer_agency"] & facts.flag["agency_cited"]


def counted_features(facts: SomeColumns, rules: Rules) -> Mapping[str, Any]:
    """Every feature of :data:`COUNTED`, as numbers by catalogue name."""
    value, flag, how = facts.value, facts.flag, facts.how
    registrations = rules.constant("shrink_registrations")
    findings = rules.constant("shrink_outcomes")
    cap = rules.constant("rate_cap")

    def of_agency(number: Any) -> Any:
        return how.choose(flag["agency_cited"], number, NAN)

    def of_trip(number: Any) -> Any:
        return how.choose(flag["itinerary"], number, NAN)

    complaints = shrunk(facts, "complaints", "agency_registered", weight=registrations)
    quota_known = flag["permit_known"] & (value["permit_quota"] > 0)
    declared = paid_by_declared(facts)
    group = how.at_least(how.stated(value["group_size"], 1.0), value["group_travellers"] + 1.0)
    group = how.choose(flag["licensed_tour"] | declared, 1.0, how.at_least(group, 1.0))
    payers = how.choose(declared, 0.0, value["payer_travellers"])
    confirmed = shrunk(facts, "agency_confirmed", "agency_examined", weight=findings)
    route = shrunk(facts, "route_confirmed", "route_examined", weight=findings)
    return {
        "permit_state": permit_state(facts),
        "complaint_rate": of_agency(100.0 * complaints),
        "failed_departure_rate": of_agency(shrunk(facts, "agency_failed", "agency_planned", weight=registrations)),
        "orientation_skip_rate": of_agency(shrunk(facts, "agency_skipped", "agency_departed", weight=registrations)),
        "confirmed_rate": of_agency(how.at_most(confirmed, cap)),
        "quota_use": value["permit_citations"] / how.choose(quota_known, value["permit_quota"], NAN),
        "recruiter_degree": how.at_most(value["recruiter_open"], rules.constant("recruiter_degree_cap")),
        "recruiter_cases": how.at_most(value["recruiter_cases"], rules.constant("recruiter_cases_cap")),
        "payer_degree": of_trip(how.at_most(payers, rules.constant("payer_degree_cap"))),
        "group_size": of_trip(how.at_most(group, rules.constant("group_size_cap"))),
        "route_rate": of_trip(how.at_most(route, cap)),
    }
