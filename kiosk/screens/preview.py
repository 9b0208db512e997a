"""Looks at every screen of a survey before any visitor does: what can't be shown, what doesn't fit, and pictures.

Never knows the command line, nor the kiosk that will show them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import msgspec
import pygame

from kiosk.errors import ScreenError
from kiosk.screens.runs import unshown
from kiosk.screens.samples import MODES, samples
from kiosk.screens.sheet import sheet
from kiosk.screens.stage import Painter
from kiosk.survey import Survey, texts

SMALLEST = ((480, 320), (320, 480))
"""Where a text must still fit: the smallest panels, lying and standing."""
SIZES = ((480, 320), (800, 480), (1280, 800), (720, 1280))
"""Which sizes pictures are taken at unless others are asked for."""


class Task(msgspec.Struct, frozen=True):
    """All screens of one language at one size in one mode."""

    language: str
    size: tuple[int, int]
    mode: str

    @property
    def name(self) -> str:
        """`fi-800x480`, `fi-800x480-large`."""
        mode = "" if self.mode == "plain" else f"-{self.mode}"
        return f"{self.language}-{self.size[0]}x{self.size[1]}{mode}"


class Misfit(msgspec.Struct, frozen=True):
    """A text that lost its end on a screen."""

    task: Task
    screen: str
    text: str

    def __str__(self) -> str:
        size = f"{self.task.size[0]}x{self.task.size[1]}"
        mode = "" if self.task.mode == "plain" else f", mode {self.task.mode}"
        return f'{self.task.language}, screen {self.screen} at {size}{mode}: "{self.text}" does not fit; shorten it'


def tasks(survey: Survey, sizes: Sequence[tuple[int, int]], modes: Iterable[str] = MODES) -> list[Task]:
    """What there is to look at."""
    return [Task(code, size, mode) for code in survey.languages for size in sizes for mode in modes]


def characters(survey: Survey) -> Iterator[str]:
    """A sentence for each text with characters that no font here can show."""
    for path, said in texts(survey):
        for language, text in said.items():
            if missing := unshown(text, language):
                named = ", ".join(f"{character} (U+{ord(character):04X})" for character in missing)
                yield f"{path}.{language}: found {named}, which no font of the kiosk can show; write it another way"


def look(survey: Survey, wanted: Sequence[Task], folder: Path | None = None) -> Iterator[tuple[Task, list[Misfit]]]:
    """Draws each of `wanted`, on all cores; what did not fit, task by task as they are done.

    With a `folder` every screen is saved there as ``fi/attract-800x480-large.png``.
    """
    work = partial(_drawn, survey, folder)
    # A fresh interpreter each: SDL does not outlive a fork.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        yield from zip(wanted, pool.map(work, wanted, chunksize=1), strict=True)


def sheets(survey: Survey, wanted: Sequence[Task], folder: Path) -> Iterator[Path]:
    """After `look` with this `folder`: a sheet of every language, and `contact-sheet.png` with one row a language."""
    rows = []
    for language in survey.languages:
        mine = [task for task in wanted if task.language == language]
        pictures = [_pictures(survey, task, folder) for task in mine]
        sheet(f"{survey.name}: {language}", pictures, folder / f"{language}.png")
        yield folder / f"{language}.png"
        rows.append(pictures[0])
    sheet(survey.name, rows, folder / "contact-sheet.png")
    yield folder / "contact-sheet.png"


def _pictures(survey: Survey, task: Task, folder: Path) -> list[tuple[str, Path]]:
    named = task.name.removeprefix(task.language)
    return [
        (f"{sample.screen}{named}", folder / task.language / f"{sample.screen}{named}.png")
        for sample in samples(survey, task.language, MODES[task.mode])
    ]


def _drawn(survey: Survey, folder: Path | None, task: Task) -> list[Misfit]:
    painter = Painter(survey, task.size)
    surface = pygame.Surface(task.size)
    misfits: dict[Misfit, None] = {}
    for sample in samples(survey, task.language, MODES[task.mode]):
        painter.draw(surface, sample.view)
        misfits |= {Misfit(task, sample.screen, text): None for text in painter.cut}
        if folder is not None:
            _save(surface, folder / task.language / f"{sample.screen}{task.name.removeprefix(task.language)}.png")
    return list(misfits)


def _save(surface: pygame.Surface, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pygame.image.save(surface, path)
    except (pygame.error, OSError) as error:
        raise ScreenError(f"{path}: the picture can't be written ({error}). Give another folder") from None
