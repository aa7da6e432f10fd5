"""The list of components says what the lock says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.sbom import document, locked

ROOT = Path(__file__).resolve().parents[2]
LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-serve.lock"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_line_of_the_lock_is_a_component_with_its_hashes(lock):
    text = lock.read_text("utf-8")
    lines = re.findall(r"^([a-z0-9][\w.-]*)==(\S+)", text, flags=re.MULTILINE)
    made = document(lock)["components"]

    assert sorted((one["name"], one["version"]) for one in made) == sorted(lines)
    assert len({one["bom-ref"] for one in made}) == len(lines)
    hashes = {p["value"] for one in made for p in one["properties"] if p["name"].endswith("sha256")}
    assert hashes == set(re.findall(r"sha256:([0-9a-f]{64})", text))


def test_everything_a_server_installs_states_its_licence_and_the_same_lock_gives_the_same_list():
    lock = LOCKS[1]
    made = document(lock)

    assert [one["name"] for one in made["components"] if "licenses" not in one] == []
    assert made == document(lock)
    assert made["metadata"]["component"]["version"]
    assert any("not checked" in one["value"] for one in made["metadata"]["properties"])


def test_a_package_without_a_hash_is_refused(tmp_path):
    lock = tmp_path / "some.lock"
    lock.write_text("alpha==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\nbeta==2.0\n", "utf-8")

    with pytest.raises(ValueError, match="beta has no hash"):
        locked(lock)
