"""What the kernel tells of folders: the names of what happens there, and when nobody tells any more."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from hardware import notices as notices_module
from hardware.notices import ATTRIBUTES, CREATED, MODIFIED, MOVED_IN, Notices


@pytest.fixture
def notices() -> Iterator[Notices]:
    with contextlib.closing(Notices()) as notices:
        yield notices


def wakes(notices: Notices) -> bool:
    poll = select.poll()
    assert notices.descriptor is not None
    poll.register(notices.descriptor, select.POLLIN)
    return bool(poll.poll(0))


def test_nobody_listens_before_it_is_asked_for(notices: Notices) -> None:
    assert (notices.descriptor, notices.taken()) == (None, set())


def test_what_happens_is_told_by_name_once_and_wakes_who_sleeps(notices: Notices, tmp_path: Path) -> None:
    (tmp_path / "old").write_text("")
    assert notices.listen(tmp_path, MODIFIED | CREATED | MOVED_IN | ATTRIBUTES)
    assert (wakes(notices), notices.taken()) == (False, set())
    with (tmp_path / "old").open("ab") as file:
        os.pwrite(file.fileno(), b"as SQLite writes its log", 0)
    assert wakes(notices)
    assert notices.taken() == {"old"}
    assert (wakes(notices), notices.taken()) == (False, set())
    (tmp_path / "old").rename(tmp_path / "new")
    (tmp_path / "a name of another length").touch()
    (tmp_path / "new").chmod(0o600)
    assert notices.taken() == {"new", "a name of another length"}


def test_only_what_was_asked_for_is_told(notices: Notices, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    notices.listen(tmp_path, MOVED_IN)
    (tmp_path / "file").write_text("more")
    (tmp_path / "other").touch()
    (tmp_path / "file").read_text()
    assert not wakes(notices)


def test_more_than_one_reading_holds_is_told_whole(
    notices: Notices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices_module, "_MOST_BYTES", 300)  # one name of the longest fits
    notices.listen(tmp_path, CREATED)
    names = {f"{number:0100}" for number in range(30)}
    for name in names:
        (tmp_path / name).touch()
    assert notices.taken() == names


def test_several_folders_are_listened_to_and_one_that_goes_is_told(notices: Notices, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        assert notices.listen(folder, CREATED)
        assert notices.listen(folder, CREATED), "asked twice"
    one.rmdir()
    (other / "file").touch()
    assert notices.taken() == {"", "file"}
    assert notices.descriptor is not None
    (other / "file").unlink()
    other.rmdir()
    assert notices.taken() == {""}
    assert notices.descriptor is None
    one.mkdir()
    assert notices.listen(one, CREATED)


def test_what_is_no_folder_tells_nothing(notices: Notices, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not notices.listen(tmp_path / "absent", CREATED)
    assert not notices.listen(tmp_path / "file", CREATED)
    assert notices.descriptor is None
    notices.listen(tmp_path, CREATED)
    assert not notices.listen(tmp_path / "absent", CREATED)
    assert notices.descriptor is not None, "the other folder is listened to still"


@pytest.mark.parametrize("libc", [SimpleNamespace(), SimpleNamespace(inotify_init1=lambda flags: -1)])
def test_where_the_kernel_has_none_nothing_is_told(
    notices: Notices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, libc: object
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: libc)
    assert not notices.listen(tmp_path, CREATED)
    assert (notices.descriptor, notices.taken()) == (None, set())
