"""Nothing that there is goes without a place on a page: options, readings, units, promises, pictures."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import get_args

import msgspec
import pytest

from kiosk.health import examine
from kiosk.health.verdict import WORST_FIRST
from kiosk.settings import Settings
from kiosk.technician.readings import NETWORK
from tests import commands_page, handbook, stranger, test_units
from tests.conftest import ROOT
from tests.handbook import PAGES

TECHNICIAN = ROOT / "docs/technician.md"


def test_every_command_and_option_is_told_as_the_command_tells_it() -> None:
    told = commands_page.TARGET.read_text(encoding="utf-8")
    assert told == commands_page.page(), "docs/commands.md is stale: make docs (or python -m tests.commands_page)"


def keys() -> Iterator[tuple[str, str]]:
    """Each table of moodpost.toml and each of its keys."""
    for table in msgspec.structs.fields(Settings):
        kinds = [kind for kind in (table.type, *get_args(table.type)) if isinstance(kind, type)]
        (struct,) = (kind for kind in kinds if issubclass(kind, msgspec.Struct))
        yield from ((table.name, key) for key in struct.__struct_fields__)


def test_every_key_of_the_settings_stands_on_the_installers_page() -> None:
    page = (ROOT / "docs/installer.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^(?:# )?(\w+) += ", page, re.MULTILINE))
    told |= {word for code in re.findall(r"`([^`\n]+)`", page) for word in re.findall(r"\w+", code)}
    assert [f"{table}.{key}" for table, key in keys() if key not in told] == []
    assert {table for table, _ in keys()} >= {"kiosk", "wifi", "misuse", "network", "technician"}


def named_in_code() -> set[str]:
    """The names of readings, as the code that makes them has them, samples of pictures left out."""
    found = {name for names in examine.readings().values() for name in names} | set(WORST_FIRST)
    for wing in ("hardware", "kiosk", "sync"):
        for path in (ROOT / wing).rglob("*.py"):
            if "screens" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                    name = node.args[0]
                    if node.func.id in ("good", "bad", "unknown", "told") and isinstance(name, ast.Constant):
                        found.add(str(name.value))
    return found


def rows(section: str) -> list[list[str]]:
    """The cells of the tables of a section of the technician's page, heads left out."""
    text = TECHNICIAN.read_text(encoding="utf-8")
    (body,) = re.findall(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    lines = re.findall(r"^\| .*\|$", body, re.MULTILINE)
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines][1:]


def test_every_reading_leads_from_a_symptom_to_its_page_and_a_fix() -> None:
    told: dict[str, str] = {}
    symptom = ""
    for symptom_or_none, page, reading, fix in rows("From what you see to what you do"):
        symptom = symptom_or_none or symptom
        (name,) = re.findall(r"`([\w.]+)`", reading)
        name = re.sub(r"^button\.\d+$", "button", name)
        assert symptom
        assert fix
        assert name not in told, f"{name} stands there twice"
        assert page == ("Network" if name in NETWORK else "System"), f"{name} is on another page of the screen"
        told[name] = fix
    names = named_in_code()
    assert names - set(told) == set(), "these have no row"
    assert set(told) - names == set(), "nothing tells these"
    assert len(names) > 45


def test_every_reading_of_the_board_and_the_network_says_when_it_is_bad() -> None:
    told = {
        cells[0].strip("`") for section in ("What the board tells of itself", "The network") for cells in rows(section)
    }
    families = {family: names for family, names in examine.readings().items() if family not in _NOT_THE_BOARDS}
    assert {name for names in families.values() for name in names} - told == set()


_NOT_THE_BOARDS = {"store", "sending", "processes"}
"""Each reading of these has all that there is to say in the table of symptoms."""


def test_every_unit_stands_on_the_appliances_page() -> None:
    page = (ROOT / "docs/appliance.md").read_text(encoding="utf-8")
    units = {path.name for path in (ROOT / "systemd").glob("moodpost*.*")}
    assert {unit for unit in units if f"`{unit}`" not in page} == set()


