"""Rows from columns of characters: what makes a batch small. Pure; never knows batches, gzip or HTTP.

A *form* is what many rows have in common, a *shape* the forms of the rows of one visit. A batch tells its forms and
shapes once; then one character a visit names its shape, and one for each thing in which a row differs from its form.
A character stands for a number: its code point less that of ``0``. `docs/endpoint.md` explains it to strangers;
`sync.packer` goes the other way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple

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
_RANGES = {"time": (-2 * MAX_TIME, 2 * MAX_TIME), "visit": (0, MAX_SEQ), "position": (0, MAX_POSITION)}


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
    order, places = _order(columns, len(forms))
    meant: dict[str, Sequence[str]] = {**dict.fromkeys(TEXTS, words), "kind": KINDS, "boot": boots}
    told = _told(columns, forms, Counter(order), meant)
    rows: list[Row] = []
    survey = question = value = ui = language = ""
    position, boot, at = 0, boots[0], columns.at
    votes: set[str] = set()
    for seq, form, place in zip(seqs(len(order)), order, places, strict=True):
        # None is told of what is as usual: as in the row before, or as the row's place has it.
        time, kind, value_, ui_, question_, language_, survey_, back, misuse, position_, boot_ = next(told[form])
        if time is not None:
            at += time
        if value_ is not None:
            value = value_
        if ui_ is not None:
            ui = ui_
        if question_ is not None:
            question = question_
        if language_ is not None:
            language = language_
        if survey_ is not None:
            survey = survey_
        if boot_ is not None:
            boot = boot_
        position = position_ if position_ is not None else 0 if kind == "vote" else position + 1
        visit = seq - (place if back is None else back)
        if visit < 1 or position > MAX_POSITION or not -MAX_TIME <= at <= MAX_TIME or ui not in _UIS:
            raise ProtocolError(
                f"row {seq}: found visit {visit}, position {position}, time {at}, ui {ui[:20]!r}: "
                "one of them is out of range"
            )
        if kind == "vote" and value not in votes:
            try:
                parse_vote(value)
            except ValueError as error:
                raise ProtocolError(f"row {seq}: {str(error)[-200:]}") from None
            votes.add(value)
        rows.append(Row(seq, visit, position, kind, survey, question, value, ui, language, misuse or "", boot, at))
    return rows


def _split(name: str, text: str, most: int) -> list[str]:
    # Counted before it is split: a megabyte of spaces would be a million texts.
    if text.count(" ") >= most:
        raise ProtocolError(f"{name}: found more than {most}")
    return text.split(" ") if text else []


def _order(columns: Columns, forms: int) -> tuple[list[int], list[int]]:
    """Each row's form, and its place in its shape."""
    shapes = _split("shapes", columns.shapes, MAX_ROWS)
    used: dict[int, list[int]] = {}  # one that is not may be as long as a body
    order: list[int] = []
    places: list[int] = []
    for char in columns.visits:
        at = ord(char) - ZERO
        if not 0 <= at < len(shapes) or not shapes[at]:
            raise ProtocolError(f"visits: found shape {at}, expected one of the {len(shapes)} that has rows")
        if len(order) + len(shapes[at]) > MAX_ROWS:
            raise ProtocolError(f"visits: found more than {MAX_ROWS} rows")
        if at not in used:
            used[at] = [ord(form) - ZERO for form in shapes[at]]
        order += used[at]
        places += range(len(used[at]))
    if order and not (min(order) >= 0 and max(order) < forms):
        raise ProtocolError(f"shapes: found forms {min(order)} to {max(order)}, expected less than {forms}")
    return order, places


class _Reel:
    """Gives its values in turn, and knows what is left over."""

    def __init__(self, name: str, values: str | Sequence[int]) -> None:
        self._name, self._values, self._at = name, values, 0

    def take(self, count: int, more: int = 0) -> list[int]:
        """The next `count`, each with `more` added."""
        found = self._values[self._at : self._at + count]
        self._at += count
        if len(found) < count:
            raise ProtocolError(f"{self._name}: found {len(self._values)}, expected more")
        if isinstance(found, str):
            more -= ZERO
            return [ord(char) + more for char in found]
        return list(found)

    def end(self) -> None:
        if self._at != len(self._values):
            raise ProtocolError(f"{self._name}: found {len(self._values)}, expected {self._at}")


def _told(
    columns: Columns, forms: Sequence[str], rows: Counter[int], meant: Mapping[str, Sequence[str]]
) -> list[Iterator[tuple[Any, ...]]]:
    """For each form what its rows have in the fields, one row after the other: None where it is as usual.

    `meant` gives what the numbers stand for in some fields.
    """
    codes, numbers = _Reel("codes", "".join(columns.codes)), _Reel("numbers", columns.numbers)
    parsed = [_parsed(form) for form in forms]
    cells: list[list[Iterator[Any]]] = [[] for _ in forms]
    for at, field in enumerate(FIELDS):
        means = meant.get(field)
        least, most = (0, len(means) - 1) if means is not None else _RANGES[field]
        for form, told in enumerate(parsed):
            # A form that no row has may stand there from an earlier batch, whose words and boots were others.
            values = _values(told[at], rows[form], codes, numbers) if rows[form] else []
            if values and not least <= min(values) <= max(values) <= most:
                raise ProtocolError(f"{field}: found {min(values)} to {max(values)}, expected {least} to {most}")
            said: Sequence[Any] = values if means is None else [means[value] for value in values]
            cells[form].append(repeat(said[0] if said else None) if len(said) < 2 else iter(said))
    codes.end()
    numbers.end()
    return [zip(*of_form, strict=False) for of_form in cells]


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
            return codes.take(rows, ord(told[1]) - ZERO)
        case "+" if len(told) == 2:
            low, high = codes.take(rows), codes.take(rows)
            return [a + (ord(told[1]) - ZERO) * b for a, b in zip(low, high, strict=True)]
        case _:
            return [ord(told) - ZERO]
