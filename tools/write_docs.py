"""Write the reference pages that follow from code: ``python tools/write_docs.py [--check]``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from models.aggregates import BY_KEY  # noqa: E402 -- the path is set above
from models.features.catalogue import CATALOGUE, CATALOGUE_VERSION, Feature  # noqa: E402
from models.notices import NOTICES  # noqa: E402
from models.recourse import KINDS  # noqa: E402
from models.schema import CONTRACT, FEEDS, Feed, Field  # noqa: E402
from risk_service import policy, settings  # noqa: E402

NOTE = "<!-- Written by tools/write_docs.py from the code. Do not edit. -->\n\n"


CONTRACT_INTRO = """
What an office delivers: a folder with one file a feed (`.csv`, `.csv.gz`, `.parquet`) or a folder of Parquet parts, and
a `manifest.json` that says who sent it, when, and up to when each feed is complete. How to send one:
[deliver data](deliver.md).

A correction is a later row with the same key; `retracted=true` withdraws a key from its `recorded_at` on, and then key
and `recorded_at` suffice. Of one key the row recorded last counts. A value that does not fit rejects its row, with
feed, line, key, field, value and reason; a row whose hard reference is unknown waits and is tried again at every later
delivery; a soft reference that is unknown is kept and counted.
"""
FEATURES_INTRO = """
Catalogue version {version}. `risk-service features --feeds DIR --as-of T --out FILE.parquet` writes them all. Point in
time: A own registration and steps; B agency ledger and permits; C facts about others in a window of 24 months that
closed 30 days before, the case's own record taken out, overturned findings and helped cases left out; D itinerary; E
own history; R rules in force. Nothing recorded after the as-of time enters any.
"""


SETTINGS_INTRO = """
Read once, from the environment, when a command or the server starts. A value that cannot be read stops it with the
variable's name. Nothing has to be set to begin.
"""
ACCESS_INTRO = """
A key has one role, and sees one office or all; a desk's has to name its office. Every route names an action below; a
route that has none is refused to everybody. Reading a person needs a purpose and leaves an entry in the audit trail.
"""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _field(feed: Feed, field: Field) -> str:
    marks = []
    if field.name in feed.key:
        marks.append("key")
    if field.ref:
        marks.append(f"{'hard' if field.hard else 'soft'} reference to `{field.ref}`")
    if field.sensitive:
        marks.append("identifies a person: encrypted at rest")
    needed = "required" if field.required else "may be empty"
    note = "; ".join([*marks, *([field.meaning] if field.meaning else [])])
    return f"| `{field.name}` | {_cell(field.expectation)} | {needed} | {_cell(note)} |"


def contract_page() -> str:
    """The input contract, feed by feed."""
    lines = [
        f"# The input contract `{CONTRACT}`",
        "",
        CONTRACT_INTRO.strip(),
    ]
    for feed in FEEDS.values():
        lines += ["", f"## {feed.name}", "", f"{feed.meaning[0].upper()}{feed.meaning[1:]}."]
        if feed.partitioned:
            lines += ["", "May be delivered in hash buckets of `candidate_id`."]
        lines += ["", "| field | value | | notes |", "|-|-|-|-|", *(_field(feed, field) for field in feed.fields)]
    return "\n".join(lines) + "\n"


def _direction(feature: Feature) -> str:
    return {1: "more never lowers the score", -1: "more never raises the score", 0: "free"}[feature.direction]


def _feature(feature: Feature) -> str:
    marks = []
    if feature.context:
        marks.append("context only, never a reason")
    if feature.association:
        marks.append("association: never reaches the first band alone")
    if not feature.default_on:
        marks.append("off by default")
    if not feature.can_miss:
        marks.append("never missing")
    levels = ", ".join(f"{i} {level.rpartition('|')[2]}" for i, level in enumerate(feature.levels))
    kind = f"{feature.kind}, {feature.unit}" if feature.unit else feature.kind
    return (
        f"| `{feature.name}` | {_cell(kind)} | {feature.pit} | {_direction(feature)} | "
        f"{_cell('; '.join(part for part in (feature.title.en, levels, *marks) if part))} |"
    )


def features_page() -> str:
    """The catalogue of features, the notices and the kinds of way back."""
    lines = [
        "# Features, notices, ways back",
        "",
        FEATURES_INTRO.strip().format(version=CATALOGUE_VERSION),
    ]
    for family in ("registration", "agency", "travel", "identity"):
        lines += ["", f"## {family.capitalize()}", "", "| feature | type | | direction | meaning |", "|-|-|-|-|-|"]
        lines += [_feature(feature) for feature in CATALOGUE if feature.family == family]
    lines += ["", "## Counts about others", ""]
    lines += [f"- by `{key}`: {', '.join(counts)}" for key, counts in BY_KEY.items()]
    lines += ["", "## Notices", "", "| code | Indonesia | English |", "|-|-|-|"]
    lines += [f"| `{notice.code}` | {_cell(notice.text.id)} | {_cell(notice.text.en)} |" for notice in NOTICES]
    lines += ["", "## Ways back", "", "| kind | Indonesia | English |", "|-|-|-|"]
    lines += [f"| `{kind}` | {_cell(text.id)} | {_cell(text.en)} |" for kind, text in KINDS.items()]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """Every setting."""
    lines = ["# Settings", "", SETTINGS_INTRO.strip(), "", "| variable | default | meaning |", "|-|-|-|"]
    for row in settings.reference():
        default = f"`{row.default}`" if row.default else "–"
        lines.append(f"| `{row.variable}` | {default} | {_cell(row.meaning)} |")
    return "\n".join(lines) + "\n"


def access_page() -> str:
    """Who may do what."""
    head = f"| action | {' | '.join(policy.ROLES)} |"
    lines = ["# Who may do what", "", ACCESS_INTRO.strip(), "", head, f"|-|{'-|' * len(policy.ROLES)}"]
    for action, roles in policy.ACTIONS.items():
        marks = " | ".join("yes" if role in roles else "" for role in policy.ROLES)
        lines.append(f"| `{action}`{' (person)' if action in policy.PERSONAL else ''} | {marks} |")
    lines += ["", "## Routes", "", "| route | access |", "|-|-|"]
    lines += [f"| `{route}` | {access} |" for route, access in policy.ROUTES.items()]
    lines += ["", "## Purposes", "", "| purpose | Indonesia | English |", "|-|-|-|"]
    lines += [f"| `{name}` | {text.id} | {text.en} |" for name, text in policy.PURPOSES.items()]
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "docs/contract.md": contract_page,
    "docs/features.md": features_page,
    "docs/settings.md": settings_page,
    "docs/access.md": access_page,
}


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` say which are out of date."""
    late = []
    for name, page in PAGES.items():
        text = NOTE + page()
        path = ROOT / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            late.append(name)
            if "--check" not in arguments:
                path.write_text(text, encoding="utf-8")
    if "--check" in arguments and late:
        print(f"Out of date: {', '.join(late)}. Run: python tools/write_docs.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
