"""From one picture to the next in a fifth of a second. Pure in time; never knows what is on the pictures.

What a touch lights up is never moved in: the press answers at once. Who asked for less motion is simply never given
a transition.
"""

from __future__ import annotations

from typing import Literal

from pygame import Surface

from kiosk.screens.view import Ask, Asleep, Attract, Languages, Thanked, Trouble, View
from kiosk.screens.words import rtl

Kind = Literal["fade", "left", "right"]
"""How the next picture comes: it fades in, and moves a little to the `left` or to the `right` as it does."""

LASTS_MS = 180
TOO_SLOW_MS = 25
"""A frame that took longer than this is a stutter: without the rest of the transition it looks better."""
WAY = 0.05
"""How far a picture moves, in widths of the screen."""


class Transition:
    """The pictures between `before` and `after`, both of one size, both left as they are but for `after`'s opacity."""

    def __init__(self, before: Surface, after: Surface, start_ms: int, kind: Kind) -> None:
        """`start_ms` is when it begins, by the clock that `draw` is given times of."""
        self._before = before
        self.after = after
        """What is to be seen at the end; another picture may be painted on it meanwhile."""
        self._start_ms = start_ms
        self._drawn_ms: int | None = None
        way = round(after.get_width() * WAY)
        self._way = {"fade": 0, "left": way, "right": -way}[kind]

    def draw(self, surface: Surface, now_ms: int) -> bool:
        """Paint all of `surface` as it looks at `now_ms`; whether `after` stands there now and it is done."""
        late = self._drawn_ms is not None and now_ms - self._drawn_ms > TOO_SLOW_MS
        self._drawn_ms = now_ms
        share = (now_ms - self._start_ms) / LASTS_MS
        if late or share >= 1:
            surface.blit(self.after, (0, 0))
            return True
        gone = eased(max(0.0, share))
        surface.blit(self._before, (0, 0))
        self.after.set_alpha(round(255 * gone))
        surface.blit(self.after, (round(self._way * (1 - gone)), 0))
        self.after.set_alpha(None)
        return False


def eased(share: float) -> float:
    """Fast at first, then gently to its end; 0 to 1 over a `share` of the time from 0 to 1."""
    return float(1 - (1 - share) ** 3)


def kind(before: View | None, after: View) -> Kind | None:
    """How `after` comes where `before` was; None: at once, as everything does that answers a touch with a light."""
    match before, after:
        case None | Asleep() | Trouble(), _:
            return None
        case _, Asleep() | Trouble():
            return None
        case Attract(), Attract():
            return "fade" if before.face is not None and after.face is None else None
        case Ask(), Ask() if before.followup.id == after.followup.id:
            return "fade" if before.language != after.language else None
        case Languages(), Languages():
            return None
        case Ask(), Ask():
            return _onwards(after.language, after.step > before.step)
        case Attract(), Ask():
            return _onwards(after.language, True)
        case Ask(), Attract() if after.face is not None and after.undo_s is not None:
            return _onwards(after.language, False)  # Back; a face that was just pressed is not yet told to be changed
        case _, Attract() if after.face is not None:
            return None
        case Thanked(), Thanked():
            return None
        case _:
            return "fade"


def _onwards(language: str, forwards: bool) -> Kind:
    return "left" if forwards is not rtl(language) else "right"
