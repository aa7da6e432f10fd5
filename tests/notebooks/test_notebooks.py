"""Every notebook runs from its first cell to its last, as it is."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

RELEASE = re.compile(r"\b(\d{4}-\d\d-\d\d)-[0-9a-f]{8}\b")
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]\d+)?")
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where notebooks run: the workshop that the first of them makes is there for the others."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Jupyter's own packages
@pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, place: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    kept = copy.deepcopy(notebook.cells)
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(place)}})
    client.execute()
    for number, (before, after) in enumerate(zip(kept, notebook.cells, strict=True)):
        words, figures = _said(before)
        assert (number, words) == (number, _said(after)[0]), "what it shows is of another version: run it and save it"
        assert figures == pytest.approx(_said(after)[1], rel=0.02, abs=0.02), number


def _said(cell: nbformat.NotebookNode) -> tuple[list[str], list[float]]:
    """The words and the numbers that a cell put out; names of releases, which hang on the machine too, are left out."""
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", [])]
    text = RELEASE.sub(r"\1", "\n".join(texts))
    return NUMBER.sub("#", text).split(), [float(number) for number in NUMBER.findall(text)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_can_be_read_without_running_it(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert any(cell.outputs for cell in cells)
    for output in (output for cell in cells for output in cell.outputs):
        kinds = set(output.get("data", {}))
        assert output.output_type != "error"
        assert output.output_type == "stream" or kinds & {"text/plain", "image/png"}
        assert not any(kind.startswith("application/vnd.vega") for kind in kinds)  # needs JavaScript


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_small_and_names_no_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text) < 200_000
    assert "/home/" not in text
    assert "/tmp/" not in text  # noqa: S108
    assert "Traceback" not in text
