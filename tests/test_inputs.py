"""Fingers: each has a number of its own, and whatever a driver drops, a touch is one touch and one release."""

from __future__ import annotations

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.inputs import HANDFUL, Input, Move, Release, Touch, Translator
from hardware.rotation import TURNS, Rotation

DOWN, MOTION, UP = pygame.FINGERDOWN, pygame.FINGERMOTION, pygame.FINGERUP


@pytest.fixture
def translator() -> Translator:
    return Translator(Rotation(0, 100, 100))


def finger(kind: int, number: int, x: int, y: int, device: int = 1) -> pygame.Event:
    return pygame.Event(kind, touch_id=device, finger_id=number, x=x / 100, y=y / 100)


def made(translator: Translator, *events: pygame.Event) -> list[Input]:
    return list(translator.inputs(events))


def test_a_second_finger_touches_while_the_first_is_down(translator: Translator) -> None:
    assert made(
        translator,
        finger(DOWN, 71, 10, 10),
        finger(DOWN, 72, 50, 50),
        finger(UP, 72, 51, 50),
        finger(MOTION, 71, 11, 10),
        finger(UP, 71, 11, 10),
    ) == [Touch(10, 10, 0), Touch(50, 50, 1), Release(51, 50, 1), Move(11, 10, 0), Release(11, 10, 0)]


def test_a_finger_gets_the_lowest_number_that_is_free(translator: Translator) -> None:
    made(translator, finger(DOWN, 71, 10, 10), finger(DOWN, 72, 20, 20), finger(UP, 71, 10, 10))
    assert made(translator, finger(DOWN, 73, 30, 30), finger(DOWN, 74, 40, 40)) == [Touch(30, 30, 0), Touch(40, 40, 2)]


def test_one_finger_is_always_the_first_whatever_the_driver_calls_it(translator: Translator) -> None:
    for name in (5, 6, 7):
        taps = made(translator, finger(DOWN, name, 1, 2), finger(UP, name, 1, 2))
        assert taps == [Touch(1, 2, 0), Release(1, 2, 0)]


def test_fingers_of_two_panels_are_two(translator: Translator) -> None:
    assert made(translator, finger(DOWN, 1, 1, 1, device=1), finger(DOWN, 1, 2, 2, device=2)) == [
        Touch(1, 1, 0),
        Touch(2, 2, 1),
    ]


def test_a_mouse_beside_a_finger_is_another_finger(translator: Translator) -> None:
    mouse = pygame.Event(pygame.MOUSEBUTTONDOWN, pos=(9, 9), button=1, touch=False)
    assert made(translator, finger(DOWN, 1, 1, 1), mouse) == [Touch(1, 1, 0), Touch(9, 9, 1)]


def test_a_finger_that_rests_moves_nothing(translator: Translator) -> None:
    made(translator, finger(DOWN, 1, 10, 10))
    assert made(translator, finger(MOTION, 1, 10, 10), finger(MOTION, 1, 10, 10)) == []


def test_a_release_that_the_driver_swallowed_is_made_up_before_the_next_touch(translator: Translator) -> None:
    made(translator, finger(DOWN, 1, 10, 10), finger(MOTION, 1, 12, 10))
    assert made(translator, finger(DOWN, 1, 50, 50)) == [Release(12, 10, 0), Touch(50, 50, 0)]


def test_fingers_that_never_go_up_end_with_the_hand(translator: Translator) -> None:
    """Else a driver that loses releases would fill the memory in a year."""
    for name in range(HANDFUL):
        assert made(translator, finger(DOWN, name, name, 0)) == [Touch(name, 0, name)]
    assert made(translator, finger(DOWN, 99, 50, 50)) == [Release(0, 0, 0), Touch(50, 50, 0)]
    assert made(translator, finger(DOWN, 98, 60, 60)) == [Release(1, 0, 1), Touch(60, 60, 1)]


@pytest.mark.parametrize("degrees", TURNS)
def test_a_mouse_that_is_dragged_out_of_the_picture_is_beside_it(degrees: int) -> None:
    rotation = Rotation(degrees, 30, 50)
    translator = Translator(rotation)
    down = pygame.Event(pygame.MOUSEBUTTONDOWN, pos=rotation.to_panel(0, 49), button=1, touch=False)
    moved = pygame.Event(pygame.MOUSEMOTION, pos=rotation.to_panel(-7, 60), touch=False)
    assert made(translator, down, moved) == [Touch(0, 49), Move(-7, 60)]


@given(
    st.lists(
        st.tuples(st.sampled_from([DOWN, MOTION, UP]), st.integers(0, 14), st.integers(0, 100), st.integers(0, 100)),
        max_size=80,
    )
)
def test_of_each_number_touch_and_release_take_turns(events: list[tuple[int, int, int, int]]) -> None:
    translator = Translator(Rotation(90, 100, 100))
    down: set[int] = set()
    touches = 0
    for made_of_it in translator.inputs(finger(*event) for event in events):
        match made_of_it:
            case Touch(x, y, number):
                assert number not in down
                assert 0 <= number < HANDFUL
                assert (0 <= x < 100) and (0 <= y < 100)
                down.add(number)
                touches += 1
            case Move(_, _, number):
                assert number in down
            case Release(_, _, number):
                down.remove(number)
    assert touches == sum(kind == DOWN for kind, *_ in events)
