"""The commands that the emulation needs, run or found missing. Knows no machine and no card."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

INSTALL = (
    "apt-get install qemu-system-arm mtools device-tree-compiler openssl openssh-client e2fsprogs mount util-linux "
    "(`make test-image` does)"
)
_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def found(command: str) -> str:
    """Where `command` lies; the test fails with the install line where it is not there."""
    path = shutil.which(command, path=_PATH)
    if path is None:
        pytest.fail(f"{command} is not installed: {INSTALL}")
    return path


def run(
    *command: str | Path, folder: Path | None = None, given: bytes | None = None, good: tuple[int, ...] = (0,)
) -> str:
    """What a command prints; the test fails with what it complained of where its exit code is none of `good`."""
    words = [found(str(command[0])), *map(str, command[1:])]
    # mtools would refuse a partition that doesn't end on a track of a disk of 1990.
    environment = {**os.environ, "MTOOLS_SKIP_CHECK": "1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        words, cwd=folder, input=given, capture_output=True, timeout=600, check=False, env=environment
    )
    printed = done.stdout.decode(errors="replace")
    if done.returncode not in good:
        said = f"{done.stderr.decode(errors='replace')[-2000:]}{printed[-2000:]}".strip()
        pytest.fail(f"{' '.join(words)}: exit code {done.returncode}: {said}")
    return printed
