"""The votes: what waits, what arrived, whether nothing is missing between, and today by the hour. Knows no store."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens.target import Target
from kiosk.screens.technician import bars
from kiosk.screens.technician.cards import GAP, PLAIN, SMALL, Figure, card, figures, line, say, told
from kiosk.screens.technician.pages import Votes
from kiosk.screens.technician.theme import TONES
from kiosk.screens.widgets import Kit


def draw(kit: Kit, surface: Surface, room: Rect, body: Votes) -> list[Target]:
    """Paint it into `room`; nothing on it can be touched."""
    px, gap = kit.frame.px, kit.frame.px(GAP)
    head = Rect(room.x, room.y, room.width, max(px(7), 3 * line(kit, 2)))
    inner = card(kit, surface, head, TONES[body.condition], border=2 * kit.border)
    told(kit, surface, inner, body.condition, body.said, PLAIN._replace(bold=True))
    below = Rect(room.x, head.bottom + gap, room.width, room.bottom - head.bottom - gap)
    shown = [Figure(count.name, count.value, count.condition) for count in body.counts]
    y = figures(kit, surface, below, shown) + (gap if shown else 0)
    chart = card(kit, surface, Rect(room.x, y, room.width, room.bottom - y))
    if not body.hours:
        text = "The time is not known yet: votes can't be told by the hour."
        say(kit, surface, text, chart, PLAIN._replace(align="centre"))
        return []
    title = line(kit, SMALL.units)
    say(kit, surface, "Votes today by the hour", Rect(chart.x, chart.y, chart.width, title), SMALL)
    bars.hours(kit, surface, Rect(chart.x, chart.y + title, chart.width, chart.height - title), body.hours, body.now)
    return []
