"""Sync's signs of life on a real socket in systemd's place: from its process, and none while its worker hangs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk import requests
from kiosk.reader import network_findings, sync_db
from tests.conftest import until
from tests.faulty import FaultServer, says, stays_silent
from tests.test_outbox import Desk

WATCHDOG_S = 2.0
SETTINGS = """\
[kiosk]
id = "south"
[endpoint]
url = "{url}"
token = "open-sesame"
"""


class Systemd:
    """Hears what a process tells."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))

    def hear(self, seconds: float = 60.0) -> str:
        """The next word; "" where none comes in time."""
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(4_096).decode()
        except TimeoutError:
            return ""

    def hear_until(self, word: str) -> list[str]:
        heard = [self.hear()]
        while not heard[-1].startswith(word):
            assert heard[-1], f"waited in vain for {word}, heard {heard[:-1]}"
            heard.append(self.hear())
        return heard

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    systemd = Systemd(tmp_path / "notify")
    yield systemd
    systemd.close()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    server = FaultServer()
    yield server
    server.close()


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    folder.mkdir()
    desk = Desk(folder)
    desk.vote(3)
    desk.state.close()
    yield folder
    desk.bench.stop()


@pytest.fixture
def sync(tmp_path: Path, data: Path, server: FaultServer, systemd: Systemd) -> Iterator[subprocess.Popen[bytes]]:
    settings = tmp_path / "moodpost.toml"
    settings.write_text(SETTINGS.format(url=server.url))
    environment = {
        **os.environ,
        "NOTIFY_SOCKET": str(systemd.path),
        "WATCHDOG_USEC": str(round(WATCHDOG_S * 1e6)),
        "RUNTIME_DIRECTORY": str(tmp_path),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "sync", "--settings", str(settings), "--data", str(data)], env=environment
    )
    yield process
    process.kill()
    process.wait()


def test_the_process_is_ready_lives_says_how_it_stands_and_ends(
    sync: subprocess.Popen[bytes], server: FaultServer, systemd: Systemd, data: Path, tmp_path: Path
) -> None:
    server.always = says(503)
    assert systemd.hear() == "READY=1"
    systemd.hear_until("WATCHDOG=1")
    said = systemd.hear_until("STATUS=")[-1]
    assert said.startswith("STATUS=3 waiting, nothing acknowledged since the start")
    for _ in range(3):
        began = time.monotonic()
        systemd.hear_until("WATCHDOG=1")
        assert time.monotonic() - began < 10 * WATCHDOG_S
    requests.test_network(tmp_path)  # where the process was told that requests are left
    until(lambda: not requests.network_is_tested(tmp_path), "the network to be looked at")
    assert network_findings(sync_db(data)).readings != ()
    sync.send_signal(signal.SIGTERM)
    systemd.hear_until("STOPPING=1")
    assert sync.wait(60) == 0


def test_while_the_worker_hangs_there_is_no_sign_of_life_though_the_process_does_not(
    sync: subprocess.Popen[bytes], server: FaultServer, systemd: Systemd, data: Path, tmp_path: Path
) -> None:
    server.always = stays_silent()  # a batch has 20 s, far more than this watchdog
    systemd.hear_until("READY=1")
    until(lambda: server.asked, "a batch to be under way")
    while systemd.hear(1.5 * WATCHDOG_S):
        pass
    assert sync.poll() is None
    requests.test_network(tmp_path)
    assert systemd.hear(WATCHDOG_S) == "", "the thread that looks at the network is not the worker"
    assert requests.network_is_tested(tmp_path) or network_findings(sync_db(data)).readings
