"""The technician's screen: head, page bar and one page. Knows no reading, no PIN and no vote; draws what it is told."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician import (
    buttons,
    cleaning,
    confirm,
    form,
    lines,
    log,
    pinpad,
    results,
    screen,
    service,
    signs,
    survey,
    touch,
    verdict,
    votes,
    ways,
)
from kiosk.screens.technician.cards import SMALL, TITLE, Text, block, plate, say
from kiosk.screens.technician.pages import (
    Body,
    Buttons,
    Cleaning,
    Confirm,
    Form,
    Lines,
    Log,
    Page,
    PinPad,
    Results,
    ScreenTest,
    Service,
    Survey,
    Technician,
    TouchTest,
    Verdict,
    Votes,
    Ways,
)
from kiosk.screens.technician.rooms import alone, rooms, tabs
from kiosk.screens.technician.signs import Name
from kiosk.screens.technician.theme import DARK, TONES
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.view import Modes
from kiosk.screens.widgets import Kit, target

TITLES: dict[Page, str] = {
    "verdict": "Verdict",
    "buttons": "Buttons",
    "touch": "Touch",
    "screen": "Screen",
    "network": "Network",
    "votes": "Votes",
    "results": "Results",
    "system": "System",
    "survey": "Survey",
    "log": "Log",
    "service": "Service",
}
"""What the pages are called on the screen."""


def draw(kit: Kit, surface: Surface, view: Technician) -> list[Target]:
    """Paint all of `surface`; what can be touched, in pixels. Always in English, plain and dark."""
    kit = kit._replace(colours=DARK, modes=Modes())
    kit.text.language = "en"
    kit.text.cut.clear()
    if not isinstance(view.body, Form):
        kit.text.forget()  # the passphrase that was typed
    surface.fill(DARK.ground)
    if isinstance(view.body, PinPad | Confirm | Ways | Form | Cleaning):
        targets = _body(kit, surface, alone(kit), view.body)
        _goes(kit, surface, view)
        return targets
    if isinstance(view.body, ScreenTest) and view.body.step:
        return screen.draw(kit, surface, surface.get_rect(), view.body)
    places = rooms(kit)
    _head(kit, surface, places.head, view)
    return _body(kit, surface, places.body, view.body) + _bar(kit, surface, places.bar, view)


def _body(kit: Kit, surface: Surface, room: Rect, body: Body) -> list[Target]:
    match body:
        case PinPad():
            return pinpad.draw(kit, surface, room, body)
        case Verdict():
            return verdict.draw(kit, surface, room, body)
        case Buttons():
            return buttons.draw(kit, surface, room, body)
        case TouchTest():
            return touch.draw(kit, surface, room, body)
        case ScreenTest():
            return screen.draw(kit, surface, room, body)
        case Lines():
            return lines.draw(kit, surface, room, body)
        case Votes():
            return votes.draw(kit, surface, room, body)
        case Results():
            return results.draw(kit, surface, room, body)
        case Survey():
            return survey.draw(kit, surface, room, body)
        case Log():
            return log.draw(kit, surface, room, body)
        case Service():
            return service.draw(kit, surface, room, body)
        case Confirm():
            return confirm.draw(kit, surface, room, body)
        case Ways():
            return ways.draw(kit, surface, room, body)
        case Form():
            return form.draw(kit, surface, room, body)
        case Cleaning():
            return cleaning.draw(kit, surface, room, body)


def _head(kit: Kit, surface: Surface, box: Rect, view: Technician) -> None:
    """Which page of which kiosk this is; instead of the latter how soon it leaves, once that is soon."""
    px = kit.frame.px
    title = block(kit, TITLES[view.page], (box.width // 2, box.height), TITLE)
    kit.text.draw(surface, title, Rect(box.x, box.y, title.width, box.height), DARK.ink)
    rest = Rect(box.x + title.width + px(2), box.y, box.width - title.width - px(2), box.height)
    if view.read_only:
        side = min(px(2.6), box.height)
        signs.sign(kit, surface, "lock", Rect(rest.x, rest.centery - side // 2, side, side), TONES["unknown"])
        only = block(kit, "Read only", (rest.width // 3, box.height), Text(2, TONES["unknown"], lines=2))
        kit.text.draw(surface, only, Rect(rest.x + side + px(0.6), box.y, only.width, box.height), TONES["unknown"])
        taken = side + px(0.6) + only.width + px(1.5)
        rest = Rect(rest.x + taken, rest.y, rest.width - taken, rest.height)
    if view.left_s is None:
        told = f"{view.kiosk} · {view.about}" if view.about else view.kiosk
        say(kit, surface, told, rest, SMALL._replace(align="right", lines=2))
    else:
        say(kit, surface, _leaving(view.left_s), rest, Text(2.6, TONES["unknown"], bold=True, align="right"))


def _goes(kit: Kit, surface: Surface, view: Technician) -> None:
    """On a page that stands alone: how soon it leaves, in the line that is free at the very top."""
    if view.left_s is not None:
        box = Rect(0, 0, kit.frame.width, max(kit.frame.px(2.4), round(LEGIBLE * 1.3)))
        say(kit, surface, _leaving(view.left_s), box, Text(1.8, TONES["unknown"], bold=True, align="centre"))


def _leaving(left_s: int) -> str:
    return f"Leaves in {left_s} s"


def _bar(kit: Kit, surface: Surface, bar: Rect, view: Technician) -> list[Target]:
    """A tab for each page, one to unlock where that can be done, and the way out."""
    found: list[tuple[str, str, Name]] = [(f"page:{page}", TITLES[page], page) for page in view.pages]
    if view.locked:
        found.append(("unlock", "Unlock", "lock"))
    found.append(("leave", "Leave", "leave"))
    surface.fill(DARK.card, bar)
    edge = Rect(bar.x, bar.y, bar.width, kit.border) if kit.frame.portrait else Rect(0, 0, kit.border, bar.height)
    if not kit.frame.portrait:
        edge.right = bar.right
    surface.fill(DARK.edge, edge)
    boxes = tabs(kit, len(found))
    gap = kit.frame.px(0.5)
    side = min(kit.frame.px(3.2), min(box.height for box in boxes) - round(LEGIBLE * 1.5) - 2 * gap)
    room = min(box.width for box in boxes) - 4 * gap, max(LEGIBLE, boxes[0].height - side - 2 * gap)
    words = kit.alike([label for _, label, _ in found], room, max(LEGIBLE, kit.frame.px(1.9)), least=LEGIBLE, bold=True)
    for (action, _, name), box, label in zip(found, boxes, words, strict=True):
        _tab(kit, surface, box.inflate(-2 * gap, -2 * gap), action == f"page:{view.page}", name, label.height, side)
        shown = DARK.on_accent if action == f"page:{view.page}" else DARK.ink
        under = Rect(box.x, 0, box.width, label.height)
        under.top = box.centery - (side + label.height) // 2 + side
        kit.text.draw(surface, label, under, shown)
    return [target(action, box) for (action, _, _), box in zip(found, boxes, strict=True)]


def _tab(kit: Kit, surface: Surface, box: Rect, lit: bool, name: Name, below: int, side: int) -> None:
    """The one that is shown is filled; the others lie flat on the bar, the ways in and out raised."""
    if lit:
        plate(kit, surface, box, DARK.accent, DARK.accent)
    elif name in ("leave", "lock"):
        plate(kit, surface, box, DARK.ground, DARK.edge)
    spot = Rect(box.centerx - side // 2, box.centery - (side + below) // 2, side, side)
    signs.sign(kit, surface, name, spot, DARK.on_accent if lit else DARK.accent if name != "leave" else DARK.ink)
