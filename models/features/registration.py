"""Features of the registration and its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from models.arithmetic import NAN
from models.features.catalogue import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.facts import SomeColumns, SomeFacts

COVERS_POST, COVERS_COUNTRY, NOT_COVERING, NONE_CITED, UNKNOWN = map(float, range(5))
_OF_STEPS: Final = tuple((feature.name, feature.step) for feature in CATALOGUE if feature.step is not None)


def permit_state(facts: SomeColumns) -> Any:
    """Ordinal state of the recruitment permit, NaN where the procedure asks for none and none is cited.

    A permit of another agency, for another country, not yet or no longer in force, withdrawn, or used up by other
    registrations does not cover.
    """
    flag, how = facts.flag, facts.how
    full = facts.value["permit_citations"] >= facts.value["permit_quota"]
    covers = flag["permit_country"] & flag["permit_agency"] & flag["permit_in_force"] & how.no(full)
    state = how.choose(covers, how.choose(flag["permit_post"], COVERS_POST, COVERS_COUNTRY), NOT_COVERING)
    state = how.choose(flag["permit_known"], state, UNKNOWN)
    return how.choose(flag["permit_cited"], state, how.choose(flag["permit_asked"], NONE_CITED, NAN))


def registration_features(facts: SomeFacts) -> Mapping[str, Any]:
    """Every feature of the family that needs no counts over others, as numbers by catalogue name."""
    value, flag, how, steps = facts.value, facts.flag, facts.how, facts.steps
    since = how.at_least(how.stated(value["registered_day"], float(facts.today)), how.number(steps.last))
    return {
        "registered": how.number(flag["registered"]),
        "steps_overdue": how.number(steps.count(steps.overdue)),
        "steps_orderly": how.number(steps.orderly),
        "stalled_days": how.at_least(facts.today - since, 0.0),
        "days_reg_to_dep": value["planned"] - value["registered_day"],
        "dest_closed": how.number(flag["closed"]),
        "no_channel": how.number(flag["no_channel"]),
        "days_to_departure": value["planned"] - facts.today,
    } | {name: how.number(steps.has(steps.overdue, step)) for name, step in _OF_STEPS}
