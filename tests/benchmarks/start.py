"""From the start of a kiosk until a first vote is possible: its screen stands, a tap on it is taken, and it is stored.

Fair, because both start in turns, as kiosks do each day: with the folder that an earlier start has made (ours: a
store, and the names of the files it read; Chromium: a profile), on a display that waits. The same finger taps as soon
as a face is to be seen, again and again until one more vote is in votes.db. The page's server listens before Chromium
is started, which spares it that time. Once each is started with its own files in the cache, and once without: those of
Python and of this program, or Chromium's; what runs anyhow (X, the C library, and the interpreter that this is
measured with) stays there, and so do the many libraries that Chromium shares with others. Python's bytecode is there,
as it is where the package is installed.
"""

from __future__ import annotations

import contextlib
import os
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pygame

from tests.benchmarks import figure
from tests.benchmarks.contestants import Chromium, Contestant, FirstVote, new_folder, started
from tests.benchmarks.figure import Figure
from tests.benchmarks.ours import Ours
from tests.conftest import ROOT

ROUNDS, QUICK_ROUNDS = 7, 2
GOAL = 0.35
LASTED_S = 3.0
"""What a start writes for the next one is there by then."""
WHY = """\
Ours takes a quarter of the processor's time that Chromium takes, but on one core, while Chromium's start keeps two \
or more busy: the more of them are free, the less that is. Half of it is Python importing 310 modules in turn \
(`python -X importtime`: a third of that is this program's own, the rest mostly the standard library, gpiozero, \
msgspec and pygame), an eighth Python's own start, a tenth each opening the display and drawing the first picture. \
Python's lock lets none of this go on beside the other. What is not needed by then, click and most of pygame among \
it, is not loaded.\
"""
FILES: dict[type[Contestant], Sequence[Path]] = {
    Ours: (Path(pygame.__file__).parent.parent, Path(sysconfig.get_path("stdlib")), ROOT / "kiosk", ROOT / "hardware"),
    Chromium: (Path("/usr/lib/chromium"), Path("/usr/share/chromium")),
}
"""What each reads of its own when it starts."""


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """In turns, after one start of each that makes what is made once (bytecode, say)."""
    taken: dict[tuple[type[Contestant], str], list[FirstVote]] = {}
    with contextlib.ExitStack() as stack:
        bytecode = stack.enter_context(_bytecode())
        files = {**FILES, Ours: (*FILES[Ours], bytecode)}
        strips, folders, votes = {}, {}, {}
        for kind in files:
            folders[kind] = stack.enter_context(new_folder())
            with started(kind, folder=folders[kind]) as one:
                one.settle()
                strips[kind] = one.faces[0]
                one.vote(0)
                time.sleep(LASTED_S)
                votes[kind] = one.stored()
        for _ in range(QUICK_ROUNDS if quick else ROUNDS):
            for state in ("cold", "cached"):
                for kind in files:
                    for folder in files[kind] if state == "cold" else ():
                        forget(folder)
                    with started(kind, folder=folders[kind]) as one:
                        taken.setdefault((kind, state), []).append(one.first_vote(strips[kind], votes[kind]))
                        votes[kind] = one.stored()
    for state in ("cold", "cached"):
        for name, what, goal in (
            ("stored", "start → first vote stored", GOAL),
            ("shown", "start → faces to be seen", None),
            ("cpu", "processor's time until the first vote", None),
        ):
            ours_s, chromium_s = ([getattr(one, name) for one in taken[kind, state]] for kind in (Ours, Chromium))
            what = f"{what}, files {state}"
            yield figure.of(what, "s", ours_s, Chromium.name, chromium_s, goal, missed=WHY if state == "cached" else "")


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
