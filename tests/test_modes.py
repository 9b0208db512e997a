"""High contrast, large text, reach, and fingers in millimetres: what each promises at every size."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec
import pytest
from pygame import Rect, Surface

from kiosk.screens.stage import Painter, Target
from kiosk.screens.theme import HIGH_CONTRAST, contrast
from kiosk.screens.view import Ask, Attract, Languages, Modes, Thanked, Trouble, View
from kiosk.survey import Survey
from tests.seen import (
    EIGHTEEN,
    FEW,
    FIRST_SIZES,
    MODES,
    NOTICE,
    SIZES,
    SOME,
    Spoken,
    asking,
    boxes,
    check,
    listen,
    named,
    touchable,
    views,
    with_faces,
    with_lines,
    with_scores,
)

pytestmark = pytest.mark.usefixtures("measured_once")

PANELS = {(800, 480): 133.3, (1280, 800): 149.5, (1920, 1080): 141.2, (720, 1280): 209.8}
"""Pixels an inch of panels of 7, 10.1, 15.6 and 7 inches."""
REACH = [modes for modes in MODES if modes.reach]


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[Spoken]:
    """Every text drawn from now on."""
    return listen(monkeypatch)


def shown(
    survey: Survey, modes: Modes, size: tuple[int, int], dpi: float | None = None
) -> Iterator[tuple[Painter, View]]:
    """Whatever can be touched; the attract screen with each number of faces, with scores and with every line."""
    painter = Painter(survey, size, dpi)
    for view in touchable(survey, "fi", modes):
        yield painter, view
    others = [with_faces(survey, count) for count in (2, 3, 5)]
    for other in [*others, with_scores(survey), with_lines(survey), with_lines(with_scores(survey))]:
        painter = Painter(other, size, dpi)
        for view in touchable(other, "fi", modes):
            if isinstance(view, Attract):
                yield painter, view


@pytest.mark.parametrize("modes", REACH, ids=named)
@pytest.mark.parametrize("size", SOME, ids=str)
def test_in_reach_everything_that_can_be_touched_is_in_the_lower_half(
    size: tuple[int, int], modes: Modes, bundled: Survey
) -> None:
    """But for eighteen languages on the smallest upright panel, where a hand that gets there reaches it all."""
    surface = Surface(size)
    for painter, view in shown(bundled, modes, size):
        if size == (320, 480) and isinstance(view, Languages) and len(view.languages) > 9:
            continue
        for target in painter.draw(surface, view):
            assert target.y >= size[1] / 2, (view, target)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_out_of_reach_the_faces_begin_above_the_middle(size: tuple[int, int], bundled: Survey) -> None:
    assert Painter(bundled, size).draw(Surface(size), Attract("en"))[0].y < size[1] / 2


@pytest.mark.parametrize("modes", MODES, ids=named)
@pytest.mark.parametrize("size", PANELS, ids=str)
def test_every_target_is_as_large_as_a_finger(size: tuple[int, int], modes: Modes, bundled: Survey) -> None:
    """Of eighteen languages with large names in the lower half only the width is: no panel of 7 inches holds them."""
    dpi = PANELS[size]
    surface = Surface(size)
    for painter, view in shown(bundled, modes, size, dpi):
        if isinstance(view, Languages) and (modes.large or modes.reach):
            view = msgspec.structs.replace(view, languages=EIGHTEEN[:9])
        targets = painter.draw(surface, view)
        for target in targets:
            assert min(target.w, target.h) / dpi * 25.4 >= 11.9, (view, target)
        assert not overlapping(targets)
        assert all(Rect(0, 0, *size).contains(box) for box in boxes(targets))


@pytest.mark.parametrize("modes", MODES, ids=named)
@pytest.mark.parametrize(("size", "dpi"), [((480, 320), 164.8), ((320, 480), 164.8), ((800, 480), 186.6)])
def test_on_a_small_panel_targets_share_what_there_is(
    size: tuple[int, int], dpi: float, modes: Modes, bundled: Survey
) -> None:
    surface = Surface(size)
    for painter, view in shown(bundled, modes, size, dpi):
        if isinstance(view, Languages) and (modes.large or modes.reach):
            view = msgspec.structs.replace(view, languages=EIGHTEEN[:6])
        targets = painter.draw(surface, view)
        assert not overlapping(targets)
        assert all(Rect(0, 0, *size).contains(box) for box in boxes(targets))
        assert min(min(target.w, target.h) for target in targets) / dpi * 25.4 >= 5, view


def overlapping(targets: list[Target]) -> list[tuple[Rect, Rect]]:
    return [pair for pair in itertools.combinations(boxes(targets), 2) if pair[0].colliderect(pair[1])]


@pytest.mark.parametrize("size", FIRST_SIZES, ids=str)
def test_large_texts_are_larger_by_a_third(size: tuple[int, int], bundled: Survey, spoken: list[Spoken]) -> None:
    """Where there is the room: on an upright screen a sentence that fills its line grows by less."""
    painter, surface = Painter(bundled, size), Surface(size)
    every: list[View] = [
        Attract("en", languages=("en", "fi")),
        Ask("en", asking(bundled, "choices"), 1, 2, ("staff",)),
        Ask("en", asking(bundled, "nps"), 1, 2),
        Thanked("en", 1, undo_s=2),
        Trouble("en", "store"),
    ]
    grown = set()
    for view in every:
        sizes = []
        for modes in (Modes(), Modes(large=True)):
            spoken.clear()
            painter.draw(surface, msgspec.structs.replace(view, modes=modes))
            sizes.append({" ".join(text.block.lines): text.block.size for text in spoken})
        usual, large = sizes
        assert usual.keys() == large.keys()
        assert not [(words, pixels, large[words]) for words, pixels in usual.items() if large[words] < pixels]
        grown |= {words for words, pixels in usual.items() if large[words] >= 1.3 * pixels}
    assert {"Very good", "Good", "Bad", "Very bad", "Suomi", "Back", "Skip", "Thank you!"} <= grown
    assert {"What should we improve?", "Choose all that apply", "Very likely", "10"} <= grown
    if size[0] > size[1]:
        assert {"You can change it for 2 seconds", "Please let our staff know."} <= grown


@pytest.mark.parametrize("size", FIRST_SIZES, ids=str)
def test_high_contrast_is_black_and_white(size: tuple[int, int], bundled: Survey, spoken: list[Spoken]) -> None:
    survey = with_lines(bundled)
    painter, surface = Painter(survey, size), Surface(size)
    for view in views(survey, "en", Modes(contrast=True)):
        spoken.clear()
        painter.draw(surface, view)
        for text in spoken:
            assert text.ink.size == (0, 0) or contrast(text.colour, text.ground) >= 7
        coloured = [
            (x, y)
            for x in range(0, size[0], 7)
            for y in range(0, size[1], 7)
            if len(set(surface.get_at((x, y))[:3])) > 1
        ]
        assert not coloured, view


def test_high_contrast_moves_nothing(bundled: Survey) -> None:
    painter, surface = Painter(bundled, (800, 480)), Surface((800, 480))
    for view in touchable(bundled, "en"):
        assert painter.draw(surface, view) == painter.draw(
            surface, msgspec.structs.replace(view, modes=Modes(contrast=True))
        )


def test_borders_are_thicker_in_high_contrast(bundled: Survey) -> None:
    painter, surface = Painter(bundled, (1280, 800)), Surface((1280, 800))

    def border(modes: Modes) -> int:
        card = painter.draw(surface, Ask("en", asking(bundled), 1, 1, modes=modes))[0]
        row = [surface.get_at((card.x + step, card.y + card.h // 2))[:3] for step in range(20)]
        return sum(contrast((pixel[0], pixel[1], pixel[2]), HIGH_CONTRAST.ground) >= 3 for pixel in row)

    assert border(Modes(contrast=True)) >= 2 * border(Modes())


def test_a_lit_choice_a_lit_score_and_a_pressed_face_are_told_without_colour(bundled: Survey) -> None:
    """What is lit differs from what is not by shape: at least a tenth of its edges moved in black and white too."""
    size = (800, 480)
    modes = Modes(contrast=True)
    scored = with_scores(bundled)
    for survey, before, after in (
        (bundled, Attract("en", modes=modes), Attract("en", 2, modes=modes)),
        (scored, Attract("en", modes=modes), Attract("en", 2, modes=modes)),
        *(
            (bundled, Ask("en", asking(bundled, kind), 1, 1, modes=modes), lit)
            for kind, lit in (
                ("choice", Ask("en", asking(bundled, "choice"), 1, 1, ("staff",), modes=modes)),
                ("choices", Ask("en", asking(bundled, "choices"), 1, 1, ("staff",), modes=modes)),
                ("nps", Ask("en", asking(bundled, "nps"), 1, 1, ("9",), modes=modes)),
            )
        ),
    ):
        painter = Painter(survey, size)
        pictures = [Surface(size), Surface(size)]
        targets = painter.draw(pictures[0], before)
        painter.draw(pictures[1], after)
        lit = next(t for t in targets if t.action in ("face:2", "choice:staff", "choice:9"))
        spots = [(lit.x + x, lit.y + y) for x in range(0, lit.w, 2) for y in range(0, lit.h, 2)]
        changed = sum(pictures[0].get_at(spot) != pictures[1].get_at(spot) for spot in spots) / len(spots)
        assert changed > 0.1


@pytest.mark.parametrize("modes", MODES, ids=named)
def test_the_strip_stands_in_the_same_place_on_every_screen(
    modes: Modes, bundled: Survey, spoken: list[Spoken]
) -> None:
    for size in SIZES:
        painter, surface = Painter(bundled, size), Surface(size)
        places = set()
        for view in (
            Languages("en", FEW, left_s=10, modes=modes),
            Ask("en", asking(bundled, "choice"), 1, 3, face=1, left_s=10, languages=FEW, modes=modes),
            Ask("en", asking(bundled, "choices"), 2, 3, ("staff",), 1, left_s=10, modes=modes),
            Ask("en", asking(bundled, "nps"), 3, 3, face=1, left_s=10, languages=FEW, modes=modes),
        ):
            spoken.clear()
            targets = painter.draw(surface, view)
            (strip,) = (text for text in spoken if " ".join(text.block.lines).startswith("Are you still there?"))
            places.add((tuple(strip.box), strip.block.size))
            assert not any(box.colliderect(strip.box) for box in boxes(targets))
        assert len(places) == 1


def test_a_screen_that_leaves_says_in_how_many_seconds(bundled: Survey, spoken: list[Spoken]) -> None:
    painter, surface = Painter(bundled, (1280, 800)), Surface((1280, 800))
    for seconds, sentence in ((1, "This closes in 1 second"), (10, "This closes in 10 seconds")):
        spoken.clear()
        painter.draw(surface, Ask("en", asking(bundled), 1, 1, left_s=seconds))
        said = [" ".join(text.block.lines) for text in spoken]
        assert str(seconds) in said
        assert f"Are you still there? Touch the screen to go on. {sentence}" in said


@pytest.mark.parametrize("modes", MODES, ids=named)
def test_a_vote_that_can_be_changed_says_for_how_long(modes: Modes, bundled: Survey, spoken: list[Spoken]) -> None:
    painter, surface = Painter(bundled, (1280, 800)), Surface((1280, 800))
    for view in (
        Attract("en", 2, NOTICE, FEW, undo_s=3, modes=modes),
        Ask("en", asking(bundled), 1, 2, face=2, undo_s=3, modes=modes),
        Thanked("en", 2, undo_s=3, modes=modes),
    ):
        spoken.clear()
        painter.draw(surface, view)
        said = [" ".join(text.block.lines) for text in spoken]
        assert "You can change it for 3 seconds" in said
        spoken.clear()
        painter.draw(surface, msgspec.structs.replace(view, undo_s=None))
        assert not any("change it" in " ".join(text.block.lines) for text in spoken)


@pytest.mark.parametrize("modes", MODES, ids=named)
@pytest.mark.parametrize("size", SOME, ids=str)
def test_a_choice_that_is_about_to_go_asks_on_the_attract_screen_too(
    size: tuple[int, int], modes: Modes, bundled: Survey, spoken: list[Spoken]
) -> None:
    """No target moves, and neither the question nor anything to touch is covered."""
    surface = Surface(size)
    for survey in (bundled, with_lines(bundled), with_scores(bundled), with_lines(with_scores(bundled))):
        painter = Painter(survey, size)
        for languages in (("fi",), FEW, EIGHTEEN):
            view = Attract("fi", None, NOTICE, languages, today=1234, modes=modes)
            before = painter.draw(surface, view)
            spoken.clear()
            targets = painter.draw(surface, msgspec.structs.replace(view, left_s=7))
            assert targets == before
            check(size, targets, spoken)
            said = [" ".join(text.block.lines) for text in spoken]
            assert any(text.startswith("Oletko vielä siinä?") for text in said)
            assert said.count("7") == (2 if survey.question.scale == "nps" else 1)
            assert "Millainen käyntisi oli tänään?" in said
            assert painter.cut == () or all(cut == NOTICE.strip() for cut in painter.cut)


@pytest.mark.parametrize("modes", REACH, ids=named)
def test_where_reach_would_leave_languages_too_small_they_have_the_upper_half_too(
    modes: Modes, bundled: Survey
) -> None:
    """On 3.5 inches, where eighteen would be 3.5 mm tall in the lower half; nine on 7 inches stay there."""
    for size, dpi, codes, is_high in (
        ((480, 320), 164.8, EIGHTEEN, True),
        ((320, 480), 164.8, EIGHTEEN, True),
        ((480, 320), 164.8, FEW, False),
        ((800, 480), 133.3, EIGHTEEN[:9], False),
    ):
        targets = Painter(bundled, size, dpi).draw(Surface(size), Languages("en", codes, modes=modes))
        names = [target for target in targets if target.action.startswith("language:")]
        assert (min(target.y for target in names) < size[1] / 2) is is_high, (size, len(codes))
        assert min(target.h for target in names) / dpi * 25.4 >= 5
