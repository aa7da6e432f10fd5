"""Pages of paper: A4, a font of our own, and nothing that depends on the machine.

The font has Latin, Greek and Cyrillic letters; a sign of another script is drawn as a question mark, so that no name
breaks a page. The same content at the same time gives the same bytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from models.times import JAKARTA, from_us

_FONTS: Final = Path(__file__).with_name("fonts")
_FAMILY: Final = "DejaVu"
_MARGIN: Final = 16.0
_UNKNOWN: Final = "?"


class Paper(FPDF):
    """A document, to be used as a context.

    Parameters
    ----------
    title
        Of the document.
    stamp
        Shown at the top of every page; None: nothing.
    foot
        Shown at the bottom of every page.
    now_us
        When it is made, UTC microseconds.
    """

    def __init__(self, *, title: str, stamp: str | None, foot: str, now_us: int) -> None:
        super().__init__(format="A4")
        self.add_font(_FAMILY, "", _FONTS / "DejaVuSans.ttf")
        self.add_font(_FAMILY, "B", _FONTS / "DejaVuSans-Bold.ttf")
        self._fonts = [font for font in self.fonts.values() if isinstance(font, TTFFont)]
        self._known = set(self._fonts[0].cmap)
        self._stamp, self._foot = stamp, foot
        self.set_title(title)
        self.set_lang("id")
        self.set_creation_date(from_us(now_us).astimezone(JAKARTA))
        self.set_margins(_MARGIN, 12, _MARGIN)
        self.set_auto_page_break(True, 20)
        self.add_page()

    def header(self) -> None:
        """Draw the stamp."""
        if self._stamp is not None:
            self.set_draw_color(201, 154, 10)
            self.set_fill_color(255, 243, 196)
            self._look(9, bold=True)
            self.multi_cell(0, 6, self._stamp, border=1, align="C", fill=True, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.ln(2)

    def footer(self) -> None:
        """Draw the foot and the number of the page."""
        self.set_y(-16)
        self._look(7)
        self.multi_cell(
            0,
            3.5,
            f"{self.known(self._foot)}\n{self.page_no()} / {{nb}}",
            align="C",
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )

    def __enter__(self) -> Self:
        """Keep the files of its fonts open; :meth:`finished` has to be called inside."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close them."""
        for font in self._fonts:
            font.ttfont.close()

    def finished(self) -> bytes:
        """Return the document; nothing can be added any more."""
        return bytes(self.output())

    def known(self, text: str) -> str:
        """Return text in signs that the font has."""
        whole = unicodedata.normalize("NFC", text)
        return "".join(sign if ord(sign) in self._known else _UNKNOWN for sign in whole)

    def heading(self, text: str, *, size: float = 14) -> None:
        """Write a heading."""
        self._look(size, bold=True)
        self.multi_cell(0, size * 0.5, self.known(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def section(self, text: str) -> None:
        """Write the heading of a section."""
        self.ln(1.5)
        self._look(10.5, bold=True)
        self.multi_cell(0, 5.5, self.known(text), border="B", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def paragraph(self, text: str, *, size: float = 9.5, bold: bool = False) -> None:
        """Write a paragraph."""
        self._look(size, bold=bold)
        self.multi_cell(0, size * 0.5, self.known(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def facts(self, rows: Sequence[tuple[str, str]], *, size: float = 9) -> None:
        """Write names and values, a line each; what does not fit a line is cut."""
        for name, value in rows:
            self._look(size)
            self.cell(42, size * 0.56, self.known(name))
            self._look(size, bold=True)
            self.cell(
                0, size * 0.56, self._fitting(self.known(value), self.epw - 42), new_x=XPos.LMARGIN, new_y=YPos.NEXT
            )

    def grid(
        self, titles: Sequence[str], widths: Sequence[float], rows: Sequence[Sequence[str]], *, size: float
    ) -> None:
        """Write a table of single lines; what does not fit a column is cut.

        Parameters
        ----------
        widths
            Of the columns, as shares of the page.
        """
        height = size * 0.6
        self._look(size, bold=True)
        self.set_fill_color(229, 238, 239)
        self._line(titles, widths, height, fill=True)
        self._look(size)
        for row in rows:
            self._line(row, widths, height, fill=False)

    def _line(self, values: Sequence[str], widths: Sequence[float], height: float, *, fill: bool) -> None:
        for value, width in zip(values, widths, strict=True):
            wide = self.epw * width
            self.cell(wide, height, self._fitting(self.known(value), wide - 2), border="B", fill=fill)
        self.ln(height)

    def _fitting(self, text: str, width: float) -> str:
        if self.get_string_width(text) <= width:
            return text
        while text and self.get_string_width(f"{text}…") > width:
            text = text[:-1]
        return f"{text}…"

    def _look(self, size: float, *, bold: bool = False) -> None:
        self.set_font(_FAMILY, "B" if bold else "", size)
