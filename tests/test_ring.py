"""The last warnings and errors: the newest first, not endless, and nothing that can't be formatted stops anybody."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from kiosk.ring import KEPT, LONGEST, Ring, listening


@pytest.fixture
def ring() -> Iterator[Ring]:
    with listening() as ring:
        yield ring


def test_warnings_and_errors_are_kept_the_newest_first_and_lesser_lines_are_not(ring: Ring) -> None:
    log = logging.getLogger("kiosk.test")
    log.info("nobody asks")
    log.warning("%s: the disk\n is full", "votes.db")
    log.error("not stored")
    assert [said for _, said in ring.lines] == ["error: not stored", "warning: votes.db: the disk is full"]
    assert all(when > 1_700_000_000 for when, _ in ring.lines)


def test_it_does_not_grow_without_end(ring: Ring) -> None:
    for number in range(3 * KEPT):
        logging.getLogger("kiosk.test").warning("%d %s", number, "x" * 10_000)
    assert len(ring.lines) == KEPT
    assert ring.lines[0][1].startswith(f"warning: {3 * KEPT - 1} ")
    assert {len(said) for _, said in ring.lines} == {LONGEST}


def test_a_line_that_cannot_be_formatted_is_kept_as_it_is() -> None:
    ring = Ring()
    ring.emit(logging.LogRecord("x", logging.ERROR, "f", 1, "%d votes", ("many",), None))
    assert [said for _, said in ring.lines] == ["error: %d votes"]


def test_after_the_kiosk_nothing_is_kept() -> None:
    with listening() as ring:
        pass
    logging.getLogger("kiosk.test").warning("later")
    assert ring.lines == ()
