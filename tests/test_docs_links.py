"""Each link of each page leads to a file that there is, and to a heading of it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import handbook
from tests.conftest import ROOT
from tests.handbook import PAGES


def dead(page: Path) -> list[str]:
    """What is wrong with the links of a page."""
    found = []
    for text, target in handbook.links(page):
        parts = urlsplit(target)
        if parts.scheme:
            if parts.scheme not in ("https", "http", "mailto") or not (parts.netloc or parts.path):
                found.append(f"{target}: no address")
            continue
        path = (page.parent / parts.path).resolve() if parts.path else page
        if not text.strip():
            found.append(f"{target}: nothing to read, neither words nor the words for a picture")
        if not path.is_relative_to(page.resolve().parent) and not path.is_relative_to(ROOT):
            found.append(f"{target}: leaves the repository")
        elif not path.exists():
            found.append(f"{target}: no such file")
        elif parts.fragment and (path.suffix != ".md" or parts.fragment not in handbook.anchors(path)):
            found.append(f"{target}: {path.name} has no such heading")
    return found


@pytest.mark.parametrize("page", PAGES, ids=handbook.name)
def test_links_lead_somewhere(page: Path) -> None:
    assert dead(page) == []


def test_dead_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# What is the [name](x) `of` it?\n\n## Twice\n\n## Twice\n")
    page = tmp_path / "page.md"
    page.write_text(
        "# Here\n[a](other.md#what-is-the-name-of-it) [b](other.md#twice-1) [c](#here) [d](https://example.com/)\n"
        "[e](gone.md) [f](other.md#gone) [g](#gone) ![](other.md) [h](/etc/passwd) [![i](gone.png)](other.md)\n"
        "```\n[j](gone.md)\n```\n`[k](gone.md)`\n"
    )
    assert [found.partition(":")[0] for found in dead(page)] == [
        "gone.md", "other.md#gone", "#gone", "other.md", "/etc/passwd", "gone.png",
    ]  # fmt: skip
