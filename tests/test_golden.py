"""The main screens as they were looked at and found good; a picture that differs fails and is kept to be looked at.

`make docs` takes them anew; look at each before you commit it.
"""

from __future__ import annotations

from pathlib import Path

import pygame
import pytest

from kiosk.files import bundled_survey
from kiosk.screens.samples import samples
from kiosk.screens.stage import Painter
from tests.conftest import ROOT

GOLDEN = ROOT / "tests/golden"
LANGUAGES = ("en", "ar", "hi", "th", "ja")
SIZES = ((480, 320), (800, 480), (720, 1280))
SCREENS = ("attract", "ask-improve-answered", "ask-comment-answered", "thanks")

CHANNEL = 24
"""How much a colour channel may differ (of 255): another FreeType or zlib rounds edges otherwise."""
TILE = 32
SHARE = 0.05
"""The share of a tile's pixels (TILE by TILE) that may differ by more: a letter that changed is more than that."""


def drawn(language: str, size: tuple[int, int], folder: Path) -> dict[str, Path]:
    """Every main screen as a file, by its name."""
    survey = bundled_survey()
    painter = Painter(survey, size)
    surface = pygame.Surface(size)
    found = {}
    for sample in samples(survey, language):
        if sample.screen in SCREENS:
            painter.draw(surface, sample.view)
            found[sample.screen] = folder / f"{sample.screen}-{language}-{size[0]}x{size[1]}.png"
            pygame.image.save(surface, found[sample.screen])
    return found


def differing(one: Path, other: Path) -> float:
    """The largest share of a tile's pixels that differ by more than CHANNEL."""
    pictures = [pygame.image.load(path) for path in (one, other)]
    assert pictures[0].get_size() == pictures[1].get_size()
    same = pygame.mask.from_threshold(pictures[0], (0, 0, 0), (CHANNEL, CHANNEL, CHANNEL, 255), pictures[1])
    width, height = pictures[0].get_size()
    whole = pygame.Mask((TILE, TILE), fill=True)
    return max(
        1 - same.overlap_area(whole, (x, y)) / (min(TILE, width - x) * min(TILE, height - y))
        for x in range(0, width, TILE)
        for y in range(0, height, TILE)
    )


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_screen_looks_as_it_was_found_good(language: str, size: tuple[int, int], tmp_path: Path) -> None:
    for screen, path in drawn(language, size, tmp_path).items():
        golden = GOLDEN / path.name
        assert golden.exists(), f"{golden.name} is missing: make docs, look at it, commit it"
        assert differing(path, golden) <= SHARE, f"{screen} differs: look at {path} beside {golden}, or make docs"


def test_a_single_letter_that_changed_is_not_found_good(tmp_path: Path) -> None:
    survey = bundled_survey()
    pictures = []
    for label in ("Bad", "Bed"):
        survey.faces[2].label["en"] = label
        surface = pygame.Surface((800, 480))
        Painter(survey, (800, 480)).draw(surface, next(iter(samples(survey, "en"))).view)
        pictures.append(tmp_path / f"{label}.png")
        pygame.image.save(surface, pictures[-1])
    assert differing(*pictures) > SHARE


def test_another_language_is_not_found_good(tmp_path: Path) -> None:
    """The bound tells a screen from the same one in another language."""
    english, arabic = (drawn(code, (800, 480), tmp_path) for code in ("en", "ar"))
    assert all(differing(english[screen], arabic[screen]) > SHARE for screen in SCREENS)


def main() -> None:
    """Take them anew."""
    GOLDEN.mkdir(exist_ok=True)
    for language in LANGUAGES:
        for size in SIZES:
            drawn(language, size, GOLDEN)


if __name__ == "__main__":
    main()
