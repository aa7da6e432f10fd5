"""Who is asking, at the edge: bearer keys for the interface, a session of the store for the console.

The order is fixed in `install`: give the request its number and time, find out who asks, count (the rate limit counts
by key), then let through what `policy.ROUTES` lets through. A route that has no entry there is refused to everybody.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from flask import Flask, current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from risk_service.errors import Fault, InvalidError, NotAllowedError, NotAuthenticatedError
from risk_service.policy import PERSONAL, PUBLIC, PURPOSES, ROUTES, SIGNED_IN, Action, Principal, Purpose
from risk_service.services import keys, sessions
from risk_service.services.audit import Reading
from risk_service.services.health import holds_simulated
from risk_service.services.keys import Secrets
from risk_service.services.list_files import Asked
from risk_service.services.worklist import Making

if TYPE_CHECKING:
    from risk_service.services.reader import CaseReader
    from risk_service.settings import Settings
    from risk_service.store import MasterKey, Store

_EXTENSION: Final = "risk-service"
_REQUEST_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_API: Final = "/api/"
_CHOOSING: Final = ("console.password", "console.choose_password")
_MACHINES: Final = ("/healthz", "/readyz", "/metrics", "/openapi.json")


@dataclass(frozen=True, kw_only=True)
class Context:
    """What every request works with.

    Parameters
    ----------
    settings, store
        As opened at start.
    clock
        UTC microseconds since 1970; read once per request.
    master
        Opens what identifies a person.
    secrets
        Keys derived from the master key, each for one use.
    reader
        Reads and scores cases; keeps what many requests share.
    start_run
        Starts the rescoring of a run row in the background.
    """

    settings: Settings
    store: Store
    clock: Callable[[], int]
    master: MasterKey
    secrets: Secrets
    reader: CaseReader
    start_run: Callable[[str], None]
    _kind: list[bool] = field(default_factory=list, repr=False)

    def simulated(self) -> bool:
        """Whether the store holds simulated data; once it does or does not, that never changes."""
        if not self._kind:
            holds = holds_simulated(self.store)
            if holds is None:
                return False
            self._kind.append(holds)
        return self._kind[0]

    def making(self) -> Making:
        """What a worklist that is made now is made with; its draw is random here and nowhere below."""
        chosen = self.settings
        return Making(
            seed=secrets.token_hex(16), capacity=chosen.worklist_capacity, lot_share=chosen.worklist_lot_share
        )

    def asked(self, reading: Reading, query: Mapping[str, Any]) -> Asked:
        """What a list that is taken along is made with."""
        return Asked(
            store=self.store,
            reading=reading,
            master=self.master,
            secrets=self.secrets,
            reader=self.reader,
            making=self.making,
            query=query,
        )


def context() -> Context:
    """Return the context of the application at work."""
    return cast("Context", current_app.extensions[_EXTENSION])


def now_us() -> int:
    """Return the time of this request, UTC microseconds."""
    return cast("int", g.now_us)


def request_id() -> str:
    """Return the number of this request."""
    return cast("str", g.get("request_id") or "")


def principal() -> Principal:
    """Return who asks; only for routes that are not public."""
    found = g.get("principal")
    if found is None:
        raise _unauthenticated()
    return cast("Principal", found)


def purpose() -> Purpose:
    """Return the purpose of a read of a person: of the console's session, or of the request.

    Raises
    ------
    InvalidError
        None is given, or one that is not on the list.
    """
    given = session.get("purpose") if _in_console() else request.headers.get("X-Purpose") or request.args.get("purpose")
    if given not in PURPOSES:
        listed = ", ".join(PURPOSES)
        fault = Fault("missing" if not given else "not on the list", header="X-Purpose")
        raise InvalidError(
            "Reading a person needs a purpose.", what_to_do=f"Send X-Purpose with one of {listed}.", faults=[fault]
        )
    return cast("Purpose", given)


def session_secret() -> str | None:
    """Return the secret of the console's session, as its cookie carries it."""
    found = session.get("sid")
    return found if isinstance(found, str) else None


def reading() -> Reading:
    """Return who reads a person, why and when."""
    return Reading(principal=principal(), purpose=purpose(), now_us=now_us(), request_id=request_id())


def reading_for(action: Action) -> Reading:
    """Return who reads, why and when; only a read of people has a purpose."""
    why = purpose() if action in PERSONAL else None
    return Reading(principal=principal(), purpose=why, now_us=now_us(), request_id=request_id())


def acting() -> Reading:
    """Return who changes something about a case, and when; without a purpose on the list it is case work."""
    asked = session.get("purpose") if _in_console() else request.headers.get("X-Purpose")
    why = cast("Purpose", asked) if asked in PURPOSES else "case_work"
    return Reading(principal=principal(), purpose=why, now_us=now_us(), request_id=request_id())


def wants_page() -> bool:
    """Whether an error is answered with a page: in the console, to whoever takes HTML."""
    accepted = request.accept_mimetypes
    return _in_console() and accepted.quality("text/html") > accepted.quality("application/json")


def key_in_log() -> str | None:
    """Return the public part of the key at work, for log lines."""
    found = g.get("principal")
    return None if found is None else cast("Principal", found).key_id


def install(app: Flask, context: Context, count: Callable[[], None]) -> None:
    """Hook the checks into `app`; `count` counts the request between knowing who asks and letting through."""
    app.extensions[_EXTENSION] = context
    app.before_request(_begin)
    app.before_request(_identify)
    app.before_request(count)
    app.before_request(_authorise)


def access_of(rule: str, method: str) -> Action | str | None:
    """Return the entry of `policy.ROUTES` for a rule and a method; None when there is none."""
    return ROUTES.get(f"{'GET' if method == 'HEAD' else method} {rule}")


def _begin() -> None:
    offered = request.headers.get("X-Request-Id", "")
    g.request_id = offered if _REQUEST_ID.fullmatch(offered) else str(uuid.uuid4())
    g.now_us = context().clock()
    g.principal = None


def _identify() -> None:
    here = context()
    if _in_console():
        secret = session_secret()
        if secret is not None and request.endpoint != "static":
            g.principal = sessions.principal_of(
                here.store, secret, idle_minutes=here.settings.session_idle, now_us=g.now_us
            )
        return
    scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and presented:
        g.principal = keys.authenticate(here.store, secrets=here.secrets, presented=presented.strip(), now_us=g.now_us)


def _authorise() -> Response | None:
    rule = request.url_rule
    if rule is None or (request.method == "OPTIONS" and getattr(rule, "provide_automatic_options", False)):
        return None  # nothing is there, or only the list of methods is asked for
    access = access_of(rule.rule, request.method)
    if access == PUBLIC:
        return None
    if access is None:
        raise NotAllowedError("This route has no entry in the table of access.")
    if g.principal is None:
        if _in_console():
            return redirect(url_for("console.sign_in"), 303)
        raise _unauthenticated()
    if principal().must_choose_password and request.endpoint not in _CHOOSING:
        return redirect(url_for("console.password"), 303)
    if access != SIGNED_IN:
        principal().require(cast("Action", access))
        if access in PERSONAL:
            purpose()
    return None


def _unauthenticated() -> NotAuthenticatedError:
    return NotAuthenticatedError(
        "No key was sent, or one that is unknown, expired or revoked.",
        what_to_do="Send it as 'Authorization: Bearer …'; 'risk-service keys create' makes one.",
        headers={"WWW-Authenticate": 'Bearer realm="risk-service"'},
    )


def _in_console() -> bool:
    return not request.path.startswith(_API) and request.path not in _MACHINES
