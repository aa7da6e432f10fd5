"""The card of a release: what it was made of, what it says, what it cannot say; Indonesian and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from models.calibration import WINDOWS
from models.features.catalogue import BY_NAME
from models.terms import Axis, Floats, Terms
from models.wording import value_text

if TYPE_CHECKING:
    from training.train import Trained

SIMULATED: Final = """> **DATA SIMULASI: angka ini tidak menggambarkan orang atau kantor mana pun.**
> **SIMULATED DATA: these figures describe no person and no office.** Simulation can show that the program finds what
> was put in, keeps time and adds up. It cannot show how well anything is found in the world.
"""
INDONESIAN: Final = (
    "**Bahasa Indonesia.** Rilis ini mengurutkan antrean bagi petugas; ia tidak menilai niat orang dan tidak menolak "
    "siapa pun. Nilainya adalah jumlah tabel-tabel kecil di bawah. Peluangnya dikalibrasi pada pemeriksaan acak: "
    "{drawn} berkas, {drawn_non_procedural} di antaranya nonprosedural. Selang yang lebar berarti datanya sedikit."
)
ENGLISH: Final = (
    "**English.** This release orders a queue for officers; it does not judge what anybody intends and refuses nobody. "
    "A score is the sum of the small tables below. Probabilities are calibrated on drawn checks: {drawn} cases, "
    "{drawn_non_procedural} of them non-procedural. A wide interval means few data."
)
LIMITS: Final = (
    "Findings are a biased choice of cases: they shape the order, not the level. A case that was helped is never a "
    "negative. Not known: what became of cases that nobody examined."
)
DEPTH: Final = 12


def card(trained: Trained) -> str:
    """The card as Markdown.

    Parameters
    ----------
    trained : Trained
    """
    manifest, terms = trained.release.manifest, trained.release.terms
    findings = manifest.figures["findings"]
    bands = trained.release.bands
    lines = [f"# {manifest.name}", ""]
    if manifest.simulated:
        lines += [SIMULATED]
    lines += [
        INDONESIAN.format(**findings),
        "",
        ENGLISH.format(**findings),
        "",
        "| | |",
        "|-|-|",
        f"| departures from | {manifest.data_from} |",
        f"| known until | {manifest.data_until} |",
        f"| findings | {findings['cases']} cases, {findings['non_procedural']} non-procedural |",
        f"| snapshots | {findings['snapshots']} |",
        f"| prior | the hand-written rules, counted as {manifest.figures['prior']['rules_count_as_cases']:g} cases |",
        f"| rules, seed | {manifest.rules_version}, {manifest.seed} |",
        f"| first (*Hubungi dulu*) | probability from {bands.first:.3f} |",
        f"| check (*Periksa berkas*) | probability from {bands.check:.3f} |",
        f"| pairs | {', '.join(' × '.join(pair) for pair in trained.fit.pairs) or 'none'} |",
        f"| trees against tables | {manifest.gates['reproduction']['largest_difference']:.1e} log-odds at most |",
        "",
        LIMITS,
        "",
        "## Probability by days to departure",
        "",
        "| days | steps | lowest | highest | mean width of the interval |",
        "|-|-|-|-|-|",
    ]
    if trained.release.calibration is not None:
        for window, table in zip(WINDOWS, trained.release.calibration.tables, strict=True):
            width = float(np.mean(table.high - table.low))
            lines.append(
                f"| {window} | {table.probability.size} | {table.probability[0]:.3f} | {table.probability[-1]:.3f} | "
                f"{width:.3f} |"
            )
    lines += ["", "## Terms", "", "Log-odds added, by value; the average case has 0 in every table.", ""]
    for term in terms.terms:
        lines += _term(terms, term.features, term.values)
    return "\n".join(lines) + "\n"


def _term(terms: Terms, features: tuple[str, ...], values: Floats) -> list[str]:
    title = " × ".join(BY_NAME[name].title.en for name in features)
    lines = [f"### {title} (`{'*'.join(features)}`)", ""]
    if len(features) == 2:
        lines += [f"From {values.min():+.3f} to {values.max():+.3f} over {values.size} cells.", ""]
        return lines
    axis = terms.axis(features[0])
    scale = max(float(np.abs(values).max()), 1e-9)
    lines += ["| value | log-odds | |", "|-|-|-|"]
    for position in range(axis.bins):
        bar = ("+" if values[position] > 0 else "-") * round(DEPTH * abs(float(values[position])) / scale)
        lines.append(f"| {_label(axis, position)} | {values[position]:+.3f} | {bar} |")
    return [*lines, ""]


def _label(axis: Axis, position: int) -> str:
    feature = BY_NAME[axis.name]
    if position == axis.missing:
        return "not recorded"
    if axis.levels or feature.levels:
        inside = axis.representative(position)
        if axis.levels or inside < len(feature.levels):
            upto = "" if axis.levels or position == 0 else " and what lies below it"
            return value_text(feature, float(np.floor(inside))).en + (upto if position and axis.cuts.size > 1 else "")
    if position < axis.cuts.size:
        return f"to {axis.cuts[position]:g}"
    return f"above {axis.cuts[-1]:g}" if axis.cuts.size else "any"
