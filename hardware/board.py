"""This board and its clocks: boot id, serial, time since boot, wall time and who vouches for it. Knows no votes."""

from __future__ import annotations

import ctypes
import sys
import time
import uuid
from pathlib import Path
from typing import Literal, NamedTuple

_STA_ERROR = 5
"""What adjtimex(2) returns while the kernel's clock is not synchronised (TIME_ERROR in <sys/timex.h>)."""
_TIMEX_BYTES = 256
"""At least the size of `struct timex`: 208 bytes on 64-bit Linux."""
_BLINK_MS = 20
"""Two clocks read further apart than this, by a busy processor between them, are read again."""
_LOOKS = 10
_TIMESYNCD_MARK = Path("run/systemd/timesync/synchronized")


class Clocks(NamedTuple):
    """One look at the clocks: milliseconds of CLOCK_BOOTTIME, Unix milliseconds, who vouches for the latter."""

    boottime_ms: int
    wall_ms: int
    by: Literal["nobody", "ntp"]


def boottime_ms() -> int:
    """Milliseconds since this machine was started, sleep included; never steps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def clocks(root: Path = Path("/")) -> Clocks:
    """All clocks at once. `root` is where /run and /proc are looked for."""
    # Asked first: a clock that NTP sets just now was read before or after that, and is vouched for at the next look.
    by: Literal["nobody", "ntp"] = "ntp" if _synchronised(root) else "nobody"
    for _ in range(_LOOKS):
        boottime, wall = boottime_ms(), time.time_ns() // 1_000_000
        if boottime_ms() - boottime <= _BLINK_MS:
            break
    return Clocks(boottime, wall, by)


def _synchronised(root: Path) -> bool:
    """Whether NTP has set the clock: timesyncd's mark, or (chrony, ntpd) the kernel's own word."""
    if (root / _TIMESYNCD_MARK).exists():
        return True
    if not sys.platform.startswith("linux"):
        return False
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return 0 <= int(state) < _STA_ERROR


def boot_id(root: Path = Path("/")) -> str:
    """The kernel's id of this boot; where there is none, one that lasts as long as this process."""
    try:
        return (root / "proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip() or _PROCESS_ID
    except (OSError, UnicodeDecodeError):
        return _PROCESS_ID


def serial(root: Path = Path("/")) -> str:
    """The serial number of this Pi, or "" where it can't be read (a laptop)."""
    try:
        return (root / "proc/device-tree/serial-number").read_text(encoding="ascii").strip("\0\n ")
    except (OSError, UnicodeDecodeError):
        return ""


_PROCESS_ID = str(uuid.uuid4())
