"""The two ways into the diagnostics: both outer buttons held, five taps in a corner; nothing else opens them."""

from __future__ import annotations

import pygame
import pytest

from kiosk.backstage.chord import CORNER, HOLD_MS, TAPS_MS, Chord, Held
from kiosk.screens.samples import MODES, samples
from kiosk.screens.stage import Painter, hit
from kiosk.survey import Survey

SIZES = [(320, 480), (480, 320), (800, 480), (1024, 600), (1280, 800), (720, 1280), (1920, 1080), (1080, 1920)]


@pytest.fixture
def chord() -> Chord:
    return Chord(4, (800, 480))


def tap(chord: Chord, *moments: int, at: tuple[int, int] = (10, 10)) -> list[bool]:
    return [chord.tapped(*at, moment) for moment in moments]


def test_on_another_screen_the_corner_is_another(chord: Chord) -> None:
    at = 120, 120
    assert not any(tap(chord, *range(5), at=at))
    chord.refit((1920, 1080))
    assert tap(chord, *range(5), at=at)[-1]


def test_both_outer_buttons_held_for_five_seconds_open_it_once(chord: Chord) -> None:
    chord.pressed(3, 1_000)
    assert chord.deadline is None
    chord.pressed(0, 1_400)
    assert chord.deadline == 1_400 + HOLD_MS
    assert chord.held(6_399) == ()
    assert chord.held(6_400) == (Held(0, 1_400), Held(3, 1_000))
    assert chord.held(6_500) == ()
    assert chord.deadline is None


def test_a_button_let_go_in_between_begins_anew(chord: Chord) -> None:
    chord.pressed(0, 0)
    chord.pressed(3, 0)
    chord.released(0)
    assert chord.deadline is None
    assert chord.held(HOLD_MS) == ()
    chord.pressed(0, 4_000)
    assert chord.held(HOLD_MS) == ()
    assert chord.held(4_000 + HOLD_MS) == (Held(0, 4_000), Held(3, 0))


def test_other_buttons_matter_neither_way(chord: Chord) -> None:
    for button in (0, 1, 2):
        chord.pressed(button, 0)
    assert chord.held(HOLD_MS) == ()
    chord.pressed(3, 0)
    chord.released(1)
    assert chord.held(HOLD_MS) != ()


@pytest.mark.parametrize("buttons", [0, 1])
def test_a_panel_without_two_buttons_has_no_chord(buttons: int) -> None:
    chord = Chord(buttons, (800, 480))
    chord.pressed(0, 0)
    assert chord.deadline is None
    assert chord.held(HOLD_MS) == ()


def test_the_outer_ones_of_two_are_both() -> None:
    chord = Chord(2, (800, 480))
    chord.pressed(0, 0)
    chord.pressed(1, 0)
    assert [held.button for held in chord.held(HOLD_MS)] == [0, 1]


def test_five_taps_in_the_corner_within_three_seconds_open_it_once(chord: Chord) -> None:
    assert tap(chord, 0, 700, 1_400, 2_100, TAPS_MS) == [False, False, False, False, True]
    assert tap(chord, TAPS_MS + 1) == [False]


def test_five_slow_taps_do_not(chord: Chord) -> None:
    assert True not in tap(chord, 0, 700, 1_400, 2_100, TAPS_MS + 1)
    assert tap(chord, TAPS_MS + 2) == [True]  # the last five lie close together


def test_a_tap_elsewhere_in_between_begins_anew(chord: Chord) -> None:
    tap(chord, 0, 100, 200, 300)
    tap(chord, 400, at=(400, 10))
    assert tap(chord, 500) == [False]
    assert tap(chord, 600, 700, 800, 900)[-1]


def test_the_corner_is_as_large_as_it_says(chord: Chord) -> None:
    side = round(480 * CORNER)
    assert tap(chord, 0, 1, 2, 3, 4, at=(side - 1, side - 1))[-1]
    assert not tap(chord, 0, 1, 2, 3, 4, at=(side, side - 1))[-1]
    assert not tap(chord, 0, 1, 2, 3, 4, at=(side - 1, side))[-1]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_target_reaches_the_corner_of_a_screen_without_back(bundled: Survey, size: tuple[int, int]) -> None:
    """On the others a tap there goes back, until one of these is reached."""
    painter, surface = Painter(bundled, size), pygame.Surface(size)
    side = int(min(size) * CORNER)
    corner = [(x, y) for x in (0, side // 2, side - 1) for y in (0, side // 2, side - 1)]
    for language in ("en", "ar"):
        for modes in MODES.values():
            for sample in samples(bundled, language, modes):
                if sample.screen in ("attract", "voted", "thanks", "trouble"):
                    targets = painter.draw(surface, sample.view)
                    assert {hit(targets, *point) for point in corner} == {None}, sample.screen
