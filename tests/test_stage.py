"""The painter: asleep, moved by a few pixels, drawn ahead."""

from __future__ import annotations

import itertools
import math

import msgspec
import pytest
from pygame import Surface

from kiosk.entry import Entry
from kiosk.screens.shelf import Enough, Shelf
from kiosk.screens.stage import KINDS, Painter
from kiosk.screens.text import Typesetter
from kiosk.screens.theme import HIGH_CONTRAST, PLAIN
from kiosk.screens.view import Ask, Asleep, Attract, Languages, Modes, Thanked, Trouble
from kiosk.survey import Survey
from tests.seen import EIGHTEEN, FEW, MODES, asking, touchable, views, with_scores

SIZE = (800, 480)


def test_asleep_is_black_and_cannot_be_touched(bundled: Survey) -> None:
    surface = Surface(SIZE)
    surface.fill((1, 2, 3))
    assert Painter(bundled, SIZE).draw(surface, Asleep("en"), (2, -3)) == []
    assert surface.get_bounding_rect().size == SIZE
    assert {tuple(surface.get_at((x, y))[:3]) for x in range(0, 800, 7) for y in range(0, 480, 7)} == {(0, 0, 0)}


@pytest.mark.parametrize("drift", [(0, 0), (4, 3), (-4, 3), (4, -3), (-2, -4), (0, 3), (-3, 0)], ids=str)
@pytest.mark.parametrize("modes", [Modes(), Modes(contrast=True)], ids=["plain", "contrast"])
def test_a_drifted_picture_is_the_same_picture_elsewhere(drift: tuple[int, int], modes: Modes, bundled: Survey) -> None:
    painter, still, moved = Painter(bundled, SIZE), Surface(SIZE), Surface(SIZE)
    ground = (HIGH_CONTRAST if modes.contrast else PLAIN).ground
    for view in (Attract("en", languages=FEW, modes=modes), Ask("en", asking(bundled), 1, 1, modes=modes)):
        plain = painter.draw(still, view)
        targets = painter.draw(moved, view, drift)
        assert [(t.x - drift[0], t.y - drift[1]) for t in targets] == [(t.x, t.y) for t in plain]
        for x in range(0, 800, 9):
            for y in [*range(6), *range(6, 474, 9), *range(474, 480)]:
                came = (x - drift[0], y - drift[1])
                inside = 0 <= came[0] < 800 and 0 <= came[1] < 480
                assert moved.get_at((x, y))[:3] == (still.get_at(came)[:3] if inside else ground)


@pytest.mark.parametrize("modes", MODES, ids=str)
def test_a_drift_of_a_few_pixels_takes_nothing_off_the_screen(modes: Modes, bundled: Survey) -> None:
    surface = Surface(SIZE)
    painter = Painter(bundled, SIZE)
    for view in touchable(bundled, "en", modes):
        for target in painter.draw(surface, view, (4, 4)) + painter.draw(surface, view, (-4, -4)):
            assert 0 <= target.x <= target.x + target.w <= SIZE[0]
            assert 0 <= target.y <= target.y + target.h <= SIZE[1]


@pytest.mark.parametrize("scores", [False, True], ids=["faces", "scores"])
@pytest.mark.parametrize("modes", [Modes(), Modes(True, True, True)], ids=["plain", "every mode"])
def test_what_a_press_asks_for_is_drawn_ahead(modes: Modes, scores: bool, bundled: Survey) -> None:
    survey = with_scores(bundled) if scores else bundled
    painter, surface = Painter(survey, SIZE), Surface(SIZE)
    view = Attract("en", languages=FEW, modes=modes)
    painter.draw(surface, view)
    steps = 1
    while painter.warm(view):
        steps += 1
    assert 10 < steps < 400
    assert not painter.warm(view)
    asked = survey.asked(2, {}, KINDS, "en")
    first = Ask("en", asked[0], 1, len(asked), face=2, languages=FEW, modes=modes)
    painter._kit.shelf.allowed = 0
    for face in range(1, survey.points + 1):
        painter.draw(surface, msgspec.structs.replace(view, face=face))
    painter.draw(surface, first)
    with pytest.raises(Enough):
        painter.draw(surface, msgspec.structs.replace(first, undo_s=3))


