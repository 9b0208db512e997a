"""The vote that counts, as a picture: a face, or a score from 0 to 10. Never knows how it was given."""

from __future__ import annotations

from pygame import Rect, Surface

from kiosk.screens import faces
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.widgets import Kit, panel, put
from kiosk.survey import SCORES, Survey


def draw(kit: Kit, surface: Surface, survey: Survey, vote: int, spot: Rect, look: faces.Look = "plain") -> None:
    """Paint vote number `vote` (1 the happiest) so that it fills the square `spot`."""
    if survey.question.scale == "nps":
        _score(kit, surface, SCORES - vote, spot)
        return
    mood = faces.MOODS[len(survey.faces)][vote - 1]
    put(surface, faces.face(kit.shelf, mood, spot.width, look, kit.modes.contrast), spot)


def _score(kit: Kit, surface: Surface, score: int, spot: Rect) -> None:
    """The number on a disc."""
    panel(kit, surface, spot, kit.colours.accent, kit.colours.accent, radius=spot.width / kit.frame.u)
    size = max(LEGIBLE, spot.width * 48 // 100)
    block = kit.text.fit(str(score), spot.size, size, least=size, bold=True)
    kit.text.draw(surface, block, spot, kit.colours.on_accent)


def corner(spot: Rect) -> tuple[int, int]:
    """Where the middle of a badge on the vote in `spot` sits."""
    aside = round(spot.width * 0.36)
    return spot.centerx + aside, spot.centery + aside
