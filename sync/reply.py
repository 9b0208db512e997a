"""What an answer to a batch means: the design's table, row by row. Pure; never knows sockets or files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from sync import protocol

if TYPE_CHECKING:
    from sync.outbox import Parcel

RETRY_AFTER_CAP_S = 3600.0
"""An endpoint that asks for a longer pause than this is not believed."""
MAX_REASON = 300
"""Characters kept of an endpoint's own words: they end up in a log, in sync.db and on a screen."""


class Answer(msgspec.Struct, frozen=True):
    """An answer over HTTP, whoever gave it. Header names are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


class NoAnswer(msgspec.Struct, frozen=True):
    """None came, or half of one."""

    reason: str
    tls: bool = False
    """Whoever was reached could not show that it is our endpoint."""


class Client(Protocol):
    """Posts a body; what `sync.transport` is, told without importing it."""

    def __enter__(self) -> Client: ...

    def __exit__(self, *_: Any) -> None: ...

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer | NoAnswer:
        """The answer, or why there is none; never raises for what a network does."""


class Acknowledged(msgspec.Struct, frozen=True):
    """Rows up to `ack` are safe at the endpoint, whose clock stood at `time` (Unix seconds)."""

    ack: int
    time: int
    book: str = ""
    """The name of the book that it promises to keep; empty where it promises none."""


class Stranger(msgspec.Struct, frozen=True):
    """Somebody else answered: a captive portal, a proxy, a wrong address. Keep everything, ask slowly."""

    reason: str
    too_large: bool = False
    """It may be the endpoint's own front door, which lets only smaller batches in: halving costs nothing."""


class Busy(msgspec.Struct, frozen=True):
    """Not now: wait, at least `at_least_s` seconds, longer each time."""

    reason: str
    at_least_s: float = 0.0


class TooLarge(msgspec.Struct, frozen=True):
    """The batch is too large: halve it."""


class Rejected(msgspec.Struct, frozen=True):
    """Something in the batch is not accepted: find out what."""

    reason: str


class Behind(msgspec.Struct, frozen=True):
    """The endpoint has less than we believed: send again from the row after `have`."""

    have: int


class Forked(msgspec.Struct, frozen=True):
    """A new epoch must begin at row `seq`: the endpoint has other content under its number.

    Or it has rows that we never wrote; then `seq` is the next row to be written. What was written before may have
    arrived under the old epoch, its acknowledgement lost: under a new one it would be counted twice.
    """

    seq: int
    reason: str


class ForkedSomewhere(msgspec.Struct, frozen=True):
    """The endpoint has other content for some row of the batch, but does not say for which: find out."""

    reason: str


class Denied(msgspec.Struct, frozen=True):
    """The endpoint knows us and won't have us: pause, keep everything, say so."""

    reason: str


Verdict = Acknowledged | Stranger | Busy | TooLarge | Rejected | Behind | Forked | ForkedSomewhere | Denied


def judge(answer: Answer | NoAnswer, parcel: Parcel, kiosk: str, now: datetime | None = None) -> Verdict:
    """What `answer` to `parcel` means. `now` is only for a Retry-After that names a date."""
    if isinstance(answer, NoAnswer):
        return Stranger(answer.reason) if answer.tls else Busy(answer.reason)
    status = answer.status
    ack = protocol.acknowledged(
        status,
        answer.body,
        kiosk=kiosk,
        epoch=parcel.epoch,
        nonce=parcel.nonce,
        first=parcel.first,
        last=parcel.last,
    )
    if ack is not None:
        return Acknowledged(ack.ack, ack.time, ack.book if isinstance(ack.book, str) else "")
    if status in (408, 429) or status >= 500:
        pause = retry_after_s(answer.headers, now or datetime.now(UTC))
        return Busy(f"the endpoint answered {status}", pause)
    refusal = protocol.refused(answer.body, kiosk=kiosk, epoch=parcel.epoch, nonce=parcel.nonce)
    if not 400 <= status < 500 or refusal is None:
        reason = f"found an answer {status} that is not our endpoint's: a portal, a proxy, a wrong address?"
        return Stranger(reason, too_large=status == 413)
    reason = " ".join(f"{status} {refusal.error}: {refusal.detail}"[:MAX_REASON].split()).rstrip(": ")
    match status:
        case 413:
            return TooLarge()
        case 400 | 422:
            return Rejected(reason)
        case 401 | 403 | 410:
            return Denied(reason)
        case 409:
            return _conflict(refusal, parcel, reason)
        case _:
            return Stranger(f"the endpoint answered {reason}: a wrong address?")


def _conflict(refusal: protocol.Refusal, parcel: Parcel, reason: str) -> Verdict:
    if refusal.error == "fork":
        if parcel.span == 1:
            return Forked(parcel.first, reason)
        if refusal.seq is None or not parcel.first <= refusal.seq <= parcel.last:
            return ForkedSomewhere(reason)
        return Forked(refusal.seq, reason)
    if refusal.error == "book" and parcel.book is not None:
        return Rejected(reason)
    if refusal.have is None or refusal.have < 0:
        return Busy(reason)
    if refusal.have > parcel.highest:
        older = f"{reason} (it has row {refusal.have}, we have {parcel.highest}: an older card?)"
        return Forked(parcel.highest + 1, older)
    if refusal.have < parcel.first - 1:
        return Behind(max(refusal.have, parcel.start - 1))
    return Busy(reason)  # it may move us backwards only


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float:
    """The seconds that a Retry-After header asks for, 0 to RETRY_AFTER_CAP_S; 0 where it makes no sense.

    A date is counted from the answer's own Date: this machine's clock (`now`) may stand in 1970.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), RETRY_AFTER_CAP_S)
    until = _timestamp(value)
    if until is None:
        return 0.0
    said = _timestamp(headers.get("date", ""))
    return max(0.0, min(until - (now.timestamp() if said is None else said), RETRY_AFTER_CAP_S))


def _timestamp(value: str) -> float | None:
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
