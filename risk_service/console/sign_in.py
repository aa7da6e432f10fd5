"""Signing in and out, and what a session chooses: language, purpose."""

from __future__ import annotations

from typing import Final

from flask import g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from models.times import US_PER_SECOND
from risk_service.auth import context, now_us
from risk_service.console._frame import back, page, pages, token_fits, words
from risk_service.console.navigation import entries_for
from risk_service.console.words import LANGUAGES
from risk_service.policy import PURPOSES, ROLE_TEXTS
from risk_service.services import keys

_HOUR_US: Final = 3600 * US_PER_SECOND


@pages.get("/")
def home() -> Response:
    """Lead to the first page that the person may open, or to signing in."""
    entries = entries_for(g.principal)
    return redirect(url_for(entries[0].endpoint if entries else "console.sign_in"), 303)


@pages.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Response:
    """Ask for a key, and open a session for it."""
    if request.method == "GET":
        return page("sign_in", message=None)
    if not token_fits():
        return page("sign_in", 400, message=words().t("expired_form"))
    here = context()
    presented = request.form.get("key", "").strip()
    who = keys.authenticate(here.store, secrets=here.secrets, presented=presented, now_us=now_us())
    if who is None:
        return page("sign_in", 403, message=words().t("key_refused"))
    entries = entries_for(who)
    if not entries:
        role = words().say(ROLE_TEXTS[who.role])
        return page("sign_in", 403, message=words().t("key_no_cases", role=role))
    language, purpose = session.get("language"), request.form.get("purpose")
    session.clear()
    session["key"] = who.key_id
    session["until"] = now_us() + here.settings.session_hours * _HOUR_US
    session["purpose"] = purpose if purpose in PURPOSES else next(iter(PURPOSES))
    if language is not None:
        session["language"] = language
    return redirect(url_for(entries[0].endpoint), 303)


@pages.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    if token_fits():
        language = session.get("language")
        session.clear()
        if language is not None:
            session["language"] = language
    return redirect(url_for("console.sign_in"), 303)


@pages.post("/language")
def choose_language() -> Response:
    """Change the language."""
    if token_fits() and request.form.get("language") in LANGUAGES:
        session["language"] = request.form["language"]
    return redirect(back(), 303)


@pages.post("/purpose")
def choose_purpose() -> Response:
    """Change the purpose that reads of people are recorded with."""
    if token_fits() and request.form.get("purpose") in PURPOSES:
        session["purpose"] = request.form["purpose"]
    return redirect(back(), 303)
