"""Which release is in force, and was at any earlier time: an append-only, chained and signed log.

``promotions.jsonl`` in the registry, one line per promotion. Each line carries the hash of the line before it and a
signature, so that no line can be changed, put in or taken out from between without notice.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.errors import ReleaseError
from models.registry.keys import TrustedKeys, sign, verify
from models.registry.manifest import canonical_json
from models.registry.releases import load_release

LOG = "promotions.jsonl"
_STAGED = ".promotions.staged"
_DOMAIN = b"risk-service promotion\n"
_START = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """One line of the log.

    Parameters
    ----------
    action : {"promote", "rollback"}
    release : str
        In force from ``at_us`` on.
    at_us : int
        Microseconds since 1970 UTC.
    by, reason : str
    previous : str or None
        The release in force before.
    chain : str
        SHA-256 of the line before; zeros for the first.
    """

    action: str
    release: str
    at_us: int
    by: str
    reason: str
    previous: str | None
    chain: str


def read_promotions(registry: Path, trusted: TrustedKeys) -> list[Promotion]:
    """All promotions, the oldest first.

    Raises
    ------
    ReleaseError
        When a line was changed, put in or taken out, or is not signed by a trusted key.
    """
    path = registry / LOG
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ReleaseError(f"{path} cannot be read: {error.strerror}.") from error
    found: list[Promotion] = []
    chain = _START
    for number, line in enumerate(lines, start=1):
        where = f"Line {number} of {LOG}"
        try:
            document = json.loads(line)
            signature = str(document.pop("signature"))
            promotion = Promotion(**document)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ReleaseError(f"{where} is not a promotion.") from error
        verify(_DOMAIN + canonical_json(document), signature.encode(), trusted, what=where)
        if promotion.chain != chain:
            raise ReleaseError(f"{where} does not follow the line before it; a line was taken out or put in.")
        chain = hashlib.sha256(line).hexdigest()
        found.append(promotion)
    return found


def promoted(registry: Path, trusted: TrustedKeys, *, as_of_us: int | None = None) -> str:
    """Name of the release in force.

    Parameters
    ----------
    registry : Path
    trusted : mapping of key id to public key
    as_of_us : int, optional
        At that time (microseconds since 1970 UTC); before the first promotion, when nothing was in force,
        and without a time, the last.

    Raises
    ------
    ReleaseError
        When nothing was ever promoted, or the log is damaged.
    """
    log = read_promotions(registry, trusted)
    if not log:
        raise ReleaseError(
            f"No release is promoted in {registry}.", what_to_do="Promote one: risk-service promote NAME."
        )
    return in_force_at(log, as_of_us).release


def in_force_at(log: Sequence[Promotion], as_of_us: int | None) -> Promotion:
    """The promotion that counts at a time; parameters as for :func:`promoted`, ``log`` not empty."""
    if as_of_us is None:
        return log[-1]
    return next((promotion for promotion in reversed(log) if promotion.at_us <= as_of_us), log[-1])


def promote(
    registry: Path, name: str, key: Ed25519PrivateKey, trusted: TrustedKeys, *, at_us: int, by: str, reason: str
) -> Promotion:
    """Put a release in force from ``at_us`` on; it is verified first.

    Raises
    ------
    ReleaseError
        When the release does not verify, or ``at_us`` lies before the last promotion.
    """
    load_release(registry, name, trusted)
    with _locked(registry):
        log = read_promotions(registry, trusted)
        return _append(registry, log, key, action="promote", release=name, at_us=at_us, by=by, reason=reason)


def rollback(
    registry: Path, key: Ed25519PrivateKey, trusted: TrustedKeys, *, at_us: int, by: str, reason: str
) -> Promotion:
    """Put the release before the present one in force again; repeated, the one before that.

    A release that was promoted while it was in force already counts once.

    Raises
    ------
    ReleaseError
        When there is none before, or it does not verify any more.
    """
    with _locked(registry):
        log = read_promotions(registry, trusted)
        stack = _stacked(log)
        if len(stack) < 2:
            raise ReleaseError(f"No earlier release to go back to in {registry}.")
        load_release(registry, stack[-2], trusted)
        return _append(registry, log, key, action="rollback", release=stack[-2], at_us=at_us, by=by, reason=reason)


def _stacked(log: Sequence[Promotion]) -> list[str]:
    """Releases that are above one another, the one in force last."""
    stack: list[str] = []
    for promotion in log:
        if promotion.action == "rollback":
            while stack[-1] != promotion.release:
                stack.pop()
        elif not stack or stack[-1] != promotion.release:
            stack.append(promotion.release)
    return stack


def _append(
    registry: Path,
    log: list[Promotion],
    key: Ed25519PrivateKey,
    *,
    action: str,
    release: str,
    at_us: int,
    by: str,
    reason: str,
) -> Promotion:
    path = registry / LOG
    before = path.read_bytes() if log else b""
    if log and at_us < log[-1].at_us:
        raise ReleaseError("A promotion cannot be dated before the last one.", what_to_do="Check the clock.")
    promotion = Promotion(
        action=action,
        release=release,
        at_us=at_us,
        by=by,
        reason=reason,
        previous=log[-1].release if log else None,
        chain=hashlib.sha256(before.splitlines()[-1]).hexdigest() if before else _START,
    )
    signature = sign(key, _DOMAIN + canonical_json(promotion.__dict__)).decode().rstrip("\n")
    line = canonical_json({**promotion.__dict__, "signature": signature})
    staged = registry / _STAGED  # one name, under the lock: what a killed process left there is written over
    with staged.open("wb") as file:
        file.write(before + line)
        file.flush()
        os.fsync(file.fileno())
    staged.chmod(0o644)
    staged.replace(path)
    folder = os.open(registry, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return promotion


@contextlib.contextmanager
def _locked(registry: Path) -> Iterator[None]:
    registry.mkdir(parents=True, exist_ok=True)
    with (registry / ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
