"""Runs probes beside whoever asks, none for longer than a deadline. Knows threads; never what a probe looks at.

A worn card or a half-dead bus can block a read for minutes, in the kernel, where nothing can end it. So each probe has
a thread of its own that may be given up, and no second one while the first still hangs.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from hardware.health import Health, unknown

log = logging.getLogger(__name__)

Probe = Callable[[], list[Health]]
Found = Callable[[str, list[Health]], None]
"""Called with a probe's name and what it found, on a thread that is not the caller's."""
_TURN_S = 0.1
"""How long the next probe waits for the one before, which takes some milliseconds."""
_LONGEST = 200
"""Characters of an exception's message that are kept."""


class Looker:
    """Looks as often as it is told to, with never more threads than there are probes, and one that starts them.

    `readings` names what each probe finds, so that one that doesn't answer leaves none of its readings out; a probe
    that is not named there is its own reading.
    """

    def __init__(
        self,
        probes: Mapping[str, Probe],
        found: Found,
        deadline_s: float = 5.0,
        readings: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._probes = dict(probes)
        self._found = found
        self._deadline_s = deadline_s
        self._readings = readings or {}
        self._running: dict[str, threading.Thread] = {}
        self._look: _Look | None = None
        self._lock = threading.Lock()

    def look(self) -> threading.Event:
        """Begin, and come back at once. The event is set when `found` was called for each probe, once for each.

        While a look is under way no second one begins: the event is that of the first.
        """
        with self._lock:
            if self._look and not self._look.over.is_set():
                return self._look.over
            look = self._look = _Look(self._probes, self._found)
        # Daemons, all of them: a thread that hangs in the kernel must not keep the program from ending.
        starter = threading.Thread(target=self._start_all, args=(look,), name="probes", daemon=True)
        try:
            starter.start()
        except RuntimeError as error:  # memory is out
            for name in look.awaited():
                look.tell(name, self._unknown(name, "could not look", str(error)))
        return look.over

    def _start_all(self, look: _Look) -> None:
        limit = time.monotonic() + self._deadline_s
        for name in self._probes:
            if (before := self._running.get(name)) and before.is_alive():
                look.tell(name, self._unknown(name, "has still not answered", "its last look hangs"))
                continue
            thread = threading.Thread(target=self._work, args=(look, name), name=f"probe {name}", daemon=True)
            self._running[name] = thread
            try:
                thread.start()
            except RuntimeError as error:
                look.tell(name, self._unknown(name, "could not look", str(error)))
            # Side by side they would keep the thread that draws from its turn; one that hangs is passed over.
            look.told[name].wait(_TURN_S)
        look.over.wait(limit - time.monotonic())
        for name in look.awaited():
            look.tell(name, self._unknown(name, f"did not answer within {self._deadline_s:g} s", "it hangs"))

    def _work(self, look: _Look, name: str) -> None:
        try:
            result = self._probes[name]()
        except Exception as error:  # noqa: BLE001  whatever it is, the other readings still count
            result = self._unknown(name, "could not look", f"{type(error).__name__}: {str(error)[:_LONGEST]}")
        if not isinstance(result, list) or not all(isinstance(health, Health) for health in result):
            result = self._unknown(name, "found nothing that makes sense", f"{type(result).__name__}")
        look.tell(name, result)

    def _unknown(self, name: str, why: str, raw: str) -> list[Health]:
        readings = self._readings.get(name, (name,))
        return [unknown(reading, f"What was to tell of this {why}.", f"{name}: {raw}") for reading in readings]


class _Look:
    """What one look has told so far."""

    def __init__(self, names: Mapping[str, object], found: Found) -> None:
        self.over = threading.Event()
        self.told = {name: threading.Event() for name in names}
        self._found = found
        self._awaited = set(names)
        self._untold = len(self._awaited)
        self._lock = threading.Lock()
        if not names:
            self.over.set()

    def awaited(self) -> list[str]:
        with self._lock:
            return sorted(self._awaited)

    def tell(self, name: str, result: list[Health]) -> None:
        """Hand on what came first; an answer after the deadline comes too late."""
        with self._lock:
            if name not in self._awaited:
                return
            self._awaited.discard(name)
        try:
            self._found(name, result)
        except Exception:
            log.exception("what the probe %s found could not be handed on", name)
        self.told[name].set()
        with self._lock:
            self._untold -= 1
            if not self._untold:
                self.over.set()


def look(
    probes: Mapping[str, Probe], deadline_s: float = 5.0, readings: Mapping[str, Sequence[str]] | None = None
) -> list[Health]:
    """All that the probes find, in their order, after `deadline_s` at the latest (and a moment)."""
    found: dict[str, list[Health]] = {}
    Looker(probes, found.__setitem__, deadline_s, readings).look().wait(deadline_s + 1)
    return [health for name in probes for health in found.get(name, [])]
