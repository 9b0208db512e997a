"""A follow-up: its question, what can be answered, Back and Skip or Done. Never knows what an answer leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from pygame import Rect, Surface

from kiosk.screens import choices, keyboard, scale, strip, vote
from kiosk.screens.target import Target
from kiosk.screens.text import Align
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.view import Ask
from kiosk.screens.widgets import Kit, Pill, badge, marks, marks_width, pill, pill_height, pill_width, target
from kiosk.screens.words import rtl, said, words
from kiosk.survey import Survey


class _Places(NamedTuple):
    """Where things stand."""

    back: Rect
    globe: Rect | None
    end: Rect
    """Of Skip or Done."""
    status: Rect
    """Of the vote that counts and the progress marks."""
    question: Rect
    hint: Rect
    body: Rect


def draw(kit: Kit, surface: Surface, survey: Survey, view: Ask) -> list[Target]:
    """Paint a follow-up of one of `KINDS`; its answers, Back, the languages and Skip or Done are targets."""
    surface.fill(kit.colours.ground)
    own, mirrored = words(view.language), rtl(view.language)
    back, end = _back(view), _end(view)
    places = _places(kit, view, pill_width(kit, back, 12), pill_width(kit, end, _widest(kit, view)))

    targets = [target("back", pill(kit, surface, places.back, back, mirrored))]
    if places.globe:
        targets.append(target("languages", pill(kit, surface, places.globe, _ways(view))))
    targets.append(target("done" if _is_given(view) else "skip", pill(kit, surface, places.end, end, mirrored)))
    text = said(view.followup.text, view.language)
    block = kit.text.fit(text, places.question.size, kit.font(5.4), least=kit.least(2.4), lines=2, bold=True)
    kit.text.draw(surface, block, places.question, kit.colours.ink)
    if view.followup.kind == "choices":
        hint = own.gettext("Choose all that apply")
        block = kit.text.fit(hint, places.hint.size, kit.font(2.7), least=kit.least(1.8), lines=2)
        align: Align = "right" if mirrored else "left"
        if kit.frame.portrait or kit.modes.reach:
            align = "centre"
        kit.text.draw(surface, block, places.hint, kit.colours.quiet, align)
    answers = _BODIES[view.followup.kind](kit, surface, places.body, view)
    if view.left_s is None:
        _status(kit, surface, survey, view, places.status, mirrored)
    else:
        strip.draw(kit, surface, view.language, view.left_s)
    return [*answers, *targets]


def warm(kit: Kit, view: Ask) -> Iterator[None]:
    """Puts the keys that `view`, open text, is typed on onto the shelf, one a step."""
    ends = pill_width(kit, _back(view), 12), pill_width(kit, _end(view), _widest(kit, view))
    yield from keyboard.warm(kit, _places(kit, view, *ends).body, view)


def _back(view: Ask) -> Pill:
    return Pill(words(view.language).gettext("Back"), "right" if rtl(view.language) else "left")


def _end(view: Ask) -> Pill:
    """Done once there is an answer that waits for it, Skip before."""
    own = words(view.language)
    return Pill(own.gettext("Done"), lit=True, bold=True) if _is_given(view) else Pill(own.gettext("Skip"))


def _widest(kit: Kit, view: Ask) -> float:
    """The room for the text on Skip or Done, in u: less where they share their line with others."""
    if view.followup.kind == "text" or kit.modes.reach:
        return max(12, 6.5 * LEGIBLE / kit.frame.u)
    return 22


def _is_given(view: Ask) -> bool:
    """Whether an answer was put together that waits for Done: one choice or a score is given as it is touched."""
    if view.followup.kind == "text":
        return bool(view.entry and view.entry.text.strip())
    return view.followup.kind == "choices" and bool(view.chosen)


def _ways(view: Ask) -> Pill:
    """The pill to the languages; where there is one, to the ways to see it."""
    return Pill(sign="globe" if len(view.languages) > 1 else "person")


def _places(kit: Kit, view: Ask, back: int, end: int) -> _Places:
    frame, px, high = kit.frame, kit.frame.px, pill_height(kit)
    reach, typed, mirrored = kit.modes.reach, view.followup.kind == "text", rtl(view.language)
    whole = frame.zone(2.4, frame.tall - (1.2 if reach else 2.4))
    top, bottom = whole.top, whole.bottom - high
    wide = pill_width(kit, _ways(view)) if view.languages else 0
    if (least := whole.width - 2 * px(1.2)) < back + wide + end:  # as wide as fingers on the narrowest panels
        back, wide, end = (width * least // (back + wide + end) for width in (back, wide, end))
    at_back = Rect(whole.x, bottom if reach else top, back, high)
    at_end = Rect(whole.right - end, top if typed and not reach else bottom, end, high)
    at_globe = None
    if view.languages:
        beside_end = at_end.top == at_back.top and not reach
        at_globe = Rect(whole.right - wide - (end + px(1.2) if beside_end else 0), top, wide, high)
        if reach:
            at_globe.topleft = at_back.right + px(1.2), bottom

    at_strip = strip.place(kit, False)
    if frame.portrait or reach:
        status = at_strip
    else:
        until = min([whole.right, *(box.left for box in (at_globe, at_end) if box and box.top == top)])
        status = Rect(at_back.right + px(2), top, until - px(2) - at_back.right - px(2), high)
    y = max(status.bottom, at_strip.bottom) + px(0.8)
    share = 0.15 if frame.portrait else 0.142
    question = Rect(whole.x, y, whole.width, px(kit.high(frame.tall * share)))
    hinted = view.followup.kind == "choices"
    hint = Rect(whole.x, question.bottom, whole.width, px(kit.high(3.4)) if hinted else 0)
    if reach:
        below = frame.height // 2 + 2 if not typed else 0
        body = Rect(whole.x, below, whole.width, bottom - px(0.8) - below)
        if typed:
            body = Rect(whole.x, question.bottom + px(0.6), whole.width, bottom - px(1.2) - question.bottom)
        else:
            hint.bottom = body.top - px(1)
            question.height = hint.top - question.top
    else:
        if hinted and not frame.portrait:
            hint = Rect(whole.x, bottom, at_end.left - px(2) - whole.x, high)
        until = frame.height if typed else bottom - px(1.4)
        first = (hint if hinted and frame.portrait else question).bottom + px(1)
        body = Rect(whole.x, first, whole.width, until - first)
    boxes = [at_back, at_globe, at_end, status, question, hint, body]
    if mirrored:
        for box in boxes:
            if box is not None:
                box.right = whole.left + whole.right - box.left
    return _Places(at_back, at_globe, at_end, status, question, hint, body)


def _status(kit: Kit, surface: Surface, survey: Survey, view: Ask, room: Rect, mirrored: bool) -> None:
    """The vote that counts and how long it can be changed at the start; the progress marks at the end."""
    px = kit.frame.px
    taken = marks_width(kit, view.steps)
    middle = room.left + taken // 2 if mirrored else room.right - taken // 2
    marks(kit, surface, (middle, room.centery), view.step, view.steps, mirrored)
    if not view.face:
        return
    side = min(room.height, px(6.6))
    spot = Rect(room.right - side if mirrored else room.left, room.centery - side // 2, side, side)
    vote.draw(kit, surface, survey, view.face, spot)
    if view.undo_s is None:
        return
    badge(kit, surface, vote.corner(spot), view.undo_s, units=side * 0.5 / kit.frame.u)
    sentence = words(view.language).ngettext(
        "You can change it for %(count)d second", "You can change it for %(count)d seconds", view.undo_s
    )
    left, wide = spot.right + px(2), room.width - side - px(2) - taken - px(2)
    beside = Rect(room.left + taken + px(2) if mirrored else left, room.y, wide, room.height)
    block = kit.text.fit(sentence % {"count": view.undo_s}, beside.size, kit.font(2.4), least=kit.least(1.6), lines=3)
    if not block.cut:  # the number on the face says the same
        kit.text.draw(surface, block, beside, kit.colours.ink, "right" if mirrored else "left")


def _scores(kit: Kit, surface: Surface, room: Rect, view: Ask) -> list[Target]:
    chosen = int(view.chosen[0]) if view.chosen else None
    return scale.draw(kit, surface, room, view.followup, view.language, chosen, lambda score: f"choice:{score}")


_BODIES: dict[str, Callable[[Kit, Surface, Rect, Ask], list[Target]]] = {
    "choice": choices.draw,
    "choices": choices.draw,
    "nps": _scores,
    "text": keyboard.draw,
}
"""Who paints the answers of a kind of follow-up, below its question."""

KINDS: frozenset[str] = frozenset(_BODIES)
"""The kinds of follow-up that can be shown."""
