"""Temperature, throttling and power of a made-up Pi: good, bad, missing, garbage; and what is over is remembered."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from hardware.probes import soc
from hardware.probes.latch import Latch
from tests.conftest import until
from tests.pi import BOOT, COOLING, THROTTLED, VOLT, ZONE, Pi, reading


@pytest.fixture
def pi(tmp_path: Path) -> Pi:
    return Pi(tmp_path / "pi")


def latch(pi: Pi, boot: str = BOOT) -> Latch:
    return Latch(pi.data / "this-boot", boot)


def test_a_healthy_pi_is_cool_fast_and_well_fed(pi: Pi) -> None:
    assert [(found.name, found.condition, found.said, found.raw) for found in soc.probe(pi.root, latch(pi))] == [
        ("temperature", "good", "49 °C inside.", "thermal_zone0/temp = 48686"),
        ("throttled", "good", "It runs at full speed.", "get_throttled = 0x0"),
        ("power", "good", "Its power is enough.", "rpi_volt/in0_lcrit_alarm = 0"),
    ]


@pytest.mark.parametrize(
    ("name", "path", "content", "condition", "raw"),
    [
        ("temperature", f"{ZONE}/temp", "80000\n", "good", "thermal_zone0/temp = 80000"),
        ("temperature", f"{ZONE}/temp", "80001\n", "bad", "thermal_zone0/temp = 80001"),
        ("temperature", f"{ZONE}/temp", "-5000\n", "good", "thermal_zone0/temp = -5000"),
        ("temperature", f"{ZONE}/temp", None, "unknown", "thermal_zone0/temp: No such file or directory"),
        ("temperature", f"{ZONE}/temp", "warm\n", "unknown", "thermal_zone0/temp = 'warm', which is no number"),
        ("temperature", f"{ZONE}/temp", "", "unknown", "thermal_zone0/temp = '', which is no number"),
        ("temperature", f"{ZONE}/temp", b"\xff\xfe", "unknown", "thermal_zone0/temp: no text"),
        ("temperature", f"{ZONE}/temp", "999999\n", "unknown", "thermal_zone0/temp = 999999, which can't be true"),
        ("temperature", ZONE, None, "unknown", "no thermal_zone in /sys/class/thermal"),
        ("temperature", f"{ZONE}/type", None, "good", "thermal_zone0/temp = 48686"),
        ("throttled", THROTTLED, "4\n", "bad", "get_throttled = 0x4"),
        ("throttled", THROTTLED, "80000\n", "bad", "get_throttled = 0x80000"),
        ("throttled", THROTTLED, "50005\n", "bad", "get_throttled = 0x50005"),
        ("throttled", THROTTLED, "10001\n", "good", "get_throttled = 0x10001"),
        ("throttled", THROTTLED, "slow\n", "unknown", "soc:firmware/get_throttled = 'slow', which is no number"),
        ("throttled", f"{COOLING}/cur_state", "1\n", "bad", "cooling_device0/cur_state = 1"),
        ("throttled", f"{COOLING}/cur_state", "?\n", "unknown", "cooling_device0/cur_state = '?', which is no number"),
        ("throttled", COOLING, None, "good", "get_throttled = 0x0"),
        ("power", f"{VOLT}/in0_lcrit_alarm", "1\n", "bad", "rpi_volt/in0_lcrit_alarm = 1"),
        ("power", f"{VOLT}/in0_lcrit_alarm", "2\n", "unknown", "hwmon1/in0_lcrit_alarm = 2, which is neither 0 nor 1"),
        ("power", f"{VOLT}/in0_lcrit_alarm", None, "unknown", "hwmon1/in0_lcrit_alarm: No such file or directory"),
        ("power", VOLT, None, "unknown", "no rpi_volt in /sys/class/hwmon"),
        ("power", "sys/class/hwmon", None, "unknown", "no rpi_volt in /sys/class/hwmon"),
    ],
)
def test_each_sensor_is_good_bad_or_unknown(
    pi: Pi, name: str, path: str, content: str | bytes | None, condition: str, raw: str
) -> None:
    pi.write(path, content)
    found = reading(soc.probe(pi.root), name)
    assert (found.condition, found.raw) == (condition, raw)


def test_one_broken_sensor_leaves_the_others(pi: Pi) -> None:
    pi.write(VOLT, None)
    assert [found.condition for found in soc.probe(pi.root)] == ["good", "good", "unknown"]


def test_the_hottest_part_of_the_processor_counts_and_nothing_else(pi: Pi) -> None:
    for number, (kind, milli) in enumerate([("gpu-soc-thermal", 81_000), ("iwlwifi_1", 99_000)], 1):
        pi.write(f"sys/class/thermal/thermal_zone{number}/type", kind)
        pi.write(f"sys/class/thermal/thermal_zone{number}/temp", str(milli))
    found = reading(soc.probe(pi.root), "temperature")
    assert found.raw == "thermal_zone1/temp = 81000"
    assert found.said == "It is too hot inside (81 °C) and slows down: free the vents, keep it out of the sun."


@pytest.mark.parametrize(
    ("milli", "alarm", "condition"), [(59_999, 0, "good"), (60_000, 0, "unknown"), (40_000, 1, "unknown")]
)
def test_without_the_firmwares_word_only_a_cool_and_well_fed_pi_is_known_to_be_fast(
    pi: Pi, milli: int, alarm: int, condition: str
) -> None:
    pi.write(THROTTLED, None)
    pi.write(f"{ZONE}/temp", str(milli))
    pi.write(f"{VOLT}/in0_lcrit_alarm", str(alarm))
    found = reading(soc.probe(pi.root), "throttled")
    assert (found.condition, found.raw) == (
        condition,
        f"no get_throttled; thermal_zone0/temp = {milli}, hwmon1/in0_lcrit_alarm = {alarm}",
    )


def test_a_fan_that_runs_slows_nothing_down(pi: Pi) -> None:
    pi.write(f"{COOLING}/type", "pwm-fan\n")
    pi.write(f"{COOLING}/cur_state", "3\n")
    assert reading(soc.probe(pi.root), "throttled").condition == "good"


def test_too_little_power_is_told_until_the_next_start(pi: Pi) -> None:
    alarm = f"{VOLT}/in0_lcrit_alarm"
    pi.write(alarm, "1\n")
    now = reading(soc.probe(pi.root, latch(pi)), "power")
    assert now.said == "This Pi isn't getting enough power: use the official supply and a short cable."
    pi.write(alarm, "0\n")
    later = reading(soc.probe(pi.root, latch(pi)), "power")
    assert later.condition == "bad"
    assert later.said.startswith("This Pi ran short of power at times since it was started")
    assert reading(soc.probe(pi.root, latch(pi, "another boot")), "power").condition == "good"


class Kernel:
    """Tells of changes of a file, as sysfs_notify does: a test lets a watcher go on, and sees that it sleeps again."""

    def __init__(self) -> None:
        self.sleeps = threading.Semaphore(0)
        self._changed = threading.Semaphore(0)
        self._gone = False

    def wait(self, _descriptor: int) -> None:
        self.sleeps.release()
        self._changed.acquire()
        if self._gone:
            raise OSError(19, "No such device")

    def tell(self, *, gone: bool = False) -> None:
        self._gone = gone
        self._changed.release()


def test_a_drop_that_is_over_before_anybody_looks_is_held(pi: Pi) -> None:
    kernel, held = Kernel(), latch(pi)
    thread = soc.watch(held, pi.root, kernel.wait)
    assert thread is not None
    assert kernel.sleeps.acquire(timeout=60)
    assert reading(soc.probe(pi.root, held), "power").condition == "good"
    pi.write(f"{VOLT}/in0_lcrit_alarm", "1\n")
    kernel.tell()
    assert kernel.sleeps.acquire(timeout=60)
    pi.write(f"{VOLT}/in0_lcrit_alarm", "0\n")
    assert reading(soc.probe(pi.root, held), "power").condition == "bad"
    kernel.tell(gone=True)
    until(lambda: not thread.is_alive(), "the watcher to end with its driver")


def test_where_nobody_tells_of_power_nobody_watches(pi: Pi) -> None:
    pi.write(VOLT, None)
    assert soc.watch(latch(pi), pi.root) is None


def test_the_watcher_sleeps_on_the_file_and_asks_for_nothing_else(pi: Pi) -> None:
    """A plain file never has news of this kind, so that the thread sleeps for good: it is a daemon."""
    thread = soc.watch(latch(pi), pi.root)
    assert thread is not None
    assert thread.daemon
    assert thread.is_alive()
