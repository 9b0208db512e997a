"""What a start has loaded is noted, and read ahead for the next one; whatever is wrong with the list harms no start."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.readahead import FILE, MOST_BYTES, ReadAhead
from tests.conftest import ROOT, until

IN_MEMORY = """
import ctypes, mmap, os, sys
file = os.open(sys.argv[1], os.O_RDONLY)
view = mmap.mmap(file, 0, prot=mmap.PROT_READ | mmap.PROT_WRITE, flags=mmap.MAP_PRIVATE)
pages = (len(view) + 4095) // 4096
found = (ctypes.c_ubyte * pages)()
where = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(view)))
assert ctypes.CDLL(None).mincore(where, ctypes.c_size_t(len(view)), found) == 0
print(sum(page & 1 for page in found), pages)
"""


def in_memory(path: Path) -> tuple[int, int]:
    """How many pages of a file the kernel keeps, of how many."""
    told = subprocess.run([sys.executable, "-c", IN_MEMORY, str(path)], check=True, capture_output=True, text=True)
    there, all_ = told.stdout.split()
    return int(there), int(all_)


def ended() -> None:
    """Wait for the process that asks for the files."""
    os.waitpid(-1, 0)


def test_without_a_list_no_process_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("there is nothing to ask for"))
    ReadAhead(tmp_path).begin()


def test_what_was_loaded_is_noted_with_libraries_but_nothing_of_the_data_folder(tmp_path: Path) -> None:
    code = f"""
import _sqlite3, mmap, os
from pathlib import Path
import kiosk.ring
from kiosk.readahead import ReadAhead
store = Path({str(tmp_path)!r}) / "votes.db-shm"
store.write_bytes(bytes(4096))
with store.open("r+b") as file:
    kept = mmap.mmap(file.fileno(), 0)
ReadAhead(store.parent).note()
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    noted = [Path(line) for line in (tmp_path / FILE).read_text().splitlines()]
    assert any(path.stem.startswith("ring") for path in noted)
    assert any("libsqlite3" in path.name or "_sqlite3" in path.name for path in noted)
    assert all(path.is_file() and path.stat().st_size <= MOST_BYTES for path in noted)
    assert not [path for path in noted if path.is_relative_to(tmp_path)]
    assert [path.name for path in tmp_path.glob(f"{FILE}*")] == [FILE]


def test_a_list_that_has_all_of_it_is_not_written_again(tmp_path: Path) -> None:
    first = ReadAhead(tmp_path)
    first.note()
    before = (tmp_path / FILE).stat()
    first.note()
    assert (tmp_path / FILE).stat().st_ino == before.st_ino
    (tmp_path / FILE).write_text("/something/else\n")
    first.note()
    assert (tmp_path / FILE).stat().st_size == before.st_size


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the checkout is: the folder for temporary files is often none of a disk's."""
    with tempfile.TemporaryDirectory(dir=ROOT, prefix="bench-") as name:
        yield Path(name)


def test_the_files_are_in_memory_soon_and_the_process_that_asked_for_them_is_gone(folder: Path) -> None:
    wanted = ROOT / "kiosk/fonts/NotoSans-Bold.ttf"
    copy = folder / "font"
    copy.write_bytes(wanted.read_bytes())
    with copy.open("rb") as file:
        os.fsync(file)
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    assert in_memory(copy)[0] == 0, f"{folder} lies in memory, on no disk: clone elsewhere"
    (folder / FILE).write_text(f"{folder}\n/nowhere\n\n{copy}\n")
    ReadAhead(folder).begin()
    ended()
    until(lambda: len(set(in_memory(copy))) == 1, "all of it to be in memory")


def test_the_process_that_asked_is_not_left_behind(tmp_path: Path) -> None:
    ahead = ReadAhead(tmp_path)
    (tmp_path / FILE).write_text("/nowhere\n")
    ahead.begin()
    ahead.note()
    with pytest.raises(ChildProcessError):
        os.waitpid(ahead._reader, os.WNOHANG)


@pytest.mark.parametrize("there", ["a folder", "no text", "nothing"])
def test_a_list_that_is_none_is_passed_over(there: str, tmp_path: Path) -> None:
    match there:
        case "a folder":
            (tmp_path / FILE).mkdir()
        case "no text":
            (tmp_path / FILE).write_bytes(bytes(range(256)) * 9)
        case "nothing":
            (tmp_path / FILE).touch()
    ahead = ReadAhead(tmp_path)
    ahead.begin()
    if there == "no text":
        ended()
    ahead.note()
    assert there == "a folder" or "/" in (tmp_path / FILE).read_text()


def test_a_folder_that_is_not_there_harms_no_start(tmp_path: Path) -> None:
    ahead = ReadAhead(tmp_path / "nowhere")
    ahead.begin()
    ahead.note()
    assert not (tmp_path / "nowhere").exists()
