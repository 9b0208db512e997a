"""Pictures drawn once and kept, up to a number of bytes. Never knows what is on them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from pygame import Surface


class Enough(Exception):  # not an error: whoever limited `allowed` waits for it
    """As many pictures were drawn as are allowed; the next one was not."""


class Shelf:
    """Keeps at most `budget` bytes of pixels; what was longest unused goes first."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.held = 0
        """Bytes of pixels kept now."""
        self.allowed: int | None = None
        """How many more pictures may be drawn before `get` raises Enough; None: any number."""
        self._pictures: OrderedDict[Hashable, Surface] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Surface]) -> Surface:
        """The picture called `key`; `make` draws it when it isn't kept. Don't draw on what this returns."""
        if key in self._pictures:
            self._pictures.move_to_end(key)
            return self._pictures[key]
        if self.allowed is not None:
            if not self.allowed:
                raise Enough
            self.allowed -= 1
        picture = make()
        size = _bytes(picture)
        if size > self.budget:
            return picture
        self._pictures[key] = picture
        self.held += size
        while self.held > self.budget:
            self.held -= _bytes(self._pictures.popitem(last=False)[1])
        return picture


def _bytes(picture: Surface) -> int:
    return picture.get_width() * picture.get_height() * picture.get_bytesize()
