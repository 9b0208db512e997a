"""The power is cut at a change of a file: what then is on the disk. Counts os-level changes below some folders.

Two disks are left behind. `killed`: all that was asked for is there, the change itself not at all or torn at a sector.
`durable`: only what a sync had made last, with the names of the file system's last sync and files that were never
synced empty; the worst that ext4 does.
"""

from __future__ import annotations

import errno
import functools
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SECTOR = 512
_CHANGES = ("write", "pwrite", "ftruncate", "fsync", "replace", "rename", "unlink", "rmdir", "mkdir", "symlink")


def _name(descriptor: int) -> str:
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


class PowerCut(BaseException):
    """From here on nothing is written any more."""


class Disk:
    """One file system, with what of it would last."""

    def __init__(self, top: Path, *, watched: bool) -> None:
        self.top = top
        self._watched = watched
        """Whether it may be asked to fall back."""
        self._content: dict[int, bytes] = {}
        self._names: dict[str, tuple[int, int, str]] = {}
        if watched:
            self.sync_all()

    def holds(self, path: str) -> bool:
        return path == str(self.top) or path.startswith(f"{self.top}/")

    def _paths(self) -> Iterator[Path]:
        return self.top.rglob("*")

    def made(self, inode: int) -> None:
        """A file is new: nothing in it lasts yet, whoever had its number before."""
        self._content[inode] = b""

    def sync(self, path: Path) -> None:
        if not self._watched:
            return
        found = path.lstat()
        if stat.S_ISREG(found.st_mode):
            self._content[found.st_ino] = path.read_bytes()
        self._names = {
            str(each.relative_to(self.top)): (
                (status := each.lstat()).st_ino,
                status.st_mode,
                str(each.readlink()) if each.is_symlink() else "",
            )
            for each in self._paths()
        }

    def sync_all(self) -> None:
        if not self._watched:
            return
        for path in self._paths():
            if path.is_file() and not path.is_symlink():
                self._content[path.stat().st_ino] = path.read_bytes()
        self.sync(self.top)

    def fall_back(self) -> None:
        """Leave nothing but what lasts."""
        for child in self.top.iterdir():
            shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()
        for name, (inode, mode, target) in sorted(self._names.items()):
            path = self.top / name
            if stat.S_ISDIR(mode):
                path.mkdir()
            elif target:
                path.symlink_to(target)
            else:
                path.write_bytes(self._content.get(inode, b""))
            if not target:
                path.chmod(stat.S_IMODE(mode))


class Power:
    """Cuts it at the change numbered `cut_at` (from 0) below one of the disks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, disks: list[Disk]) -> None:
        self.disks = disks
        self.changes: list[str] = []
        self.cut_at: int | None = None
        self.tear = 0.0
        """How much of a write that is cut gets onto the disk, 0 to 1."""
        self.is_off = False
        self.room = 0
        """Bytes that zeros may fill."""
        for name in _CHANGES:
            monkeypatch.setattr(os, name, self._wrapped(name, getattr(os, name)))
        monkeypatch.setattr(os, "open", self._open(os.open))
        monkeypatch.setattr(os, "sync", self._sync)

    def again(self, cut_at: int | None, tear: float = 0.0) -> None:
        """Switch it on."""
        self.changes, self.cut_at, self.tear, self.is_off = [], cut_at, tear, False

    def _disk(self, path: object, dir_fd: int | None = None) -> Disk | None:
        if isinstance(path, int):
            path = _name(path)
        elif dir_fd is not None:
            path = f"{_name(dir_fd)}/{path}"
        text = str(path)
        return next((disk for disk in self.disks if disk.holds(text)), None)

    def _step(self, what: str) -> bool:
        """Whether the power goes at this change."""
        if self.is_off:
            raise PowerCut
        self.changes.append(what)
        self.is_off = len(self.changes) - 1 == self.cut_at
        return self.is_off

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(real)
        def change(first: Any, *args: Any, **more: Any) -> Any:
            # A link's target is no place; its own name is.
            disk = self._disk(args[0] if name == "symlink" else first, more.get("dir_fd"))
            if disk is None:
                return real(first, *args, **more)
            where = first if not isinstance(first, int) else _name(first)
            if name == "write" and "moodpost.zeros" in where:
                args = (self._zeros(first, args[0]),)
            if self._step(f"{name} {where}"):
                if name in ("write", "pwrite") and self.tear:
                    at = args[1] if name == "pwrite" else 0
                    end = int((at + len(args[0]) * self.tear) // SECTOR * SECTOR)
                    real(first, args[0][: max(0, end - at)], *args[1:])
                raise PowerCut
            if name == "fsync":  # the disk under these folders need not hear of it
                return disk.sync(Path(where))
            return real(first, *args, **more)

        return change

    def _zeros(self, descriptor: int, zeros: bytes) -> bytes:
        left = self.room - os.fstat(descriptor).st_size
        if left <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return zeros[:left]

    def _open(self, real: Callable[..., int]) -> Callable[..., int]:
        def opened(path: Any, flags: int, *args: Any, **more: Any) -> int:
            disk = self._disk(path, more.get("dir_fd")) if flags & os.O_CREAT else None
            if disk is None or os.path.lexists(path):
                return real(path, flags, *args, **more)
            if self._step(f"open {path}"):
                raise PowerCut
            descriptor = real(path, flags, *args, **more)
            disk.made(os.fstat(descriptor).st_ino)
            return descriptor

        return opened

    def _sync(self) -> None:
        if self._step("sync"):
            raise PowerCut
        for disk in self.disks:
            disk.sync_all()
