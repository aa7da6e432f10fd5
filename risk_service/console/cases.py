"""The list of cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, request, url_for
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from risk_service.auth import context, principal, reading
from risk_service.console._frame import page, pages, remember_list, words
from risk_service.console.words import country_code
from risk_service.schemas.case import CasesQuery
from risk_service.services import cases as case_service


@pages.get("/cases")
def cases() -> Response:
    """List cases."""
    given = MultiDict((name, value) for name, value in request.args.items() if value.strip())
    if "destination" in given:
        given["destination"] = country_code(given["destination"])
    try:
        query = CasesQuery(exclude=("purpose",)).load(given.to_dict())
    except ValidationError:
        message = words().t("problem_422_hint")
        empty = _chosen({})
        return page(
            "cases",
            422,
            section="cases",
            items=[],
            scored=True,
            filters=empty,
            filtered=True,
            as_of=None,
            message=message,
        )
    remember_list()
    here = context()
    found = case_service.find(here.store, reading(), master=here.master, secrets=here.secrets, query=query)
    filters = _chosen(query)
    plain = {name: value for name, value in filters.items() if value is not None}
    return page(
        "cases",
        section="cases",
        items=found.items,
        scored=bool(found.items) or case_service.any_scored(here.store),
        filters=filters,
        filtered=bool(set(plain) - {"order"}) or filters["order"] != "planned",
        as_of=max((item["as_of"] for item in found.items), default=None),
        export=plain,
        may_export=principal().may("list.export"),
        at_start="cursor" not in query,
        first_url=_url(plain),
        next_url=_url({**plain, "cursor": found.next}) if found.next else None,
    )


def _chosen(query: Mapping[str, Any]) -> dict[str, Any]:
    names = ("band", "lane", "office", "destination", "agency", "planned_from", "planned_to")
    return {**{name: query.get(name) for name in names}, "order": query.get("order", "planned")}


def _url(filters: Mapping[str, Any]) -> str:
    return f"{url_for('console.cases')}?{urlencode(filters)}" if filters else url_for("console.cases")
