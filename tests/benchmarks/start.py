"""From the start of a kiosk until a first vote is possible: its screen stands, a tap on it is taken, and it is stored.

Fair, because both start in turns, each time with a folder (Chromium: a profile) that is new, on a display that waits,
and the same finger taps as soon as a face is to be seen, again and again until the vote is in votes.db. The page's
server listens before Chromium is started, which spares it that time. Once each is started with its own files in the
cache, and once without: those of Python and of this program, or Chromium's; what runs anyhow (X, the C library, and
the interpreter that this is measured with) stays there, and so do the many libraries that Chromium shares with others.
Python's bytecode is there, as it is where the package is installed.
"""

from __future__ import annotations

import contextlib
import os
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pygame

from tests.benchmarks import figure
from tests.benchmarks.contestants import STRIPS, Chromium, Contestant, started
from tests.benchmarks.figure import Figure
from tests.benchmarks.ours import Ours
from tests.conftest import ROOT

ROUNDS, QUICK_ROUNDS = 7, 2
GOAL = 0.35
FILES: dict[type[Contestant], Sequence[Path]] = {
    Ours: (Path(pygame.__file__).parent.parent, Path(sysconfig.get_path("stdlib")), ROOT / "kiosk", ROOT / "hardware"),
    Chromium: (Path("/usr/lib/chromium"), Path("/usr/share/chromium")),
}
"""What each reads of its own when it starts."""


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """In turns, after one start of each that makes what is made once (bytecode, say)."""
    taken: dict[tuple[type[Contestant], str], list[tuple[float, float]]] = {}
    with _bytecode() as bytecode:
        with started(Ours) as ours:
            ours.settle()
            strips = {Ours: ours.faces[0], Chromium: STRIPS[0]}
        with started(Chromium) as chromium:
            chromium.settle()
        files = {**FILES, Ours: (*FILES[Ours], bytecode)}
        for _ in range(QUICK_ROUNDS if quick else ROUNDS):
            for state in ("cold", "cached"):
                for kind, strip in strips.items():
                    for folder in files[kind] if state == "cold" else ():
                        forget(folder)
                    with started(kind) as one:
                        taken.setdefault((kind, state), []).append(one.first_vote(strip))
    for state in ("cold", "cached"):
        ours_s, chromium_s = taken[Ours, state], taken[Chromium, state]
        for number, what, goal in ((1, "start → first vote stored", GOAL), (0, "start → faces to be seen", None)):
            yield figure.of(
                f"{what}, files {state}",
                "s",
                [times[number] for times in ours_s],
                Chromium.name,
                [times[number] for times in chromium_s],
                goal,
            )


@contextlib.contextmanager
def _bytecode() -> Iterator[Path]:
    """Where Python keeps bytecode meanwhile, whatever the environment says: a checkout may have none."""
    was = {name: os.environ.pop(name, None) for name in ("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE")}
    with tempfile.TemporaryDirectory(dir=ROOT, prefix="bench-") as folder:
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        try:
            yield Path(folder)
        finally:
            del os.environ["PYTHONPYCACHEPREFIX"]
            os.environ.update({name: value for name, value in was.items() if value is not None})


def forget(folder: Path) -> None:
    """Ask the kernel to drop the files of a folder from its cache; it keeps what is mapped by somebody."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)
