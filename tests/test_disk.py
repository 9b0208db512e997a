"""Names in a folder that are to last: written anew, whatever became of the sync before."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk import disk


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    folders: list[Path] = []
    monkeypatch.setattr(disk, "sync_folder", folders.append)
    return folders


def failing(number: int) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_names_are_laid_down_by_one_that_comes_and_goes(tmp_path: Path, synced: list[Path]) -> None:
    (tmp_path / ".names").touch()  # a power cut left it
    changed = tmp_path.stat().st_mtime_ns
    disk.lay_down_names(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert tmp_path.stat().st_mtime_ns > changed
    assert synced == [tmp_path]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_where_not_even_an_empty_file_fits_the_names_are_synced_as_they_are(
    tmp_path: Path, synced: list[Path], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(Path, "touch", failing(number))
    disk.lay_down_names(tmp_path)
    assert synced == [tmp_path]


@pytest.mark.parametrize("number", [errno.EIO, errno.EROFS, errno.EACCES])
def test_a_folder_that_can_t_be_written_is_told(
    tmp_path: Path, synced: list[Path], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(Path, "touch", failing(number))
    with pytest.raises(OSError, match=os.strerror(number)):
        disk.lay_down_names(tmp_path)
    assert synced == []
