"""What goes with a view: one drawing a change, transitions that stop by themselves, lights, darkness, pictures."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

import msgspec
import pygame
import pytest

from hardware.errors import DisplayError
from kiosk.screens.motion import LASTS_MS
from kiosk.screens.view import Ask, Asleep, Attract, Languages, Modes, Thanked, Trouble
from kiosk.show import FRAME_MS, Show, Trace, screen_name
from kiosk.survey import Survey
from tests.conftest import Clock

SIZE = (800, 480)


class Screen:
    """A display that counts what it shows."""

    size = SIZE

    def __init__(self) -> None:
        self.surface = pygame.Surface(SIZE)
        self.flips: list[bytes] = []
        self.areas: list[pygame.Rect | None] = []
        self.broken = False

    def flip(self, area: pygame.Rect | None = None) -> None:
        self.flips.append(pygame.image.tobytes(self.surface, "RGB"))
        self.areas.append(area)

    def save(self, path: Path) -> None:
        if self.broken:
            raise DisplayError(f"{path}: no room")
        pygame.image.save(self.surface, path)


class Told(list[Any]):
    """Remembers what it was told."""

    def show(self, lit: set[int]) -> None:
        self.append(lit)

    def sleep(self) -> None:
        self.append("sleep")

    def wake(self) -> None:
        self.append("wake")

    def try_again(self) -> None:
        self.append("again")


@pytest.fixture
def screen() -> Screen:
    return Screen()


def show(screen: Screen, survey: Survey, clock: Clock, **more: Any) -> Show:
    return Show(screen, survey, Trace(None), clock, **more)  # type: ignore[arg-type]


def picture(screen: Screen, survey: Survey, view: Any) -> bytes:
    """How `view` looks, drawn by itself."""
    other = Screen()
    show(other, survey, Clock(), still=True).show(view)
    return other.flips[-1]


def test_a_view_is_drawn_once(screen: Screen, bundled: Survey, clock: Clock) -> None:
    shown = show(screen, bundled, clock)
    assert shown.show(Attract("en"))
    assert not shown.show(Attract("en"))
    assert len(screen.flips) == 1
    assert shown.show(Attract("en", 1))
    assert not shown.show(Attract("en", 1))
    assert len(screen.flips) == 3  # the face under the finger, and all


def test_a_damaged_picture_is_drawn_again(screen: Screen, bundled: Survey, clock: Clock) -> None:
    shown = show(screen, bundled, clock)
    shown.show(Attract("en"))
    shown.damaged()
    assert shown.show(Attract("en"))
    assert screen.flips[0] == screen.flips[1]


def test_the_press_is_seen_at_once_and_whole(screen: Screen, bundled: Survey, clock: Clock) -> None:
    shown = show(screen, bundled, clock)
    shown.show(Attract("en"))
    shown.show(Attract("en", 2))
    assert shown.deadline() is None
    assert screen.areas[-1] is None
    assert screen.flips[-1] == picture(screen, bundled, Attract("en", 2))


@pytest.mark.parametrize("modes", [Modes(), Modes(contrast=True), Modes(large=True), Modes(reach=True)], ids=str)
def test_the_pressed_face_is_shown_before_all_else(screen: Screen, bundled: Survey, clock: Clock, modes: Modes) -> None:
    shown = show(screen, bundled, clock)
    shown.show(Attract("en", languages=("en", "fi"), modes=modes), (1, -1))
    shown.show(Attract("en", 2, languages=("en", "fi"), modes=modes))
    plain, lit, whole = (pygame.image.frombytes(flip, SIZE, "RGB") for flip in screen.flips)
    area = screen.areas[1]
    assert area is not None
    assert screen.areas == [None, area, None]
    target = next(target for target in shown._targets if target.action == "face:2")
    assert pygame.Rect(target.x, target.y, target.w, target.h).contains(area)
    middle = area.inflate(-area.width // 3, -area.height // 3)
    assert pixels(lit, middle) == pixels(whole, middle) != pixels(plain, middle)
    for picture in (plain, lit):
        picture.fill("black", area)
    assert pixels(plain) == pixels(lit)


def test_no_face_is_lit_ahead_on_a_picture_of_something_else(screen: Screen, bundled: Survey, clock: Clock) -> None:
    shown = show(screen, bundled, clock)
    shown.show(Attract("en", 1))  # first of all, so that nothing stands there
    shown.show(Attract("en"))  # fades in
    assert shown.deadline() is not None
    shown.show(Attract("en", 2))  # the picture is between the two
    shown.show(Attract("en", modes=Modes(reach=True)))
    shown.show(Attract("en", 2))  # the faces stand elsewhere
    shown.show(Thanked("en", 2))
    clock.move(0.1)
    shown.move()
    shown.show(Attract("en", 2))
    clock.move(0.1)
    shown.move()
    shown.show(Attract("en"))
    clock.move(0.1)
    shown.move()
    shown.show(Attract("en", 2), (1, 1))  # the picture moves
    shown.show(Attract("en"))
    clock.move(0.1)
    shown.move()
    shown.damaged()
    shown.show(Attract("en", 2))  # something has drawn over it
    assert shown.deadline() is None
    assert set(screen.areas) == {None}


def pixels(picture: pygame.Surface, area: pygame.Rect | None = None) -> bytes:
    return pygame.image.tobytes(picture.subsurface(area) if area else picture, "RGB")


def test_a_transition_goes_frame_by_frame_and_ends_within_a_fifth_of_a_second(
    screen: Screen, bundled: Survey, clock: Clock
) -> None:
    shown = show(screen, bundled, clock)
    shown.show(Attract("en", 1))
    began = clock.ms
    shown.show(Thanked("en", 1))
    while (due := shown.deadline()) is not None:
        assert due == clock.ms + FRAME_MS
        shown.move()
        flips = len(screen.flips)
        clock.ms = due
        shown.move()
        assert len(screen.flips) == flips + 1
    assert clock.ms - began <= 200
    assert len(screen.flips) >= LASTS_MS // FRAME_MS
    assert screen.flips[-1] == picture(screen, bundled, Thanked("en", 1))


def test_a_transition_that_has_ended_holds_no_pictures(screen: Screen, bundled: Survey, clock: Clock) -> None:
    shown = show(screen, bundled, clock)
    shown.show(Attract("en", 1))
    shown.show(Thanked("en", 1))
    assert shown._motion
    held = weakref.ref(shown._motion.after)
    assert held()
    clock.move(1)
    shown.move()
    assert held() is None


def test_a_transition_on_a_slow_board_is_left_out(screen: Screen, bundled: Survey, clock: Clock) -> None:
    shown = show(screen, bundled, clock)
    shown.show(Attract("en", 1))
    shown.show(Thanked("en", 1))
    clock.move(0.1)
    shown.move()
    assert shown.deadline() is None
    assert len(screen.flips) == 3
    assert screen.flips[-1] == picture(screen, bundled, Thanked("en", 1))


def test_a_touch_during_a_transition_means_the_new_screen(screen: Screen, bundled: Survey, clock: Clock) -> None:
    shown = show(screen, bundled, clock)
    shown.show(Attract("en", 1))
    shown.show(Ask("en", bundled.followups[0], 1, 1))
    assert shown.deadline() is not None
    targets = {target.action: target for target in shown._targets}
    choice = next(target for action, target in targets.items() if action.startswith("choice:"))
    assert shown.hit(choice.x + choice.w // 2, choice.y + choice.h // 2) == choice.action


def test_a_countdown_during_a_transition_does_not_end_it_but_a_light_does(
    screen: Screen, bundled: Survey, clock: Clock
) -> None:
    shown = show(screen, bundled, clock)
    followup = bundled.followups[0]
    shown.show(Attract("en", 1))
    shown.show(Ask("en", followup, 1, 1, undo_s=3))
    clock.ms += FRAME_MS
    shown.show(Ask("en", followup, 1, 1, undo_s=2))
    assert shown.deadline() is not None
    lit = Ask("en", followup, 1, 1, (followup.choices[0].id,))
    shown.show(lit)
    assert shown.deadline() is None
    assert screen.flips[-1] == picture(screen, bundled, lit)


def test_what_a_finger_rests_on_darkens_at_once_and_alone(screen: Screen, bundled: Survey, clock: Clock) -> None:
    shown = show(screen, bundled, clock)
    shown.show(Attract("en"))
    target = shown._targets[0]
    middle = target.x + target.w // 2, target.y + 2
    before = screen.surface.get_at(middle)
    shown.rest(frozenset({target.action}))
    assert screen.areas[-1] == (target.x, target.y, target.w, target.h)
    assert sum(screen.surface.get_at(middle)[:3]) < sum(before[:3])
    flips = len(screen.flips)
    shown.rest(frozenset({target.action}))
    assert len(screen.flips) == flips
    shown.damaged()
    assert shown.show(Attract("en"))  # drawn anew, it is still dark
    assert sum(screen.surface.get_at(middle)[:3]) < sum(before[:3])
    shown.rest(frozenset())
    assert shown.show(Attract("en"))
    assert screen.flips[-1] == screen.flips[0]


def test_who_wants_less_motion_gets_none(screen: Screen, bundled: Survey, clock: Clock) -> None:
    shown = show(screen, bundled, clock, still=True)
    shown.show(Attract("en", 1))
    shown.show(Thanked("en", 1))
    assert shown.deadline() is None
    assert len(screen.flips) == 2


def test_the_picture_moves_a_few_pixels_with_what_can_be_touched(screen: Screen, bundled: Survey, clock: Clock) -> None:
    shown = show(screen, bundled, clock)
    shown.show(Attract("en"), (0, 0))
    before = shown._targets
    assert shown.show(Attract("en"), (1, -1))
    assert [(t.x - b.x, t.y - b.y) for t, b in zip(shown._targets, before, strict=True)] == [(2, -2)] * len(before)
    assert not shown.show(Attract("en"), (1, -1))
    assert shown.show(Attract("en", 1))  # stays where it is while somebody is there
    assert shown._targets == [] or all(
        (t.x - b.x, t.y - b.y) == (2, -2) for t, b in zip(shown._targets, before, strict=True)
    )


def test_the_lights_mirror_the_screen(screen: Screen, bundled: Survey, clock: Clock) -> None:
    lights = Told()
    shown = show(screen, bundled, clock, lights=lights)
    for view in (
        Attract("en"),
        Attract("en", 2),
        Ask("en", bundled.followups[0], 1, 1, face=2),
        Languages("en", ("en", "fi")),
        Thanked("en", 2),
        Attract("en"),
        Languages("en", ("en", "fi")),
        Trouble("en", "store"),
        Asleep("en"),
    ):
        shown.show(view)
    # on the languages' screen they stay as they are
    assert lights == [{0, 1, 2, 3}, {1}, {1}, {1}, {0, 1, 2, 3}, set(), set()]


def test_the_backlight_goes_off_with_the_screen_and_on_again(screen: Screen, bundled: Survey, clock: Clock) -> None:
    light = Told()
    shown = show(screen, bundled, clock, backlight=light)
    shown.show(Attract("en"))
    assert "wake" not in light
    light.clear()
    shown.show(Asleep("en"))
    assert light == ["sleep"]
    assert screen.flips[-1] == bytes(SIZE[0] * SIZE[1] * 3)
    shown.show(Attract("en", 1))
    assert light == ["sleep", "wake"]
    shown.show(Attract("en", 2))  # whoever touches a screen that stayed black has it tried again
    assert light == ["sleep", "wake", "again"]
    shown.relight()
    assert light == ["sleep", "wake", "again", "again"]
    show(screen, bundled, clock).relight()  # without a backlight there is nothing to try


def test_each_screen_is_pictured_once_and_whole(screen: Screen, bundled: Survey, clock: Clock, tmp_path: Path) -> None:
    shown = show(screen, bundled, clock, shots=tmp_path)
    for view in (Attract("en"), Attract("en", 1), Attract("en", 2), Thanked("en", 2)):
        shown.show(view)
    assert {path.name for path in tmp_path.iterdir()} == {"attract.png", "voted.png", "thanks.png"}
    saved = pygame.image.load(tmp_path / "thanks.png")
    assert pygame.image.tobytes(saved, "RGB") == picture(screen, bundled, Thanked("en", 2))


def test_a_picture_during_a_transition_is_of_its_end(
    screen: Screen, bundled: Survey, clock: Clock, tmp_path: Path
) -> None:
    shown = show(screen, bundled, clock)
    shown.show(Attract("en", 1))
    shown.show(Thanked("en", 1))
    shown.save(tmp_path / "now.png")
    saved = pygame.image.load(tmp_path / "now.png")
    assert pygame.image.tobytes(saved, "RGB") == picture(screen, bundled, Thanked("en", 1))
    assert shown.deadline() is None


def test_a_picture_that_cannot_be_written_is_told_in_the_log(
    screen: Screen, bundled: Survey, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shown = show(screen, bundled, clock)
    screen.broken = True
    shown.save(tmp_path / "a.png")
    assert "no room" in caplog.text


def test_another_survey_is_drawn_anew(screen: Screen, bundled: Survey, clock: Clock) -> None:
    shown = show(screen, bundled, clock)
    shown.show(Attract("en"))
    text = {"en": "How was the soup?"}
    shown.use(msgspec.structs.replace(bundled, question=msgspec.structs.replace(bundled.question, text=text)))
    assert shown.show(Attract("en"))
    assert screen.flips[0] != screen.flips[1]


def test_what_is_lit_up_is_traced(screen: Screen, bundled: Survey, clock: Clock) -> None:
    lines: list[str] = []
    shown = Show(screen, bundled, Trace(lines.append), clock)  # type: ignore[arg-type]
    shown.show(Attract("en", 2))
    shown.show(Ask("en", bundled.followups[0], 1, 1, ("price",)))
    shown.show(Languages("fi", ("en", "fi"), modes=Modes(large=True)))
    assert [(line["screen"], line["lit"]) for line in map(msgspec.json.decode, lines)] == [
        ("voted", ["face:2"]),
        ("ask-improve", ["choice:price"]),
        ("languages", ["language:fi", "mode:large"]),
    ]


def test_every_screen_has_a_name(bundled: Survey) -> None:
    assert screen_name(Attract("en")) == "attract"
    assert screen_name(Attract("en", 1)) == "voted"
    assert screen_name(Ask("en", bundled.followups[0], 1, 1)) == "ask-improve"
    assert screen_name(Thanked("en", 1)) == "thanks"
    assert screen_name(Languages("en", ("en", "fi"))) == "languages"
    assert screen_name(Asleep("en")) == "asleep"
    assert screen_name(Trouble("en", "store")) == "trouble"