def test_one_step_of_warming_draws_one_picture(bundled: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    painter, surface = Painter(bundled, SIZE), Surface(SIZE)
    painter.draw(surface, Attract("en"))
    made: list[object] = []
    get = Shelf.get

    def counted(self: Shelf, key: object, make: object) -> Surface:
        return get(self, key, lambda: made.append(key) or make())  # type: ignore[operator,arg-type,func-returns-value]

    monkeypatch.setattr(Shelf, "get", counted)
    for step in range(1, 9):
        assert painter.warm(Attract("en"))
        assert len(made) <= step


@pytest.mark.parametrize("modes", [Modes(), Modes(True, True, True)], ids=["plain", "every mode"])
def test_before_open_text_its_keys_are_drawn_ahead(modes: Modes, bundled: Survey) -> None:
    """All layers of them, and only once however the screen before counts down."""
    painter, surface = Painter(bundled, SIZE), Surface(SIZE)
    comment = bundled.followups[-1]
    before = Ask("uk", bundled.followups[0], 1, 2, face=3, languages=FEW, modes=modes)
    painter.draw(surface, before)
    steps = 1
    while painter.warm(before):
        steps += 1
        assert steps < 500
    assert steps > 100
    painter._kit.shelf.allowed = 0
    first = msgspec.structs.replace(before, followup=comment, step=2)
    painter.draw(surface, first)
    assert not painter.warm(msgspec.structs.replace(before, left_s=9, chosen=("price",)))
    keys = painter._kit.shelf._pictures.keys()
    painter._kit.shelf.allowed = None
    drawn = set(keys)
    for entry in (Entry(), Entry(shift="off"), Entry(shift="lock"), Entry(layer="symbols")):
        painter.draw(surface, msgspec.structs.replace(first, entry=entry))
    assert set(keys) == drawn


def test_a_survey_that_begins_with_open_text_has_its_keys_drawn_on_the_attract_screen(bundled: Survey) -> None:
    comment = msgspec.structs.replace(bundled.followups[-1], faces=[], after={})
    survey = msgspec.structs.replace(bundled, followups=[comment])
    painter = Painter(survey, SIZE)
    view = Attract("en", languages=FEW)
    while painter.warm(view):
        pass
    painter._kit.shelf.allowed = 0
    painter.draw(Surface(SIZE), Ask("en", comment, 1, 1, face=1, entry=Entry(layer="symbols"), languages=FEW))


def test_what_nothing_follows_that_must_come_at_once_draws_nothing_ahead(bundled: Survey) -> None:
    painter = Painter(bundled, SIZE)
    last = asking(msgspec.structs.replace(bundled, followups=bundled.followups[:1]))
    for view in (
        Attract("en", 1),
        Ask("en", msgspec.structs.replace(last, id="other"), 1, 1),
        Thanked("en", 1),
        Languages("en", FEW),
    ):
        assert not painter.warm(view)
    assert not Painter(None, SIZE).warm(Trouble("en", "store"))


@pytest.mark.parametrize("modes", MODES, ids=str)
@pytest.mark.parametrize("size", [(480, 320), (800, 480), (720, 1280)], ids=str)
def test_a_pressed_face_is_lit_ahead_as_it_will_be(size: tuple[int, int], modes: Modes, bundled: Survey) -> None:
    painter, lit, whole = Painter(bundled, size), Surface(size), Surface(size)
    plain = Attract("ar", languages=FEW, today=7, modes=modes)
    for face in range(1, bundled.points + 1):
        pressed = msgspec.structs.replace(plain, face=face, today=None)
        painter.draw(lit, plain, (2, -2))
        before = lit.copy()
        area = painter.light(lit, plain, pressed, (2, -2))
        painter.draw(whole, pressed, (2, -2))
        assert area is not None
        within = beyond = 0
        for x, y in itertools.product(range(area.width), range(area.height)):
            place, apart = (area.x + x, area.y + y), math.hypot(x + 0.5 - area.width / 2, y + 0.5 - area.height / 2)
            if apart < area.width / 2 - 1:
                assert lit.get_at(place) == whole.get_at(place)
                within += 1
            elif apart > area.width / 2 + 1:
                assert lit.get_at(place) == before.get_at(place)
                beyond += 1
        assert within > 3 * beyond > 0


def test_where_no_face_was_pressed_none_is_lit_ahead(bundled: Survey) -> None:
    painter, surface = Painter(bundled, SIZE), Surface(SIZE)
    surface.fill("red")
    before = surface.get_buffer().raw
    pressed = Attract("en", 2)
    for shown in (None, Attract("en", 1), Thanked("en", 2), Attract("en", modes=Modes(reach=True))):
        assert painter.light(surface, shown, pressed) is None
    for view in (Attract("en"), Attract("en", 2, undo_s=3), Attract("en", 5), Thanked("en", 2)):
        assert painter.light(surface, Attract("en"), view) is None
    scores = Painter(with_scores(bundled), SIZE)
    assert scores.light(surface, Attract("en"), pressed) is None
    assert Painter(None, SIZE).light(surface, Attract("en"), pressed) is None
    assert surface.get_buffer().raw == before


def test_warming_leaves_the_shelf_open(bundled: Survey) -> None:
    painter, surface = Painter(bundled, SIZE), Surface(SIZE)
    painter.warm(Attract("en"))
    painter.draw(surface, Languages("en", EIGHTEEN))


def test_a_limited_shelf_draws_no_more_than_it_is_allowed() -> None:
    shelf = Shelf(budget=10_000)
    shelf.allowed = 1
    shelf.get("a", lambda: Surface((2, 2)))
    shelf.get("a", lambda: Surface((2, 2)))
    with pytest.raises(Enough):
        shelf.get("b", lambda: Surface((2, 2)))


def test_the_typesetter_knows_the_language_of_what_is_drawn(bundled: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    painter, surface = Painter(bundled, SIZE), Surface(SIZE)
    heard: set[str] = set()
    fit = Typesetter.fit

    def listening(self: Typesetter, *args: object, **more: object) -> object:
        heard.add(self.language)
        return fit(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Typesetter, "fit", listening)
    for language in ("fi", "ar"):
        for view in views(bundled, language):
            heard.clear()
            painter.draw(surface, view)
            assert heard == {language} or isinstance(view, Languages)


def test_all_modes_share_the_room_for_pictures(bundled: Survey) -> None:
    painter, surface = Painter(bundled, SIZE), Surface(SIZE)
    shelf = painter._kit.shelf
    for modes in MODES:
        for view in views(bundled, "en", modes):
            painter.draw(surface, view)
            assert shelf.held <= shelf.budget == 3 * 4 * SIZE[0] * SIZE[1]
