"""What the product says of itself: the picture of a trouble, and the doctor's readings. Boots nothing."""

from __future__ import annotations

import msgspec
import pygame
from PIL import Image

from hardware.health import Health
from kiosk.health.doctor import Report
from kiosk.screens.stage import Painter
from kiosk.screens.view import Trouble
from tests.image.guest import Guest


def picture(view: Trouble, size: tuple[int, int] = (800, 480)) -> Image.Image:
    """What a screen shows while something is wrong, drawn here."""
    surface = pygame.Surface(size)
    Painter(None, size).draw(surface, view)
    return Image.frombytes("RGB", size, pygame.image.tobytes(surface, "RGB"))


def doctor(guest: Guest) -> dict[str, Health]:
    """The readings of `moodpost doctor` on the board, by name."""
    report = msgspec.json.decode(guest.run("moodpost doctor --json", good=None), type=Report)
    return {reading.name: reading for reading in report.readings}


def bad(guest: Guest) -> dict[str, str]:
    """What the doctor finds bad, by name, in its words."""
    return {name: reading.said for name, reading in doctor(guest).items() if reading.condition == "bad"}
