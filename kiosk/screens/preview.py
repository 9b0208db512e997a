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
from kiosk.screens.runs import blank, unshown
from kiosk.screens.samples import MODES, Sample, samples
from kiosk.screens.sheet import Row, sheet
from kiosk.screens.stage import Painter
from kiosk.survey import Survey, texts

SMALLEST = ((480, 320), (320, 480))
"""Where a text must still fit: the smallest panels, lying and standing."""
SMALLEST_DPI = 165
"""Pixels an inch of a 3.5" panel. Where it is known, targets are as large as fingers, and texts have less room."""
SIZES = ((480, 320), (800, 480), (1280, 800), (720, 1280))
"""Which sizes pictures are taken at unless others are asked for."""


class Task(msgspec.Struct, frozen=True):
    """All screens of one language at one size in one mode."""

    language: str
    size: tuple[int, int]
    mode: str
    dpi: int | None = None
    """Pixels an inch; None: as on a panel that doesn't say."""


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


def smallest(survey: Survey) -> list[Task]:
    """The same where a text must still fit: on panels that tell how large they are, and on others."""
    wanted = tasks(survey, SMALLEST)
    return wanted + [msgspec.structs.replace(task, dpi=SMALLEST_DPI) for task in wanted]


def characters(survey: Survey) -> Iterator[str]:
    """A sentence for each text that shows nothing, or holds characters that no font here can show."""
    for path, said in texts(survey):
        for language, text in said.items():
            if blank(text, language):
                yield f"{path}.{language}: found nothing that can be seen, expected a text"
            elif missing := unshown(text, language):
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
    first = []
    for language in survey.languages:
        mine = [task for task in wanted if task.language == language]
        sheet(f"{survey.name}, {language}", [_row(survey, task, folder) for task in mine], folder / f"{language}.png")
        yield folder / f"{language}.png"
        first.append(_row(survey, mine[0], folder)._replace(heading=language))
    sheet(survey.name, first, folder / "contact-sheet.png")
    yield folder / "contact-sheet.png"


def _row(survey: Survey, task: Task, folder: Path) -> Row:
    mode = "" if task.mode == "plain" else f", {task.mode}"
    shown = samples(survey, task.language, MODES[task.mode])
    return Row(
        f"{task.size[0]} × {task.size[1]}{mode}",
        [(sample.screen, folder / task.language / _file(sample, task)) for sample in shown],
    )


def _file(sample: Sample, task: Task) -> str:
    mode = "" if task.mode == "plain" else f"-{task.mode}"
    return f"{sample.screen}-{task.size[0]}x{task.size[1]}{mode}.png"


def _drawn(survey: Survey, folder: Path | None, task: Task) -> list[Misfit]:
    painter = Painter(survey, task.size, task.dpi)
    surface = pygame.Surface(task.size)
    misfits: dict[Misfit, None] = {}
    for sample in samples(survey, task.language, MODES[task.mode]):
        painter.draw(surface, sample.view)
        misfits |= {Misfit(task, sample.screen, text): None for text in painter.cut}
        if folder is not None:
            _save(surface, folder / task.language / _file(sample, task))
    return list(misfits)


def _save(surface: pygame.Surface, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pygame.image.save(surface, path)
    except (pygame.error, OSError) as error:
        raise ScreenError(f"{path}: the picture can't be written ({error}). Give another folder") from None
