"""The technician's screens: every page at every size can be read, touched and told apart, and is drawn in time."""

from __future__ import annotations

import functools
import itertools
import re
import string
import subprocess
import sys
import time

import msgspec
import pygame
import pytest
import segno
from pygame import Rect, Surface

from hardware.health import good
from kiosk.screens.faces import MOODS
from kiosk.screens.target import Target
from kiosk.screens.technician import heat, qr, rooms, screen, scroll, touch
from kiosk.screens.technician.cards import moods
from kiosk.screens.technician.draw import TITLES, draw
from kiosk.screens.technician.pages import (
    Buttons,
    Cleaning,
    Confirm,
    Field,
    Form,
    Layer,
    Lines,
    Log,
    Page,
    PinPad,
    Results,
    ScreenTest,
    Service,
    Technician,
    TouchTest,
    Verdict,
    Ways,
)
from kiosk.screens.technician.samples import NETWORK, PAGES, sample, samples
from kiosk.screens.technician.theme import DARK, HEAT, PAPER, RAISED, TONES, TRACK, on_heat
from kiosk.screens.technician.theme import heat as heat_colour
from kiosk.screens.theme import PLAIN, TOUCH, contrast, luminance
from kiosk.screens.view import Modes
from kiosk.screens.widgets import Kit
from tests.seen import Spoken, boxes, check, listen

SIZES = [(480, 320), (800, 480), (1280, 800), (720, 1280), (1920, 1080), (320, 480), (1920, 480)]
PANELS = [((480, 320), 165), ((800, 480), 133), ((1280, 800), 150), ((720, 1280), 210)]
"""Real ones, with their pixels an inch: targets are as large as fingers there."""
NAMES = [name for name, _ in samples()]
KEY = 5.5
"""The least width of a key, in u: ten share the width of the narrowest screens, as on the visitor's keyboard."""
SLOWEST_S = 0.1
"""Six times what a page may take where nothing else runs, 16 ms: tests run beside others, on any machine."""

sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))


def view(name: str, size: tuple[int, int] = (1280, 800)) -> Technician:
    return dict(samples(size))[name]


@functools.cache
def used(size: tuple[int, int], dpi: float | None = None) -> Kit:
    """One that has drawn other pages before, as the kiosk's has: what a page says it need not measure anew."""
    return Kit.of(size, dpi)


def drawn(shown: Technician, size: tuple[int, int] = (1280, 800), dpi: float | None = None) -> dict[str, Rect]:
    """The targets by their actions, and where they are."""
    targets = draw(Kit.of(size, dpi), Surface(size), shown)
    return {target.action: box for target, box in zip(targets, boxes(targets), strict=True)}


def expected(shown: Technician) -> set[str]:
    """The targets that the contract in pages.py names for a view; ways up and down are tested on their own."""
    around = {*(f"page:{page}" for page in shown.pages), "leave"}
    match shown.body:
        case PinPad(wait_s=None):
            return {*(f"digit:{digit}" for digit in range(10)), "delete", "ok", "leave"}
        case PinPad():
            return {"leave"}
        case Confirm():
            return {"yes", "no"}
        case Cleaning():
            return set()
        case Ways(ways=ways):
            return {*(way.action for way in ways), "no"}
        case Form(fields=fields, layer=layer, marks=marks):
            typed = {f"field:{field.name}" for field in fields}
            typed |= {"reveal"} if any(field.secret for field in fields) else set()
            keys = {"key:delete"} | ({"key:signs"} if layer != "address" else set())
            return {*typed, *keys, *(["key:space"] if layer != "address" and not marks else []), "ok", "no"}
        case ScreenTest(step=step):
            return {"next"} if step else {"next", *around}
        case Buttons(buttons=buttons, buzzer=buzzer):
            lights = {f"light:{one.face}" for one in buttons if one.light is not None}
            return {*around, *lights, *(["tone"] if buzzer else [])}
        case TouchTest():
            return {*around, "draw"}
        case Lines(button=button):
            return {*around, *(["test"] if button else []), *(["unlock"] if shown.locked else [])}
        case Results():
            return {*around, "span:today", "span:week", "misuse:with", "misuse:without"}
        case Service(deeds=deeds):
            return {*around, *(deed.action for deed in deeds if deed.possible)}
    return around


