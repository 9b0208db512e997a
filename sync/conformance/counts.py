"""What an endpoint lets one see of its counts. Knows our collector's summary; others may tell the same."""

from __future__ import annotations

import json
from typing import Any

from sync.conformance.exchange import UnknownError, is_whole
from sync.conformance.player import Player
from sync.reply import NoAnswer


def rows(player: Player, epoch: str) -> int:
    """How many rows of `epoch` are counted; UnknownError where that can't be seen from outside."""
    answer = player.summary()
    if isinstance(answer, NoAnswer):
        raise UnknownError(f"the counts can't be seen from outside: /v1/summary gives no answer ({answer.reason})")
    if answer.status in (401, 403):
        hint = "does not take this reader's token" if player.reader.reveal() else "wants a token: --reader-token-file"
        raise UnknownError(f"the counts can't be seen from outside: /v1/summary {hint}")
    if answer.status != 200:
        raise UnknownError(f"the counts can't be seen from outside: /v1/summary answers {answer.status}")
    try:
        found = _rows(json.loads(answer.body), player.kiosk, epoch)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        found = None
    if found is None:
        raise UnknownError("the counts can't be seen from outside: /v1/summary does not tell this epoch's rows")
    return found


def _rows(summary: Any, kiosk: str, epoch: str) -> int | None:
    for entry in summary["epochs"]:
        if (entry["kiosk"], entry["epoch"]) == (kiosk, epoch):
            numbers = list(entry["rows"].values())
            return sum(numbers) if all(is_whole(n) for n in numbers) else None
    return None
