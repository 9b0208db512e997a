"""A USB stick labelled MOODPOST, as an installer brings settings on. Knows FAT and QEMU's USB; never what boots."""

from __future__ import annotations

from pathlib import Path

from tests.image.machine import USB, Machine
from tests.image.tools import run

_SIZE_MB = 64


def made(path: Path, files: dict[str, str | bytes]) -> Path:
    """A stick with `files` on it, in the file at `path`."""
    with path.open("wb") as file:
        file.truncate(_SIZE_MB << 20)
    run("mkfs.vfat", "-n", "MOODPOST", path)
    for name, data in files.items():
        run("mcopy", "-i", path, "-", f"::{name}", given=data.encode() if isinstance(data, str) else data)
    return path


def plug(machine: Machine, stick: Path) -> None:
    """Put it in."""
    disk = {"driver": "raw", "node-name": "stick", "file": {"driver": "file", "filename": str(stick)}}
    machine.qmp("blockdev-add", **disk)
    machine.qmp("device_add", driver="usb-storage", id="stick", bus=f"{USB}.0", drive="stick", removable=True)
