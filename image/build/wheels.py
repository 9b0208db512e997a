"""Fetches the wheels of the lock file for the target, checked by their hashes, and lays them out in one folder.

Never runs what it fetched, and never looks at this machine's own Python packages but for what they require.
"""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from image.build.errors import BuildError
from image.build.locked import LEFT_OUT, PYTHON, Pin, applies

PLATFORMS = ("manylinux_2_17_aarch64", "manylinux_2_28_aarch64", "manylinux_2_34_aarch64", "manylinux2014_aarch64")
"""Trixie has glibc 2.41, so wheels for older ones run there."""

TRIMMED = (
    "bin",
    "pygame/docs",
    "pygame/examples",
    "pygame/tests",
    "pygame/__briefcase",
    "pygame/__pyinstaller",
    "pygame/**/*.pyi",
    "*.dist-info/INSTALLER",
    "*.dist-info/RECORD",
    "*.dist-info/REQUESTED",
    "*.dist-info/direct_url.json",
    "*.dist-info/scm_*.json",
    "*.dist-info/sboms",
)
"""What no kiosk opens: 12 MB of pygame's pages, games and tests, libraries' commands, and what pip notes for itself."""

_AARCH64 = (183).to_bytes(2, "little")
"""e_machine in the head of an ELF file, at byte 18 (elf.h: EM_AARCH64)."""


def requires(pin: Pin) -> list[str]:
    """What `pin` requires, by the metadata of the same release in this environment (lgpio alone isn't there)."""
    if pin.name == "lgpio":  # its sdist has no Requires-Dist; see lgpio.py
        return []
    try:
        here = importlib.metadata.distribution(pin.name)
    except importlib.metadata.PackageNotFoundError:
        raise BuildError(f"{pin.name} is not installed here: run make setup") from None
    if here.version != pin.version:
        raise BuildError(f"{pin.name} {here.version} is installed here, the lock has {pin.version}: run make setup")
    return here.requires or []


def pip(*arguments: str, environment: Mapping[str, str] | None = None) -> None:
    """Run this environment's pip; a BuildError with its words where it fails."""
    argv = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    ran = subprocess.run(argv, capture_output=True, text=True, env=environment)
    if ran.returncode:
        raise BuildError(f"pip {arguments[0]} failed. Is there a package index? It says:\n{ran.stderr.strip()[-2000:]}")


def fill(folder: Path, wheels: Mapping[str, Pin], work: Path) -> None:
    """Lay `wheels` out in `folder`, which is made, trimmed to what a kiosk runs; `work` takes pip's list."""
    work.mkdir(parents=True, exist_ok=True)
    listed = work / "wheels.txt"
    listed.write_text("".join(pin.line for pin in wheels.values()), encoding="utf-8")
    platforms = [f"--platform={each}" for each in PLATFORMS]
    pip(
        *("install", f"--target={folder}", *platforms, f"--python-version={PYTHON}", "--implementation=cp"),
        *("--only-binary=:all:", "--require-hashes", "--no-deps", "--no-compile", "--no-warn-script-location"),
        *("-r", str(listed)),
    )
    trim(folder)
    check(folder, wheels)


def trim(folder: Path) -> None:
    """Take out of `folder` what TRIMMED lists."""
    for pattern in TRIMMED:
        for path in sorted(folder.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def check(folder: Path, wheels: Mapping[str, Pin]) -> None:
    """BuildError unless `folder` holds just these releases, all they require on the target, and code for it alone."""
    found = {canonicalize_name(dist.name): dist for dist in importlib.metadata.distributions(path=[str(folder)])}
    if {name: dist.version for name, dist in found.items()} != {name: pin.version for name, pin in wheels.items()}:
        raise BuildError(f"{folder}: other releases than the lock's were laid out: {sorted(found)}")
    for name, dist in found.items():
        for each in dist.requires or []:
            requirement = Requirement(each)
            other = canonicalize_name(requirement.name)
            if applies(requirement.marker) and other not in found and other not in LEFT_OUT:
                raise BuildError(f"{name} requires {other} on the target, which is not among the wheels")
    foreign = [path for path in shared_objects(folder) if path.read_bytes()[18:20] != _AARCH64]
    if foreign:
        raise BuildError(f"{foreign[0]} is not for AArch64: was the wheel of another platform taken?")


def shared_objects(folder: Path) -> list[Path]:
    """The ELF files below `folder`, sorted."""
    files = (path for path in sorted(folder.rglob("*.so*")) if path.is_file() and not path.is_symlink())
    return [path for path in files if path.read_bytes()[:4] == b"\x7fELF"]


def linked(paths: Iterable[Path]) -> set[str]:
    """The names of the shared libraries that `paths` are linked against."""
    told = subprocess.run(["readelf", "-dW", *map(str, paths)], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"\(NEEDED\).*\[([^\]]+)\]", told))


def newest_glibc(paths: Iterable[Path]) -> str:
    """The newest version of glibc whose symbols `paths` use, such as 2.34."""
    told = subprocess.run(["readelf", "-VW", *map(str, paths)], capture_output=True, text=True, check=True).stdout
    versions: list[str] = re.findall(r"Name: GLIBC_([0-9.]+)", told)
    return max(versions, key=lambda version: [int(n) for n in version.split(".")])
