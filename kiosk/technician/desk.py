"""The diagnostics as one machine: touches, presses, answers and time in; the view, and what is asked, out. Pure.

Without a PIN on the kiosk it is read-only: nothing can be done, no addresses are shown, and it leaves after 20 s. With
one nothing is shown before it was given; where nothing can be touched, so that none can be given, it is read-only too,
and the two outer buttons turn its pages. Until a PIN was given, whoever stands there may be a visitor who wants to
vote: what he presses never keeps it open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hardware.health import Health
from kiosk.backstage.tries import Checked, Standing
from kiosk.screens.technician import pages
from kiosk.technician.asks import Answer, Ask, Facts, Touch
from kiosk.technician.buttons import Buttons
from kiosk.technician.figures import InForce, Log, Results, Votes
from kiosk.technician.pad import Pad
from kiosk.technician.page import NOTHING, Page
from kiosk.technician.readings import NETWORK, Lines, Readings, Verdict, unaddressed
from kiosk.technician.service import Service
from kiosk.technician.touching import ScreenTest, Touching

QUIET_MS, READ_ONLY_MS = 120_000, 20_000
"""How long nobody touches or presses anything before it leaves by itself; read-only, no touch makes it longer."""
TURNING_MS = 60_000
"""Where buttons turn the pages, each turn gives another READ_ONLY_MS, but no more than this from the start."""
TRYING_MS = 600_000
"""So long after the last touch the presses of buttons, where they are being tried, keep it open."""
WARN_MS = 10_000
"""How long before that it counts down."""
SETTLE_MS = 250
"""How long another page takes no touch: it appears under the finger that has just tapped."""
_BEHIND_PIN = ("results", "log", "service")
"""Pages that only whoever gave the PIN sees: figures, lines that may name anything, and deeds."""
_ALL: tuple[pages.Page, ...] = (
    "verdict",
    "buttons",
    "touch",
    "screen",
    "network",
    "votes",
    "results",
    "system",
    "survey",
    "log",
    "service",
)


class Desk:
    """Open from when it is made until it is `left`. Times are milliseconds since this boot."""

    def __init__(
        self, facts: Facts, standing: Standing | None, log: Callable[[], tuple[tuple[str, str], ...]], now_ms: int
    ) -> None:
        """`standing`: of the PIN, None while it is still being read. `log` gives the last errors, the newest first."""
        self._facts = facts
        self._standing = standing
        self._readings = Readings()
        self._pages: dict[str, Page] = {
            "verdict": Verdict(facts, self._readings, self._seen),
            "buttons": Buttons(facts, self._may),
            "touch": Touching(facts),
            "screen": ScreenTest(facts),
            "network": Lines(
                self._readings, lambda reading: reading.name in NETWORK, self._seen, test=self._may, ladder=True
            ),
            "votes": Votes(),
            "results": Results(),
            "system": Lines(self._readings, lambda reading: reading.name not in NETWORK, self._seen),
            "survey": InForce(facts.survey),
            "log": Log(log),
            "service": Service(facts, self._readings),
        }
        self._page: pages.Page = "verdict"
        self._pad: Pad | None = None
        self._opened_ms = self._stirred_ms = self._changed_ms = self._touched_ms = now_ms
        self._kind: object = None
        self.left = False
        """Whether it was left."""
        self._let_in(standing, now_ms)

    @property
    def read_only(self) -> bool:
        """Whether no PIN was given."""
        return self._standing is None or not self._standing.set or not self._facts.touchable

    @property
    def _deaf(self) -> bool:
        """Whether touch and buttons do nothing."""
        service = self._pages["service"]
        return isinstance(service, Service) and service.cleaning

    @property
    def _leaves_ms(self) -> int:
        """When it leaves by itself, if nobody stirs."""
        if self._pad:
            return min(self._stirred_ms + READ_ONLY_MS, self._pad.ends_ms)
        if self.read_only:
            return min(self._stirred_ms + READ_ONLY_MS, self._opened_ms + TURNING_MS)
        return self._stirred_ms + QUIET_MS

    def _let_in(self, standing: Standing | None, now_ms: int) -> None:
        self._standing, self._stirred_ms = standing, now_ms
        self._pad = Pad(standing, now_ms) if standing and standing.set and self._facts.touchable else None

    def _may(self) -> bool:
        """Whether anything may be tried."""
        return not self.read_only

    def _seen(self, reading: Health) -> Health:
        return unaddressed(reading) if self.read_only else reading

    def start(self, now_ms: int) -> Sequence[Ask]:
        """What is asked at once; where a PIN is awaited, the readings are gathered meanwhile."""
        return self._at.opened(now_ms)

    @property
    def _at(self) -> Page:
        return self._pages[self._page]

    def view(self, now_ms: int) -> pages.Technician:
        """What is to be seen."""
        left_ms = self._leaves_ms - now_ms
        shown = _ALL
        if self.read_only:
            # Who can't be asked for a PIN sees no page that is behind it.
            hidden = _BEHIND_PIN if self._facts.touchable else (*_BEHIND_PIN, "touch")
            shown = tuple(page for page in _ALL if page not in hidden)
        return pages.Technician(
            page=self._page,
            pages=shown,
            body=self._pad.body(now_ms) if self._pad else self._at.body(now_ms),
            kiosk=self._facts.kiosk,
            about=f"v{self._facts.version}, up {_span(now_ms)}",
            read_only=self.read_only,
            left_s=None if left_ms > WARN_MS or self._at.busy else max(0, -(-left_ms // 1000)),
        )

    def deadline(self, now_ms: int) -> int | None:
        """When `passed` must be called next, though nothing happens."""
        if self._at.busy:
            return self._at.deadline(now_ms)
        leaves_ms = self._leaves_ms
        warned_ms = leaves_ms - WARN_MS
        # The head tells the minutes since the start, the countdown its seconds.
        waits = [min(warned_ms, (now_ms // 60_000 + 1) * 60_000)]
        if now_ms >= warned_ms:
            waits = [now_ms + ((leaves_ms - now_ms - 1) % 1000 + 1) if leaves_ms > now_ms else now_ms]
        own = (self._pad or self._at).deadline(now_ms)
        return min(waits if own is None else [*waits, own])

    def passed(self, now_ms: int) -> Sequence[Ask]:
        """Time has passed."""
        if self._at.busy:
            self._stirred_ms = now_ms
            return self._at.due(now_ms)
        if now_ms >= self._leaves_ms:
            self.leave()
            return NOTHING
        return self._at.due(now_ms)

    def leave(self) -> None:
        """Go, and forget what was typed."""
        for page in (self._at, *([self._pad] if self._pad else [])):
            page.closed()
        self.left = True

    def touched(self, touch: Touch | None, now_ms: int) -> Sequence[Ask]:
        """A finger came down on a target, or on none."""
        if self._deaf:
            return NOTHING
        if not self.read_only:
            self._stirred_ms = self._touched_ms = now_ms
        if touch is None:
            return NOTHING
        if now_ms - self._changed_ms < SETTLE_MS and not self._pad and not touch.action.startswith(("key:", "draw")):
            return NOTHING
        if touch.action == "leave":
            if not self._at.busy:
                self.leave()
            return NOTHING
        if self._pad:
            return self._pad.touched(touch, now_ms)
        what, _, name = touch.action.partition(":")
        if what == "page":
            return self._turn(name, now_ms)
        return self._at.touched(touch, now_ms)

    def _turn(self, name: str, now_ms: int) -> Sequence[Ask]:
        allowed = self.view(now_ms).pages
        page = next((page for page in allowed if page == name), None)
        if page is None or self._at.busy:
            return NOTHING
        self._at.closed()
        self._page = page
        return self._at.opened(now_ms)

    def moved(self, x: int, y: int, finger: int, now_ms: int) -> None:
        """A finger that is down slid on."""
        if not self._deaf and not self.read_only:
            self._stirred_ms = now_ms
        if not self._deaf:
            self._at.moved(x, y, finger)

    def pressed(self, button: int, at_ms: int, now_ms: int) -> Sequence[Ask]:
        """A button, from 0, went down at `at_ms`."""
        if self._deaf:
            return NOTHING
        # Whoever went away without leaving must not be taken for present by every visitor who presses.
        trying = self._page == "buttons" and now_ms - self._touched_ms < TRYING_MS
        if trying and not self.read_only and not self._pad:
            self._stirred_ms = now_ms
        self._pages["buttons"].pressed(button, at_ms)
        if not self._facts.touchable and button in (0, len(self._facts.buttons) - 1):
            self._stirred_ms = now_ms
            shown = self.view(now_ms).pages
            step = 1 if button else -1
            return self._turn(shown[(shown.index(self._page) + step) % len(shown)], now_ms)
        return NOTHING

    def released(self, button: int) -> None:
        """It went up."""
        self._pages["buttons"].released(button)

    def shown(self, now_ms: int) -> None:
        """What `view` told can be seen since `now_ms`."""
        self._at.shown(now_ms)
        body = (self._pad or self._at).body(now_ms)
        kind = self._page, type(body), isinstance(body, pages.ScreenTest) and body.step
        if kind != self._kind:
            self._kind, self._changed_ms = kind, now_ms

    def told(self, answer: Answer, now_ms: int) -> Sequence[Ask]:
        """The machine has answered something."""
        self._readings.told(answer)
        if isinstance(answer, Standing) and self._standing is None:
            self._let_in(answer, now_ms)
        if isinstance(answer, Checked) and self._pad:
            self._pad.told(answer, now_ms)
            self._stirred_ms = now_ms
            if self._pad.passed:
                self._pad = None
            return NOTHING
        if self._at.busy:
            self._stirred_ms = now_ms  # what became of it shall be read
        asked: list[Ask] = []
        for page in self._pages.values():
            asked += page.told(answer, now_ms)
        return asked


def _span(ms: int) -> str:
    """How long, as the head tells it: "3 d 04:12"."""
    minutes = ms // 60_000
    days, rest = divmod(minutes, 24 * 60)
    clock = f"{rest // 60:02}:{rest % 60:02}"
    return f"{days} d {clock}" if days else clock
