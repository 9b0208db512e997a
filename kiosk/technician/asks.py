"""What the diagnostics ask of the machine, and what it answers, told in data. Pure; never knows who does it."""

from __future__ import annotations

from typing import Literal

import msgspec

from hardware.apply.request import Cable, Proxy, Wifi
from hardware.health import Health
from kiosk.backstage.tries import Checked, Standing
from kiosk.screens.technician import pages
from kiosk.settings import Secret

Deed = Literal["restart", "poweroff", "find", "import", "export", "bundle", "network"]
"""``find`` looks what there is to import on the stick, ``import`` takes it."""


class CheckPin(msgspec.Struct, frozen=True):
    """Try this PIN. Answered by Checked."""

    pin: Secret


class Examine(msgspec.Struct, frozen=True):
    """Look how everything is. Answered by Looked, as often as there is something to tell."""


class TestNetwork(msgspec.Struct, frozen=True):
    """Have the network tried now. Answered by Tried."""


class Count(msgspec.Struct, frozen=True):
    """Count the votes. Answered by Counted."""


class Weigh(msgspec.Struct, frozen=True):
    """Say what the votes say. Answered by Weighed."""

    span: Literal["today", "week"]
    misuse: bool


class Sound(msgspec.Struct, frozen=True):
    """Let the buzzer be heard. Not answered."""


class Do(msgspec.Struct, frozen=True):
    """Something that needs root or a stick. Answered by Did, or by Found where it was ``find``; until then by Doing."""

    deed: Deed
    wanted: Wifi | Cable | Proxy | None = None
    """What is to be applied, where it is ``network``; it never shows its secrets."""


class Looked(msgspec.Struct, frozen=True):
    """Readings of one source, which take the place of those that it gave before."""

    source: str
    readings: tuple[Health, ...]


class Examined(msgspec.Struct, frozen=True):
    """All that could be looked at was."""


class Tried(msgspec.Struct, frozen=True):
    """The network was tried, or `said` why not."""

    said: str


class Counted(msgspec.Struct, frozen=True):
    """The votes were counted; None: they can't be, and `said` why."""

    page: pages.Votes | None
    said: str = ""


class Weighed(msgspec.Struct, frozen=True):
    """What the votes say; None: it can't be told, and `said` why."""

    page: pages.Results | None
    said: str = ""


class Did(msgspec.Struct, frozen=True):
    """What became of a deed."""

    deed: Deed
    said: str


class Doing(msgspec.Struct, frozen=True):
    """How far a deed is that goes on still."""

    deed: Deed
    said: str


class Found(msgspec.Struct, frozen=True):
    """What is on the stick. `details` say what would be taken, or what is wrong with it."""

    details: tuple[str, ...]
    usable: bool


Ask = CheckPin | Examine | TestNetwork | Count | Weigh | Sound | Do
Answer = Standing | Checked | Looked | Examined | Tried | Counted | Weighed | Doing | Did | Found


class Touch(msgspec.Struct, frozen=True):
    """A finger came down on a target. Pixels of the screen."""

    action: str
    x: int = 0
    y: int = 0
    box: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Of the target: x, y, width, height."""
    finger: int = 0


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of this kiosk without looking. Times are milliseconds since this boot."""

    kiosk: str
    version: str
    rotate: int
    size: tuple[int, int]
    survey: pages.Survey
    buttons: tuple[tuple[int, int], ...]
    """Of each button, the happiest first, the BCM pin and the number on the header."""
    lights: bool
    buzzer: bool
    panel: str
    """Why the buttons don't work; empty: they do, or there are none."""
    touchable: bool
    """Whether something can be touched: else no PIN can be given, and the two outer buttons turn the pages."""
    applier: str
    """Why nothing can be done that needs root; empty: it can."""
    marks: tuple[tuple[float, float], ...]
    """Where the touch page's marks stand, shares of its board."""
