"""The root: Debian trixie for arm64 by mmdebstrap, kept as a tar under its recipe. Knows no card, no Moodpost.

Making it takes a quarter of an hour in emulation, so it is kept in the cache folder of whoever builds.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from image.build import mirrors
from image.build.errors import BuildError

RECIPE = Path(__file__).parents[1] / "root"
DATE = 1_764_547_200
"""2025-12-01, the date of whatever the build writes; a part of the recipe, so that two roots are the same."""
FORMAT = 1
"""Counts up where this file makes another root of the same recipe."""


def packages(text: str) -> list[str]:
    """The names in a list with comments."""
    return [line for line in (line.partition("#")[0].strip() for line in text.splitlines()) if line]


def key() -> str:
    """The recipe's name: whatever is changed in it, the root is another."""
    digest = hashlib.sha256(f"{FORMAT} {DATE} {mirrors.SUITE} {mirrors.COMPONENTS}".encode())
    for path in sorted(RECIPE.iterdir()):
        digest.update(b"\0" + path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def cached() -> Path:
    """Where the root of this recipe is kept, or will be."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "moodpost" / f"root-{key()}.tar"


def make(*, fresh: bool = False) -> Path:
    """The tar; made where there is none of this recipe, or a `fresh` one is wanted. BuildError where it can't be."""
    if os.geteuid() != 0:
        raise BuildError("the root can only be made as root (its files are root's own). Try `sudo make image`")
    _emulation()  # what is put into a root that is kept needs it too
    tar = cached()
    if tar.exists() and not fresh:
        return tar
    tar.parent.mkdir(parents=True, exist_ok=True)
    part = tar.with_suffix(f".part-{os.getpid()}.tar")
    print(f"Making the root: about a quarter of an hour in emulation. It is kept at {tar}", flush=True)
    hooks = RECIPE / "hooks.sh"
    command = [
        "mmdebstrap",
        "--mode=root",
        "--architectures=arm64",
        "--variant=apt",
        f"--components={mirrors.COMPONENTS}",
        f"--include={','.join(packages((RECIPE / 'packages.txt').read_text()))}",
        '--aptopt=APT::Install-Recommends "false"',
        '--aptopt=Acquire::Languages "none"',
        "--dpkgopt=force-confold",
        "--dpkgopt=force-unsafe-io",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        f'--essential-hook={hooks} essential "$1"',
        f'--customize-hook={hooks} customize "$1"',
        mirrors.SUITE,
        str(part),
        *mirrors.sources(),
    ]
    try:
        ended = subprocess.run(command, env={**os.environ, "SOURCE_DATE_EPOCH": str(DATE)}, check=False)
        if ended.returncode:
            raise BuildError(f"mmdebstrap ended with {ended.returncode}: what it said stands above")
        part.replace(tar)
    except FileNotFoundError:
        raise BuildError("mmdebstrap is not on this machine: apt-get install mmdebstrap") from None
    finally:
        part.unlink(missing_ok=True)
    return tar


def _emulation() -> None:
    """Have the kernel run programs of the Pi: the package's own set-up fails where binfmt_misc was not mounted yet."""
    there = Path("/proc/sys/fs/binfmt_misc")
    if not (there / "status").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "none", str(there)], check=False)
    if not (there / "qemu-aarch64").exists():
        subprocess.run(["update-binfmts", "--enable", "qemu-aarch64"], check=False)
    if not (there / "qemu-aarch64").exists():
        raise BuildError(
            "programs of a Pi can't be run here: the kernel knows no qemu-aarch64 (in /proc/sys/fs/binfmt_misc). "
            "apt-get install qemu-user-static binfmt-support"
        )
