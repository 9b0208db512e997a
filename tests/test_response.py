"""One row: how a vote is written and read again, and a checksum that no flipped bit slips by."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.response import ENDS, KINDS, Response, checksum, parse_vote, vote_value

ROW = Response(7, 7, 0, "vote", "visit/1", "visit", "2/4", "physical", "fi", "", 3, 61_250)


def test_kinds_and_ends_are_those_that_the_design_names() -> None:
    assert KINDS == ("vote", "choice", "choices", "text", "end", "mark")
    assert ENDS == ("done", "skip", "exit", "timeout")


@pytest.mark.parametrize("faces", range(2, 12))
def test_a_vote_that_was_written_is_read_as_it_was(faces: int) -> None:
    for face in range(1, faces + 1):
        assert parse_vote(vote_value(face, faces)) == (face, faces)


@pytest.mark.parametrize(("face", "faces"), [(0, 4), (5, 4), (-1, 4), (1, 0)])
def test_a_face_that_is_not_there_cannot_be_voted_for(face: int, faces: int) -> None:
    with pytest.raises(ValueError, match=f"^face {face} of {faces}: expected 1 to {faces}$"):
        vote_value(face, faces)


@pytest.mark.parametrize(
    "value", ["", "/", "2", "2/", "/4", "2-4", "a/b", "+2/4", " 2/4", "2/4 ", "2/4/4", "²/4", "٢/٤"]
)
def test_what_is_not_written_like_a_vote_is_none(value: str) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(repr(value))} is no vote: expected something like '2/4'$"):
        parse_vote(value)


@pytest.mark.parametrize("value", ["0/4", "5/4", "1/1", "1/12", "0/0"])
def test_a_vote_for_a_face_that_cannot_be_is_none(value: str) -> None:
    with pytest.raises(ValueError, match="expected a face from 1 to the number of faces"):
        parse_vote(value)


@given(st.text())
def test_any_text_is_a_vote_or_a_value_error(value: str) -> None:
    try:
        face, faces = parse_vote(value)
    except ValueError:
        return
    assert 1 <= face <= faces <= 11


def test_the_checksum_is_the_one_that_stores_on_cards_hold_already() -> None:
    assert checksum(ROW) == 626041601


@pytest.mark.parametrize("field", Response.__struct_fields__)
def test_the_checksum_covers_every_field(field: str) -> None:
    value = getattr(ROW, field)
    other = value + 1 if isinstance(value, int) else value + "x"
    assert checksum(msgspec.structs.replace(ROW, **{field: other})) != checksum(ROW)


def test_no_single_flipped_bit_of_a_text_or_number_slips_by() -> None:
    sums = {checksum(msgspec.structs.replace(ROW, ms=ROW.ms ^ 1 << bit)) for bit in range(40)}
    sums |= {checksum(msgspec.structs.replace(ROW, value=f"{chr(ord('2') ^ 1 << bit)}/4")) for bit in range(7)}
    assert len(sums) == 47
    assert checksum(ROW) not in sums


def test_a_text_moved_from_one_field_to_the_next_is_noticed() -> None:
    moved = msgspec.structs.replace(ROW, survey=ROW.survey + ROW.question, question="")
    assert checksum(moved) != checksum(ROW)


@given(st.integers(0, 2**63 - 1), st.text())
def test_every_row_has_a_checksum_of_32_bits(number: int, text: str) -> None:
    row = msgspec.structs.replace(ROW, seq=number, ms=number, value=text)
    assert 0 <= checksum(row) < 1 << 32
