"""The pages: what stands in a block is true, and nothing that there is goes without a place on one."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

import click
import msgspec
import pygame
import pytest

from kiosk import cli, settings, survey
from kiosk.misuse import Limits
from kiosk.screens import preview
from kiosk.screens.samples import MODES, samples
from kiosk.screens.stage import Painter
from kiosk.screens.words import LOCALE
from kiosk.settings import Endpoint, Kiosk, Network, Panel, Screen, Store, Times
from kiosk.survey import Attract, FollowUp, Question, Schedule, Survey
from sync import books, protocol
from sync.books import Book
from sync.protocol import BootTimes
from tests import commands_page, handbook
from tests.benchmarks.trace import day
from tests.conftest import ROOT
from tests.mutants import good

PAGES = [page for page in handbook.PAGES if page != commands_page.TARGET]
"""Those that people write."""
ALL_PAGES = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_settings_of_the_installers_page_are_right() -> None:
    (block,) = blocks("installer.md", "toml")
    read = settings.parse(block)
    assert (read.visit, read.misuse) == (settings.Times(), Limits()), "the page shows the defaults"


@pytest.mark.parametrize(
    "table", [Kiosk, Endpoint, Panel, Screen, Times, Store, Limits, Network], ids=lambda table: table.__name__
)
def test_the_installers_page_names_every_setting(table: type[msgspec.Struct]) -> None:
    (block,) = blocks("installer.md", "toml")
    for key in table.__struct_fields__:
        assert re.search(rf"^(# )?{key} += ", block, re.MULTILINE), f"{key} is missing"


def surveys_of_the_authors_page() -> Iterator[Survey]:
    """Each whole one, and the first one with each further block behind it."""
    first, *others = blocks("survey.md", "toml")
    for block in ("", *others):
        yield survey.parse(block if block.startswith("id = ") else f"{first}\n{block}")


def test_every_block_of_the_authors_page_can_be_asked_and_fits_every_screen() -> None:
    asked = list(surveys_of_the_authors_page())
    assert {each.name for each in asked} == {"canteen/1", "friend/1"}
    for each in asked:
        assert list(preview.characters(each)) == []
        for size in preview.SMALLEST:
            painter, surface = Painter(each, size), pygame.Surface(size)
            for language in each.languages:
                for sample in (sample for modes in MODES.values() for sample in samples(each, language, modes)):
                    painter.draw(surface, sample.view)
                    assert not painter.cut, f"{each.name}, {language}, {sample.screen}, {size}"


def test_the_authors_page_uses_every_key_that_a_survey_has() -> None:
    page = "\n".join(blocks("survey.md", "toml"))
    for table in (Survey, Question, FollowUp, Attract, Schedule):
        for key in table.__struct_fields__:
            assert re.search(rf"^(\[+{key}\]|{key} = )", page, re.MULTILINE), f"{table.__name__}.{key} is missing"


def test_the_authors_page_names_the_languages_of_the_kiosks_own_words() -> None:
    page = (ROOT / "docs/survey.md").read_text(encoding="utf-8")
    (named,) = re.findall(r"are there in ((?:[a-z]{2} ?)+)\.", page)
    assert named.split() == sorted(path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/moodpost.mo"))


def commands(
    group: click.Group, names: tuple[str, ...] = ("moodpost",)
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Each command by its words, groups left out."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*names, name))
        else:
            yield (*names, name), command


def written() -> Iterator[list[str]]:
    """Each command of ours that stands in code on some page, by its words, and what follows on its line."""
    code = re.findall(r"`(?:\.venv/bin/)?(moodpost [^`]+)`", ALL_PAGES)
    code += re.findall(r"^(?:\.venv/bin/)?(moodpost [^#\n]+)", ALL_PAGES, re.MULTILINE)
    for line in code:
        yield shlex.split(line.replace("moodpost -v", "moodpost"))


def test_every_command_stands_on_some_page() -> None:
    lines = [" ".join(line) for line in written()]
    for names, _ in commands(cli.main):
        assert any(line.startswith(" ".join(names)) for line in lines), f"{' '.join(names)} is on no page"


def test_every_command_on_a_page_is_one_and_takes_these_options() -> None:
    known = dict(commands(cli.main))
    for line in written():
        names = next((names for names in known if tuple(line[: len(names)]) == names), None)
        if names is None:
            assert len(line) == 2, f"{' '.join(line)}: no such command"
            assert line[1] in cli.main.commands or line[1] == "--version", line
            continue
        options = {option for param in known[names].params for option in param.opts}
        for word in line[len(names) :]:
            assert not word.startswith("--") or word in options, f"{' '.join(line)}: {word} is no option"


def test_every_room_stands_on_the_developers_page() -> None:
    page = (ROOT / "docs/developer.md").read_text(encoding="utf-8")
    rooms = {
        str(path.relative_to(ROOT))
        for wing in ("kiosk", "hardware", "sync")
        for path in ROOT.glob(f"{wing}/**/*.py")
        if path.parts[-2] not in ("collector", "conformance", "fonts", "locale")  # the other end, and what builds files
    }
    unnamed = {room for room in rooms if room.endswith(("__init__.py", "__main__.py", "/errors.py"))}
    assert {room for room in rooms - unnamed if f"(../{room})" not in page} == set()


def test_every_make_target_on_a_page_is_one() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    told = set(re.findall(r"(?:`|^)make ([a-z-]+)", ALL_PAGES, re.MULTILINE))
    assert {"run", "test"} <= told <= targets


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


@pytest.fixture(scope="module")
def decoder() -> dict[str, Any]:
    """The programs of the endpoint's page, run."""
    names: dict[str, Any] = {}
    for program in blocks("endpoint.md", "python"):
        exec(program, names)
    return names


def as_ours(body: bytes, book: bytes | None = None) -> list[dict[str, Any]]:
    rows = protocol.decode(body, epoch="0" * 16, nonce="n" * 16, book=book).rows
    told = [msgspec.structs.asdict(row) for row in rows]
    return [{"time": row.pop("boottime"), **row} for row in told]


def test_the_decoder_of_the_endpoints_page_reads_what_ours_reads(decoder: dict[str, Any]) -> None:
    many = protocol.encode(day(700), start=1, boots={1: BootTimes("b", [])}, boot="b", boottime=1).body
    for body in (*good(), many):
        assert list(decoder["rows"](decoder["unpacked"](body, {}, None))) == as_ours(body)


def test_the_decoder_of_the_endpoints_page_reads_what_is_packed_against_a_book(decoder: dict[str, Any]) -> None:
    book: Book | None = None
    for at in range(0, 700, 50):
        body, offer = protocol.encode(
            day(700)[at : at + 50], start=1, boots={1: BootTimes("b", [])}, boot="b", boottime=1, book=book
        )
        sent, kept = books.headers(book, offer), book and book.text
        text = decoder["unpacked"](body, sent, kept)
        assert list(decoder["rows"](text)) == as_ours(body, kept)
        if book:
            assert decoder["unpacked"](body, sent, None) is None
            assert decoder["unpacked"](body, sent, kept + b"x") is None
        if offer:
            assert text[: int(sent["Moodpost-Keep"])] == offer.text
            assert decoder["name"](offer.text) == offer.name
            book = offer
    assert book
