"""The package's copyright file, in Debian's machine-readable format, from the licences that its parts bring along.

Reads only the folder that is packed. What a wheel holds without saying so is in image/debian/bundled.copyright.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from pathlib import Path

from image.build.errors import BuildError

FORMAT = "https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
HOME = "usr/lib/moodpost"

_COMMON = {"Apache-2.0": "Apache-2.0", "MPL-2.0": "MPL-2.0", "LGPL-2.1": "LGPL-2.1", "LGPL-2.1+": "LGPL-2.1"}
"""Licences whose text each Debian system has in /usr/share/common-licenses."""

_NAMES = {
    "Apache License, Version 2.0": "Apache-2.0",
    "LGPL v2.1": "LGPL-2.1+",
    "MIT": "Expat",
    "MIT OR Apache-2.0": "Expat",
    "unlicense.org": "Unlicense",
    "BSD": "BSD-3-Clause",
}
"""What releases call their licences, where Debian calls them something else."""

_UNSAID = {"click-default-group": "public-domain-like", "segno": "BSD-3-Clause"}
"""Of releases whose metadata does not name it: what their licence file is."""

_HOLDERS = {
    "apscheduler": "Alex Grönholm",
    "budoux": "2021 Google LLC",
    "certifi": "Kenneth Reitz and contributors",
    "colorzero": "2018-2021 Dave Jones",
    "gpiozero": "2015-2024 Dave Jones, Ben Nuttall and contributors",
    "lgpio": "2020-2023 joan@abyz.me.uk",
    "pygame-ce": "2000-2004 Pete Shinners and the pygame and pygame-ce contributors",
    "sniffio": "2018 Nathaniel J. Smith and contributors",
    "sqlite-fts4": "Simon Willison",
    "sqlite-utils": "Simon Willison and contributors",
    "typing-extensions": "2001-2023 Python Software Foundation",
}
"""Of releases whose licence file does not name a holder of its own."""


def copyright_file(root: Path, *, ofl: str, bundled: str) -> str:
    """The text for what lies below `root`; `ofl` is the fonts' licence file, `bundled` stanzas for what they bundle."""
    home = root / HOME
    stanzas = [
        f"Format: {FORMAT}\nUpstream-Name: Moodpost",
        _stanza(["*"], "2025-2026 The Moodpost contributors", "Apache-2.0", ""),
        _stanza([f"{HOME}/kiosk/fonts/*"], *_fonts(ofl)),
    ]
    stanzas += [
        _release(home, folder) for folder in sorted(home.glob("*.dist-info"), key=lambda path: path.name.lower())
    ]
    _cover(home, bundled)
    return "\n\n".join([*stanzas, bundled.strip()]) + "\n"


def _fonts(ofl: str) -> tuple[str, str, str]:
    head, text = re.split(r"^-{20,}\n", ofl, maxsplit=1, flags=re.MULTILINE)
    holders = "\n".join(
        re.sub(r"^Copyright ", "", " ".join(each.split())) for each in head.split("\n\n") if "Copyright " in each
    )
    return holders, "OFL-1.1", text


def _release(home: Path, folder: Path) -> str:
    metadata = email.message_from_string((folder / "METADATA").read_text(encoding="utf-8"))
    name = str(metadata["Name"]).lower().replace("_", "-")
    told = str(metadata["License-Expression"] or metadata["License"] or "").strip().split("\n")[0]
    text = "\n\n".join(path.read_text(encoding="utf-8") for path in _texts(folder))
    short = _NAMES.get(told, told) or _guessed(text) or _UNSAID.get(name, "")
    if not short or (not text and short not in _COMMON):
        raise BuildError(f"{name}: neither its metadata nor a file tells its licence. Name it in licences.py")
    holders = _HOLDERS.get(name) or _holders(text)
    if not holders:
        raise BuildError(f"{name}: its licence file names no holder. Name one in licences.py")
    return _stanza([f"{HOME}/{each}" for each in _parts(home, folder)], holders, short, text)


def _guessed(text: str) -> str:
    if "Permission is hereby granted, free of charge" in text:
        return "Expat"
    return "BSD-3-Clause" if "Redistribution and use in source and binary forms" in text else ""


def _texts(folder: Path) -> list[Path]:
    found = [*folder.glob("LICEN[CS]E*"), *folder.glob("licenses/**/*")]
    return sorted(path for path in found if path.is_file() and not path.name.startswith("AUTHORS"))


def _holders(text: str) -> str:
    lines = re.findall(r"^\s*Copyright\b(.*)$", text, re.MULTILINE)
    cleaned = (re.sub(r"\(c\)|©|\[([^]]*)\]\([^)]*\)", r"\1", line, flags=re.I).strip(" .,:*-") for line in lines)
    kept = [" ".join(line.split()) for line in cleaned if re.match(r"[\d,]|[A-Z]", line)]
    return "\n".join(dict.fromkeys(line for line in kept if "License" not in line))


def _parts(home: Path, folder: Path) -> Iterator[str]:
    """What a release brought to the top of `home`: what its RECORD told before it was trimmed, by its name."""
    yield f"{folder.name}/*"
    written = folder / "top_level.txt"
    names = written.read_text(encoding="utf-8").split() if written.exists() else [folder.name.split("-")[0]]
    for name in (*names, *_OTHER_NAMES.get(folder.name.split("-")[0], ())):
        for path in sorted(home.glob(f"{name}*")):
            if path.is_dir() and path.name == name:
                yield f"{path.name}/*"
            elif path.is_file() and path.name.split(".")[0] == name:
                yield path.name


_OTHER_NAMES = {"python_dateutil": ("dateutil",), "pygame_ce": ("pygame",), "lgpio": ("_lgpio",)}


def _cover(home: Path, bundled: str) -> None:
    """Each library that a wheel brings along must stand in the hand-written stanzas."""
    patterns = re.findall(rf"{HOME}/pygame_ce\.libs/(\S+?)\*", bundled)
    for path in sorted(home.glob("pygame_ce.libs/*")):
        if not any(path.name.startswith(pattern) for pattern in patterns):
            raise BuildError(f"{path.name} came with a wheel: add its licence to image/debian/bundled.copyright")


def _stanza(files: list[str], holders: str, short: str, text: str) -> str:
    lines = ["Files: " + "\n ".join(files), "Copyright: " + "\n ".join(holders.splitlines()), f"License: {short}"]
    if short in _COMMON:
        lines.append(f" On Debian systems the full text is in /usr/share/common-licenses/{_COMMON[short]}.")
    else:
        lines += [f" {line.rstrip()}" if line.strip() else " ." for line in text.strip().splitlines()]
    return "\n".join(lines)
