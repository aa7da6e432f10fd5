"""Reasons in words: the value of a feature as a person would say it, in both languages."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

from models.arithmetic import NAN
from models.features.catalogue import BY_NAME, Feature
from models.texts import NOT_RECORDED, Text

Value = bool | int | float | str | None

_SEASON: Final = {
    "none": Text("biasa", "ordinary"),
    "nataru": Text("Natal dan Tahun Baru", "Christmas and New Year"),
    "idulfitri": Text("sekitar Idulfitri", "around Idulfitri"),
}


def plain_value(feature: Feature, value: float) -> Value:
    """The value of a feature as JSON would carry it; None if missing."""
    if math.isnan(value):
        return None
    if feature.kind == "bool":
        return bool(value)
    if feature.kind in ("int", "ordinal"):
        return int(value)
    if feature.kind == "category":
        return feature.levels[int(value)]
    return float(value)


def _rupiah(log_amount: float) -> Text:
    millions = math.expm1(log_amount) / 1e6
    return Text(f"Rp{millions:,.0f} juta".replace(",", "."), f"Rp {millions:,.0f} million")


def value_text(feature: Feature, value: float) -> Text:
    """The value of a feature in words."""
    if math.isnan(value):
        return NOT_RECORDED
    if feature.kind == "category":
        return _SEASON[feature.levels[int(value)]]
    if feature.levels:
        return Text(*feature.levels[int(value)].split("|"))
    if feature.unit == "log rupiah":
        return _rupiah(value)
    if feature.unit == "share":
        return Text(f"{100 * value:.0f}%", f"{100 * value:.0f}%")
    if feature.kind == "int":
        return Text(f"{value:.0f}", f"{value:.0f}")
    return Text(f"{value:.1f}".replace(".", ","), f"{value:.1f}")


def reason_text(code: str, values: dict[str, float]) -> Text:
    """The sentence of a reason: of one feature, or of two that count together (``a*b``).

    Parameters
    ----------
    code
        Code of the reason group.
    values
        Value of each feature the code names, NaN if missing.
    """
    # Missing is one value here, and there is one zero: both are looked up among what was said before.
    parts = [_said(name, NAN if math.isnan(values[name]) else values[name] + 0.0) for name in code.split("*")]
    if len(parts) == 1:
        return parts[0]
    return Text("; ".join(part.id for part in parts), "; ".join(part.en for part in parts))


@lru_cache(maxsize=4096)
def _said(name: str, value: float) -> Text:
    """The sentence of one feature."""
    feature = BY_NAME[name]
    return feature.reason.fill(value=value_text(feature, value))
