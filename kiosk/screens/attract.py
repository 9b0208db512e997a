"""The question with its faces or scores, and the vote that was given. Never knows what a press leads to."""

from __future__ import annotations

import pygame
from pygame import Rect, Surface

from kiosk.screens import faces, languages, scale, strip, vote
from kiosk.screens.places import Layout, layout
from kiosk.screens.target import Target
from kiosk.screens.text import Align
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.view import Attract
from kiosk.screens.widgets import Kit, badge, target
from kiosk.screens.words import rtl, said, words
from kiosk.survey import SCORES, Survey

_STRIP, _STRIP_UPRIGHT = 5.4, 7
"""How tall it is to ask whether somebody is still there, in u: on one line, or two."""
_QUESTION = 5
"""The least room for the question beside it, in u."""


def draw(kit: Kit, surface: Surface, survey: Survey, view: Attract) -> list[Target]:
    """Paint the question, the faces (or scores) and the languages, all of them targets, and the lines at the bottom.

    While a vote is lit no language can be chosen: their room stays, so that nothing moves.
    """
    surface.fill(kit.colours.ground)
    places = _places(kit, survey, view)
    question = said(survey.question.text, view.language)
    room, box = (places.question, None) if view.left_s is None else _beside_strip(kit, places)
    block = kit.text.fit(question, room.size, kit.font(6.4), least=kit.least(2.6), lines=2, bold=True)
    kit.text.draw(surface, block, room, kit.colours.ink)
    if survey.question.scale == "nps":
        chosen = None if view.face is None else SCORES - view.face
        votes = scale.draw(
            kit, surface, places.room, survey.question, view.language, chosen, lambda score: f"face:{SCORES - score}"
        )
    else:
        votes = _faces(kit, surface, survey, view, places)
    offered, beside = languages.pills(kit, surface, places.pills, view, aside=_is_beside(survey, places))
    if view.left_s is not None:
        strip.draw(kit, surface, view.language, view.left_s, box)
    if box is None or not box.colliderect(places.foot):
        _lines(kit, surface, survey, view, places, beside)
    return [*votes, *offered]


def light(kit: Kit, surface: Surface, survey: Survey, view: Attract, face: int, drift: tuple[int, int]) -> Rect:
    """Paint nothing but `face`, pressed, where it stands plain on a picture moved by `drift`; the box to show."""
    spot = _places(kit, survey, view).faces[face - 1].move(drift)
    # Only what is round goes: large labels may reach into the corners.
    pygame.draw.circle(surface, kit.colours.ground, (spot.x + spot.width / 2, spot.y + spot.height / 2), spot.width / 2)
    vote.draw(kit, surface, survey, face, spot, "pressed")
    return spot


def _places(kit: Kit, survey: Survey, view: Attract) -> Layout:
    return layout(
        kit,
        len(survey.faces),
        choosing=bool(view.languages),
        counted=survey.attract.count,
        did=survey.attract.did is not None,
    )


def _beside_strip(kit: Kit, places: Layout) -> tuple[Rect, Rect]:
    """What is left of the question's room while somebody is asked whether he is still there, and where that stands.

    Above the question; in place of the lines where large texts in reach leave the question one line.
    """
    px, whole = kit.frame.px, places.question
    high = px(kit.high(_STRIP_UPRIGHT if kit.frame.portrait else _STRIP))
    box = Rect(whole.x, whole.y, whole.width, high)
    room = Rect(whole.x, box.bottom + px(0.6), whole.width, whole.bottom - box.bottom - px(0.6))
    if room.height >= px(_QUESTION):
        return room, box
    lines = places.today.union(places.foot)
    box.height = min(high, lines.height)
    box.centery = lines.centery
    return whole, box


def _faces(kit: Kit, surface: Surface, survey: Survey, view: Attract, places: Layout) -> list[Target]:
    labels = [said(face.label, view.language) for face in survey.faces]
    size = kit.font(3.1)
    blocks = kit.alike(labels, places.labels[0].size, size, least=kit.least(1.8), lines=2, bold=True)
    targets = []
    for number, (spot, room, block) in enumerate(zip(places.faces, places.labels, blocks, strict=True), 1):
        counts = view.face == number
        look: faces.Look = "plain" if view.face is None else "pressed" if counts else "faded"
        vote.draw(kit, surface, survey, number, spot, look)
        if counts and view.undo_s is not None:
            badge(kit, surface, vote.corner(spot), view.undo_s, units=min(7.0, spot.width * 0.36 / kit.frame.u))
        beside = Rect(room.x, room.bottom - block.height if places.above else room.y, room.width, block.height)
        colour = kit.colours.quiet if look == "faded" else kit.colours.ink
        kit.text.draw(surface, block._replace(bold=counts), beside, colour)
        targets.append(target(f"face:{number}", spot if places.above else spot.union(room)))
    return targets


def _is_beside(survey: Survey, places: Layout) -> bool:
    """Whether today's count stands in the languages' row."""
    return survey.attract.count and places.today == places.pills


def _lines(kit: Kit, surface: Surface, survey: Survey, view: Attract, places: Layout, beside: Rect) -> None:
    """How long the vote can be changed; or what doesn't work; or what was done. And how many have voted today."""
    own, text, colours = words(view.language), kit.text, kit.colours
    size = kit.font(2.4)
    foot, lines = places.foot, 3 if survey.attract.did else 1
    if view.face is not None and view.undo_s is not None:
        sentence = own.ngettext(
            "You can change it for %(count)d second", "You can change it for %(count)d seconds", view.undo_s
        )
        block = text.fit(sentence % {"count": view.undo_s}, foot.size, kit.font(2.7), least=kit.least(1.6), lines=lines)
        text.draw(surface, block, foot, colours.ink)
    elif view.notice:
        text.draw(surface, text.fit(view.notice, foot.size, size, least=LEGIBLE, lines=lines), foot, colours.quiet)
    elif survey.attract.did is not None:
        title = own.gettext("You said, we did")
        block = text.fit(
            f"{title}: {said(survey.attract.did, view.language)}", foot.size, size, least=kit.least(1.6), lines=lines
        )
        text.draw(surface, block, foot, colours.ink, head=(len(title) + 1, colours.accent))
    if view.today is not None and survey.attract.count:
        room = beside if _is_beside(survey, places) else places.today
        sentence = own.ngettext(
            "%(count)d person has answered today", "%(count)d people have answered today", view.today
        )
        block = text.fit(sentence % {"count": view.today}, room.size, size, least=LEGIBLE, lines=2)
        align: Align = "centre" if room is places.today else "left" if rtl(view.language) else "right"
        text.draw(surface, block, room, colours.quiet, align)
