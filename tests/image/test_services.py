"""One board stays on: its network is cut, services are killed and frozen, its touch is pulled, sandboxes are tried."""

from __future__ import annotations

import msgspec
import pytest

from tests.conftest import until
from tests.image import sandbox
from tests.image.authority import HOST
from tests.image.lab import KIOSK, Lab
from tests.image.machine import Hardware, Machine
from tests.image.twin import Twin
from tests.image.visitor import press, press_in_turn, touch, value

OUTAGE = 100
"""Presses while the network is away."""
DRAINS_S = 1200.0
"""How long what waited may take to arrive, in seconds: after an outage attempts are minutes apart."""
UNITS = ("moodpost-kiosk.service", "moodpost-sync.service")
SLOW_S = 25.0
"""What systemd may take for its part of a restart, in seconds, on a board that is ten times slower than a Pi."""
RESTART_S = {"KILL": 1.0 + SLOW_S, "STOP": 60.0 + 5.0 + 1.0 + SLOW_S}
"""From the signal to the next process, in seconds: RestartSec, and for one that is frozen WatchdogSec and
TimeoutAbortSec before it."""
STARTS_S = 300.0
"""How long a program may take from there until it is ready, in seconds; the units' TimeoutStartSec."""


@pytest.fixture(scope="module")
def board(lab: Lab, twin: Twin) -> Machine:
    """A board that shows the faces; its thank-yous are heard. Nothing here needs its watchdog: a busy host may stop a
    board for as long as that waits."""
    board = lab.boot(lab.card(), Hardware(watchdog=False))
    board.screen.wait_for(twin.picture("attract"), "the faces", seconds=900)
    board.listen()
    return board


class Since(msgspec.Struct):
    """What the collector has of votes, to be asked later what came after them."""

    lab: Lab
    before: int

    def arrived(self, count: int, seconds: float = DRAINS_S) -> list[str]:
        """Wait for so many more votes; the values of all that came, in their order."""
        rows = self.lab.collector.wait_for(KIOSK, self.before + count, "vote", seconds=seconds)
        return [row["value"] for row in rows[self.before :]]


@pytest.fixture
def since(lab: Lab) -> Since:
    return Since(lab, len(lab.collector.rows(KIOSK, "vote")))


