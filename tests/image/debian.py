"""A root of the image's Debian, in which packages are put in and taken out by emulation. Boots nothing."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.image.tools import run

INSTALL = "apt-get install qemu-user-static binfmt-support (`make test-image` does)"


class Debian:
    """The root in `folder`, with /proc. Services can't be started in it, as in any chroot."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self,
        *command: str,
        good: tuple[int, ...] = (0,),
        given: str = "",
        terminal: bool = False,
        within: Mapping[str, str] | None = None,
    ) -> str:
        """What a command prints in there, on both ways; the test fails where its exit code is none of `good`.

        It reads what is `given`, at a `terminal` of its own where asked for; `within` is added to its environment.
        """
        words = ["chroot", str(self.folder), *command]
        done = subprocess.run(
            ["script", "-qec", shlex.join(words), "/dev/null"] if terminal else words,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1800,
            check=False,
            cwd="/",
            env={
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                "LC_ALL": "C.UTF-8",
                "DEBIAN_FRONTEND": "noninteractive",
                **(within or {}),
            },
        )
        if done.returncode not in good:
            pytest.fail(f"{' '.join(command)}: exit code {done.returncode}: {done.stdout[-3000:]}")
        return done.stdout

    def install(self, package: Path) -> str:
        """Let dpkg put `package` in, over an older one where there is one; what was said."""
        inside = self.folder / "tmp" / package.name
        inside.write_bytes(package.read_bytes())
        said = self.run("dpkg", "-i", f"/tmp/{package.name}")
        inside.unlink()
        return said

    def state(self, name: str) -> str:
        """What dpkg knows of a package: "install ok installed", "deinstall ok config-files", or nothing."""
        return self.run("dpkg-query", "-W", "-f", "${Status}", name, good=(0, 1)) if self.known(name) else ""

    def known(self, name: str) -> bool:
        """Whether dpkg remembers anything of a package."""
        return f"\nPackage: {name}\n" in "\n" + (self.folder / "var/lib/dpkg/status").read_text(encoding="utf-8")


@contextlib.contextmanager
def unpacked(tar: Path, folder: Path) -> Iterator[Debian]:
    """The root in `tar`, in `folder`."""
    if os.geteuid() != 0:
        pytest.fail("packages can only be put in as root: sudo make test-image")
    if not Path("/proc/sys/fs/binfmt_misc/qemu-aarch64").exists():
        pytest.fail(f"programs of a Pi can't be run here: {INSTALL}")
    run("tar", "--extract", "--numeric-owner", "--file", tar, "--directory", folder)
    with _proc(folder):
        yield Debian(folder)


@contextlib.contextmanager
def copied(below: Debian, folder: Path) -> Iterator[Debian]:
    """A copy of `below` that costs nothing: what is changed in it lies in `folder`."""
    for name in ("upper", "work", "root"):
        (folder / name).mkdir()
    options = f"lowerdir={below.folder},upperdir={folder}/upper,workdir={folder}/work"
    run("mount", "-t", "overlay", "overlay", "-o", options, folder / "root")
    try:
        with _proc(folder / "root"):
            yield Debian(folder / "root")
    finally:
        run("umount", folder / "root")


@contextlib.contextmanager
def _proc(folder: Path) -> Iterator[None]:
    run("mount", "-t", "proc", "proc", folder / "proc")
    try:
        yield
    finally:
        run("umount", folder / "proc")
