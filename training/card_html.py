"""The card as one HTML page, with a picture of every table: opened from disk, no script, nothing fetched.

It is made from the Markdown of the card, so that both say the same. Understood is the Markdown that cards are written
in: headings, paragraphs, quotes, tables, bold, emphasis and code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

from models.registry import Release
from training.plots import plots

_TERM: Final = re.compile(r"^### .*\(`([^`]+)`\)$")
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff;max-width:60rem;margin:0 auto;padding:1rem}"
    "table{border-collapse:collapse;margin:.5rem 0 1rem}td,th{border:1px solid #767676;padding:.2rem .5rem;"
    "text-align:left;vertical-align:top}th{background:#f2f2f2}.wide{overflow-x:auto}"
    "blockquote{border-left:.4rem solid #b03a00;background:#fff4ec;margin:1rem 0;padding:.2rem 1rem}"
    "code{background:#f2f2f2;padding:0 .2rem}svg{max-width:100%;height:auto}details{margin:.3rem 0 1rem}"
)
_INLINE: Final = re.compile(r"\\(.)|`([^`]+)`|\*\*(.+?)\*\*|\*(\S(?:.*?\S)?)\*")


def card_page(release: Release, markdown: str) -> str:
    """The page of a card.

    Parameters
    ----------
    release : Release
        Whose tables are drawn.
    markdown : str
        From `training.card.card`, or as read back with the promotions below it.
    """
    body = "\n".join(_blocks(markdown.splitlines(), plots(release.terms)))
    return (
        '<!doctype html>\n<html lang="id">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(release.name)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        "</body>\n</html>\n"
    )


def _blocks(lines: list[str], pictures: Mapping[str, str]) -> Iterator[str]:
    position, inside_term = 0, False
    while position < len(lines):
        line = lines[position]
        end = position + 1
        if line.startswith("#"):
            inside_term = False
            level = len(line) - len(line.lstrip("#"))
            yield f"<h{level}>{_inline(line[level:].strip())}</h{level}>"
            found = _TERM.match(line)
            if found and found[1] in pictures:
                inside_term = True
                yield f'<div class="wide">{pictures[found[1]]}</div>'
        elif line.startswith("|"):
            end = _while(lines, position, "|")
            table = _table(lines[position:end])
            yield f"<details><summary>Angka / Numbers</summary>{table}</details>" if inside_term else table
        elif line.startswith(">"):
            end = _while(lines, position, ">")
            inner = [text[1:].strip() for text in lines[position:end]]
            yield "<blockquote>" + "\n".join(_blocks(inner, {})) + "</blockquote>"
        elif line.strip():
            while end < len(lines) and lines[end].strip() and lines[end][0] not in "#|>":
                end += 1
            yield f"<p>{_inline(' '.join(lines[position:end]))}</p>"
        position = end


def _while(lines: list[str], position: int, mark: str) -> int:
    while position < len(lines) and lines[position].startswith(mark):
        position += 1
    return position


def _table(lines: list[str]) -> str:
    head, _, *rows = [_cells(line) for line in lines]
    titles = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in head)
    start = f"<thead><tr>{titles}</tr></thead>" if any(head) else ""
    body = "".join("<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table>{start}<tbody>{body}</tbody></table></div>'


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def _inline(text: str) -> str:
    """Bold, emphasis, code and escapes; all else is text."""
    out, at = [], 0
    for found in _INLINE.finditer(text):
        out.append(escape(text[at : found.start()]))
        plain, code, bold, emphasis = found.groups()
        if plain is not None:
            out.append(escape(plain))
        elif code is not None:
            out.append(f"<code>{escape(code)}</code>")
        elif bold is not None:
            out.append(f"<strong>{_inline(bold)}</strong>")
        else:
            out.append(f"<em>{_inline(emphasis)}</em>")
        at = found.end()
    return "".join(out) + escape(text[at:])
