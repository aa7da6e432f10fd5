"""The import contracts of setup.cfg, tried on a small tree of the same shape with imports planted in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "models",
    "training",
    "risk_service",
    *(f"risk_service/{name}" for name in ("api", "cli", "console", "jobs", "schemas", "services", "store")),
)
ALLOWED = {
    "models/fit.py": "import pandas, sklearn",
    "training/fit.py": "import joblib\nimport models.fit",
    "risk_service/store/tables.py": "import models",
    "risk_service/services/scores.py": "import models\nimport risk_service.store.tables",
    "risk_service/schemas/scores.py": "import marshmallow",
    "risk_service/auth.py": "import flask\nimport risk_service.services.scores",
    "risk_service/api/scores.py": "import flask_smorest\nimport risk_service.auth, risk_service.schemas.scores",
    "risk_service/console/case.py": "import flask\nimport risk_service.services.scores",
    "risk_service/app.py": "import flask\nimport risk_service.api.scores, risk_service.console.case",
    "risk_service/jobs/rescore.py": "import risk_service.services.scores",
    "risk_service/cli/train.py": "import pandas\nimport training.fit",
    "risk_service/cli/serve.py": "import risk_service.app",
}
BREACHES = {
    "models/look.py": ("import training", "models imports nothing of ours"),
    "training/look.py": ("import risk_service.store", "training imports models and nothing else of ours"),
    "risk_service/jobs/look.py": ("import training", "only the command line brings service and training together"),
    "risk_service/store/look.py": ("import risk_service.services", "cli, wsgi > app > api, console, jobs"),
    "risk_service/services/look.py": ("def later():\n    import flask", "Flask stays at the web's edge"),
    "risk_service/api/look.py": ("import pandas", "the service runs without pandas and scikit-learn"),
}


def lint(folder: Path, sources: dict[str, str]) -> tuple[int, str]:
    shutil.copy(ROOT / "setup.cfg", folder)
    for package in PACKAGES:
        (folder / package).mkdir(parents=True, exist_ok=True)
        (folder / package / "__init__.py").touch()
    for name, source in sources.items():
        (folder / name).write_text(source + "\n")
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_what_the_design_allows_is_kept(tmp_path: Path) -> None:
    code, output = lint(tmp_path, ALLOWED)

    assert code == 0, output
    assert "6 kept, 0 broken" in output


def test_every_planted_breach_breaks_its_contract(tmp_path: Path) -> None:
    code, output = lint(tmp_path, {**ALLOWED, **{name: source for name, (source, _) in BREACHES.items()}})

    assert code == 1
    assert "0 kept, 6 broken" in output
    verdicts = [line for line in output.splitlines() if line.endswith("BROKEN") or " BROKEN " in line]
    for name, (_, contract) in BREACHES.items():
        assert any(line.startswith(contract) for line in verdicts), contract
        assert name.removesuffix(".py").replace("/", ".") in output
