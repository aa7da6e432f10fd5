"""Every command shown in a task page runs, in the order of the pages, in one folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("deliver", "score", "retrain", "deploy")
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_commands_of_the_task_pages_run_in_order(tmp_path: Path) -> None:
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(tmp_path),
        "POLARS_MAX_THREADS": "2",
        "OMP_NUM_THREADS": "1",
    }
    ran = 0
    for page in PAGES:
        for block in BLOCK.findall((ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")):
            done = subprocess.run(
                ["/bin/sh", "-eu", "-c", block],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{page}.md:\n{block}\n{done.stdout}\n{done.stderr}"
            assert "Traceback" not in done.stderr
            ran += 1
    assert ran >= 6
    assert {"scores.parquet", "features.parquet", "delivery", "var"} <= {path.name for path in tmp_path.iterdir()}