@pytest.fixture(autouse=True)
def _fonts() -> None:
    pygame.font.init()


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[Spoken]:
    """Every text drawn from now on."""
    return listen(monkeypatch)


@pytest.mark.parametrize("name", NAMES)
@sizes
def test_every_page_can_be_read_and_touched_at_every_size(
    size: tuple[int, int], name: str, spoken: list[Spoken]
) -> None:
    kit, shown = used(size), view(name, size)
    targets = draw(kit, Surface(size), shown)
    check(size, targets, spoken, KEY if isinstance(shown.body, Form) else TOUCH)
    if size != (320, 480):  # where an end that is lost is seen to be
        assert kit.text.cut == []
    assert spoken or isinstance(shown.body, ScreenTest)
    assert expected(shown) == {
        target.action for target in targets if not re.fullmatch("up|down|key:.|key:shift", target.action)
    }


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("size", "dpi"), PANELS, ids=str)
def test_on_a_real_panel_every_target_is_as_large_as_a_finger(size: tuple[int, int], dpi: int, name: str) -> None:
    kit, shown = used(size, dpi), view(name, size)
    targets = boxes(draw(kit, Surface(size), shown))
    least = kit.frame.px(KEY if isinstance(shown.body, Form) else min(kit.frame.touch, 9.4))
    for box in targets:
        assert Rect(0, 0, *size).contains(box)
        assert min(box.size) >= least
    assert not any(one.colliderect(other) for one, other in itertools.combinations(targets, 2))


@sizes
def test_all_pages_and_the_way_out_can_be_reached_from_the_bar(size: tuple[int, int]) -> None:
    found = drawn(view("votes", size), size)
    for action in (*(f"page:{page}" for page in PAGES), "leave"):
        assert rooms.rooms(Kit.of(size)).bar.contains(found[action])
    assert set(TITLES) == set(PAGES)


@sizes
def test_a_locked_screen_can_be_unlocked(size: tuple[int, int]) -> None:
    locked = msgspec.structs.replace(view("votes", size), locked=True, read_only=True)
    assert "unlock" in drawn(locked, size)
    assert "unlock" not in drawn(view("votes", size), size)


@pytest.mark.parametrize("count", range(1, 12))
@pytest.mark.parametrize("size", [(480, 320), (320, 480)], ids=str)
def test_fewer_pages_make_larger_tabs_never_a_hole(size: tuple[int, int], count: int) -> None:
    few = msgspec.structs.replace(view("votes", size), pages=PAGES[:count])
    tabs = [box for action, box in drawn(few, size).items() if action.startswith("page:") or action == "leave"]
    assert len(tabs) == count + 1
    assert not any(one.colliderect(other) for one, other in itertools.combinations(tabs, 2))


def test_texts_stand_out_from_all_that_they_are_drawn_on() -> None:
    for ground in (DARK.ground, DARK.card, RAISED):
        for colour in (DARK.ink, DARK.quiet, *TONES.values()):
            assert contrast(colour, ground) >= 4.5
    assert contrast(DARK.on_accent, DARK.accent) >= 4.5
    for colour in TONES.values():
        assert contrast(DARK.on_accent, colour) >= 4.5


def test_edges_signs_and_bars_stand_out() -> None:
    for colour in (DARK.edge, DARK.accent, *TONES.values(), PAPER):
        for ground in (DARK.ground, DARK.card):
            assert contrast(colour, ground) >= 3
    assert contrast(DARK.accent, RAISED) >= 3
    assert contrast(DARK.accent, TRACK) >= 3


def test_faces_stand_out_from_the_disc_that_they_lie_on() -> None:
    for mood in {mood for of_survey in MOODS.values() for mood in of_survey}:
        assert contrast(mood.ring, PAPER) >= 3


def test_nobody_takes_the_screen_for_the_visitors() -> None:
    assert luminance(DARK.ground) < 0.02
    assert luminance(PLAIN.ground) > 0.8


def test_the_heat_map_is_read_without_colour() -> None:
    light = [luminance(colour) for colour in HEAT]
    assert light == sorted(light, reverse=True), "the unhappier, the lighter"
    for one, other in itertools.pairwise(HEAT):
        assert contrast(one, other) >= 1.4
    assert contrast(HEAT[-1], DARK.card) >= 3
    for index in (0, 19.9, 20, 50, 79.9, 80, 100):
        assert contrast(on_heat(index), heat_colour(index)) >= 4.5


