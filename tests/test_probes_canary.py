"""The write-read canary: a good card, one that forgets, one that lies, and folders where it can't be tried."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from hardware.probes import canary


def test_what_a_good_disk_takes_it_gives_back(tmp_path: Path) -> None:
    times = iter([7.0, 7.012])
    (found,) = canary.probe(tmp_path, clock=lambda: next(times))
    assert (found.name, found.condition) == ("disk.canary", "good")
    assert (found.said, found.raw) == ("What is written can be read back (12 ms).", "4096 bytes, 12 ms")


def open_files() -> set[Path]:
    return set(Path("/proc/self/fd").iterdir())


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    opened = open_files()
    seen: list[list[Path]] = []

    def read_back(descriptor: int, count: int, offset: int) -> bytes:
        seen.append(list(tmp_path.iterdir()))
        return os.pread(descriptor, count, offset)

    canary.probe(tmp_path, read_back)
    assert seen == [[]], "not even while it is tried: the power may go at any moment"
    assert open_files() == opened


@pytest.mark.parametrize("spoil", [lambda data: bytes(len(data)), lambda data: data[:-1], lambda data: data[1:] + b"?"])
def test_a_card_that_gives_back_something_else_is_to_be_replaced(tmp_path: Path, spoil: Any) -> None:
    (found,) = canary.probe(tmp_path, lambda *of: spoil(os.pread(*of)))
    assert found.condition == "bad"
    assert found.said == (
        "The card gave back something else than was written: "
        "replace the card, and keep the old one: votes may still be read from it."
    )


@pytest.mark.parametrize(
    ("number", "condition", "said"),
    [
        (errno.EIO, "bad", "The card can't be written and read back: replace the card"),
        (errno.EUCLEAN, "bad", "The card can't be written and read back: replace the card"),
        (errno.ENOSPC, "unknown", "Writing and reading back could not be tried: there is no room."),
        (errno.EROFS, "unknown", "Writing and reading back could not be tried: nothing can be written."),
        (errno.EACCES, "unknown", "Writing and reading back could not be tried: this user may not write there."),
        (errno.EOPNOTSUPP, "unknown", "Writing and reading back could not be tried: its file system can't do that."),
        (errno.EINTR, "unknown", "Writing and reading back could not be tried: the system refused."),
    ],
)
@pytest.mark.parametrize("step", ["open", "write", "fsync"])
def test_what_the_system_says_tells_a_bad_card_from_a_bad_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int, condition: str, said: str
) -> None:
    def refuse(*_args: Any, **_more: Any) -> int:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken:
        broken.setattr(os, step, refuse)
        (found,) = canary.probe(tmp_path)
    assert (found.condition, found.raw) == (condition, f"{errno.errorcode[number]}: {os.strerror(number)}")
    assert found.said.startswith(said)


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    (found,) = canary.probe(tmp_path / "none")
    assert (found.condition, found.raw) == ("unknown", "ENOENT: No such file or directory")


def test_half_a_write_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda _descriptor, data: len(data) // 2)
        (found,) = canary.probe(tmp_path)
    assert (found.condition, found.raw) == ("unknown", "ENOSPC: No space left on device")


def test_the_kernel_is_told_to_forget_before_it_reads_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    def noting(name: str, real: Any) -> Any:
        return lambda *args: (steps.append(name), real(*args))[1]

    for name in ("write", "fsync", "posix_fadvise"):
        monkeypatch.setattr(os, name, noting(name, getattr(os, name)))
    canary.probe(tmp_path, noting("read", os.pread))
    monkeypatch.undo()
    assert steps == ["write", "fsync", "posix_fadvise", "read"]
