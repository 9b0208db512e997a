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

_LETTERS = "abcdefghijkmnoprtuvwxy"
"""For what can be chosen: all but l, q, s and z, which do something else."""
_PLAIN = {"l": "languages", "s": "skip", "z": "back"}
_TYPED = {"\x7f": "key:delete", "\b": "key:delete", " ": "key:space", "\t": "back", "\x1b": "skip"}


def play_keys(world: World, order: Callable[[str], None]) -> None:
    """1, 2, … press buttons; letters touch what is on the screen. Returns at q or the kiosk's end.

    Enter is Done. Where open text is asked for, letters are typed: there Tab goes back, and Esc skips.
    """
    click.echo("Keys: 1 to 4 press the buttons, l chooses a language, Enter is Done, q ends.")
    asked = None
    with raw_keys():
        while not world.ended:
            if (world.screen, world.language) != asked:
                asked = world.screen, world.language
                if hint := _hint(world):
                    click.echo(f"[{world.screen}] {hint}")
            ready, _, _ = select.select([sys.stdin], [], [], 0.1)
            # Not through sys.stdin: what that reads ahead, select never tells of.
            key = os.read(sys.stdin.fileno(), 1).decode("ascii", "replace") if ready else ""
            if (key == "q" and not _is_text(world)) or (ready and not key):
                return
            if key.isdecimal():
                order(f"press {key}")
            elif (action := _action(world, key)) in world.targets:
                order(f"tap {action} {world.screen}")


def _action(world: World, key: str) -> str:
    """What `key` touches; empty where it is nothing."""
    if key in ("\r", "\n"):
        return "done"
    if _is_text(world):
        typed = [f"key:{key}", f"key:{key.swapcase()}"]
        return _TYPED.get(key) or next((action for action in typed if action in world.targets), "")
    return {**_choices(world), **_PLAIN}.get(key, "")


def _hint(world: World) -> str:
    """What can be done on this screen; empty where only the buttons can be pressed."""
    if _is_text(world):
        return "type, then Enter; Tab goes back, Esc skips, Ctrl-C ends the demo"
    choices = _choices(world)
    named = [f"{key} {action.partition(':')[2]}" for key, action in choices.items()]
    more = [f"{key} {action}" for key, action in _PLAIN.items() if choices and action in world.targets]
    return "  ".join([*named, *more])


def _is_text(world: World) -> bool:
    return any(action.startswith("key:") for action in world.targets)


def _choices(world: World) -> dict[str, str]:
    on_screen = [action for action in world.targets if action.startswith(("choice:", "language:", "mode:"))]
    return dict(zip(_LETTERS, on_screen, strict=False))


@contextlib.contextmanager
def raw_keys() -> Iterator[None]:
    """Keys as they are pressed, not by the line; Ctrl-C stays Ctrl-C."""
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin.fileno())
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
