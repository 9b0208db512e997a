"""The device tree of the emulated board: QEMU's own, made to look like a Pi where programs look. Boots nothing."""

from __future__ import annotations

from pathlib import Path

from tests.image.tools import run

MACHINE = "virt,gic-version=2"
CPU = "cortex-a72"
REVISION = 0xC03114
"""A Pi 4B of 4 GB, board revision 1.4: what gpiozero wants to know before it opens a pin."""
SERIAL = "10000000c0ffee01"
_PL061 = "/pl061@9030000"


def made(folder: Path, *, cpus: int, memory: int, pins: bool, serial: str = SERIAL) -> Path:
    """The device tree for a board with `memory` MB; without `pins` its GPIO chip is missing. Made once a folder."""
    path = folder / f"virt-{cpus}-{memory}-{serial}{'' if pins else '-without-pins'}.dtb"
    if path.exists():
        return path
    draft = path.with_suffix(".part")
    board = ["-M", f"{MACHINE},dumpdtb={draft}", "-cpu", CPU, "-smp", str(cpus), "-m", str(memory), "-nodefaults"]
    run("qemu-system-aarch64", *board, "-display", "none")
    # QEMU's power key hangs on a line of the chip that the test's buttons need.
    run("fdtput", "-r", draft, "/gpio-keys")
    run("fdtput", "-c", draft, "/system")
    run("fdtput", "-t", "x", draft, "/system", "linux,revision", f"{REVISION:x}")
    run("fdtput", "-t", "s", draft, "/", "serial-number", serial)
    if not pins:
        run("fdtput", "-r", draft, _PL061)
    draft.rename(path)
    return path
