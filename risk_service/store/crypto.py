"""Keys: a master key outside the database, one data key per person under it, and keyed hashes.

Use
---
``MasterKey.open(folder, create=True) -> MasterKey``
    Reads ``folder/master.key``; on first use makes it, readable by its owner alone.
``key.derive(purpose) -> bytes``
    32 bytes for one purpose (sessions, cursors, subject tokens …); the same purpose always gives the same bytes.
``key.new_person(candidate_id) -> (PersonKey, wrapped)``, ``key.person(candidate_id, wrapped) -> PersonKey``
    The data key under which one person's name and numbers are sealed. Destroying the wrapped key erases the person.
``key.token(purpose, text) -> bytes``
    Keyed hash for equality.

The master key is a file of text: ``risk-service master key 1`` and, on the second line, 32 bytes in base64. Whoever has
a copy of the database without it can read no name and no number.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models.errors import StoreError

FILE: Final = "master.key"
_FIRST_LINE: Final = "risk-service master key 1"
_KEY_BYTES: Final = 32
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
        32 random bytes.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._wrap = AESGCM(self.derive("wrap person keys"))
        self._hash = self.derive("keyed hashes")

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
        path = folder / FILE
        try:
            if create and not path.exists():
                _create(path)
            mode = path.stat().st_mode
            text = path.read_text(encoding="ascii")
        except FileNotFoundError:
            raise StoreError(
                f"There is no master key {path}.",
                what_to_do="Put the copy kept elsewhere in its place; without it names and numbers cannot be read.",
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise StoreError(f"The master key {path} cannot be read: {reason}.") from None
        if mode & 0o077:
            raise StoreError(f"Others can read the master key {path}.", what_to_do=f"Run: chmod 600 {path}")
        lines = text.split("\n")
        try:
            secret = base64.b64decode(lines[1], validate=True) if lines[0] == _FIRST_LINE else b""
        except (binascii.Error, IndexError):
            secret = b""
        if len(secret) != _KEY_BYTES:
            raise StoreError(f"{path} is no master key.", what_to_do="Put the copy kept elsewhere in its place.")
        return cls(secret)

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose (HKDF-SHA256 of the master key, the purpose as its info)."""
        pseudo = hmac.digest(b"risk-service", self._secret, hashlib.sha256)
        return hmac.digest(pseudo, purpose.encode() + b"\x01", hashlib.sha256)

    def token(self, purpose: str, text: str) -> bytes:
        """16 bytes that are equal for equal texts and say nothing without the key."""
        return hmac.digest(self._hash, f"{purpose}\0{text}".encode(), hashlib.sha256)[:16]

    def seal(self, purpose: str, text: bytes) -> bytes:
        """Encrypt and authenticate what belongs to no single person, for one purpose."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self.derive(purpose)).encrypt(nonce, text, purpose.encode())

    def open_sealed(self, purpose: str, sealed: bytes) -> bytes:
        """Decrypt what :meth:`seal` gave.

        Raises
        ------
        StoreError
            It was altered, or sealed for another purpose or under another key.
        """
        return _opened(AESGCM(self.derive(purpose)), sealed, purpose.encode())

    def new_person(self, candidate_id: str) -> tuple[PersonKey, bytes]:
        """A new data key for a person, and the same key wrapped for keeping."""
        secret = os.urandom(_KEY_BYTES)
        nonce = os.urandom(_NONCE_BYTES)
        wrapped = nonce + self._wrap.encrypt(nonce, secret, candidate_id.encode())
        return PersonKey(candidate_id, AESGCM(secret)), wrapped

    def person(self, candidate_id: str, wrapped: bytes) -> PersonKey:
        """The data key of a person from its wrapped form.

        Raises
        ------
        StoreError
            It was wrapped under another master key, or altered.
        """
        return PersonKey(candidate_id, AESGCM(_opened(self._wrap, wrapped, candidate_id.encode())))


def _opened(cipher: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):
        raise StoreError(
            "A sealed text of the store does not open under this master key.",
            what_to_do="Use the master key the store was filled with.",
        ) from None


def _create(path: Path) -> None:
    """Write a new master key whole, or leave the one that another process has just written."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = f"{_FIRST_LINE}\n{base64.b64encode(os.urandom(_KEY_BYTES)).decode()}\n"
    handle, name = tempfile.mkstemp(prefix=f".{FILE}.", dir=path.parent)  # 0600 from the start
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink(missing_ok=True)
