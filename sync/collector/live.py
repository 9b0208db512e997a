"""Tells the open pages that something arrived, a few times a second at most. Never knows what it tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

INTERVAL_S = 0.25
"""The least time between two tellings."""
HEARTBEAT_S = 15.0
MAX_LISTENERS = 100

_RETRY = b"retry: 2000\n\n"
_HEARTBEAT = b": still here\n\n"


class Live:
    """One teller for all open pages of this process. To be used within one event loop."""

    def __init__(self, snapshot: Callable[[], Awaitable[bytes | None]]) -> None:
        """`snapshot` makes the present state as one line of text, None where it can't."""
        self._snapshot = snapshot
        self._listeners: set[asyncio.Queue[bytes | None]] = set()
        self._stale = False
        self._closed = False
        self._teller: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """Whether no further listener is taken."""
        return self._closed or len(self._listeners) >= MAX_LISTENERS

    def changed(self) -> None:
        """Something arrived: everybody is told soon, once for all that arrives meanwhile."""
        self._stale = True
        if self._listeners and self._teller is None:
            self._teller = asyncio.get_running_loop().create_task(self._tell())

    def close(self) -> None:
        """Ends every listener's stream, and takes no new ones."""
        self._closed = True
        for queue in self._listeners:
            _put(queue, None)
        if self._teller is not None:
            self._teller.cancel()

    async def listen(self) -> AsyncIterator[bytes]:
        """Server-sent events: the present state at once, then each new one, comments in between."""
        # One place: who reads slowly gets the newest state later, not all that he missed.
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)
        self._listeners.add(queue)
        try:
            yield _RETRY
            self.changed()
            while not self._closed:
                try:
                    data = await asyncio.wait_for(queue.get(), HEARTBEAT_S)
                except TimeoutError:
                    yield _HEARTBEAT
                    continue
                if data is None:
                    return
                yield b"data: " + data + b"\n\n"
        finally:
            self._listeners.discard(queue)

    async def _tell(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._stale and self._listeners and not self._closed:
                self._stale = False
                began = loop.time()
                data = await self._snapshot()
                if data is not None:
                    for queue in self._listeners:
                        _put(queue, data)
                # A large database is asked less often: never more than half of the time.
                await asyncio.sleep(max(INTERVAL_S, loop.time() - began))
        finally:
            self._teller = None


def _put(queue: asyncio.Queue[bytes | None], data: bytes | None) -> None:
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(data)
