"""A correction of the wireless network: its name, its passphrase, and the keys. Knows only what it may show."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician import keys
from kiosk.screens.technician.cards import GAP, PLAIN, SMALL, Text, block, button, line, plate, say, split
from kiosk.screens.technician.pages import Wifi
from kiosk.screens.technician.theme import DARK, TRACK
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit, target

_TYPED = Text(2.8, bold=True, least=1.6)


def draw(kit: Kit, surface: Surface, room: Rect, body: Wifi) -> list[Target]:
    """Paint it: what is said, two fields, the keys down to the lowest edge of the screen."""
    px, gap = kit.frame.px, kit.frame.px(GAP)
    finger = px(kit.frame.touch)
    low = max(finger, 2 * line(kit, 2))
    said = max(px(3), line(kit, SMALL.units))
    two = 2 if kit.frame.portrait else 1
    fields = two * low + (two - 1) * gap
    bottom = kit.frame.height - px(0.6)
    free = bottom - room.y - said - fields - 2 * gap
    row = min(free // keys.ROWS, round(finger * 1.25))
    board = Rect(px(0.6), bottom - keys.ROWS * row, kit.frame.width - 2 * px(0.6), keys.ROWS * row)
    above = Rect(room.x, room.y, room.width, board.y - gap - room.y)
    spare = max(0, above.height - said - fields - gap)
    top = above.y + spare // 2
    text = body.said or "Correct the wireless network: its name, then its passphrase."
    say(kit, surface, text, Rect(above.x, top, above.width, said + min(spare // 2, said)), PLAIN._replace(lines=2))
    area = Rect(above.x, above.bottom - fields - spare // 4, above.width, fields)
    name, secret = split(area, 2, gap, down=kit.frame.portrait)
    reveal = max(px(11), round(5.4 * LEGIBLE))
    targets = _field(kit, surface, name, "ssid", "Network name", body)
    place = Rect(secret.x, secret.y, secret.width - reveal - px(0.8), secret.height)
    targets += _field(kit, surface, place, "passphrase", "Passphrase", body)
    eye = Rect(secret.right - reveal, secret.y, reveal, secret.height)
    hidden = bool(body.passphrase) and set(body.passphrase) == {"•"}
    targets += button(kit, surface, eye, "reveal", "Show" if hidden or not body.passphrase else "Hide")
    return targets + keys.draw(kit, surface, board, body.layer)


def _field(kit: Kit, surface: Surface, box: Rect, name: str, label: str, body: Wifi) -> list[Target]:
    """Its label, and the end of what was typed with a cursor where this is the field that is typed into."""
    px = kit.frame.px
    chosen = body.field == name
    plate(kit, surface, box, DARK.card, DARK.accent if chosen else DARK.edge, border=(3 if chosen else 1) * kit.border)
    inner = box.inflate(-2 * px(1.2), -2 * px(0.5))
    small = line(kit, SMALL.units)
    say(kit, surface, label, Rect(inner.x, inner.y, inner.width, small), SMALL)
    under = Rect(inner.x, inner.y + small, inner.width, inner.height - small)
    typed = body.ssid if name == "ssid" else body.passphrase
    typesetter = kit.text.typed
    size = max(LEGIBLE, px(_TYPED.units))
    shown = typed
    while len(shown) > 2 and typesetter.width(shown, size, True) > under.width - px(1):
        shown = f"…{shown.removeprefix('…')[1:]}"
    x = under.x
    if shown:
        found = block(kit._replace(text=typesetter), shown, (under.width, under.height), _TYPED)
        typesetter.draw(surface, found, under, DARK.ink, "left")
        x += found.width + 2
    if chosen:
        surface.fill(DARK.accent, (x, under.y + px(0.3), max(2, kit.border), under.height - 2 * px(0.3)))
    elif not shown:
        surface.fill(TRACK, (under.x, under.bottom - px(0.6), under.width, 1))
    return [target(f"field:{name}", box)]
