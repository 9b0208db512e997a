"""Whether every response is acknowledged, waiting or set aside: the store's numbers against what sync left.

Knows sequence numbers and watermarks; never what rows say. Counting what waits is all that it reads.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from kiosk.errors import NoStoreYet
from kiosk.reader import Reader, SyncStatus, stores, sync_db, sync_status

_MOST_NAMED = 3


class Reconciled(msgspec.Struct, frozen=True):
    """Responses (rows) of all stores and epochs. Every number given out is in one of these, or is missing."""

    given: int
    """Numbers given out since the first store of this folder began."""
    acknowledged: int
    """Of them the endpoint has these; old ones may have left the kiosk since."""
    waiting: int
    """In a store, not acknowledged."""
    aside: int
    """The endpoint won't have these; they stay here and can be exported."""
    missing: int
    """Neither acknowledged nor in a store: lost to damage."""
    ahead: int
    """Acknowledged, though this kiosk has not given them out: another card, or an older copy of it."""
    where: tuple[str, ...] = ()
    """Where something is missing or ahead, for whoever looks further: epochs and numbers."""

    @property
    def even(self) -> bool:
        """Whether nothing is missing and nothing ahead."""
        return not self.missing and not self.ahead

    @property
    def said(self) -> str:
        """The reconciliation in words."""
        if self.missing:
            lost = "1 response is" if self.missing == 1 else f"{self.missing:,} responses are"
            return f"{lost} neither acknowledged nor here: lost to damage of the card."
        if self.ahead:
            return "The endpoint has responses that this card does not know: an older copy, or two cards with one id?"
        if self.aside:
            refused = "1 response is" if self.aside == 1 else f"{self.aside:,} responses are"
            return f"Nothing is missing; {refused} refused by the endpoint and kept here."
        if self.waiting:
            return "Nothing is missing: every response is either acknowledged or waiting."
        return "Nothing is missing: every response is acknowledged."


def reconcile(data: Path, status: SyncStatus | None = None) -> Reconciled:
    """Hold the stores in the folder `data` against `status`, by default what `sync.db` there says.

    NoStoreYet where there is none, StoreError where one can't be read.
    """
    status = sync_status(sync_db(data)) if status is None else status
    numbers = [0, 0, 0, 0, 0, 0]
    where: list[str] = []
    paths = [path for path in stores(data) if path.exists()]
    if not paths:
        raise NoStoreYet(f"{data}: holds no store yet. Has the kiosk run here?")
    for path in paths:
        with Reader(path) as reader:
            epochs, last = reader.epochs(), reader.last()
            for epoch, following in zip(epochs, [*epochs[1:], None], strict=False):
                end = following.first - 1 if following else max(last, epoch.first - 1)
                watermark = max(status.watermarks.get(epoch.id, 0), epoch.first - 1)
                # A new epoch has begun where the endpoint was ahead, or what lay beyond was not salvaged: it is past.
                ahead = watermark - end if following is None and path == data / "votes.db" else 0
                found = _epoch(reader, epoch.first, end, watermark, status.aside.get(epoch.id, ()))
                numbers = [old + new for old, new in zip(numbers, (*found, max(0, ahead)), strict=True)]
                if found[-1] or ahead > 0:
                    what = f"{found[-1]} missing" if found[-1] else f"{ahead} ahead"
                    where.append(f"{path.relative_to(data)}, epoch {epoch.id}, rows {epoch.first}-{end}: {what}")
    given, acknowledged, waiting, aside, missing, beyond = numbers
    return Reconciled(given, acknowledged, waiting, aside, missing, beyond, tuple(where[:_MOST_NAMED]))


def _epoch(reader: Reader, first: int, end: int, watermark: int, refused: Collection[int]) -> tuple[int, ...]:
    """Given, acknowledged, waiting, aside, missing among the rows `first` to `end` of one epoch."""
    reached = min(watermark, end)
    aside = {seq for seq in refused if first <= seq <= end}
    late = sum(seq > reached for seq in aside)
    here = reader.count(reached + 1, end)
    given = end - first + 1
    return given, reached - first + 1 - (len(aside) - late), max(0, here - late), len(aside), end - reached - here
