"""What the visitor sees and what goes with it: picture, motion, lights. Knows views; never why they come."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import msgspec
from pygame import BLEND_RGB_MULT, Rect

from hardware.backlight import Backlight
from hardware.display import Display
from hardware.errors import DisplayError
from hardware.lights import Lights
from kiosk.screens import motion
from kiosk.screens.stage import Painter, Target, hit
from kiosk.screens.view import Ask, Asleep, Attract, Languages, Thanked, Trouble, View
from kiosk.store import Settled
from kiosk.survey import Survey

log = logging.getLogger(__name__)

FRAME_MS = 16
"""From one picture of a transition to the next."""
_STEP = 1 / 240
"""How far the picture drifts in a step, of the screen's shorter side: 2 pixels of 480."""

_DARKER = 184, 194, 216
"""What a key under a finger is multiplied with, of 255."""


class Trace:
    """Tells whoever runs the kiosk what happens, one JSON object a line. Silent without a `write`."""

    def __init__(self, write: Callable[[str], None] | None) -> None:
        self._write = write

    def __call__(self, event: str, **fields: object) -> None:
        """Write one line: `event`, and what belongs to it."""
        if self._write is not None:
            self._write(msgspec.json.encode({"event": event, **fields}).decode())

    def settled(self, settled: Settled) -> None:
        """What the store has said."""
        if settled.error:
            self("failed", ticket=settled.ticket, error=settled.error)
        elif settled.rows:
            self("stored", ms=round(settled.ms, 3), rows=settled.rows)


