"""What systemd is told, on a real socket in its place."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.watchdog import Notifier


class Systemd:
    """Listens where systemd would."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)

    def hear(self, seconds: float = 60.0) -> str | None:
        """The next line; None where none comes in time."""
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(4096).decode()
        except (TimeoutError, BlockingIOError):
            return None

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    systemd = Systemd(str(tmp_path / "notify"))
    yield systemd
    systemd.close()


def test_what_is_told_arrives_in_the_words_of_sd_notify(tmp_path: Path, systemd: Systemd) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    notifier.ready()
    notifier.beat()
    notifier.status("412 votes today,\n3 waiting")
    notifier.status("412 votes today, 3 waiting")  # the same, so not once more
    notifier.stopping()
    assert [systemd.hear() for _ in range(4)] == [
        "READY=1",
        "WATCHDOG=1",
        "STATUS=412 votes today, 3 waiting",
        "STOPPING=1",
    ]
    notifier.close()
    notifier.beat()
    assert systemd.hear(0) is None


def test_a_socket_with_an_abstract_name_is_found(tmp_path: Path) -> None:
    name = f"moodpost-test-{os.getpid()}-{tmp_path.name}"
    systemd = Systemd(f"\0{name}")
    notifier = Notifier({"NOTIFY_SOCKET": f"@{name}"})
    notifier.beat()
    assert systemd.hear() == "WATCHDOG=1"
    notifier.close()
    systemd.close()


def test_without_systemd_it_is_silent_and_no_beat_is_due(caplog: pytest.LogCaptureFixture) -> None:
    notifier = Notifier({"WATCHDOG_USEC": "60000000"})
    notifier.ready()
    notifier.beat()
    notifier.status("x")
    notifier.close()
    assert (notifier.interval_s, caplog.records) == (None, [])


@pytest.mark.parametrize("path", ["/nowhere/at/all", "relative", "/x" * 200, "bad\0name", "@" * 200])
def test_a_socket_that_is_not_there_is_told_once_and_raises_nothing(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": path})
    notifier.ready()
    notifier.beat()
    notifier.close()
    (record,) = caplog.records
    assert record.getMessage().startswith("systemd can't be told READY (")


def test_a_systemd_that_does_not_read_makes_nobody_wait(tmp_path: Path, systemd: Systemd) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    for _ in range(10_000):
        notifier.beat()
    assert systemd.hear() == "WATCHDOG=1"
    notifier.close()


def test_a_long_status_is_cut_between_two_characters(tmp_path: Path, systemd: Systemd) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    notifier.status("x" + "ä" * 3_000)
    said = systemd.hear()
    assert said is not None
    assert said.startswith("STATUS=xää")
    assert set(said.removeprefix("STATUS=x")) == {"ä"}
    notifier.close()


@pytest.mark.parametrize(
    ("given", "interval_s"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "77"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "78"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-1"}, None),
        ({"WATCHDOG_USEC": "²"}, None),
        ({}, None),
    ],
)
def test_a_beat_is_due_twice_in_the_time_that_systemd_waits_for_this_process(
    given: dict[str, str], interval_s: float | None
) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": "@x", **given}, pid=77)
    assert notifier.interval_s == interval_s
    notifier.close()
