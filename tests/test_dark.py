"""The dark screen: drawn when something changes, its own lights, no picture of a secret, nothing kept afterwards."""

from __future__ import annotations

import gc
import logging
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import msgspec
import pygame
import pytest

from kiosk.backstage.dark import Dark, name_of
from kiosk.screens.technician import pages
from kiosk.screens.technician.pages import Technician
from kiosk.screens.view import Asleep, Attract
from kiosk.show import Show, Trace
from kiosk.survey import Survey
from tests.conftest import Clock
from tests.test_show import Screen, Told

CLEANING = pages.Cleaning(9)


def view(body: Any = CLEANING, page: Any = "service") -> Technician:
    return Technician(page, ("verdict", "buttons", "service"), body, "k-1", "v1")


def line(number: int, light: bool | None) -> pages.ButtonLine:
    return pages.ButtonLine(number, 5, 29, 0, False, light, None, "not pressed yet", "unknown")


class Place:
    """A screen, lights, what is traced and where pictures go."""

    def __init__(self, clock: Clock, survey: Survey, shots: Path | None = None) -> None:
        self.screen, self.lights, self.backlight = Screen(), Told(), Told()
        self.traced: list[Any] = []
        trace = Trace(lambda line: self.traced.append(msgspec.json.decode(line)))
        self.show = Show(
            self.screen,  # type: ignore[arg-type]
            survey,
            trace,
            clock,
            lights=self.lights,  # type: ignore[arg-type]
            backlight=self.backlight,  # type: ignore[arg-type]
            still=True,
        )
        self.dark = Dark(self.screen, self.show, trace, shots=shots)  # type: ignore[arg-type]


@pytest.fixture
def place(clock: Clock, bundled: Survey, tmp_path: Path) -> Place:
    return Place(clock, bundled, tmp_path)


def test_the_same_view_is_drawn_once(place: Place) -> None:
    assert place.dark.show(view()) == []
    assert place.dark.show(view()) is None
    assert len(place.screen.flips) == 1
    place.dark.damaged()
    assert place.dark.show(view()) == []
    assert len(place.screen.flips) == 2


def test_the_lights_that_are_tried_are_on_and_no_others(place: Place) -> None:
    place.show.show(Attract("en"))
    assert place.lights[-1] == {0, 1, 2, 3}
    place.dark.show(view())
    assert place.lights[-1] == set()
    buttons = pages.Buttons((line(1, False), line(2, True), line(3, None)), False, "")
    place.dark.show(view(buttons, "buttons"))
    assert place.lights[-1] == {1}
    assert place.traced[-1]["lit"] == ["light:2"]
    place.dark.close()
    place.show.show(Attract("en"))
    assert place.lights[-1] == {0, 1, 2, 3}


def test_a_sleeping_screen_is_lit_and_sleeps_again_afterwards(place: Place) -> None:
    place.show.show(Asleep("en"))
    place.dark.show(view())
    assert place.backlight[-2:] == ["sleep", "wake"]
    place.show.show(Asleep("en"))
    assert place.backlight[-1] == "sleep"
    assert not any(place.screen.surface.get_at((x, 240))[:3] != (0, 0, 0) for x in range(0, 800, 50))


def test_what_the_visitor_sees_afterwards_is_drawn_whole(place: Place) -> None:
    place.show.show(Attract("en"))
    before = pygame.image.tobytes(place.screen.surface, "RGB")
    place.dark.show(view())
    assert place.show.hit(400, 240) is None
    assert not place.show.warm()
    place.dark.close()
    assert place.show.show(Attract("en"))
    assert pygame.image.tobytes(place.screen.surface, "RGB") == before


def test_each_screen_has_a_name_and_is_pictured_once(place: Place, tmp_path: Path) -> None:
    screen_test = pages.ScreenTest(3, 0, (800, 480), "")
    confirm = pages.Confirm("Restart?", (), "Restart")
    named = [
        (view(pages.PinPad(0), "verdict"), "technician-pin"),
        (view(screen_test, "screen"), "technician-screen-3"),
        (view(msgspec.structs.replace(screen_test, step=0), "screen"), "technician-screen"),
        (view(confirm), "technician-confirm"),
        (view(), "technician-cleaning"),
        (view(pages.Log((), 0), "log"), "technician-log"),
    ]
    for seen, name in named:
        assert name_of(seen) == name
        place.dark.show(seen)
    assert {path.stem for path in tmp_path.iterdir()} == {name for _, name in named}
    assert [event["screen"] for event in place.traced] == [name for _, name in named]


def form(typed: str) -> pages.Form:
    fields = pages.Field("ssid", "Network name", "Shop"), pages.Field("passphrase", "Passphrase", typed, True)
    return pages.Form(lead="The network", fields=fields, field="passphrase", layer="small")


def test_no_picture_is_taken_while_a_passphrase_can_be_read(
    place: Place, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place.dark.show(view(form("secret12")))
    place.show.save(tmp_path / "asked-for.png")
    assert list(tmp_path.iterdir()) == []
    with caplog.at_level(logging.WARNING):
        assert "no picture is taken" in caplog.text
    assert "secret12" not in caplog.text + repr(place.traced)
    place.dark.show(view(form("•" * 8)))
    place.show.save(tmp_path / "asked-for.png")
    assert (tmp_path / "asked-for.png").exists()


def test_nothing_of_it_is_kept_once_it_is_left(place: Place) -> None:
    place.dark.show(view())
    drawing = place.dark._draw
    assert drawing and drawing.__closure__
    kit = next(cell.cell_contents for cell in drawing.__closure__ if hasattr(cell.cell_contents, "shelf"))
    shelf = weakref.ref(kit.shelf)
    del kit, drawing
    place.dark.close()
    gc.collect()
    assert shelf() is None


def test_what_only_technicians_need_is_not_loaded_at_the_start() -> None:
    code = """
import kiosk.start, sys
data = ("technician", "technician.pages", "technician.typed")
mine = [name for name in sys.modules if "technician" in name and not name.endswith(data)]
late = {"segno", "kiosk.backstage.runner", "kiosk.health.verdict", "hardware.probes.look"}
print(mine, sorted(late & set(sys.modules)))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[] []"
