"""The recorder sees every call that changes a file, and where one went past it, says so."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest

from tests.crash import recorder, tape
from tests.crash.disk import ROOT, Operation, Sync, SyncFolder, Write
from tests.crash.tape import Incomplete, Mark

EVERY_CALL = """
import os, shutil, pathlib, tempfile
os.chdir(ROOT)
with open("plain", "wb") as file:                  # write, with a position of its own
    file.write(b"x" * 20_000)
    file.seek(7)
    file.write(b"seven")
with open("plain", "ab") as file:                  # at the end
    file.write(b"more")
with open("emptied", "w") as file:
    file.write("first")
with open("emptied", "w") as file:                 # O_TRUNC
    file.write("2nd")
fd = os.open("other", os.O_RDWR | os.O_CREAT)
os.pwrite(fd, b"hello", 3_000)
os.writev(fd, [b"ab", b"", b"cde"])
os.pwritev(fd, [b"12", b"345"], 700)
os.pwritev(fd, [b"", b"flags"], 800, 0)
os.ftruncate(fd, 2_000)
os.posix_fallocate(fd, 0, 9_000)
os.truncate("other", 8_000)
os.fsync(fd)
os.fdatasync(fd)
os.copy_file_range(os.open("plain", os.O_RDONLY), fd, 5_000, 3, 100)
os.close(fd)
shutil.copyfile("plain", "copied")                 # sendfile
shutil.copytree(".", "folder/tree", ignore=shutil.ignore_patterns("folder"))
os.rename("copied", "moved")
os.replace("folder/tree/plain", "moved")
os.link("moved", "linked")
os.unlink("plain")
pathlib.Path("folder/tree/other").unlink()
os.rename("folder", "elsewhere")                    # with all that is in it
os.rename("elsewhere", "folder")
shutil.rmtree("folder/tree")                       # unlinkat, rmdir
here = os.open("folder", os.O_RDONLY | os.O_DIRECTORY)
fd = os.open("below", os.O_WRONLY | os.O_CREAT, dir_fd=here)
os.write(fd, b"at")
os.rename("below", "renamed", src_dir_fd=here, dst_dir_fd=here)
os.mkdir("inner", dir_fd=here)
os.fsync(here)
with open("votes.db-shm", "wb") as file:           # not looked at
    file.write(b"shared")
with open(os.path.join(ROOT, "..", "outside"), "wb") as file:
    file.write(b"elsewhere")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "watched"
    folder.mkdir()
    return folder


def recorded(folder: Path, program: str) -> list[Operation | Mark]:
    log = folder.with_suffix(".log")
    script = textwrap.dedent(program).replace("ROOT", repr(str(folder)))
    recorder.run([sys.executable, "-I", "-c", script], folder, log)
    recorder.check(log, folder)
    return tape.read(log)


def test_every_call_that_changes_a_file_is_on_the_tape(folder: Path) -> None:
    recorded(folder, EVERY_CALL)
    standing = recorder.standing_in(folder)
    assert sorted(standing.files) == ["emptied", "folder/renamed", "linked", "moved", "other"]
    assert standing.folders == {"folder", "folder/inner"}
    assert (folder.parent / "outside").read_bytes() == b"elsewhere"


def test_syncs_stand_between_the_writes_that_they_divide(folder: Path) -> None:
    operations = recorded(
        folder,
        """
        import os
        fd, here = os.open(ROOT + "/a", os.O_WRONLY | os.O_CREAT), os.open(ROOT, os.O_RDONLY)
        os.write(fd, b"1"); os.fsync(fd); os.write(fd, b"2"); os.fdatasync(fd); os.fsync(here); os.write(fd, b"3")
        """,
    )
    assert operations[1:] == [
        Write(1, 0, b"1"),
        Sync(1),
        Write(1, 1, b"2"),
        Sync(1),
        SyncFolder(ROOT),
        Write(1, 2, b"3"),
    ]


def test_what_a_second_process_does_goes_on_where_the_first_ended(folder: Path) -> None:
    recorded(folder, "open(ROOT + '/a', 'wb').write(b'first')")
    operations = recorded(folder, "open(ROOT + '/a', 'ab').write(b'second')")
    assert [one for one in operations if isinstance(one, Write)] == [Write(1, 0, b"first"), Write(1, 5, b"second")]


def test_a_chosen_sync_fails_and_only_that_one(folder: Path) -> None:
    operations = recorded(
        folder,
        """
        import ctypes, errno, os
        fail = ctypes.CDLL(None).crash_fail_sync
        fd, here = os.open(ROOT + "/a", os.O_WRONLY | os.O_CREAT), os.open(ROOT, os.O_RDONLY)
        def sync(what):
            try:
                os.fsync(what)
            except OSError as error:
                assert error.errno == errno.EIO
        fail(2, 0)
        for what in (fd, here, fd, fd): sync(what)
        fail(1, 1)
        for what in (fd, here, here): sync(what)
        """,
    )
    syncs = [one for one in operations if isinstance(one, Sync | SyncFolder)]
    assert [one.failed for one in syncs] == [False, False, True, False, False, True, False]


def test_a_mark_stands_where_it_was_said(folder: Path) -> None:
    operations = recorded(
        folder,
        """
        import ctypes
        file = open(ROOT + "/a", "wb", buffering=0)
        file.write(b"before")
        ctypes.CDLL(None).crash_mark(b'{"thanked": 1}')
        file.write(b"after")
        """,
    )
    assert operations[1:] == [Write(1, 0, b"before"), Mark({"thanked": 1}), Write(1, 6, b"after")]


def test_a_change_that_went_past_the_recorder_is_found(folder: Path) -> None:
    with pytest.raises(Incomplete, match="differ in a"):
        recorded(folder, MAPPED)


def test_a_change_that_went_past_the_recorder_is_found_though_the_file_was_removed(folder: Path) -> None:
    with pytest.raises(Incomplete, match="a: held 4 bytes when it was removed, other than"):
        recorded(folder, MAPPED + "os.unlink(ROOT + '/a')")


MAPPED = """
import mmap, os
fd = os.open(ROOT + "/a", os.O_RDWR | os.O_CREAT)
os.write(fd, b"abcd")
with mmap.mmap(fd, 4) as room:
    room[0:1] = b"X"
"""


def test_a_program_that_fails_fails_the_recording(folder: Path) -> None:
    with pytest.raises(Incomplete, match="ZeroDivisionError"):
        recorded(folder, "1 / 0")
