"""Every setting of the service, read once from the environment at the edge.

A setting is declared once, here, with its variable, default, reader and documentation; the reference page in ``docs/``
is printed from the same declarations. A value that cannot be read stops the program at start with the variable's name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal, cast

from models.errors import RiskError

LogFormat = Literal["console", "json"]
Language = Literal["id", "en"]
KeySignIn = Literal["never", "simulated", "always"]


class SettingError(RiskError):
    """A variable of the environment that cannot be read."""


def _text(value: str) -> str:
    return value


def _path(value: str) -> Path:
    return Path(value).expanduser()


def _flag(value: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if value.lower() not in known:
        fault = "is neither true nor false"
        raise ValueError(fault)
    return known[value.lower()]


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", value) or not low <= int(value) <= high:
            fault = f"is not a whole number from {low} to {high}"
            raise ValueError(fault)
        return int(value)

    return read


def _size(value: str) -> int:
    match = re.fullmatch(r"([1-9][0-9]{0,8}) ?(B|kB|MB|GB)?", value)
    if match is None:
        fault = "is not a size such as 500kB, 20MB or 2GB"
        raise ValueError(fault)
    return int(match[1]) * {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}[match[2] or "B"]


def _rate(value: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,8} per (second|minute|hour|day)", value):
        fault = "is not a rate such as '600 per minute'"
        raise ValueError(fault)
    return value


def _share(low: float, high: float) -> Callable[[str], float]:
    def read(value: str) -> float:
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6})?", value) or not low <= float(value) <= high:
            fault = f"is not a number from {low:g} to {high:g}"
            raise ValueError(fault)
        return float(value)

    return read


def _choice(*known: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in known:
            fault = f"is none of {', '.join(known)}"
            raise ValueError(fault)
        return value

    return read


def _setting(
    variable: str,
    default: object,
    read: Callable[[str], object],
    meaning: str,
    *,
    shown: str | None = None,
    secret: bool = False,
) -> Any:
    """Declare one setting; `shown` describes a default that follows from another setting."""
    metadata = {"variable": variable, "read": read, "meaning": meaning, "shown": shown}
    return field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an installation can choose. Construct it directly in tests; `read_settings` reads the environment."""

    home: Path = _setting("RISK_HOME", Path("var"), _path, "Folder of everything the installation keeps.")
    database_url: str = _setting(
        "RISK_DATABASE_URL",
        "",
        _text,
        "SQLAlchemy URL of the store: SQLite, or PostgreSQL as postgresql+psycopg://user:password@host/name.",
        shown="sqlite:///RISK_HOME/risk.db",
        secret=True,
    )
    registry: Path = _setting("RISK_REGISTRY", Path(), _path, "Folder of the releases.", shown="RISK_HOME/registry")
    keys: Path = _setting(
        "RISK_KEYS",
        Path(),
        _path,
        "Folder of the keys: master.key (identifiers, keyed hashes, sessions), release-signing.key, trusted/*.pub. "
        "Keep a copy elsewhere: without the master key, names and numbers in the store cannot be read again.",
        shown="RISK_HOME/keys",
    )
    rules: Path | None = _setting(
        "RISK_RULES",
        None,
        _path,
        "Folder with rule tables of your own; a table it lacks is the packaged one.",
        shown="",
    )
    host: str = _setting("RISK_HOST", "127.0.0.1", _text, "Address that the server listens on.")
    port: int = _setting("RISK_PORT", 8000, _number(1, 65535), "Port that the server listens on.")
    workers: int = _setting("RISK_WORKERS", 2, _number(1, 64), "Server processes. One per core is a good start.")
    threads: int = _setting(
        "RISK_THREADS", 2, _number(1, 64), "Threads per server process; scoring gains nothing from more than a few."
    )
    trusted_proxies: int = _setting(
        "RISK_TRUSTED_PROXIES",
        0,
        _number(0, 8),
        "How many reverse proxies in front of the server set X-Forwarded-For and X-Forwarded-Proto.",
    )
    max_body: int = _setting(
        "RISK_MAX_BODY", 2_000_000, _size, "Largest body of a request; larger ones are answered with 413."
    )
    max_upload: int = _setting(
        "RISK_MAX_UPLOAD", 256_000_000, _size, "Largest delivery that can be uploaded; larger ones go through ingest."
    )
    max_unpacked: int = _setting(
        "RISK_MAX_UNPACKED", 4_000_000_000, _size, "Largest size of an uploaded delivery once unpacked."
    )
    max_batch: int = _setting("RISK_MAX_BATCH", 100, _number(1, 10_000), "Most cases in one what-if request.")
    rate_limit: str = _setting(
        "RISK_RATE_LIMIT", "600 per minute", _rate, "Requests of one key, or of one address without a key."
    )
    rate_limit_storage: str = _setting(
        "RISK_RATE_LIMIT_STORAGE",
        "",
        _text,
        "Where requests are counted: a file for all server processes of a host, redis://server for several hosts, or "
        "memory:// for each process by itself.",
        shown="file://RISK_HOME/requests.db",
        secret=True,
    )
    session_hours: int = _setting("RISK_SESSION_HOURS", 10, _number(1, 168), "How long a sign-in to the console lasts.")
    session_idle: int = _setting(
        "RISK_SESSION_IDLE", 60, _number(1, 10_080), "Minutes without a request after which a sign-in ends by itself."
    )
    key_sign_in: KeySignIn = _setting(
        "RISK_KEY_SIGN_IN",
        "simulated",
        _choice("never", "simulated", "always"),
        "Whether a key opens the console: never, only over simulated data (the demonstration), or always.",
    )
    oidc_issuer: str = _setting(
        "RISK_OIDC_ISSUER",
        "",
        _text,
        "OpenID provider that people sign in with, as https://login.example.go.id.",
        shown="",
    )
    oidc_client: str = _setting("RISK_OIDC_CLIENT", "", _text, "Name of this service at the provider.", shown="")
    oidc_secret: str = _setting(
        "RISK_OIDC_SECRET",
        "",
        _text,
        "Secret of this service at the provider; empty for a public client.",
        secret=True,
        shown="",
    )
    oidc_login: str = _setting(
        "RISK_OIDC_LOGIN",
        "email",
        _text,
        "Claim that names the account the first time somebody comes from the provider; email counts when verified.",
    )
    password_sign_in: bool = _setting(
        "RISK_PASSWORD_SIGN_IN", True, _flag, "Whether accounts can sign in with a password beside the provider."
    )
    secure_cookies: bool = _setting(
        "RISK_SECURE_COOKIES",
        False,
        _flag,
        "Send the console's cookie over HTTPS alone. Set it wherever the console is not on this computer.",
    )
    worklist_capacity: int = _setting(
        "RISK_WORKLIST_CAPACITY",
        20,
        _number(1, 500),
        "Cases that an office can look at in a day, where its supervisor has stated no number.",
    )
    worklist_lot_share: float = _setting(
        "RISK_WORKLIST_LOT_SHARE",
        0.1,
        _share(0, 0.5),
        "Share of a day's worklist that is drawn by lot from all scored cases. Without it no release can be measured.",
    )
    keep_unconfirmed_days: int = _setting(
        "RISK_KEEP_UNCONFIRMED_DAYS",
        90,
        _number(1, 3650),
        "Days after which scores without a finding that counts go, and with the last one what identifies the person.",
    )
    keep_confirmed_months: int = _setting(
        "RISK_KEEP_CONFIRMED_MONTHS",
        24,
        _number(1, 240),
        "Months after the last finding that counts when scores and what identifies the person go; the finding stays.",
    )
    language: Language = _setting(
        "RISK_LANGUAGE", "id", _choice("id", "en"), "Language of the console until a person chooses another."
    )
    own_view_first: bool = _setting(
        "RISK_OWN_VIEW_FIRST",
        True,
        _flag,
        "Show an officer the band, the probability and the sum of a case only once the officer has recorded a view of "
        "their own; the console alone, and not for roles that record none.",
    )
    log_format: LogFormat = _setting(
        "RISK_LOG_FORMAT", "console", _choice("console", "json"), "Log lines for people, or one JSON object each."
    )
    log_level: str = _setting(
        "RISK_LOG_LEVEL", "info", _choice("debug", "info", "warning", "error"), "Least level that is logged."
    )

    def __post_init__(self) -> None:
        """Fill in what follows from `home`."""
        home = self.home.absolute()
        object.__setattr__(self, "home", home)
        for name in ("registry", "keys"):
            chosen: Path = getattr(self, name)
            object.__setattr__(self, name, home / name if chosen == Path() else chosen.absolute())
        if not self.rate_limit_storage:
            object.__setattr__(self, "rate_limit_storage", f"file://{home / 'requests.db'}")
        if not self.database_url:
            object.__setattr__(self, "database_url", f"sqlite:///{home / 'risk.db'}")


