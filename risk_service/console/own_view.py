"""An officer's own view of a case, as the pages of a case show it: asked for first; what comes after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from risk_service.auth import context, principal, reading
from risk_service.services import findings, own_views


def own_view_of(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return what templates need of the officer's own view.

    Parameters
    ----------
    view
        The case, as `risk_service.services.cases.view` returns it.

    Returns
    -------
    dict
        ``mine``: the view that counts, None as long as there is none; ``lot``: whether the case was drawn by lot, None
        without a view and for whoever does not read casework; ``views``: what a view can be; ``held_back``: whether
        band and figures are not shown yet.
    """
    here, why, who = context(), reading(), principal()
    case = (view["case"]["case_id"], view["case"]["candidate_id"])
    with here.store.reading() as connection:
        found = own_views.latest_of(connection, why, [case]).get(case)
    has_figures, gives_views = view["score"]["log_odds"] is not None, who.may("casework.write")
    return {
        "mine": None if found is None else own_views.VIEWS[found],
        "lot": findings.lot_of(here.store, why, case_id=case[0], candidate_id=case[1])
        if found is not None and who.may("casework.read")
        else None,
        "views": own_views.VIEWS,
        "held_back": here.settings.own_view_first and found is None and has_figures and gives_views,
    }
