"""What can be done inside a service's sandbox on the board: the probe is run in the program's place.

A drop-in for this start of the board replaces what the unit runs and nothing of the sandbox around it.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import msgspec

from tests.image.guest import Guest

_PROBE = "/run/moodpost-probe.py"
_PROGRAM = "/run/moodpost-program.py"
_SAID = "/run/moodpost-probe.json"
_HOME = "/usr/lib/moodpost"


class Probed(msgspec.Struct):
    """How each try ended, "done" or an error's short name; and what the kernel tells of the probe's sandbox."""

    tries: dict[str, str]
    place: dict[str, Any]


def of(guest: Guest, unit: str, *asked: str) -> Probed:
    """How tries end inside the sandbox of `unit`, which is started again as it was afterwards."""
    _bring(guest)
    words = " ".join(f'"{one}"' for one in asked)
    return msgspec.json.decode(_ran(guest, unit, f"/usr/bin/python3 -sP {_PROBE} {words}"), type=Probed)


def prints(guest: Guest, unit: str, program: str) -> str:
    """What a `program` in Python that knows our modules prints inside the sandbox of `unit`; started again after it."""
    guest.write(_PROGRAM, f"import sys\nsys.path.insert(0, {_HOME!r})\n{program}".encode())
    return _ran(guest, unit, f"/usr/bin/python3 -sP {_PROGRAM}").strip()


def _ran(guest: Guest, unit: str, command: str) -> str:
    dropin = f"/run/systemd/system/{unit}.d"
    guest.run(f"mkdir -p {dropin}")
    guest.write(f"{dropin}/probe.conf", _dropin(command))
    try:
        guest.run(f"systemctl daemon-reload; systemctl restart {unit}")
        return guest.read(_SAID)
    finally:
        guest.run(f"rm -r {dropin}; systemctl daemon-reload; systemctl restart --no-block {unit}")


def outside(guest: Guest, *asked: str) -> dict[str, str]:
    """How the same tries end for root, with no sandbox: a try that fails here as well proves nothing."""
    _bring(guest)
    return msgspec.json.decode(guest.run(f"python3 -sP {_PROBE} {shlex.join(asked)}"), type=Probed).tries


def around(guest: Guest, unit: str) -> dict[str, Any]:
    """What the kernel tells of the sandbox that the unit's own program runs in now."""
    _bring(guest)
    seen = guest.run(f"python3 -sP {_PROBE} --view $(systemctl show -P MainPID {unit})")
    place: dict[str, Any] = json.loads(seen)
    return place


def _bring(guest: Guest) -> None:
    guest.write(_PROBE, (Path(__file__).parent / "probe.py").read_bytes())


def _dropin(command: str) -> str:
    return f"""\
[Service]
Type=oneshot
Restart=no
WatchdogSec=0
ExecStartPost=
ExecStopPost=
ExecStart=
ExecStart={command}
StandardOutput=truncate:{_SAID}
"""
