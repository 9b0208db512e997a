"""Runs a scenario in processes of its own, under the shim; after each the tape must give what stands in the folder."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.crash import tape
from tests.crash.disk import Disk, State, content_of
from tests.crash.tape import Incomplete, Mark

HERE = Path(__file__).parent
LIMIT_S = 120


@functools.cache
def shim() -> Path:
    """The recorder, compiled; it is thrown away when this process ends."""
    assert shutil.which("gcc"), "gcc is missing: apt-get install gcc libc6-dev"
    folder = Path(tempfile.mkdtemp(prefix="moodpost-crash-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = folder / "shim.so"
    flags = ["-O1", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["gcc", *flags, "-o", made, HERE / "shim.c", "-ldl", "-lpthread"], check=True)
    return made


def record(name: str, sessions: int, folder: Path) -> Path:
    """Drive scenario `name` in `folder`, which is made: one process a session. Gives the log of all of them."""
    log = log_of(folder)
    folder.mkdir()
    for session in range(sessions):
        run([sys.executable, "-m", "tests.crash.scenarios", name, str(session), str(folder)], folder, log)
        check(log, folder)
    return log


def log_of(folder: Path) -> Path:
    """Where `record` writes down what is done in `folder`."""
    return folder.with_name(f"{folder.name}.log")


def run(command: list[str], folder: Path, log: Path) -> None:
    """Run a process, and append to `log` what it does to files below `folder`."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS")},
        "LD_PRELOAD": str(shim()),
        "CRASH_ROOT": str(folder.resolve()),
        "CRASH_LOG": str(log),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    ended = subprocess.run(
        command, env=environment, cwd=HERE.parent.parent, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    if ended.returncode:
        raise Incomplete(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")


def check(log: Path, folder: Path) -> None:
    """Incomplete unless the log, replayed, gives the files in `folder` byte for byte (-shm is mapped, and left out)."""
    disk = Disk()
    for one in tape.read(log):
        if not isinstance(one, Mark):
            disk.apply(one)
    told, found = disk.seen(), standing_in(folder)
    wrong = sorted(p for p in told.files.keys() | found.files.keys() if told.files.get(p) != found.files.get(p))
    if wrong or told.folders != found.folders:
        raise Incomplete(f"the tape and the folder differ in {', '.join(wrong) or 'their folders'}")


def standing_in(folder: Path) -> State:
    """What a folder holds now, but for -shm files."""
    inside = [(p.relative_to(folder).as_posix(), p) for p in folder.rglob("*") if not p.name.endswith("-shm")]
    return State(
        {name: content_of(p.read_bytes()) for name, p in inside if p.is_file()},
        frozenset(n for n, p in inside if p.is_dir()),
    )
