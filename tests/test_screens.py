"""Every screen in every language and size: what can be touched, what can be read, and what differs when it should."""

from __future__ import annotations

import msgspec
import pygame
import pytest
from pygame import Surface

from kiosk.errors import ScreenError
from kiosk.screens import faces
from kiosk.screens.shelf import Shelf
from kiosk.screens.stage import KINDS, Painter, Target, hit
from kiosk.screens.text import Block, Typesetter
from kiosk.screens.theme import PLAIN, QUESTION_SHARE, Frame
from kiosk.screens.view import Ask, Attract, Languages, Modes, Thanked, Trouble, View
from kiosk.survey import Survey
from tests.seen import (
    EIGHTEEN,
    FEW,
    FIRST_SIZES,
    MISTAKES,
    MODES,
    NOTICE,
    SIZES,
    SOME,
    WHOLE,
    Spoken,
    asking,
    check,
    in_arabic_too,
    listen,
    named,
    saying,
    touchable,
    views,
    with_faces,
    with_lines,
    with_scores,
)

pytestmark = pytest.mark.usefixtures("measured_once")

LANGUAGES = ["en", "fi", "nl", "ar"]
ENDLESS = {
    "sentence": "Kuinka tyytyväinen olit tänään henkilökunnan ystävällisyyteen, palvelun nopeuteen ja siisteyteen? "
    * 2,
    "word": "Lentokonesuihkuturbiinimoottoriapumekaanikkoaliupseerioppilas" * 3,
    "letter": "W",
}


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[Spoken]:
    """Every text drawn from now on."""
    return listen(monkeypatch)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_view_can_be_touched_and_read(
    size: tuple[int, int], language: str, bundled: Survey, spoken: list[Spoken]
) -> None:
    survey = in_arabic_too(bundled)
    painter, surface = Painter(survey, size), Surface(size)
    for view in views(survey, language):
        spoken.clear()
        check(size, painter.draw(surface, view), spoken)
        assert spoken


@pytest.mark.parametrize("modes", MODES[1:], ids=named)
@pytest.mark.parametrize("size", SOME, ids=str)
def test_every_view_can_be_touched_and_read_in_every_mode(
    size: tuple[int, int], modes: Modes, bundled: Survey, spoken: list[Spoken]
) -> None:
    survey = in_arabic_too(bundled)
    for shown in (survey, with_lines(survey), with_scores(survey)):
        painter, surface = Painter(shown, size), Surface(size)
        for view in (
            [*touchable(shown, "ar", modes), *views(shown, "fi", modes)]
            if shown is survey
            else views(shown, "en", modes)
        ):
            if isinstance(view, Attract) or shown is survey:
                spoken.clear()
                check(size, painter.draw(surface, view), spoken, least(view))


def least(view: View) -> float:
    """How large a target is at least, in u: eighteen languages share what large text and reach leave them."""
    crowded = isinstance(view, Languages) and len(view.languages) > 9 and (view.modes.large or view.modes.reach)
    return 4.0 if crowded else 7.5


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_two_three_and_five_faces_find_their_place(
    size: tuple[int, int], count: int, bundled: Survey, spoken: list[Spoken]
) -> None:
    targets = Painter(with_faces(bundled, count), size).draw(Surface(size), Attract("fi", 1, NOTICE))
    check(size, targets, spoken)
    assert [target.action for target in targets] == [f"face:{number}" for number in range(1, count + 1)]


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
@pytest.mark.parametrize("count", [2, 3, 4, 5])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_texts_of_any_length_stay_in_their_place(
    size: tuple[int, int], count: int, text: str, bundled: Survey, spoken: list[Spoken]
) -> None:
    survey = saying(bundled, text, count)
    painter, surface = Painter(survey, size), Surface(size)
    for view in (
        Attract("en"),
        Attract("en", 2, text),
        Ask("en", survey.followups[0], 1, 2, ("c1",)),
        Thanked("en", 2),
    ):
        spoken.clear()
        check(size, painter.draw(surface, view), spoken)


