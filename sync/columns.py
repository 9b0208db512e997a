"""Rows from columns of characters: what makes a batch small. Pure; never knows batches, gzip or HTTP.

A *form* is what many rows have in common, a *shape* the forms of the rows of one visit. A batch tells its forms and
shapes once; then one character a visit names its shape, and one for each thing in which a row differs from its form.
A character stands for a number: its code point less that of ``0``. `docs/endpoint.md` explains it to strangers;
`sync.packer` goes the other way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple, cast

import msgspec

from kiosk.response import ENDS, KINDS, Kind, Ui, parse_vote
from sync.errors import ProtocolError

MAX_ROWS = 10_000
"""Rows that one batch may span, missing ones included."""
MAX_TEXT = 4000
"""Characters of the longest text."""
MAX_TIME = 2**40
"""Seconds before and after the beginning of a boot between which its rows lie."""
MAX_POSITION = 999
MAX_SEQ = 2**53 - 1

WORDS = (
    "",
    "physical",
    "digital",
    *ENDS,
    *(f"{face}/{faces}" for faces in range(2, 6) for face in range(1, faces + 1)),
)
"""The words that every batch begins with, unsaid."""
FIELDS = ("time", "kind", "value", "ui", "question", "language", "survey", "visit", "misuse", "position", "boot")
"""In the order in which a form tells them, and in which their characters follow each other."""
TEXTS = ("value", "ui", "question", "language", "survey", "misuse")
"""Those that are words."""
PLAIN = re.compile(r"[!-~]+")
"""A word that can stand between spaces; all others are texts."""
ZERO = ord("0")
HIGHEST = 0xD7FF - ZERO
"""The largest number that is one character: surrogates follow."""

_UIS: tuple[Ui, ...] = ("", "physical", "digital")
_FIELD = re.compile(r"[*+]?.", re.DOTALL)
_Cell = Iterator[int | None]


class Row(msgspec.Struct, frozen=True):
    """A response as it crosses the wire; the fields are those of `Response`, in whole seconds."""

    seq: int
    visit: int
    position: int
    kind: Kind
    survey: str
    question: str
    value: str
    ui: Ui
    language: str
    misuse: str
    boot: str
    boottime: int


class Columns(NamedTuple):
    """The rows of a batch."""

    at: int
    """The second from which the first row's time counts."""
    words: str
    forms: str
    shapes: str
    codes: Sequence[str]
    """One text, in parts where another distribution of characters begins."""
    visits: str
    texts: Sequence[str] = ()
    numbers: Sequence[int] = ()


def read(columns: Columns, seqs: Callable[[int], Sequence[int]], boots: Sequence[str]) -> list[Row]:
    """The rows that `columns` tell; ProtocolError says what is wrong with them.

    `seqs` gives the sequence numbers for a number of rows; `boots` are the ids of the boots, the present one first.
    """
    words = [*WORDS, *_split("words", columns.words, 8 * MAX_ROWS), *columns.texts]
    if (longest := max(map(len, words))) > MAX_TEXT:
        raise ProtocolError(f"words: found one of {longest} characters, expected at most {MAX_TEXT}")
    forms = _split("forms", columns.forms, MAX_ROWS)
    order = _order(columns, len(forms))
    most = {name: len(words) - 1 for name in TEXTS}
    most |= {"kind": len(KINDS) - 1, "visit": MAX_SEQ, "position": MAX_POSITION, "boot": len(boots) - 1}
    cells = _cells(columns, forms, Counter(form for form, _ in order), {**most, "time": 2 * MAX_TIME})
    rows: list[Row] = []
    before = Row(0, 0, 0, "mark", "", "", "", "", "", "", boots[0], columns.at)
    for seq, (form, place) in zip(seqs(len(order)), order, strict=True):
        before = _row(seq, place, [next(cell) for cell in cells[form]], before, words, boots)
        rows.append(before)
    return rows


def _row(
    seq: int, place: int, told: Sequence[int | None], before: Row, words: Sequence[str], boots: Sequence[str]
) -> Row:
    """A row from what its form and the characters tell of each field, None where it is as usual."""
    time, kind_, value, ui, question, language, survey, back, misuse, position, boot = told
    kind = before.kind if kind_ is None else KINDS[kind_]
    usual = 0 if kind == "vote" else before.position + 1
    row = Row(
        seq=seq,
        visit=seq - (place if back is None else back),
        position=usual if position is None else position,
        kind=kind,
        survey=before.survey if survey is None else words[survey],
        question=before.question if question is None else words[question],
        value=before.value if value is None else words[value],
        ui=before.ui if ui is None else cast(Ui, words[ui]),
        language=before.language if language is None else words[language],
        misuse="" if misuse is None else words[misuse],
        boot=before.boot if boot is None else boots[boot],
        boottime=before.boottime + (time or 0),
    )
    if row.visit < 1 or row.position > MAX_POSITION or abs(row.boottime) > MAX_TIME or row.ui not in _UIS:
        raise ProtocolError(
            f"row {seq}: found visit {row.visit}, position {row.position}, time {row.boottime}, ui {row.ui[:20]!r}: "
            "one of them is out of range"
        )
    if kind == "vote":
        try:
            parse_vote(row.value)
        except ValueError as error:
            raise ProtocolError(f"row {seq}: {str(error)[-200:]}") from None
    return row


