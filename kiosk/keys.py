"""Keys of a terminal as the demo's hands, where there is no window. Knows the kiosk only by its traces."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
import tty
from collections.abc import Callable, Iterator

import click

from kiosk.player import World

_LETTERS = "abcdefghijkl"


def play_keys(world: World, order: Callable[[str], None]) -> None:
    """1, 2, … press buttons; letters touch choices; s skips, z goes back, q ends. Returns at q or the kiosk's end."""
    click.echo("Keys: 1 to 4 press the buttons, q ends. On a follow-up: a letter for a choice, s skip, z back.")
    asked = ""
    with _raw_keys():
        while not world.ended:
            choices = _choices(world)
            if world.screen != asked:
                asked = world.screen
                if choices:
                    named = "  ".join(f"{k} {action[7:]}" for k, action in choices.items())
                    click.echo(f"[{asked}] {named}  s skip  z back")
            ready, _, _ = select.select([sys.stdin], [], [], 0.1)
            # Not through sys.stdin: what that reads ahead, select never tells of.
            key = os.read(sys.stdin.fileno(), 1).decode("ascii", "replace") if ready else ""
            if key == "q" or (ready and not key):
                return
            if key.isdecimal():
                order(f"press {key}")
            elif at := world.targets.get({**choices, "s": "skip", "z": "back"}.get(key, "")):
                order(f"tap {at[0]} {at[1]}")


def _choices(world: World) -> dict[str, str]:
    on_screen = [action for action in world.targets if action.startswith("choice:")]
    return dict(zip(_LETTERS, on_screen, strict=False))


@contextlib.contextmanager
def _raw_keys() -> Iterator[None]:
    """Keys as they are pressed, not by the line; Ctrl-C stays Ctrl-C."""
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin.fileno())
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
