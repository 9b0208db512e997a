"""The pages as tests read them: which there are, their fenced blocks, headings and links. Never judges them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.conftest import ROOT

PAGES = sorted(
    [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "image").rglob("*.md"), ROOT / "systemd/README.md"]
)

_FENCE = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```[ ]*$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """What stands between two fences, and where."""

    page: str
    line: int
    """Of its first fence, from 1."""
    language: str
    marks: tuple[str, ...]
    """The words after the language."""
    text: str

    @property
    def place(self) -> str:
        """Page and line, as a test names them."""
        return f"{self.page}:{self.line}"


def name(page: Path) -> str:
    """Its path from the root."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> Iterator[Block]:
    """Each fenced block of a page."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        language, *marks = found[2].split() or [""]
        yield Block(name(page), text.count("\n", 0, found.start()) + 1, language, tuple(marks), found[3])


def all_blocks(*languages: str) -> list[Block]:
    """Those of all pages in one of these languages."""
    return [block for page in PAGES for block in blocks(page) if block.language in languages]


def prose(page: Path) -> str:
    """A page without its fenced blocks: in these a bracket is no link."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """What a link may name after the #, as GitHub makes it of the headings."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?) *#*$", prose(page), re.MULTILINE):
        shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", shown).replace(" ", "-")
        number = sum(other == slug or re.fullmatch(re.escape(slug) + r"-\d+", other) is not None for other in found)
        found.add(f"{slug}-{number}" if number else slug)
    return found


def links(page: Path) -> list[tuple[str, str]]:
    """Text and target of each link and picture, also of links around pictures."""
    text = re.sub(r"`[^`\n]*`", lambda code: code[0].replace("](", "]\0("), prose(page))
    return re.findall(r"\[((?:!\[[^\]]*\]\([^)]*\)|[^\]\[])*)\]\(([^)\s]+)\)", text) + [
        (alt, target) for alt, target in re.findall(r"\[!\[([^\]]*)\]\(([^)\s]+)\)", text)
    ]


def commands(text: str) -> list[str]:
    """The commands of a block of shell, one each, with their comments."""
    return [line for line in re.sub(r"\\\n", "", text).splitlines() if line.strip() and not line.startswith("#")]
