"""What each of the technician's pages shows, told in data. Knows neither who gathers it nor how it is drawn."""

from __future__ import annotations

from typing import Literal

import msgspec

from hardware.health import Condition, Health
from kiosk.screens.technician.typed import Field as Field
from kiosk.screens.technician.typed import Form as Form
from kiosk.screens.technician.typed import Layer as Layer

Page = Literal[
    "verdict",
    "buttons",
    "touch",
    "screen",
    "network",
    "votes",
    "results",
    "system",
    "survey",
    "log",
    "service",
]
"""In the order in which they can be chosen."""


class PinPad(msgspec.Struct, frozen=True, tag="pin"):
    """Ten digits, delete and OK. Nothing typed is ever here, only how much of it.

    Targets: ``digit:0`` … ``digit:9``, ``delete``, ``ok``, ``leave``.
    """

    typed: int
    """How many digits were typed."""
    said: str = ""
    """"That was not it. 3 tries are left"."""
    wait_s: int | None = None
    """Seconds until the next try; None: now."""


class Verdict(msgspec.Struct, frozen=True, tag="verdict"):
    """The three worst things first, in words."""

    head: str
    """"Everything works", or what the worst is."""
    condition: Condition
    worst: tuple[Health, ...]
    """Bad ones, the worst first, at most three; then unknown ones where there is room."""
    bad: int
    unknown: int
    good: int
    qr: str
    """What the QR code says: the status, for a phone."""
    looking: bool = False
    """Whether readings are still awaited."""


class ButtonLine(msgspec.Struct, frozen=True):
    """One button of the panel."""

    face: int
    """From 1, the happiest."""
    pin: int
    """BCM."""
    physical: int
    """The number on the header, 1 to 40."""
    presses: int
    """How often it was pressed since this page was opened."""
    down: bool
    light: bool | None
    """Whether its light is on now; None where it can't be tried."""
    took_ms: float | None
    """How long the last press took from the edge to this screen."""
    said: str
    """"not pressed yet", "works", "held down for 12 s", "bounces: 14 edges" ..."""
    condition: Condition
    no_light: str = "no light"
    """Why its light can't be tried, where `light` is None."""


class Buttons(msgspec.Struct, frozen=True, tag="buttons"):
    """Press each once. Targets: ``light:1`` … (try a light), ``tone``."""

    buttons: tuple[ButtonLine, ...]
    buzzer: bool
    said: str
    """"Press each button once", or why there are none."""
    no_buzzer: str = "no buzzer"
    """Why there is no tone, where `buzzer` is False."""


class TouchTest(msgspec.Struct, frozen=True, tag="touch"):
    """Draw anywhere, and tap five targets. Places are shares of `board`, the page's free area, 0 to 1.

    One target covers the whole free area: ``draw``. Where the marks stand: `kiosk.screens.technician.touch.MARKS`.
    """

    strokes: tuple[tuple[tuple[int, int], ...], ...]
    """What fingers drew, pixels of the screen."""
    marks: tuple[tuple[int, int] | None, ...]
    """For each of the five marks how many pixels right and down of it the finger was; None: not tapped yet."""
    said: str


class ScreenTest(msgspec.Struct, frozen=True, tag="screen"):
    """Plain colours one after the other, and a frame with an arrow up. A touch goes on (``next``); after the last
    the page with its explanation is there again."""

    step: int
    """0: the page; 1 … 6: red, green, blue, white, black (the whole screen, nothing else), and the frame with
    numbered corners, an arrow up, and lines one pixel thick along all four edges."""
    rotate: int
    size: tuple[int, int]
    said: str


class Lines(msgspec.Struct, frozen=True, tag="lines"):
    """Readings, a line each: network and system. Targets: ``up``, ``down``, and ``test`` (network: test now).

    ``up`` and ``down`` are targets only where there is more above or below: nobody scrolls beyond the end.
    """

    lines: tuple[Health, ...]
    first: int
    """Which line stands at the top; where the last one is in sight, it is as many as fit."""
    button: str = ""
    """What ``test`` is labelled with; empty: there is none."""
    said: str = ""
    ladder: int = 0
    """How many of the lines, from the first on, are steps of which each stands on the one before."""
    stops: int | None = None
    """Of a ladder, the first step that fails: what is above it hangs on it."""


