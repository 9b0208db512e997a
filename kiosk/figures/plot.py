"""A report as lines of text for a terminal. Pure; never knows whether it is one, nor how wide it is.

What colour tells, shape tells too: bars have lengths, a cell of the heat map has a height and, where few voted, half
the width.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from kiosk.figures.report import Report
from kiosk.insight import Cell, Tally, happy_said, index_said

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FEW = 5
"""A cell with fewer votes is drawn half as wide: its index is little more than chance."""
_NARROW, _LABEL = 60, 22
_LEVELS = "▁▂▃▄▅▆▇█"
_PARTS = " ▏▎▍▌▋▊▉"
_RED, _YELLOW, _GREEN, _QUIET, _BOLD = "31", "33", "32", "2", "1"


class Ink(NamedTuple):
    """What can be written."""

    colour: bool
    blocks: bool = True
    """Whether the block elements of Unicode can be; else digits and signs of ASCII."""

    def paint(self, text: str, code: str) -> str:
        """`text` in a colour, where there is colour."""
        return f"\033[{code}m{text}\033[0m" if self.colour and text.strip() else text


def lines(report: Report, ink: Ink, width: int) -> Iterator[str]:
    """The whole report, no line wider than `width` columns (80 where that is less than a heat map needs)."""
    width = max(width, 80)
    name = report.title if report.kiosk in ("", report.title) else f"{report.title} ({report.kiosk})"
    yield ink.paint(_plain(name), _BOLD)
    yield f"{report.stretch}, {report.timezone}"
    yield ""
    yield from _figures(report, ink)
    clean = report.counted.clean
    if clean.votes:
        yield ""
        yield from _faces(report, ink, width)
    if clean.timed:
        yield ""
        yield from _hours(report, ink, width)
        yield ""
        yield from _heat(clean, ink)
    if report.notes:
        yield ""
        yield from (_plain(note) for note in report.notes)


def _figures(report: Report, ink: Ink) -> Iterator[str]:
    yield ink.paint(f"{'':{_LABEL}}{'votes':>8}{'index':>16}   happy, with 95 % interval", _QUIET)
    for name, tally in report.tallies:
        yield f"{name:{_LABEL}}{tally.votes:>8,}{index_said(tally):>16}   {happy_said(tally)}"
    if report.counted.marked:
        yield f"{'marked as misuse':{_LABEL}}{report.counted.marked:>8,}"


def _faces(report: Report, ink: Ink, width: int) -> Iterator[str]:
    tally = report.counted.clean
    scale = tally.scale
    total = sum(votes for (faces, _), votes in tally.faces.items() if faces == scale)
    if total < tally.votes:
        yield ink.paint(f"{total:,} of these votes chose between {scale}:", _QUIET)
    for face in range(1, scale + 1):
        votes = tally.faces[scale, face]
        share = f"{100 * votes / total:.0f} %"
        label = _fitted(_plain(report.labels.face(scale, face)), _LABEL)
        bar = _bar(votes / total, width - _LABEL - 18, ink)
        yield f"{label}{share:>6}{votes:>9,}  {ink.paint(bar, _mood((scale - face) / (scale - 1)))}".rstrip()
        for words, times in report.reasons(face, 3):
            yield ink.paint(f"  {_fitted(_plain(words), 36)}{times:>7,}", _QUIET)
    if tally.texts:
        texts = "1 answer was typed" if tally.texts == 1 else f"{tally.texts:,} answers were typed"
        yield ink.paint(f"{texts}: moodpost export --kind text", _QUIET)


def _hours(report: Report, ink: Ink, width: int) -> Iterator[str]:
    every, clean = report.counted.every.hours, report.counted.clean.hours
    used = [hour for hour, cell in enumerate(every) if cell.votes]
    most = max(cell.votes for cell in every)
    more = " (behind the bar: those marked)" if report.counted.marked else ""
    yield ink.paint(f"Votes by hour{more}, and their index", _BOLD)
    for hour in range(used[0], used[-1] + 1):
        room = width - 30
        bar = _bar(clean[hour].votes / most, room, ink)
        extra = round(room * every[hour].votes / most) - len(bar)
        behind = ("░" if ink.blocks else ".") * max(0, extra if every[hour].votes > clean[hour].votes else 0)
        index = "" if clean[hour].index is None else f"{clean[hour].index:.0f}"
        yield f"{hour:02}:00  {every[hour].votes:>7,}  {index:>4}  {bar}{ink.paint(behind, _QUIET)}".rstrip()


def _heat(tally: Tally, ink: Ink) -> Iterator[str]:
    signs = f"{_LEVELS[0]} 0 to {_LEVELS[-1]} 100" if ink.blocks else "0 to 9, tens"
    yield ink.paint(f"Index by weekday and hour: {signs}; half as wide: fewer than {FEW} votes", _BOLD)
    yield ink.paint("    " + "".join(f"{hour:>3}" for hour in range(24)), _QUIET)
    for name, cells in zip(DAYS, tally.heat, strict=True):
        yield f"{name:4}" + "".join(f" {_cell(cell, ink)}" for cell in cells)


def _cell(cell: Cell, ink: Ink) -> str:
    if cell.index is None:
        return ink.paint(" ·" if ink.blocks else " .", _QUIET)
    if ink.blocks:
        sign = _LEVELS[min(len(_LEVELS) - 1, int(cell.index / 100 * len(_LEVELS)))]
    else:
        sign = str(min(9, int(cell.index / 10)))
    return ink.paint(f"{sign * 2 if cell.votes >= FEW else ' ' + sign}", _mood(cell.index / 100))


def _mood(share: float) -> str:
    return _GREEN if share >= 2 / 3 else _YELLOW if share >= 1 / 3 else _RED


def _bar(share: float, room: int, ink: Ink) -> str:
    if not ink.blocks:
        return "#" * round(share * room)
    eighths = round(share * room * 8)
    return ("█" * (eighths // 8) + _PARTS[eighths % 8]).rstrip()


def _plain(text: str) -> str:
    """Without what would make a terminal do something."""
    return "".join(character if character.isprintable() else " " for character in text)


def _fitted(text: str, width: int) -> str:
    """`text` filled up, or cut, to so many columns; ideographs take two."""
    shown, used = "", 0
    for character in text:
        wide = 0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used + wide > width - 1:
            shown, used = shown[:-1] + "…", used
            break
        shown, used = shown + character, used + wide
    return shown + " " * (width - used)
