"""The keyboard in every language and size: what can be touched, what it types, and what is seen of the text."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import msgspec
import pygame
import pytest
from pygame import Rect, Surface

from kiosk import entry as typing
from kiosk.entry import LONGEST, Entry
from kiosk.layouts import Layout, layout
from kiosk.screens import keyboard
from kiosk.screens.field import wrapped
from kiosk.screens.runs import unshown
from kiosk.screens.shelf import Shelf
from kiosk.screens.target import Target, hit
from kiosk.screens.text import Block, Typesetter
from kiosk.screens.theme import LEGIBLE, contrast
from kiosk.screens.view import Ask, Modes
from kiosk.screens.widgets import Kit
from kiosk.survey import FollowUp

pytestmark = pytest.mark.usefixtures("measured_once")

SIZES = [(480, 320), (800, 480), (1024, 600), (1280, 800), (1920, 1080), (1920, 480), (320, 480), (720, 1280)]
LANGUAGES = ["en", "fi", "de", "fr", "es", "pl", "tr", "el", "uk", "ar", "he", "hi", "th", "ja", "ko", "zh", "vi"]
COMMENT = FollowUp("comment", "text", {"en": "Anything else?"})
ACTIONS = ("delete", "space", "shift", "symbols", "letters", "close")
LONG = "the queue at the till was long and nobody came to help us " * 8


def keys_of(language: str) -> Layout:
    found = layout(language, COMMENT.keyboard(language))
    assert found is not None
    return found


PLAIN = Modes()


def kit_of(size: tuple[int, int], modes: Modes = PLAIN) -> Kit:
    pygame.font.init()
    return Kit.of(size).seen(modes)


def room(kit: Kit) -> Rect:
    """What a follow-up leaves for the keyboard: all below its question."""
    whole = kit.frame.zone(0, kit.frame.tall)
    top = round(kit.frame.height * (0.37 if kit.frame.portrait else 0.335))
    return Rect(whole.x, top, whole.width, kit.frame.height - top)


def shown(kit: Kit, language: str, entry: Entry | None = None) -> tuple[Surface, list[Target]]:
    surface = Surface(kit.frame.size)
    surface.fill((247, 248, 250))
    return surface, keyboard.draw(kit, surface, room(kit), Ask(language, COMMENT, 1, 1, entry=entry))


def names(targets: list[Target]) -> list[str]:
    assert all(target.action.startswith("key:") for target in targets)
    return [target.action.removeprefix("key:") for target in targets]


def at(targets: list[Target], name: str) -> Rect:
    return next(Rect(t.x, t.y, t.w, t.h) for t in targets if t.action == f"key:{name}")


def states(language: str) -> Iterator[Entry]:
    """Every layer, and the longest offer."""
    keys = keys_of(language)
    start = typing.start(keys)
    yield start
    yield typing.tap(start, "shift", keys)
    yield typing.tap(start, "symbols", keys)
    yield msgspec.structs.replace(start, offered=max(keys.others, key=lambda key: len(keys.others[key])))
    yield msgspec.structs.replace(start, offered=min(keys.others, key=lambda key: len(keys.others[key])))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Block, Rect, str]]:
    """Every text drawn from now on, with its box and how it is aligned."""
    heard: list[tuple[Block, Rect, str]] = []
    plain = Typesetter.draw

    def draw(self, surface, block, box, colour, align="centre", head=None) -> None:  # type: ignore[no-untyped-def]
        heard.append((block, Rect(box), align))
        plain(self, surface, block, box, colour, align, head)

    monkeypatch.setattr(Typesetter, "draw", draw)
    return heard


def lines(heard: list[tuple[Block, Rect, str]]) -> list[str]:
    return [line for block, _, _ in heard for line in block.lines]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_targets_are_inside_the_screen_below_the_field_and_apart(language: str, size: tuple[int, int]) -> None:
    kit = kit_of(size)
    for entry in states(language):
        _, targets = shown(kit, language, entry)
        boxes = [Rect(t.x, t.y, t.w, t.h) for t in targets]
        below = Rect(0, room(kit).y, *size).clip(Rect(0, 0, *size))
        assert all(below.contains(box) for box in boxes)
        assert [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if a.colliderect(b)] == []
        assert len(set(names(targets))) == len(targets)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(480, 320), (800, 480), (720, 1280)])
def test_keys_adjoin_so_that_no_touch_falls_between_them(language: str, size: tuple[int, int]) -> None:
    kit = kit_of(size)
    keys = keys_of(language)
    for entry in (typing.start(keys), typing.tap(typing.start(keys), "symbols", keys)):
        _, targets = shown(kit, language, entry)
        whole = Rect(targets[0].x, targets[0].y, 0, 0).unionall([Rect(t.x, t.y, t.w, t.h) for t in targets])
        assert whole.bottom == kit.frame.height
        assert sum(t.w * t.h for t in targets) == whole.width * whole.height
        for x in range(whole.left, whole.right, 29):
            for y in range(whole.top, whole.bottom, 17):
                assert hit(targets, x, y) is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_on_the_keys_is_what_they_type(language: str, drawn: list[tuple[Block, Rect, str]]) -> None:
    kit = kit_of((800, 480))
    keys = keys_of(language)
    for entry in states(language):
        drawn.clear()
        _, targets = shown(kit, language, entry)
        characters = [name for name in names(targets) if name not in ACTIONS]
        caps = "".join(lines(drawn))
        for name in characters:
            assert name == "゛" or name in caps
        expected = typing.offers(entry, keys) or [key for row in typing.keys(entry, keys) for key in row]
        assert set(expected) <= set(characters)
        typed = typing.tap(entry, characters[0], keys)
        assert typed.text == characters[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fonts_show_every_key(language: str) -> None:
    keys = keys_of(language)
    shown_ = {key for rows in (keys.letters, keys.shifted, keys.symbols, keys.ends) for row in rows for key in row}
    shown_ |= {other for others in keys.others.values() for other in others}
    assert unshown("".join(sorted(shown_)) + keys.label, language) == ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_every_text_is_whole(language: str, size: tuple[int, int], drawn: list[tuple[Block, Rect, str]]) -> None:
    for entry in (*states(language), Entry("x" * LONGEST)):
        shown(kit_of(size), language, entry)
    assert [block for block, _, _ in drawn if block.cut] == []
    sentences = [block for block, _, _ in drawn if len("".join(block.lines)) > 15]
    assert min(block.size for block in sentences) >= LEGIBLE


@pytest.mark.parametrize(
    ("size", "wide_mm", "tall_mm", "key_mm"),
    [
        ((800, 480), 154.1, 85.9, (15.0, 10.0)),
        ((1280, 800), 217.0, 136.0, (17.0, 15.0)),
        ((1920, 1080), 345.0, 194.0, (17.0, 20.0)),
        ((720, 1280), 87.0, 154.0, (8.6, 12.0)),
        ((480, 320), 73.4, 49.0, (7.3, 5.7)),
    ],
)
def test_how_large_a_letters_key_is(
    size: tuple[int, int], wide_mm: float, tall_mm: float, key_mm: tuple[float, float]
) -> None:
    """At least 12 mm where four rows of ten fit beside the question and the field; all there is where they don't."""
    _, targets = shown(kit_of(size), "en")
    key = at(targets, "E")
    assert key.width * wide_mm / size[0] >= key_mm[0]
    assert key.height * tall_mm / size[1] >= key_mm[1]


