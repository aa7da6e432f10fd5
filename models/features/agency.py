"""Features of the agency by its own record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from models.arithmetic import NAN
from models.facts import WITH_AGENCY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.facts import SomeFacts

_WITH_AGENCY: Final = tuple(f"scheme_{scheme}" for scheme in WITH_AGENCY)


def agency_features(facts: SomeFacts) -> Mapping[str, Any]:
    """Every feature of the family that needs no counts over others, as numbers by catalogue name."""
    value, flag, how = facts.value, facts.flag, facts.how
    cited = flag["agency_cited"]
    with_agency = how.any_of([flag[name] for name in _WITH_AGENCY])

    def of_agency(number: Any) -> Any:
        return how.choose(cited, number, NAN)

    datable = how.no(how.missing(value["licence_to"]) | how.missing(value["planned"]))
    ends_before = how.choose(datable, how.number(value["licence_to"] < value["planned"]), NAN)
    branch_known = cited & flag["branch_region_known"]
    return {
        "agency_declared": how.choose(with_agency, how.number(cited), NAN),
        "licence_state": of_agency(value["licence_state"]),
        "licence_ends_before_departure": of_agency(how.choose(flag["licence_extends"], 0.0, ends_before)),
        "sanctions_24m": of_agency(how.stated(value["sanctions"])),
        "deposit_shortfall": of_agency(how.number(flag["deposit_shortfall"])),
        "open_claims": of_agency(how.stated(value["open_claims"])),
        "branch_registered": how.choose(branch_known, how.number(flag["branch_open"]), NAN),
    }
