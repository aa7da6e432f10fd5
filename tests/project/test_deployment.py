"""What is shipped for running it: image, compose file and units name what is there and ask for little."""

from __future__ import annotations

import configparser
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
from dataclasses import fields
from pathlib import Path

import pytest
import requests
import yaml

from risk_service.settings import Settings
from tests.project.test_papers import is_command

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SYSTEMD = sorted((DEPLOY / "systemd").glob("*.service"))
VARIABLES = {f"RISK_{field.name.upper()}" for field in fields(Settings)}
HARDENED = {
    "ProtectSystem": "strict", "NoNewPrivileges": "true", "PrivateTmp": "true", "ProtectHome": "true",
    "CapabilityBoundingSet": "", "UMask": "0077",
}  # fmt: skip


@pytest.fixture(scope="module")
def dockerfile():
    return re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text("utf-8")).splitlines()


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


def test_every_setting_that_is_named_exists():
    texts = {path: path.read_text("utf-8") for path in DEPLOY.rglob("*") if path.is_file()}
    named = {name for text in texts.values() for name in re.findall(r"\bRISK_[A-Z_]+", text)}
    assert {"RISK_HOME", "RISK_DATABASE_URL"} <= named
    assert named <= VARIABLES


def test_the_image_is_built_from_what_is_there_in_two_stages_and_runs_without_root(dockerfile):
    copied = [line.split()[1:-1] for line in dockerfile if line.startswith("COPY ") and "--from" not in line]
    kept = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").split() if line[0] == "!"}
    last = dockerfile[max(at for at, line in enumerate(dockerfile) if line.startswith("FROM ")) :]
    user = next(line.split()[1] for line in last if line.startswith("USER "))

    sources = {name for names in copied for name in names}
    assert sources == kept
    assert all((ROOT / name).exists() for name in sources)
    assert sum(line.startswith("FROM ") for line in dockerfile) == 2
    assert "--require-hashes" in "".join(dockerfile)
    assert user.split(":")[0] not in ("0", "root")
    assert any(line.startswith("HEALTHCHECK ") for line in last)


def test_compose_gives_programs_no_more_than_they_need(compose):
    ours = {name: one for name, one in compose["services"].items() if "build" in one}
    assert set(ours) == {"prepare", "service", "nightly"}
    for name, one in ours.items():
        assert one["read_only"], name
        assert one["cap_drop"] == ["ALL"], name
        assert one["security_opt"] == ["no-new-privileges:true"], name
    assert all(port.startswith("127.0.0.1:") for port in ours["service"]["ports"])
    assert "ports" not in compose["services"]["database"]
    assert all(is_command(tuple(ours[name]["command"])) for name in ("prepare", "service"))


def test_no_secret_is_written_into_the_files():
    for path in (path for path in DEPLOY.rglob("*") if path.is_file()):
        for found in re.findall(r"(?i)password\w*[\"']?\s*[:=]\s*(\S+)", path.read_text("utf-8")):
            assert found.startswith(('"${', "${", "?write", "...")), (path.name, found)


@pytest.mark.parametrize("path", SYSTEMD, ids=lambda path: path.stem)
def test_units_start_commands_that_exist_and_are_hemmed_in(path):
    unit = _unit(path)
    started = [line for line in unit["Service"]["ExecStart"].splitlines() if line]
    assert started
    for line in started:
        program, *words = line.split()
        assert program == "/opt/risk-service/bin/risk-service"
        assert is_command(tuple(words[:2])) or is_command(tuple(words[:1]))
    assert {name: unit["Service"][name] for name in HARDENED} == HARDENED
    assert unit["Service"]["User"] not in ("", "root")


@pytest.mark.slow
def test_it_writes_to_its_own_folder_and_a_temporary_one_alone(tmp_path):
    home, other, log = tmp_path / "home", tmp_path / "tmp", tmp_path / "written"
    (tmp_path / "site").mkdir()
    home.mkdir()
    other.mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(_watcher(log, allowed=(home, other, Path("/dev"))), "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), str(ROOT)]),
        "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(other), "RISK_HOME": str(home), "RISK_PORT": str(port),
        "HOME": "/nowhere", "POLARS_MAX_THREADS": "1", "RISK_WORKERS": "1",
    }  # fmt: skip
    program = [sys.executable, "-m", "risk_service"]
    delivery = str(home / "delivery")
    for words in (
        ["simulate", "--candidates", "40", "--seed", "3", "--until", "2025-09-10", "--out", delivery],
        ["ingest", delivery],
        ["rescore", "--as-of", "2025-09-10"],
    ):
        done = subprocess.run(
            [*program, *words], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    serving = subprocess.Popen([*program, "serve"], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    serving.stdout.readline()
    page = requests.get(f"http://127.0.0.1:{port}/sign-in", timeout=30)
    serving.send_signal(signal.SIGTERM)
    serving.communicate(timeout=60)

    written = log.read_text("utf-8").splitlines()
    assert page.status_code == 200
    assert any(line.startswith("inside ") for line in written), "the watcher saw nothing"
    assert [line for line in written if line.startswith("outside ")] == []


def _unit(path):
    class Parser(configparser.RawConfigParser):
        optionxform = staticmethod(str)

    class Repeated(dict):
        def __setitem__(self, key, value):
            if isinstance(value, list) and isinstance(self.get(key), list):
                self[key].extend(value)
            else:
                super().__setitem__(key, value)

    unit = Parser(strict=False, dict_type=Repeated, interpolation=None)
    unit.read(path, encoding="utf-8")
    return unit


def _watcher(log, *, allowed):
    """Code that notes every file opened for writing, made, moved or removed by Python."""
    return textwrap.dedent(f"""
        import os, sys
        ALLOWED = {tuple(map(str, allowed))!r}
        NOTED = os.open({str(log)!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

        def watch(event, arguments):
            if event == "open":
                path, mode, flags = arguments
                writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) if isinstance(flags, int) else False
                if not writes or not isinstance(path, (str, bytes)):
                    return
            elif event in ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "sqlite3.connect"):
                path, *_, folder = (*arguments, -1) if event == "sqlite3.connect" else arguments
                if folder != -1:
                    return  # within a folder that was opened, and judged, before
            else:
                return
            where = os.path.abspath(os.fsdecode(path))
            kind = "inside" if where.startswith(ALLOWED) else "outside"
            os.write(NOTED, f"{{kind}} {{event}} {{where}}\\n".encode())

        sys.addaudithook(watch)
    """)
