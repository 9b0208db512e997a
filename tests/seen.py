"""What tests of the screens share: surveys and views of every kind, and what was said and can be touched on one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec
import pygame
import pytest
from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.text import Align, Block, Typesetter
from kiosk.screens.theme import TOUCH, Colour, Frame, contrast
from kiosk.screens.view import Ask, Attract, Languages, Modes, Thanked, Trouble, View
from kiosk.survey import Attract as Lines
from kiosk.survey import Choice, Face, FollowUp, Survey

SIZES = [
    (480, 320),
    (800, 480),
    (1024, 600),
    (1024, 768),
    (1280, 800),
    (1920, 1080),
    (1920, 480),
    (320, 480),
    (480, 800),
    (720, 1280),
    (768, 1024),
    (1080, 1920),
]
WHOLE = [(480, 320), (800, 480), (1920, 480), (320, 480), (720, 1280)]
"""The narrowest and the lowest for each way a screen can stand: what is whole there is whole on what is larger."""
SOME = [*WHOLE, (1024, 768), (1280, 800)]
"""Where every mode is looked at: a size of each shape."""
FIRST_SIZES = [(800, 480), (1280, 800), (720, 1280)]
MODES = [Modes(*flags) for flags in itertools.product((False, True), repeat=3)]
PLAINLY = Modes()
FEW = ("en", "fi", "nl")
EIGHTEEN = ("en", "fi", "sv", "nl", "de", "fr", "es", "pl", "el", "uk", "tr", "ar", "he", "hi", "th", "ja", "ko", "zh")
NOTICE = "The panel does not answer: buttons do nothing, touch works. "
MISTAKES = (
    'moodpost.toml, line 4, kiosk.timezone: found "Helsinki", expected a time zone such as "Europe/Helsinki"',
    'moodpost.toml, line 9, endpoint.url: found "http://feedback.example.com", expected one that begins with https://',
    'survey.toml, line 21, followups[1].choices[3].text: found no text in "nl", expected one for each of en, fi, nl',
)


def named(modes: Modes) -> str:
    """The modes that are on."""
    return "+".join(mode for mode in ("contrast", "large", "reach") if getattr(modes, mode)) or "plain"


class Spoken(NamedTuple):
    """A text as it was drawn."""

    block: Block
    box: Rect
    ink: Rect
    colour: Colour
    ground: Colour


_INKS: dict[tuple[object, ...], Rect] = {}
"""Where the ink of a text falls in its box, whoever draws it."""


def listen(monkeypatch: pytest.MonkeyPatch) -> list[Spoken]:
    """Every text drawn from now on, with the box it was meant for and where its ink fell."""
    heard: list[Spoken] = []
    plain = Typesetter.draw

    def draw(
        self: Typesetter,
        surface: Surface,
        block: Block,
        box: Rect,
        colour: Colour,
        align: Align = "centre",
        head: tuple[int, Colour] | None = None,
    ) -> None:
        around = 60
        if (block, box.size, align) not in _INKS:
            empty = Surface((box.width + 2 * around, box.height + 2 * around), pygame.SRCALPHA)
            plain(self, empty, block, Rect(around, around, *box.size), colour, align)
            _INKS[block, box.size, align] = empty.get_bounding_rect().move(-around, -around)
        ink = _INKS[block, box.size, align].move(box.topleft)
        x = min(max(ink.x - 1, 0), surface.get_width() - 1)
        at = surface.get_at((x, min(max(ink.centery, 0), surface.get_height() - 1)))
        heard.append(Spoken(block, box, ink, colour, (at.r, at.g, at.b)))
        plain(self, surface, block, box, colour, align, head)

    monkeypatch.setattr(Typesetter, "draw", draw)
    return heard


def in_arabic_too(survey: Survey) -> Survey:
    """The survey with its English texts under a code that is written from right to left."""
    raw = msgspec.to_builtins(survey)

    def add(node: object) -> None:
        for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            add(child)
        if isinstance(node, dict) and "en" in node:
            node["ar"] = node["en"]

    add(raw)
    return msgspec.convert(raw, Survey)


def with_faces(survey: Survey, count: int) -> Survey:
    """The survey with 2 to 5 faces."""
    picked = {2: [1, 2], 3: [0, 1, 3], 4: [0, 1, 2, 3], 5: [0, 1, 1, 2, 3]}[count]
    return msgspec.structs.replace(survey, faces=[survey.faces[index] for index in picked])


def with_scores(survey: Survey) -> Survey:
    """The survey with scores from 0 to 10 in place of its faces."""
    return msgspec.structs.replace(
        survey, faces=[], question=msgspec.structs.replace(survey.question, scale="nps"), followups=survey.followups
    )


def with_lines(survey: Survey) -> Survey:
    """The survey with every line that the attract screen can show."""
    did = dict.fromkeys(survey.languages, "The queue was too long: now a third till is open at noon.")
    return msgspec.structs.replace(survey, attract=Lines(did=did, count=True))


def asking(survey: Survey, kind: Literal["choice", "choices", "nps"] = "choice", choices: int = 6) -> FollowUp:
    """A follow-up of a kind."""
    first = survey.followups[0]
    return msgspec.structs.replace(first, kind=kind, choices=[] if kind == "nps" else first.choices[:choices])


def saying(survey: Survey, text: str, count: int) -> Survey:
    """A survey in which every text is `text`."""
    texts = {"en": text[:200]}
    followup = FollowUp("why", "choice", texts, choices=[Choice(f"c{n}", texts) for n in range(6)])
    return msgspec.structs.replace(
        survey,
        question=msgspec.structs.replace(survey.question, text=texts),
        faces=[Face(texts)] * count,
        followups=[followup],
        thanks=msgspec.structs.replace(survey.thanks, text=texts),
        attract=Lines(did=texts),
    )


def touchable(survey: Survey, language: str, modes: Modes = PLAINLY) -> Iterator[View]:
    """Views of every kind that can be touched."""
    yield Attract(language, languages=FEW, modes=modes)
    yield Attract(language, survey.points, languages=FEW, undo_s=3, modes=modes)
    yield Attract(language, languages=EIGHTEEN, today=1234, notice=NOTICE * 5, modes=modes)
    for choices in range(2, 7):
        yield Ask(language, asking(survey, "choice", choices), 1, 1, modes=modes)
    yield Ask(language, asking(survey), 2, 3, ("staff",), face=2, undo_s=12, languages=FEW, modes=modes)
    yield Ask(language, asking(survey, "choices"), 2, 3, ("staff", "other"), 2, left_s=9, languages=FEW, modes=modes)
    yield Ask(language, asking(survey, "choices"), 1, 2, (), 2, undo_s=1, modes=modes)
    yield Ask(language, asking(survey, "nps"), 3, 3, ("10",), 1, languages=EIGHTEEN, modes=modes)
    yield Languages(language, EIGHTEEN, modes=modes)
    yield Languages(language, FEW, left_s=10, modes=modes)


def views(survey: Survey, language: str, modes: Modes = PLAINLY) -> Iterator[View]:
    """Views of every kind."""
    yield Attract(language, modes=modes)
    yield Attract(language, survey.points, modes=modes)
    yield from touchable(survey, language, modes)
    yield Thanked(language, 1, modes=modes)
    yield Thanked(language, 2, undo_s=2, modes=modes)
    yield Trouble(language, "store", modes=modes)
    yield Trouble(language, "store", ("votes.db: disk I/O error (10)", "x" * 2000), modes=modes)
    yield Trouble(language, "settings", modes=modes)
    yield Trouble(language, "settings", MISTAKES[:1], modes=modes)
    yield Trouble(language, "settings", MISTAKES * 9, modes=modes)
    yield Trouble(language, "settings", ("x" * 5000, "y " * 900, "\ud800\x00"), modes=modes)


def boxes(targets: list[Target]) -> list[Rect]:
    """Where the targets are."""
    return [Rect(target.x, target.y, target.w, target.h) for target in targets]


def check(size: tuple[int, int], targets: list[Target], spoken: list[Spoken], least: float = TOUCH) -> None:
    """What holds on every screen; `least` is how wide and high every target is, in u."""
    screen = Rect(0, 0, *size)
    finger = int(least * Frame(size).u)
    places = boxes(targets)
    for target, box in zip(targets, places, strict=True):
        assert screen.contains(box), target
        assert min(box.size) >= finger, target
    for one, other in itertools.combinations(places, 2):
        assert not one.colliderect(other)
    assert len({target.action for target in targets}) == len(targets)
    inks = [text for text in spoken if text.ink.size != (0, 0)]
    for text in inks:
        assert screen.contains(text.box), text
        # Two marks above an Arabic letter reach beyond the height of a line, into the ground around the box.
        assert text.box.inflate(0, text.block.size // 2).contains(text.ink), text
        assert contrast(text.colour, text.ground) >= 4.5, text
        within = [box for box in places if box.colliderect(text.ink)]
        assert within in ([], [box for box in places if box.contains(text.ink)][:1]), text
    for one_text, other_text in itertools.combinations(inks, 2):
        assert not one_text.ink.colliderect(other_text.ink), (one_text, other_text)
