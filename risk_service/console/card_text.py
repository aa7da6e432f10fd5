"""The card of a release as a page shows it: the little of Markdown that cards use, and nothing that could be markup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from markupsafe import Markup, escape

_STRONG: Final = re.compile(r"\*\*(.+?)\*\*|`(.+?)`|(?<![*\w])\*([^*]+)\*(?![*\w])")
_RULE: Final = re.compile(r"\|?[-:| ]+\|?")
_TAGS: Final = {
    "strong": Markup("<strong>{}</strong>"),
    "code": Markup("<code>{}</code>"),
    "em": Markup("<em>{}</em>"),
}
_QUOTED: Final = re.compile(r" ?> ?")
_HEADING: Final = re.compile(r"(#{1,6}) +(.*)")


def as_html(card: str) -> Markup:
    """Return headings, lists, tables, quotations and paragraphs of a card; anything else stays text."""
    return _laid_out(card.splitlines())


def _laid_out(card: Sequence[str]) -> Markup:
    blocks: list[Markup] = []
    for kind, lines in groupby(card, key=_kind):
        some = list(lines)
        if kind == "heading":
            blocks += [Markup("<h3>{}</h3>").format(_inline(line.lstrip("# "))) for line in some]
        elif kind == "table":
            blocks.append(_table(some))
        elif kind == "list":
            items = Markup("").join(Markup("<li>{}</li>").format(_inline(line.lstrip(" ")[2:])) for line in some)
            blocks.append(Markup("<ul>{}</ul>").format(items))
        elif kind == "quotation":
            blocks.append(
                Markup("<blockquote>{}</blockquote>").format(_laid_out([_QUOTED.sub("", one) for one in some]))
            )
        elif kind == "text":
            blocks.append(Markup("<p>{}</p>").format(_inline(" ".join(line.strip() for line in some))))
    return Markup("\n").join(blocks)


def _kind(line: str) -> str:
    if not line.strip():
        return "blank"
    if _HEADING.match(line):
        return "heading"
    if line.startswith("|"):
        return "table"
    if _QUOTED.match(line):
        return "quotation"
    return "list" if re.match(r" *[-*] ", line) else "text"


def _table(lines: list[str]) -> Markup:
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if not _RULE.fullmatch(line)
    ]
    head = Markup("").join(map(_title, rows[0]))
    body = Markup("").join(Markup("<tr>{}</tr>").format(_row(row)) for row in rows[1:])
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(head, body)


def _title(cell: str) -> Markup:
    return Markup('<th scope="col">{}</th>').format(_inline(cell)) if cell else Markup("<td></td>")


def _row(row: list[str]) -> Markup:
    first = Markup('<th scope="row">{}</th>').format(_inline(row[0]))
    return first + Markup("").join(Markup("<td>{}</td>").format(_inline(cell)) for cell in row[1:])


def _inline(text: str) -> Markup:
    return Markup("").join(_pieces(text))


def _pieces(text: str) -> Iterator[Markup]:
    at = 0
    for found in _STRONG.finditer(text):
        yield escape(text[at : found.start()])
        strong, code, soft = found.groups()
        told = _TAGS["strong" if strong else "code" if code else "em"]
        yield told.format(strong or code or soft)
        at = found.end()
    yield escape(re.sub(r"\\([\\`*_\[\]<>|#])", r"\1", text[at:]))
