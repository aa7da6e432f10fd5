"""Where the console's navigation leads, and whom: one line for every section that can be reached from everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from risk_service.policy import Action, Principal


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of the navigation.

    Parameters
    ----------
    section
        What pages name to be marked as the present one.
    endpoint
        Where it leads.
    text
        Name of its text.
    action
        Shown to whoever may do this.
    """

    section: str
    endpoint: str
    text: str
    action: Action


# In the order of the screen; the first one that a person may open is where signing in leads.
NAVIGATION: Final[tuple[Entry, ...]] = (
    Entry(section="worklist", endpoint="console.worklist", text="worklist", action="worklist.read"),
    Entry(section="search", endpoint="console.search", text="search", action="person.search"),
    Entry(section="cases", endpoint="console.cases", text="cases", action="case.read"),
    Entry(section="findings", endpoint="console.list_findings", text="findings", action="casework.read"),
    Entry(section="corrections", endpoint="console.list_corrections", text="corrections", action="casework.read"),
    Entry(section="desks", endpoint="console.desks", text="desks", action="desk.read"),
    Entry(section="region_view", endpoint="console.region_view", text="region_view", action="region.read"),
    Entry(section="audit", endpoint="console.audit", text="audit", action="audit.read"),
    Entry(section="agencies", endpoint="console.agencies", text="agencies", action="agency.read"),
    Entry(section="users", endpoint="console.users", text="users", action="user.manage"),
    Entry(section="releases", endpoint="console.releases", text="releases", action="release.read"),
)


def entries_for(principal: Principal | None) -> tuple[Entry, ...]:
    """Return the entries that a person may open, in order."""
    return () if principal is None else tuple(entry for entry in NAVIGATION if principal.may(entry.action))
