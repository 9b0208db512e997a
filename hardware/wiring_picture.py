"""The wiring of a panel as a drawing (SVG): the header from above, a card for each part. Pure; knows pins, drives none.

A wire is told by the number of its pin, which stands on it; its colour only helps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import msgspec

from hardware.wiring import HEADER, Kind, Part, grounds

_INK, _QUIET, _PAPER, _BOARD = "#111827", "#5b6472", "#f7f8fa", "#1d6b43"
_WIRES = ("#006b4e", "#b45309", "#1d4ed8", "#be185d", "#6d28d9", "#0e7490", "#7c2d12", "#3f6212", "#9d174d", "#1e3a8a")
_LOOKS: dict[str, tuple[str, str, str]] = {
    "very happy": ("#036b51", "#ffffff", "M-9 1 H9 A9 9 0 0 1 -9 1 Z"),
    "happy": ("#9cd769", _INK, "M-9 3 Q0 12 9 3"),
    "glad": ("#036b51", "#ffffff", "M-9 3 Q0 12 9 3"),
    "so-so": ("#ffe85a", _INK, "M-8 6 H8"),
    "unhappy": ("#e06c89", _INK, "M-9 9 Q0 0 9 9"),
    "sad": ("#ac0000", "#ffffff", "M-9 9 Q0 0 9 9"),
    "very unhappy": ("#ac0000", "#ffffff", "M-9 10 Q0 -3 9 10 M-12 -9 L-4 -6 M12 -9 L4 -6"),
}
"""Fill, features and mouth of a face that says so; the kiosk's screen has them alike."""

_POWER = {"3V3": "3.3 V", "5V": "5 V", "GND": "ground"}
_SEEN = "The header from above, the board's end with the SD card at the top."
_ROW, _TOP = 27, 118
_CARD_W, _CARD_H, _GAP = 206, 56, 14
_GROUND_H = 16
_LANE, _MARGIN, _RAIL = 13, 24, 22
_PAD_APART = 30
_RESISTOR_W = 62
"""The room for resistors between the wires and their parts."""
_LABEL_W = 66
"""The room for a pin's name beside it."""


class _Place(msgspec.Struct):
    """A part, or a side's ground, and where it is drawn."""

    pin: int
    part: Part | None
    height: int
    y: float = 0.0
    lane: int = 0


def svg(wired: Sequence[Part], title: str) -> str:
    """The drawing of all `wired` parts, the same text for the same parts."""
    sides = {side: _placed(wired, side) for side in (1, 0)}
    lanes = {side: _LANE * (len(places) + 1) if places else 0 for side, places in sides.items()}
    resistors = {side: _RESISTOR_W if any(p.part and p.part.ohm for p in sides[side]) else 0 for side in (1, 0)}
    lanes = {side: lanes[side] + resistors[side] for side in (1, 0)}
    reach = {
        side: _LABEL_W + lanes[side] + _CARD_W + _RAIL + _MARGIN if sides[side] else _LABEL_W + _MARGIN
        for side in (1, 0)
    }
    reach = {side: max(length, 260 if not sides[1 - side] else 150) for side, length in reach.items()}
    left = reach[1]
    width = left + _PAD_APART + reach[0]
    bottom = max([_row_y(40) + 40, *(place.y + place.height / 2 + 20 for s in sides.values() for place in s)])
    notes = _notes(wired)
    height = bottom + 24 + 22 * len(notes)
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_n(height)}" width="{width}" '
        f'height="{_n(height)}" font-family="Helvetica, Arial, sans-serif" font-size="14" fill="{_INK}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{_n(height)}" fill="{_PAPER}"/>',
        f'<text x="{_MARGIN}" y="40" font-size="22" font-weight="bold">{escape(title)}</text>',
        f'<text x="{_MARGIN}" y="64" fill="{_QUIET}">{escape(_SEEN)}</text>',
        *_header(left, wired),
    ]
    for side, places in sides.items():
        body += _side(side, places, left if side else left + _PAD_APART, lanes[side])
    body += [
        f'<text x="{_MARGIN}" y="{_n(bottom + 26 + 22 * line)}" fill="{_QUIET}">{escape(note)}</text>'
        for line, note in enumerate(notes)
    ]
    return "\n".join([*body, "</svg>", ""])


def _notes(wired: Sequence[Part]) -> list[str]:
    kinds = {part.kind for part in wired}
    notes = ["Numbers on wires are those of the header's pins: count twice before you switch on."]
    if "button" in kinds:
        notes.append("Button: a contact that closes when it is pressed; it needs no resistor.")
    if "light" in kinds:
        notes.append("Light: an LED with its resistor; its longer leg (+) towards the pin.")
    if any(part.kind == "buzzer" and part.ohm for part in wired):
        notes.append("Buzzer: a bare piezo, either way round.")
    elif "buzzer" in kinds:
        notes.append("Buzzer: one for 3 V that takes 16 mA at most; its longer leg (+) towards the pin.")
    return notes


