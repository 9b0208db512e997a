"""The processor: how hot it is, whether it is slowed down, whether its power is enough. Knows sysfs; never a screen.

`vcgencmd get_throttled` is no help for what is over: the kernel's own driver wipes its memory each 2 s to watch the
voltage (drivers/hwmon/raspberrypi-hwmon.c). So that driver is asked, and `watch` remembers what it says.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from pathlib import Path

from hardware.health import Health, bad, good, unknown
from hardware.probes.latch import Latch
from hardware.probes.reading import Unread, line, number, place, told

TOO_HOT = 80
"""°C at which a Pi begins to slow down (raspberrypi.com, "Frequency management and thermal control")."""
_COOL = 60
"""°C below which no Pi has a reason to: the soft limit of a 3B+, the lowest of all (same page)."""
_BELIEVABLE = range(-40_000, 150_000)
"""Thousandths of °C that a processor that still runs may have."""
_SLOWED = 0b1110 | 0b1110 << 16
"""Bits of get_throttled: frequency capped, throttled, soft limit; now, and since the driver last wiped it (2 s)."""
_SHORT = "under-voltage"


def probe(root: Path = Path("/"), latch: Latch | None = None) -> list[Health]:
    """Temperature, throttling, power. `latch` remembers what was too little power; `root` is where /sys is."""
    return [
        told("temperature", "This machine doesn't tell how hot it is.", lambda: _temperature(root)),
        told("throttled", "This machine doesn't tell whether it is slowed down.", lambda: _throttled(root)),
        told("power", "This system doesn't tell whether its power is enough.", lambda: _power(root, latch)),
    ]


def watch(latch: Latch, root: Path = Path("/"), wait: Callable[[int], None] | None = None) -> threading.Thread | None:
    """Have each drop of the voltage held in `latch` from now on, by a thread that sleeps until the kernel tells of one.

    None where this board tells of none. `wait` waits for a change of the file at a descriptor.
    """
    try:
        alarm = _alarm(root)
        descriptor = os.open(alarm, os.O_RDONLY | os.O_CLOEXEC)
    except (Unread, OSError):
        return None
    thread = threading.Thread(
        target=_watch, args=(descriptor, latch, wait or _wait_for_change), name="power", daemon=True
    )
    thread.start()
    return thread


def _watch(descriptor: int, latch: Latch, wait: Callable[[int], None]) -> None:
    try:
        while True:
            # Read before each wait: that is what arms the kernel's notice.
            if os.pread(descriptor, 16, 0).strip() == b"1":
                latch.hold(_SHORT)
            wait(descriptor)
    except OSError:  # the driver is gone
        pass
    finally:
        os.close(descriptor)


def _wait_for_change(descriptor: int) -> None:
    poll = select.poll()
    poll.register(descriptor, select.POLLPRI | select.POLLERR)
    poll.poll()


def _temperature(root: Path) -> Health:
    milli, zone = _hottest(root)
    raw = f"{place(zone)} = {milli}"
    degrees = round(milli / 1000)
    if milli > TOO_HOT * 1000:
        return bad(
            "temperature",
            f"It is too hot inside ({degrees} °C) and slows down: free the vents, keep it out of the sun.",
            raw,
        )
    return good("temperature", f"{degrees} °C inside.", raw)


def _hottest(root: Path) -> tuple[int, Path]:
    """Thousandths of °C of the hottest part of the processor, and the file that says so."""
    zones = sorted(root.glob("sys/class/thermal/thermal_zone*"))
    if not zones:
        raise Unread("no thermal_zone in /sys/class/thermal")
    ours = [zone for zone in zones if _is_processor(zone)] or zones[:1]
    read = [(number(zone / "temp"), zone / "temp") for zone in ours]
    for milli, path in read:
        if milli not in _BELIEVABLE:
            raise Unread(f"{place(path)} = {milli}, which can't be true")
    return max(read)


def _is_processor(zone: Path) -> bool:
    try:
        kind = line(zone / "type").lower()
    except Unread:
        return False
    return any(part in kind for part in ("cpu", "soc", "bcm2835", "x86_pkg"))


def _throttled(root: Path) -> Health:
    slow = "Its processor is slowed down, so that screens come late: see to its power supply, then to its cooling."
    capped = _capped_by_kernel(root)
    if capped:
        return bad("throttled", slow, capped)
    files = sorted(root.glob("sys/bus/platform/drivers/raspberrypi-firmware/*/get_throttled"))
    if files:
        flags = number(files[0], 16)
        raw = f"get_throttled = {flags:#x}"
        return bad("throttled", slow, raw) if flags & _SLOWED else good("throttled", "It runs at full speed.", raw)
    # Other kernels have no such file, and `scaling_cur_freq` tells what was asked for, not what there is.
    milli, zone = _hottest(root)
    alarm = _alarm(root)
    raw = f"no get_throttled; {place(zone)} = {milli}, {place(alarm)} = {number(alarm)}"
    if milli < _COOL * 1000 and number(alarm) == 0:
        return good("throttled", "Nothing slows it down: it is cool, and its power is enough.", raw)
    return unknown("throttled", "This system doesn't tell whether its processor is slowed down.", raw)


def _capped_by_kernel(root: Path) -> str:
    """Where the kernel itself keeps the frequency down to cool the processor; "" where it doesn't.

    A `scaling_max_freq` below the highest would not tell: that may be what somebody wants.
    """
    for device in sorted(root.glob("sys/class/thermal/cooling_device*")):
        if "cpufreq" in line(device / "type") and (state := number(device / "cur_state")) > 0:
            return f"{place(device / 'cur_state')} = {state}"
    return ""


def _alarm(root: Path) -> Path:
    # By name: the number of a hwmon depends on which driver came first.
    for sensor in sorted(root.glob("sys/class/hwmon/hwmon*")):
        try:
            if line(sensor / "name") == "rpi_volt":
                return sensor / "in0_lcrit_alarm"
        except Unread:
            continue
    raise Unread("no rpi_volt in /sys/class/hwmon")


def _power(root: Path, latch: Latch | None) -> Health:
    alarm = _alarm(root)
    now = number(alarm)
    if now not in (0, 1):
        raise Unread(f"{place(alarm)} = {now}, which is neither 0 nor 1")
    raw = f"rpi_volt/{alarm.name} = {now}"
    if now and latch:
        latch.hold(_SHORT)
    if now:
        return bad("power", "This Pi isn't getting enough power: use the official supply and a short cable.", raw)
    if latch and latch.holds(_SHORT):
        return bad(
            "power",
            "This Pi ran short of power at times since it was started: use the official supply and a short cable.",
            f"{raw}; 1 earlier in this boot",
        )
    return good("power", "Its power is enough.", raw)
