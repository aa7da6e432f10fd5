"""Releases of the model: which is in force, which there are, what each card says."""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import Response

from risk_service.auth import context
from risk_service.console._frame import page, pages, words
from risk_service.console.card_text import as_html
from risk_service.console.texts import TEXTS
from risk_service.console.words import Words

_CALIBRATED: Final = "calibrated_"


@pages.get("/releases")
def releases() -> Response:
    """List the releases, the one in force first."""
    return page("releases", section="releases", items=context().reader.releases.listed())


@pages.get("/releases/<opaque:name>")
def release(name: str) -> Response:
    """Show a release and its card."""
    found, card = context().reader.releases.with_card(name)
    name_of = partial(gate_name, words())
    return page("release", section="releases", release=found, card=as_html(card), gate_name=name_of)


def gate_name(now: Words, code: str) -> str:
    """Return what a gate is called; one that has no name keeps its code."""
    if code.startswith(_CALIBRATED):
        return now.t("gate_calibrated", days=code.removeprefix(_CALIBRATED))
    return now.t(f"gate_{code}") if f"gate_{code}" in TEXTS else code
