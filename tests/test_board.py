"""This board: its clocks, who vouches for them, its boot and its serial number, from a made-up /proc and /run."""

from __future__ import annotations

import ctypes
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from hardware import board


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What adjtimex(2) answers; at first that nobody keeps the clock."""
    answers = [5]
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace(adjtimex=lambda _buffer: answers[-1]))
    return answers


def a_file(root: Path, path: str, content: bytes) -> None:
    (root / path).parent.mkdir(parents=True)
    (root / path).write_bytes(content)


def test_the_clocks_are_those_of_the_kernel(tmp_path: Path, kernel: list[int]) -> None:
    boot, wall = time.clock_gettime(time.CLOCK_BOOTTIME), time.time()
    clocks = board.clocks(tmp_path)
    assert int(boot * 1000) <= clocks.boottime_ms <= time.clock_gettime(time.CLOCK_BOOTTIME) * 1000
    assert int(wall * 1000) <= clocks.wall_ms <= time.time() * 1000
    assert clocks.by == "nobody"


def test_timesyncd_vouches_by_its_mark(tmp_path: Path, kernel: list[int]) -> None:
    a_file(tmp_path, "run/systemd/timesync/synchronized", b"")
    assert board.clocks(tmp_path).by == "ntp"


@pytest.mark.parametrize(("state", "by"), [(0, "ntp"), (1, "ntp"), (4, "ntp"), (5, "nobody"), (-1, "nobody")])
def test_the_kernel_vouches_for_any_other_time_service(tmp_path: Path, kernel: list[int], state: int, by: str) -> None:
    kernel.append(state)
    assert board.clocks(tmp_path).by == by


def test_the_kernel_really_answers(tmp_path: Path) -> None:
    assert board.clocks(tmp_path).by in ("ntp", "nobody")


def test_nobody_vouches_where_the_kernel_cannot_be_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert board.clocks(tmp_path).by == "nobody"


def test_a_clock_that_is_set_just_now_is_not_vouched_for_as_it_was_before(
    tmp_path: Path, kernel: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """NTP sets the clock between the two questions, in whichever order they are asked."""
    wall_ns = [0]

    def read() -> int:
        before = wall_ns[0]
        wall_ns[0], kernel[:] = 1_790_000_000_000_000_000, [0]
        return before

    monkeypatch.setattr(time, "time_ns", read)
    assert board.clocks(tmp_path)[1:] == (0, "nobody")
    assert board.clocks(tmp_path)[1:] == (1_790_000_000_000, "ntp")


def test_clocks_read_far_apart_are_read_again(
    tmp_path: Path, kernel: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two seconds on other work between one clock and the other would be two seconds in every response's time."""
    now = [100_000]
    pauses = [2_000, 2_000, 3]

    def read() -> int:
        now[0] += pauses.pop(0)
        return 1_790_000_000_000_000_000 + now[0] * 1_000_000

    monkeypatch.setattr(board, "boottime_ms", lambda: now[0])
    monkeypatch.setattr(time, "time_ns", read)
    boottime, wall, _ = board.clocks(tmp_path)
    assert abs(wall - boottime - 1_790_000_000_000) <= 20


def test_a_machine_too_busy_for_that_gets_what_can_be_read(
    tmp_path: Path, kernel: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter(range(0, 1_000_000, 5_000))
    monkeypatch.setattr(board, "boottime_ms", lambda: next(looks))
    monkeypatch.setattr(time, "time_ns", lambda: 7_000_000)
    assert board.clocks(tmp_path).wall_ms == 7


def test_the_boot_is_known_by_the_kernels_id(tmp_path: Path) -> None:
    a_file(tmp_path, "proc/sys/kernel/random/boot_id", b"6f1c2b1e-0d4f-4a7e-9a57-0a4a4f3d2c1b\n")
    assert board.boot_id(tmp_path) == "6f1c2b1e-0d4f-4a7e-9a57-0a4a4f3d2c1b"


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff"], ids=["absent", "empty", "blank", "garbage"])
def test_without_the_kernels_id_one_lasts_as_long_as_the_process(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        a_file(tmp_path, "proc/sys/kernel/random/boot_id", content)
    assert board.boot_id(tmp_path) == board.boot_id(tmp_path)
    assert len(board.boot_id(tmp_path)) == 36


@pytest.mark.parametrize(
    ("content", "serial"),
    [(b"10000000abcdef01\0", "10000000abcdef01"), (b"", ""), (b"\xff\xfe", ""), (None, "")],
    ids=["a Pi", "empty", "garbage", "a laptop"],
)
def test_the_serial_number_is_read_where_there_is_one(tmp_path: Path, content: bytes | None, serial: str) -> None:
    if content is not None:
        a_file(tmp_path, "proc/device-tree/serial-number", content)
    assert board.serial(tmp_path) == serial
