"""What those who run the service take along: releases of the registry, and who may sign in."""

from __future__ import annotations

from typing import Any, Final

from models.texts import Text
from models.times import date_of
from risk_service.codes import RELEASE_KINDS, YES_NO
from risk_service.policy import ROLE_TEXTS
from risk_service.services import users as accounts
from risk_service.services.list_files import NAME, OFFICE, STATE, Asked, Content, Say, Titled
from risk_service.store.users import User

_RELEASES: Final = Text("Rilis model", "Releases")
_OF_RELEASES: Final[tuple[Titled, ...]] = (
    NAME,
    (Text("Berlaku", "In force"), "text", 10),
    (Text("Jenis", "Kind"), "text", 16),
    (Text("Dari data simulasi", "From simulated data"), "text", 14),
    (Text("Data dari", "Data from"), "text", 14),
    (Text("Data sampai", "Data until"), "text", 14),
    (Text("Versi aturan", "Version of the rules"), "text", 16),
    (Text("Ditetapkan", "Promoted"), "text", 30),
    (Text("Tidak dapat dipakai karena", "Cannot be used because"), "text", 40),
)
_USERS: Final = Text("Akun", "Accounts")
_USERS_NOTE: Final = Text(
    "Siapa yang boleh masuk, dengan peran dan kantor apa; untuk ditinjau berkala.",
    "Who may sign in, with which role and office; to be reviewed now and then.",
)
_OF_USERS: Final[tuple[Titled, ...]] = (
    (Text("Nama masuk", "Login"), "text", 24),
    NAME,
    (Text("Peran", "Role"), "text", 16),
    OFFICE,
    STATE,
    (Text("Cara masuk", "Signs in"), "text", 24),
    (Text("Dibuat pada", "Made on"), "date", 14),
    (Text("Dinonaktifkan pada", "Disabled on"), "date", 16),
)
_EVERY_OFFICE: Final = Text("semua kantor", "every office")
_STATES: Final = {
    "active": Text("aktif", "active"),
    "once": Text("belum memilih kata sandi", "has not chosen a password yet"),
    "disabled": Text("nonaktif", "disabled"),
}
_WAYS: Final = {
    True: Text("dengan kata sandi", "with a password"),
    False: Text("lewat akun kantor", "through the provider"),
}


def releases(asked: Asked, say: Say) -> Content:
    """Return the releases of the registry, the one in force first."""
    rows: list[tuple[Any, ...]] = [
        (
            one.name,
            say(YES_NO[one.in_force]),
            say(RELEASE_KINDS[one.kind]) if one.kind in RELEASE_KINDS else one.kind,
            None if one.simulated is None else say(YES_NO[one.simulated]),
            one.data_from,
            one.data_until,
            one.rules_version,
            ", ".join(date_of(at).isoformat() for at in one.promoted_at) or None,
            one.fault,
        )
        for one in asked.reader.releases.listed()
    ]
    return Content(name="rilis", title=say(_RELEASES), columns=_OF_RELEASES, rows=rows, trail={"list": "releases"})


def users(asked: Asked, say: Say) -> Content:
    """Return all accounts by login; nothing of their passwords."""
    rows = [
        (
            one.login,
            one.name,
            say(ROLE_TEXTS[one.role]) if one.role in ROLE_TEXTS else one.role,
            one.office or say(_EVERY_OFFICE),
            say(_STATES[_state(one)]),
            say(_WAYS[one.password is not None and one.provider is None]),
            date_of(one.created_at_us),
            None if one.disabled_at_us is None else date_of(one.disabled_at_us),
        )
        for one in accounts.listed(asked.store, by=asked.reading.principal)
    ]
    return Content(
        name="akun",
        title=say(_USERS),
        columns=_OF_USERS,
        rows=rows,
        notes=[say(_USERS_NOTE)],
        trail={"list": "users"},
    )


def _state(user: User) -> str:
    if user.disabled_at_us is not None:
        return "disabled"
    return "once" if user.password_once else "active"
