"""`moodpost demo` as most people meet it: a window, four keys, a mouse, Ctrl-C."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

from kiosk.errors import StoreError
from kiosk.reader import Reader
from tests.conftest import until
from tests.window.conftest import Hand


def count(path: Path) -> int:
    try:
        with Reader(path) as reader:
            return sum(reader.counts(reader.last()))
    except StoreError:
        return 0


def test_keys_and_clicks_are_taken_until_ctrl_c_and_the_table_is_equal(tmp_path: Path, hand: Hand) -> None:
    votes = tmp_path / "votes.db"
    with subprocess.Popen(
        [sys.executable, "-m", "kiosk", "demo", "--data", str(tmp_path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            # The window comes when it comes: the first key that it takes shows that it is there.
            until(lambda: hand.key("1") or count(votes), "a key to be taken", 60)
            pressed = count(votes)
            until(lambda: hand.tap((200, 190)) or count(votes) > pressed, "a click to be taken")
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=90)
        finally:
            process.kill()  # else the end of the block would wait for it for ever; its crew goes with it
    assert "Press 1 to 4 in the window" in output
    assert "All four are equal." in output
    assert re.search(r"^pressed +[1-9]", output, re.MULTILINE)
    assert re.search(r"pressed 1 Very good \(button", output)
    assert "Traceback" not in output
    assert process.returncode == 0
