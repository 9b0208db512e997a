"""Levels and visual order are what Unicode says they are, case by case."""

from __future__ import annotations

from pathlib import Path
from unicodedata import bidirectional, mirrored, unidata_version

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.screens.bidi import levels, needed, visual

CASES = Path("/usr/share/unicode/BidiCharacterTest.txt")
MIXTURES = CASES.with_name("BidiTest.txt")
MIXED = st.text(
    st.sampled_from("aZ 1.,:-+%€(){}[]אבגابج٣ \u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u0301")
)


def seen(text: str, rtl: bool) -> str:
    """The characters as they stand on the screen, from left to right; brackets are not mirrored."""
    level = levels(text, rtl)
    return "".join(text[place] for place in visual(range(len(text)), lambda place: level[place]))


def test_every_case_of_unicodes_own_conformance_test_passes() -> None:
    assert CASES.is_file(), f"{CASES} is missing: apt-get install unicode-data"
    tried = 0
    for line in CASES.read_text(encoding="utf-8").splitlines():
        fields = line.partition("#")[0].strip().split(";")
        if len(fields) < 5:
            continue
        tried += 1
        text = "".join(chr(int(code, 16)) for code in fields[0].split())
        found = levels(text, {"0": False, "1": True, "2": None}[fields[1]])
        wanted = [None if level == "x" else int(level) for level in fields[3].split()]
        assert [None if want is None else got for got, want in zip(found, wanted, strict=True)] == wanted, line
        drawn = [place for place, level in enumerate(wanted) if level is not None]
        assert visual(drawn, lambda place, found=found: found[place]) == [int(each) for each in fields[4].split()], line
    assert tried > 90_000, unidata_version


def test_every_tenth_of_unicodes_cases_for_all_mixtures_of_classes_passes() -> None:
    """Which character stands for a class is ours to choose; levels and order come in lines of their own before."""
    characters = {bidirectional(chr(code)): chr(code) for code in range(0x10000) if not mirrored(chr(code))}
    wanted: list[str] = []
    order: list[int] = []
    tried = 0
    for number, line in enumerate(MIXTURES.read_text(encoding="utf-8").splitlines()):
        said, _, rest = line.partition("#")[0].strip().partition(":" if line.startswith("@") else ";")
        if said == "@Levels":
            wanted = rest.split()
        elif said == "@Reorder":
            order = [int(place) for place in rest.split()]
        elif said and not said.startswith("@") and number % 10 == 0:
            text = "".join(characters[kind] for kind in said.split())
            for bit, rtl in ((1, None), (2, False), (4, True)):
                if int(rest, 16) & bit:
                    tried += 1
                    found = levels(text, rtl)
                    drawn = [place for place, level in enumerate(wanted) if level != "x"]
                    assert [str(found[place]) for place in drawn] == [wanted[place] for place in drawn], line
                    assert visual(drawn, lambda place, found=found: found[place]) == order, line
    assert tried > 50_000


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("مفتوح 12:30 (ACME 5) كل", "لك )ACME 5( 12:30 حوتفم"),
        ("هل زرت ACME (Helsinki)؟", "؟ACME (Helsinki) ترز له"),
        ("שלום ACME (קומה 2)!", "!)2 המוק( ACME םולש"),
        ("ACME 5", "ACME 5"),
        ("50%", "50%"),
        ("C++ הוא", "אוה ++C"),
    ],
)
def test_a_line_of_arabic_or_hebrew_stands_in_the_order_it_is_read_in(text: str, order: str) -> None:
    assert seen(text, rtl=True) == order


def test_a_name_in_hebrew_inside_english_runs_backwards_alone() -> None:
    assert seen("at שלום 5 (x)", rtl=False) == "at 5 םולש (x)"


def test_only_what_runs_sideways_needs_the_algorithm() -> None:
    assert not needed("Wie war’s? 本日 วันนี้ 5 €", rtl=False)
    assert needed("a", rtl=True)
    assert needed("ب", rtl=False)
    assert needed("\u202ea", rtl=False)


@given(MIXED, st.booleans())
def test_every_character_has_a_level_and_is_seen_once(text: str, rtl: bool) -> None:
    found = levels(text, rtl)
    assert len(found) == len(text)
    assert all(0 <= level <= 127 for level in found)
    assert sorted(seen(text, rtl)) == sorted(text)


@given(st.text(st.sampled_from("abc ABC.,!?()1€")))
def test_a_western_line_stays_as_it_is(text: str) -> None:
    assert set(levels(text, rtl=False)) <= {0}
