"""One request and what came of it, and what a play concludes from it. Never knows sockets, and asks nothing itself.

An answer is read leniently here, so that one flaw breaks one rule: whether names, range and time are right is judged
over all answers at the end (`watch`), not in each play.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, TypeGuard

import msgspec

from sync.reply import Answer, NoAnswer

BUSY = (429, 503)
"""Not now."""
_NOT_THERE = ("ConnectError:", "ConnectionRefusedError:")
"""How an answer begins that did not come because there was no connection to send on."""
SHOWN = 240
"""Characters of an answer that are shown."""


class Exchange(msgspec.Struct, frozen=True):
    """A request in words, the names it carried, and its answer."""

    sent: str
    kiosk: str
    epoch: str
    nonce: str
    first: int
    last: int
    answer: Answer | NoAnswer
    posted: bool = True
    """As a kiosk does; or else the endpoint need not know what it was asked."""
    right: bool = False
    """It was a batch with nothing wrong in itself, so that what acknowledges it can be judged in full."""
    late: bool = False
    """The whole deadline went by."""

    @property
    def status(self) -> int:
        """The answer's status; 0 where none came."""
        return self.answer.status if isinstance(self.answer, Answer) else 0

    @property
    def said(self) -> dict[str, Any]:
        """The answer as a JSON object; empty where it is none."""
        try:
            found = json.loads(self.answer.body) if isinstance(self.answer, Answer) else {}
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def ack(self) -> int | None:
        """What it acknowledges, whatever else is wrong with it; None where it is no acknowledgement."""
        ack = self.said.get("ack")
        return ack if self.status == 200 and is_whole(ack) else None

    @property
    def came(self) -> str:
        """The answer in words, for a person."""
        if isinstance(self.answer, NoAnswer):
            return f"no answer ({self.answer.reason})"
        text = self.answer.body[: 4 * SHOWN].decode(errors="replace")
        text = "".join(c if c.isprintable() else " " for c in text).strip()
        return f"{self.answer.status} {text[:SHOWN]}{'…' if len(text) > SHOWN else ''}".strip()


class BrokenError(Exception):
    """A play found its rule broken: by this exchange, for this reason."""

    def __init__(self, exchange: Exchange, why: str) -> None:
        super().__init__(why)
        self.exchange = exchange


class UnknownError(Exception):
    """A play can't tell whether its rule holds; its words say why."""


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a JSON value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def answered(exchange: Exchange) -> None:
    """UnknownError where that no answer came says nothing of the rule: too late, not there, or told to come again."""
    if exchange.late:
        raise UnknownError("no answer came in time: see in-time")
    if isinstance(exchange.answer, NoAnswer) and exchange.answer.reason.startswith(_NOT_THERE):
        raise UnknownError(f"nobody answers any more ({exchange.answer.reason})")
    if exchange.status in BUSY:
        raise UnknownError(f"the endpoint was busy, however often it was asked ({exchange.status}): try again later")


def refused(exchange: Exchange, statuses: Collection[int]) -> Exchange:
    """The exchange, if it was refused with one of `statuses`; BrokenError otherwise."""
    answered(exchange)
    if exchange.status in statuses:
        return exchange
    wanted = " or ".join(map(str, statuses))
    if exchange.ack is not None:
        raise BrokenError(exchange, f"it was acknowledged, not refused with {wanted}")
    if not exchange.status:
        raise BrokenError(exchange, f"the connection ended without an answer, expected {wanted}")
    raise BrokenError(exchange, f"found {exchange.status}, expected {wanted}")
