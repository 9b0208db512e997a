"""The pages: what stands in a block is true, and links lead somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kiosk import settings, survey
from sync import protocol
from tests.conftest import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_settings_of_the_installers_page_are_right() -> None:
    (block,) = blocks("installer.md", "toml")
    read = settings.parse(block)
    assert settings.without_effect(read) == []
    assert read.visit == settings.Times(), "the page shows the defaults"


def test_the_survey_of_the_authors_page_is_right() -> None:
    (block,) = blocks("survey.md", "toml")
    assert survey.parse(block).name == "canteen/1"


def test_the_batch_of_the_endpoints_page_is_what_a_kiosk_sends() -> None:
    batch, answer = blocks("endpoint.md", "json")
    assert json.loads(batch) == protocol.example()
    rows = protocol.decode(protocol.compress(batch.encode())).rows
    assert [row.value for row in rows] == ["3/4", "waiting"]
    ack = protocol.acknowledged(
        200,
        answer.encode(),
        kiosk="helsinki-south-exit",
        epoch=json.loads(batch)["epoch"],
        nonce=json.loads(batch)["nonce"],
        first=7,
        last=8,
    )
    assert ack is not None
    assert ack.ack == 8


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
    for link in links:
        if "://" not in link:
            assert (page.parent / link).exists(), f"{page.name}: {link}"
