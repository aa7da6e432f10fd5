"""Who may do what: roles, actions, routes and purposes, in one table that code and tests read.

A route without an entry is refused to everybody. Routes name an action, actions name roles; services check the same
actions, so that a page, an endpoint and a command cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from models.texts import Text
from risk_service.errors import InvalidError, NotAllowedError, NotFoundError

Role = Literal["viewer", "investigator", "supervisor", "analyst", "feeder", "auditor", "admin", "desk"]
Action = Literal[
    "case.read",
    "candidate.read",
    "identity.read",
    "person.search",
    "casework.read",
    "casework.write",
    "casework.decide",
    "worklist.read",
    "worklist.manage",
    "agency.read",
    "desk.read",
    "paper.print",
    "list.export",
    "region.read",
    "score.what_if",
    "release.read",
    "run.read",
    "run.start",
    "delivery.write",
    "person.file",
    "person.erase",
    "audit.read",
    "metrics.read",
    "key.manage",
    "user.manage",
]
Purpose = Literal["case_work", "supervision", "subject_request", "quality_check", "audit"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)

ROLE_TEXTS: Final[dict[Role, Text]] = {
    "viewer": Text("pembaca", "viewer"),
    "investigator": Text("petugas", "investigator"),
    "supervisor": Text("penyelia", "supervisor"),
    "analyst": Text("analis", "analyst"),
    "feeder": Text("pengirim data", "feeder"),
    "auditor": Text("auditor", "auditor"),
    "admin": Text("admin", "admin"),
    "desk": Text("loket kantor", "office desk"),
}

PURPOSES: Final[dict[Purpose, Text]] = {
    "case_work": Text("Penanganan berkas", "Case work"),
    "supervision": Text("Penyeliaan", "Supervision"),
    "subject_request": Text("Permintaan calon sendiri", "The candidate's own request"),
    "quality_check": Text("Pemeriksaan mutu data", "Data quality check"),
    "audit": Text("Audit", "Audit"),
}

# Administrators keep keys and runs, feeders deliver, auditors read the trail: none of them reads people. A desk (of a
# Disnaker, training centre, clinic or agency's branch) sees the steps that wait at it and nothing else.
ACTIONS: Final[dict[Action, frozenset[Role]]] = {
    "case.read": frozenset({"viewer", "investigator", "supervisor", "analyst"}),
    "candidate.read": frozenset({"viewer", "investigator", "supervisor"}),
    "identity.read": frozenset({"investigator", "supervisor"}),
    "person.search": frozenset({"viewer", "investigator", "supervisor"}),
    "casework.read": frozenset({"viewer", "investigator", "supervisor"}),
    "casework.write": frozenset({"investigator", "supervisor"}),
    "casework.decide": frozenset({"supervisor"}),
    "worklist.read": frozenset({"viewer", "investigator", "supervisor"}),
    "worklist.manage": frozenset({"supervisor"}),
    "agency.read": frozenset({"viewer", "investigator", "supervisor", "analyst", "auditor"}),
    "region.read": frozenset({"supervisor", "analyst"}),
    "paper.print": frozenset({"investigator", "supervisor"}),
    "list.export": frozenset({"investigator", "supervisor"}),
    "desk.read": frozenset({"viewer", "investigator", "supervisor", "desk"}),
    "score.what_if": frozenset({"viewer", "investigator", "supervisor", "analyst"}),
    "release.read": frozenset({"viewer", "investigator", "supervisor", "analyst", "auditor", "admin"}),
    "run.read": frozenset({"supervisor", "analyst", "auditor", "admin"}),
    "run.start": frozenset({"analyst", "admin"}),
    "delivery.write": frozenset({"feeder", "admin"}),
    "person.file": frozenset({"supervisor"}),
    "person.erase": frozenset({"supervisor"}),
    "audit.read": frozenset({"auditor"}),
    "metrics.read": frozenset({"analyst", "auditor", "admin"}),
    "key.manage": frozenset({"admin"}),
    "user.manage": frozenset({"admin"}),
}

BOUND: Final[frozenset[Role]] = frozenset({"desk"})
"""Roles that see one office's own and nothing without one: a key or an account of theirs names it."""

# Reading a person needs a purpose and leaves an audit entry.
PERSONAL: Final[frozenset[Action]] = frozenset(
    {
        "case.read",
        "candidate.read",
        "identity.read",
        "person.search",
        "casework.read",
        "worklist.read",
        "desk.read",
        "paper.print",
        "list.export",
        "person.file",
    }
)

SIGNED_IN: Final = "signed-in"
PUBLIC: Final = "public"

# Lists to take along: below the interface's prefix and in the console, as Excel and as CSV.
EXPORTS: Final[dict[str, Action]] = {
    "/exports/worklist": "list.export",
    "/exports/cases": "list.export",
    "/exports/findings": "list.export",
    "/exports/corrections": "list.export",
    "/exports/overrides": "list.export",
    "/exports/changes": "list.export",
    "/exports/agencies": "agency.read",
    "/exports/desks": "desk.read",
    "/exports/region": "region.read",
    "/exports/releases": "release.read",
    "/exports/users": "user.manage",
    "/agencies/<opaque:agency_id>/tables": "agency.read",
    "/desks/<opaque:office_id>/steps": "desk.read",
}