class Count(msgspec.Struct, frozen=True):
    """A figure with its name."""

    name: str
    value: str
    condition: Condition = "good"


class Votes(msgspec.Struct, frozen=True, tag="votes"):
    """Today, waiting, acknowledged, and whether nothing is missing between; votes by hour."""

    counts: tuple[Count, ...]
    hours: tuple[int, ...]
    """24 numbers: today's votes by hour of the day; empty while the time is not known."""
    now: int | None
    """The hour that it is."""
    said: str
    """The reconciliation in words: "Every vote is either acknowledged or waiting"."""
    condition: Condition


class FaceLine(msgspec.Struct, frozen=True):
    """One face's share of the votes, and what was answered most after it."""

    face: int
    share: float
    """0 to 1."""
    votes: int
    reasons: tuple[tuple[str, int], ...]


class Results(msgspec.Struct, frozen=True, tag="results"):
    """What the votes say. Targets: ``span:today``, ``span:week``, ``misuse:with``, ``misuse:without``."""

    span: Literal["today", "week"]
    misuse: bool
    """Whether marked votes are counted."""
    votes: int
    marked: int
    index: str
    """"72", or "too few votes"."""
    happy: str
    """"81 % (74 to 87 %)", or "too few votes"."""
    faces: tuple[FaceLine, ...]
    heat: tuple[tuple[float | None, ...], ...]
    """7 rows (Monday first) of 24: the index, None where nobody voted; empty where the time is not known."""
    said: str = ""
    beside: str = ""
    """The index of the other way to count: with marked votes where these are without, and the other way round."""


class Survey(msgspec.Struct, frozen=True, tag="survey"):
    """The survey in force, and what is asked when."""

    counts: tuple[Count, ...]
    questions: tuple[str, ...]


class Log(msgspec.Struct, frozen=True, tag="log"):
    """The last errors, the newest first. Targets: ``up``, ``down``, as on `Lines`."""

    lines: tuple[tuple[str, str], ...]
    """When, and what."""
    first: int


class Deed(msgspec.Struct, frozen=True):
    """Something that can be done."""

    action: str
    """``do:restart``, ``do:poweroff``, ``do:clean``, ``do:import``, ``do:export``, ``do:bundle``, ``do:network``."""
    label: str
    said: str
    """What it does, or why it can't be done now."""
    possible: bool


class Service(msgspec.Struct, frozen=True, tag="service"):
    """Restart, power off, clean, import, export."""

    safe: str
    """"Safe to remove: 0 waiting", or how many still wait to be sent."""
    condition: Condition
    deeds: tuple[Deed, ...]
    said: str = ""
    """What became of the last one."""


class Confirm(msgspec.Struct, frozen=True, tag="confirm"):
    """Do it? Targets: ``yes``, ``no``."""

    question: str
    details: tuple[str, ...]
    yes: str
    no: str = "Cancel"


class Ways(msgspec.Struct, frozen=True, tag="ways"):
    """What of the network can be corrected. Targets: those of its ways, ``way:wifi`` …, and ``no``."""

    question: str
    ways: tuple[Deed, ...]


class Cleaning(msgspec.Struct, frozen=True, tag="cleaning"):
    """Touch and buttons do nothing for so many seconds more: the screen can be wiped. No target."""

    left_s: int


Body = (
    PinPad
    | Verdict
    | Buttons
    | TouchTest
    | ScreenTest
    | Lines
    | Votes
    | Results
    | Survey
    | Log
    | Service
    | Confirm
    | Ways
    | Form
    | Cleaning
)


class Technician(msgspec.Struct, frozen=True, tag="technician"):
    """The technician's screen: a head, the pages to choose from, and one of them.

    Targets beside those of the body: ``page:NAME`` and ``leave``; ``unlock`` where it is `locked` by a PIN that can be
    given. PinPad, Confirm, Ways, Form and Cleaning, and a ScreenTest under way, stand alone, without the pages.
    """

    page: Page
    pages: tuple[Page, ...]
    body: Body
    kiosk: str
    """Its id."""
    about: str
    """"v0.1.0, up 3 d 04:12"."""
    read_only: bool = False
    """No PIN was given or is set: nothing can be done here, and no names of networks are shown."""
    left_s: int | None = None
    """Seconds until this screen leaves by itself, once they are few (10)."""
    locked: bool = False
    """A PIN is set that can still be given: there is a target ``unlock``."""
