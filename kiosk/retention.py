"""Which rows may leave the store: acknowledged, old by a vouched clock, and not kept for somebody to see. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.clock import Boot, Reading, moment
from kiosk.reader import Epoch, SyncStatus
from kiosk.response import Response

STEP_ROWS = 500
"""Rows that leave in one transaction."""
DAY_MS = 86_400_000


def may_go(
    rows: Sequence[Response],
    *,
    highest: int,
    epochs: Sequence[Epoch],
    boots: Sequence[Boot],
    status: SyncStatus,
    now: Reading,
    days: int,
) -> list[int]:
    """Of the oldest `rows`, in their order, the numbers of those that may be deleted; the highest row of all never.

    The first row that is too young or not acknowledged ends the list; one that the endpoint would not have is kept
    and passed over. While nobody vouches for the clock (`now`) nothing may go.
    """
    if now.by == "nobody":
        return []
    before = now.wall_ms - days * DAY_MS
    going = []
    for row in rows:
        epoch = next((e.id for e in reversed(epochs) if e.first <= row.seq), "")
        if row.seq >= highest or row.seq > status.watermarks.get(epoch, 0):
            break
        latest = moment(boots, row.boot, row.ms).latest_ms if any(b.number == row.boot for b in boots) else None
        if latest is None or latest >= before:
            break
        if row.seq not in status.aside.get(epoch, ()):
            going.append(row.seq)
    return going
