"""How the panel is, from what was counted on it: stuck, chattering, never pressed. Pure; never knows pins or time."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hardware.health import Health, bad, good, unknown

STUCK_MS = 10_000
"""Nobody leans on a button for so long: it is jammed, or its wire touches ground."""
FLURRY_EDGES = 12
"""A good contact bounces a few times, within a few ms, and a tap ends with another few; more within the quiet time of
one press or release is chatter."""
CHATTERS_ONE_IN = 5
CHATTERS_AT_LEAST = 3
"""A button chatters where every fifth press has such a flurry, and three at least: one may be a knock on the wall."""
OTHERS_AT_LEAST = 200
"""After so many presses of the others together a button that nobody has pressed is a dead one, not an unloved one."""


class Button(msgspec.Struct, frozen=True):
    """What was counted on one button since the start."""

    pin: int
    """Its BCM number."""
    presses: int = 0
    bounces: int = 0
    """Edges that were ignored, as they came within the quiet time of another."""
    flurries: int = 0
    """Presses or releases that `FLURRY_EDGES` or more such edges followed."""
    held_since_ms: int | None = None
    """Since when it is held; None while it is not."""


class Snapshot(msgspec.Struct, frozen=True):
    """The panel at one moment."""

    at_ms: int
    """By the clock that `held_since_ms` is of."""
    buttons: tuple[Button, ...]
    thread: bool | None = None
    """Whether the thread that tells of edges answers; None where there is none, or it was not asked."""
    mock: bool = False
    """Whether a program drives the pins."""


def never_pressed(counts: Sequence[int]) -> list[int]:
    """The buttons, from 0, that nobody has ever pressed though the others were, `OTHERS_AT_LEAST` times together.

    `counts` are presses by button, over any time: since the start, or all that the store has.
    """
    return [number for number, count in enumerate(counts) if count == 0 and sum(counts) >= OTHERS_AT_LEAST]


def is_stuck(button: Button, at_ms: int) -> bool:
    """Whether it is held for longer than anybody would."""
    return button.held_since_ms is not None and at_ms - button.held_since_ms > STUCK_MS


def chatters(button: Button) -> bool:
    """Whether its contact opens and closes many times at a press, and does so again and again."""
    return button.flurries >= CHATTERS_AT_LEAST and button.flurries * CHATTERS_ONE_IN >= button.presses


def health(panel: Snapshot | None, counts: Sequence[int] = (), trouble: str = "") -> list[Health]:
    """The readings `panel.buttons`, `panel.thread`, and `button.1`, `button.2` … from left to right.

    `panel` is None where none is open: `trouble` says why in a few words, "" where the settings name no buttons.
    `counts` are earlier presses by button, where somebody knows them.
    """
    if panel is None:
        if not trouble:
            return [good("panel.buttons", "This kiosk has no buttons: faces are touched.", "settings: no buttons")]
        return [bad("panel.buttons", f"The buttons don't work: {trouble}.", trouble)]
    said = [_buttons(panel), _thread(panel)]
    presses = [button.presses for button in panel.buttons]
    total = [a + b for a, b in zip(presses, counts, strict=True)] if counts else presses
    never = never_pressed(total)
    for number, button in enumerate(panel.buttons):
        said.append(_button(panel, number, button, sum(total) if number in never else 0))
    return said


def _buttons(panel: Snapshot) -> Health:
    pins = ", ".join(str(button.pin) for button in panel.buttons)
    if panel.mock:
        return unknown("panel.buttons", "The buttons are only played: no real pins are in use.", f"mock pins {pins}")
    return good("panel.buttons", f"The pins of {len(panel.buttons)} buttons are open.", f"GPIO {pins}")


def _thread(panel: Snapshot) -> Health:
    if panel.thread is None and panel.mock:
        return unknown("panel.thread", "Played buttons need no ear that could go deaf.", "mock pins")
    if panel.thread is None:
        return unknown("panel.thread", "Whether presses are heard can't be told.", "lgpio's thread was not asked")
    if panel.thread:
        return good("panel.thread", "What is pressed is heard.", "lgpio's thread answers")
    said = "Nothing that is pressed is heard any more: restart the kiosk."
    return bad("panel.thread", said, "lgpio's thread does not answer")


def _button(panel: Snapshot, number: int, button: Button, others: int) -> Health:
    name, called = f"button.{number + 1}", f"Button {number + 1}"
    raw = f"GPIO {button.pin}: {button.presses} presses, {button.bounces} bounces, {button.flurries} flurries"
    if button.held_since_ms is not None and is_stuck(button, panel.at_ms):
        held_s = (panel.at_ms - button.held_since_ms) // 1000
        return bad(
            name,
            f"{called} is held down for {held_s} s: free it, or see if its wire touches ground.",
            f"{raw}, low since {held_s} s",
        )
    if chatters(button):
        return bad(name, f"{called} has a bad contact: push its plugs on firmly, or replace the switch.", raw)
    if others:
        return bad(name, f"{called} was never pressed, the others {others} times: try it, then check its wire.", raw)
    if not button.presses:
        return unknown(name, f"{called} was not pressed since the start.", raw)
    return good(name, f"{called} works: {_times(button.presses)} pressed since the start.", raw)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
