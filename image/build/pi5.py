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


def settled(root: Path) -> None:
    """Make `root` a card's, with our files for people on the boot partition."""
    settle.own(root)
    for path in settle.BOOT.iterdir():
        shutil.copyfile(path, root / "boot/firmware" / path.name)


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
    (out / "cmdline.txt").write_text(settle.CMDLINE.replace(settle.SERIAL, "serial0") + "\n")
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
