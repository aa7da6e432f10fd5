from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from models.errors import ReleaseError
from models.registry import generate_keys, key_id, load_private_key, load_trusted_keys


def test_a_new_private_key_is_readable_by_its_owner_alone_and_its_public_half_is_trusted(tmp_path: Path) -> None:
    name = generate_keys(tmp_path / "k" / "signing.pem", tmp_path / "trusted")
    assert (tmp_path / "k" / "signing.pem").stat().st_mode & 0o777 == 0o600
    assert key_id(load_private_key(tmp_path / "k" / "signing.pem").public_key()) == name
    assert list(load_trusted_keys(tmp_path / "trusted")) == [name]


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    generate_keys(tmp_path / "signing.pem", tmp_path)
    before = (tmp_path / "signing.pem").read_bytes()
    with pytest.raises(ReleaseError, match="exists already"):
        generate_keys(tmp_path / "signing.pem", tmp_path)
    assert (tmp_path / "signing.pem").read_bytes() == before
    assert len(load_trusted_keys(tmp_path)) == 1


def test_a_directory_without_a_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="No trusted public key"):
        load_trusted_keys(tmp_path)
    with pytest.raises(ReleaseError, match="No trusted public key"):
        load_trusted_keys(tmp_path / "nowhere")


def test_files_that_are_no_keys_or_keys_of_another_kind_are_refused(tmp_path: Path) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (tmp_path / "rsa.pem").write_bytes(
        other.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    with pytest.raises(ReleaseError, match="another kind"):
        load_private_key(tmp_path / "rsa.pem")
    (tmp_path / "noise.pem").write_text("noise")
    with pytest.raises(ReleaseError, match="not an unencrypted Ed25519"):
        load_private_key(tmp_path / "noise.pem")
    with pytest.raises(ReleaseError, match="No signing key"):
        load_private_key(tmp_path / "nowhere.pem")
    (tmp_path / "noise.pub").write_text("noise")
    with pytest.raises(ReleaseError, match="not a public key"):
        load_trusted_keys(tmp_path)
    (tmp_path / "noise.pub").write_bytes(
        other.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(ReleaseError, match="another kind"):
        load_trusted_keys(tmp_path)
