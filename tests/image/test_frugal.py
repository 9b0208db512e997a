"""On a board with 512 MB, a Zero 2 W's: all of it works, and little is used, written and waited for."""

from __future__ import annotations

import msgspec
import pytest

from tests.image.card import Card
from tests.image.guest import Guest
from tests.image.lab import KIOSK, Lab
from tests.image.machine import Hardware, Machine
from tests.image.twin import Twin
from tests.image.visitor import press_in_turn, touch, value

SMALL = Hardware(memory=512)
FACES_S = 900.0
REST_S = 600
MOST_RAM_MB = 200
MOST_WRITTEN = 1 << 20
MOST_RATIO = 1.15
WITHOUT = "systemd.mask=moodpost.target"
"""All of Moodpost hangs on it: what is left is the Debian of the image."""
_SECTOR = 512
"""What the kernel counts in, whatever the disk does (Documentation/block/stat.rst)."""


class Started(msgspec.Struct, frozen=True):
    """When things were ready, in seconds since the kernel began."""

    system: float
    """multi-user.target: everything but what is still on its way."""
    kiosk: float | None = None
    program_s: float = 0.0
    """Of these, how long the kiosk's own program took from its first instruction to its "ready"."""


@pytest.fixture(scope="module")
def small(lab: Lab) -> Machine:
    """A new card's first boot."""
    return lab.boot(lab.card(), SMALL)


@pytest.fixture(scope="module")
def card(small: Machine) -> Card:
    """Its card, once the tests before were done with it; it is off."""
    small.guest.run("sync")
    small.power_cut()
    return small.card


def test_512_mb_are_enough_to_be_pressed_and_touched(small: Machine, lab: Lab, twin: Twin) -> None:
    small.screen.wait_for(twin.picture("attract"), "the faces", seconds=FACES_S)
    small.listen()
    pressed = press_in_turn(small, 4)
    small.screen.wait_for(twin.picture("attract"), "the faces again")
    touch(small, 2, twin.tap("face:2"))
    twin.wait_for("ask-liked")
    small.screen.wait_for(twin.picture("ask-liked"), "the follow-up", share=0.02)
    small.touch.tap(*twin.tap("choice:price"))
    votes = lab.collector.wait_for(KIOSK, 5, "vote", seconds=300)
    assert [(row["value"], row["ui"]) for row in votes] == [
        *((face, "physical") for face in pressed),
        (value(2), "digital"),
    ]
    assert lab.collector.wait_for(KIOSK, 1, "choice")[0]["value"] == "price"


def test_at_rest_no_more_ram_is_in_use_than_there_should_be(small: Machine) -> None:
    memory = _memory(small.guest)
    used = (memory["MemTotal"] - memory["MemAvailable"]) / 1024
    print(f"\n{used:.0f} MB in use of {memory['MemTotal'] / 1024:.0f} (MemTotal - MemAvailable)")
    print(small.guest.run("ps -eo rss,args --sort=-rss | head -12"))
    assert used <= MOST_RAM_MB
    assert "oom" not in small.guest.run("dmesg | grep -i 'out of memory' || true")


def test_ten_minutes_of_rest_write_next_to_nothing(small: Machine) -> None:
    small.guest.run("sync")
    before = _written(small.guest)
    # The board's own minutes, with its minutely and less frequent jobs among them.
    small.guest.run(f"sleep {REST_S} && sync", seconds=3 * REST_S)
    written = _written(small.guest) - before
    print(f"\n{written / 1024:.0f} KB written in {REST_S} s of rest")
    assert written <= MOST_WRITTEN


def test_moodpost_hardly_delays_the_start(card: Card, lab: Lab) -> None:
    with_it, without = _started(lab, card, ""), _started(lab, card, WITHOUT)
    assert with_it.kiosk and without.kiosk is None
    print(
        f"\nready after {with_it.kiosk:.1f} s, {with_it.program_s:.1f} s of them the program's own start; "
        f"without Moodpost the system is after {without.system:.1f} s "
        f"(with it after {with_it.system:.1f} s): ratio {(with_it.kiosk - with_it.program_s) / without.system:.2f}"
    )
    assert with_it.kiosk <= MOST_RATIO * without.system + with_it.program_s


def _started(lab: Lab, card: Card, words: str) -> Started:
    machine = lab.boot(card, msgspec.structs.replace(SMALL, words=words))
    guest = machine.guest
    # Until nothing is queued: that is when all of them have come, or failed.
    guest.run("systemctl is-system-running --wait", seconds=900, good=None)
    system = _moment(guest, "multi-user.target", "ActiveEnterTimestampMonotonic")
    kiosk = _moment(guest, "moodpost-kiosk.service", "ActiveEnterTimestampMonotonic")
    began = _moment(guest, "moodpost-kiosk.service", "ExecMainStartTimestampMonotonic")
    guest.run("sync")
    guest.hang_up()
    machine.power_cut()
    assert system
    return Started(system, kiosk, kiosk - began if kiosk and began else 0.0)


def _moment(guest: Guest, unit: str, name: str) -> float | None:
    """When, by the board's clock since its kernel began; None where it never was."""
    return int(guest.run(f"systemctl show --value --property {name} {unit}").strip() or 0) / 1e6 or None


def _written(guest: Guest) -> int:
    """Bytes that went to the card since the board was switched on."""
    fields = guest.read("/sys/class/block/vda/stat").split()
    return int(fields[6]) * _SECTOR


def _memory(guest: Guest) -> dict[str, int]:
    """/proc/meminfo, in kB."""
    lines = (line.split(":") for line in guest.read("/proc/meminfo").splitlines())
    return {name: int(value.split()[0]) for name, value in lines}
