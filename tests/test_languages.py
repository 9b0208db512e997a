"""The choice of a language: each by its own name, the present one marked, and the three ways to see a screen."""

from __future__ import annotations

import operator

import msgspec
import pytest
from babel import Locale
from pygame import Surface

from kiosk.screens.endonyms import ENDONYMS, endonym
from kiosk.screens.stage import Painter
from kiosk.screens.view import Ask, Attract, Languages, Mode, Modes
from kiosk.survey import Survey
from tests.seen import EIGHTEEN, FEW, MODES, SIZES, SOME, Spoken, asking, check, listen, named, with_lines

pytestmark = pytest.mark.usefixtures("measured_once")


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[Spoken]:
    """Every text drawn from now on."""
    return listen(monkeypatch)


@pytest.mark.parametrize("code", ENDONYMS)
def test_a_language_has_the_name_that_cldr_gives_it(code: str) -> None:
    """But for the script, which is told where a language has two."""
    locale = Locale.parse(code, sep="-")
    name = locale.get_language_name(code.split("-")[0])
    assert name is not None
    if code.startswith("zh"):
        assert name in ("中文", "简体中文", "繁體中文")
    else:
        assert ENDONYMS[code].casefold() == name.casefold()


def test_a_variant_has_the_name_of_its_language_and_a_stranger_its_code() -> None:
    assert endonym("fi-FI") == "Suomi"
    assert endonym("zh-Hant-TW") == "繁體中文"
    assert endonym("tlh") == "tlh"
    assert {endonym(code) for code in EIGHTEEN} <= set(ENDONYMS.values())


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_two_or_three_languages_stand_on_the_attract_screen(
    size: tuple[int, int], bundled: Survey, spoken: list[Spoken]
) -> None:
    painter, surface = Painter(bundled, size), Surface(size)
    for offered in (FEW[:2], FEW):
        spoken.clear()
        actions = [target.action for target in painter.draw(surface, Attract("en", languages=offered))]
        said = {text.block.lines[0] for text in spoken}
        if size[0] > size[1]:
            assert actions[4:] == [*(f"language:{code}" for code in offered), "languages"]
            assert {endonym(code) for code in offered} <= said
        else:
            assert actions[4:] in ([*(f"language:{code}" for code in offered), "languages"], ["languages"])


def test_with_more_languages_one_pill_leads_to_them_all(bundled: Survey, spoken: list[Spoken]) -> None:
    targets = Painter(bundled, (800, 480)).draw(Surface((800, 480)), Attract("fi", languages=EIGHTEEN))
    assert [target.action for target in targets[4:]] == ["languages"]
    assert "Suomi" in {text.block.lines[0] for text in spoken}


@pytest.mark.parametrize("modes", MODES, ids=named)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_with_one_language_there_is_only_how_it_is_seen_to_choose(
    size: tuple[int, int], modes: Modes, bundled: Survey, spoken: list[Spoken]
) -> None:
    """The way there is on every screen that waits for a visitor, and there are the three ways to see it, and Back."""
    painter, surface = Painter(bundled, size), Surface(size)
    one = ("fi",)
    attract = painter.draw(surface, Attract("fi", languages=one, modes=modes))
    assert [target.action for target in attract[4:]] == ["languages"]
    for followup in bundled.followups:
        asked = painter.draw(surface, Ask("fi", followup, 1, 2, face=3, languages=one, modes=modes))
        assert [target.action for target in asked].count("languages") == 1
    for left_s in (None, 5):
        spoken.clear()
        targets = painter.draw(surface, Languages("fi", one, left_s, modes))
        check(size, targets, spoken)
        assert [target.action for target in targets] == ["mode:contrast", "mode:large", "mode:reach", "back"]
        assert "Helpompi nähdä ja ylettyä" in {" ".join(text.block.lines) for text in spoken}
        assert painter.cut == ()
        if modes.reach:
            assert min(target.y for target in targets) >= size[1] / 2


def test_with_nothing_to_choose_from_no_way_leads_there(bundled: Survey) -> None:
    painter, surface = Painter(bundled, (800, 480)), Surface((800, 480))
    assert len(painter.draw(surface, Attract("en"))) == 4
    assert "languages" not in {target.action for target in painter.draw(surface, Ask("en", asking(bundled), 1, 1))}


