"""Input devices that come and go. Pipes with names stand for them: gone is what the writer closed or was removed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.devices import Devices

PANEL = (800, 480)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dev/input"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[Devices]:
    with contextlib.closing(Devices(tmp_path)) as devices:
        yield devices


def plug(folder: Path, name: str) -> Path:
    os.mkfifo(folder / name)
    return folder / name


def stirred(devices: Devices) -> set[int]:
    """What a sleeper would wake for."""
    poll = select.poll()
    for descriptor in devices.descriptors:
        poll.register(descriptor, select.POLLIN)
    return {descriptor for descriptor, _ in poll.poll(0)}


def drain(devices: Devices) -> None:
    for descriptor in stirred(devices):
        devices.drain(descriptor)


def test_nothing_is_open_before_it_is_asked_for(folder: Path, devices: Devices) -> None:
    plug(folder, "event0")
    assert (devices.descriptors, devices.changed) == ([], False)


def test_what_is_there_is_opened_once(folder: Path, devices: Devices) -> None:
    for name in ("event0", "event1", "mouse0"):
        plug(folder, name)
    assert devices.refresh(PANEL)
    opened = devices.descriptors
    assert len(opened) == 3  # and the notice
    assert not devices.refresh(PANEL)
    assert devices.descriptors == opened
    assert (stirred(devices), devices.changed) == (set(), False)


def test_an_input_wakes_and_is_emptied_and_changes_nothing(folder: Path, devices: Devices) -> None:
    path = plug(folder, "event0")
    devices.refresh(PANEL)
    with path.open("wb", buffering=0) as finger:
        finger.write(b"touch" * 2_000)
        assert stirred(devices) == {devices.descriptors[1]}
        drain(devices)
        assert (stirred(devices), devices.changed) == (set(), False)


def test_what_is_plugged_in_wakes_the_sleeper_and_is_opened(folder: Path, devices: Devices) -> None:
    devices.refresh(PANEL)
    assert stirred(devices) == set()
    plug(folder, "event0")
    assert stirred(devices) == {devices.descriptors[0]}
    drain(devices)
    assert devices.changed
    assert devices.refresh(PANEL)
    assert (len(devices.descriptors), devices.changed, stirred(devices)) == (2, False, set())


def test_what_may_be_read_only_later_is_opened_then(
    folder: Path, devices: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel makes the file root's own; udev gives it to the group a moment later."""
    path = plug(folder, "event0")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        assert not devices.refresh(PANEL)
    path.chmod(0o660)
    drain(devices)
    assert devices.changed
    assert devices.refresh(PANEL)


@pytest.mark.parametrize("removed", [True, False])
def test_what_is_pulled_out_is_closed_and_heard_again_once_it_is_back(
    folder: Path, devices: Devices, removed: bool
) -> None:
    path = plug(folder, "event0")
    devices.refresh(PANEL)
    descriptor = devices.descriptors[1]
    with path.open("wb", buffering=0) as finger:
        finger.write(b"touch")
    if removed:
        path.unlink()
    drain(devices)
    assert devices.changed
    assert devices.refresh(PANEL)
    if removed:
        assert len(devices.descriptors) == 1
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)
        plug(folder, "event0")
        drain(devices)
        assert devices.refresh(PANEL)
    with path.open("wb", buffering=0) as finger:
        finger.write(b"touch")
        assert stirred(devices) == {devices.descriptors[1]}


def test_a_device_that_errs_is_one_that_is_gone(
    folder: Path, devices: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug(folder, "event0")
    devices.refresh(PANEL)

    def gone(*_: object) -> bytes:
        raise OSError(19, "No such device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "read", gone)
        devices.drain(devices.descriptors[1])
    assert devices.changed
    assert devices.refresh(PANEL)  # closed, and opened anew


def test_another_device_of_the_same_name_is_another_device(folder: Path, devices: Devices) -> None:
    path = plug(folder, "event0")
    devices.refresh(PANEL)
    path.unlink()
    plug(folder, "event0")
    assert devices.refresh(PANEL)
    with path.open("wb", buffering=0) as finger:
        finger.write(b"touch")
        assert devices.descriptors[1] in stirred(devices)


def test_the_folder_may_come_with_the_first_device_and_go_with_the_last(tmp_path: Path, devices: Devices) -> None:
    (tmp_path / "dev").mkdir()
    devices.refresh(PANEL)
    for _ in range(2):
        folder = tmp_path / "dev/input"
        folder.mkdir()
        drain(devices)
        assert devices.changed
        devices.refresh(PANEL)
        path = plug(folder, "event0")
        drain(devices)
        assert devices.changed
        assert devices.refresh(PANEL)
        assert len(devices.descriptors) == 2
        path.unlink()
        folder.rmdir()
        drain(devices)
        devices.refresh(PANEL)
        assert len(devices.descriptors) == 1


def test_without_a_folder_of_devices_there_is_nothing_to_sleep_on(devices: Devices) -> None:
    assert not devices.refresh(PANEL)
    assert devices.descriptors == []


def test_where_the_kernel_gives_no_notice_devices_wake_all_the_same(
    folder: Path, devices: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug(folder, "event0")

    class Libc:
        def inotify_init1(self, _flags: int) -> int:
            return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda _: Libc())
    assert devices.refresh(PANEL)
    assert len(devices.descriptors) == 1
    plug(folder, "event1")
    assert devices.refresh(PANEL)
    assert len(devices.descriptors) == 2


def test_a_descriptor_of_somebody_else_is_left_alone(devices: Devices) -> None:
    reading, writing = os.pipe2(os.O_NONBLOCK)
    os.write(writing, b"e")
    devices.drain(reading)
    assert (os.read(reading, 9), devices.changed) == (b"e", False)
    os.close(reading)
    os.close(writing)


def test_close_leaves_no_descriptor_open(folder: Path, tmp_path: Path) -> None:
    plug(folder, "event0")
    before = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208
    devices = Devices(tmp_path)
    devices.refresh(PANEL)
    devices.close()
    assert devices.descriptors == []
    assert sorted(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
