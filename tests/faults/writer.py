"""A process that votes without end through the real store, and says so of each row once it was thanked for.

``python -m tests.faults.writer FOLDER SEED``: a line of JSON a commit, ``["boot", [row, …]]``, until it is killed.
"""

from __future__ import annotations

import random
import sys
import threading
from pathlib import Path

import msgspec

from kiosk.response import Response
from tests.faults.card import Card


def thank(boot: str, rows: tuple[Response, ...]) -> None:
    """Only what COMMIT has returned for comes here."""
    print(msgspec.json.encode([boot, rows]).decode(), flush=True)


if __name__ == "__main__":
    dice = random.Random(f"writer {sys.argv[2]}")
    card = Card(Path(sys.argv[1]), dice, thanked=thank)
    pace = threading.Event()
    while True:
        card.put(1)
        pace.wait(dice.uniform(0.0, 0.02))
