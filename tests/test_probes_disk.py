"""The disk of a made-up Pi: room, errors, read-only, memory instead of a card, and which card it is."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hardware.health import Health
from hardware.probes import disk, mounts
from hardware.probes.reading import Unread
from tests.pi import DISK, EXT4, Pi, reading

CARD = f"{DISK}/device"


@pytest.fixture
def pi(tmp_path: Path) -> Pi:
    return Pi(tmp_path / "pi")


def room(free_mb: int = 26_000, files: int = 1_000_000, free_files: int = 900_000) -> Any:
    """A disk of 30 GB as statvfs tells of it, in blocks of 4 KB."""
    blocks = free_mb << 8
    found = SimpleNamespace(f_frsize=4096, f_bavail=blocks, f_blocks=30_000 << 8, f_files=files, f_favail=free_files)
    return lambda _folder: found


def probe(pi: Pi, **more: Any) -> list[Health]:
    return disk.probe(pi.data, pi.root, **{"statvfs": room(), **more})


def test_a_healthy_card_has_room_no_errors_and_a_name(pi: Pi) -> None:
    assert [(found.name, found.condition, found.said, found.raw) for found in probe(pi)] == [
        ("disk.space", "good", "26.0 GB of 30.0 GB are free.", "26000 of 30000 MB free, 900000 of 1000000 files"),
        (
            "disk.errors",
            "good",
            "The card had no errors.",
            "ext4/mmcblk0p3/errors_count = 0, ext4/mmcblk0p2/errors_count = 0",
        ),
        ("disk.readonly", "good", "Votes can be written to the disk.", "ext4, rw"),
        ("disk.lasting", "good", "Votes outlast a restart.", "ext4"),
        (
            "card",
            "good",
            "SD card SL32G, made 11/2024. It doesn't tell how worn it is.",
            "mmcblk0: SD SL32G, manfid 0x03, 11/2024, serial …cae8",
        ),
    ]


@pytest.mark.parametrize(("free_mb", "condition"), [(100, "good"), (99, "bad"), (0, "bad")])
def test_a_disk_that_is_almost_full_is_bad(pi: Pi, free_mb: int, condition: str) -> None:
    found = reading(probe(pi, statvfs=room(free_mb)), "disk.space")
    assert (found.condition, found.raw.split(",")[0]) == (condition, f"{free_mb} of 30000 MB free")
    assert condition == "good" or found.said.startswith(f"The disk is almost full ({free_mb} MB free)")


@pytest.mark.parametrize(("files", "condition"), [(1_000, "bad"), (0, "good")])
def test_room_without_a_file_to_spare_is_none(pi: Pi, files: int, condition: str) -> None:
    """FAT counts no files, so that none are left there."""
    found = reading(probe(pi, statvfs=room(files=files, free_files=0)), "disk.space")
    assert found.condition == condition


def test_a_folder_that_is_gone_leaves_its_room_unknown(pi: Pi) -> None:
    pi.write("data", None)
    found = reading(disk.probe(pi.data, pi.root), "disk.space")
    assert (found.condition, found.raw) == ("unknown", "FileNotFoundError: No such file or directory")


@pytest.mark.parametrize("path", [f"{EXT4}/errors_count", "sys/fs/ext4/mmcblk0p2/errors_count"])
def test_errors_of_the_votes_or_of_the_systems_disk_are_bad(pi: Pi, path: str) -> None:
    pi.write(path, "3\n")
    found = reading(probe(pi), "disk.errors")
    assert (found.condition, "= 3" in found.raw) == ("bad", True)
    assert found.said == "The card had errors: replace it soon, and keep the old one until all is sent."


@pytest.mark.parametrize(
    ("content", "raw"),
    [
        (None, "mmcblk0p3/errors_count: No such file or directory"),
        ("some\n", "mmcblk0p3/errors_count = 'some', which is no number"),
    ],
)
def test_errors_that_are_not_counted_are_unknown(pi: Pi, content: str | None, raw: str) -> None:
    pi.write(f"{EXT4}/errors_count", content)
    found = reading(probe(pi), "disk.errors")
    assert (found.condition, found.raw) == ("unknown", raw)


@pytest.mark.parametrize(("options", "of_system"), [("ro,relatime", "rw"), ("rw,relatime", "ro,errors=remount-ro")])
def test_a_disk_that_can_only_be_read_is_bad(pi: Pi, options: str, of_system: str) -> None:
    """By its mount, or by ext4 itself after an error."""
    pi.mount(options=options, of_system=of_system)
    found = reading(probe(pi), "disk.readonly")
    assert (found.condition, found.raw) == ("bad", "ext4, ro")


def test_errors_remount_ro_is_an_intention_not_a_state(pi: Pi) -> None:
    pi.mount(of_system="rw,errors=remount-ro")
    assert reading(probe(pi), "disk.readonly").condition == "good"


@pytest.mark.parametrize("content", [None, "", "no mount at all\n", "60 27 179:3 / /data rw\n", b"\xff"])
def test_without_a_list_of_mounts_nothing_of_them_is_known(pi: Pi, content: str | bytes | None) -> None:
    pi.write("proc/self/mountinfo", content)
    assert {found.name: found.condition for found in probe(pi)} == {
        "disk.space": "good",
        "disk.errors": "unknown",
        "disk.readonly": "unknown",
        "disk.lasting": "unknown",
        "card": "unknown",
    }


@pytest.mark.parametrize(("kind", "condition"), [("tmpfs", "bad"), ("overlay", "unknown"), ("ext4", "good")])
def test_votes_in_memory_alone_are_bad(pi: Pi, kind: str, condition: str) -> None:
    pi.mount(kind=kind)
    found = reading(probe(pi), "disk.lasting")
    assert (found.condition, found.raw) == (condition, kind)


def test_what_is_mounted_last_hides_what_was_there(pi: Pi) -> None:
    pi.mount(f"61 60 179:3 / {pi.data} ro - ext4 /dev/mmcblk0p3 rw")
    assert reading(probe(pi), "disk.readonly").condition == "bad"


def test_the_mount_is_that_of_the_folder_not_of_one_whose_name_begins_alike(pi: Pi) -> None:
    pi.mount(
        f"61 27 179:9 / {pi.data}base ro - ext4 /dev/sda ro", f"62 27 179:9 / {pi.data}/below ro - ext4 /dev/sda ro"
    )
    assert mounts.holding(pi.data, pi.root).number == "179:3"
    assert mounts.holding(pi.root, pi.root).number == "179:2"


def test_a_folder_with_a_blank_in_its_name_is_found(pi: Pi) -> None:
    folder = pi.root / "my votes"
    folder.mkdir()
    escaped = str(folder).replace(" ", "\\040")
    pi.mount(f"61 27 0:99 / {escaped} ro - vfat /dev/sda1 rw")
    assert mounts.holding(folder, pi.root).number == "0:99"


def test_this_machines_own_list_of_mounts_is_understood(tmp_path: Path) -> None:
    mount = mounts.holding(tmp_path)
    device = tmp_path.stat().st_dev
    assert mount.number == f"{os.major(device)}:{os.minor(device)}"


@pytest.mark.parametrize(
    ("path", "content", "raw"),
    [
        (f"{CARD}/type", "SDIO\n", "mmcblk0: type 'SDIO'"),
        (f"{CARD}/name", "\x01\x02\n", "device/name = '\\x01\\x02', which is no line of text"),
        (f"{CARD}/name", None, "device/name: No such file or directory"),
        (f"{CARD}/manfid", "none\n", "device/manfid = 'none', which is no number"),
        (f"{CARD}/date", "soon\n", "mmcblk0: date 'soon'"),
        (CARD, None, "device/type: No such file or directory"),
        ("sys/dev/block/179:3", None, "sys/dev/block/179:3 (ext4): No such file or directory"),
    ],
)
def test_a_card_that_does_not_say_what_it_is_is_unknown(pi: Pi, path: str, content: str | None, raw: str) -> None:
    pi.write(path, content)
    found = reading(probe(pi), "card")
    assert (found.condition, found.raw) == ("unknown", raw)


@pytest.mark.parametrize(
    ("life", "end", "condition", "said"),
    [
        ("0x01 0x01", "0x01", "good", "eMMC BJTD4R, made 11/2024, is worn by 10 % at most."),
        ("0x09 0x02", "0x01", "good", "eMMC BJTD4R, made 11/2024, is worn by 90 % at most."),
        ("0x02 0x0a", "0x01", "bad", "eMMC BJTD4R, made 11/2024, is worn out: replace it."),
        ("0x0b 0x01", "0x01", "bad", "eMMC BJTD4R, made 11/2024, is worn out: replace it."),
        ("0x01 0x01", "0x02", "bad", "eMMC BJTD4R, made 11/2024, is worn out: replace it."),
        ("0x00 0x00", "0x00", "good", "eMMC BJTD4R, made 11/2024. It doesn't tell how worn it is."),
        ("new", "0x01", "unknown", "It can't be told which card the votes are on."),
        ("", "0x01", "unknown", "It can't be told which card the votes are on."),
        ("0x01 0x01", "?", "unknown", "It can't be told which card the votes are on."),
    ],
)
def test_emmc_tells_how_worn_it_is(pi: Pi, life: str, end: str, condition: str, said: str) -> None:
    contents = {"type": "MMC", "name": "BJTD4R", "life_time": life, "pre_eol_info": end}
    for name, content in contents.items():
        pi.write(f"{CARD}/{name}", f"{content}\n")
    found = reading(probe(pi), "card")
    assert (found.condition, found.said) == (condition, said)


def test_another_disk_is_no_card_and_nothing_is_wrong_with_that(pi: Pi) -> None:
    nvme = "sys/devices/pci0000:00/nvme/nvme0/nvme0n1"
    pi.write(f"{nvme}/nvme0n1p2/partition", "2\n")
    pi.link("sys/dev/block/179:3", pi.root / nvme / "nvme0n1p2")
    found = reading(probe(pi), "card")
    assert (found.condition, found.raw) == ("good", "nvme0n1")


def test_a_disk_without_partitions_is_its_own(pi: Pi) -> None:
    pi.link("sys/dev/block/179:3", pi.root / DISK)
    assert reading(probe(pi), "card").condition == "good"


def test_memory_lies_on_no_disk(pi: Pi) -> None:
    pi.mount(kind="tmpfs")
    with pytest.raises(Unread, match=r"^sys/dev/block/0:46 \(tmpfs\): No such file or directory$"):
        mounts.device(mounts.holding(pi.data, pi.root), pi.root)
