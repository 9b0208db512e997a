"""What every page of the diagnostics can be told; a page answers what it understands. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.screens.technician import pages
from kiosk.technician.asks import Answer, Ask, Touch

NOTHING: Sequence[Ask] = ()


class Page:
    """A page. Times are milliseconds since this boot; what a method gives back is asked of the machine."""

    @property
    def busy(self) -> bool:
        """Whether it must not be left now, neither by itself nor by a touch."""
        return False

    def opened(self, now_ms: int) -> Sequence[Ask]:
        """It was chosen."""
        return NOTHING

    def closed(self) -> None:
        """Another one was chosen."""

    def body(self, now_ms: int) -> pages.Body:
        """What it shows."""
        raise NotImplementedError

    def touched(self, touch: Touch, now_ms: int) -> Sequence[Ask]:
        """One of its targets was touched."""
        return NOTHING

    def moved(self, x: int, y: int, finger: int) -> None:
        """A finger that is down slid on."""

    def pressed(self, button: int, at_ms: int) -> None:
        """A button, from 0, went down."""

    def released(self, button: int) -> None:
        """It went up."""

    def shown(self, now_ms: int) -> None:
        """What it shows can be seen since `now_ms`."""

    def told(self, answer: Answer, now_ms: int) -> Sequence[Ask]:
        """The machine answered something, maybe to another page."""
        return NOTHING

    def due(self, now_ms: int) -> Sequence[Ask]:
        """Time has passed."""
        return NOTHING

    def deadline(self, now_ms: int) -> int | None:
        """When it changes by itself."""
        return None
