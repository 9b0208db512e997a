"""The drawings of panels: those in docs/ are those that are drawn, and no wire can be taken for another."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware import wiring, wiring_picture
from hardware.wiring import Part, grounds
from tests.conftest import ROOT
from tests.wirings import FOLDER, PANELS, drawn

SVG = "{http://www.w3.org/2000/svg}"
Segment = tuple[float, float, float, float]


@pytest.mark.parametrize("name", PANELS)
def test_the_drawings_in_docs_are_those_that_are_drawn(name: str) -> None:
    """Else: make docs."""
    assert (FOLDER / f"{name}.svg").read_text(encoding="utf-8") == drawn(name)


def test_the_page_shows_every_drawing_and_there_is_no_other() -> None:
    page = (ROOT / "docs/wiring.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\(wiring/(.+)\.svg\)", page)) == sorted(PANELS)
    assert sorted(file.stem for file in FOLDER.iterdir()) == sorted(PANELS)


def test_a_title_says_what_there_is() -> None:
    assert wiring_picture.title(wiring.parts([5, 6], [12, 16], 26)) == "2 buttons, 2 lights, a buzzer"
    assert wiring_picture.title(wiring.parts([5])) == "a button"
    assert wiring_picture.title([]) == "nothing"


def wires(root: ET.Element) -> list[tuple[str, list[Segment]]]:
    """Each wire from a pin, by its colour, as its stretches; rails and what is in cards left out."""
    found = []
    for path in root.findall(f"{SVG}path"):
        moved = re.fullmatch(r"M([-\d.]+) ([-\d.]+) H([-\d.]+) V([-\d.]+) H([-\d.]+)", path.get("d", ""))
        if moved:
            x, y, lane, to, end = map(float, moved.groups())
            found.append((path.get("stroke", ""), [(x, y, lane, y), (lane, y, lane, to), (lane, to, end, to)]))
    return found


def cross(one: Segment, other: Segment) -> bool:
    """Whether two level or upright stretches touch."""

    def apart(a: float, b: float, c: float, d: float) -> bool:
        return max(a, b) < min(c, d) or max(c, d) < min(a, b)

    return not apart(one[0], one[2], other[0], other[2]) and not apart(one[1], one[3], other[1], other[3])


def boxes(root: ET.Element) -> list[Segment]:
    cards = [r for r in root.findall(f"{SVG}rect") if r.get("rx") == "10"]
    return [
        (x, y, x + float(card.get("width", "")), y + float(card.get("height", "")))
        for card in cards
        for x, y in [(float(card.get("x", "")), float(card.get("y", "")))]
    ]


def look(parts: list[Part]) -> None:
    """Whatever is wired where: all is drawn, once, apart, and on the sheet."""
    root = ET.fromstring(wiring_picture.svg(parts, "A panel"))
    width, height = (float(root.get(name, "")) for name in ("width", "height"))
    found, cards = wires(root), boxes(root)
    assert len(cards) == len(parts)
    assert len(found) == len(parts) + len(grounds(parts))
    for (_, one), (_, other) in itertools.combinations(found, 2):
        assert not any(cross(a, b) for a in one for b in other), "two wires touch"
    for (_, wire), card in itertools.product(found, cards):
        inside = (card[0] + 1, card[1] + 1, card[2] - 1, card[3] - 1)
        assert not any(cross(stretch, inside) for stretch in wire), "a wire runs through a card"
    for one_card, other_card in itertools.combinations(cards, 2):
        assert not cross(one_card, other_card), "two cards touch"
    for x, y, right, low in [*cards, *(stretch for _, wire in found for stretch in wire)]:
        assert min(x, right) >= 0 and max(x, right) <= width
        assert min(y, low) >= 80 and max(y, low) <= height - 24
    numbers = [text.text for text in root.findall(f"{SVG}text") if (text.text or "").isdecimal()]
    for pin in [part.pin for part in parts] + list(grounds(parts).values()):
        assert numbers.count(str(pin)) == 2, "on the header and on its wire"


@pytest.mark.parametrize("name", PANELS)
def test_no_wire_of_a_common_panel_can_be_taken_for_another(name: str) -> None:
    look(PANELS[name])


@given(st.data())
def test_nor_of_any_other_panel(data: st.DataObject) -> None:
    pins = data.draw(st.permutations(range(28)))
    buttons = data.draw(st.sampled_from([0, 2, 3, 4, 5]))
    lit, buzzer = data.draw(st.booleans()), data.draw(st.booleans())
    look(
        wiring.parts(
            pins[:buttons],
            pins[5 : 5 + buttons] if lit else [],
            pins[11] if buzzer or not buttons else None,
            buzzer_passive=data.draw(st.booleans()),
        )
    )


def test_wires_of_one_side_that_lie_beside_each_other_differ_in_colour_too() -> None:
    for parts in PANELS.values():
        found = wires(ET.fromstring(wiring_picture.svg(parts, "x")))
        left = [colour for colour, stretches in found if stretches[0][2] < stretches[0][0]]
        right = [colour for colour, stretches in found if stretches[0][2] > stretches[0][0]]
        assert len(set(left)) == len(left)
        assert len(set(right)) == len(right)


def test_nothing_in_a_title_can_break_the_drawing() -> None:
    root = ET.fromstring(wiring_picture.svg([], 'a <b> & "c"'))
    assert root.findtext(f"{SVG}title") == 'a <b> & "c"'
