"""The doctor: looks at a kiosk from outside, and tells its verdict in lines or as one object. Never knows a probe."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from hardware import board, probes
from hardware.health import Health
from hardware.probes.look import look as look_at
from kiosk import refused
from kiosk.health import examine, status
from kiosk.health.examine import Kiosk
from kiosk.health.store_health import processes
from kiosk.health.verdict import Judgement, judge
from kiosk.settings import Kiosk as Identity
from kiosk.settings import Settings

_SIGN = {"good": "ok", "bad": "BAD", "unknown": "?"}
_COLOUR = {"good": "green", "bad": "red", "unknown": "yellow"}
CODES = {"good": 0, "bad": 1, "unknown": 2}
_UNREADABLE = Settings(kiosk=Identity(id="unknown"))
"""What the rest is looked at with while the settings have mistakes."""


class Report(msgspec.Struct, frozen=True):
    """What a program reads."""

    verdict: str
    condition: str
    bad: int
    unknown: int
    good: int
    readings: tuple[Health, ...]


def look(settings: Path, data: Path, runtime: Path, root: Path = Path("/"), deadline_s: float = 5.0) -> Judgement:
    """The judgement of all that can be looked at from outside of the kiosk."""
    found, told = examine.settings(settings, refused.place())
    own = _own(data, runtime, root)
    kiosk = Kiosk(
        settings=found or _UNREADABLE,
        data=data,
        root=root,
        latch=probes.open_latch(data, root),
        pins=_pins(found),
        driver=_driver(own),
        touch=_driver(own) == "kmsdrm",  # in a window there is a mouse
    )
    sources = examine.sources(kiosk)
    if found is None:  # nobody knows whether there should be an endpoint
        del sources["sending"], sources["network"]
    seen = look_at(sources, deadline_s, examine.readings())
    said = [*told, *(reading for reading in own if reading.name not in ("settings", "secrets"))]
    names = {reading.name for reading in said}
    return judge([*said, *(reading for reading in seen if reading.name not in names)])


def _own(data: Path, runtime: Path, root: Path) -> tuple[Health, ...]:
    """What the kiosk says of itself, as long as it runs."""
    running = next(reading for reading in processes(data, root) if reading.name == "kiosk")
    if running.condition == "bad":
        return ()
    left = status.left(runtime, board.boot_id(root))
    return left.readings if left else ()


def _pins(found: Settings | None) -> str | None:
    wired = found.panel if found else None
    return wired.pins if wired and (wired.buttons or wired.buzzer is not None) else None


def _driver(own: tuple[Health, ...]) -> str:
    """Where the picture goes, as the kiosk says; else what this machine would have."""
    for reading in own:
        if reading.name == "screen":
            return reading.raw.partition(" ")[0]
    return "window" if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") else "kmsdrm"


def report(judgement: Judgement) -> Report:
    """The same for a program."""
    bad, unknown, good = (judgement.count(condition) for condition in ("bad", "unknown", "good"))
    return Report(judgement.head, judgement.condition, bad, unknown, good, judgement.readings)


def lines(judgement: Judgement, *, everything: bool) -> Iterator[str]:
    """The verdict for a terminal: its first line names the worst."""
    yield click.style(judgement.head, fg=_COLOUR[judgement.condition], bold=True)
    shown = [reading for reading in judgement.readings if everything or reading.condition != "good"]
    width = max((len(reading.name) for reading in shown), default=0)
    room = max(40, shutil.get_terminal_size((100, 24)).columns - width - 8)
    if shown:
        yield ""
    for reading in shown:
        sign = click.style(f"{_SIGN[reading.condition]:>3}", fg=_COLOUR[reading.condition])
        for number, part in enumerate(textwrap.wrap(reading.said, room, break_on_hyphens=False) or [""]):
            yield f"{sign}  {reading.name:{width}}  {part}" if number == 0 else f"{'':{width + 7}}{part}"
        for raw in reading.raw.splitlines():
            for part in textwrap.wrap(raw, room, break_on_hyphens=False):
                yield click.style(f"{'':{width + 7}}{part}", dim=True)
    good = judgement.count("good")
    if good and not everything:
        yield f"\n{good} more readings are good (--all lists them)."
