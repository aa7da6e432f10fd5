"""Write the list of components of an installation (SBOM) as CycloneDX 1.6, from its lock file.

Names, versions and hashes are those of the lock; licences are those that the installed packages state. The same lock
and the same environment give the same bytes: no time, no random number. Whether a component has a known vulnerability
is not in it: that needs data from outside, which an installation may not be able to ask for.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import uuid
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import risk_service

ROOT: Final = Path(__file__).resolve().parents[1]
REQUIREMENT: Final = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+?))?\s*\\?$"
)
HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
CLASSIFIER: Final = "License :: OSI Approved :: "


@dataclass(frozen=True, kw_only=True)
class Locked:
    """A package of a lock file.

    Parameters
    ----------
    marker
        The environments it is for; None: all.
    hashes
        SHA-256 of every file it may be installed from.
    """

    name: str
    version: str
    marker: str | None
    hashes: tuple[str, ...]


def locked(lock: Path) -> list[Locked]:
    """Packages of a lock file, by name.

    Raises
    ------
    ValueError
        A package has no hash.
    """
    found: list[Locked] = []
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock.read_text("utf-8")):
        first, *_ = block.splitlines() or [""]
        named = REQUIREMENT.match(first)
        if named is None:
            continue
        hashes = tuple(HASH.findall(block))
        if not hashes:
            raise ValueError(f"{lock.name}: {named['name']} has no hash.")
        found.append(Locked(name=named["name"], version=named["version"], marker=named["marker"], hashes=hashes))
    return sorted(found, key=lambda package: package.name)


def licence(name: str) -> str | None:
    """What an installed package states as its licence; None if it is not installed here or states nothing."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    classified = [
        one.removeprefix(CLASSIFIER) for one in told.get_all("Classifier") or () if one.startswith(CLASSIFIER)
    ]
    line = (told.get("License") or "").strip()
    short = line if line and "\n" not in line and len(line) < 100 else None
    return told.get("License-Expression") or short or (" AND ".join(classified) or None)


def document(lock: Path) -> dict[str, Any]:
    """The list of components of a lock file, as CycloneDX JSON."""
    packages = locked(lock)
    own = f"pkg:pypi/risk-service@{risk_service.__version__}"
    components = [_component(package) for package in packages]
    body = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "risk-service",
                "version": risk_service.__version__,
                "purl": own,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
            "properties": [
                {"name": "risk-service:lock", "value": lock.name},
                {"name": "risk-service:vulnerabilities", "value": "not checked: that needs data from outside"},
            ],
        },
        "components": components,
        "dependencies": [{"ref": own, "dependsOn": [component["bom-ref"] for component in components]}],
    }
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(body, sort_keys=True))
    return {"serialNumber": f"urn:uuid:{number}", **body}


def _component(package: Locked) -> dict[str, Any]:
    purl = f"pkg:pypi/{package.name.lower()}@{package.version}"
    stated = licence(package.name)
    properties = [{"name": "risk-service:sha256", "value": one} for one in package.hashes]
    if package.marker:
        properties.append({"name": "risk-service:only", "value": package.marker})
    return {
        "type": "library",
        "bom-ref": purl,
        "name": package.name,
        "version": package.version,
        "purl": purl,
        **({"licenses": [{"license": {"name": stated}}]} if stated else {}),
        "properties": properties,
    }


def main() -> None:
    """Write the lists of both lock files."""
    parser = argparse.ArgumentParser(prog="python -m tools.sbom", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder to write to (default: dist)")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for name in ("requirements", "requirements-serve"):
        made = document(ROOT / f"{name}.lock")
        target = out / f"{name.replace('requirements', 'sbom')}.cdx.json"
        target.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
        without = [one["name"] for one in made["components"] if "licenses" not in one]
        said = f"{target}: {len(made['components'])} components, {len(without)} without a stated licence"
        sys.stdout.write(said + (f" ({', '.join(without)})" if without else "") + "\n")


if __name__ == "__main__":
    main()
