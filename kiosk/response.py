"""One row of the store: what a response holds, and its checksum. Never knows where rows are kept or sent."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Literal, get_args

import msgspec

Kind = Literal["vote", "choice", "choices", "text", "end", "mark"]
Ui = Literal["physical", "digital", ""]
End = Literal["done", "skip", "exit", "timeout"]

KINDS: tuple[Kind, ...] = get_args(Kind)
ENDS: tuple[End, ...] = get_args(End)


class Response(msgspec.Struct, frozen=True):
    """A vote, an answer, how a visit ended, or a mark: one row, one sequence number.

    `value` depends on `kind`:

    ========  ==========================================================
    vote      ``"2/4"``: the second face of four, counted from the happiest
    choice    the id of the choice
    choices   the ids of the choices, separated by spaces
    text      what was typed
    end       ``done``, ``skip``, ``exit`` or ``timeout``
    mark      a misuse rule and the rows it names: ``"burst/1 12 13"``
    ========  ==========================================================
    """

    seq: int
    visit: int
    """The sequence number of the (first) vote of the visit; its own where this row is that vote."""
    position: int
    """0 for a vote, 1, 2, … for an answer; for an end the step it ended at; 0 for a mark."""
    kind: Kind
    survey: str
    """Id and version, ``"visit/1"``."""
    question: str
    """The id of what was asked; empty for ends and marks."""
    value: str
    ui: Ui
    language: str
    misuse: str
    """The misuse rule known at the press and its version, ``"lockout/1"``, or empty."""
    boot: int
    """The row of `boots` in whose time `ms` counts."""
    ms: int
    """Milliseconds of CLOCK_BOOTTIME."""


class Draft(msgspec.Struct, frozen=True):
    """A row before it has a sequence number. `visit` counts visits since the start of the program."""

    visit: int
    position: int
    kind: Kind
    survey: str
    question: str
    value: str
    ui: Ui
    language: str
    misuse: str
    ms: int


def checksum(row: Response) -> int:
    """The CRC-32 of a row's content, 0 to 2**32-1; SQLite alone misses half of all flipped bits."""
    return checksum_of_fields(msgspec.structs.astuple(row))


def checksum_of_fields(fields: Sequence[object]) -> int:
    """The same of a row's fields in their order, where no row need be made of them."""
    return zlib.crc32(msgspec.msgpack.encode(fields))


def checksum_of(table: str, values: Sequence[object]) -> int:
    """The CRC-32 of a row of another table, 0 to 2**32-1; the table's name makes rows of two tables differ."""
    return zlib.crc32(msgspec.msgpack.encode([table, *values]))


def vote_value(face: int, faces: int) -> str:
    """How a vote for `face` (1 is the happiest) of `faces` is written down."""
    if not 1 <= face <= faces:
        raise ValueError(f"face {face} of {faces}: expected 1 to {faces}")
    return f"{face}/{faces}"


def parse_vote(value: str) -> tuple[int, int]:
    """The face and the number of faces from a vote's value; ValueError where it is none."""
    face, slash, faces = value.partition("/")
    if not (slash and face.isascii() and face.isdigit() and faces.isascii() and faces.isdigit()):
        raise ValueError(f"{value!r} is no vote: expected something like '2/4'")
    if not (2 <= int(faces) <= 11 and 1 <= int(face) <= int(faces)):
        raise ValueError(f"{value!r} is no vote: expected a face from 1 to the number of faces (2 to 11)")
    return int(face), int(faces)
