"""The console's own words, each in both languages; a missing one is an error at once, never a blank.

Every section of the console has a module of its own here and a line in `SECTIONS`. A name belongs to one section: two
sections that mean the same take it from the one that has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models.texts import Text
from risk_service.code_texts import BANDS, CODES, LANES
from risk_service.console.texts import (
    account,
    agencies,
    audit,
    case,
    cases,
    desks,
    findings,
    frame,
    region_view,
    releases,
    search,
    sign_in,
    subject,
    users,
    worklist,
)

__all__ = ["BANDS", "CODES", "LANES", "SECTIONS", "TEXTS", "merged"]

SECTIONS: Final[Mapping[str, Mapping[str, Text]]] = {
    "worklist": worklist.TEXTS,
    "findings": findings.TEXTS,
    "frame": frame.TEXTS,
    "sign_in": sign_in.TEXTS,
    "cases": cases.TEXTS,
    "case": case.TEXTS,
    "search": search.TEXTS,
    "desks": desks.TEXTS,
    "region_view": region_view.TEXTS,
    "agencies": agencies.TEXTS,
    "releases": releases.TEXTS,
    "account": account.TEXTS,
    "users": users.TEXTS,
    "subject": subject.TEXTS,
    "audit": audit.TEXTS,
}


def merged(sections: Mapping[str, Mapping[str, Text]]) -> dict[str, Text]:
    """Return the texts of all sections under their names.

    Raises
    ------
    ValueError
        Two sections have a text of the same name.
    """
    owner: dict[str, str] = {}
    texts: dict[str, Text] = {}
    for section, own in sections.items():
        for name, text in own.items():
            if name in owner:
                fault = f"The text {name!r} is in the sections {owner[name]!r} and {section!r}; one of them has to go."
                raise ValueError(fault)
            owner[name], texts[name] = section, text
    return texts


TEXTS: Final[dict[str, Text]] = merged(SECTIONS)
