"""Shows the technician's views, and has the visitor's painter step aside. Knows no reading; draws what it is told.

All that drawing them takes is imported with the first one and let go of with the last.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hardware.display import Display
from kiosk.screens.target import Target
from kiosk.screens.technician.pages import Buttons, Form, ScreenTest, Technician
from kiosk.show import Show, Trace

_DOTS = {"•"}


class Dark:
    """The dark screen. `shots` is where a picture of each page goes, once."""

    def __init__(
        self, display: Display, show: Show, trace: Trace, *, dpi: float | None = None, shots: Path | None = None
    ) -> None:
        self._display = display
        self._show = show
        self._trace = trace
        self._dpi = dpi
        self._shots = shots
        self._pictured: set[str] = set()
        self._draw: Callable[[Technician], list[Target]] | None = None
        self._view: Technician | None = None
        self._targets: list[Target] = []

    def show(self, view: Technician) -> list[Target] | None:
        """Draw `view` if it is another than the one that is shown, and give its targets; else None."""
        if view == self._view:
            return None
        draw = self._draw or self._open()
        self._show.cover(_lit(view), secret=_is_secret(view))
        self._view, self._targets = view, draw(view)
        self._display.flip()
        name = name_of(view)
        lit = [f"light:{light + 1}" for light in sorted(_lit(view))]
        self._trace("screen", screen=name, language="en", lit=lit, targets=self._targets)
        if self._shots is not None and name not in self._pictured:
            self._pictured.add(name)
            self._show.save(self._shots / f"{name}.png")
        return self._targets

    def damaged(self) -> None:
        """Something else has drawn over the picture."""
        self._view = None

    def refit(self, dpi: float | None) -> None:
        """The display was opened anew."""
        self.close()
        self._dpi = dpi

    def close(self) -> None:
        """Nothing of it is shown any more."""
        self._view, self._draw, self._targets = None, None, []

    def _open(self) -> Callable[[Technician], list[Target]]:
        from kiosk.screens.technician.draw import draw
        from kiosk.screens.widgets import Kit

        kit = Kit.of(self._display.size, self._dpi)

        def paint(view: Technician) -> list[Target]:
            return draw(kit, self._display.surface, view)

        self._draw = paint
        return paint


_ALONE = {"PinPad": "pin", "Confirm": "confirm", "Ways": "ways", "Form": "form", "Cleaning": "cleaning"}


def name_of(view: Technician) -> str:
    """The screen's name as traces and pictures give it: technician-verdict, technician-pin, technician-screen-1, …"""
    body = view.body
    alone = _ALONE.get(type(body).__name__)
    step = f"-{body.step}" if isinstance(body, ScreenTest) and body.step else ""
    return f"technician-{alone or view.page}{step}"


def _lit(view: Technician) -> set[int]:
    """Which lights of the buttons are being tried; all others are off, so that nobody is invited."""
    return {b.face - 1 for b in view.body.buttons if b.light} if isinstance(view.body, Buttons) else set()


def _is_secret(view: Technician) -> bool:
    """Whether a passphrase or a password can be read on it: then no picture of it is taken."""
    return isinstance(view.body, Form) and any(f.secret and not set(f.text) <= _DOTS for f in view.body.fields)
