"""What commands and text files say, line by line, bounded in time and in the length of a line. Knows no meaning."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from kiosk.outgoing.bundle import MOST_BYTES, Unreadable

PATIENCE_S = 20.0
"""What a command may take."""
_PATH = "/usr/bin:/bin:/usr/sbin:/sbin"
_MOST_LINE = 1 << 20
_NO_ENTRIES = "-- No entries --"
"""What journalctl says where there are none."""

Run = Callable[[Sequence[str]], Iterator[str]]


def command(argv: Sequence[str], patience_s: float = PATIENCE_S) -> Iterator[str]:
    """The lines that a command prints. Unreadable where there is no such command, or it fails, or takes too long."""
    program = shutil.which(argv[0], path=_PATH)
    if program is None:
        raise Unreadable(f"{argv[0]}: there is no such command on this machine")
    try:
        process = subprocess.Popen(
            [program, *argv[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": _PATH, "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
    except OSError as error:
        raise Unreadable(f"{argv[0]}: can't be started ({error.strerror})") from None
    late = threading.Event()

    def end() -> None:
        late.set()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(patience_s, end)
    timer.daemon = True
    timer.start()
    assert process.stdout is not None
    assert process.stderr is not None
    empty = True
    try:
        with process.stdout as out, process.stderr as err:
            for line in _lines(iter(partial(out.readline, _MOST_LINE), b"")):
                if line != _NO_ENTRIES:
                    empty = False
                    yield line
            said = err.read(2_000).decode(errors="replace").strip()
        code = process.wait()
    finally:
        timer.cancel()
        if process.poll() is None:
            end()
            process.wait()
    if late.is_set():
        raise Unreadable(f"{argv[0]}: took longer than {patience_s:g} s")
    if code or (empty and said):  # journalctl ends well where it may read nothing
        raise Unreadable(
            f"{argv[0]}: {said.splitlines()[-1].removeprefix(f'{argv[0]}: ') if said else f'ended with {code}'}"
        )


def text(path: Path) -> Iterator[str]:
    """The last lines of a text file, at most four times what a part may hold; a piece of a line is no line."""
    with path.open("rb") as file:
        start = max(0, os.fstat(file.fileno()).st_size - 4 * MOST_BYTES)
        file.seek(start)
        if start:
            file.readline()
        yield from _lines(iter(partial(file.readline, _MOST_LINE), b""))


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Of a line that is too long for one piece nothing is kept: its secrets could be torn in two."""
    torn = 0
    for piece in pieces:
        if piece.endswith(b"\n") and not torn:
            yield piece.decode(errors="replace").rstrip("\n")
        elif len(piece) >= _MOST_LINE or torn:
            torn += len(piece)
            if piece.endswith(b"\n"):
                yield f"[a line of {torn} bytes]"
                torn = 0
        else:
            yield piece.decode(errors="replace")
    if torn:
        yield f"[a line of {torn} bytes]"
