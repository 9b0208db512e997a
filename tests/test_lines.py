"""Lines for whoever looks: they never make the writer wait, and the last ones get through."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from kiosk import lines
from kiosk.lines import Lines
from tests.conftest import until


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for end in (read, write):
        try:
            os.close(end)
        except OSError:
            continue


def test_lines_come_in_order_and_the_last_before_the_end(pipe: tuple[int, int]) -> None:
    tell = Lines(pipe[1])
    for number in range(100):
        tell(f"line {number}")
    tell.close()
    assert os.read(pipe[0], 65536).decode().split("\n")[:-1] == [f"line {number}" for number in range(100)]


def test_a_reader_that_does_not_read_makes_nobody_wait(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "FLUSH_S", 0.1)
    tell = Lines(pipe[1])
    for _ in range(lines.WAITING_LINES * 2):
        tell("x" * 100)
    tell.close()
    os.read(pipe[0], 1_000_000)


def test_a_reader_that_went_away_is_no_error(pipe: tuple[int, int]) -> None:
    os.close(pipe[0])
    tell = Lines(pipe[1])
    tell("nobody hears this")
    until(lambda: not tell._thread.is_alive(), "the writer to give up")
    tell("nor this")
    tell.close()
