"""Without the master key nothing can be read; with it, only by the person it belongs to."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.errors import StoreError
from risk_service.store.crypto import FILE, MasterKey


def test_a_first_use_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    key = MasterKey.open(tmp_path / "keys")
    path = tmp_path / "keys" / FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == [FILE]
    assert MasterKey.open(tmp_path / "keys").derive("a") == key.derive("a") != key.derive("b")


def test_processes_that_start_together_end_up_with_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: MasterKey.open(tmp_path).derive("x"), range(16)))
    assert len(set(keys)) == 1


def test_a_missing_key_is_not_made_up_when_a_store_needs_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no master key"):
        MasterKey.open(tmp_path, create=False)


@pytest.mark.parametrize("text", ["", "\n", "risk-service master key 1\n", "risk-service master key 1\nAAAA\n", "x\ny"])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / FILE
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(StoreError, match="no master key"):
        MasterKey.open(tmp_path)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    MasterKey.open(tmp_path)
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(StoreError, match="chmod 600"):
        MasterKey.open(tmp_path)


def test_a_sealed_text_opens_for_its_person_alone() -> None:
    key = MasterKey(b"k" * 32)
    one, wrapped = key.new_person("C1")
    other, _ = key.new_person("C2")
    sealed = one.seal(b"name")
    assert b"name" not in sealed
    assert key.person("C1", wrapped).open(sealed) == b"name"
    for attempt in (lambda: other.open(sealed), lambda: key.person("C2", wrapped), lambda: one.open(sealed[:-1])):
        with pytest.raises(StoreError, match="does not open"):
            attempt()


def test_another_master_key_opens_nothing() -> None:
    _, wrapped = MasterKey(b"k" * 32).new_person("C1")
    with pytest.raises(StoreError, match="does not open"):
        MasterKey(b"l" * 32).person("C1", wrapped)


def test_tokens_are_equal_for_equal_texts_of_one_purpose() -> None:
    key = MasterKey(b"k" * 32)
    assert key.token("nik", "1") == key.token("nik", "1")
    assert len({key.token("nik", "1"), key.token("passport", "1"), MasterKey(b"l" * 32).token("nik", "1")}) == 3


def test_a_key_shows_nothing_when_printed() -> None:
    key = MasterKey(b"k" * 32)
    assert "k" * 8 not in repr(key)
    assert "cipher" not in repr(key.new_person("C1")[0])
