"""``make env``: quick when nothing changed, whole or not at all, one line when something is in the way."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tools").mkdir()
    for name in ("setup.cfg", "pyproject.toml", "tools/environment.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "requirements.lock").write_text("")
    return tmp_path


@pytest.fixture
def tool(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("environment_tool", folder / "tools" / "environment.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    ran: list[list[str]] = []

    def run(arguments: list[str], failure: str) -> None:
        ran.append(arguments[4:])

    create = venv.create
    monkeypatch.setattr(venv, "create", lambda home, **_: create(home, symlinks=True))
    monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(module, "surplus", lambda: ["left-over"])
    module.ran = ran  # type: ignore[attr-defined]
    yield module
    assert not (folder / ".venv" / "environment.part").exists()


def verbs(tool: ModuleType) -> list[str]:
    return [next(word for word in words if word in {"install", "uninstall"}) for words in tool.ran]


def test_a_finished_environment_is_left_alone(tool: ModuleType) -> None:
    tool.main()
    assert verbs(tool) == ["install", "uninstall", "install"]
    tool.ran.clear()

    tool.main()

    assert verbs(tool) == []


def test_a_half_made_environment_is_made_anew(tool: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    tool.main()
    tool.STAMP.unlink()
    (tool.HOME / "half").touch()
    tool.ran.clear()

    tool.main()

    assert "making it anew" in capsys.readouterr().out
    assert not (tool.HOME / "half").exists()
    assert len(tool.ran) == 3


def test_a_new_lock_refreshes_in_place_and_new_metadata_only_the_project(tool: ModuleType, folder: Path) -> None:
    tool.main()
    (tool.HOME / "kept").touch()
    tool.ran.clear()

    (folder / "requirements.lock").write_text("# other\n")
    tool.main()
    assert len(tool.ran) == 3
    tool.ran.clear()

    setup = folder / "setup.cfg"
    setup.write_text(setup.read_text().replace("Development Status :: 3", "Development Status :: 4"))
    tool.main()
    assert len(tool.ran) == 1
    tool.ran.clear()

    setup.write_text(setup.read_text().replace("xfail_strict = True", "xfail_strict = False"))
    tool.main()
    assert tool.ran == []
    assert (tool.HOME / "kept").exists()


def test_a_broken_off_installation_leaves_no_stamp(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(arguments: list[str], failure: str) -> None:
        raise tool.MakeEnvError(failure)

    monkeypatch.setattr(tool, "run", fail)
    with pytest.raises(tool.MakeEnvError, match="could not be installed"):
        tool.main()

    assert not tool.STAMP.exists()


def test_an_old_python_gets_one_line(folder: Path) -> None:
    script = str(folder / "tools" / "environment.py")
    program = f"import sys, runpy; sys.version_info = (3, 9, 2); runpy.run_path({script!r}, run_name='__main__')"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=folder)

    assert done.returncode == 1
    assert done.stderr == (
        "make env: Python 3.11 or later is needed, this is 3.9; name one with: make PYTHON=python3.11 …\n"
    )


def test_the_stamp_of_another_place_is_not_believed(tool: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    tool.main()
    stamp = json.loads(tool.STAMP.read_text())
    tool.STAMP.write_text(json.dumps({**stamp, "home": "/elsewhere/.venv"}))

    tool.main()

    assert "moved or of another Python" in capsys.readouterr().out
    assert json.loads(tool.STAMP.read_text()) == stamp


def test_any_python_in_the_shell_serves_unless_one_is_named(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    tool.main()
    tool.ran.clear()
    monkeypatch.setattr(tool, "VERSION", "3.99")

    tool.main()
    assert tool.ran == []

    tool.main(asked=True)
    assert len(tool.ran) == 3