@dataclass(frozen=True)
class Documented:
    """One line of the settings reference."""

    variable: str
    default: str
    meaning: str


_DECLARED: Final = cast("dict[str, Field[Any]]", {f.metadata["variable"]: f for f in fields(Settings)})


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings from `environment`; an empty value counts as not set.

    Raises
    ------
    SettingError
        A value cannot be read, or a variable's name is a near miss of a setting's. Names the variable.
    """
    chosen: dict[str, Any] = {}
    for variable, declared in _DECLARED.items():
        value = environment.get(variable, "").strip()
        if value:
            try:
                chosen[declared.name] = declared.metadata["read"](value)
            except ValueError as error:
                shown = "its value" if not declared.repr else repr(value[:60])
                raise SettingError(f"{variable}: {shown} {error}.", what_to_do=declared.metadata["meaning"]) from None
    for variable in environment:
        if variable.startswith("RISK_") and variable not in _DECLARED:
            near = difflib.get_close_matches(variable, _DECLARED, n=1, cutoff=0.85)
            if near:
                raise SettingError(f"{variable} is not a setting.", what_to_do=f"Perhaps {near[0]} was meant.")
    return Settings(**chosen)


def reference() -> list[Documented]:
    """Return every setting with its variable, default and meaning, in order of declaration."""
    rows = []
    for variable, declared in _DECLARED.items():
        default = declared.metadata["shown"]
        if default is None:
            value = declared.default
            default = str(value).lower() if isinstance(value, bool) else str(value)
        rows.append(Documented(variable, default, declared.metadata["meaning"]))
    return rows
