"""Features that need counts over everybody: what others with the same agency, permit, recruiter, payer or route did.

They are the only ones that wait for the first pass; all others are known from a case's own records and the ledgers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from models.facts import stated
from models.features.registration import permit_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.facts import Columns, Flags, Numbers
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


def shrunk(hits: Numbers, trials: Numbers, all_hits: Numbers, all_trials: Numbers, *, weight: float) -> Numbers:
    """A rate pulled towards the rate of all by ``weight`` pseudo-observations: (k + m K/N) / (n + m).

    Counts are whole numbers (n,); with no observation at all the rate is 0.
    """
    common = np.where(all_trials > 0, all_hits / np.maximum(all_trials, 1.0), 0.0)
    return (hits + weight * common) / (trials + weight)


def _agency_rate(facts: Columns, hits: str, trials: str, *, weight: float) -> Numbers:
    value = facts.value
    return shrunk(
        value[f"agency_{hits}"],
        value[f"agency_{trials}"],
        value[f"agency_{hits}_of_all"],
        value[f"agency_{trials}_of_all"],
        weight=weight,
    )


def paid_by_declared(facts: Columns) -> Flags:
    """Where the agency on record pays: no stranger's hand, and no group of strangers."""
    return np.asarray(facts.flag["payer_agency"] & facts.flag["agency_cited"])


def counted_features(facts: Columns, rules: Rules) -> Mapping[str, Numbers]:
    """Every feature of :data:`COUNTED`, float64 (n,), by catalogue name."""
    value, flag = facts.value, facts.flag
    registrations = rules.constant("shrink_registrations")
    findings = rules.constant("shrink_outcomes")
    cap = rules.constant("rate_cap")

    def of_agency(values: Numbers) -> Numbers:
        return np.where(flag["agency_cited"], values, np.nan)

    def of_trip(values: Numbers) -> Numbers:
        return np.where(flag["itinerary"], values, np.nan)

    complaints = shrunk(
        value["complaints"],
        value["agency_registered"],
        value["complaints_of_all"],
        value["agency_registered_of_all"],
        weight=registrations,
    )
    quota_known = flag["permit_known"] & (value["permit_quota"] > 0)
    declared = paid_by_declared(facts)
    group = np.maximum(stated(value["group_size"], 1.0), value["group_travellers"] + 1.0)
    group = np.where(flag["licensed_tour"] | declared, 1.0, np.maximum(group, 1.0))
    payers = np.where(declared, 0.0, value["payer_travellers"])
    route = shrunk(
        value["route_confirmed"],
        value["route_examined"],
        value["route_confirmed_of_all"],
        value["route_examined_of_all"],
        weight=findings,
    )
    return {
        "permit_state": permit_state(facts),
        "complaint_rate": of_agency(100.0 * complaints),
        "failed_departure_rate": of_agency(_agency_rate(facts, "failed", "planned", weight=registrations)),
        "orientation_skip_rate": of_agency(_agency_rate(facts, "skipped", "departed", weight=registrations)),
        "confirmed_rate": of_agency(np.minimum(_agency_rate(facts, "confirmed", "examined", weight=findings), cap)),
        "quota_use": value["permit_citations"] / np.where(quota_known, value["permit_quota"], np.nan),
        "recruiter_degree": np.minimum(value["recruiter_open"], rules.constant("recruiter_degree_cap")),
        "recruiter_cases": np.minimum(value["recruiter_cases"], rules.constant("recruiter_cases_cap")),
        "payer_degree": of_trip(np.minimum(payers, rules.constant("payer_degree_cap"))),
        "group_size": of_trip(np.minimum(group, rules.constant("group_size_cap"))),
        "route_rate": of_trip(np.minimum(route, cap)),
    }
