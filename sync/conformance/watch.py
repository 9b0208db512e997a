"""Rules that every answer of a run must keep, whatever was played. Looks at exchanges only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from sync.conformance.exchange import BrokenError, Exchange, UnknownError, is_whole

EARLIEST, LATEST = 1_577_836_800, 4_102_444_800
"""2020 and 2100, Unix seconds: no clock that was ever set is outside."""
NEAR_S = 3600
"""Further than this from our own clock, one of the two is wrong."""


def ack_names(exchanges: Sequence[Exchange]) -> None:
    """A stale answer from a cache, or of another kiosk, must not move a watermark."""
    for exchange in _acks(exchanges):
        for name in ("kiosk", "epoch", "nonce"):
            _same(exchange, name)


def ack_range(exchanges: Sequence[Exchange]) -> None:
    """An `ack` out of range is not believed."""
    for exchange in _acks(exchanges):
        low, high = exchange.first - 1, exchange.last
        if exchange.ack is not None and not low <= exchange.ack <= high:
            raise BrokenError(exchange, f"found `ack` {exchange.ack}, expected {low} to {high}")


def ack_time(exchanges: Sequence[Exchange], now: Callable[[], float] = time.time) -> None:
    """It is an anchor for kiosks whose clock nobody vouches for."""
    off = 0.0
    for exchange in _acks(exchanges):
        told = exchange.said.get("time")
        if not is_whole(told):
            raise BrokenError(exchange, f"found `time` {told!r}, expected a whole number of seconds")
        if not EARLIEST <= told <= LATEST:
            raise BrokenError(exchange, f"found `time` {told}, expected Unix seconds of our days (not milliseconds)")
        off = abs(told - now())
    if off > NEAR_S:
        raise UnknownError(f"its clock is {off:.0f} s from this machine's: one of the two is wrong")


def refusal_names(exchanges: Sequence[Exchange]) -> None:
    """Without them the kiosk takes it for a portal's answer or a proxy's."""
    seen = False
    for exchange in exchanges:
        if 400 <= exchange.status < 500 and exchange.posted:
            seen = True
            if not exchange.said:
                raise BrokenError(exchange, "found no JSON object, expected one with kiosk, epoch, nonce and error")
            for name in ("kiosk", "epoch", "nonce"):
                _same(exchange, name)
            if not isinstance(exchange.said.get("error"), str):
                raise BrokenError(exchange, "found no `error`, expected a word for what is wrong")
    if not seen:
        raise UnknownError("nothing was ever refused")


def in_time(exchanges: Sequence[Exchange]) -> None:
    """A kiosk hangs up then, and begins again."""
    for exchange in exchanges:
        if exchange.late:
            raise BrokenError(exchange, "the answer was not there in time")


def _acks(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """The acknowledgements of batches; where something else is acknowledged, the rule that was played is broken."""
    return [exchange for exchange in exchanges if exchange.right and exchange.ack is not None]


def _same(exchange: Exchange, name: str) -> None:
    found, expected = exchange.said.get(name), getattr(exchange, name)
    if found != expected:
        raise BrokenError(exchange, f"found `{name}` {found!r}, expected {expected!r}")