@pytest.mark.parametrize("language", ["en", "tr", "uk", "th"])
def test_shift_shows_in_its_shape_and_on_the_caps(language: str) -> None:
    kit = kit_of((800, 480))
    keys = keys_of(language)
    pictures = set()
    for shift in ("off", "once", "lock"):
        surface, targets = shown(kit, language, Entry(shift=shift))
        box = at(targets, "shift")
        grey = pygame.transform.grayscale(surface.subsurface(box).copy())
        mask = pygame.mask.from_threshold(grey, grey.get_at((box.width // 2, 8)), (40, 40, 40))
        pictures.add((mask.count(), pygame.image.tobytes(mask.to_surface(), "RGB")))
        rows = keys.letters if shift == "off" else keys.shifted
        assert {key for row in rows for key in row} <= set(names(targets))
    assert len(pictures) == 3


def test_a_script_without_a_second_layer_has_no_shift_key() -> None:
    for language in ("ar", "he"):
        assert "shift" not in names(shown(kit_of((800, 480)), language)[1])


@pytest.mark.parametrize("language", ["ar", "he", "en"])
def test_delete_stands_at_the_end_of_reading_and_the_layers_key_at_the_start(language: str) -> None:
    kit = kit_of((800, 480))
    _, targets = shown(kit, language)
    leftmost = language != "en"
    assert (at(targets, "delete").centerx < 400) is leftmost
    assert (at(targets, "symbols").centerx > 400) is leftmost


def test_an_offer_takes_the_place_of_the_letters_and_can_be_left() -> None:
    keys = keys_of("fi")
    held = typing.hold(typing.start(keys), "E", keys)
    _, targets = shown(kit_of((800, 480)), "fi", held)
    assert set(names(targets)) == {"E", *keys.others["E"], "close", "symbols", ",", "space", "?", "."}
    narrowest = min(target.w for target in targets)
    assert narrowest >= at(shown(kit_of((800, 480)), "fi")[1], "E").width - 1


def test_what_is_typed_is_seen_at_its_end(drawn: list[tuple[Block, Rect, str]]) -> None:
    kit = kit_of((800, 480))
    shown(kit, "en", Entry(LONG[:-1]))
    assert any(line.endswith("help us") for line in lines(drawn))
    assert not any(line.startswith("the queue at the till was long") for line in lines(drawn)[:1])


@pytest.mark.parametrize("text", [LONG, "x" * LONGEST, "あ" * LONGEST, "xyz " * 125, "-" * 60 + " a b " * 60])
@pytest.mark.parametrize("size", SIZES)
def test_lines_stay_within_the_field_and_lose_nothing(text: str, size: tuple[int, int]) -> None:
    kit = kit_of(size)
    width = room(kit).width // 2
    lines_ = wrapped(kit, text, width, 20)
    assert "".join(lines_) == text
    assert max(kit.text.width(line.rstrip(), 20, False) for line in lines_) <= width + 2
    assert max(len(line) for line in lines_) > 5


def test_a_mark_stays_with_its_letter_where_a_long_word_is_broken() -> None:
    kit = kit_of((480, 320))
    for line in wrapped(kit, "q\u0308" * 200, 150, 20):
        assert line.startswith("q")
        assert line.endswith("\u0308")


def test_the_caret_moves_with_a_space_too() -> None:
    kit = kit_of((800, 480))
    one, _ = shown(kit, "en", Entry("Ok", shift="off"))
    two, _ = shown(kit, "en", Entry("Ok ", shift="off"))
    assert pygame.image.tobytes(one, "RGB") != pygame.image.tobytes(two, "RGB")


@pytest.mark.parametrize(("language", "align"), [("en", "left"), ("ar", "right"), ("he", "right")])
def test_text_begins_where_reading_begins(language: str, align: str, drawn: list[tuple[Block, Rect, str]]) -> None:
    shown(kit_of((800, 480)), language, Entry("12 ok", shift="off"))
    assert [how for block, _, how in drawn if "12 ok" in block.lines] == [align]


def test_a_visitor_is_told_what_not_to_leave_and_when_it_is_full(drawn: list[tuple[Block, Rect, str]]) -> None:
    kit = kit_of((800, 480))
    shown(kit, "en")
    assert "Please leave no e-mail address, phone or card number: they are not kept." in " ".join(lines(drawn))
    assert "Write here" in lines(drawn)
    drawn.clear()
    shown(kit, "en", Entry("x" * LONGEST))
    assert "That is all that fits." in lines(drawn)


def test_on_the_smallest_screens_the_note_stands_in_the_field_until_something_is_typed(
    drawn: list[tuple[Block, Rect, str]],
) -> None:
    kit = kit_of((480, 320))
    low = Rect(20, 160, 440, 160)
    keyboard.draw(kit, Surface((480, 320)), low, Ask("en", COMMENT, 1, 1))
    assert "they are not kept." in " ".join(lines(drawn))
    assert "Write here" not in lines(drawn)
    drawn.clear()
    keyboard.draw(kit, Surface((480, 320)), low, Ask("en", COMMENT, 1, 1, entry=Entry("x" * LONGEST)))
    assert "they are not kept." not in " ".join(lines(drawn))
    assert "That is all that fits." in lines(drawn)


def test_latin_letters_run_from_the_left_in_any_language(drawn: list[tuple[Block, Rect, str]]) -> None:
    followup = FollowUp("comment", "text", {"ar": "?"}, keyboards={"ar": "latin"})
    kit = kit_of((800, 480))
    for text, align in (("", "right"), ("shukran", "left")):
        drawn.clear()
        keyboard.draw(kit, Surface((800, 480)), room(kit), Ask("ar", followup, 1, 1, entry=Entry(text, shift="off")))
        assert drawn[0][2] == align


@pytest.mark.parametrize("language", ["en", "de", "uk", "ar", "hi", "th", "ja"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("modes", [Modes(large=True), Modes(contrast=True), Modes(True, True, True)])
def test_every_text_is_whole_in_every_mode(
    language: str, size: tuple[int, int], modes: Modes, drawn: list[tuple[Block, Rect, str]]
) -> None:
    for entry in states(language):
        shown(kit_of(size, modes), language, entry)
    assert [block for block, _, _ in drawn if block.cut] == []


@pytest.mark.parametrize("size", SIZES)
def test_within_reach_all_keys_are_in_the_lower_half(size: tuple[int, int]) -> None:
    kit = kit_of(size, Modes(reach=True))
    for entry in states("en"):
        assert min(target.y for target in shown(kit, "en", entry)[1]) >= size[1] // 2


def test_large_texts_are_larger(drawn: list[tuple[Block, Rect, str]]) -> None:
    sizes = []
    for modes in (Modes(), Modes(large=True)):
        drawn.clear()
        shown(kit_of((720, 1280), modes), "en", Entry("Hello", shift="off"))
        sizes.append({block.lines[0]: block.size for block, _, _ in drawn})
    for text in ("Hello", "q", "Space"):
        assert sizes[1][text] >= 1.2 * sizes[0][text]


def test_high_contrast_leaves_only_black_and_white_at_the_edges_of_keys() -> None:
    kit = kit_of((800, 480), Modes(contrast=True))
    surface, targets = shown(kit, "en")
    for target in targets:
        edge = surface.get_at((target.x + target.w // 2, target.y + 5))[:3]
        assert contrast((edge[0], edge[1], edge[2]), (255, 255, 255)) > 7


def test_a_survey_that_asks_for_a_keyboard_there_is_not_gets_latin_letters() -> None:
    followup = FollowUp("comment", "text", {"en": "?"}, keyboards={"ja": "own"})
    kit = kit_of((800, 480))
    targets = keyboard.draw(kit, Surface((800, 480)), room(kit), Ask("ja", followup, 1, 1))
    assert {"Q", "W"} <= set(names(targets))


def test_once_warm_no_touch_waits_for_a_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    kit = kit_of((800, 480))
    steps = sum(1 for _ in keyboard.warm(kit, room(kit), Ask("en", COMMENT, 1, 1)))
    assert steps > 100
    made: list[tuple[object, ...]] = []
    get = Shelf.get

    def noted(self: Shelf, key: tuple[object, ...], make: Callable[[], Surface]) -> Surface:
        return get(self, key, lambda: made.append(key) or make())  # type: ignore[func-returns-value]

    monkeypatch.setattr(Shelf, "get", noted)
    for entry in (Entry(), Entry(shift="off"), Entry(shift="lock"), Entry(layer="symbols")):
        keyboard.draw(kit, Surface((800, 480)), room(kit), Ask("en", COMMENT, 1, 1, entry=entry))
    texts = [str(key[1]) for key in made if key[0] == "text"]
    assert all(len(text) > 5 for text in texts), texts


def test_a_key_press_is_drawn_without_a_wait() -> None:
    """In the middle of five hundred characters; it takes 1 to 2 ms, and the bound is for a busy machine."""
    kit = kit_of((1280, 800))
    view = Ask("en", COMMENT, 1, 1)
    for _ in keyboard.warm(kit, room(kit), view):
        pass
    surface = Surface((1280, 800))
    took = []
    for end in range(300, 340):
        began = time.perf_counter()
        keyboard.draw(kit, surface, room(kit), msgspec.structs.replace(view, entry=Entry(LONG[:end], shift="off")))
        took.append(time.perf_counter() - began)
    assert sorted(took)[len(took) // 4] < 0.1


def test_an_evening_of_typing_stays_within_the_shelf() -> None:
    kit = kit_of((480, 320))
    for language in LANGUAGES:
        for entry in states(language):
            shown(kit, language, entry)
            assert kit.shelf.held <= kit.shelf.budget
