"""The pages: what stands in a block is true, and links lead somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiosk import settings, survey
from sync import protocol
from sync.protocol import BootTimes
from tests.benchmarks.trace import day
from tests.conftest import ROOT
from tests.mutants import good

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


def test_the_batch_and_the_answer_of_the_endpoints_page_are_what_travels() -> None:
    batch, answer = blocks("endpoint.md", "json")
    assert json.loads(batch) == protocol.example()
    names = re.findall(r"^Moodpost-(Epoch|Nonce): (\S+)", (ROOT / "docs/endpoint.md").read_text("utf-8"), re.MULTILINE)
    epoch, nonce = dict(names)["Epoch"], dict(names)["Nonce"]
    ack = protocol.acknowledged(
        200, answer.encode(), kiosk="helsinki-south-exit", epoch=epoch, nonce=nonce, first=7, last=11
    )
    assert ack is not None
    assert ack.ack == 11


def test_the_decoder_of_the_endpoints_page_reads_what_ours_reads() -> None:
    (program,) = blocks("endpoint.md", "python")
    names: dict[str, Any] = {}
    exec(program, names)
    many = protocol.encode(day(700), start=1, boots={1: BootTimes("b", [])}, boot="b", boottime=1)
    for body in (*good(), many):
        ours = [msgspec.structs.asdict(row) for row in protocol.decode(body, epoch="0" * 16, nonce="n" * 16).rows]
        assert list(names["rows"](body)) == [{"time": row.pop("boottime"), **row} for row in ours]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
    for link in links:
        if "://" not in link:
            assert (page.parent / link).exists(), f"{page.name}: {link}"
