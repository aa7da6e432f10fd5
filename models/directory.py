"""Which office a step is done at: the directory of offices, looked up by kind and place.

A step of a case is done at the office of the case's region, else of its province, else at the only one of its kind that
serves no single region (an insurer). Of several agency branches in a place none is meant: they belong to different
agencies, and nobody is sent to the wrong one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

_BRANCH: Final = "agency_branch"
_CASE_OFFICE: Final = "bp3mi"
_EVERYWHERE: Final = ""
_KEPT: Final = 4096
"""How many questions are remembered: most cases of a region ask the same."""


@dataclass(frozen=True)
class Office:
    """Where a step is done."""

    office_id: str
    name: str
    phone: str | None


class Directory:
    """Offices by kind and place.

    Parameters
    ----------
    offices
        Visible rows of the feed.
    """

    def __init__(self, offices: pl.DataFrame) -> None:
        self._by_id: dict[str, Office] = {}
        self._by_place: dict[tuple[str, str], list[Office]] = {}
        self._found: dict[tuple[tuple[str, ...], str | None, str | None], Office | None] = {}
        self.kinds: dict[str, str] = {}
        columns = offices.select("office_id", "kind", "name", "region", "phone").sort("office_id")
        for office_id, kind, name, region, phone in columns.iter_rows():
            office = Office(office_id, name, phone)
            self._by_id[office_id] = office
            self.kinds[office_id] = kind
            self._by_place.setdefault((kind, region or _EVERYWHERE), []).append(office)

    def get(self, office_id: str | None) -> Office | None:
        """The office of an id, if there is one."""
        return self._by_id.get(office_id) if office_id is not None else None

    def find(self, kinds: Sequence[str], region: str | None, own: str | None) -> Office | None:
        """The office that does a step.

        Parameters
        ----------
        kinds
            Kinds of office that issue it.
        region
            Of the case.
        own
            Office of the case; what a BP3MI issues is issued there.
        """
        asked = (tuple(kinds), region, own)
        try:
            return self._found[asked]
        except KeyError:
            office = self._find(kinds, region, own)
        if len(self._found) >= _KEPT:  # another thread may let go of all at any time
            self._found.clear()
        self._found[asked] = office
        return office

    def _find(self, kinds: Sequence[str], region: str | None, own: str | None) -> Office | None:
        if _CASE_OFFICE in kinds and own in self._by_id:
            return self._by_id[own]
        places = [] if region is None else [region, region.partition(".")[0]]
        for place in places:
            found = self._chosen([o for kind in kinds for o in self._by_place.get((kind, place), [])], kinds)
            if found is not None:
                return found
        everywhere = [o for kind in kinds for o in self._by_place.get((kind, _EVERYWHERE), [])]
        return everywhere[0] if len(everywhere) == 1 else None

    def _chosen(self, there: list[Office], kinds: Sequence[str]) -> Office | None:
        if len(there) > 1 and _BRANCH in kinds:
            return None
        ordered = sorted(there, key=lambda office: (office.phone is None, office.office_id))
        return ordered[0] if ordered else None
