"""The facts of a release: what it was made of, what it may be used for, and the hash of every file.

A manifest is kept as the exact bytes that were signed; what is read from it is read only after the signature was
checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

from models.errors import ReleaseError
from models.features.catalogue import CATALOGUE, CATALOGUE_VERSION
from models.terms import Terms

SCHEMA = "release/1"
TRAINED: Final = "trained"
RULES_ONLY: Final = "rules_only"
THIN: Final = "not enough evidence"
"""Verdict of a gate that lacked the evidence for one."""
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

_FEATURES = {feature.name: feature for feature in CATALOGUE}


def canonical_json(document: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys and no superfluous spaces: equal documents give equal bytes."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def describe_features(terms: Terms) -> list[dict[str, Any]]:
    """The catalogue entries that tables depend on, as the manifest records them."""
    used = (_FEATURES[axis.name] for axis in terms.axes)
    return [{"name": f.name, "kind": f.kind, "direction": f.direction, "levels": len(f.levels)} for f in used]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Facts of a release.

    Parameters
    ----------
    name : str
        The release's name, also that of its folder.
    kind : {"trained", "rules_only"}
    simulated : bool or None
        Whether it was made on simulated data; None goes with both (rules only).
    catalogue_version : int
    features : sequence of dict
        From `describe_features`.
    rules_version : str
    data_from, data_until : str or None
        Dates of the data it was made of.
    seed : int or None
    lock_sha256 : str or None
        Hash of the lock file of the environment it was made in.
    figures, gates : mapping
        What was measured, and the verdicts.
    edits : list of dict
        What an analyst changed in the tables by hand: ``kind, term, reason, by, at`` and what else belongs to it.
    files, analyst_files : mapping of str to str
        SHA-256 of each file of the release; files for analysts apart, which the service never opens.
    """

    name: str
    kind: Literal["trained", "rules_only"]
    simulated: bool | None
    catalogue_version: int
    features: list[dict[str, Any]]
    rules_version: str
    data_from: str | None = None
    data_until: str | None = None
    seed: int | None = None
    lock_sha256: str | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    gates: Mapping[str, Any] = field(default_factory=dict)
    edits: list[dict[str, Any]] = field(default_factory=list)
    files: Mapping[str, str] = field(default_factory=dict)
    analyst_files: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The canonical bytes, which are what is signed."""
        return canonical_json({"schema": SCHEMA, **self.__dict__})

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read a verified manifest.

        Raises
        ------
        ReleaseError
            When it is of a later form, or not a manifest.
        """
        try:
            document = json.loads(content)
            schema = document.pop("schema")
        except (ValueError, KeyError, AttributeError) as error:
            raise ReleaseError("manifest.json is not a release manifest.") from error
        if schema != SCHEMA:
            raise ReleaseError(
                f"The release is of the form {schema!r}; this version reads {SCHEMA!r}.",
                what_to_do="Use the version of the program the release was made for, or a later one.",
            )
        try:
            return cls(**document)
        except TypeError as error:
            raise ReleaseError(f"manifest.json does not have the fields of {SCHEMA}.") from error

    def check_catalogue(self) -> None:
        """Refuse a release whose features this program does not compute as the release expects.

        Raises
        ------
        ReleaseError
            When the release needs a newer catalogue, or a feature is unknown or declared otherwise.
        """
        if self.catalogue_version > CATALOGUE_VERSION:
            raise ReleaseError(
                f"Release {self.name} needs feature catalogue {self.catalogue_version}; "
                f"this program has {CATALOGUE_VERSION}.",
                what_to_do="Update the program, or promote an older release.",
            )
        for stated in self.features:
            feature = _FEATURES.get(stated["name"])
            if feature is None:
                raise ReleaseError(
                    f"Release {self.name} uses the feature {stated['name']!r}, which the catalogue does not have."
                )
            here = {
                "name": feature.name,
                "kind": feature.kind,
                "direction": feature.direction,
                "levels": len(feature.levels),
            }
            if here != stated:
                raise ReleaseError(
                    f"Release {self.name} was made for another definition of the feature {feature.name!r} "
                    "than the catalogue has now.",
                    what_to_do="Train a new release.",
                )
