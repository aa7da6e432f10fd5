"""The file of the master key: secrets by name, written whole or not at all.

Form 1, as first made: ``risk-service master key 1`` and one secret, which serves for everything. Form 2, once anything
was renewed: ``risk-service master key 2`` and a line ``name secret`` each. Secrets are 32 bytes in base64.

=============== =====================================================================================================
current         wraps the keys of persons, seals answers that clients may ask for again
previous        wrapped them before; read only, until it is forgotten
root            tokens of the trail, keys of programs, sessions: what is written for good and cannot be made anew
hashes          keyed hashes of NIK, passport and names
hashes-next     those that the hashes are being made anew with
=============== =====================================================================================================
"""

from __future__ import annotations

import base64
import binascii
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from models.errors import StoreError

FILE: Final = "master.key"
KEY_BYTES: Final = 32
_FORM_1: Final = "risk-service master key 1"
_FORM_2: Final = "risk-service master key 2"
_ONCE: Final = ("current", "root", "hashes", "hashes-next")

Stamp = tuple[int, int, int]
"""By which a file that was replaced is known."""


@dataclass(frozen=True, kw_only=True)
class KeyRing:
    """The secrets of a master key."""

    current: bytes = field(repr=False)
    root: bytes = field(repr=False)
    hashes: bytes = field(repr=False)
    previous: tuple[bytes, ...] = field(default=(), repr=False)
    next_hashes: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, secret: bytes) -> KeyRing:
        """One secret for everything."""
        return cls(current=secret, root=secret, hashes=secret)


def stamp_of(folder: Path) -> Stamp | None:
    """What the file looks like from outside; None where there is none."""
    try:
        found = (folder / FILE).stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_ino, found.st_size)


def read(folder: Path, *, create: bool) -> KeyRing:
    """Read the file of ``folder``; where there is none, ``create`` makes one.

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
    found = _parsed(text.split("\n"))
    if found is None:
        raise StoreError(f"{path} is no master key.", what_to_do="Put the copy kept elsewhere in its place.")
    return found


def write(folder: Path, ring: KeyRing) -> None:
    """Put new secrets in the place of the file; it is on the disk when this returns."""
    lines = [_FORM_2, f"current {_text(ring.current)}"]
    lines += [f"previous {_text(secret)}" for secret in ring.previous]
    lines += [f"root {_text(ring.root)}", f"hashes {_text(ring.hashes)}"]
    if ring.next_hashes is not None:
        lines.append(f"hashes-next {_text(ring.next_hashes)}")
    name = _draft(folder / FILE, "\n".join(lines) + "\n")
    try:
        name.replace(folder / FILE)
    finally:
        name.unlink(missing_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _parsed(lines: list[str]) -> KeyRing | None:
    secrets: dict[str, list[bytes]] = {}
    try:
        if lines[0] == _FORM_1:
            return KeyRing.of(_secret(lines[1]))
        if lines[0] != _FORM_2:
            return None
        for line in filter(None, lines[1:]):
            name, value = line.split(" ")
            secrets.setdefault(name, []).append(_secret(value))
        if any(len(secrets.get(name, ())) > 1 for name in _ONCE) or secrets.keys() - {*_ONCE, "previous"}:
            return None
        return KeyRing(
            current=secrets["current"][0],
            root=secrets["root"][0],
            hashes=secrets["hashes"][0],
            previous=tuple(secrets.get("previous", ())),
            next_hashes=secrets.get("hashes-next", [None])[0],
        )
    except (binascii.Error, ValueError, IndexError, KeyError):
        return None


def _secret(text: str) -> bytes:
    secret = base64.b64decode(text, validate=True)
    if len(secret) != KEY_BYTES:
        fault = "of another length"
        raise ValueError(fault)
    return secret


def _text(secret: bytes) -> str:
    return base64.b64encode(secret).decode()


def _create(path: Path) -> None:
    """Write a new master key whole, or leave the one that another process has just written."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = _draft(path, f"{_FORM_1}\n{_text(os.urandom(KEY_BYTES))}\n")
    try:
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        name.unlink(missing_ok=True)


def _draft(path: Path, text: str) -> Path:
    """Write a text beside a file, for its owner alone."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # 0600 from the start
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    return Path(name)
