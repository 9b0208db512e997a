"""Whatever might make the screen wait, done on threads of their own. Knows neither what is done nor who waits for it.

An errand that hangs is answered for when its time is up; what it brings later is nobody's any more, and it isn't sent
again while it still hangs, whoever opened the diagnostics meanwhile.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Hashable

import msgspec

log = logging.getLogger(__name__)

_NUMBERS = itertools.count()
"""Never given twice: what was sent out before the diagnostics were left must not come home to those opened later."""


class Came(msgspec.Struct, frozen=True):
    """What an errand brought."""

    name: Hashable
    number: int
    brought: object
    last: bool = True
    """Whether that was all."""


class _Out(msgspec.Struct, frozen=True):
    number: int
    due_ms: int
    late: object
    told: list[object]
    """What it has told on the way."""


class Errands:
    """Sends them out. `post` is called on their threads, and must wake whoever calls `home` with what it was given."""

    def __init__(self, post: Callable[[Came], None], clock: Callable[[], int]) -> None:
        self._post = post
        self._clock = clock
        self._out: dict[Hashable, _Out] = {}
        self._at_work: dict[Hashable, _Out] = {}

    @property
    def deadline(self) -> int | None:
        """When `late` has something to tell; None while nobody is out."""
        return min((out.due_ms for out in self._out.values()), default=None)

    def send(
        self,
        name: Hashable,
        work: Callable[[Callable[[object], None]], object],
        late: object,
        within_ms: int,
        *,
        shared: bool = True,
    ) -> object | None:
        """Do `work`, whose result comes home; on the way it may tell more through the function that it is given.

        `late` is what is told if it takes longer than `within_ms`, or fails. If one of this name is out still,
        nothing is done; once its time was up already, `late` is given back at once. Of one that was forgotten, all
        that it tells is this sender's where it is `shared`, else `late` is given back at once, too.
        """
        if at_work := self._at_work.get(name):
            if name in self._out:
                return None
            if not shared or self._clock() >= at_work.due_ms:
                return late
            self._out[name] = at_work
            for found in tuple(at_work.told):
                self._post(Came(name, at_work.number, found, last=False))
            return None
        number = next(_NUMBERS)
        out = self._out[name] = self._at_work[name] = _Out(number, self._clock() + within_ms, late, [])

        def tell(found: object) -> None:
            out.told.append(found)
            self._post(Came(name, number, found, last=False))

        def run() -> None:
            try:
                brought = work(tell)
            except Exception:
                log.exception("%s: failed", name)
                brought = late
            self._at_work.pop(name, None)
            self._post(Came(name, number, brought))

        threading.Thread(target=run, name=f"errand {name}", daemon=True).start()
        return None

    def home(self, came: Came) -> object | None:
        """What was brought; None where nobody waits for it any more."""
        out = self._out.get(came.name)
        if out is None or out.number != came.number:
            return None
        if came.last:
            del self._out[came.name]
        return came.brought

    def late(self, now_ms: int) -> list[object]:
        """What is to be told of those whose time is up."""
        late = [name for name, out in self._out.items() if now_ms >= out.due_ms]
        return [self._out.pop(name).late for name in late]

    def forget(self) -> None:
        """Nobody waits any more; what is at work still is remembered."""
        self._out.clear()
