"""Readings as the technician sees them: the verdict, the network's and the system's lines, the QR text. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from hardware.health import Health
from kiosk.health.verdict import WORST, Judgement, judge
from kiosk.screens.technician import pages
from kiosk.technician.asks import Answer, Ask, Examine, Examined, Facts, Looked, TestNetwork, Touch, Tried
from kiosk.technician.page import NOTHING, Page

QR_LONGEST = 300
"""Characters that a phone still reads from a small screen."""
SCROLL = 3
"""Lines that one touch goes on."""
STEPS = ("sync", "network", "link", "address", "dns", "proxy", "portal", "tls", "endpoint", "token")
"""Each stands on the one before: the first that fails is what keeps votes from arriving."""
NETWORK = (*STEPS, "sending", "votes.waiting", "votes.contact", "wifi", "certificate", "drift")
"""The readings that the network's page shows, in their order; the system's shows the others."""

_ADDRESS = re.compile(
    r"https?://[^\s,;)]+"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}(?:/\d+|:\d+)?"
    r"|(?<![\w:])(?=[0-9a-f:]*(?:::|[a-f]))(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}"
    r"|\b(?:[\w-]+\.)+[^\W\d_][\w-]+(?::\d+)?\b"
    r"|\b[^\W\d_][\w-]*:\d{2,5}\b",
    re.IGNORECASE,
)


class Readings:
    """All readings, by the source that gave them; shared by the pages that show some."""

    def __init__(self) -> None:
        self._by_source: dict[str, tuple[Health, ...]] = {}
        self.looking = True
        """Whether some are still awaited."""

    def told(self, answer: Answer) -> None:
        """Take what was found."""
        if isinstance(answer, Looked):
            self._by_source[answer.source] = answer.readings
        elif isinstance(answer, Examined):
            self.looking = False

    @property
    def judged(self) -> Judgement:
        """All of them, the worst first."""
        return judge(reading for readings in self._by_source.values() for reading in readings)

    def of(self, name: str) -> Health | None:
        """The reading called so; None where there is none yet."""
        return next((reading for reading in self.judged.readings if reading.name == name), None)


class Verdict(Page):
    """The worst in words, and a QR code that says the same."""

    def __init__(self, facts: Facts, readings: Readings, seen: Callable[[Health], Health]) -> None:
        """`seen` is how a reading may be shown."""
        self._facts = facts
        self._readings = readings
        self._seen = seen

    def opened(self, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        self._readings.looking = True
        return (Examine(),)

    def body(self, now_ms: int) -> pages.Verdict:
        """See `Page`."""
        judged = self._readings.judged
        unknown = [reading for reading in judged.readings if reading.condition == "unknown"]
        head = judged.head
        if self._readings.looking and judged.condition != "bad":
            head = "Looking …"
        else:
            head = self._seen(Health("head", judged.condition, head)).said
        return pages.Verdict(
            head=head,
            condition="unknown" if head == "Looking …" else judged.condition,
            worst=tuple(map(self._seen, (*judged.worst, *unknown)[:WORST])),
            bad=judged.count("bad"),
            unknown=judged.count("unknown"),
            good=judged.count("good"),
            qr=qr(self._facts, judged),
            looking=self._readings.looking,
        )


class Lines(Page):
    """The readings that `chosen` says yes to, a line each."""

    def __init__(
        self,
        readings: Readings,
        chosen: Callable[[Health], bool],
        seen: Callable[[Health], Health],
        *,
        test: Callable[[], bool] = lambda: False,
        ladder: bool = False,
    ) -> None:
        """`test`: whether the network may be tried from here; a `ladder` has its lines in the order of NETWORK."""
        self._readings = readings
        self._chosen = chosen
        self._seen = seen
        self._test = test
        self._ladder = ladder
        self._first: int | None = None
        """None: nobody has scrolled yet."""
        self._trying = False
        self._said = ""

    def opened(self, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        self._first = None
        self._said = ""
        return (Examine(),)

    def _lines(self) -> tuple[Health, ...]:
        lines = [self._seen(reading) for reading in self._readings.judged.readings if self._chosen(reading)]
        if self._ladder:
            lines.sort(key=lambda reading: NETWORK.index(reading.name))
        return tuple(lines)

    def _stops(self, lines: Sequence[Health]) -> int | None:
        """The first step that fails."""
        failing = (n for n, line in enumerate(lines) if line.name in STEPS and line.condition == "bad")
        return next(failing, None) if self._ladder else None

    def _top(self, lines: Sequence[Health]) -> int:
        """Which line stands at the top: at first the step that fails is to be seen, and the one that it stands on."""
        first = max(0, (self._stops(lines) or 0) - 1) if self._first is None else self._first
        return min(first, max(0, len(lines) - 1))

    def body(self, now_ms: int) -> pages.Lines:
        """See `Page`."""
        lines = self._lines()
        said = self._said or ("Looking …" if self._readings.looking and not lines else "")
        button = "" if not self._test() else "Testing …" if self._trying else "Test now"
        steps = sum(line.name in STEPS for line in lines) if self._ladder else 0
        return pages.Lines(lines, self._top(lines), button, said, steps, self._stops(lines))

    def touched(self, touch: Touch, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        match touch.action:
            case "up":
                self._first = max(0, self._top(self._lines()) - SCROLL)
            case "down":
                lines = self._lines()
                self._first = min(self._top(lines) + SCROLL, max(0, len(lines) - 1))
            case "test" if self._test() and not self._trying:
                self._trying, self._said = True, "Sync tries the network: this takes up to 15 s."
                return (TestNetwork(),)
        return NOTHING

    def told(self, answer: Answer, now_ms: int) -> Sequence[Ask]:
        """See `Page`."""
        if isinstance(answer, Tried) and self._trying:
            self._trying, self._said = False, answer.said
            return (Examine(),)
        return NOTHING


def unaddressed(reading: Health) -> Health:
    """The reading as anybody may see it: without what was read, and without addresses and names of hosts."""
    return msgspec.structs.replace(reading, said=_ADDRESS.sub("…", reading.said), raw="")


def qr(facts: Facts, judged: Judgement) -> str:
    """The status for a phone: no secret, no address; at most QR_LONGEST characters."""
    bad, unknown, good = (judged.count(condition) for condition in ("bad", "unknown", "good"))
    lines = [f"Moodpost {facts.version} {facts.kiosk}", f"{bad} bad, {unknown} unknown, {good} good"]
    named = [reading for reading in judged.readings if reading.condition == "bad"]
    lines += [f"{reading.name}: {unaddressed(reading).said}" for reading in named[:WORST]]
    lines += [
        f"{reading.name}: {reading.said}"
        for reading in judged.readings
        if reading.name == "votes.waiting" and reading not in named
    ]
    text = "\n".join(lines if named else [*lines[:2], judged.head, *lines[2:]])
    return text if len(text) <= QR_LONGEST else text[: QR_LONGEST - 1] + "…"
