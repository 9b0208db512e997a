"""Small real disks for tests: ext4 on a loop device, to be filled, to fail, to be made read-only. Needs root."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import until

INSTALL = "apt-get install mount e2fsprogs (`make test` does), and root or sudo without a password"
PAGE = 4096
_SUDO = [] if os.geteuid() == 0 else ["sudo", "-n"]


def run(*command: str) -> str:
    """What a system command prints; the test fails with the install line where it can't be run."""
    if not shutil.which(command[0], path=os.environ.get("PATH", "") + ":/sbin:/usr/sbin"):
        pytest.fail(f"{command[0]} is not installed: {INSTALL}")
    done = subprocess.run([*_SUDO, *command], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(command)}: {done.stderr.strip()} ({INSTALL})")
    return done.stdout.strip()


class SmallDisk:
    """A file system of its own at `path`."""

    def __init__(self, folder: Path, megabytes: int, under: Path, block: int) -> None:
        self.path = folder / "disk"
        self.path.mkdir(parents=True)
        self._image = under / "disk.img"
        with self._image.open("wb") as file:
            file.truncate(megabytes << 20)
        make, self._options = "mkfs.ext4", "loop,noatime"
        lazy = "nodiscard,lazy_itable_init=0,lazy_journal_init=0"
        if block != PAGE:  # as much like FAT as it can be: nothing is set apart, and what is full is told at once
            make, self._options, lazy = "mkfs.ext2", f"{self._options},nodelalloc", "nodiscard"
        run(make, "-q", "-F", "-m", "0", "-b", str(block), "-E", lazy, str(self._image))
        run("mount", "-t", "ext4", "-o", self._options, str(self._image), str(self.path))
        run("chown", f"{os.geteuid()}:{os.getegid()}", str(self.path))
        self._filler = self.path / "filler"
        self._below = under / "filler"

    def holds(self, text: bytes, times: int = 1) -> bool:
        """Whether it stands so often on the disk, what is free there included."""
        os.sync()
        return self._image.read_bytes().count(text) >= times

    @property
    def free(self) -> int:
        """Bytes that can still be written."""
        found = os.statvfs(self.path)
        return found.f_bavail * found.f_frsize

    def fill(self) -> None:
        """Leave not a block free."""
        _fill(self._filler)
        assert self.free < 65_536

    def empty(self) -> None:
        """Give the space back."""
        self._filler.unlink()

    def begin_to_fail(self) -> None:
        """From now on the device gives EIO for every block that was never written: what is under it is full."""
        _fill(self._below)

    def fail_to_read_only(self) -> None:
        """What the kernel does to a file system that it finds broken: no write gets through any more."""
        device = run("findmnt", "-n", "-o", "SOURCE", str(self.path)).rpartition("/")[2]
        run("mount", "-o", "remount,errors=remount-ro", str(self.path))
        run("sh", "-c", f"echo 1 > /sys/fs/ext4/{device}/trigger_fs_error")
        until(self._refuses, "the disk to be read-only")

    def _refuses(self) -> bool:
        try:
            (self.path / "probe").touch()
        except OSError as error:
            return error.errno == errno.EROFS
        return False

    def mend(self) -> None:
        """Unmount, check and mount anew, as a restart does."""
        run("umount", str(self.path))
        self._below.unlink(missing_ok=True)
        run("sh", "-c", f"e2fsck -fy {self._image} >/dev/null || [ $? -le 1 ]")
        run("mount", "-t", "ext4", "-o", self._options, str(self._image), str(self.path))

    def close(self) -> None:
        run("umount", "--lazy", str(self.path))


def _fill(path: Path) -> None:
    with path.open("ab", buffering=0) as file:
        for size in (1 << 20, 4096):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\1" * size)
            with contextlib.suppress(OSError):
                os.fsync(file.fileno())


@contextlib.contextmanager
def small_disk(megabytes: int, block: int = PAGE) -> Iterator[SmallDisk]:
    """A disk for as long as the block lasts; its image lies in memory, on a file system of its own. `block`: bytes."""
    folder = Path(tempfile.mkdtemp(prefix="moodpost-disk-"))  # not pytest's: a mount left there would trip the next run
    under = folder / "under"
    under.mkdir()
    try:
        run("mount", "-t", "tmpfs", "-o", f"size={megabytes + 1}m", "tmpfs", str(under))
        try:
            run("chown", f"{os.geteuid()}:{os.getegid()}", str(under))
            disk = SmallDisk(folder, megabytes, under, block)
            try:
                yield disk
            finally:
                disk.close()
        finally:
            run("umount", "--lazy", str(under))
    finally:
        shutil.rmtree(folder)
