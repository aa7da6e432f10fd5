"""Keyed hashes by which a person is found again without being opened: of NIK and passport, and of pieces of the name.

They are made with a secret of their own, so that they can be made anew under another one; what a store has of them it
knows by a proof of that secret. While they are being renewed, a search asks for both, and nobody is taken in.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from sqlalchemy.engine import Connection

from models.errors import StoreError
from risk_service.store.crypto import MasterKey, token_of
from risk_service.store.deliveries import fact

FACT: Final = "identity_hashes"
"""Of a store: a proof of the secret that its hashes were made with, or how far their renewal is."""
_LETTERS: Final = re.compile(r"[^\w]+|[\d_]+")


def proof_of(secret: bytes) -> str:
    """What a store keeps to know a secret by."""
    return token_of(secret, "check", "identity hashes").hex()


def check(connection: Connection, master: MasterKey) -> None:
    """Pass only if new hashes fit those that the store has.

    Raises
    ------
    StoreError
        They are being renewed, or are of another secret than the master key's.
    """
    # Before they are renewed for the first time they are made with the secret that is for good.
    known = fact(connection, FACT) or proof_of(MasterKey(master.ring.root).mark_secrets[0])
    if known != proof_of(master.mark_secrets[0]):
        master.refresh()
    if known != proof_of(master.mark_secrets[0]):
        raise StoreError(
            "The keyed hashes of the store are being renewed, or are not those of the master key.",
            what_to_do="Let the renewal finish, or run: risk-service keys rotate-hashes",
        )


def as_text(nik: str | None, name: str | None, passport: str | None, phone: str | None) -> str:
    """What identifies a person as one text, as it is sealed."""
    return json.dumps([nik, name, passport, phone], ensure_ascii=False)


def nik_mark(master: MasterKey, nik: str) -> bytes:
    """Keyed hash of a NIK, blanks and dots left out."""
    return master.mark("nik", _plain_nik(nik))


def passport_mark(master: MasterKey, passport: str) -> bytes:
    """Keyed hash of a passport number, however it is spaced or capitalised."""
    return master.mark("passport", _plain_passport(passport))


def trigrams(master: MasterKey, name: str) -> set[int]:
    """Keyed hashes of the three-letter pieces of a name, word by word, accents and case left out."""
    return _hashed(master.mark_secrets[0], name)


def nik_marks(master: MasterKey, niks: Iterable[str]) -> set[bytes]:
    """Every hash under which some NIK may stand in the store."""
    master.refresh()
    return {mark for nik in niks for mark in master.marks("nik", _plain_nik(nik))}


def passport_marks(master: MasterKey, passports: Iterable[str]) -> set[bytes]:
    """Every hash under which some passports may stand in the store."""
    master.refresh()
    return {mark for passport in passports for mark in master.marks("passport", _plain_passport(passport))}


def all_trigrams(master: MasterKey, name: str) -> list[set[int]]:
    """As :func:`trigrams`, once for every secret that is in use."""
    master.refresh()
    return [_hashed(secret, name) for secret in master.mark_secrets]


def _plain_nik(nik: str) -> str:
    return re.sub(r"[\s.-]", "", nik)


def _plain_passport(passport: str) -> str:
    return re.sub(r"[\s.-]", "", passport).upper()


def _hashed(secret: bytes, name: str) -> set[int]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    pieces = {f"  {word} "[i : i + 3] for word in _LETTERS.split(plain) if word for i in range(len(word) + 1)}
    return {_piece(secret, piece) for piece in pieces}


@lru_cache(maxsize=65_536)
def _piece(secret: bytes, piece: str) -> int:
    return int.from_bytes(token_of(secret, "name", piece)[:6], "big")