def test_the_heat_map_is_drawn_again_when_the_week_changed_and_only_then() -> None:
    size = (1280, 800)
    kit, one, two, again = Kit.of(size), Surface(size), Surface(size), Surface(size)
    room = Rect(100, 100, 900, 300)
    heat.draw(kit, one, room, ((50.0,) * 24,) * 7)
    heat.draw(kit, two, room, ((50.0,) * 24,) * 6 + ((None,) * 24,))
    heat.draw(kit, again, room, ((50.0,) * 24,) * 7)
    assert pygame.image.tobytes(one, "RGB") == pygame.image.tobytes(again, "RGB")
    assert pygame.image.tobytes(one, "RGB") != pygame.image.tobytes(two, "RGB")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)], ids=str)
def test_a_page_is_drawn_in_time_once_its_texts_are_known(size: tuple[int, int], name: str) -> None:
    kit, surface, shown = used(size), Surface(size), view(name, size)
    draw(kit, surface, shown)
    took = []
    for _ in range(3):
        start = time.process_time()
        draw(kit, surface, shown)
        took.append(time.process_time() - start)
    assert min(took) < SLOWEST_S


def test_drawing_many_strokes_takes_no_longer_than_a_page_may() -> None:
    size = (1920, 1080)
    kit, surface = Kit.of(size), Surface(size)
    area = touch.board(kit)
    stroke = tuple((area.x + (37 * n) % area.width, area.y + (91 * n) % area.height) for n in range(300))
    shown = sample("touch", TouchTest((stroke,) * 20, (None,) * 5, ""))
    draw(kit, surface, shown)
    start = time.process_time()
    draw(kit, surface, shown)
    assert time.process_time() - start < 2 * SLOWEST_S


def test_a_page_looks_the_same_whatever_was_shown_before_and_however_visitors_want_to_see() -> None:
    size = (800, 480)
    kit, used = Kit.of(size).seen(Modes(large=True, contrast=True)), Surface(size)
    kit.text.language = "ar"
    for name, shown in samples(size):
        fresh = Surface(size)
        draw(Kit.of(size), fresh, shown)
        draw(kit, used, shown)
        assert pygame.image.tobytes(fresh, "RGB") == pygame.image.tobytes(used, "RGB"), name


@sizes
def test_the_board_is_where_the_page_says_whatever_else_is_shown(size: tuple[int, int]) -> None:
    area = touch.board(Kit.of(size))
    for shown in (view("touch", size), msgspec.structs.replace(view("touch", size), read_only=True, locked=True)):
        assert drawn(shown, size)["draw"] == area
    assert len(touch.MARKS) == 5
    for number, (across, down) in enumerate(touch.MARKS):
        x, y = touch.mark_at(Kit.of(size), number)
        assert abs(x - area.x - across * area.width) <= 1
        assert abs(y - area.y - down * area.height) <= 1


def test_strokes_stay_on_the_board() -> None:
    size = (800, 480)
    surface, empty = Surface(size), Surface(size)
    draw(Kit.of(size), empty, sample("touch", TouchTest((), (None,) * 5, "")))
    draw(Kit.of(size), surface, sample("touch", TouchTest((((0, 0), (799, 479)),), (None,) * 5, "")))
    assert surface.get_at((2, 2)) == empty.get_at((2, 2))
    area = touch.board(Kit.of(size))
    assert pygame.image.tobytes(surface.subsurface(area), "RGB") != pygame.image.tobytes(empty.subsurface(area), "RGB")


@pytest.mark.parametrize("offset", [(4, -7), (0, 0), (31, 44), (-60, 3), (2, -50)])
@sizes
def test_offsets_are_written_beside_their_marks_and_never_over_the_finger(
    size: tuple[int, int], offset: tuple[int, int], spoken: list[Spoken]
) -> None:
    kit = Kit.of(size)
    draw(kit, Surface(size), sample("touch", TouchTest((), (offset,) * 5, "")))
    said = [text for text in spoken if text.block.lines == ("{:+d}, {:+d} px".format(*offset),)]
    assert len(said) == 5
    for number, text in enumerate(said):
        x, y = touch.mark_at(kit, number)
        assert abs(text.box.centerx - x) < kit.frame.px(10)
        assert abs(text.box.centery - y) < kit.frame.px(7)
        assert not text.box.collidepoint(x + offset[0], y + offset[1])


