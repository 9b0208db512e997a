"""What is in an image, as a list (CycloneDX 1.5). Knows package databases; never how anything is built."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path


@dataclass(frozen=True, order=True)
class Part:
    """A package: `kind` is deb or pypi."""

    kind: str
    name: str
    version: str
    source: str = ""
    """The name of the source package, by which security notices go."""


def debian(status: str) -> Iterator[Part]:
    """The installed packages in a dpkg status file, in the order of their names."""
    found = []
    for paragraph in status.split("\n\n"):
        fields = HeaderParser().parsestr(paragraph)
        if (fields.get("Status") or "").endswith(" installed"):
            found.append(Part("deb", fields["Package"], fields["Version"], fields.get("Source", "").partition(" ")[0]))
    yield from sorted(found)


def wheels(folder: Path) -> Iterator[Part]:
    """The Python distributions in a folder of modules, in the order of their names."""
    found = []
    for path in folder.glob("*.dist-info/METADATA"):
        fields = HeaderParser().parsestr(path.read_text(encoding="utf-8"))
        found.append(Part("pypi", fields["Name"], fields["Version"]))
    yield from sorted(found)


def document(name: str, parts: Iterable[Part]) -> str:
    """The list as JSON, the same for the same parts."""
    components = [
        {
            "type": "library",
            "bom-ref": _address(part),
            "name": part.name,
            "version": part.version,
            "purl": _address(part),
            **({"properties": [{"name": "debian:source", "value": part.source}]} if part.source else {}),
        }
        for part in parts
    ]
    whole = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "firmware", "name": name}},
        "components": components,
    }
    return json.dumps(whole, indent=1) + "\n"


def _address(part: Part) -> str:
    if part.kind == "deb":
        return f"pkg:deb/debian/{part.name}@{part.version.replace(':', '%3A').replace('+', '%2B')}?distro=trixie"
    return f"pkg:pypi/{part.name.lower().replace('_', '-')}@{part.version}"
