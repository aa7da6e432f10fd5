"""Keys: a master key outside the database, one data key per person under it, and keyed hashes.

Use
---
``MasterKey.open(folder, create=True) -> MasterKey``
    Reads ``folder/master.key``; on first use makes it, readable by its owner alone.
``key.derive(purpose) -> bytes``
    32 bytes for one purpose (sessions, cursors, subject tokens …); the same purpose always gives the same bytes.
``key.new_person(candidate_id) -> (PersonKey, wrapped)``, ``key.person(candidate_id, wrapped) -> PersonKey``
    The data key under which one person's name and numbers are sealed. Destroying the wrapped key erases the person.
``key.token(purpose, text) -> bytes``, ``key.mark(purpose, text) -> bytes``
    Keyed hashes for equality: the former are for good, the latter can be made anew under other secrets.

What the file holds, and which secret serves what: :mod:`risk_service.store.key_file`. Whoever has a copy of the
database without it can read no name and no number. A process that has it open reads it again once it was replaced.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models.errors import StoreError
from risk_service.store.key_file import FILE, KEY_BYTES, KeyRing, read, stamp_of

__all__ = ["FILE", "MasterKey", "PersonKey", "token_of"]

_NONCE_BYTES: Final = 12


@dataclass(frozen=True)
class PersonKey:
    """The data key of one person.

    Parameters
    ----------
    candidate_id
        Bound into every sealed text, so that none can be passed off as another person's.
    """

    candidate_id: str
    _cipher: AESGCM = field(repr=False)

    def seal(self, text: bytes) -> bytes:
        """Encrypt and authenticate."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text, self.candidate_id.encode())

    def open(self, sealed: bytes) -> bytes:
        """Decrypt.

        Raises
        ------
        StoreError
            The text was altered or sealed for somebody else.
        """
        return _opened(self._cipher, sealed, self.candidate_id.encode())