def test_what_is_pressed_while_the_network_is_away_arrives_once_it_is_back(
    board: Machine, lab: Lab, since: Since
) -> None:
    board.set_network(connected=False)
    pressed = press_in_turn(board, OUTAGE // 2)
    lab.collector.stop()
    pressed += press_in_turn(board, OUTAGE - len(pressed), len(pressed))
    assert since.arrived(0) == []
    board.set_network(connected=True)
    lab.collector.start()
    assert since.arrived(OUTAGE) == pressed


def shown(board: Machine, unit: str, *names: str) -> list[int]:
    """Numbers that systemd tells of a unit."""
    wanted = " ".join(f"-p {name}" for name in names)
    lines = dict(line.split("=", 1) for line in board.guest.run(f"systemctl show {wanted} {unit}").splitlines())
    return [int(lines[name]) for name in names]


def active(board: Machine, unit: str) -> bool:
    """Whether the unit's program has said that it is ready."""
    return board.guest.run(f"systemctl is-active {unit}", good=None).strip() == "active"


@pytest.mark.parametrize(("unit", "signal"), [(unit, signal) for signal in ("KILL", "STOP") for unit in UNITS])
def test_a_service_that_is_killed_or_frozen_is_back_in_time_and_no_vote_is_lost(
    board: Machine, lab: Lab, twin: Twin, since: Since, unit: str, signal: str
) -> None:
    process, times = shown(board, unit, "MainPID", "NRestarts")
    lab.collector.stop()
    pressed = press_in_turn(board, 3)
    hit = f"read up rest </proc/uptime; systemctl kill --kill-whom=main --signal={signal} {unit}; echo $up"
    began = float(board.guest.run(hit))
    if "sync" in unit:  # visitors don't notice
        pressed += press_in_turn(board, 2, len(pressed))

    def back() -> bool:
        return shown(board, unit, "NRestarts") != [times] and active(board, unit)

    until(back, f"{unit} to be back", RESTART_S[signal] + STARTS_S)
    now, count, started, ready = shown(
        board, unit, "MainPID", "NRestarts", "ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic"
    )
    assert (count, now != process) == (times + 1, True)
    print(f"\n{unit}, SIG{signal}: next process after {started / 1e6 - began:.1f} s, ready {ready / 1e6 - began:.1f} s")
    assert 0 < started / 1e6 - began < RESTART_S[signal]
    board.screen.wait_for(twin.picture("attract"), "the faces again")
    pressed += press_in_turn(board, 3, len(pressed))
    lab.collector.start()
    assert since.arrived(len(pressed)) == pressed


def test_a_touch_device_that_was_unplugged_works_when_it_is_plugged_in_again(
    board: Machine, twin: Twin, since: Since, lab: Lab
) -> None:
    board.screen.wait_for(twin.picture("attract"), "the faces")
    board.touch.unplug()
    until(lambda: "Tablet" not in board.guest.read("/proc/bus/input/devices"), "the board to miss the glass")
    press(board, 4)  # it goes on without
    since.arrived(1)
    board.touch.plug()
    until(lambda: "Tablet" in board.guest.read("/proc/bus/input/devices"), "the board to see the glass")
    board.screen.wait_for(twin.picture("attract"), "the faces again")
    touch(board, 1, twin.centre("face:1"))
    assert since.arrived(2) == [value(4), value(1)]
    assert lab.collector.rows(KIOSK, "vote")[-1]["ui"] == "digital"


def test_systemd_has_nothing_to_say_against_the_units_on_the_board(board: Machine) -> None:
    said = board.guest.run("systemd-analyze --man=no verify /usr/lib/systemd/system/moodpost* 2>&1", good=None)
    assert said == ""


@pytest.mark.parametrize(("unit", "most"), [("moodpost-kiosk.service", 15), ("moodpost-sync.service", 16)])
def test_the_sandboxes_on_the_board_are_as_tight_as_they_were_promised(board: Machine, unit: str, most: int) -> None:
    said = board.guest.run(f"systemd-analyze security --no-pager --threshold={most} {unit}")
    print(f"\n{said.splitlines()[-1]}")


STORE = "/var/lib/moodpost/store"
NO_FAMILY = "EAFNOSUPPORT"
SHUT = {
    "moodpost-kiosk.service": {
        "tcp {host} {port}": NO_FAMILY,
        "udp {host} 123": NO_FAMILY,
        "tcp ::1 22": NO_FAMILY,
        "family AF_PACKET SOCK_RAW": NO_FAMILY,
        "family AF_VSOCK SOCK_STREAM": NO_FAMILY,
        "ring": "EPERM",
    },
    "moodpost-sync.service": {
        "write /dev/gpiochip0": "ENOENT",
        "device /dev/moodpost-chip": "EPERM",
        f"write {STORE}/votes.db": "EACCES",
        f"write {STORE}/votes.db-wal": "EACCES",
        f"write {STORE}/votes.db-shm": "EACCES",
        f"move {STORE}/votes.db": "EROFS",
        f"make {STORE}/new": "EROFS",
        "ring": "EPERM",
    },
}
"""What each sandbox must forbid, and by which error it does. The mode of a file is asked before its read-only mount."""
OPEN = {
    "moodpost-kiosk.service": ("write /dev/gpiochip0", f"write {STORE}/votes.db", "family AF_UNIX SOCK_STREAM"),
    "moodpost-sync.service": ("tcp {host} {port}", f"read {STORE}/votes.db", f"make {STORE}/sync/new"),
}
"""What each must allow, or the service could not work: the probe can do more than fail."""


@pytest.mark.parametrize("unit", UNITS)
def test_a_sandbox_forbids_what_root_outside_it_can(board: Machine, lab: Lab, unit: str) -> None:
    """The kiosk reaches no network, sync no pin, and no vote but to read it."""
    at = {"host": HOST, "port": lab.collector.url.rpartition(":")[2]}
    shut = {asked.format(**at): error for asked, error in SHUT[unit].items()}
    opened = {asked.format(**at): "done" for asked in OPEN[unit]}
    probed = sandbox.of(board.guest, unit, *shut, *opened)
    assert probed.tries == {**shut, **opened}
    until(lambda: active(board, unit), f"{unit} to run again", STARTS_S)
    assert probed.place == sandbox.around(board.guest, unit)
    assert sandbox.outside(board.guest, *shut, *opened) == dict.fromkeys((*shut, *opened), "done")
