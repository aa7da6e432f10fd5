"""The part of a card that tells what an office would have had from a release on later departures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.calibration import WINDOWS
from training.evaluate import DRAWN, FOUND

CAPACITY: Final = (
    "Bila 5 % antrean dapat dilihat; *per kantor*: tiap kantor mendapat bagiannya sendiri. *14 hari*: bagian kasus "
    "yang kemudian terbukti dan sudah berada dalam kapasitas 14 hari atau lebih sebelum berangkat. *Sia-sia*: orang "
    "yang dilihat tanpa perlu untuk tiap orang yang perlu. *Agencies held out*: dinilai oleh bagian model yang tidak "
    "mengenal masa itu dan tidak mengenal perusahaannya. / With 5 % of the queue looked at; *per office*: each office "
    "has its own share. *14 days*: share of the cases later confirmed that stood within capacity 14 days before "
    "departure or earlier. *In vain*: people looked at without need for each one in need. *Agencies held out*: by "
    "parts of the model that knew neither that time nor the agency. Cases without a score rank last; ties share their "
    "places."
)
CALIBRATED: Final = (
    "Rata-rata peluang dan bagian yang terjadi. / Mean probability, and the share that came true, by days to departure "
    "and by office."
)
CURVES: Final = (
    "Kurva keandalan: kasus serupa peluangnya disatukan. / Reliability: cases of like probability taken together."
)
COUNTED: Final = {DRAWN: "pemeriksaan acak / drawn checks", FOUND: "semua temuan / all findings"}
HEADINGS: Final = (
    ("precision", "precision"), ("recall", "recall"), ("lift", "lift"),
    ("precision_by_office", "precision per office"), ("recall_by_office", "recall per office"),
    ("lift_by_office", "lift per office"), ("surfaced_ahead", "14 days"), ("unnecessary_per_helped", "in vain"),
)  # fmt: skip
PARTS: Final = 12
"""Offices told at most."""


def validation_sections(backtest: Mapping[str, Any]) -> list[str]:
    """Markdown lines, none where nothing was tested.

    Parameters
    ----------
    backtest : mapping
        ``figures.backtest`` of a manifest.
    """
    if not backtest.get("capacity"):
        return []
    return [
        *_capacity(backtest["capacity"]),
        *_calibrated(backtest.get("calibrated", [])),
        *_curves(backtest.get("curves", [])),
    ]


def _capacity(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    out = ["## Dalam kapasitas / At capacity", "", CAPACITY, ""]
    found = {(r["counted"], r["window"], r["model"], r["figure"]): r for r in lines}
    for counted, title in COUNTED.items():
        rows = dict.fromkeys((r["window"], r["model"]) for r in lines if r["counted"] == counted)
        if not rows:
            continue
        out += [f"{title}:", "", "| days | model | " + " | ".join(title for _, title in HEADINGS) + " |"]
        out += ["|" + "-|" * (len(HEADINGS) + 2)]
        for window, model in rows:
            cells = [_cell(found.get((counted, window, model, figure))) for figure, _ in HEADINGS]
            out.append(f"| {window} | {model} | " + " | ".join(cells) + " |")
        out.append("")
    return out


def _calibrated(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    out = ["## Kalibrasi / Calibration", "", CALIBRATED, ""]
    for counted, title in COUNTED.items():
        rows = [r for r in lines if r["counted"] == counted]
        leads = [r for r in rows if r["by"] == "lead"]
        offices = [r for r in rows if r["by"] == "office"]
        if not rows:
            continue
        out += [f"{title}:", "", "| | findings (positive) | mean probability | came true |", "|-|-|-|-|"]
        for name, parts in (("days", leads), ("office", offices[:PARTS])):
            out += [
                f"| {name} {r['part'] or '-'} | {r['findings']} ({r['positives']}) | {r['probability']:.3f} | "
                f"{_cell({**r, 'value': r['rate']}, digits=3)} |"
                for r in parts
            ]
        if len(offices) > PARTS:
            out.append(f"| {len(offices) - PARTS} more offices | | | |")
        out.append("")
    return out


def _curves(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    out = [CURVES, ""]
    for counted, title in COUNTED.items():
        rows = [r for r in lines if r["counted"] == counted]
        if not rows:
            continue
        out += [f"{title}:", "", "| days | mean probability | came true |", "|-|-|-|"]
        for window in WINDOWS:
            out += [
                f"| {window} | {r['probability']:.3f} | {_cell({**r, 'value': r['rate']}, digits=3)} |"
                for r in rows
                if r["window"] == window
            ]
        out.append("")
    return out


def _cell(line: Mapping[str, Any] | None, *, digits: int = 2) -> str:
    if line is None or line["value"] is None:
        return "-"
    told = f"{line['value']:.{digits}f}"
    if line["low"] is None or line["high"] is None:
        return told
    return f"{told} ({line['low']:.{digits}f} to {line['high']:.{digits}f})"
