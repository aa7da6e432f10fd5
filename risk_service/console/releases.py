"""Releases of the model: which is in force, which there are, what each card says."""

from __future__ import annotations

from flask import Response

from risk_service.auth import context
from risk_service.console._frame import page, pages
from risk_service.console.card_text import as_html


@pages.get("/releases")
def releases() -> Response:
    """List the releases, the one in force first."""
    return page("releases", section="releases", items=context().reader.releases.listed())


@pages.get("/releases/<opaque:name>")
def release(name: str) -> Response:
    """Show a release and its card."""
    found, card = context().reader.releases.with_card(name)
    return page("release", section="releases", release=found, card=as_html(card))
