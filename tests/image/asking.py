"""What a technician asks of `moodpost-apply`, left as the kiosk leaves it. Knows its requests; no screen."""

from __future__ import annotations

import msgspec

from hardware.apply import request as requests
from hardware.apply.request import Deed, Outcome, Request
from tests.conftest import until
from tests.image.machine import Machine

DONE_S = 400.0
"""What a correction may take on a board that is ten times slower than a Pi, its place in the queue included."""


def asked(board: Machine, deed: Deed, id_: str) -> Outcome:
    """Leave a request as the kiosk does, and wait for what became of it."""
    folder = "/run/moodpost-apply"
    seconds = board.guest.run("cut -d' ' -f1 /proc/uptime")
    data = requests.encode(Request(id_, int(float(seconds) * 1000), deed))
    board.guest.run(
        f"cat > {folder}/.{id_}.part && chown moodpost-kiosk:moodpost {folder}/.{id_}.part && "
        f"chmod 600 {folder}/.{id_}.part && mv {folder}/.{id_}.part {folder}/{id_}{requests.REQUEST}",
        given=data,
    )
    path = f"{folder}/{id_}{requests.OUTCOME}"
    told = until(lambda: board.guest.run(f"cat {path}", good=None), f"what became of {type(deed).__name__}", DONE_S)
    return msgspec.json.decode(told, type=Outcome)
