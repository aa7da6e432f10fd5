"""What-if scores: stated cases against the store's agencies, counts and release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from risk_service.policy import Principal
from risk_service.services.reader import CaseReader
from risk_service.services.what_if import Background, score_what_if
from risk_service.store import Store

_NOBODYS_OFFICE = "-"


def what_if(
    store: Store,
    *,
    principal: Principal,
    reader: CaseReader,
    now_us: int,
    stated: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Score stated cases, each alone; nothing is kept.

    Parameters
    ----------
    stated
        As loaded by `risk_service.schemas.what_if.WhatIf`.
    now_us
        As-of time of a case that states none.

    Returns
    -------
    list of dict
        As `risk_service.schemas.score.Score`, in the same order.

    Raises
    ------
    NotAllowedError, InvalidError, ReleaseError
        Not allowed; a statement makes no case; no release fits.
    """
    principal.require("score.what_if")
    times = [case.get("as_of", now_us) for case in stated]
    found = []
    for case, t_us, beside in zip(stated, times, reader.beside(store, times), strict=True):
        background = Background(
            known=beside.known, aggregates=beside.aggregates, office=principal.office or _NOBODYS_OFFICE
        )
        release = reader.releases.at(t_us if "as_of" in case else None, simulated=beside.simulated)
        rules = reader.rules_at(t_us)
        found.append(score_what_if(case, t_us=t_us, background=background, release=release, rules=rules))
    return found
