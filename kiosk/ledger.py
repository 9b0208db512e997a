"""The demo's log: one line a response as it travels, and what was counted. Knows traces, not processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec

from kiosk.response import parse_vote
from kiosk.survey import Survey

PATIENCE_S = 3.0
"""After this long without an acknowledgement a line says so, instead of keeping whoever looks waiting."""


class Count(msgspec.Struct, frozen=True):
    """Votes and answers at one stop of their way."""

    votes: int
    answers: int


class _Entry(msgspec.Struct):
    seq: int
    line: str
    began: float
    told: bool = False


class Ledger:
    """Hears the kiosk's and sync's traces, on their threads, and prints through `say`."""

    def __init__(self, survey: Survey, say: Callable[[str], Any]) -> None:
        self._survey = survey
        self._say = say
        self._lock = threading.Lock()
        self._open: dict[int, _Entry] = {}
        self._pressed = 0
        self._answered = 0

    @property
    def pressed(self) -> Count:
        """Presses and answers that the kiosk has traced."""
        return Count(self._pressed, self._answered)

    def hear_kiosk(self, event: dict[str, Any]) -> None:
        """One trace of the kiosk."""
        now = time.monotonic()
        with self._lock:
            match event["event"]:
                case "pressed":
                    self._pressed += 1
                case "stored":
                    self._stored(event, now)
                case "failed":
                    self._say(f"NOT STORED: {event['error']}")
                case "screen" if event["screen"] == "settings":
                    self._say("\n".join(event["details"]))
            self._tell_late(now)

    def hear_sync(self, event: dict[str, Any]) -> None:
        """One trace of sync."""
        now = time.monotonic()
        with self._lock:
            if event["event"] == "acknowledged":
                for seq in sorted(s for s in self._open if s <= event["ack"]):
                    entry = self._open.pop(seq)
                    self._say(f"{entry.line}  acknowledged {(now - entry.began) * 1000:6.0f} ms")
            self._tell_late(now)

    def finish(self, watermark: int) -> None:
        """Print what is still open: acknowledged up to `watermark`, though its trace never came, or not."""
        with self._lock:
            for entry in self._open.values():
                if entry.seq <= watermark:
                    self._say(f"{entry.line}  acknowledged")
                elif not entry.told:
                    self._say(f"{entry.line}  not acknowledged")
            self._open.clear()

    def _stored(self, event: dict[str, Any], now: float) -> None:
        for row in event["rows"]:
            self._answered += row["kind"] in ("choice", "choices", "text")
            if row["kind"] not in ("end", "mark"):
                line = f"#{row['seq']:<5} pressed {self._what(row):34}  stored {event['ms']:6.1f} ms"
                self._open[row["seq"]] = _Entry(row["seq"], line, now - event["ms"] / 1000)

    def _what(self, row: dict[str, Any]) -> str:
        how = "button" if row["ui"] == "physical" else "touch"
        if row["kind"] == "vote":
            face, _ = parse_vote(row["value"])
            label = self._survey.faces[face - 1].label[self._survey.languages[0]]
            return f"{face} {label} ({how}{', ' + row['misuse'] if row['misuse'] else ''})"
        return f"{row['question']}: {row['value']} ({how})"

    def _tell_late(self, now: float) -> None:
        for entry in self._open.values():
            if not entry.told and now - entry.began > PATIENCE_S:
                entry.told = True
                self._say(f"{entry.line}  waiting for the collector")
