"""The card of a release as people read it: what was signed with it, and what became of it since.

A card is written before anybody decides about a release. Whoever puts it in force past a gate, or on thin evidence,
signs that in the log of promotions; reading the card shows both together.
"""

from __future__ import annotations

import re
from pathlib import Path

from models.registry.keys import TrustedKeys
from models.registry.promotions import Promotion, read_promotions
from models.registry.releases import read_file
from models.times import iso

_MARKUP = re.compile(r"([\\`*_\[\]<>|#])")


def read_card(registry: Path, name: str, trusted: TrustedKeys) -> str:
    """The card of a verified release as Markdown, with its promotions from the signed log below.

    Raises
    ------
    ReleaseError
        The release or the log does not verify.
    """
    text = read_file(registry, name, trusted, "card.md").decode()
    mine = [entry for entry in read_promotions(registry, trusted) if entry.release == name]
    return text + promotions_section(mine) if mine else text


def promotions_section(log: list[Promotion]) -> str:
    """When a release was put in force, by whom and why, as Markdown; what it was forced past is part of the why."""
    lines = ["", "## Pemberlakuan / Promotions", "", "| at | | by | why |", "|-|-|-|-|"]
    lines += [f"| {iso(e.at_us)} | {e.action} | {_cell(e.by)} | {_cell(e.reason) or '-'} |" for e in log]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Text on one line that cannot end its cell or begin markup."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