def _row_y(pin: int) -> int:
    return _TOP + _ROW * ((pin - 1) // 2)


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _placed(wired: Sequence[Part], side: int) -> list[_Place]:
    """The parts of one side from top to bottom, each as near to its pin as the others let it."""
    places = [_Place(part.pin, part, _CARD_H) for part in wired if part.pin % 2 == side]
    if side in (ground := grounds(wired)):
        places.append(_Place(ground[side], None, _GROUND_H))
    places.sort(key=lambda place: place.pin)
    # Blocks of parts that touch share one offset from their pins, the mean of what each would like.
    blocks: list[tuple[float, int]] = []
    down, downs = 0.0, []
    for place in places:
        down += place.height / 2
        downs.append(down)
        blocks.append((_row_y(place.pin) - down, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (one, n), (other, m) = blocks[-2:]
            blocks[-2:] = [((one * n + other * m) / (n + m), n + m)]
        down += place.height / 2 + _GAP
    offsets = [offset for offset, count in blocks for _ in range(count)]
    lift = max(
        0.0, _TOP - 14 - min([o + d - p.height / 2 for o, d, p in zip(offsets, downs, places, strict=True)] or [0])
    )
    for place, offset, d in zip(places, offsets, downs, strict=True):
        place.y = round(offset + d + (lift if places else 0))
    _lay(places)
    return places


def _lay(places: list[_Place]) -> None:
    """Give each wire a lane so that none crosses another: of those that rise the lower is farther out."""
    rising = [place for place in places if place.y < _row_y(place.pin)]
    falling = [place for place in reversed(places) if place.y >= _row_y(place.pin)]
    for group in (rising, falling):
        for lane, place in enumerate(group, 1):
            place.lane = lane


def _header(x: int, wired: Sequence[Part]) -> Iterable[str]:
    """The board's edge with all its pins, pin 1 square and marked."""
    used = {part.pin for part in wired} | set(grounds(wired).values())
    top, bottom = _TOP - 18, _row_y(40) + 18
    yield (
        f'<rect x="{x - 20}" y="{top - 10}" width="{_PAD_APART + 40}" height="{bottom - top + 20}" rx="8" '
        f'fill="{_BOARD}"/>'
    )
    yield f'<rect x="{x - 14}" y="{top}" width="{_PAD_APART + 28}" height="{bottom - top}" rx="3" fill="#1f2430"/>'
    for pin, name in enumerate(HEADER, 1):
        cx, cy = x + (0 if pin % 2 else _PAD_APART), _row_y(pin)
        fill, ink = ("#f5c542", _INK) if pin in used else ("#4a5160", "#c9cfd9")
        if pin == 1:
            yield f'<path d="M{cx - 10} {cy - 10} h20 v20 h-20 Z" fill="{fill}" stroke="#fff" stroke-width="2"/>'
        else:
            yield f'<circle cx="{cx}" cy="{cy}" r="10" fill="{fill}"/>'
        yield _small(cx, cy + 4, "middle", ink, str(pin))
        if pin not in used and not name.startswith("GPIO"):
            at, anchor = (x - 27, "end") if pin % 2 else (x + _PAD_APART + 27, "start")
            yield _small(at, cy + 4, anchor, _QUIET, _POWER[name], "normal")
    yield f'<text x="{x - 27}" y="{_TOP - 22}" font-weight="bold" text-anchor="end">pin 1 ↘</text>'


def _small(x: float, y: float, anchor: str, fill: str, text: str, weight: str = "bold") -> str:
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="11" font-weight="{weight}" text-anchor="{anchor}" '
        f'fill="{fill}">{text}</text>'
    )


def _side(side: int, places: Sequence[_Place], pad: int, lanes: int) -> Iterable[str]:
    """The parts of one side with their wires. To the left of the header everything is mirrored."""
    out = -1 if side else 1
    edge = pad + out * (_LABEL_W + lanes)
    rail = edge + out * (_CARD_W + _RAIL)
    if places:
        ys = [place.y for place in places]
        yield f'<path d="M{rail} {_n(min(ys))} V{_n(max(ys))}" fill="none" stroke="{_INK}" stroke-width="3"/>'
    for number, place in enumerate(places):
        row = _row_y(place.pin)
        lane = pad + out * (_LABEL_W + _LANE * place.lane)
        colour = _WIRES[number % len(_WIRES)] if place.part else _INK
        end = edge if place.part else rail
        yield (
            f'<path d="M{pad + out * 10} {row} H{lane} V{_n(place.y)} H{end}" fill="none" stroke="{colour}" '
            'stroke-width="3" stroke-linejoin="round"/>'
        )
        at, anchor = pad + out * 25, "end" if side else "start"
        label = f"GPIO {place.part.bcm}" if place.part else "ground"
        yield _small(at, row - 4, anchor, colour, label)
        if place.part:
            yield from _card(place.part, min(edge, edge + out * _CARD_W), place.y, out)
            if place.part.ohm:
                yield from _resistor(place.part.ohm, edge - out * (_RESISTOR_W // 2 + 8), place.y, colour)
            yield f'<path d="M{edge + out * _CARD_W} {_n(place.y)} H{rail}" stroke="{_INK}" stroke-width="3"/>'
            yield f'<circle cx="{rail}" cy="{_n(place.y)}" r="4.5"/>'
            yield from _number(place.pin, edge, place.y, colour)
        else:
            yield f'<circle cx="{rail}" cy="{_n(place.y)}" r="4.5"/>'
            yield from _number(place.pin, edge + out * _CARD_W // 2, place.y, colour)


def _number(pin: int, x: float, y: float, colour: str) -> Iterable[str]:
    yield f'<circle cx="{_n(x)}" cy="{_n(y)}" r="11" fill="#fff" stroke="{colour}" stroke-width="2.5"/>'
    yield _small(x, y + 4, "middle", colour, str(pin))


def _resistor(ohm: int, x: float, y: float, colour: str) -> Iterable[str]:
    yield (
        f'<rect x="{_n(x - 17)}" y="{_n(y - 6)}" width="34" height="12" rx="2" fill="#fff" stroke="{colour}" '
        'stroke-width="2.5"/>'
    )
    yield _small(x, y - 10, "middle", colour, f"{ohm} Ω")


def _card(part: Part, x: float, y: float, out: int) -> Iterable[str]:
    """`out` is -1 where its pin is to the right: current then flows to the left."""
    top = y - _CARD_H / 2
    yield (
        f'<rect x="{_n(x)}" y="{_n(top)}" width="{_CARD_W}" height="{_CARD_H}" rx="10" fill="#fff" '
        'stroke="#868e9c" stroke-width="1.5"/>'
    )
    turned = " scale(-1 1)" if out < 0 and part.kind == "light" else ""
    yield f'<g transform="translate({_n(x + 44)} {_n(y)}){turned}">{_SYMBOLS[part.kind](part)}</g>'
    what = part.name[0].upper() + part.name[1:]
    yield f'<text x="{_n(x + 80)}" y="{_n(y - (4 if part.mood else -5))}" font-weight="bold">{what}</text>'
    if part.mood:
        yield f'<text x="{_n(x + 80)}" y="{_n(y + 15)}" font-size="13" fill="{_QUIET}">{part.mood}</text>'


def _button(part: Part) -> str:
    fill, ink, mouth = _LOOKS.get(part.mood, ("#d7dce4", _INK, "M-8 6 H8"))
    filled = ink if mouth.endswith("Z") else "none"
    return (
        f'<circle r="21" fill="{fill}" stroke="{_INK}" stroke-opacity=".4" stroke-width="2"/>'
        f'<circle cx="-7" cy="-4" r="2.6" fill="{ink}"/><circle cx="7" cy="-4" r="2.6" fill="{ink}"/>'
        f'<path d="{mouth}" fill="{filled}" stroke="{ink}" stroke-width="2.6" stroke-linecap="round"/>'
    )


def _light(part: Part) -> str:
    fill = _LOOKS.get(part.mood, ("#d7dce4", _INK, ""))[0]
    return (
        f'<path d="M-16 -12 L8 0 L-16 12 Z" fill="{fill}" stroke="{_INK}" stroke-width="2"/>'
        f'<path d="M8 -12 V12 M-22 0 H-16 M8 0 H16 M0 -14 l7 -7 M8 -14 l7 -7" fill="none" stroke="{_INK}" '
        'stroke-width="2" stroke-linecap="round"/>'
    )


def _buzzer(_part: Part) -> str:
    return (
        f'<circle r="17" fill="#2b303b"/><circle r="4" fill="{_PAPER}"/>'
        f'<path d="M21 -9 Q27 0 21 9 M-21 -9 Q-27 0 -21 9" fill="none" stroke="{_INK}" stroke-width="2" '
        'stroke-linecap="round"/>'
    )


_SYMBOLS = {"button": _button, "light": _light, "buzzer": _buzzer}


def title(wired: Sequence[Part]) -> str:
    """``4 buttons, 4 lights, a buzzer``."""
    counts: list[tuple[Kind, str, str]] = [("button", "a button", "buttons"), ("light", "a light", "lights")]
    named = []
    for kind, one, many in counts:
        if count := sum(part.kind == kind for part in wired):
            named.append(one if count == 1 else f"{count} {many}")
    named += ["a buzzer"] if any(part.kind == "buzzer" for part in wired) else []
    return ", ".join(named) or "nothing"