def _split(name: str, text: str, most: int) -> list[str]:
    # Counted before it is split: a megabyte of spaces would be a million texts.
    if text.count(" ") >= most:
        raise ProtocolError(f"{name}: found more than {most}")
    return text.split(" ") if text else []


def _order(columns: Columns, forms: int) -> list[tuple[int, int]]:
    """Each row's form, and its place in its shape."""
    shapes = _split("shapes", columns.shapes, MAX_ROWS)
    order: list[tuple[int, int]] = []
    for char in columns.visits:
        at = ord(char) - ZERO
        if not 0 <= at < len(shapes) or not shapes[at]:
            raise ProtocolError(f"visits: found shape {at}, expected one of the {len(shapes)} that has rows")
        if len(order) + len(shapes[at]) > MAX_ROWS:
            raise ProtocolError(f"visits: found more than {MAX_ROWS} rows")
        order += [(ord(form) - ZERO, place) for place, form in enumerate(shapes[at])]
    if order and not (min(order)[0] >= 0 and max(order)[0] < forms):
        raise ProtocolError(f"shapes: found forms {min(order)[0]} to {max(order)[0]}, expected less than {forms}")
    return order


class _Reel:
    """Gives its values in turn, and knows what is left over."""

    def __init__(self, name: str, values: Sequence[str] | Sequence[int]) -> None:
        self._name, self._values, self._at = name, values, 0

    def take(self, count: int) -> list[int]:
        found = self._values[self._at : self._at + count]
        self._at += count
        if len(found) < count:
            raise ProtocolError(f"{self._name}: found {len(self._values)}, expected more")
        return [value if isinstance(value, int) else ord(value) - ZERO for value in found]

    def end(self) -> None:
        if self._at != len(self._values):
            raise ProtocolError(f"{self._name}: found {len(self._values)}, expected {self._at}")


def _cells(columns: Columns, forms: Sequence[str], rows: Counter[int], most: dict[str, int]) -> list[list[_Cell]]:
    """For each form and field the numbers that its rows have there, one after the other."""
    codes, numbers = _Reel("codes", "".join(columns.codes)), _Reel("numbers", columns.numbers)
    parsed = [_parsed(form) for form in forms]
    cells: list[list[_Cell]] = [[] for _ in forms]
    for at, field in enumerate(FIELDS):
        least = -most[field] if field == "time" else 0
        for form, told in enumerate(parsed):
            # A form that no row has may stand there from an earlier batch, whose words and boots were others.
            values = _values(told[at], rows[form], codes, numbers) if rows[form] else []
            if values and not least <= min(values) <= max(values) <= most[field]:
                raise ProtocolError(f"{field}: found {min(values)} to {max(values)}, expected {least} to {most[field]}")
            one = values[0] if values else None
            cells[form].append(repeat(one) if len(values) < 2 else iter(values))
    codes.end()
    numbers.end()
    return cells


def _parsed(form: str) -> list[str]:
    told = _FIELD.findall(form) if len(form) <= 2 * len(FIELDS) else [form] * 99
    if len(told) > len(FIELDS) or len(told) < 2 or told[1] == "-":
        raise ProtocolError(f"forms: found {form[:30]!r}, expected a kind, and at most {len(FIELDS)} fields")
    return told + ["-"] * (len(FIELDS) - len(told))


def _values(told: str, rows: int, codes: _Reel, numbers: _Reel) -> list[int]:
    """What a form tells of one field: a number for each of its `rows`, one for all of them, or none: as usual."""
    match told[0]:
        case "-":
            return []
        case "#":
            return numbers.take(rows)
        case "*" if len(told) == 2:
            return [ord(told[1]) - ZERO + code for code in codes.take(rows)]
        case "+" if len(told) == 2:
            low, high = codes.take(rows), codes.take(rows)
            return [a + (ord(told[1]) - ZERO) * b for a, b in zip(low, high, strict=True)]
        case _:
            return [ord(told) - ZERO]
