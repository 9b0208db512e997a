"""Whether lgpio's thread lives is asked through its own pipe: the real lgpio, no chip, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory

from hardware.callbacks import thread_of
from tests.conftest import ROOT, Clock
from tests.test_panel import real_lgpio

__all__ = ["real_lgpio"]

BEGIN = """
import threading
from hardware import board
from hardware.callbacks import CallbackThread
from hardware.panel import _import_lgpio
threading.excepthook = lambda args: None
lgpio = _import_lgpio()
asked = CallbackThread(lgpio, board.boottime_ms)
"""
KILL = """
class Poison:
    chip = gpio = 7
    def func(*_):
        raise RuntimeError("as any callback might")
lgpio._notify_thread.append(Poison)
import os, struct
os.write(asked._pipe, struct.pack("QBBBBI", 0, 7, 7, 0, 0, 0))
lgpio._notify_thread.join(30)
"""
HANG = """
entered, leave = threading.Event(), threading.Event()
class Slow:
    chip = gpio = 7
    def func(*_):
        entered.set()
        leave.wait(30)
lgpio._notify_thread.append(Slow)
import os, struct
os.write(asked._pipe, struct.pack("QBBBBI", 0, 7, 7, 0, 0, 0))
assert entered.wait(30)
"""


def said(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.usefixtures("real_lgpio")
def test_a_thread_that_lives_answers_without_a_press(tmp_path: Path) -> None:
    code = """
print(asked.answers_within(30))
now = board.boottime_ms() + 60_000
print(asked.answers(0), asked.answers(now))
asked.close()
print(asked in lgpio._notify_thread.callbacks)
"""
    assert said(BEGIN + code, tmp_path).split() == ["True", "True", "False", "False"]


@pytest.mark.usefixtures("real_lgpio")
def test_one_exception_in_any_callback_kills_the_thread_and_it_is_seen(tmp_path: Path) -> None:
    assert said(f"{BEGIN}{KILL}print(asked.answers(0), asked.answers_within(30))", tmp_path) == "False False"


@pytest.mark.usefixtures("real_lgpio")
def test_a_thread_that_hangs_does_not_answer_until_it_goes_on(tmp_path: Path) -> None:
    code = """
print(asked.answers(0), [asked.answers(0) for _ in range(100_000)].count(True), asked.answers_within(0.01))
leave.set()
print(asked.answers_within(30), asked.answers(0))
"""
    assert said(BEGIN + HANG + code, tmp_path).split() == ["False", "0", "False", "True", "True"]


def test_mock_pins_have_no_thread_and_neither_have_pins_of_another_library(clock: Clock) -> None:
    assert thread_of(MockFactory(), clock) is None
    assert thread_of(gpiozero.pins.Factory(), clock) is None


def test_an_lgpio_that_is_made_otherwise_is_no_reason_to_go_without_buttons(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    factory = type("LGPIOFactory", (), {"__module__": "gpiozero.pins.lgpio"})()
    monkeypatch.setitem(sys.modules, "lgpio", SimpleNamespace())  # type: ignore[arg-type]
    assert thread_of(factory, clock) is None
    (record,) = caplog.records
    assert record.getMessage().startswith("whether presses still arrive can't be told with this lgpio (")