@pytest.mark.parametrize(("step", "colour"), list(enumerate((colour for _, colour in screen.COLOURS), 1)))
def test_a_step_of_the_screen_test_is_one_plain_colour(step: int, colour: tuple[int, int, int]) -> None:
    surface = Surface((480, 320))
    (target,) = draw(Kit.of((480, 320)), surface, sample("screen", ScreenTest(step, 0, (480, 320), "")))
    assert target == Target("next", 0, 0, 480, 320)
    assert pygame.transform.average_color(surface)[:3] == colour
    assert pygame.mask.from_threshold(surface, colour, (1, 1, 1)).count() == 480 * 320


@sizes
def test_the_frame_has_a_line_one_pixel_thick_along_every_edge(size: tuple[int, int]) -> None:
    surface = Surface(size)
    draw(Kit.of(size), surface, sample("screen", ScreenTest(6, 0, size, "")))
    width, height = size
    white, black = (255, 255, 255, 255), (0, 0, 0, 255)
    for x in range(width):
        assert surface.get_at((x, 0)) == surface.get_at((x, height - 1)) == white
        assert surface.get_at((x, 1)) == surface.get_at((x, height - 2)) == (black if 0 < x < width - 1 else white)
    for y in range(height):
        assert surface.get_at((0, y)) == surface.get_at((width - 1, y)) == white
        assert surface.get_at((1, y)) == surface.get_at((width - 2, y)) == (black if 0 < y < height - 1 else white)


def wifi(ssid: str, passphrase: str, field: str, layer: Layer, marks: str = "") -> Form:
    fields = Field("ssid", "Network name", ssid), Field("passphrase", "Passphrase", passphrase, True)
    return Form(lead="The wireless network", fields=fields, field=field, layer=layer, marks=marks)


def typeable(shown: Form, size: tuple[int, int] = (800, 480)) -> set[str]:
    return {
        action.removeprefix("key:") for action in drawn(sample("service", shown), size) if action.startswith("key:")
    }


@sizes
def test_every_printable_character_of_ascii_can_be_typed(size: tuple[int, int]) -> None:
    names: tuple[Layer, ...] = ("small", "capital", "signs")
    layers = [typeable(wifi("", "", "ssid", layer), size) for layer in names]
    signs = set().union(*layers)
    assert {sign for sign in string.printable if sign.isprintable()} - {" "} <= signs
    assert {"space", "delete", "shift", "signs"} <= signs
    assert all({"space", "delete", "signs"} <= layer for layer in layers), "nobody is stuck on a layer"


@sizes
def test_every_character_of_an_address_can_be_typed_without_changing_the_keys(size: tuple[int, int]) -> None:
    assert typeable(wifi("", "", "ssid", "address"), size) == {*string.hexdigits.lower(), *".:/", "delete"}
    assert set(".:/-" + string.ascii_lowercase + string.digits) <= typeable(wifi("", "", "ssid", "small", ".:/-"), size)


def test_the_step_that_fails_is_marked_in_words(spoken: list[Spoken]) -> None:
    shown = view("network", (800, 480))
    draw(Kit.of((800, 480)), Surface((800, 480)), shown)
    (said,) = (text.block.lines[0] for text in spoken if "stops here" in text.block.lines[0])
    assert said == "It stops here · proxy · 192.0.2.9 port 3128: HTTP 407"


def test_a_passphrase_is_gone_once_another_page_is_shown() -> None:
    size = (800, 480)
    kit, surface = Kit.of(size), Surface(size)
    secret = "correct horse battery"
    draw(kit, surface, sample("service", wifi("Store", secret, "passphrase", "small")))
    typed = kit.text.typed
    assert typed is kit.text.typed, "kept while it is typed"
    draw(kit, surface, view("service", size))
    assert kit.text.typed is not typed
    assert secret not in repr(vars(kit.text)), "never among the texts that are kept"


