"""Makes the root that rpi-image-gen has built for a Pi 5 a kiosk's, and tells its genimage of three partitions.

Run by the hook in image/rpi-image-gen. Knows the card's layout; never what Raspberry Pi OS is made of. Nothing of it
was tried on a Pi.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from image.build import card, settle
from image.build.errors import BuildError

GENIMAGE = """\
image {name}.{suffix} {{
   hdimage {{
      partition-table-type = "mbr"
      align = 4M
      disk-signature = "{disk:#x}"
   }}
   partition boot {{
      partition-type = 0xC
      bootable = true
      image = "boot.vfat"
   }}
   partition root {{
      partition-type = 0x83
      image = "root.ext4"
   }}
   partition data {{
      partition-type = 0x83
      image = "data.ext4"
   }}
}}
image boot.vfat {{
   vfat {{
      label = "MP-BOOT"
      extraargs = "-F 32"
   }}
   size = {boot}
   mountpoint = "/boot/firmware"
   exec-pre = "cp '{out}/cmdline.txt' \\"$IMAGEMOUNTPATH/cmdline.txt\\""
}}
image root.ext4 {{
   ext4 {{
      label = "MP-ROOT"
      use-mke2fs = true
      features = "^has_journal"
      extraargs = "-b 4096 -m 0"
   }}
   size = {root}
   mountpoint = "/"
}}
image data.ext4 {{
   ext4 {{
      label = "MP-DATA"
      use-mke2fs = true
      extraargs = "-b 4096 -m 0 -J size=16"
   }}
   size = {data}
   empty = true
}}
"""
"""The partitions of the card of `make image`. 4 KiB blocks, though a Pi 5's pages are larger: any Pi reads them.

The command line is put there last of all, by `exec-pre`: layers of rpi-image-gen write one of their own before.
"""

SYSTEMD = Path(__file__).parents[2] / "systemd"


def settled(root: Path) -> None:
    """Make `root` one that is never written to: links to the data, no timers, an identity only once it boots.

    With what systemd/image.txt lists: journal, clock and ssh of a machine that is a kiosk and nothing else.
    """
    for name, target in settle.LINKS.items():
        link = root / name
        if link.is_dir() and not link.is_symlink():
            shutil.rmtree(link)
        link.unlink(missing_ok=True)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    for timer in settle.SILENT:
        mask = root / "etc/systemd/system" / timer
        mask.unlink(missing_ok=True)
        mask.symlink_to("/dev/null")
    for line in (SYSTEMD / "image.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            source, destination = line.split()
            (root / destination).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(SYSTEMD / source, root / destination)
    (root / "etc/hostname").write_text("moodpost\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n")
    (root / "etc/machine-id").write_text("")
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    (root / settle.DATA[1:]).mkdir(mode=0o755, parents=True, exist_ok=True)
    for path in settle.BOOT.iterdir():
        shutil.copyfile(path, root / "boot/firmware" / path.name)
    (root / "usr/lib/moodpost/sd-card").touch()


def plan(out: Path, variables: Mapping[str, str]) -> Path:
    """Write genimage.cfg and cmdline.txt into `out`, by the layer's variables; BuildError where one is not set."""
    try:
        text = GENIMAGE.format(
            out=out,
            disk=card.DISK_ID,
            name=variables["IGconf_image_name"],
            suffix=variables["IGconf_image_suffix"],
            boot=variables["IGconf_image_boot_part_size"],
            root=variables["IGconf_image_root_part_size"],
            data=variables["IGconf_image_data_part_size"],
        )
    except KeyError as error:
        raise BuildError(f"{error.args[0]} is not set: this is run by rpi-image-gen, see image/rpi-image-gen") from None
    (out / "cmdline.txt").write_text(settle.CMDLINE + "\n")
    config = out / "genimage.cfg"
    config.write_text(text)
    return config


def main() -> None:
    """Called with the root and with the folder in which genimage works."""
    root, out = map(Path, sys.argv[1:])
    if not (root / "usr/lib/moodpost").is_dir():
        sys.exit(f"Error: {root}: Moodpost is not in there. Does the config name the layer moodpost?")
    try:
        settled(root)
        plan(out, os.environ)
    except BuildError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
