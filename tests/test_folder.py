"""The data folder's lock: held by one, out of reach of whoever may only look into the folder."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from pathlib import Path

import pytest

from kiosk import folder
from kiosk.errors import InUse, StoreError


def test_a_second_kiosk_is_refused_until_the_first_has_gone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with (
        folder.only_one(data),
        pytest.raises(InUse, match="another kiosk is using this data folder"),
        folder.only_one(data),
    ):
        pytest.fail("both have it")
    with folder.only_one(data):
        assert folder.locked(data) == data / "kiosk.lock"


def test_the_lock_is_a_file_that_nobody_else_may_open(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with folder.only_one(tmp_path):
            assert stat.S_IMODE((tmp_path / folder.LOCK).stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_whoever_may_read_the_folder_keeps_no_kiosk_away_by_locking_it(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with folder.only_one(tmp_path):
            pass
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC])
def test_where_no_file_can_be_made_the_folder_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    opened = os.open

    def refuses(path: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            raise OSError(number, os.strerror(number), str(path))
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", refuses)
    with folder.only_one(tmp_path):
        assert folder.locked(tmp_path) == tmp_path
        with pytest.raises(InUse), folder.only_one(tmp_path):
            pytest.fail("both have it")


def test_a_link_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / folder.LOCK).symlink_to("votes.db")
    with pytest.raises(StoreError, match=r"kiosk\.lock: the data folder can't be opened"), folder.only_one(tmp_path):
        pytest.fail("it was followed")
    assert not (tmp_path / "votes.db").exists()