class MasterKey:
    """The key everything else is derived from or wrapped under.

    Parameters
    ----------
    secret
        32 random bytes, for everything; or the secrets of a ring.
    folder
        Where they were read: a file that is replaced there is read again when it is needed.
    """

    def __init__(self, secret: bytes | KeyRing, *, folder: Path | None = None) -> None:
        self._folder = folder
        self._stamp = None if folder is None else stamp_of(folder)
        self._use(secret if isinstance(secret, KeyRing) else KeyRing.of(secret))

    def _use(self, ring: KeyRing) -> None:
        secrets = (ring.current, *ring.previous)
        self._wraps = [AESGCM(_derived(secret, "wrap person keys")) for secret in secrets]
        self._trail = _derived(ring.root, "keyed hashes")
        marks = (ring.hashes, ring.next_hashes)
        self._hashes = [_derived(secret, "keyed hashes") for secret in marks if secret is not None]
        self.ring = ring

    def __repr__(self) -> str:
        return "MasterKey(...)"

    @classmethod
    def open(cls, folder: Path, *, create: bool = True) -> MasterKey:
        """Read the master key of ``folder``.

        Parameters
        ----------
        folder
            The folder of keys (setting RISK_KEYS).
        create
            Make a key where there is none.

        Raises
        ------
        StoreError
            There is no key and none may be made, the file is no master key, or others can read it.
        """
        return cls(read(folder, create=create), folder=folder)

    def refresh(self) -> bool:
        """Read the file again if it was replaced; whether it was."""
        if self._folder is None:
            return False
        stamp = stamp_of(self._folder)
        if stamp is None or stamp == self._stamp:
            return False
        self._use(read(self._folder, create=False))
        self._stamp = stamp
        return True

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, the same for good (HKDF-SHA256 of the root secret, the purpose as its info)."""
        return _derived(self.ring.root, purpose)

    def token(self, purpose: str, text: str) -> bytes:
        """16 bytes that are equal for equal texts, for good, and say nothing without the key."""
        return token_of(self._trail, purpose, text)

    def mark(self, purpose: str, text: str) -> bytes:
        """As :meth:`token`, for what can be made anew: hashes by which identities are found."""
        return token_of(self._hashes[0], purpose, text)

    def marks(self, purpose: str, text: str) -> list[bytes]:
        """All that :meth:`mark` may have given, while the hashes are being renewed."""
        return [token_of(secret, purpose, text) for secret in self._hashes]

    @property
    def mark_secrets(self) -> list[bytes]:
        """What marks are made with: the present secret, and while they are renewed the one to come."""
        return list(self._hashes)

    def with_next_hashes(self) -> MasterKey:
        """The same key with the hashes that are to come."""
        ring = self.ring
        return MasterKey(replace(ring, hashes=ring.next_hashes or ring.hashes, next_hashes=None))

    def seal(self, purpose: str, text: bytes) -> bytes:
        """Encrypt and authenticate what belongs to no single person, for one purpose."""
        self.refresh()
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(_derived(self.ring.current, purpose)).encrypt(nonce, text, purpose.encode())

    def open_sealed(self, purpose: str, sealed: bytes) -> bytes:
        """Decrypt what :meth:`seal` gave.

        Raises
        ------
        StoreError
            It was altered, or sealed for another purpose or under another key.
        """
        self.refresh()
        ring = self.ring
        ciphers = [AESGCM(_derived(secret, purpose)) for secret in (ring.current, *ring.previous)]
        return _opened_by_one(ciphers, sealed, purpose.encode())

    def new_person(self, candidate_id: str) -> tuple[PersonKey, bytes]:
        """A new data key for a person, and the same key wrapped for keeping."""
        self.refresh()
        secret = os.urandom(KEY_BYTES)
        return PersonKey(candidate_id, AESGCM(secret)), self._wrapped(candidate_id, secret)

    def person(self, candidate_id: str, wrapped: bytes) -> PersonKey:
        """The data key of a person from its wrapped form.

        Raises
        ------
        StoreError
            It was wrapped under another master key, or altered.
        """
        return PersonKey(candidate_id, AESGCM(self._unwrapped(candidate_id, wrapped)))

    def rewrapped(self, candidate_id: str, wrapped: bytes) -> bytes | None:
        """A person's key wrapped under the current secret; None if it is already."""
        try:
            _opened(self._wraps[0], wrapped, candidate_id.encode())
        except StoreError:
            return self._wrapped(candidate_id, _opened_by_one(self._wraps[1:], wrapped, candidate_id.encode()))
        return None

    def _wrapped(self, candidate_id: str, secret: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._wraps[0].encrypt(nonce, secret, candidate_id.encode())

    def _unwrapped(self, candidate_id: str, wrapped: bytes) -> bytes:
        try:
            return _opened_by_one(self._wraps, wrapped, candidate_id.encode())
        except StoreError:
            if not self.refresh():
                raise
            return _opened_by_one(self._wraps, wrapped, candidate_id.encode())


def _derived(secret: bytes, purpose: str) -> bytes:
    pseudo = hmac.digest(b"risk-service", secret, hashlib.sha256)
    return hmac.digest(pseudo, purpose.encode() + b"\x01", hashlib.sha256)


def token_of(secret: bytes, purpose: str, text: str) -> bytes:
    """16 bytes that are equal for equal texts under a derived secret."""
    return hmac.digest(secret, f"{purpose}\0{text}".encode(), hashlib.sha256)[:16]


def _opened_by_one(ciphers: Sequence[AESGCM], sealed: bytes, bound_to: bytes) -> bytes:
    """Decrypt by the first of some keys that fits."""
    for cipher in ciphers[:-1]:
        try:
            return _opened(cipher, sealed, bound_to)
        except StoreError:
            continue
    if not ciphers:
        raise _closed()
    return _opened(ciphers[-1], sealed, bound_to)


def _opened(cipher: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):
        raise _closed() from None


def _closed() -> StoreError:
    return StoreError(
        "A sealed text of the store does not open under this master key.",
        what_to_do="Use the master key the store was filled with.",
    )
