"""What gates of a release say: sentences in both languages, each with places for its figures.

A gate keeps codes and figures (`Told`), from which the sentence is made where it is shown; a release made by another
version keeps, in English, what that version had to say, and is shown in these words where a code is not known here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, Final, Literal

from models.texts import Text

SENTENCES: Final[dict[str, Text]] = {
    "reproduced": Text(
        "tabel dan pohon berbeda paling banyak {error:.1e} log-odds, termasuk pada baris yang dibuat menyulitkan",
        "tables and trees differ by at most {error:.1e} log-odds, hostile rows included",
    ),
    "directions": Text(
        "setiap pengaruh total menjaga arahnya di setiap sel", "every total effect keeps its direction in every cell"
    ),
    "edited": Text("disunting: {edits}", "edited: {edits}"),
    "edits_alone": Text(
        "arah tetap terjaga, tidak ada alasan lain yang berubah", "directions hold, no other reason changed"
    ),
    "drawn": Text(
        "{drawn} pemeriksaan acak, {positives} di antaranya nonprosedural",
        "{drawn} drawn checks, {positives} of them non-procedural",
    ),
    "drawn_needed": Text(
        "{needed} akan memastikan tingkat peluangnya", "{needed} would settle the level of the probability"
    ),
    "gain_few": Text(
        "temuan sesudahnya terlalu sedikit untuk dibandingkan dengan aturan",
        "too few later findings to compare with the rules",
    ),
    "gain": Text(
        "presisi pada 5 % dibanding aturan: selisih {value:+.3f} ({low:+.3f} sampai {high:+.3f})",
        "precision at 5 % above that of the rules by {value:+.3f} ({low:+.3f} to {high:+.3f})",
    ),
    "ratio_few": Text(
        "pemeriksaan acak sesudahnya terlalu sedikit, {window} hari sebelum berangkat",
        "too few later drawn checks {window} days before departure",
    ),
    "ratio": Text(
        "peluang rata-rata dibagi laju dasar {value:.2f} ({low:.2f} sampai {high:.2f}), harus di antara {least} dan "
        "{most}",
        "mean probability over base rate {value:.2f} ({low:.2f} to {high:.2f}), to be within {least} and {most}",
    ),
    "no_shout": Text("tidak ada pemeriksaan yang memberi peringatan", "no check shouts"),
    "shout": Text("yang memberi peringatan: {checks}", "checks that shout: {checks}"),
    "comparisons": Text(
        "{hold} perbandingan lulus, {breached} tidak lulus, {thin} belum cukup bukti",
        "{hold} comparisons hold, {breached} are breached, {thin} lack evidence",
    ),
    "worst": Text("{attribute} {group}: {figure}", "{attribute} {group}: {figure}"),
    "nearest": Text(
        "dari {least[needed]} temuan lagi ({least[attribute]} {least[group]}, {least[figure]}) sampai {most[needed]} "
        "({most[attribute]} {most[group]}, {most[figure]}) akan memastikan yang terdekat",
        "from {least[needed]} further findings ({least[attribute]} {least[group]}, {least[figure]}) to {most[needed]} "
        "({most[attribute]} {most[group]}, {most[figure]}) would settle the nearest",
    ),
    "tells": Text("{term} membocorkan {attribute}", "{term} tells {attribute}"),
    "tells_nothing": Text(
        "tidak ada alasan yang membocorkan jenis kelamin, usia atau asal", "no reason tells sex, age or origin"
    ),
    "same_reasons": Text(
        "model yang dilatih pada bagian-bagian data sepakat pada {same:.0%} alasan utama berkas mendesak, harus paling "
        "sedikit {least:.0%}",
        "bags of the model share {same:.0%} of the leading reasons of urgent cases, to be at least {least:.0%}",
    ),
}
"""By code."""


@dataclass(frozen=True)
class Told:
    """A sentence of a gate: its code, and the numbers and codes that it is filled with."""

    code: str
    figures: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As JSON values; a number that JSON does not have becomes a text, and the sentence the release's own."""
        return {"code": self.code, "figures": _plain(self.figures)}


Named = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def gate_text(told: Sequence[Mapping[str, Any]], *, named: Named | None = None) -> Text | None:
    """Return what a gate says, in both languages; None where this version cannot say it.

    Parameters
    ----------
    told
        Its sentences, as `Told.to_json` gives them.
    named
        Puts names (`Text`) in place of codes among the figures of a sentence; None: codes stay as they are.
    """
    try:
        parts = [_filled(one["code"], one["figures"], named) for one in told]
    except (AttributeError, KeyError, IndexError, TypeError, ValueError):  # of another version
        return None
    return Text("; ".join(part.id for part in parts), "; ".join(part.en for part in parts)) if parts else None


def _filled(code: str, figures: Mapping[str, Any], named: Named | None) -> Text:
    sentence = SENTENCES[code]
    values = figures if named is None else named(figures)
    return Text(_Writer("id").vformat(sentence.id, (), values), _Writer("en").vformat(sentence.en, (), values))


class _Writer(Formatter):
    """Fills a sentence as one language writes numbers and names."""

    def __init__(self, language: Literal["id", "en"]) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, list):
            return ", ".join(self.format_field(one, format_spec) for one in value)
        if isinstance(value, Text):
            value = getattr(value, self._language)
        written = format(value, format_spec)
        if self._language == "id" and isinstance(value, float):
            written = written.replace(".", ",").replace("%", " %")
        return written


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