def test_the_end_of_a_long_passphrase_is_seen_with_a_sign_that_more_stands_before_it() -> None:
    size = (800, 480)
    kit, surface = Kit.of(size), Surface(size)
    draw(kit, surface, sample("service", wifi("Store", "x" * 60 + "END", "passphrase", "small")))
    assert kit.text.typed.cut == []
    assert any("…x" in str(key) and "END" in str(key) for key in kit.text.typed._shelf._pictures)


def test_nothing_but_the_way_out_can_be_touched_while_one_must_wait(spoken: list[Spoken]) -> None:
    assert set(drawn(sample("service", PinPad(0, "", 61)))) == {"leave"}
    assert any(text.block.lines == ("1:01 min",) for text in spoken)


def test_the_pin_pad_shows_how_many_digits_were_typed_and_no_digit() -> None:
    size = (800, 480)
    pictures = []
    for typed in (0, 1, 6, 9, 40):
        surface = Surface(size)
        draw(Kit.of(size), surface, sample("service", PinPad(typed)))
        pictures.append(pygame.image.tobytes(surface, "RGB"))
    assert len(set(pictures)) == len(pictures)


def test_a_deed_that_is_not_possible_is_no_target_and_says_why(spoken: list[Spoken]) -> None:
    shown = view("service")
    assert isinstance(shown.body, Service)
    (dead,) = (deed for deed in shown.body.deeds if not deed.possible)
    assert dead.action not in drawn(shown)
    assert any(" ".join(text.block.lines) == dead.said for text in spoken)


@pytest.mark.parametrize("page", ["network", "log"])
@sizes
def test_a_list_is_walked_to_its_end_and_back(size: tuple[int, int], page: Page, spoken: list[Spoken]) -> None:
    """By three lines a touch, as the kiosk goes on, every line is seen on the way; at the ends there is one way."""
    many = tuple(good(f"reading.{number}", f"Reading {number} is good.", "x" * (number % 3)) for number in range(23))

    def body(first: int) -> Lines | Log:
        if page == "log":
            return Log(tuple((line.name, line.said) for line in many), first)
        return Lines(many, first, "Test now", "Tried.")

    kit, surface = Kit.of(size), Surface(size)
    seen: set[str] = set()
    first, steps = 0, 0
    while True:
        spoken.clear()
        ways = {"up", "down"} & {target.action for target in draw(kit, surface, sample(page, body(first)))}
        seen |= {" ".join(text.block.lines) for text in spoken}
        assert ("up" in ways) is (first > 0)
        if "down" not in ways:
            break
        first, steps = first + 3, steps + 1
        assert steps < len(many)
    assert {line.said for line in many} <= seen
    assert first < len(many)


def test_a_short_list_has_no_ways() -> None:
    assert not {"up", "down"} & set(drawn(sample("network", Lines(NETWORK[:2], 0))))


def test_the_window_of_a_list_is_full_at_its_end() -> None:
    def tall(number: int) -> int:
        return 10

    assert scroll.window(10, tall, 0, 35) == range(3)
    assert scroll.window(10, tall, 9, 35) == range(7, 10)
    assert scroll.window(10, tall, 99, 35) == range(7, 10)
    assert scroll.window(10, tall, 4, 5) == range(4, 5)
    assert scroll.window(2, tall, 1, 100) == range(2)
    assert scroll.window(0, tall, 0, 100) == range(0)


def test_a_long_list_is_measured_only_where_it_is_shown() -> None:
    asked: list[int] = []
    scroll.window(10_000, lambda number: asked.append(number) or 10, 500, 35)  # type: ignore[func-returns-value]
    assert len(set(asked)) <= 6


def test_a_code_has_its_white_and_its_modules_are_large_enough() -> None:
    text = "Moodpost 0.1.0 helsinki\n0 bad, 1 unknown, 22 good"
    surface = Surface((400, 400))
    surface.fill((9, 9, 9))
    box = qr.draw(Kit.of((400, 400)), surface, text, (10, 10), 260)
    matrix = segno.make_qr(text, error="l").matrix
    across = len(matrix) + 2 * 4  # ISO/IEC 18004: four modules of white on every side
    module = box.width // across
    assert module == 260 // across >= 3
    for y, x in itertools.product(range(box.height), range(box.width)):
        row, column = y // module - 4, x // module - 4
        dark = 0 <= row < len(matrix) and 0 <= column < len(matrix) and matrix[row][column]
        assert surface.get_at((box.x + x, box.y + y))[:3] == ((0, 0, 0) if dark else (255, 255, 255))
    assert qr.side(text, 10) == across * 3, "never smaller than a phone can read"


