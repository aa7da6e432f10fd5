"""Releases as the service reads them: verified once, kept, and looked up by the time at which they were in force."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import ReleaseError
from models.registry import (
    Promotion,
    Release,
    check_compatible,
    list_releases,
    load_release,
    load_trusted_keys,
    promoted,
    read_card,
    read_promotions,
)
from models.registry.promotions import LOG, in_force_at
from risk_service.errors import NotFoundError
from risk_service.gate_words import words_of_gate

_KEPT = 8


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A release of the registry, as far as it can be verified here.

    Attributes
    ----------
    fault
        Why it cannot be used; None for a good one.
    gates
        Verdicts by code, as `risk_service.schemas.admin.Gate`.
    promoted_at
        UTC microseconds of each promotion and rollback that put it in force.
    """

    name: str
    kind: str | None
    simulated: bool | None
    data_from: str | None
    data_until: str | None
    catalogue_version: int | None
    rules_version: str | None
    figures: Mapping[str, Any]
    gates: Mapping[str, Any]
    in_force: bool
    promoted_at: tuple[int, ...]
    fault: str | None


def _with_words(gate: Mapping[str, Any]) -> dict[str, Any]:
    text = words_of_gate(gate)
    return {name: value for name, value in gate.items() if name != "told"} | {
        "text": None if text is None else text.as_dict()
    }


class Releases:
    """The registry, read through.

    Parameters
    ----------
    registry, trusted
        Folders of the releases and of the public keys that may have signed them.
    """

    def __init__(self, *, registry: Path, trusted: Path) -> None:
        self._registry = registry
        self._trusted = trusted
        self._kept: dict[str, Release] = {}
        self._log: tuple[tuple[int, int], list[Promotion]] | None = None
        self._lock = threading.Lock()

    def at(self, as_of_us: int | None = None, *, simulated: bool | None = None) -> Release:
        """Return the release in force then, verified.

        Parameters
        ----------
        as_of_us
            UTC microseconds; None: now. Before the first promotion nothing was in force: the present release answers,
            as it does in a file job.
        simulated
            Kind of data it is to score; None: do not ask.

        Raises
        ------
        ReleaseError
            None is promoted, it does not verify, or it was made on the other kind of data.
        """
        return self._checked(self._name_at(as_of_us), simulated=simulated)

    def named(self, name: str, *, simulated: bool | None = None) -> Release:
        """Return a release by name, verified; ReleaseError as for `at`."""
        return self._checked(name, simulated=simulated)

    def listed(self) -> list[Listed]:
        """Return every release of the registry, the one in force first, then by name."""
        log = self._promotions()
        current = log[-1].release if log else None
        rows = [self._listed(name, log, current) for name in list_releases(self._registry)]
        return sorted(rows, key=lambda row: (not row.in_force, row.name))

    def current(self) -> tuple[Listed, str]:
        """Return the release in force and its card (Markdown).

        Raises
        ------
        NotFoundError
            None is promoted.
        """
        log = self._promotions()
        if not log:
            raise NotFoundError("No release is promoted.", what_to_do="Promote one: risk-service promote NAME.")
        name = log[-1].release
        return self._listed(name, log, name), read_card(self._registry, name, load_trusted_keys(self._trusted))

    def with_card(self, name: str) -> tuple[Listed, str]:
        """Return a release that verifies, and its card (Markdown).

        Raises
        ------
        NotFoundError, ReleaseError
            There is no such release; it does not verify.
        """
        if name not in list_releases(self._registry):
            raise NotFoundError("There is no such release.")
        log = self._promotions()
        card = read_card(self._registry, name, load_trusted_keys(self._trusted))
        return self._listed(name, log, log[-1].release if log else None), card

    def _listed(self, name: str, log: list[Promotion], current: str | None) -> Listed:
        promoted_at = tuple(entry.at_us for entry in log if entry.release == name)
        try:
            manifest = self._checked(name, simulated=None).manifest
        except ReleaseError as error:
            return Listed(
                name=name,
                kind=None,
                simulated=None,
                data_from=None,
                data_until=None,
                catalogue_version=None,
                rules_version=None,
                figures={},
                gates={},
                in_force=name == current,
                promoted_at=promoted_at,
                fault=error.message,
            )
        return Listed(
            name=name,
            kind=manifest.kind,
            simulated=manifest.simulated,
            data_from=manifest.data_from,
            data_until=manifest.data_until,
            catalogue_version=manifest.catalogue_version,
            rules_version=manifest.rules_version,
            figures=manifest.figures,
            gates={code: _with_words(gate) for code, gate in manifest.gates.items()},
            in_force=name == current,
            promoted_at=promoted_at,
            fault=None,
        )

    def _checked(self, name: str, *, simulated: bool | None) -> Release:
        with self._lock:
            release = self._kept.get(name)
        if release is None:
            release = load_release(self._registry, name, load_trusted_keys(self._trusted))
            with self._lock:
                if len(self._kept) >= _KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[name] = release
        if simulated is not None:
            check_compatible(release, simulated=simulated)
        return release

    def _name_at(self, as_of_us: int | None) -> str:
        log = self._promotions()
        if not log:  # the registry words this case
            return promoted(self._registry, load_trusted_keys(self._trusted), as_of_us=as_of_us)
        return in_force_at(log, as_of_us).release

    def _promotions(self) -> list[Promotion]:
        """Return the log of promotions, read again only when the file changed."""
        try:
            found = (self._registry / LOG).stat()
            stamp = (found.st_mtime_ns, found.st_size)
        except OSError:
            return []
        with self._lock:
            if self._log is not None and self._log[0] == stamp:
                return self._log[1]
        log = read_promotions(self._registry, load_trusted_keys(self._trusted))
        with self._lock:
            self._log = (stamp, log)
        return log
