"""A report as one picture, to be put into a mail. Knows what was counted; never where it comes from."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pygame
from pygame import Rect, Surface

from kiosk.figures.report import Report
from kiosk.insight import TOO_FEW_SAID, Cell, index_said, wilson
from kiosk.screens.faces import MOODS, face
from kiosk.screens.text import Align, Block, clean
from kiosk.screens.theme import Colour, contrast
from kiosk.screens.widgets import Kit, panel, put

SIZE = 1600, 1300
"""Pixels."""
_BAD: Colour = (158, 17, 32)
_MIDDLE: Colour = (255, 244, 214)
_GOOD: Colour = (0, 116, 120)
"""Red and blue-green: told apart by who can't tell red from green; each cell says its number besides."""
_BAR: Colour = (29, 78, 216)
_BEHIND: Colour = (160, 180, 225)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MARGIN, _GAP = 3.0, 1.6
_FEW = 5


def picture(report: Report) -> bytes:
    """The report as a PNG file."""
    pygame.font.init()
    surface = Surface(SIZE)
    _Poster(Kit.of(SIZE), surface, report).draw()
    file = io.BytesIO()
    pygame.image.save(surface, file, "report.png")
    return file.getvalue()


class _Poster:
    """One picture under way; places and sizes are in u, a hundredth of its width."""

    def __init__(self, kit: Kit, surface: Surface, report: Report) -> None:
        self.kit = kit
        self.surface = surface
        self.report = report
        self.every, self.clean = report.counted.every, report.counted.clean

    def draw(self) -> None:
        self.surface.fill(self.kit.colours.ground)
        right = 100 - _MARGIN
        self._write(self.report.title, (_MARGIN, 2.2, right - _MARGIN, 4), 3.4, bold=True)
        about = " · ".join(
            part for part in (self.report.stretch, self.report.timezone, self.report.kiosk) if part != self.report.title
        )
        self._write(about, (_MARGIN, 6.3, right - _MARGIN, 2.4), 1.7, self.kit.colours.quiet)
        third = (right - _MARGIN - 2 * _GAP) / 3
        for number, card in enumerate((self._index, self._share, self._count)):
            card((_MARGIN + number * (third + _GAP), 10, third, 14))
        half = (right - _MARGIN - _GAP) / 2
        self._faces((_MARGIN, 25.6, half, 23.4))
        self._hours((_MARGIN + half + _GAP, 25.6, half, 23.4))
        self._heat((_MARGIN, 50.6, right - _MARGIN, 26))
        self._foot()

    def _index(self, box: tuple[float, float, float, float]) -> None:
        self._card(box, "Index, 0 to 100")
        x, y, w, _ = box
        self._figure(index_said(self.clean), (x, y + 3.4, w, 6))
        self._with_marked(box, index_said(self.every))

    def _share(self, box: tuple[float, float, float, float]) -> None:
        self._card(box, "Happy faces")
        x, y, w, _ = box
        tally = self.clean
        if not tally.enough:
            self._figure(TOO_FEW_SAID, (x, y + 3.4, w, 6))
            self._with_marked(box, self._happy_of_all())
            return
        low, high = wilson(tally.happy, tally.votes)
        share = tally.happy / tally.votes
        self._figure(f"{100 * share:.0f} %", (x, y + 3.4, w * 0.42, 6))
        self._write(
            f"{100 * low:.0f} to {100 * high:.0f} % (95 % interval)", (x + w * 0.42, y + 3.6, w * 0.54, 2.2), 1.35
        )
        rail = self._rect((x + w * 0.42, y + 6.6, w * 0.54, 1.4))
        colours = self.kit.colours
        panel(self.kit, self.surface, rail, colours.ground, colours.edge, radius=0.7)
        reach = Rect(
            rail.x + round(rail.width * low), rail.y, max(3, round(rail.width * (high - low))), rail.height
        ).inflate(0, -2 * self.kit.border)
        self.surface.fill(_BEHIND, reach)
        mark = Rect(0, 0, self.kit.frame.px(0.45), rail.height + self.kit.frame.px(0.8))
        mark.center = rail.x + round(rail.width * share), rail.centery
        self.surface.fill(_BAR, mark)
        self._with_marked(box, self._happy_of_all())

    def _happy_of_all(self) -> str:
        every = self.every
        return f"{100 * every.happy / every.votes:.0f} %" if every.enough else TOO_FEW_SAID

    def _count(self, box: tuple[float, float, float, float]) -> None:
        self._card(box, "Votes")
        x, y, w, h = box
        self._figure(f"{self.clean.votes:,}", (x, y + 3.4, w, 6))
        marked = self.report.counted.marked
        said = f"and {marked:,} marked as misuse" if marked else "none marked as misuse"
        self._write(said, (x + 1.6, y + h - 3.6, w - 3.2, 2.4), 1.5, self.kit.colours.quiet)

    def _with_marked(self, box: tuple[float, float, float, float], said: str) -> None:
        x, y, w, h = box
        marked = self.report.counted.marked
        text = f"with {marked:,} marked votes: {said}" if marked else "no votes are marked as misuse"
        self._write(text, (x + 1.6, y + h - 3.6, w - 3.2, 2.4), 1.5, self.kit.colours.quiet)

    def _faces(self, box: tuple[float, float, float, float]) -> None:
        self._card(box, "Faces, and why")
        x, y, w, h = box
        scale = self.clean.scale
        total = sum(votes for (faces, _), votes in self.clean.faces.items() if faces == scale)
        if not total:
            self._nothing(box)
            return
        rows = [(number, self.clean.faces[scale, number]) for number in range(1, scale + 1)]
        step = (h - 4.6) / len(rows)
        for place, (number, votes) in enumerate(rows):
            top = y + 3.9 + place * step
            high = min(step * 0.86, 3.7)
            left = x + 1.6
            if scale in MOODS:
                across = self.kit.frame.px(high)
                drawn = face(self.kit.shelf, MOODS[scale][number - 1], across)
                put(self.surface, drawn, self._rect((left, top, high, high)).topleft)
                left += 4.5
            else:
                self._write(f"{scale - number}", (left, top, 3, high), min(1.5, high * 0.8), bold=True)
                left += 3.5
            bar = self._rect((left, top + high * 0.12, w * 0.24 * votes / max(1, *(v for _, v in rows)), high * 0.76))
            self.surface.fill(_BAR, Rect(bar.x, bar.y, max(2, bar.width), bar.height))
            said = f"{100 * votes / total:.0f} %  ({votes:,})"
            self._write(said, (left + w * 0.25, top, w * 0.22, high), min(1.5, high * 0.8), bold=True)
            self._reasons(number, (left + w * 0.47, top, x + w - 1.2 - left - w * 0.47, high))

    def _reasons(self, number: int, box: tuple[float, float, float, float]) -> None:
        reasons = "\u00a0· ".join(
            f"{clean(words)} {times:,}".replace(" ", "\u00a0") for words, times in self.report.reasons(number, 3)
        )
        if reasons:
            block = self._fit(reasons, box[2:], 1.3, lines=2)
            self.kit.text.draw(self.surface, block, self._rect(box), self.kit.colours.quiet, "left")

    def _hours(self, box: tuple[float, float, float, float]) -> None:
        more = ", the paler part is marked" if self.report.counted.marked else ""
        self._card(box, f"Votes by hour{more}")
        x, y, w, h = box
        every, some = self.every.hours, self.clean.hours
        most = max(cell.votes for cell in every)
        if not most:
            self._nothing(box)
            return
        step, room = (w - 3.2) / 24, h - 10
        floor = y + h - 3.4
        busiest = next(hour for hour, cell in enumerate(every) if cell.votes == most)
        for hour, (cell, clean_cell) in enumerate(zip(every, some, strict=True)):
            left = x + 1.6 + hour * step
            for votes, colour in ((cell.votes, _BEHIND), (clean_cell.votes, _BAR)):
                high = room * votes / most
                if votes:
                    self.surface.fill(colour, self._rect((left + step * 0.12, floor - high, step * 0.76, high)))
            if hour == busiest:
                self._write(f"{most:,}", (left - 2, floor - room - 2.3, step + 4, 2), 1.4, align="centre", bold=True)
            if hour % 3 == 0:
                self._write(f"{hour}", (left - 1, floor + 0.4, step + 2, 2), 1.4, self.kit.colours.quiet, "centre")
        base = self._rect((x + 1.6, floor, w - 3.2, 0.15))
        self.surface.fill(self.kit.colours.edge, Rect(base.x, base.y, base.width, max(1, base.height)))

    def _heat(self, box: tuple[float, float, float, float]) -> None:
        self._card(box, "Index by weekday and hour (below it how many voted)")
        x, y, w, h = box
        if not self.clean.timed:
            self._nothing(box)
            return
        left, top = x + 6, y + 5.6
        across, down = (w - 7.6) / 24, (h - 6.8) / 7
        for hour in range(24):
            place = left + hour * across, y + 3.7, across, 1.8
            self._write(f"{hour}", place, 1.3, self.kit.colours.quiet, "centre")
        for day, (name, cells) in enumerate(zip(_DAYS, self.clean.heat, strict=True)):
            self._write(name, (x + 1.6, top + day * down, 4, down), 1.5)
            for hour, cell in enumerate(cells):
                self._cell(cell, (left + hour * across, top + day * down, across, down))

    def _cell(self, cell: Cell, box: tuple[float, float, float, float]) -> None:
        area = self._rect(box).inflate(-self.kit.frame.px(0.25), -self.kit.frame.px(0.25))
        colours = self.kit.colours
        if cell.index is None:
            self.surface.fill(colours.ground, area)
            return
        fill = _blend(cell.index / 100)
        ink = max((colours.ink, colours.card), key=lambda colour: contrast(colour, fill))
        if cell.votes < _FEW:  # chance, more or less: only a frame of its colour
            self.surface.fill(fill, area)
            inner = area.inflate(-2 * self.kit.frame.px(0.3), -2 * self.kit.frame.px(0.3))
            self.surface.fill(colours.card, inner)
            ink = colours.ink
        else:
            self.surface.fill(fill, area)
        x, y, w, h = box
        self._write(f"{cell.index:.0f}", (x, y + h * 0.12, w, h * 0.44), 1.3, ink, "centre", bold=True)
        self._write(f"{cell.votes:,}", (x, y + h * 0.52, w, h * 0.34), 0.9, ink, "centre")

    def _foot(self) -> None:
        said = [
            "Happy: the upper half of the faces. Index: 100 if everybody chose the first face, 0 the last one.",
            f"A frame instead of a filled cell: fewer than {_FEW} votes." if self.clean.timed else "",
            *self.report.notes,
        ]
        text = " ".join(part for part in said if part)
        block = self._fit(text, (100 - 2 * _MARGIN, 3.6), 1.2, lines=2)
        self.kit.text.draw(
            self.surface, block, self._rect((_MARGIN, 77, 100 - 2 * _MARGIN, 3.6)), self.kit.colours.quiet, "left"
        )

    def _nothing(self, box: tuple[float, float, float, float]) -> None:
        self._write(
            "no votes with a time" if self.clean.votes else "no votes", box, 1.8, self.kit.colours.quiet, "centre"
        )

    def _card(self, box: tuple[float, float, float, float], title: str) -> None:
        colours = self.kit.colours
        panel(self.kit, self.surface, self._rect(box), colours.card, (203, 208, 216), radius=0.9)
        x, y, w, _ = box
        self._write(title, (x + 1.6, y + 0.9, w - 3.2, 2.2), 1.5, colours.quiet)

    def _figure(self, text: str, box: tuple[float, float, float, float]) -> None:
        x, y, w, h = box
        self._write(text, (x + 1.6, y, w - 3.2, h), 5.2, bold=True)

    def _write(
        self,
        text: str,
        box: tuple[float, float, float, float],
        size: float,
        colour: Colour | None = None,
        align: Align = "left",
        *,
        bold: bool = False,
    ) -> None:
        block = self._fit(text, box[2:], size, bold=bold)
        self.kit.text.draw(self.surface, block, self._rect(box), colour or self.kit.colours.ink, align)

    def _fit(self, text: str, room: Sequence[float], size: float, *, lines: int = 1, bold: bool = False) -> Block:
        px = self.kit.frame.px
        pixels = px(room[0]), px(room[1])
        return self.kit.text.fit(text, pixels, px(size), least=self.kit.least(0.85), lines=lines, bold=bold)

    def _rect(self, box: tuple[float, float, float, float]) -> Rect:
        u = self.kit.frame.u
        x, y, w, h = box
        left, top = round(x * u), round(y * u)
        return Rect(left, top, round((x + w) * u) - left, round((y + h) * u) - top)


def _blend(share: float) -> Colour:
    """The colour of an index, 0 to 1: from red over a pale middle to blue-green."""
    low, high, part = (_BAD, _MIDDLE, share * 2) if share < 0.5 else (_MIDDLE, _GOOD, share * 2 - 1)
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(low, high, strict=True))
    return red, green, blue
