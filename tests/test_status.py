"""What the kiosk leaves for the doctor, and what the doctor makes of garbage there."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hardware.health import bad, good
from kiosk.health import status
from kiosk.health.status import Status, Told
from tests.conftest import until

READINGS = [good("screen", "There is a picture.", "kmsdrm 800x480"), bad("button.2", "Button 2 is held down.")]


def test_what_is_left_is_read_as_it_was(tmp_path: Path) -> None:
    Told(tmp_path, "boot-one").tell(READINGS, 7_000)
    found = status.left(tmp_path, "boot-one")
    assert found is not None
    assert (list(found.readings), found.ms) == (READINGS, 7_000)


def test_the_file_is_written_only_when_something_has_changed(tmp_path: Path) -> None:
    told = Told(tmp_path, "boot-one")
    told.tell(READINGS, 7_000)
    told.tell(list(READINGS), 8_000)
    assert (found := status.left(tmp_path, "boot-one")) and found.ms == 7_000
    told.tell(READINGS[:1], 9_000)
    assert (found := status.left(tmp_path, "boot-one")) and found.ms == 9_000
    assert [file.name for file in tmp_path.iterdir()] == ["kiosk.json"]


def test_what_an_earlier_boot_left_is_nothing(tmp_path: Path) -> None:
    Told(tmp_path, "boot-one").tell(READINGS, 7_000)
    assert status.left(tmp_path, "boot-two") is None


def test_a_kiosk_that_has_ended_says_nothing(tmp_path: Path) -> None:
    told = Told(tmp_path, "boot-one")
    told.tell(READINGS, 7_000)
    told.end()
    told.end()
    assert status.left(tmp_path, "boot-one") is None


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b'{"boot":"b","ms":"x","readings":[]}', b"\xff" * 100_000])
def test_garbage_is_nothing(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / status.NAME).write_bytes(garbage)
    assert status.left(tmp_path, "b") is None


@pytest.mark.parametrize("put", [lambda part, store: part.symlink_to(store), lambda part, _: os.mkfifo(part)])
def test_what_sync_puts_in_its_way_leads_to_no_other_file_and_is_not_waited_at(
    tmp_path: Path, put: Callable[[Path, Path], None]
) -> None:
    store = tmp_path / "votes.db"
    store.write_bytes(b"votes")
    put(tmp_path / "kiosk.part", store)
    teller = threading.Thread(target=lambda: Told(tmp_path, "b").tell(READINGS, 1), daemon=True)
    teller.start()
    until(lambda: status.left(tmp_path, "b"), "the kiosk to tell of itself", 10)
    assert store.read_bytes() == b"votes"


def test_the_doctor_waits_at_no_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / status.NAME)
    found: list[Status | None] = []
    threading.Thread(target=lambda: found.append(status.left(tmp_path, "b")), daemon=True).start()
    until(lambda: bool(found), "the doctor", 10)
    assert found == [None]


def test_a_folder_that_is_gone_is_told_once_and_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told = Told(tmp_path / "gone", "b")
    told.tell(READINGS, 1)
    told.tell(READINGS[:1], 2)
    assert [record.message.rpartition("/")[2] for record in caplog.records] == [
        "kiosk.json: can't be left for the doctor (No such file or directory)"
    ]
