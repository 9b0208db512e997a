"""The verdict: one sentence, the three worst things, how many of each, and a code for a phone. Knows no reading."""

from __future__ import annotations

from collections.abc import Sequence

from pygame import Rect, Surface

from hardware.health import Condition, Health
from kiosk.screens.target import Target
from kiosk.screens.technician import qr, signs
from kiosk.screens.technician.cards import GAP, PAD, PLAIN, SMALL, Text, block, card, line, plate, say, split, told
from kiosk.screens.technician.pages import Verdict
from kiosk.screens.technician.theme import DARK, TONES
from kiosk.screens.text import Block
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit

_HEAD = Text(4.2, bold=True, lines=3, least=2.2)
_SAID = Text(2.5, bold=True, lines=8, least=1.7)
_COUNT = Text(2.5, bold=True, least=1.6)


def draw(kit: Kit, surface: Surface, room: Rect, body: Verdict) -> list[Target]:
    """Paint it into `room`; nothing on it can be touched."""
    px, gap = kit.frame.px, kit.frame.px(GAP)
    head = Rect(room.x, room.y, room.width, max(px(12), 3 * line(kit, 2) + px(2)))
    first = body.worst[0] if body.worst and body.worst[0].said == body.head else None
    _sentence(kit, surface, head, body, _raw(first) if first else "")
    rest = Rect(room.x, head.bottom + gap, room.width, room.bottom - head.bottom - gap)
    text = qr.fitting(body.qr, _most(kit, rest))
    code = qr.side(text, _space(kit, rest)) + 2 * px(PAD * 0.7) if text else 0
    phone = Rect(rest.right - code, rest.bottom - code if kit.frame.portrait else rest.y, code, code)
    least = line(kit, _COUNT.units) + 2 * px(PAD * 0.7)
    if kit.frame.portrait:
        low = max(code, least)
        counts = Rect(rest.x, rest.bottom - low, phone.x - rest.x - (gap if code else 0), low)
        worst = Rect(rest.x, rest.y, rest.width, counts.y - gap - rest.y)
    else:
        worst = Rect(rest.x, rest.y, phone.x - rest.x - (gap if code else 0), rest.height)
        counts = Rect(phone.x, phone.bottom + gap, code, rest.bottom - phone.bottom - gap)
        if counts.height < least:
            worst.height -= least + gap
            counts = Rect(worst.x, worst.bottom + gap, worst.width, least)
    if text:
        _phone(kit, surface, phone, text)
    _counts(kit, surface, counts, body)
    _worst(kit, surface, worst, body, body.worst[1 if first else 0 :])
    return []


