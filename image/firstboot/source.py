"""Where an installer's files come from: the card's boot partition, or a stick labelled MOODPOST. Never what they say.

Both are FAT. They are read as they are found, read-only, and are writable only while secrets are blanked.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from hardware.apply.deeds import Run
from image.errors import FirstBootError
from image.firstboot import hands
from kiosk.files import MAX_BYTES

SETTINGS, SURVEY, SURVEYS = "moodpost.toml", "survey.toml", "surveys"
CA, KEYS = "ca.pem", "authorized_keys"
MOST_SURVEYS = 32
LABEL = "MOODPOST"
FILE_SYSTEMS = ("vfat", "exfat")
_MEANT = re.compile(r"(?i)(?:moodpost|survey)[^/]*\.(?:toml|txt)\Z")
MOUNT, UMOUNT, BLKID = "/usr/bin/mount", "/usr/bin/umount", "/usr/sbin/blkid"
MOUNT_S, UMOUNT_S = 20.0, 60.0
OPTIONS = "nosuid,nodev,noexec,noatime,umask=0077"


class Source:
    """One of them, at `folder`. `name` is "card" or "stick"."""

    def __init__(self, name: str, folder: Path, run: Run, mounts: Mounts) -> None:
        self.name = name
        self.folder = folder
        self._run = run
        self._mounts = mounts

    @property
    def words(self) -> str:
        """How people call it."""
        return f"the {self.name}"

    @property
    def cluster(self) -> int:
        """Bytes that a file's end is rounded up to on its disk."""
        return max(512, os.statvfs(self.folder).f_frsize)

    def read(self) -> dict[str, bytes]:
        """All files that belong to a kiosk, by name; what is larger than any may be is cut. OSError as it comes.

        A stick's keys are none: it may be plugged in by whoever passes by.
        """
        found: dict[str, bytes] = {}
        for name in [SETTINGS, SURVEY, CA, *([KEYS] if self.name == "card" else []), *self._surveys()]:
            data = hands.content(self.folder / name, MAX_BYTES + 1)
            if data is not None:
                found[name] = data
        return found

    def stray(self) -> str:
        """A file's name that an installer must have meant, where there are no settings; "" where there is none.

        A card's that has run lacks its settings as somebody has taken them away: then what is stored counts.
        """
        if self.name == "card":
            return ""
        try:
            names = sorted(entry.name for entry in self.folder.iterdir())
        except OSError:
            return ""
        ours = (SURVEY, SURVEYS, CA, KEYS)
        return next((name for name in names if name.lower() in ours or _MEANT.match(name)), "")

    def _surveys(self) -> list[str]:
        try:
            names = sorted(os.listdir(self.folder / SURVEYS))  # noqa: PTH208
        except (FileNotFoundError, NotADirectoryError):
            return []
        # One more than may be is enough to be refused.
        fitting = [name for name in names if name.lower().endswith(".toml") and not name.startswith(".")]
        return [f"{SURVEYS}/{name}" for name in fitting[: MOST_SURVEYS + 1]]

    @contextlib.contextmanager
    def writable(self) -> Iterator[None]:
        """Writable meanwhile, then as before; FirstBootError where that can't be."""
        if not self._mounts.is_read_only(self.folder):
            yield
            return
        try:
            self._remount("rw")  # in here: told to end meanwhile, it may be done all the same
            yield
        finally:
            with contextlib.suppress(OSError):  # at the next start it is again
                self._remount("ro")

    def _remount(self, how: str) -> None:
        ran = self._run([MOUNT, "-o", f"remount,{how}", str(self.folder)], MOUNT_S)
        if ran.code:
            raise FirstBootError(f"{self.words} can't be written to ({ran.said or 'mount failed'})")


class Mounts:
    """What is mounted where, as the kernel tells it below `root`."""

    def __init__(self, root: Path) -> None:
        self._file = root / "proc/self/mountinfo"

    def _lines(self) -> Iterator[list[str]]:
        with contextlib.suppress(OSError):
            for line in self._file.read_text(encoding="utf-8", errors="replace").splitlines():
                fields = line.split()
                if len(fields) > 6:
                    yield fields

    def _at(self, folder: Path) -> list[str] | None:
        """The uppermost that stands at `folder` itself."""
        found = [fields for fields in self._lines() if _plain(fields[4]) == str(folder)]
        return found[-1] if found else None

    def is_mount(self, folder: Path) -> bool:
        """Whether it is a file system of its own."""
        return self._at(folder) is not None

    def is_read_only(self, folder: Path) -> bool:
        """Whether it is one that nobody can write to now."""
        fields = self._at(folder)
        return fields is not None and "ro" in (*fields[5].split(","), *fields[-1].split(","))

    def device(self, folder: Path) -> str | None:
        """The numbers of the device that stands there, "179:3"."""
        fields = self._at(folder)
        return fields[2] if fields else None

    def place(self, device: str) -> Path | None:
        """Where the whole of a device stands."""
        found = [fields[4] for fields in self._lines() if fields[2] == device and fields[3] == "/"]
        return Path(_plain(found[-1])) if found else None


def _plain(field: str) -> str:
    """A blank is \\040 there."""
    return field.replace("\\040", " ").replace("\\134", "\\")


@contextlib.contextmanager
def stick(root: Path, runtime: Path, run: Run, mounts: Mounts) -> Iterator[Source | None]:
    """The stick while it is looked at, None where none is plugged in; FirstBootError where it can't be read."""
    link = root / "dev/disk/by-label" / LABEL
    try:
        device, number = str(link.resolve(strict=True)), link.stat().st_rdev
    except (OSError, RuntimeError):
        yield None
        return
    place = mounts.place(f"{os.major(number)}:{os.minor(number)}") if number else None
    if place is not None:  # the technician is using it
        yield Source("stick", place, run, mounts)
        return
    kind = run([BLKID, "-p", "-s", "TYPE", "-o", "value", device], MOUNT_S).said.strip()
    if kind not in FILE_SYSTEMS:
        raise FirstBootError(f"the stick is formatted as {kind[:20] or 'nothing known'}; expected FAT32 or exFAT")
    place = runtime / "stick"
    hands.folder(place, 0o700)
    try:
        ran = run([MOUNT, "-t", kind, "-o", f"ro,{OPTIONS}", device, str(place)], MOUNT_S)
        if ran.code:
            raise FirstBootError(f"the stick can't be read ({ran.said or 'mount failed'})")
        yield Source("stick", place, run, mounts)
    finally:
        with contextlib.suppress(OSError):
            if run([UMOUNT, str(place)], UMOUNT_S).code:  # pulled out meanwhile
                run([UMOUNT, "--lazy", str(place)], UMOUNT_S)
