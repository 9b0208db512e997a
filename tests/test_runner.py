"""Deeds of the diagnostics: waited for as long as they go on, one at a time, and a failure has words of its own."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.backstage.errands import Came
from kiosk.backstage.pin import Pin
from kiosk.backstage.runner import DEED_MS, Runner
from kiosk.settings import Secret
from kiosk.technician import asks
from tests.behind import Tools
from tests.conftest import Clock


class Asked:
    """A runner and what it brings home."""

    def __init__(self, clock: Clock, folder: Path) -> None:
        self.clock = clock
        self.tools = Tools()
        self._came: queue.Queue[Came] = queue.Queue()
        self.runner = Runner(self.tools, Pin(folder, clock, Secret("")), lambda: None, clock, self._came.put)

    def next(self) -> asks.Answer | None:
        return self.runner.home(self._came.get(timeout=20))


@pytest.fixture
def asked(clock: Clock, tmp_path: Path) -> Iterator[Asked]:
    asked = Asked(clock, tmp_path)
    yield asked
    asked.tools.slow.set()


def test_a_deed_is_waited_for_as_long_as_it_goes_on(asked: Asked) -> None:
    asked.tools.slow.clear()
    assert asked.runner.send(asks.Do("export")) is None
    assert asked.next() == asks.Doing("export", "Half of it.")
    assert asked.runner.late(asked.clock.move(600)) == []
    asked.tools.slow.set()
    assert asked.next() == asks.Did("export", "Noted.")


def test_one_that_hangs_is_not_called_done_and_nothing_else_is_done_meanwhile(asked: Asked) -> None:
    asked.tools.slow.clear()
    asked.runner.send(asks.Do("export"))
    asked.next()
    (late,) = asked.runner.late(asked.clock.move(DEED_MS / 1000))
    assert isinstance(late, asks.Did)
    assert late.said.startswith("What was asked for is still being done")
    for deed in ("restart", "poweroff", "import"):
        assert asked.runner.send(asks.Do(deed)) == asks.Did(deed, late.said)  # type: ignore[arg-type]
    assert asked.runner.send(asks.Do("find")) == asks.Found((late.said,), usable=False)
    assert [do.deed for do in asked.tools.done] == ["export"]
    asked.tools.slow.set()
    assert asked.next() is None
    assert asked.runner.send(asks.Do("restart")) is None
    assert asked.next() == asks.Doing("restart", "Half of it.")
    assert asked.next() == asks.Did("restart", "Noted.")


def test_one_that_fails_is_told_so_and_the_log_says_why(asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    asked.tools.fails = RuntimeError("the stick is made of wood")
    asked.runner.send(asks.Do("export"))
    asked.next()
    did = asked.next()
    assert isinstance(did, asks.Did)
    assert did.said.startswith("It could not be done")
    assert "made of wood" in caplog.text
    asked.runner.send(asks.Do("find"))
    asked.next()
    found = asked.next()
    assert isinstance(found, asks.Found)
    assert (found.details, found.usable) == ((did.said,), False)
