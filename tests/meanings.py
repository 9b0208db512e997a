"""Draws the screens of the installer's page that no walk leads to: what each looks like, and what it means there."""

from __future__ import annotations

from pathlib import Path

import pygame

from kiosk import settings
from kiosk.errors import SettingsError
from kiosk.files import bundled_survey
from kiosk.screens.stage import Painter
from kiosk.screens.view import Ask, Asleep, Attract, Languages, Trouble, View
from tests.conftest import ROOT

FOLDER = ROOT / "docs/screens/meaning"
SIZE = 480, 320
_FACE = 3


def views() -> dict[str, View]:
    """By the picture's name."""
    survey = bundled_survey()
    languages = tuple(survey.languages)
    (improve,) = [each for each in survey.followups if each.id == "improve"]
    steps = 2
    return {
        "still-there": Ask("en", improve, 1, steps, ("waiting",), _FACE, left_s=10, languages=languages),
        "languages": Languages("en", languages),
        "notice": Attract("en", notice="The buttons don't work: no pins here.", languages=languages),
        "no-votes": Trouble("en", "store", ("The disk is full (0 MB free).",)),
        "settings": Trouble("en", "settings", _mistakes()),
        "asleep": Asleep("en"),
    }


def _mistakes() -> tuple[str, ...]:
    """What the kiosk says of opening hours that are none."""
    try:
        settings.parse('[kiosk]\nid = "helsinki"\nhours = "8-21"\n')
    except SettingsError as error:
        return tuple(error.mistakes)
    raise AssertionError("hours without minutes are accepted")


def draw(folder: Path) -> dict[str, Path]:
    """Save each in `folder`; where it is, by its name."""
    folder.mkdir(parents=True, exist_ok=True)
    painter, surface = Painter(bundled_survey(), SIZE), pygame.Surface(SIZE)
    saved = {}
    for name, view in views().items():
        painter.draw(surface, view)
        saved[name] = folder / f"{name}.png"
        pygame.image.save(surface, saved[name])
    return saved


def main() -> None:
    """Take them anew."""
    draw(FOLDER)


if __name__ == "__main__":
    main()