@pytest.mark.parametrize("modes", [modes for modes in MODES if not modes.contrast], ids=named)
@pytest.mark.parametrize("size", WHOLE, ids=str)
def test_the_bundled_survey_is_shown_whole(
    size: tuple[int, int], modes: Modes, bundled: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every language, with every line that can come with it. High contrast has the same sizes."""
    cut: set[str] = set()

    def read(self: Typesetter, surface: Surface, block: Block, *_: object, **__: object) -> None:
        if block.cut:
            cut.add(" ".join(block.lines))

    monkeypatch.setattr(Typesetter, "draw", read)
    painter, surface = Painter(bundled, size), Surface(size)
    scored = Painter(with_lines(with_scores(bundled)), size)
    for language in bundled.languages:
        for face in (1, len(bundled.faces)):
            for followup in bundled.asked(face, {}, KINDS, language):
                asked = Ask(language, followup, 1, 2, face=face, undo_s=3, languages=FEW, modes=modes)
                painter.draw(surface, asked)
                painter.draw(surface, msgspec.structs.replace(asked, undo_s=None, left_s=10))
        painter.draw(surface, Ask(language, asking(bundled, "nps"), 3, 3, languages=EIGHTEEN, modes=modes))
        painter.draw(surface, Ask(language, asking(bundled, "choices"), 3, 3, ("staff",), languages=FEW, modes=modes))
        painter.draw(surface, Attract(language, languages=FEW, modes=modes))
        painter.draw(surface, Attract(language, 1, languages=EIGHTEEN, undo_s=3, modes=modes))
        painter.draw(surface, Languages(language, tuple(bundled.languages), left_s=10, modes=modes))
        painter.draw(surface, Thanked(language, 4, undo_s=3, modes=modes))
        for problem in ("store", "settings"):
            painter.draw(surface, Trouble(language, problem, modes=modes))
        scored.draw(surface, Attract(language, languages=FEW, today=1234, modes=modes))
    assert cut == set()


@pytest.mark.parametrize("size", FIRST_SIZES, ids=str)
def test_the_question_is_large_and_keeps_to_its_share_of_the_height(
    size: tuple[int, int], bundled: Survey, spoken: list[Spoken]
) -> None:
    for survey in (bundled, saying(bundled, ENDLESS["sentence"], 4)):
        spoken.clear()
        Painter(survey, size).draw(Surface(size), Attract("en"))
        assert spoken[0].block.bold
        assert len(spoken[0].block.lines) <= 2
        assert spoken[0].ink.height <= QUESTION_SHARE * size[1]
        if survey is bundled:
            assert spoken[0].block.size == Frame(size).px(6.4)


@pytest.mark.parametrize("size", [(800, 480), (1280, 800), (1920, 1080)], ids=str)
def test_a_long_question_shrinks_itself_never_the_faces(size: tuple[int, int], bundled: Survey) -> None:
    targets = Painter(bundled, size).draw(Surface(size), Attract("en"))
    endless = msgspec.structs.replace(
        bundled, question=msgspec.structs.replace(bundled.question, text={"en": ENDLESS["sentence"][:200]})
    )
    assert Painter(endless, size).draw(Surface(size), Attract("en")) == targets


@pytest.mark.parametrize("size", [(800, 480), (1280, 800), (1920, 1080)], ids=str)
def test_four_faces_take_a_fifth_of_the_width_each(size: tuple[int, int], bundled: Survey) -> None:
    surface = Surface(size)
    targets = Painter(bundled, size).draw(surface, Attract("en"))
    for target in targets:
        middle = surface.get_at((target.x + target.w // 2, target.y + target.h // 3))[:3]
        assert middle != PLAIN.ground
    assert targets[1].x - targets[0].x == pytest.approx(size[0] * 0.235, rel=0.05)
    assert {target.y for target in targets} == {targets[0].y}


def test_faces_stand_in_the_order_of_their_buttons_in_every_language(bundled: Survey) -> None:
    survey = in_arabic_too(bundled)
    targets = Painter(survey, (800, 480)).draw(Surface((800, 480)), Attract("ar"))
    assert targets == Painter(survey, (800, 480)).draw(Surface((800, 480)), Attract("en"))
    assert [target.x for target in targets] == sorted(target.x for target in targets)


def test_an_upright_screen_shows_four_faces_two_by_two(bundled: Survey) -> None:
    targets = Painter(bundled, (720, 1280)).draw(Surface((720, 1280)), Attract("en"))
    assert len({target.x for target in targets}) == len({target.y for target in targets}) == 2


@pytest.mark.parametrize("size", FIRST_SIZES, ids=str)
def test_the_pressed_face_lights_up_and_the_others_fade(size: tuple[int, int], bundled: Survey) -> None:
    painter, before, after = Painter(bundled, size), Surface(size), Surface(size)
    targets = painter.draw(before, Attract("en"))
    assert painter.draw(after, Attract("en", 2)) == targets
    changed = {target.action: differing(before, after, target) for target in targets}
    assert min(changed.values()) > 0.1
    for target in targets:
        spot = target.x + target.w // 2, target.y + target.h // 3
        same = before.get_at(spot) == after.get_at(spot)
        assert same is (target.action == "face:2")
    top = Target("question", 0, 0, size[0], min(target.y for target in targets))
    assert differing(before, after, top) == 0


def differing(one: Surface, other: Surface, target: Target) -> float:
    """The share of a target's pixels that differ, looking at every third."""
    places = [(x, y) for x in range(target.x, target.x + target.w, 3) for y in range(target.y, target.y + target.h, 3)]
    return sum(one.get_at(place) != other.get_at(place) for place in places) / len(places)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_chosen_answers_are_lit_and_the_others_are_not(language: str, bundled: Survey) -> None:
    survey = in_arabic_too(bundled)
    surface = Surface((1280, 800))
    view = Ask(language, asking(survey), 1, 2, ("staff",))
    targets = Painter(survey, (1280, 800)).draw(surface, view)
    lit = [
        target.action
        for target in targets
        if surface.get_at((target.x + target.w // 2, target.y + target.h // 8))[:3] == PLAIN.accent
    ]
    assert lit == ["choice:staff"]


def test_a_screen_with_choices_offers_them_and_back_and_skip(bundled: Survey) -> None:
    targets = Painter(bundled, (800, 480)).draw(Surface((800, 480)), Ask("en", asking(bundled), 1, 1))
    assert [target.action for target in targets] == [
        *(f"choice:{choice.id}" for choice in bundled.followups[0].choices),
        "back",
        "skip",
    ]


@pytest.mark.parametrize("size", FIRST_SIZES, ids=str)
def test_choices_back_and_skip_are_mirrored_for_right_to_left(size: tuple[int, int], bundled: Survey) -> None:
    survey = in_arabic_too(bundled)
    painter = Painter(survey, size)
    plain = painter.draw(Surface(size), Ask("en", asking(survey), 1, 2))
    mirrored = painter.draw(Surface(size), Ask("fa", asking(survey), 1, 2))  # no words of its own: as wide as English
    for one, other in zip(plain, mirrored, strict=True):
        assert (one.action, one.y, one.w, one.h) == (other.action, other.y, other.w, other.h)
        assert other.x == pytest.approx(size[0] - one.x - one.w, abs=1)


def test_the_step_is_seen_when_there_are_several(bundled: Survey) -> None:
    painter = Painter(bundled, (800, 480))
    shown = []
    for step, steps in ((1, 1), (1, 2), (2, 2)):
        surface = Surface((800, 480))
        painter.draw(surface, Ask("en", asking(bundled), step, steps))
        shown.append(surface.get_buffer().raw)
    assert len(set(shown)) == 3


@pytest.mark.parametrize("face", [1, 2, 3, 4])
def test_thanks_show_the_face_that_counts(face: int, bundled: Survey) -> None:
    surface = Surface((800, 480))
    assert Painter(bundled, (800, 480)).draw(surface, Thanked("en", face)) == []
    fill = faces.MOODS[4][face - 1].fill
    found = sum(surface.get_at((x, y))[:3] == fill for x in range(300, 500, 4) for y in range(60, 300, 4))
    assert found > 500


def test_an_installer_reads_every_mistake_whole_where_they_fit(bundled: Survey, spoken: list[Spoken]) -> None:
    for size in SIZES:
        spoken.clear()
        Painter(None, size).draw(Surface(size), Trouble("fi", "settings", MISTAKES))
        read = [" ".join(text.block.lines) for text in spoken]
        assert read[:2] == ["Asetuksissa on korjattavaa", "Korjaa nämä kohdat, niin laite jatkaa itsestään."]
        assert [line.replace(" ", "") for line in read[2:]] == [line.replace(" ", "") for line in MISTAKES]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_an_installer_reads_how_many_mistakes_are_left(size: tuple[int, int], spoken: list[Spoken]) -> None:
    mistakes = MISTAKES * 20
    Painter(None, size).draw(Surface(size), Trouble("nl", "settings", mistakes))
    read = [" ".join(text.block.lines) for text in spoken[2:]]
    assert read[:-1] == list(mistakes[: len(read) - 1])
    assert read[-1] == f"en nog {len(mistakes) - len(read) + 1}"


def test_a_mistake_that_fills_the_screen_leaves_room_for_the_count(spoken: list[Spoken]) -> None:
    Painter(None, (480, 320)).draw(Surface((480, 320)), Trouble("en", "settings", ("word " * 190,) * 3))
    assert [bool(text.block.cut) for text in spoken[2:]] == [True, False]
    assert spoken[-1].block.lines == ("and 2 more",)


def test_where_a_mistake_stands_has_a_colour_of_its_own() -> None:
    surface = Surface((800, 480))
    Painter(None, (800, 480)).draw(surface, Trouble("en", "settings", MISTAKES[:1]))
    colours = {tuple(surface.get_at((x, y))[:3]) for x in range(40, 760) for y in range(120, 200)}
    assert PLAIN.correct in colours


def test_every_view_paints_the_whole_surface(bundled: Survey) -> None:
    size = (480, 320)
    painter = Painter(bundled, size)
    for view in views(bundled, "en"):
        pictures = []
        for before in ((255, 0, 255), (0, 255, 0)):
            surface = Surface(size)
            surface.fill(before)
            painter.draw(surface, view)
            pictures.append(surface.get_buffer().raw)
        assert pictures[0] == pictures[1]


def test_the_same_view_is_painted_again_without_drawing_anything_anew(bundled: Survey) -> None:
    painter, surface = Painter(bundled, (800, 480)), Surface((800, 480))
    shown = [Attract("en"), Attract("en", 1), Attract("en", 2), Ask("en", asking(bundled), 1, 2), Thanked("en", 1)]
    for view in shown:
        painter.draw(surface, view)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pygame.transform, "smoothscale", None)
        patch.setattr(Typesetter, "_compose", None)
        patch.setattr(Typesetter, "_fit", None)
        for view in shown:
            painter.draw(surface, view)


def test_a_notice_moves_nothing_and_is_read_whole_on_a_wide_screen(bundled: Survey, spoken: list[Spoken]) -> None:
    for size in SIZES:
        painter, surface = Painter(bundled, size), Surface(size)
        assert painter.draw(surface, Attract("en", notice=NOTICE)) == painter.draw(surface, Attract("en"))
        assert NOTICE.strip() in [line for text in spoken for line in text.block.lines] or size[1] > size[0]
        spoken.clear()


def test_a_kind_that_nobody_paints_is_refused(bundled: Survey) -> None:
    unknown = msgspec.structs.replace(bundled.followups[0], kind="drawing")
    with pytest.raises(ScreenError, match='found a follow-up of the kind "drawing", expected choice'):
        Painter(bundled, (800, 480)).draw(Surface((800, 480)), Ask("en", unknown, 1, 1))


def test_without_a_survey_only_trouble_is_shown(bundled: Survey) -> None:
    painter = Painter(None, (800, 480))
    assert painter.draw(Surface((800, 480)), Trouble("en", "settings", MISTAKES)) == []
    with pytest.raises(ScreenError, match="found no survey to show"):
        painter.draw(Surface((800, 480)), Attract("en"))


def test_a_surface_of_another_size_is_refused(bundled: Survey) -> None:
    with pytest.raises(ScreenError, match=r"found a screen of \(640, 480\) pixels, expected \(800, 480\)"):
        Painter(bundled, (800, 480)).draw(Surface((640, 480)), Attract("en"))


TWO = [Target("left", 0, 0, 100, 80), Target("right", 120, 0, 100, 80)]


@pytest.mark.parametrize(
    ("x", "y", "action"),
    [
        (0, 0, "left"),
        (99, 79, "left"),
        (120, 40, "right"),
        (105, 40, "left"),
        (114, 40, "right"),
        (50, 99, "left"),
        (50, 100, None),
        (300, 40, None),
    ],
)
def test_a_touch_hits_what_it_is_on_or_just_missed(x: int, y: int, action: str | None) -> None:
    assert hit(TWO, x, y) == action


def test_a_touch_on_a_screen_without_targets_hits_nothing() -> None:
    assert hit([], 10, 10) is None


def test_the_shelf_forgets_what_was_longest_unused() -> None:
    shelf, drawn = Shelf(budget=3 * 400), []

    def ask_for(name: str) -> Surface:
        return shelf.get(name, lambda: drawn.append(name) or Surface((10, 10), depth=32))  # type: ignore[func-returns-value]

    for name in ("a", "b", "c", "a", "d", "a", "b"):
        ask_for(name)
    assert drawn == ["a", "b", "c", "d", "b"]
    assert shelf.held == 3 * 400


def test_a_picture_larger_than_the_shelf_is_drawn_but_not_kept() -> None:
    shelf = Shelf(budget=399)
    assert shelf.get("a", lambda: Surface((10, 10), depth=32)).get_size() == (10, 10)
    assert shelf.held == 0


def test_a_day_of_views_stays_within_the_budget(bundled: Survey) -> None:
    size = (480, 320)
    painter, surface = Painter(bundled, size), Surface(size)
    shelf = painter._kit.shelf
    for language in ("en", "fi", "nl"):
        for view in views(bundled, language):
            painter.draw(surface, view)
            assert shelf.held <= shelf.budget