def _most(kit: Kit, room: Rect) -> int:
    """The most of `room` that the code may take, in pixels: what is left must do for the words."""
    if kit.frame.portrait:
        return min(room.width - kit.frame.px(16), room.height * 11 // 20)
    return min(room.height - kit.frame.px(6), room.width * 11 // 20)


def _space(kit: Kit, room: Rect) -> int:
    """How large in `room` the code is to be, in pixels; it is larger where its modules would be too small."""
    if kit.frame.portrait:
        return min(room.width - kit.frame.px(20), room.height * 2 // 5)
    return min(room.height - kit.frame.px(9.6), room.width * 2 // 5)


def _sentence(kit: Kit, surface: Surface, box: Rect, body: Verdict, raw: str) -> None:
    """The head, and below it what was read where the head says the worst thing itself."""
    room = card(kit, surface, box, TONES[body.condition], border=2 * kit.border)
    side = min(kit.frame.px(6), room.height)
    signs.mark(kit, surface, body.condition, Rect(room.x, room.centery - side // 2, side, side))
    shift = side + kit.frame.px(1.6)
    room = Rect(room.x + shift, room.y, room.width - shift, room.height)
    more = "Still looking …" if body.looking else raw
    if more:
        under = block(kit, more, (room.width, line(kit, SMALL.units)), SMALL)
        over = block(kit, body.head, (room.width, room.height - under.height), _HEAD)
        if not over.cut:
            y = room.centery - (over.height + under.height) // 2
            kit.text.draw(surface, over, Rect(room.x, y, room.width, over.height), DARK.ink, "left")
            low = Rect(room.x, y + over.height, room.width, under.height)
            kit.text.draw(surface, under, low, DARK.quiet, "left")
            return
    say(kit, surface, body.head, room, _HEAD)


def _worst(kit: Kit, surface: Surface, room: Rect, body: Verdict, others: Sequence[Health]) -> None:
    """Cards for what is worst, as many as are told whole; a calm one where nothing is."""
    if not others:
        inner = card(kit, surface, room)
        side = min(kit.frame.px(12), inner.height // 2, inner.width // 2)
        calm: Condition = "good" if body.worst or body.condition == "good" else body.condition
        if body.worst:
            text = "Nothing else is wrong." if body.bad + body.unknown < 2 else "The others are on their pages."
        else:
            text = "Nothing to do here." if body.condition == "good" else "Nothing is known yet."
        words = block(kit, text, (inner.width, inner.height - side), PLAIN)
        y = inner.centery - (side + kit.frame.px(1.5) + words.height) // 2
        signs.mark(kit, surface, calm, Rect(inner.centerx - side // 2, y, side, side))
        y += side + kit.frame.px(1.5)
        kit.text.draw(surface, words, Rect(inner.x, y, inner.width, words.height), DARK.ink)
        return
    more = line(kit, SMALL.units)
    for count in range(len(others), 0, -1):
        left = len(others) - count
        area = Rect(room.x, room.y, room.width, room.height - (more if left else 0))
        boxes = _shared(kit, area, others[:count], 1 if left else 2)
        if boxes:
            break
    for box, health in zip(boxes or [area], others[:count], strict=False):
        _one(kit, surface, box, health)
    if left:
        text = f"and {left} more"
        say(kit, surface, text, Rect(room.x, room.bottom - more, room.width, more), SMALL)


def _shared(kit: Kit, room: Rect, shown: Sequence[Health], parts: int) -> list[Rect]:
    """A box for each: alike, at least `parts` to the room, or as high as each needs; none where neither will do."""
    gap = kit.frame.px(GAP)
    alike = split(room, max(parts, len(shown)), gap, down=True)
    if not any(_said(kit, box, health).cut for box, health in zip(alike, shown, strict=False)):
        return alike
    tall = Rect(0, 0, room.width, 9_999)
    spared = 9_999 - _inner(kit, tall)[0].height
    for units in (_SAID.units, 2.1, _SAID.least):
        needs = [_said(kit, tall, health, units).height + spared for health in shown]
        spare = room.height - sum(needs) - gap * (len(needs) - 1)
        if spare >= 0:
            boxes, y = [], room.y
            for need in needs:
                boxes.append(Rect(room.x, y, room.width, need + spare // len(needs)))
                y += boxes[-1].height + gap
            return boxes
    return []


def _said(kit: Kit, box: Rect, health: Health, units: float | None = None) -> Block:
    how = _SAID._replace(units=units) if units else _SAID
    return block(kit, health.said, _inner(kit, box)[0].size, how)


def _inner(kit: Kit, box: Rect) -> tuple[Rect, int]:
    """The room for text on a card, and how wide and high its sign is."""
    side = max(LEGIBLE, min(kit.frame.px(3.6), box.width // 9))
    shift = kit.frame.px(PAD) + side + kit.frame.px(0.9)
    inner = box.inflate(0, -2 * kit.frame.px(0.3))
    return Rect(box.x + shift, inner.y, box.width - shift - kit.frame.px(0.8), inner.height), side


def _one(kit: Kit, surface: Surface, box: Rect, health: Health) -> None:
    """What it says large, what was read small below it, where there is room for both."""
    card(kit, surface, box, TONES[health.condition])
    room, side = _inner(kit, box)
    signs.mark(kit, surface, health.condition, Rect(box.x + kit.frame.px(PAD), box.centery - side // 2, side, side))
    under = block(kit, _raw(health), (room.width, 3 * line(kit, SMALL.units)), SMALL._replace(lines=3))
    said = block(kit, health.said, (room.width, room.height - under.height), _SAID)
    both = not said.cut and not under.cut
    if not both:
        said = block(kit, health.said, room.size, _SAID)
    y = room.centery - (said.height + (under.height if both else 0)) // 2
    kit.text.draw(surface, said, Rect(room.x, y, room.width, said.height), DARK.ink, "left")
    if both:
        low = Rect(room.x, y + said.height, room.width, under.height)
        kit.text.draw(surface, under, low, DARK.quiet, "left")


def _raw(health: Health) -> str:
    return f"{health.name} · {health.raw}" if health.raw else health.name


def _counts(kit: Kit, surface: Surface, room: Rect, body: Verdict) -> None:
    """How many are bad, unknown and good, each behind its sign; in words where there is room for them."""
    inner = card(kit, surface, room)
    counts: Sequence[tuple[Condition, int]] = (("bad", body.bad), ("unknown", body.unknown), ("good", body.good))
    down = inner.height >= 3 * line(kit, _COUNT.units) and inner.height > inner.width // 4
    boxes = split(inner, 3, kit.frame.px(0.6), down=down)
    if down:
        wide = max(kit.frame.px(17), 9 * LEGIBLE)
        boxes = [Rect(box.x + max(0, box.width - wide) // 2, box.y, min(wide, box.width), box.height) for box in boxes]
    words = [f"{count} {condition}" for condition, count in counts]
    space = boxes[0].width - kit.frame.px(_COUNT.units * 1.25 + 1), boxes[0].height
    if any(block(kit, text, space, _COUNT).cut for text in words):
        words = [str(count) for _, count in counts]
    for (condition, _), text, box in zip(counts, words, boxes, strict=True):
        told(kit, surface, box, condition, text, _COUNT)


def _phone(kit: Kit, surface: Surface, box: Rect, text: str) -> None:
    """The code on its white, which is the card."""
    plate(kit, surface, box, (255, 255, 255), (255, 255, 255))
    spare = qr.side(text, box.width)
    qr.draw(kit, surface, text, (box.centerx - spare // 2, box.centery - spare // 2), box.width)
