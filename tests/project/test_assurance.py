"""Every command that the page of claims names exists, and the quickest holds here."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from risk_service.services import audit
from risk_service.store import Store
from tests.assure.claims import CLAIMS, main

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "assurance.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
COMMANDS = set(re.findall(r"`make ([a-z]+)(?: CLAIM=([a-z]+))?[^`]*`", PAGE))


def test_every_command_of_the_page_is_a_target_and_every_claim_one_that_is_known() -> None:
    targets = set(re.findall(r"^([a-z]+): ", MAKEFILE, re.MULTILINE))
    assert {target for target, _ in COMMANDS} == {"faults", "fuzz", "load", "assure", "markers"}
    assert {target for target, _ in COMMANDS} <= targets
    assert {claim for _, claim in COMMANDS if claim} == set(CLAIMS)


def test_what_a_target_runs_is_there() -> None:
    for target in {target for target, _ in COMMANDS}:
        recipe = re.search(rf"^{target}: env\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
        assert recipe is not None
        modules = re.findall(r"-m (tests[.\w]+)", recipe[1])
        files = [module.replace(".", "/") + ".py" for module in modules] + re.findall(r"\btests/[\w/]+\.py", recipe[1])
        assert files
        assert all((ROOT / name).is_file() for name in files)


def test_a_claim_prints_its_figure_and_its_exit_code_says_whether_it_holds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["tamper"]) == 0
    assert "tampered with 598 times" in capsys.readouterr().out
    seen = audit.verify

    def blind(store: Store, *, head: str | None = None) -> audit.Verified:
        return replace(seen(store, head=head), broken=None)

    monkeypatch.setattr(audit, "verify", blind)
    assert main(["tamper"]) == 1
    assert "not found 598" in capsys.readouterr().out
