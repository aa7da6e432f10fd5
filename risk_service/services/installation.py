"""First installation: signing keys and a rules-only release in force, so that the product is useful on day one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.registry import (
    TrustedKeys,
    generate_keys,
    list_releases,
    load_private_key,
    load_trusted_keys,
    promote,
    read_promotions,
)
from models.releases.rules_only import publish_rules_only

SIGNING_KEY = "release-signing.key"
TRUSTED = "trusted"


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Where releases are and who may sign them.

    Parameters
    ----------
    registry
        Folder of the releases.
    keys
        Folder of ``release-signing.key`` and ``trusted/*.pub``, outside the registry.
    """

    registry: Path
    keys: Path

    @property
    def trusted_dir(self) -> Path:
        """Folder of the public keys that may have signed a release."""
        return self.keys / TRUSTED

    def trusted(self) -> TrustedKeys:
        """The public keys a release may be signed with; ReleaseError when there are none."""
        return load_trusted_keys(self.trusted_dir)

    def signing_key(self) -> Ed25519PrivateKey:
        """The key this installation signs with; ReleaseError when it has none (a serving host needs none)."""
        return load_private_key(self.keys / SIGNING_KEY)


def install(installation: Installation, *, now_us: int, rules_version: str) -> bool:
    """Make keys and promote the rules-only release where nothing is there yet.

    Parameters
    ----------
    now_us
        UTC microseconds; stamped on the promotion.
    rules_version
        Version of the rule tables in use.

    Returns
    -------
    bool
        Whether anything was made. A registry with releases in it is left as it is, and no keys are made for it, which
        could not have signed them; so is one without a signing key but with trusted keys.
    """
    made = False
    signed = (installation.keys / SIGNING_KEY).exists() or any(installation.trusted_dir.glob("*.pub"))
    if not signed and not list_releases(installation.registry):
        generate_keys(installation.keys / SIGNING_KEY, installation.trusted_dir)
        made = True
    trusted = installation.trusted()
    if list_releases(installation.registry) and read_promotions(installation.registry, trusted):
        return made
    if not (installation.keys / SIGNING_KEY).exists():
        return made
    key = installation.signing_key()
    name = publish_rules_only(installation.registry, key, rules_version=rules_version)
    if not read_promotions(installation.registry, trusted):
        promote(installation.registry, name, key, trusted, at_us=now_us, by="installation", reason="first installation")
    return True
