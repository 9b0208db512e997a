"""Rows of the store into columns: finds what they share and tells it once. Pure; never knows batches, gzip or HTTP.

The other way, and what a column is: `sync.columns`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from kiosk.response import ENDS, KINDS, Response
from sync.columns import FIELDS, HIGHEST, PLAIN, TEXTS, WORDS, ZERO, Columns

_LONGEST = 8
"""Rows of a shape; a longer visit takes several, or hardly any two would be alike."""
_SMALL = 64
"""Numbers that differ by less are one character, others two."""

_Key = tuple[object, ...]


class Lists(NamedTuple):
    """What was told of rows before, in its order: who has those lists, and finds them again, need not be told them."""

    words: tuple[tuple[str, str], ...] = ()
    """Each with the field that it is a word of. What visitors typed is never among them."""
    forms: Mapping[_Key, Sequence[str]] = {}
    """What each form says of each field."""
    shapes: Sequence[tuple[_Key, ...]] = ()


_NONE = Lists()


class _Told(NamedTuple):
    """A row, and what it is told by: its place in its shape, the row before, the seconds since, a usual position."""

    row: Response
    place: int
    before: Response | None
    delta: int
    step: int


def write(rows: Sequence[Response], boots: Mapping[int, int], lists: Lists = _NONE) -> tuple[Columns, Lists]:
    """`rows`, in the order of `seq`, as columns; `boots` gives the place of each one's boot in the batch.

    The columns begin with what `lists` holds and add what is new; the lists after that are for the next rows.
    """
    before: Response | None = None
    at = now = rows[0].ms // 1000 if rows else 0
    groups: dict[_Key, list[_Told]] = {}
    shapes: list[tuple[_Key, ...]] = []
    for visit in _visits(rows):
        shape = []
        for place, row in enumerate(visit):
            step = 0 if row.kind == "vote" else (before.position if before else 0) + 1
            told = _Told(row, place, before, row.ms // 1000 - now, step)
            key = _key(told, boots)
            groups.setdefault(key, []).append(told)
            shape.append(key)
            before, now = row, row.ms // 1000
        shapes.append(tuple(shape))
    order = dict.fromkeys([*lists.forms, *sorted(groups, key=lambda key: -len(groups[key]))])
    words = _Words(lists.words, rows)
    forms = {key: list(lists.forms.get(key, "-" * len(FIELDS))) for key in order}
    codes, numbers = _formed({key: groups[key] for key in order if key in groups}, forms, words, boots)
    names = {key: _char(place) for place, key in enumerate(order)}
    ranked = dict.fromkeys([*lists.shapes, *(shape for shape, _ in Counter(shapes).most_common())])
    places = {shape: _char(place) for place, shape in enumerate(ranked)}
    columns = Columns(
        at,
        " ".join(word for _, word in words.plain),
        " ".join("".join(form).rstrip("-") for form in forms.values()),
        " ".join("".join(names[key] for key in shape) for shape in ranked),
        codes,
        "".join(places[shape] for shape in shapes),
        words.texts,
        numbers,
    )
    return columns, Lists(tuple(words.plain), forms, tuple(ranked))


def _visits(rows: Sequence[Response]) -> Iterable[list[Response]]:
    """The rows in runs, each from the vote that opens a visit."""
    visits: list[list[Response]] = []
    for row in rows:
        opens = row.kind == "vote" and row.visit == row.seq and not row.misuse
        if not visits or opens or len(visits[-1]) == _LONGEST:
            visits.append([])
        visits[-1].append(row)
    return visits


def _key(told: _Told, boots: Mapping[int, int]) -> _Key:
    """What rows of one form share. The rest becomes columns, unless it happens to be alike too."""
    row, before = told.row, told.before
    back = row.seq - row.visit
    return (
        row.kind,
        row.value if row.value in ENDS else None,
        row.question,
        row.survey,
        row.misuse,
        None if back == told.place else min(back, _LONGEST),
        None if row.position == told.step else row.position,
        None if boots[row.boot] == (boots[before.boot] if before else 0) else boots[row.boot],
        row.kind == "vote" or (before is not None and row.language == before.language),
        0 <= told.delta <= HIGHEST,
    )


class _Words:
    """The words of a batch after the unsaid ones: plain ones, which a space may part, then texts of any kind."""

    def __init__(self, known: Iterable[tuple[str, str]], rows: Iterable[Response]) -> None:
        self.plain = list(known)
        self.texts: list[str] = []
        self._typed = {row.value for row in rows if row.kind == "text"}
        self._places = {(field, word): place for field in TEXTS for place, word in enumerate(WORDS)}
        self._places |= {word: len(WORDS) + place for place, word in enumerate(self.plain)}

    def add(self, field: str, words: Iterable[str]) -> None:
        """Gives each word of `field` a place, the most frequent first: those have the commonest characters."""
        for word, _ in Counter(words).most_common():
            if (field, word) not in self._places:
                plain = PLAIN.fullmatch(word) and not (field == "value" and word in self._typed)
                if plain:
                    self._places[field, word] = len(WORDS) + len(self.plain)
                    self.plain.append((field, word))
                else:
                    # Texts come after all plain words, however many those become: until then they count from the end.
                    self._places[field, word] = -1 - len(self.texts)
                    self.texts.append(word)

    def number(self, field: str, word: str) -> int:
        """The place of a word, once all were added."""
        place = self._places[field, word]
        return place if place >= 0 else len(WORDS) + len(self.plain) - 1 - place


def _formed(
    groups: Mapping[_Key, list[_Told]], forms: Mapping[_Key, list[str]], words: _Words, boots: Mapping[int, int]
) -> tuple[list[str], list[int]]:
    """In what the rows of each group differ, as characters and numbers; what they share is written into `forms`."""

    def as_before(at: int, key: _Key) -> bool:
        return forms[key][at] == "-" and _usual(FIELDS[at], groups[key], boots)

    for field in TEXTS:
        told = (group for key, group in groups.items() if not as_before(FIELDS.index(field), key))
        words.add(field, (getattr(t.row, field) for group in told for t in group))
    chunks: list[str] = []
    numbers: list[int] = []
    times = 0
    for at, field in enumerate(FIELDS):
        for key, group in groups.items():
            if not as_before(at, key):
                forms[key][at], chars = _column(_numbers(field, group, words, boots), numbers, forms[key][at])
                chunks += chars
        times = times or len(chunks)
    # The low digits of times have a distribution of their own: any is as likely as the other.
    low = 1 if any(forms[key][0][0] == "+" for key in list(groups)[:1]) else 0
    return ["".join(part) for part in (chunks[:low], chunks[low:times], chunks[times:])], numbers


def _usual(field: str, group: Sequence[_Told], boots: Mapping[int, int]) -> bool:
    """Whether each row of the group has in `field` what is expected of it."""
    match field:
        case "kind":  # told always: so that no form is empty
            return False
        case "misuse":
            return not any(t.row.misuse for t in group)
        case "time":
            return all(t.delta == 0 for t in group)
        case "visit":
            return all(t.row.seq - t.row.visit == t.place for t in group)
        case "position":
            return all(t.row.position == t.step for t in group)
        case "boot":
            return all(boots[t.row.boot] == (boots[t.before.boot] if t.before else 0) for t in group)
        case _:
            return all(t.before is not None and getattr(t.row, field) == getattr(t.before, field) for t in group)


def _numbers(field: str, group: Sequence[_Told], words: _Words, boots: Mapping[int, int]) -> list[int]:
    match field:
        case "time":
            return [t.delta for t in group]
        case "kind":
            return [KINDS.index(t.row.kind) for t in group]
        case "visit":
            return [t.row.seq - t.row.visit for t in group]
        case "position":
            return [t.row.position for t in group]
        case "boot":
            return [boots[t.row.boot] for t in group]
        case _:
            return [words.number(field, getattr(t.row, field)) for t in group]


def _column(values: list[int], numbers: list[int], before: str) -> tuple[str, list[str]]:
    """How a form tells `values`, and their characters; what no character can tell is added to `numbers`.

    `before` is how it told others: it stays so where it can, and else becomes what can tell those and these.
    """
    low, high = min(values), max(values)
    if low < 0 or high > HIGHEST:
        numbers += values
        return "#", []
    known = ord(before[-1]) - ZERO
    if before[0] != "+":
        if known >= 0:
            low, high = min(low, known), max(high, known)
        if low == high and before[0] != "*":
            return _char(low), []
        if high - low < _SMALL:
            return "*" + _char(low), ["".join(_char(value - low) for value in values)]
    half = sorted(values)[len(values) // 2]
    unit = known if before[0] == "+" else min(_SMALL, 1 << max(1, half.bit_length() - 1))
    lows, highs = (_char(value % unit) for value in values), (_char(value // unit) for value in values)
    return "+" + _char(unit), ["".join(lows), "".join(highs)]


def _char(number: int) -> str:
    return chr(ZERO + number)