def test_a_code_says_its_first_lines_where_there_is_no_room_for_all() -> None:
    text = "\n".join(("Moodpost 0.1.0", "2 bad", "x" * 200))
    assert qr.fitting(text, 1000) == text
    assert qr.fitting(text, 120) == "Moodpost 0.1.0\n2 bad"
    assert qr.fitting("x" * 200, 10) == "x" * 200


def test_segno_is_loaded_only_when_a_code_is_drawn() -> None:
    code = "import sys, kiosk.screens.technician.draw; sys.exit('segno' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_worst_is_told_once_and_what_was_read_stands_by_it(spoken: list[Spoken]) -> None:
    shown = view("verdict")
    assert isinstance(shown.body, Verdict)
    drawn(shown)
    said = [" ".join(text.block.lines) for text in spoken]
    for health in shown.body.worst:
        assert said.count(health.said) == 1
        assert any(health.raw in text for text in said)
    assert [f"{shown.body.bad} bad", f"{shown.body.unknown} unknown", f"{shown.body.good} good"] == said[
        said.index("2 bad") : said.index("2 bad") + 3
    ]


def test_what_has_no_room_on_the_verdict_is_counted() -> None:
    size = (480, 320)
    shown = view("verdict", size)
    assert isinstance(shown.body, Verdict)
    long = tuple(msgspec.structs.replace(health, said=health.said * 2) for health in shown.body.worst)
    with pytest.MonkeyPatch.context() as patched:
        spoken = listen(patched)
        drawn(sample("verdict", msgspec.structs.replace(shown.body, worst=long, head="Much is wrong.")), size)
    assert any(text.block.lines[0].startswith("and ") for text in spoken)


def test_what_lost_its_end_is_told_of_the_last_picture_alone() -> None:
    kit, surface = Kit.of((480, 320)), Surface((480, 320))
    endless = msgspec.structs.replace(view("votes", (480, 320)), about="x" * 500)
    for _ in range(3):
        draw(kit, surface, endless)
        assert len(kit.text.cut) == 1
    draw(kit, surface, view("votes", (480, 320)))
    assert kit.text.cut == []


@pytest.mark.parametrize("left_s", [10, 1])
@pytest.mark.parametrize("name", ["votes", "pin", "form", "confirm"])
@pytest.mark.parametrize("size", [(480, 320), (720, 1280)], ids=str)
def test_it_says_when_it_will_leave(size: tuple[int, int], name: str, left_s: int, spoken: list[Spoken]) -> None:
    shown = msgspec.structs.replace(view(name, size), left_s=left_s)
    targets = draw(Kit.of(size), Surface(size), shown)
    assert any(text.block.lines == (f"Leaves in {left_s} s",) for text in spoken)
    check(size, targets, spoken, KEY if name == "form" else TOUCH)


def test_no_survey_has_more_faces_than_there_are_moods() -> None:
    assert [len(moods(count)) for count in range(1, 7)] == [2, 2, 3, 4, 5, 5]


@pytest.mark.parametrize("size", [(480, 320), (720, 1280)], ids=str)
def test_texts_of_any_length_stay_in_their_place(size: tuple[int, int], spoken: list[Spoken]) -> None:
    endless = ("said", "raw", "head", "question", "safe", "about", "kiosk", "label", "lead")
    long = "Lentokonesuihkuturbiinimoottoriapumekaanikkoaliupseerioppilas " * 12

    def lengthen(node: object) -> object:
        if isinstance(node, dict):
            return {key: long if key in endless else lengthen(value) for key, value in node.items()}
        return [lengthen(child) for child in node] if isinstance(node, list | tuple) else node

    for name, shown in samples(size):
        spoken.clear()
        kit = Kit.of(size)
        stretched = msgspec.convert(lengthen(msgspec.to_builtins(shown)), Technician)
        targets = draw(kit, Surface(size), stretched)
        check(size, targets, spoken, KEY if isinstance(shown.body, Form) else TOUCH)
        assert kit.text.cut or name.startswith(("screen", "cleaning", "form", "pin")), name
