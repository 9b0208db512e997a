"""`python -m image.build WHAT`: root, image or imager. Knows only in which order things are made."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from image.build import card, imager, root
from image.build.errors import BuildError

TOP = Path(__file__).parents[2]
BUILD = TOP / "build"


def commit_date() -> int:
    """When the last commit was made, seconds since 1970: the date of what is built."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    if told:
        return int(told)
    asked = ["git", "-C", str(TOP), "log", "-1", "--format=%ct"]
    shown = subprocess.run(asked, capture_output=True, text=True, check=False)
    if shown.returncode:
        raise BuildError("this folder is no clone: give the date of what you build in SOURCE_DATE_EPOCH")
    return int(shown.stdout)


def main() -> None:
    """Make what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m image.build",
        description="Make the root, the card's image, or the list by which Raspberry Pi Imager offers it, in build/.",
    )
    parser.add_argument("what", choices=["root", "image", "imager"])
    parser.add_argument("--fresh", action="store_true", help="make the root anew, though one of this recipe is kept")
    parser.add_argument(
        "--url",
        default=os.environ.get("MOODPOST_IMAGE_URL", ""),
        help="for imager: below which address the image will lie (or in MOODPOST_IMAGE_URL)",
    )
    asked = parser.parse_args()
    try:
        if asked.what == "imager":
            print(imager.make(card.built(), asked.url, commit_date()))
            return
        tar = root.make(fresh=asked.fresh)
        if asked.what == "root":
            print(tar)
            return
        image = card.built()
        card.make(tar, card.package(), image, BUILD / "card", commit_date())
        print(f"Packing {image.name} …", flush=True)
        print(card.compress(image))
    except BuildError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
