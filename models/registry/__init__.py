"""Signed, data-only releases: publish, verify and read, promote and roll back."""

from __future__ import annotations

from models.registry.cards import read_card
from models.registry.keys import TrustedKeys, generate_keys, key_id, load_private_key, load_trusted_keys
from models.registry.manifest import RULES_ONLY, TRAINED, Manifest
from models.registry.promotions import Promotion, promote, promoted, read_promotions, rollback
from models.registry.releases import (
    Release,
    check_compatible,
    list_releases,
    load_release,
    make_release,
    publish_release,
    read_analyst_file,
)

__all__ = [
    "RULES_ONLY",
    "TRAINED",
    "Manifest",
    "Promotion",
    "Release",
    "TrustedKeys",
    "check_compatible",
    "generate_keys",
    "key_id",
    "list_releases",
    "load_private_key",
    "load_release",
    "load_trusted_keys",
    "make_release",
    "promote",
    "promoted",
    "publish_release",
    "read_analyst_file",
    "read_card",
    "read_promotions",
    "rollback",
]