ROUTES: Final[dict[str, Action | Literal["signed-in", "public"]]] = {
    "GET /healthz": PUBLIC,
    "GET /readyz": PUBLIC,
    "GET /openapi.json": PUBLIC,
    "GET /docs": PUBLIC,
    "GET /metrics": "metrics.read",
    "GET /static/<path:filename>": PUBLIC,
    "POST /api/v1/scores": "score.what_if",
    "GET /api/v1/cases": "case.read",
    "GET /api/v1/cases/<opaque:case_id>": "case.read",
    "GET /api/v1/cases/<opaque:case_id>/score": "case.read",
    "GET /api/v1/cases/<opaque:case_id>/scores": "case.read",
    "GET /api/v1/candidates/<opaque:candidate_id>": "candidate.read",
    "POST /api/v1/candidates/<opaque:candidate_id>/identity": "identity.read",
    "POST /api/v1/search": "person.search",
    "POST /api/v1/candidates/<opaque:candidate_id>/erasure": "person.erase",
    "GET /api/v1/candidates/<opaque:candidate_id>/file": "person.file",
    "GET /api/v1/candidates/<opaque:candidate_id>/file.pdf": "person.file",
    "GET /api/v1/worklist": "worklist.read",
    "GET /api/v1/worklist/changes": "worklist.read",
    "GET /api/v1/cases/<opaque:case_id>/work": "casework.read",
    "POST /api/v1/worklist/actions": "casework.write",
    "POST /api/v1/worklist/actions/<opaque:action_id>/undo": "casework.write",
    "PUT /api/v1/worklist/capacities/<opaque:office_id>": "worklist.manage",
    "GET /api/v1/worklist/filters": "worklist.read",
    "PUT /api/v1/worklist/filters/<opaque:name>": "casework.write",
    "DELETE /api/v1/worklist/filters/<opaque:name>": "casework.write",
    "GET /api/v1/cases/<opaque:case_id>/sheet.pdf": "paper.print",
    "GET /api/v1/cases/<opaque:case_id>/letter.pdf": "paper.print",
    "POST /api/v1/cases/<opaque:case_id>/own-view": "casework.write",
    "POST /api/v1/cases/<opaque:case_id>/findings": "casework.write",
    "GET /api/v1/findings": "casework.read",
    "GET /api/v1/findings/<opaque:finding_id>": "casework.read",
    "POST /api/v1/findings/<opaque:finding_id>/confirm": "casework.write",
    "POST /api/v1/findings/<opaque:finding_id>/retract": "casework.write",
    "POST /api/v1/cases/<opaque:case_id>/corrections": "casework.write",
    "GET /api/v1/corrections": "casework.read",
    "GET /api/v1/corrections/<opaque:correction_id>": "casework.read",
    "POST /api/v1/corrections/<opaque:correction_id>/decide": "casework.decide",
    "POST /api/v1/candidates/<opaque:candidate_id>/objections": "casework.write",
    "GET /api/v1/candidates/<opaque:candidate_id>/objections": "casework.read",
    "POST /api/v1/objections/<opaque:objection_id>/lift": "casework.write",
    "POST /api/v1/cases/<opaque:case_id>/overrides": "casework.write",
    "GET /api/v1/overrides": "casework.read",
    "POST /api/v1/overrides/<opaque:override_id>/confirm": "casework.write",
    "POST /api/v1/overrides/<opaque:override_id>/end": "casework.write",
    "GET /api/v1/agencies": "agency.read",
    "GET /api/v1/agencies/<opaque:agency_id>": "agency.read",
    "GET /api/v1/agencies/<opaque:agency_id>/overview": "agency.read",
    "GET /api/v1/region-view": "region.read",
    "GET /api/v1/region-view/expected": "region.read",
    "GET /api/v1/desks": "desk.read",
    "GET /api/v1/desks/<opaque:office_id>/steps": "desk.read",
    "GET /api/v1/releases": "release.read",
    "GET /api/v1/releases/current": "release.read",
    "GET /api/v1/runs": "run.read",
    "GET /api/v1/runs/<opaque:run_id>": "run.read",
    "POST /api/v1/runs": "run.start",
    "POST /api/v1/deliveries": "delivery.write",
    "GET /": PUBLIC,
    "GET /sign-in": PUBLIC,
    "POST /sign-in": PUBLIC,
    "GET /sign-in/provider": PUBLIC,
    "GET /sign-in/return": PUBLIC,
    "POST /sign-out": PUBLIC,
    "POST /language": PUBLIC,
    "POST /purpose": SIGNED_IN,
    "GET /account": SIGNED_IN,
    "POST /account/sessions": SIGNED_IN,
    "GET /account/password": SIGNED_IN,
    "POST /account/password": SIGNED_IN,
    "GET /audit": "audit.read",
    "GET /audit/export": "audit.read",
    "GET /users": "user.manage",
    "POST /users": "user.manage",
    "POST /users/<opaque:user_id>": "user.manage",
    "POST /sessions/<opaque:session_id>": "user.manage",
    "GET /worklist": "worklist.read",
    "GET /worklist/changes": "worklist.read",
    "POST /worklist/actions": "casework.write",
    "POST /worklist/undo": "casework.write",
    "POST /worklist/capacity": "worklist.manage",
    "POST /worklist/filters": "casework.write",
    "GET /findings": "casework.read",
    "GET /corrections": "casework.read",
    "GET /cases/<opaque:case_id>/work": "casework.read",
    "POST /cases/<opaque:case_id>/own-view": "casework.write",
    "POST /cases/<opaque:case_id>/findings": "casework.write",
    "POST /cases/<opaque:case_id>/corrections": "casework.write",
    "POST /cases/<opaque:case_id>/overrides": "casework.write",
    "POST /candidates/<opaque:candidate_id>/objections": "casework.write",
    "POST /findings/<opaque:finding_id>/confirm": "casework.write",
    "POST /findings/<opaque:finding_id>/retract": "casework.write",
    "POST /corrections/<opaque:correction_id>/decide": "casework.decide",
    "POST /objections/<opaque:objection_id>/lift": "casework.write",
    "POST /overrides/<opaque:override_id>/confirm": "casework.write",
    "POST /overrides/<opaque:override_id>/end": "casework.write",
    "GET /releases": "release.read",
    "GET /releases/<opaque:name>": "release.read",
    "GET /search": "person.search",
    "POST /search": "person.search",
    "GET /candidates/<opaque:candidate_id>/file": "person.file",
    "GET /candidates/<opaque:candidate_id>/file.pdf": "person.file",
    "GET /candidates/<opaque:candidate_id>/file.json": "person.file",
    "POST /candidates/<opaque:candidate_id>/erasure": "person.erase",
    "GET /cases": "case.read",
    "GET /cases/<opaque:case_id>": "case.read",
    "POST /cases/<opaque:case_id>/identity": "identity.read",
    "GET /cases/<opaque:case_id>/sheet.pdf": "paper.print",
    "GET /cases/<opaque:case_id>/letter.pdf": "paper.print",
    "GET /region": "region.read",
    "GET /agencies": "agency.read",
    "GET /agencies/<opaque:agency_id>": "agency.read",
    "GET /desks": "desk.read",
    "GET /desks/<opaque:office_id>": "desk.read",
    **{
        f"GET {prefix}{rule}.{form}": action
        for prefix in ("/api/v1", "")
        for rule, action in EXPORTS.items()
        for form in ("csv", "xlsx")
    },
}


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who asks.

    Parameters
    ----------
    key_id
        Public part of the key, or id of the account; names the principal in the audit.
    name
        What the key was made for.
    role
        One of `ROLES`.
    office
        Office that the principal is bound to; None sees every office.
    actions
        The only actions of the role that a narrower key may do; None: all of them.
    must_choose_password
        Signed in with a password that is good for choosing another one, and for nothing else.
    """

    key_id: str
    name: str
    role: Role
    office: str | None = None
    actions: frozenset[Action] | None = None
    must_choose_password: bool = False

    def may(self, action: Action) -> bool:
        """Whether the role allows `action`, and a narrower key does not leave it out."""
        within = self.actions is None or action in self.actions
        return self.role in ACTIONS[action] and within and not self.must_choose_password

    def require(self, action: Action) -> None:
        """Pass only if the role allows `action`.

        Raises
        ------
        NotAllowedError
            It does not.
        """
        if self.must_choose_password:
            raise NotAllowedError("This password is good for choosing another one, and for nothing else.")
        if self.role in ACTIONS[action] and not self.may(action):
            raise NotAllowedError(f"This key is narrower than its role and leaves out {action}.")
        if not self.may(action):
            allowed = ", ".join(role for role in ROLES if role in ACTIONS[action])
            raise NotAllowedError(
                f"The role {self.role} does not allow {action}.", what_to_do=f"Roles that do: {allowed}."
            )

    def require_office(self, office: str | None, *, what: str) -> None:
        """Pass only if `office` is within the principal's scope.

        Raises
        ------
        NotFoundError
            It is not; the same answer as for a thing that does not exist.
        """
        if self.office is not None and office != self.office:
            raise not_found(what)


def check_bound(role: Role, office: str | None) -> None:
    """Pass only a role that sees something with this office, or without one.

    Raises
    ------
    InvalidError
        It is bound to one office, and none is named.
    """
    if role in BOUND and office is None:
        called = ROLE_TEXTS[role]
        said = Text(
            f"Peran {called.id} hanya melihat daftar satu kantor: sebutkan kantornya.",
            f"The role {called.en} sees one office's list alone: name the office.",
        )
        raise InvalidError(
            f"The role {role} sees one office's list alone and nothing without it.",
            what_to_do="Name the office, as the feed of offices writes it (--office).",
            text=said,
        )


def not_found(what: str) -> NotFoundError:
    """Return the one answer to a thing that is not there and to one out of scope."""
    return NotFoundError(f"There is no such {what}, or it is outside your office's scope.")
