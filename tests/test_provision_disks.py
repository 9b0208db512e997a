"""Which disks are refused, by a made-up /sys and /proc: behind LVM, encryption and btrfs the disk is found, too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from image.provision import disks
from image.provision.errors import TargetRefused
from tests.small_cards import blank, inserted


class Kernel:
    """What the kernel tells of a computer, in a folder; `card` is a real device that is one of its disks."""

    def __init__(self, root: Path, card: Path) -> None:
        self.root, self.card = root, card
        found = card.stat().st_rdev
        self.number = f"{os.major(found)}:{os.minor(found)}"
        self.mounts: list[str] = []
        self.disk = self.block("devices/usb/block/sdb", self.number, size=30_000_000)
        for name, text in {"vendor": "Generic", "model": "SD card  ", "serial": "0815"}.items():
            (self.disk / "device").mkdir(exist_ok=True)
            (self.disk / "device" / name).write_text(f"{text}\n")
        (root / "proc/self").mkdir(parents=True)
        (root / "proc/swaps").write_text("Filename\tType\tSize\tUsed\tPriority\n")

    def block(self, place: str, number: str, size: int = 0) -> Path:
        folder = self.root / "sys" / place
        folder.mkdir(parents=True)
        (folder / "dev").write_text(f"{number}\n")
        (folder / "size").write_text(f"{size}\n")
        (folder / "ro").write_text("0\n")
        link = self.root / "sys/dev/block" / number
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(folder)
        return folder

    def part(self, number: str = "8:17", name: str = "sdb1") -> Path:
        folder = self.block(f"devices/usb/block/sdb/{name}", number)
        (folder / "partition").write_text("1\n")
        return folder

    def made_of(self, below: Path, name: str, number: str) -> Path:
        """Something that a device mapper makes of another."""
        folder = self.block(f"devices/virtual/block/{name}", number)
        (below / "holders").mkdir()
        (below / "holders" / name).symlink_to(folder)
        return folder

    def mount(self, number: str, place: str, source: str = "none") -> None:
        self.mounts.append(f"22 1 {number} / {place} rw,relatime shared:1 - ext4 {source} rw")

    def look(self, least: int = 0) -> disks.Disk:
        (self.root / "proc/self/mountinfo").write_text("\n".join(self.mounts) + "\n")
        return disks.look(self.card, least, root=self.root)

    def refused(self) -> str:
        with pytest.raises(TargetRefused) as refused:
            self.look()
        return str(refused.value)


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    with inserted(blank(tmp_path / "card")) as device:
        return Kernel(tmp_path / "root", device)


def test_a_card_that_nobody_uses_is_told_as_a_person_knows_it(kernel: Kernel) -> None:
    kernel.part()
    kernel.mount("8:1", "/")
    assert kernel.look().words == "Generic SD card 15.4 GB no. 0815"


@pytest.mark.parametrize("place", ["/", "/boot", "/boot/firmware", "/home"])
def test_the_systems_disk_is_refused_by_its_partition(kernel: Kernel, place: str) -> None:
    kernel.part()
    kernel.mount("8:17", place)
    assert f"is the disk that this computer runs from ({place} is on it)" in kernel.refused()


def test_the_systems_disk_is_found_behind_encryption_and_lvm(kernel: Kernel) -> None:
    opened = kernel.made_of(kernel.part(), "dm-0", "253:0")
    kernel.made_of(opened, "dm-1", "253:1")
    kernel.mount("253:1", "/")
    assert "is the disk that this computer runs from" in kernel.refused()


def test_a_file_system_that_tells_its_device_by_name_alone_is_found(kernel: Kernel) -> None:
    """As btrfs: its number belongs to no device."""
    kernel.mount("0:31", "/mnt/old\\040photos", source=str(kernel.card))
    assert "is mounted at /mnt/old photos. Unmount it" in kernel.refused()


def test_a_card_that_a_desktop_has_mounted_is_refused(kernel: Kernel) -> None:
    kernel.part()
    kernel.mount("8:17", "/media/me/MP-BOOT")
    assert "is mounted at /media/me/MP-BOOT. Unmount it: sudo umount /media/me/MP-BOOT" in kernel.refused()


def test_a_disk_of_an_idle_raid_is_refused(kernel: Kernel) -> None:
    kernel.made_of(kernel.part(), "md127", "9:127")
    kernel.mount("8:1", "/")
    assert "is in use by md127 (LVM, RAID, encryption)" in kernel.refused()


def test_a_partition_is_refused_and_its_disk_is_named(kernel: Kernel) -> None:
    (kernel.root / "sys/dev/block" / kernel.number).unlink()
    kernel.part(kernel.number)
    kernel.mount("8:1", "/")
    assert "is a partition. Give the whole disk, /dev/sdb" in kernel.refused()
