"""The least that can answer a tap: a window that fills boxes through Xlib. What it takes is the measuring's own."""

from __future__ import annotations

import os
import select

from tests.benchmarks.rivals import FACES, THANKS_S
from tests.benchmarks.screen import SIZE
from tests.benchmarks.xlib import BUTTON_PRESS, BUTTON_PRESS_MASK, EXPOSE, EXPOSURE_MASK, Event, Xlib

GROUND, PLAIN, LIT = 0xF7F8FA, 0x006B48, 0xAA161E


def main() -> None:
    """Show four boxes; the one that is pressed lights up for a while."""
    x = Xlib()
    display = x.open(os.environ["DISPLAY"])
    window = x.XCreateSimpleWindow(display, x.XDefaultRootWindow(display), 0, 0, *SIZE, 0, 0, GROUND)
    gc = x.XDefaultGC(display, 0)
    x.XSelectInput(display, window, BUTTON_PRESS_MASK | EXPOSURE_MASK)
    x.XMapWindow(display, window)
    poll = select.poll()
    poll.register(x.XConnectionNumber(display), select.POLLIN)

    def fill(colour: int) -> None:
        x.XSetForeground(display, gc, colour)
        for left, top, width, height in FACES:
            x.XFillRectangle(display, window, gc, left, top, width, height)
        x.XFlush(display)

    event = Event()
    x.XFlush(display)
    lit = False
    while True:
        if not x.XPending(display) and not poll.poll(THANKS_S * 1000 if lit else None):
            fill(PLAIN)
            lit = False
            continue
        x.XNextEvent(display, event)
        if event.type == BUTTON_PRESS:
            fill(LIT)
            lit = True
        elif event.type == EXPOSE:
            fill(PLAIN)


if __name__ == "__main__":
    main()
