"""The list by which Raspberry Pi Imager offers the image (its custom repository). Never knows how the image is made.

The fields are those of Imager 2 (os_list of `--repo` and of "Content Repository" in its settings). The list of devices
is the list's own: Imager shows no other, so nobody can choose a Pi 5, whose pins Debian's kernel does not drive.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from image.build.errors import BuildError
from kiosk import __version__

ICON = Path(__file__).parents[1] / "imager.svg"
CHUNK = 1 << 20
DEVICES = {
    "Raspberry Pi 4": ("pi4-64bit", "Model B, 400, and Compute Module 4"),
    "Raspberry Pi 3": ("pi3-64bit", "Model A+, B, B+, and Compute Module 3"),
    "Raspberry Pi Zero 2 W": ("pi3-64bit", "Zero 2 W and Zero 2 WH"),
}
"""What the image runs on: the name that Imager shows, its tag and who is meant. A Zero 2 W has no tag of its own."""


def devices() -> list[dict[str, object]]:
    """The machines to choose from. `exclusive`: nothing is shown for one but what names its tag."""
    return [
        {"name": name, "tags": [tag], "description": told, "icon": "", "matching_type": "exclusive", "capabilities": []}
        for name, (tag, told) in DEVICES.items()
    ]


def entry(packed: Path, base: str, date: int) -> dict[str, object]:
    """The image as Imager lists it: `packed` is the .zst, to be had below the address `base`; `date` in seconds.

    Sizes in bytes. What the card will hold is read out of the .zst itself, so that it is that of no other build.
    """
    size, digest = _unpacked(packed)
    with packed.open("rb") as file:
        download = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "name": f"Moodpost {__version__}",
        "description": "A feedback kiosk: faces on buttons and screen. Edit moodpost.toml on the card before it starts",
        "icon": f"{base}/{ICON.name}",
        "url": f"{base}/{packed.name}",
        "release_date": datetime.datetime.fromtimestamp(date, datetime.UTC).date().isoformat(),
        "extract_size": size,
        "extract_sha256": digest,
        "image_download_size": packed.stat().st_size,
        "image_download_sha256": download,
        "devices": sorted({tag for tag, _ in DEVICES.values()}),
        "init_format": "none",
        "architecture": "armv8",
    }


def make(image: Path, base: str, date: int) -> Path:
    """Beside `image`: imager.json and its icon, for whoever uploads them with the .zst to the address `base`.

    BuildError where `base` is no address to download from, or there is no .zst yet.
    """
    base = base.rstrip("/")
    if not base.startswith(("https://", "file:///")):
        raise BuildError(f"'{base}' is no address to download from: give --url https://… (file:///… to try it here)")
    packed = image.with_name(f"{image.name}.zst")
    if not packed.exists():
        raise BuildError(f"{packed}: found no packed image. Run `make image` first")
    to = image.with_name("imager.json")
    listed = {"imager": {"devices": devices()}, "os_list": [entry(packed, base, date)]}
    to.write_text(json.dumps(listed, indent=1) + "\n")
    shutil.copyfile(ICON, to.with_name(ICON.name))
    return to


def _unpacked(packed: Path) -> tuple[int, str]:
    """How large the image is once unpacked, and its sum; nothing is written."""
    try:
        unpacking = subprocess.Popen(["zstd", "-dcq", str(packed)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except FileNotFoundError:
        raise BuildError("zstd is not on this machine; `make image` installs it") from None
    size, digest = 0, hashlib.sha256()
    with unpacking as ended:
        assert ended.stdout is not None
        assert ended.stderr is not None
        while chunk := ended.stdout.read(CHUNK):
            size += len(chunk)
            digest.update(chunk)
        said = ended.stderr.read().decode(errors="replace").strip()
    if ended.returncode:
        raise BuildError(f"{packed} can't be unpacked ({said}). Run `make image` again")
    return size, digest.hexdigest()
