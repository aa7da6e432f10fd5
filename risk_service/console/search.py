"""Finding a person."""

from __future__ import annotations

from typing import Any

from flask import Response, request, session
from marshmallow import ValidationError

from risk_service.auth import context, reading
from risk_service.console._frame import page, pages, require_token
from risk_service.errors import InvalidError
from risk_service.policy import PURPOSES
from risk_service.schemas.search import SearchRequest
from risk_service.services import search as service


@pages.get("/search")
def search() -> Response:
    """Show the form."""
    return _page()


@pages.post("/search")
def search_people() -> Response:
    """Show who was found; what was typed stands in no address."""
    require_token()
    if request.form.get("purpose") in PURPOSES:
        session["purpose"] = request.form["purpose"]
    here, typed = context(), request.form.get("text", "")
    try:
        asked: Any = SearchRequest().load({"text": typed})
        found = service.find(here.store, reading(), master=here.master, text=asked["text"])
    except (ValidationError, InvalidError):
        return _page(422, typed=typed, too_little=True)
    return _page(typed=typed, found=found)


def _page(
    status: int = 200, *, typed: str = "", found: dict[str, Any] | None = None, too_little: bool = False
) -> Response:
    return page(
        "search",
        status,
        section="search",
        typed=typed,
        found=found,
        too_little=too_little,
        longest=service.LONGEST,
    )
