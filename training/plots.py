"""Tables of a model as pictures: SVG written by hand, the same bytes for the same tables, readable without colour.

One feature is a row of bars, two features a grid of numbers; more risk is drawn to the right and orange, less to the
left and blue, and the sign is always written as well. A picture has a title and a sentence for those who cannot see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np

from models.features.catalogue import BY_NAME
from models.terms import Axis, Term, Terms
from models.wording import value_text

MORE: Final = (217, 95, 2)
LESS: Final = (31, 120, 180)
INK: Final = "#1b1b1b"
ROW: Final = 20
LABEL: Final = 190
BAR: Final = 150
CELL: Final = 52
FONT: Final = 'font-family="system-ui, sans-serif" font-size="12"'


def bin_label(axis: Axis, position: int) -> str:
    """What falls into a bin, in words; a feature that the catalogue does not know is labelled by its numbers."""
    if position == axis.missing:
        return "not recorded"
    feature = BY_NAME.get(axis.name)
    if feature is not None and feature.levels:
        inside = _levels(axis, position, len(feature.levels))
        texts = [value_text(feature, float(level)).en for level in (inside[0], inside[-1])]
        return texts[0] if len(inside) == 1 else " … ".join(texts)
    if axis.levels:
        return f"level {position}"
    if position < axis.cuts.size:
        return f"to {axis.cuts[position]:g}"
    return f"above {axis.cuts[-1]:g}" if axis.cuts.size else "any"


def _levels(axis: Axis, position: int, count: int) -> range:
    """Levels of a category or an ordinal that fall into a bin; never none."""
    if axis.levels:
        return range(position, position + 1)
    first = 0 if position == 0 else int(np.floor(axis.cuts[position - 1])) + 1
    last = count - 1 if position == axis.cuts.size else int(np.floor(axis.cuts[position]))
    return range(first, max(first, min(last, count - 1)) + 1)


def title_of(name: str) -> str:
    """A feature's title in both languages; its name if the catalogue does not know it."""
    feature = BY_NAME.get(name)
    return f"{feature.title.id} / {feature.title.en}" if feature is not None else name


def plot(terms: Terms, term: Term) -> str:
    """One table as an ``<svg>`` element.

    Parameters
    ----------
    terms : Terms
        The model, for the axes.
    term : Term
    """
    axes = [terms.axis(name) for name in term.features]
    return _bars(term, axes[0]) if len(axes) == 1 else _grid(term, axes[0], axes[1])


def plots(terms: Terms) -> dict[str, str]:
    """Every table of a model, by the name of its term."""
    return {term.name: plot(terms, term) for term in terms.terms}


def _bars(term: Term, axis: Axis) -> str:
    scale = max(float(np.abs(term.values).max()), 1e-9)
    middle, height = LABEL + BAR, ROW * axis.bins + 4
    parts = [f'<line x1="{middle}" y1="0" x2="{middle}" y2="{height}" stroke="{INK}" stroke-width="1"/>']
    for i, value in enumerate(term.values.tolist()):
        top, length = ROW * i + 2, round((BAR - 46) * abs(value) / scale, 1)
        left, end = (middle, "start") if value > 0 else (middle - length, "end")
        colour = _rgb(value, scale, least=1.0)
        at = middle + length + 4 if value > 0 else middle - length - 4
        parts += [
            _text(LABEL - 6, top + 13, _short(bin_label(axis, i)), "end"),
            f'<rect x="{left:g}" y="{top}" width="{length:g}" height="{ROW - 4}" fill="{colour}"/>',
            _text(at, top + 13, f"{value:+.3f}", end),
        ]
    low, high = (bin_label(axis, int(f(term.values))) for f in (np.argmin, np.argmax))
    said = f"From {term.values.min():+.3f} ({low}) to {term.values.max():+.3f} ({high})."
    return _svg(term, LABEL + 2 * BAR + 8, height, parts, said)


def _grid(term: Term, first: Axis, second: Axis) -> str:
    scale = max(float(np.abs(term.values).max()), 1e-9)
    rows, columns = term.values.shape
    top = 96
    parts = []
    for j in range(columns):
        x, y = LABEL + CELL * j + CELL // 2, top - 6
        parts.append(_text(x, y, _short(bin_label(second, j), 16), "start", f' transform="rotate(-50 {x} {y})"'))
    for i in range(rows):
        y = top + ROW * i
        parts.append(_text(LABEL - 6, y + 14, _short(bin_label(first, i)), "end"))
        for j in range(columns):
            value, x = float(term.values[i, j]), LABEL + CELL * j
            parts += [
                f'<rect x="{x}" y="{y}" width="{CELL - 1}" height="{ROW - 1}" fill="{_rgb(value, scale, least=0.0)}"/>',
                _text(x + CELL - 6, y + 14, f"{value:+.2f}", "end"),
            ]
    said = f"{rows} x {columns} cells, from {term.values.min():+.3f} to {term.values.max():+.3f}."
    return _svg(term, LABEL + CELL * columns + 40, top + ROW * rows + 2, parts, said)


def _svg(term: Term, width: int, height: int, parts: Sequence[str], said: str) -> str:
    title = " × ".join(title_of(name) for name in term.features)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" {FONT} fill="{INK}"><title>{escape(title)}</title><desc>{escape(said)}</desc>'
        + "".join(parts)
        + "</svg>"
    )


def _text(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{more}>{escape(text)}</text>'


def _short(text: str, most: int = 30) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _rgb(value: float, scale: float, *, least: float) -> str:
    """Between white and full colour by the size of a value; with ``least`` 1 always full."""
    strength = max(least, 0.75 * abs(value) / scale)
    mixed = [round(255 - (255 - part) * strength) for part in (MORE if value > 0 else LESS)]
    return f"#{mixed[0]:02x}{mixed[1]:02x}{mixed[2]:02x}"