def test_every_target_of_make_stands_on_a_page() -> None:
    targets = re.findall(r"^([a-z-]+):.*?## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert len(targets) > 10
    assert [target for target in targets if not re.search(rf"(`|^|\s)make {target}\b", pages, re.MULTILINE)] == []


def test_every_page_is_named_by_the_readme() -> None:
    led = {target.partition("#")[0] for _, target in handbook.links(ROOT / "README.md")}
    assert {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} - led == set()


def promises() -> Iterator[tuple[str, str]]:
    """Each, and what shows it; a page of docs/ has its links from there."""
    for page in (ROOT / "README.md", ROOT / "docs/security.md"):
        text = page.read_text(encoding="utf-8").replace("](../", "](")
        for table in re.findall(r"^\| (?:promise|guarantee|claim) \| .*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE):
            for line in table.splitlines():
                promise, shown = line.strip("| ").split(" | ", 1)
                yield promise, shown


@pytest.mark.parametrize(("promise", "shown"), list(promises()), ids=lambda text: text[:40])
def test_every_promise_names_what_shows_it(promise: str, shown: str) -> None:
    """A file of tests, a folder of them or a command; that files are there and commands are right others test."""
    files = [ROOT / target for target in re.findall(r"\]\((tests/[^)]+)\)", shown)]
    inside = [each for path in files for each in ([path] if path.is_file() else path.rglob("test_*.py"))]
    tests = [each for each in inside if re.search(r"^def test_", each.read_text(encoding="utf-8"), re.MULTILINE)]
    assert tests or re.search(r"`(moodpost|make) ", shown), f"{promise}: shown by nothing"


def test_the_pages_promise_something() -> None:
    assert len(list(promises())) > 45


def test_the_security_page_has_every_folder_as_it_is_made() -> None:
    page = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(/[^`]+)` \| (\d{4}) ([\w-]+):([\w-]+) \|", page, re.MULTILINE)
    assert {path: (mode, user, group) for path, mode, user, group in told} == {
        path: (mode, user, group) for path, (_, mode, user, group) in test_units.made().items()
    }


def test_the_pages_have_the_sandboxes_figures_that_are_tested() -> None:
    (marks,) = [
        m
        for m in test_units.test_the_sandboxes_are_as_tight_as_they_were_promised.pytestmark
        if m.name == "parametrize"
    ]
    figures = " and ".join(f"{most / 10}" for _, most in marks.args[1])
    for page in (ROOT / "docs/security.md", ROOT / "systemd/README.md"):
        assert figures in page.read_text(encoding="utf-8"), page


def test_every_picture_in_docs_is_shown_on_a_page() -> None:
    shown = {(page.parent / target).resolve() for page in PAGES for _, target in handbook.links(page)}
    folder = ROOT / "docs/look"
    pictures = [p for p in (ROOT / "docs").rglob("*") if p.suffix in (".png", ".gif", ".svg", ".webp")]
    assert pictures
    assert [path for path in pictures if path not in shown and not (path.parent == folder and folder in shown)] == []


def test_what_tells_of_a_probe_is_found_wherever_it_is_made() -> None:
    assert {"panel.thread", "button", "lights", "secrets", "tls", "memory.own", "sync"} <= named_in_code()
    assert "battery.clock" not in named_in_code(), "that one stands in a sample only"


def test_a_stranger_does_what_the_readme_asks_for_first() -> None:
    """`make test` with ARGS: all of them would take him half an hour."""
    done = [line.partition("#")[0].strip() for block in stranger.blocks() for line in handbook.commands(block.text)]
    (first,) = (block for block in handbook.blocks(ROOT / "README.md") if block.language == "sh")
    asked = [line.partition("#")[0].strip() for line in handbook.commands(first.text)]
    assert asked == ["make run", "make test"]
    assert "make run" in done
    assert any(line.startswith("make test ARGS=") for line in done)
    assert "make lint" in done


def test_a_stranger_takes_of_this_machine_only_its_way_to_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_FIND_LINKS", "MOODPOST_DATA", "DISPLAY", "PYTHONPATH"):
        monkeypatch.setenv(name, "here")
    for name in ("PIP_INDEX_URL", "https_proxy"):
        monkeypatch.setenv(name, "there")
    taken = stranger.environment()
    assert "here" not in taken.values()
    assert taken["PIP_INDEX_URL"] == taken["https_proxy"] == "there"
