"""Make the environment of the peers: ``python -m benchmarks._peers.install``."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from benchmarks._worlds import HOME

ENVIRONMENT = HOME / "peers"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def python() -> Path | None:
    """The interpreter of the peers, None where it has not been made."""
    found = ENVIRONMENT / "bin" / "python"
    return found if (ENVIRONMENT / "ready").exists() else None


def install() -> None:
    """Make it, with the newest versions that the requirements allow."""
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    pip = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "--quiet", "--requirement", str(REQUIREMENTS)]
    subprocess.run(pip, check=True)
    (ENVIRONMENT / "ready").touch()


if __name__ == "__main__":
    install()
    sys.exit(0)
