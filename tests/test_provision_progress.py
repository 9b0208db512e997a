"""How far a card is: one line that changes on a terminal, a line each ten percent elsewhere."""

from __future__ import annotations

import io

from image.provision.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Bytes:
    """20 MB a second, by a clock that goes with them."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self) -> float:
        return self.done / 20e6


def written(out: io.StringIO, until: int = 200_000_000) -> str:
    done = Bytes()
    progress = Progress("Writing ", 200_000_000, out, done)
    while done.done < until:
        done.done += 5_000_000
        progress(done.done)
    if until < 200_000_000:
        progress.broken_off()
    return out.getvalue()


def test_elsewhere_a_line_comes_each_ten_percent() -> None:
    lines = written(io.StringIO()).splitlines()
    assert len(lines) == 10
    assert lines[0] == "Writing:  10 %  20 of 200 MB  20.0 MB/s  0:09 left"
    assert lines[-1] == "Writing: 100 %  200 of 200 MB  20.0 MB/s  in 0:10"


def test_on_a_terminal_one_line_changes() -> None:
    said = written(Terminal())
    assert said.count("\n") == 1
    states = said.strip().split("\r")
    assert states[-1] == f"Writing   [{'#' * 24}] 100 %  200 of 200 MB  20.0 MB/s  in 0:10\033[K"
    assert "Writing   [############------------]  50 %  100 of 200 MB  20.0 MB/s  0:05 left\033[K" in states


def test_what_was_broken_off_leaves_its_line() -> None:
    assert written(Terminal(), 100_000_000).endswith("0:05 left\033[K\n")
    assert written(io.StringIO(), 100_000_000).endswith("0:05 left\n")
