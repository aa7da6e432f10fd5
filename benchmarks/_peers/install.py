"""Make the environments of the peers: ``python -m benchmarks._peers.install [NAME …]``, all of them without a name."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from benchmarks._worlds import HOME

HERE = Path(__file__).parent
BATCH = "batch"
REQUIREMENTS = {BATCH: HERE / "requirements.txt"} | {
    path.stem: path for path in sorted((HERE / "online").glob("*.txt"))
}


def _environment(name: str) -> Path:
    return HOME / ("peers" if name == BATCH else f"peers-{name}")


def python(name: str = BATCH) -> Path | None:
    """The interpreter of a peer, None where its environment has not been made."""
    folder = _environment(name)
    return folder / "bin" / "python" if (folder / "ready").exists() else None


def install(name: str) -> None:
    """Make one, with the newest versions that its requirements allow."""
    folder = _environment(name)
    venv.create(folder, with_pip=True, clear=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--requirement", str(REQUIREMENTS[name])]
    subprocess.run(pip, check=True)
    (folder / "ready").touch()


if __name__ == "__main__":
    for asked in sys.argv[1:] or REQUIREMENTS:
        install(asked)
    sys.exit(0)