@pytest.mark.parametrize("offered", [("en",), FEW, EIGHTEEN], ids=len)
def test_while_a_vote_is_lit_no_language_is_offered_and_nothing_moves(
    offered: tuple[str, ...], bundled: Survey, spoken: list[Spoken]
) -> None:
    for survey in (bundled, with_lines(bundled)):
        painter, surface = Painter(survey, (800, 480)), Surface((800, 480))
        spoken.clear()
        before = painter.draw(surface, Attract("en", languages=offered, today=12))
        places = {" ".join(text.block.lines): text.box for text in spoken}
        spoken.clear()
        lit = painter.draw(surface, Attract("en", 2, languages=offered, today=12, undo_s=3))
        assert lit == before[:4]
        said = {" ".join(text.block.lines): text.box for text in spoken}
        assert not said.keys() & set(map(endonym, EIGHTEEN))
        assert said.keys() & places.keys() >= {"How was your visit today?", "Very good"}
        assert {text for text in said.keys() & places.keys() if said[text] != places[text]} == set()


def test_no_pill_moves_when_another_language_is_chosen(bundled: Survey) -> None:
    painter, surface = Painter(bundled, (800, 480)), Surface((800, 480))
    places = [painter.draw(surface, Attract(code, languages=FEW)) for code in FEW]
    assert places[0] == places[1] == places[2]


@pytest.mark.parametrize("modes", MODES, ids=named)
@pytest.mark.parametrize("size", SOME, ids=str)
def test_every_language_every_mode_and_back_can_be_touched(
    size: tuple[int, int], modes: Modes, bundled: Survey, spoken: list[Spoken]
) -> None:
    painter, surface = Painter(bundled, size), Surface(size)
    targets = painter.draw(surface, Languages("fi", EIGHTEEN, modes=modes))
    assert {target.action for target in targets} == {
        *(f"language:{code}" for code in EIGHTEEN),
        *(f"mode:{mode}" for mode in ("contrast", "large", "reach")),
        "back",
    }
    names = {text.block.lines[0]: text.block for text in spoken}
    assert not any(names[endonym(code)].cut for code in EIGHTEEN)
    assert min(names[endonym(code)].size for code in EIGHTEEN) >= 11


def test_the_present_language_is_marked(bundled: Survey) -> None:
    painter = Painter(bundled, (800, 480))
    pictures = []
    for language in ("fi", "sv"):
        pictures.append(Surface((800, 480)))
        targets = painter.draw(pictures[-1], Languages(language, EIGHTEEN, modes=Modes(contrast=True)))
    for target in targets:
        middle = (target.x + target.w // 2, target.y + target.h - 6)
        changed = pictures[0].get_at(middle) != pictures[1].get_at(middle)
        assert changed is (target.action in ("language:fi", "language:sv"))


@pytest.mark.parametrize("mode", ["contrast", "large", "reach"])
def test_a_mode_that_is_on_is_told_without_colour(mode: Mode, bundled: Survey) -> None:
    """The knob stands at the other end: what was light and what was dark change places."""
    painter = Painter(bundled, (800, 480))
    usual = Modes(contrast=True) if mode != "contrast" else Modes()
    pictures, places = [], []
    for on in (False, True):
        pictures.append(Surface((800, 480)))
        modes = msgspec.structs.replace(usual, **{mode: on})
        targets = painter.draw(pictures[-1], Languages("en", EIGHTEEN, modes=modes))
        places.append(next(target for target in targets if target.action == f"mode:{mode}"))

    def light(picture: int) -> list[bool]:
        box = places[picture]
        end, middle = box.x + box.w - round(7.68 * 1.2), box.y + box.h // 2
        spots = [(x, middle + y) for x in range(end - round(7.68 * 4.6), end) for y in range(-9, 10)]
        return [sum(pictures[picture].get_at(spot)[:3]) > 382 for spot in spots]

    assert sum(map(operator.ne, light(0), light(1))) > 0.2 * len(light(0))


def test_names_and_toggles_are_mirrored_for_right_to_left(bundled: Survey) -> None:
    painter, surface = Painter(bundled, (800, 480)), Surface((800, 480))
    plain = painter.draw(surface, Languages("en", EIGHTEEN))
    mirrored = painter.draw(surface, Languages("ar", EIGHTEEN))
    for one, other in zip(plain[:-1], mirrored[:-1], strict=True):
        assert (one.action, one.y, one.w, one.h) == (other.action, other.y, other.w, other.h)
        assert other.x == pytest.approx(800 - one.x - one.w, abs=2)
    assert mirrored[-1].x > 400 > plain[-1].x
