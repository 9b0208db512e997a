"""What is wrong first: readings in, a sentence and their order out. Pure; never knows how anything is read."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from hardware.health import Condition, Health

WORST_FIRST = (
    "settings",
    "disk.readonly",
    "disk.lasting",
    "disk.space",
    "store",
    "kiosk",
    "pins.library",
    "pins",
    "panel.thread",
    "panel.buttons",
    "button",
    "screen",
    "touch",
    "power",
    "card",
    "disk.canary",
    "disk.errors",
    "store.damaged",
    "memory",
    "temperature",
    "throttled",
    "sync",
    "link",
    "address",
    "dns",
    "proxy",
    "portal",
    "clock",
    "tls",
    "certificate",
    "token",
    "endpoint",
    "votes.gap",
    "votes.waiting",
    "votes.contact",
    "sending",
    "secrets",
    "drift",
    "wifi",
    "lights",
    "buzzer",
    "backlight",
    "watchdog",
    "reboot",
)
"""What keeps votes from being taken, then what may lose them, then what keeps them from arriving, then the rest.

Within a group a cause stands before what it causes: a disk that is read-only also fails its canary, and without a
link nothing resolves. ``button`` stands for ``button.1`` and so on.
"""

_ORDER = {name: place for place, name in enumerate(WORST_FIRST)}
WORST = 3
"""How many of them are named."""


class Judgement(msgspec.Struct, frozen=True):
    """All readings in one word."""

    head: str
    """The worst in one sentence, or that everything works."""
    condition: Condition
    """Bad where anything is; unknown where nothing could be read at all."""
    readings: tuple[Health, ...]
    """The bad ones, the worst first, then the unknown ones, then the good ones."""

    @property
    def worst(self) -> tuple[Health, ...]:
        """The bad ones that are to be named, at most `WORST`."""
        return tuple(reading for reading in self.readings if reading.condition == "bad")[:WORST]

    def count(self, condition: Condition) -> int:
        """How many readings are so."""
        return sum(reading.condition == condition for reading in self.readings)


def judge(readings: Iterable[Health]) -> Judgement:
    """The readings in order, and what the worst of them is.

    The same name may come twice (two disks): each is a reading of its own.
    """
    ordered = tuple(sorted(readings, key=_place))
    bad = [reading for reading in ordered if reading.condition == "bad"]
    if bad:
        return Judgement(bad[0].said, "bad", ordered)
    unknown = sum(reading.condition == "unknown" for reading in ordered)
    if unknown == len(ordered):
        return Judgement("Nothing could be looked at.", "unknown", ordered)
    if unknown:
        things = "1 thing" if unknown == 1 else f"{unknown} things"
        return Judgement(f"Everything that could be looked at works; {things} could not be.", "good", ordered)
    return Judgement("Everything works.", "good", ordered)


def _place(reading: Health) -> tuple[int, int, str]:
    by_condition = ("bad", "unknown", "good").index(reading.condition)
    name = reading.name
    while name not in _ORDER and "." in name:  # button.3 goes where buttons do
        name = name.rpartition(".")[0]
    return by_condition, _ORDER.get(name, len(_ORDER)), reading.name
