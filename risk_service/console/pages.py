"""The console's pages: signing in, the list of cases, one case."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, g, make_response, redirect, render_template, request, session, url_for
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from models.texts import OFFICE_TITLES, SAFETY, SAFETY_STEPS, STEP_TITLES
from models.times import US_PER_SECOND, date_of
from risk_service.auth import context, now_us, principal, reading, request_id
from risk_service.console.texts import BANDS, LANES, TEXTS
from risk_service.console.words import LANGUAGES, Words, in_words, sum_lines
from risk_service.errors import ErasedError, Problem
from risk_service.policy import PURPOSES, ROLE_TEXTS
from risk_service.schemas.case import CasesQuery
from risk_service.services import cases as case_service
from risk_service.services import keys

pages: Final = Blueprint("console", __name__, template_folder="templates")
_HOUR_US: Final = 3600 * US_PER_SECOND
_HISTORY: Final = 10


def register(app: Flask) -> None:
    """Add the console to `app`."""
    app.register_blueprint(pages)


def words() -> Words:
    """Return the language of this request: chosen, else the browser's, else the installation's."""
    chosen = session.get("language")
    if chosen not in LANGUAGES:
        chosen = request.accept_languages.best_match(list(LANGUAGES), default=context().settings.language)
        if context().settings.language != "en" and chosen == "en":
            chosen = context().settings.language  # a browser in English is no choice of the person's
    return Words(str(chosen))


def form_token() -> str:
    """Return the token that every form of this session carries."""
    if "token" not in session:
        session["token"] = secrets.token_urlsafe(24)
    return str(session["token"])


def page(template: str, status: int = 200, **values: Any) -> Response:
    """Return a page in the language of the request, with what every page shows."""
    now = words()
    who = g.get("principal")
    html = render_template(
        f"console/{template}.html",
        t=now.t,
        language=now.language,
        languages=LANGUAGES,
        principal=who,
        role=now.say(ROLE_TEXTS[who.role]) if who is not None else None,
        purpose=session.get("purpose"),
        purposes=PURPOSES,
        simulated=context().simulated(),
        form_token=form_token(),
        here=request.full_path.rstrip("?") if request.method == "GET" else url_for("console.home"),
        bands=BANDS,
        lanes=LANES,
        today=date_of(now_us()),
        **values,
    )
    response = make_response(html, status)
    response.headers["Content-Language"] = now.language
    return response


@pages.record_once
def _register_filters(state: Any) -> None:
    for name in Words("id").filters():
        state.app.jinja_env.filters[name] = _filter(name)


def _filter(name: str) -> Any:
    def apply(value: Any, *more: Any) -> str:
        return str(words().filters()[name](value, *more))

    return apply


def problem_page(problem: Problem) -> Response:
    """Return a problem as a page."""
    known = problem.status if f"problem_{problem.status}" in TEXTS else 500
    hint = f"problem_{known}_hint"
    response = page(
        "problem",
        problem.status,
        title=words().t(f"problem_{known}"),
        hint=words().t(hint) if hint in TEXTS else None,
        request_number=request_id(),
    )
    response.headers.update(problem.headers)
    return response


@pages.get("/")
def home() -> AnyResponse:
    """Lead to the list, or to signing in."""
    return redirect(url_for("console.cases" if g.principal is not None else "console.sign_in"), 303)


@pages.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> AnyResponse:
    """Ask for a key, and open a session for it."""
    if request.method == "GET":
        return page("sign_in", message=None)
    if not _token_fits():
        return page("sign_in", 400, message=words().t("expired_form"))
    here = context()
    presented = request.form.get("key", "").strip()
    who = keys.authenticate(here.store, secrets=here.secrets, presented=presented, now_us=now_us())
    if who is None:
        return page("sign_in", 403, message=words().t("key_refused"))
    if not who.may("case.read"):
        role = words().say(ROLE_TEXTS[who.role])
        return page("sign_in", 403, message=words().t("key_no_cases", role=role))
    language, purpose = session.get("language"), request.form.get("purpose")
    session.clear()
    session["key"] = who.key_id
    session["until"] = now_us() + here.settings.session_hours * _HOUR_US
    session["purpose"] = purpose if purpose in PURPOSES else next(iter(PURPOSES))
    if language is not None:
        session["language"] = language
    return redirect(url_for("console.cases"), 303)


@pages.post("/sign-out")
def sign_out() -> AnyResponse:
    """End the session."""
    if _token_fits():
        language = session.get("language")
        session.clear()
        if language is not None:
            session["language"] = language
    return redirect(url_for("console.sign_in"), 303)


@pages.post("/language")
def choose_language() -> AnyResponse:
    """Change the language."""
    if _token_fits() and request.form.get("language") in LANGUAGES:
        session["language"] = request.form["language"]
    return redirect(_back(), 303)


@pages.post("/purpose")
def choose_purpose() -> AnyResponse:
    """Change the purpose that reads of people are recorded with."""
    if _token_fits() and request.form.get("purpose") in PURPOSES:
        session["purpose"] = request.form["purpose"]
    return redirect(_back(), 303)


@pages.get("/cases")
def cases() -> Response:
    """List cases."""
    given = MultiDict((name, value) for name, value in request.args.items() if value.strip())
    if "destination" in given:
        given["destination"] = given["destination"].upper()
    try:
        query = CasesQuery(exclude=("purpose",)).load(given.to_dict())
    except ValidationError:
        message = words().t("problem_422_hint")
        empty = _chosen({})
        return page(
            "cases",
            422,
            items=[],
            scored=True,
            filters=empty,
            filtered=True,
            as_of=None,
            message=message,
            section="cases",
        )
    here = context()
    found = case_service.find(here.store, reading(), master=here.master, secrets=here.secrets, query=query)
    filters = _chosen(query)
    plain = {name: value for name, value in filters.items() if value is not None}
    return page(
        "cases",
        items=found.items,
        scored=bool(found.items) or case_service.any_scored(here.store),
        filters=filters,
        filtered=bool(set(plain) - {"order"}) or filters["order"] != "planned",
        as_of=max((item["as_of"] for item in found.items), default=None),
        at_start="cursor" not in query,
        first_url=_url(plain),
        next_url=_url({**plain, "cursor": found.next}) if found.next else None,
        section="cases",
    )


@pages.get("/cases/<opaque:case_id>")
def case(case_id: str) -> Response:
    """Show one case: what is on record, then the score, then the way back."""
    here, why = context(), reading()
    view = case_service.view(here.store, why, master=here.master, reader=here.reader, case_id=case_id)
    past = case_service.past(
        here.store, why, case_id=case_id, candidate_id=view["case"]["candidate_id"], limit=_HISTORY
    )
    person = None
    if principal().may("candidate.read"):
        candidate = view["case"]["candidate_id"]
        with suppress(ErasedError):
            person = case_service.candidate(here.store, why, master=here.master, candidate_id=candidate)
    score, steps = view["score"], view["steps"]
    interval = score["interval"]
    return page(
        "case",
        view=view,
        score=score,
        person=person,
        history=past,
        done=sum(step["state"] == "done" for step in steps),
        required=sum(step["required"] for step in steps),
        words=in_words(words(), score["probability"], interval["low"], interval["high"]),
        sum=sum_lines(words(), score),
        oldest=min((until for until in score["freshness"].values() if until), default=None),
        titles=STEP_TITLES,
        careful=SAFETY_STEPS,
        safety=SAFETY,
        kinds=OFFICE_TITLES,
        section="cases",
    )


def _chosen(query: Mapping[str, Any]) -> dict[str, Any]:
    names = ("band", "lane", "office", "destination", "agency", "planned_from", "planned_to")
    return {**{name: query.get(name) for name in names}, "order": query.get("order", "planned")}


def _url(filters: Mapping[str, Any]) -> str:
    return f"{url_for('console.cases')}?{urlencode(filters)}" if filters else url_for("console.cases")


def _token_fits() -> bool:
    return hmac.compare_digest(form_token().encode(), request.form.get("token", "").encode())


def _back() -> str:
    back = request.form.get("back", "")
    local = back.startswith("/") and not back.startswith(("//", "/\\")) and "\n" not in back
    return back if local else url_for("console.home")
