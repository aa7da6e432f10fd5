"""Keys that sign releases and promotions: Ed25519.

The private key belongs to who makes and promotes releases; the service knows only the public keys in a directory
outside the registry, so that whoever can write the registry still cannot make the service read anything unsigned.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from models.errors import ReleaseError

#: Public keys by key id.
TrustedKeys = Mapping[str, Ed25519PublicKey]

_SIGNATURE = re.compile(rb"ed25519 ([0-9a-f]{16}) ([A-Za-z0-9+/]{86}==)\n?")


def key_id(public: Ed25519PublicKey) -> str:
    """Short name of a key: the first 16 hexadecimal digits of the SHA-256 of its 32 raw bytes."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def generate_keys(private_path: Path, trusted_dir: Path) -> str:
    """Make a pair of keys; never overwrites one.

    Parameters
    ----------
    private_path : Path
        Where the private key goes (PEM, readable by its owner alone).
    trusted_dir : Path
        Directory of trusted public keys; the public key goes there as ``<key id>.pub``.

    Returns
    -------
    str
        The key id.

    Raises
    ------
    ReleaseError
        When the private key exists already or cannot be written.
    """
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    name = key_id(private.public_key())
    try:
        private_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        trusted_dir.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(private_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (trusted_dir / f"{name}.pub").write_bytes(public)
    except FileExistsError as error:
        raise ReleaseError(
            f"A signing key exists already at {private_path}.", what_to_do="Move it away before making another."
        ) from error
    except OSError as error:
        raise ReleaseError(f"The signing key cannot be written to {private_path}: {error.strerror}.") from error
    return name


def load_private_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key; ReleaseError when there is none or it is something else."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ReleaseError(
            f"No signing key can be read from {path}: {error.strerror}.",
            what_to_do="Releases are signed; name the key, or make one first.",
        ) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ReleaseError(f"{path} is not an unencrypted Ed25519 private key in PEM form.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ReleaseError(f"{path} is a key of another kind than Ed25519.")
    return key


def load_trusted_keys(directory: Path) -> dict[str, Ed25519PublicKey]:
    """Public keys (``*.pub``, PEM) of a directory, by key id.

    Raises
    ------
    ReleaseError
        When the directory holds no key, or a file in it is no Ed25519 public key.
    """
    keys: dict[str, Ed25519PublicKey] = {}
    for path in sorted(directory.glob("*.pub")):
        try:
            key = serialization.load_pem_public_key(path.read_bytes())
        except (OSError, ValueError, UnsupportedAlgorithm) as error:
            raise ReleaseError(f"{path} is not a public key in PEM form.") from error
        if not isinstance(key, Ed25519PublicKey):
            raise ReleaseError(f"{path} is a key of another kind than Ed25519.")
        keys[key_id(key)] = key
    if not keys:
        raise ReleaseError(
            f"No trusted public key (*.pub) in {directory}.",
            what_to_do="Put there the public key of who signs the releases.",
        )
    return keys


def sign(private: Ed25519PrivateKey, content: bytes) -> bytes:
    """Signature line: ``ed25519 <key id> <base64>``."""
    signature = base64.b64encode(private.sign(content)).decode()
    return f"ed25519 {key_id(private.public_key())} {signature}\n".encode()


def verify(content: bytes, line: bytes, trusted: TrustedKeys, *, what: str) -> str:
    """Check a signature line against the trusted keys.

    Parameters
    ----------
    content : bytes
        What was signed.
    line : bytes
        From `sign`.
    trusted : mapping of key id to public key
    what : str
        Names the thing in messages.

    Returns
    -------
    str
        Id of the key that signed.

    Raises
    ------
    ReleaseError
        When the line is no signature, the key is not trusted, or the signature does not fit the content.
    """
    found = _SIGNATURE.fullmatch(line)
    if found is None:
        raise ReleaseError(f"{what}: the signature is not in the expected form.")
    name = found[1].decode()
    key = trusted.get(name)
    if key is None:
        raise ReleaseError(
            f"{what} is signed with the key {name}, which is not trusted here.",
            what_to_do="Use a release of your own office, or add the key after checking where it comes from.",
        )
    try:
        key.verify(base64.b64decode(found[2]), content)
    except InvalidSignature as error:
        raise ReleaseError(
            f"{what}: the signature does not fit; the content was changed after signing.",
            what_to_do="Fetch the release again from where it was made.",
        ) from error
    return name
