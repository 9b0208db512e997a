"""The pictures in docs/ show what the program shows today; where one does not: make docs, and look at it.

Not looked at here are those of the technician's pages: what they show is the machine that they were taken on.
"""

from __future__ import annotations

from pathlib import Path

import pygame
import pytest
from PIL import Image, ImageChops

from kiosk.files import bundled_survey
from kiosk.screens import preview
from kiosk.screens.stage import Painter
from kiosk.screens.view import Ask, Attract, Thanked, View
from tests import look, meanings, report_picture
from tests.pictures import FILM, FRAMES_MS, SCREENS, SIZES
from tests.test_golden import SHARE, differing

FACE = 3


def test_the_screens_of_the_installers_page_are_those_of_today(tmp_path: Path) -> None:
    drawn = meanings.draw(tmp_path)
    assert {path.stem for path in meanings.FOLDER.iterdir()} == set(drawn)
    for name, path in drawn.items():
        assert differing(path, meanings.FOLDER / path.name) <= SHARE, f"{name} is stale: make docs"


def of_a_visit() -> dict[str, list[View]]:
    """What may be seen on each picture of the walk: the count of seconds depends on when it was taken."""
    survey = bundled_survey()
    languages = tuple(survey.languages)
    (improve,) = [each for each in survey.followups if each.id == "improve"]
    undo: list[int | None] = [3, 2, 1, None]
    return {
        "question": [Attract("en", languages=languages)],
        "pressed": [Attract("en", FACE, languages=languages)],
        "choice": [Ask("en", improve, 1, 2, face=FACE, undo_s=left_s, languages=languages) for left_s in undo],
        "thanks": [Thanked("en", FACE)],
    }


@pytest.mark.parametrize("size", SIZES)
def test_the_pictures_of_a_visit_are_those_of_today(size: str, tmp_path: Path) -> None:
    width, height = map(int, size.split("x"))
    painter, surface = Painter(bundled_survey(), (width, height)), pygame.Surface((width, height))
    for name, views in of_a_visit().items():
        shares = []
        for view in views:
            painter.draw(surface, view)
            pygame.image.save(surface, tmp_path / "drawn.png")
            shares.append(differing(tmp_path / "drawn.png", SCREENS / f"{name}-{size}.png"))
        assert min(shares) <= SHARE, f"{name}-{size}.png is stale: make docs"


def test_the_film_shows_these_pictures() -> None:
    with Image.open(FILM) as film:
        assert film.n_frames == len(FRAMES_MS)
        for number, name in enumerate(FRAMES_MS):
            path = SCREENS / f"{name}-{film.width}x{film.height}.png"
            if path.exists():
                film.seek(number)
                with Image.open(path) as picture:
                    apart = ImageChops.difference(film.convert("RGB"), picture.convert("RGB")).convert("L")
                assert sum(apart.histogram()[48:]) < 0.001 * film.width * film.height, name


def test_a_sheet_of_a_language_is_that_of_today(tmp_path: Path) -> None:
    """The first: they are drawn alike, and by what the golden pictures hold each script to."""
    survey = bundled_survey()
    wanted = [preview.Task("en", size, mode) for size, mode in look.SHOWN]
    list(preview.look(survey, wanted, tmp_path))
    drawn = next(preview.sheets(survey, wanted, tmp_path))
    with Image.open(drawn) as today, Image.open(look.LOOK / drawn.name) as kept:
        assert today.size == kept.size
        apart = ImageChops.difference(today.convert("RGB"), kept.convert("RGB")).convert("L")
    assert sum(apart.histogram()[64:]) < 0.001 * apart.width * apart.height


def test_the_picture_of_a_report_is_that_of_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = report_picture.TARGET
    monkeypatch.setattr(report_picture, "TARGET", tmp_path / "report.png")
    report_picture.main_()
    assert differing(tmp_path / "report.png", kept) <= SHARE
