"""Every action that any code records in the audit trail has words, and no words are left over."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import risk_service
from risk_service.action_texts import ACTIONS

CODE = Path(risk_service.__file__).parent
RECORDING = {"record", "append", "_note"}
"""Functions that are given an action to record."""
NAMED = ("action", "entry")
"""What names one; of a list to take along, its content carries it."""
SHAPE = re.compile(r"[a-z]+\.[a-z-]+")


def codes_in(node):
    return {
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and SHAPE.fullmatch(one.value)
    }


def recorded(source):
    """Actions that a module's calls record, and those that a class of its own has as a default."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in RECORDING:
                for given in node.args:
                    found |= codes_in(given) if not isinstance(given, ast.Dict) else set()
            for keyword in node.keywords:
                found |= codes_in(keyword.value) if keyword.arg in NAMED else set()
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") in NAMED and node.value is not None:
            found |= codes_in(node.value)
    return found


def everywhere():
    modules = [path for path in CODE.rglob("*.py") if path.name != "navigation.py"]  # its actions are of the policy
    return set().union(*(recorded(path.read_text(encoding="utf-8")) for path in modules))


def test_every_action_that_is_recorded_has_words_and_no_words_are_left_over():
    assert everywhere() == set(ACTIONS)


def test_an_action_is_found_however_it_is_given():
    source = """
audit.append(connection, reading, action="a.one" if yes else "a.two", detail={"form": "b.no"})
_note(store, "a.three", {"key": "b.no"})
Content(name="x", entry="a.four")
class Content:
    entry: str = "a.five"
by.require("b.no")
"""

    assert recorded(source) == {"a.one", "a.two", "a.three", "a.four", "a.five"}


def test_no_two_actions_have_the_same_words():
    for language in ("id", "en"):
        said = [getattr(text, language) for text in ACTIONS.values()]
        assert len(set(said)) == len(said)
