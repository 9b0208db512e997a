"""What can be done to the kiosk: restart, clean, import, export. Pure; never knows how any of it is done."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from hardware.health import Condition, Health
from kiosk.screens.technician import pages
from kiosk.technician.asks import Answer, Ask, Deed, Did, Do, Doing, Facts, Found, Touch
from kiosk.technician.correction import Correction
from kiosk.technician.page import NOTHING, Page
from kiosk.technician.readings import Readings

CLEAN_MS = 60_000
"""How long touch and buttons do nothing, so that the screen can be wiped."""
_WAITING = "votes.waiting"

_DEEDS: tuple[tuple[str, str, str], ...] = (
    ("clean", "Clean the screen", "For 60 s touch and buttons do nothing."),
    ("import", "Import from a stick", "Takes settings and surveys from a stick labelled MOODPOST."),
    ("export", "Export the votes", "Writes all votes to a stick labelled MOODPOST."),
    ("bundle", "Support bundle", "Writes what support needs, without secrets, to the stick."),
    ("network", "Correct the network", "Wi-Fi, address or proxy."),
    ("restart", "Restart", "Takes about a minute."),
    ("poweroff", "Power off", "Then the plug may be pulled."),
)
"""Action, label, and what it does, in their order."""
_DOING: dict[Deed, str] = {
    "find": "Looking at the stick …",
    "import": "Importing …",
    "export": "Writing the votes to the stick …",
    "bundle": "Writing the bundle to the stick …",
    "network": "Trying the network: this takes up to three minutes.",
    "restart": "Restarting …",
    "poweroff": "Powering off: wait until the light on the board stays dark.",
}


class Service(Page):
    """The deeds, one at a time; the dangerous ones are asked about before they are done."""

    def __init__(self, facts: Facts, readings: Readings, correction: Callable[[], Correction] = Correction) -> None:
        self._facts = facts
        self._readings = readings
        self._begin = correction
        self._network: Correction | None = None
        self._asked: tuple[Deed, pages.Confirm] | None = None
        self._doing: Deed | None = None
        self._clean_until_ms: int | None = None
        self._said = ""

    @property
    def busy(self) -> bool:
        """See `Page`: while it cleans, or does something that leaving would not stop."""
        return self._clean_until_ms is not None or self._doing is not None

    @property
    def cleaning(self) -> bool:
        """Whether touch and buttons do nothing."""
        return self._clean_until_ms is not None

    def opened(self, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        self._said, self._asked, self._network = "", None, None
        return NOTHING

    def closed(self) -> None:
        """See `Page`."""
        self._asked, self._network = None, None

    def body(self, now_ms: int) -> pages.Body:
        """See `Page`."""
        if self._clean_until_ms is not None:
            return pages.Cleaning(max(0, -(-(self._clean_until_ms - now_ms) // 1000)))
        if self._asked:
            return self._asked[1]
        if self._network:
            return self._network.body()
        waiting = self._readings.of(_WAITING)
        safe, condition = _safe(waiting)
        said = self._said or (_DOING[self._doing] if self._doing else "")
        return pages.Service(safe, condition, tuple(map(self._deed, _DEEDS)), said)

    def _deed(self, deed: tuple[str, str, str]) -> pages.Deed:
        what, label, said = deed
        why_not = "" if what == "clean" else self._facts.applier
        if self._doing:
            return pages.Deed(f"do:{what}", label, said, possible=False)
        return pages.Deed(f"do:{what}", label, why_not or said, possible=not why_not)

    def touched(self, touch: Touch, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        if self.busy:
            return NOTHING
        if self._network:
            return self._typed(touch)
        if self._asked:
            (deed, _), self._asked = self._asked, None
            if touch.action == "yes":
                return self._do(Do(deed))
            return NOTHING
        action, _, what = touch.action.partition(":")
        if action != "do" or (what != "clean" and self._facts.applier):
            return NOTHING
        match what:
            case "clean":
                self._clean_until_ms = now_ms + CLEAN_MS
            case "network":
                self._network = self._begin()
            case "import":
                return self._do(Do("find"))
            case "export" | "bundle":
                return self._do(Do(what))
            case "restart" | "poweroff":
                self._asked = what, self._question(what)
        return NOTHING

    def _question(self, what: Deed) -> pages.Confirm:
        waiting = self._readings.of(_WAITING)
        details = (*((waiting.said,) if waiting else ()), "All votes are on the card; none is lost.")
        if what == "restart":
            return pages.Confirm("Restart this kiosk?", details, "Restart")
        details += ("It starts again when its plug is put in.",)
        return pages.Confirm("Power off this kiosk?", details, "Power off")

    def _typed(self, touch: Touch) -> Sequence[Ask]:
        assert self._network
        if touch.action == "no":
            self._network = None
        elif (wanted := self._network.touched(touch)) is not None:
            self._network = None
            return self._do(wanted)
        return NOTHING

    def _do(self, do: Do) -> Sequence[Ask]:
        self._doing, self._said = do.deed, ""
        return (do,)

    def told(self, answer: Answer, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        if isinstance(answer, Found) and self._doing == "find":
            self._doing = None
            if answer.usable:
                question = "Take this from the stick?"
                self._asked = "import", pages.Confirm(question, answer.details, "Import")
            else:
                self._said = " ".join(answer.details)
        elif isinstance(answer, Doing) and self._doing == answer.deed:
            self._said = answer.said
        elif isinstance(answer, Did) and self._doing == answer.deed:
            self._doing, self._said = None, answer.said
        return NOTHING

    def due(self, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        if self._clean_until_ms is not None and now_ms >= self._clean_until_ms:
            self._clean_until_ms, self._said = None, "Touch and buttons work again."
        return NOTHING

    def deadline(self, now_ms: int) -> int | None:
        """See `Page`."""
        if self._clean_until_ms is None:
            return None
        return now_ms + ((self._clean_until_ms - now_ms - 1) % 1000 + 1)


def _safe(waiting: Health | None) -> tuple[str, Condition]:
    """Whether the kiosk may be taken away: what waits to be sent stays on its card."""
    if waiting is None:
        return "What waits to be sent is not known yet.", "unknown"
    condition, said = waiting.condition, waiting.said
    if condition == "good" and said.startswith("Everything was sent"):
        return "Safe to remove: 0 waiting.", "good"
    if condition == "good" and said.startswith("No endpoint"):
        return "No endpoint is set: the votes are on this card alone. Export them first.", "unknown"
    waits = re.split("[,;.]", said, maxsplit=1)[0]
    return f"{waits}: keep this card.", "unknown" if condition == "good" else condition
