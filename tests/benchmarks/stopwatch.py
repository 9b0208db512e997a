"""`moodpost kiosk` with a stopwatch in it: from asking SDL for what happened until a touched vote is with the store.

It traces each as `handed`, milliseconds. Knows two methods of the kiosk, and else nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence

from hardware.display import Display, Input, Touch
from kiosk.cli import main
from kiosk.response import Draft
from kiosk.store import Store


class _Watch:
    """When the touch that is handled now was asked for."""

    began: float | None = None


def install() -> None:
    """Put it in."""
    inputs, put = Display.inputs, Store.put

    def timed_inputs(display: Display) -> Iterator[Input]:
        began = time.perf_counter()
        for event in inputs(display):
            if isinstance(event, Touch):
                _Watch.began = began
            yield event

    def timed_put(store: Store, rows: Sequence[Draft], ticket: int | None) -> None:
        put(store, rows, ticket)
        if ticket is not None and _Watch.began is not None:
            ms = (time.perf_counter() - _Watch.began) * 1000
            _Watch.began = None
            print(json.dumps({"event": "handed", "ms": ms}), flush=True)

    Display.inputs = timed_inputs  # type: ignore[method-assign]
    Store.put = timed_put  # type: ignore[method-assign]


if __name__ == "__main__":
    install()
    main(prog_name="moodpost")
