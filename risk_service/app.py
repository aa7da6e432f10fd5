"""The application: one factory that takes its settings, its store and its clock, and knows nothing else."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import structlog
from flask import Flask, Request, Response, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from werkzeug.middleware.proxy_fix import ProxyFix

from models.rules import load_rules
from risk_service import api, auth, console, errors, logs
from risk_service.api import metrics
from risk_service.request_counts import RequestLimit
from risk_service.services.keys import Secrets
from risk_service.services.reader import CaseReader
from risk_service.services.releases import Releases
from risk_service.settings import Settings
from risk_service.store import Store, open_store
from risk_service.store.persons import master_key

log: Final = logs.logger(__name__)

_UNCOUNTED: Final = ("health.healthz", "health.readyz", "metrics", "static")
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}


def wall_clock() -> int:
    """Return the present time, UTC microseconds since 1970."""
    return time.time_ns() // 1000


class Application(Flask):
    """Flask without what every request paid and none of ours needs."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """A view or hook as it is: none of ours is asynchronous, and each was looked at in every request."""
        return func


class Sessions(SecureCookieSessionInterface):
    """The console's sessions, where there is one; the interface has none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session that a cookie carries; without a cookie an empty one, at once."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write what has changed; a session that nobody has looked at leaves no trace."""
        if session or session.accessed or session.modified:
            super().save_session(app, session, response)


def settle() -> None:
    """Let the collector of garbage pass over what is loaded by now, which stays as long as the process.

    It looked through all of it in the midst of a long page, and that page took half as long again.
    """
    gc.collect()
    gc.freeze()


def create_app(
    settings: Settings,
    *,
    store: Store | None = None,
    clock: Callable[[], int] = wall_clock,
    start_run: Callable[[str], None] | None = None,
) -> Flask:
    """Make the application.

    Parameters
    ----------
    settings
        Read once, at the edge.
    store
        An open store; without one, the store that `settings` names is opened.
    clock
        UTC microseconds since 1970.
    start_run
        Starts the rescoring of a run in the background; without one, a process of its own does it.

    Raises
    ------
    RiskError
        Keys, store or rules cannot be used.
    """
    app = Application("risk_service", static_folder=None)
    app.session_interface = Sessions()
    opened = store if store is not None else open_store(settings.database_url)
    master = master_key(opened, settings.keys)
    secrets = Secrets.of(master)
    app.config |= {
        "SECRET_KEY": secrets.session,
        "MAX_CONTENT_LENGTH": settings.max_body,
        "MAX_FORM_PARTS": 20,
        "SESSION_COOKIE_NAME": "risk-session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "TRAP_HTTP_EXCEPTIONS": False,
    }
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    here = auth.Context(
        settings=settings,
        store=opened,
        clock=clock,
        master=master,
        secrets=secrets,
        reader=CaseReader(
            rules=load_rules(settings.rules),
            releases=Releases(registry=settings.registry, trusted=settings.keys / "trusted"),
        ),
        start_run=start_run or (lambda _run: None),
    )
    metrics.install(app)
    limit = RequestLimit(settings.rate_limit, settings.rate_limit_storage)
    auth.install(app, here, partial(_count, limit))
    api.register(app)
    console.register(app, settings)
    app.register_error_handler(Exception, _answer)
    app.after_request(_finish)
    return app


def _count(limit: RequestLimit) -> None:
    """Count a request of its key or address, and refuse it if it is one too many."""
    endpoint = request.endpoint
    if endpoint is None or endpoint in _UNCOUNTED:
        return
    who = auth.key_in_log()
    try:
        counted = limit.count(f"address:{request.remote_addr}" if who is None else f"key:{who}")
    except Exception:  # a lost counter must not take the service down
        log.exception("request not counted")
        return
    g.counted = counted
    if counted.over:
        raise errors.TooManyError(
            "More requests came than are allowed.",
            what_to_do="Wait as long as the header Retry-After says.",
            headers={"Retry-After": str(counted.wait)},
        )


def _answer(error: Exception) -> Response:
    problem = api.problem_of_exception(error)
    if problem.status >= errors.ServiceError.status:
        log.error("failed", problem=problem.slug, status=problem.status, exc_info=error)
    if auth.wants_page():
        return console.problem_page(problem)
    return api.respond(problem, request_id=auth.request_id())


def _finish(response: Response) -> Response:
    asked = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - as werkzeug says to
    number, endpoint, rule = auth.request_id(), asked.endpoint, asked.url_rule
    headers = response.headers
    given = {name.lower() for name in headers.keys()}  # noqa: SIM118 - headers are pairs
    for name, value in _HEADERS.items():
        if name.lower() not in given:
            headers.add(name, value)
    if asked.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if "cache-control" not in given and endpoint not in ("static", "reference.openapi_document"):
        headers.add("Cache-Control", "no-store")
    counted = g.get("counted")
    if counted is not None:
        headers.add("X-RateLimit-Limit", str(counted.allowed))
        headers.add("X-RateLimit-Remaining", str(counted.remaining))
        headers.add("X-RateLimit-Reset", str(math.ceil(counted.until)))
    headers["X-Request-Id"] = number
    structlog.contextvars.clear_contextvars()
    if endpoint != "static":
        log.info(
            "request",
            request_id=number,
            method=asked.method,
            route=rule.rule if rule else None,  # never the path, which a client writes
            status=response.status_code,
            key=auth.key_in_log(),
        )
    return response