class Show:
    """Shows one view after the other. `still` leaves out all motion; `shots` is where a picture of each screen goes."""

    def __init__(
        self,
        display: Display,
        survey: Survey,
        trace: Trace,
        clock: Callable[[], int],
        *,
        lights: Lights | None = None,
        backlight: Backlight | None = None,
        dpi: float | None = None,
        still: bool = False,
        shots: Path | None = None,
    ) -> None:
        self._display = display
        self._trace = trace
        self._clock = clock
        self._lights = lights
        self._backlight = backlight
        self.dpi = dpi
        self._still = still or shots is not None  # a picture of a screen is one of the whole screen
        self._shots = shots
        self._pictured: set[str] = set()
        self._drift = 0, 0
        self._targets: list[Target] = []
        self._resting: frozenset[str] = frozenset()
        self._motion: motion.Transition | None = None
        self._drawn_ms = 0
        self._stale = False
        self._secret = False
        self.view: View | None = None
        self.use(survey)

    def use(self, survey: Survey) -> None:
        """Draw this survey from now on."""
        self._survey = survey
        self._painter = Painter(survey, self._display.size, self.dpi)
        self._warm = self._stale = True

    def refit(self, dpi: float | None, backlight: Backlight | None) -> None:
        """The display was opened anew: size and surface are others, and all that was drawn is gone."""
        self.dpi, self._backlight = dpi, backlight
        self._motion, self._targets = None, []
        self.use(self._survey)

    def use_lights(self, lights: Lights | None) -> None:
        """These are the lights, which could not be had before."""
        self._lights = lights
        self._light(self.view)

    def show(self, view: View, drift: tuple[int, int] | None = None) -> bool:
        """Draw `view` if it is another than the one that is shown; whether it was.

        `drift` is where the picture shall stand, in steps; None leaves it where it is.
        """
        drift = self._drift if drift is None else drift
        if view == self.view and drift == self._drift and not self._stale:
            return False
        surface, was = self._display.surface, self.view
        how = None if self._still or self._stale else motion.kind(was, view)
        if not (self._motion or self._stale or self._resting) and drift == self._drift:
            self._light_ahead(view)
        before = surface.copy() if how else None
        self.view, self._drift, self._warm, self._stale = view, drift, True, False
        self._secret = False
        self._targets = self._painter.draw(surface, view, self._pixels(drift))
        self._darken(self._resting)
        if how and before:
            self._motion = motion.Transition(before, surface.copy(), self._clock(), how)
        elif was is None or (screen_name(was), _lit_names(was)) != (screen_name(view), _lit_names(view)):
            self._motion = None  # what a touch lights up is seen at once
        if self._motion:
            self._motion.after.blit(surface, (0, 0))
            self._move()
        else:
            self._display.flip()
        self._light(was)
        name = screen_name(view)
        if self._shots is not None and name not in self._pictured:
            self._pictured.add(name)  # once is enough: a PNG costs more than the press
            self.save(self._shots / f"{name}.png")
        self._trace("screen", screen=name, language=view.language, lit=_lit_names(view), targets=self._targets)
        return True

    def cover(self, lit: set[int], *, secret: bool = False) -> None:
        """Step aside: somebody else draws from now on, with these lights on, until `show` is called again.

        What was kept to draw with is let go of. While a `secret` stands there no picture is taken.
        """
        if self.view is not None:
            if self._backlight is not None and isinstance(self.view, Asleep):
                self._backlight.wake()
            self.view, self._motion, self._targets = None, None, []
            self.use(self._survey)
        if self._lights is not None:
            self._lights.show(lit)
        self._secret = secret

    def hit(self, x: int, y: int) -> str | None:
        """The action of what lies under a finger."""
        return hit(self._targets, x, y)

    def middle(self, action: str, screen: str) -> tuple[int, int] | None:
        """Where `action` can be touched, pixels; None where it can't, or another screen is shown."""
        if self.view is None or screen_name(self.view) != screen:
            return None
        found = (t for t in self._targets if t.action == action)
        return next(((t.x + t.w // 2, t.y + t.h // 2) for t in found), None)

    def rest(self, actions: frozenset[str]) -> None:
        """Fingers rest on these targets and no others: what waits for a finger to go up darkens at once."""
        came, went, self._resting = actions - self._resting, self._resting - actions, actions
        if went:
            self._stale = True
        else:
            for box in self._darken(came):
                self._display.flip(box)

    def damaged(self) -> None:
        """Something else has drawn over the picture: what is shown next is drawn anew."""
        self._stale = True
        self._motion = None

    def deadline(self) -> int | None:
        """When `move` must be called next; None while nothing moves."""
        return self._drawn_ms + FRAME_MS if self._motion else None

    def move(self) -> None:
        """The next picture of a transition, where it is due."""
        if self._motion and self._clock() >= self._drawn_ms + FRAME_MS:
            self._move()

    def warm(self) -> bool:
        """Draw ahead a little of what may be shown next; whether there is more to do."""
        if self._warm and not self._motion and self.view is not None:
            self._warm = self._painter.warm(self.view)
            return self._warm
        return False

    def relight(self) -> None:
        """Try again what the light behind the panel did not do when it was told."""
        if self._backlight is not None:
            self._backlight.try_again()

    def save(self, path: Path) -> None:
        """Write a picture of what is shown; where that fails, only the log tells."""
        if self._motion:
            self._end()
        if self._secret:
            log.warning("%s: no picture is taken while a passphrase can be read", path)
            return
        try:
            self._display.save(path)
        except DisplayError as error:
            log.error("%s", error)

    def _light_ahead(self, view: View) -> None:
        """The finger's answer is the face under it: what else changes comes a moment later."""
        if area := self._painter.light(self._display.surface, self.view, view, self._pixels(self._drift)):
            self._display.flip(area)

    def _move(self) -> None:
        assert self._motion
        # The clock anew: painting took its time, and a transition leaves out what comes late.
        self._drawn_ms = self._clock()
        if self._motion.draw(self._display.surface, self._drawn_ms):
            self._motion = None
        self._display.flip()

    def _end(self) -> None:
        assert self._motion
        self._display.surface.blit(self._motion.after, (0, 0))
        self._motion = None
        self._display.flip()

    def _darken(self, actions: frozenset[str]) -> list[Rect]:
        """Where what is darkened lies."""
        boxes = [Rect(t.x, t.y, t.w, t.h) for t in self._targets if t.action in actions]
        for box in boxes:
            self._display.surface.fill(_DARKER, box, BLEND_RGB_MULT)
        return boxes

    def _pixels(self, drift: tuple[int, int]) -> tuple[int, int]:
        step = max(1, round(min(self._display.size) * _STEP))
        return drift[0] * step, drift[1] * step

    def _light(self, was: View | None) -> None:
        if self._lights is not None and not isinstance(self.view, Languages):
            self._lights.show(_lights(self.view, self._survey.points))
        dark = isinstance(self.view, Asleep)
        if self._backlight is not None and dark != isinstance(was, Asleep):
            (self._backlight.sleep if dark else self._backlight.wake)()
        else:
            self.relight()  # somebody stands there and touches a screen that may have stayed black


def screen_name(view: View) -> str:
    """The screen's name as traces and screenshots give it: attract, voted, ask-improve, thanks, trouble, …"""
    match view:
        case Attract():
            return "attract" if view.face is None else "voted"
        case Ask():
            return f"ask-{view.followup.id}"
        case Thanked():
            return "thanks"
        case Languages():
            return "languages"
        case Asleep():
            return "asleep"
        case Trouble():
            return "trouble"


def _lit_names(view: View) -> list[str]:
    """What is lit up on the screen: a face, choices, or a language and modes."""
    match view:
        case Attract() if view.face is not None:
            return [f"face:{view.face}"]
        case Ask():
            return [f"choice:{choice}" for choice in view.chosen]
        case Languages():
            on = [mode for mode in ("contrast", "large", "reach") if getattr(view.modes, mode)]
            return [f"language:{view.language}", *(f"mode:{mode}" for mode in on)]
        case _:
            return []


def _lights(view: View | None, points: int) -> set[int]:
    """Which lights go with a screen: all while it invites, the vote that counts in a visit, none in the dark."""
    match view:
        case Attract() if view.face is None:
            return set(range(points))
        case Attract() | Ask() | Thanked() if view.face:
            return {view.face - 1}
        case _:
            return set()
