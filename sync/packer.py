"""Rows of the store into columns: finds what they share and tells it once. Pure; never knows batches, gzip or HTTP.

The other way, and what a column is: `sync.columns`. A backlog has many rows and a Pi's core is slow: what is done for
each row is done once, and by functions that run over a whole column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter, sub
from typing import Any, NamedTuple

from kiosk.response import ENDS, KINDS, Response
from sync.columns import FIELDS, HIGHEST, PLAIN, TEXTS, WORDS, ZERO, Columns

_LONGEST = 8
"""Rows of a shape; a longer visit takes several, or hardly any two would be alike."""
_SMALL = 64
"""Numbers that differ by less are one character, others two."""

_SHARED = ("kind", "value", "question", "survey", "misuse", "visit", "position", "boot", "language", "time")
"""What rows of one form share something of, in the order of a `_Key`."""
_END = {end: end for end in ENDS}

_Key = tuple[object, ...]


class Lists(NamedTuple):
    """What was told of rows before, in its order: who has those lists, and finds them again, need not be told them."""

    words: tuple[tuple[str, str], ...] = ()
    """Each with the field that it is a word of. What visitors typed is never among them."""
    forms: Mapping[_Key, Sequence[str]] = {}
    """What each form says of each field."""
    shapes: Sequence[tuple[_Key, ...]] = ()


_NONE = Lists()


class Sorted(NamedTuple):
    """Rows by their forms, before it is said how those are told."""

    at: int
    """The second from which the first row's time counts."""
    columns: Mapping[str, Sequence[Any]]
    """By the names of FIELDS: for `time` the seconds since the row before, for `visit` how far back its vote lies."""
    groups: Mapping[_Key, Sequence[int]]
    """The places of each form's rows."""
    shapes: Sequence[tuple[_Key, ...]]
    """Those that there are, in the order of their first visit."""
    visits: Sequence[int]
    """Each visit's place among the shapes."""


def write(rows: Sequence[Response], boots: Mapping[int, int], lists: Lists = _NONE) -> tuple[Columns, Lists]:
    """`rows`, in the order of `seq`, as columns; `boots` gives the place of each one's boot in the batch.

    The columns begin with what `lists` holds and add what is new; the lists after that are for the next rows.
    """
    return tell(sort(rows, boots), lists)


def sort(rows: Sequence[Response], boots: Mapping[int, int]) -> Sorted:
    """The same `rows`, by what they have in common."""
    # Not by a tuple for each row: so many at once set off Python's search for cycles, which takes longer than this.
    told: dict[str, list[Any]] = {name: list(map(attrgetter(name), rows)) for name in Response.__struct_fields__}
    seconds = [ms // 1000 for ms in told["ms"]]
    at = seconds[0] if seconds else 0
    told["time"] = list(map(sub, seconds, [at, *seconds]))
    told["visit"] = list(map(sub, told["seq"], told["visit"]))
    told["boot"] = [boots[number] for number in told["boot"]]
    found: dict[_Key, tuple[int, list[int]]] = {}
    shapes: dict[tuple[int, ...], int] = {}
    visits: list[int] = []
    shape: list[int] = []
    last_position = last_boot = 0
    last_language = None
    for row, (kind, value, question, survey, misuse, back, position, boot, language, delta) in enumerate(
        zip(*(told[name] for name in _SHARED), strict=True)
    ):
        votes = kind == "vote"
        place = len(shape)
        if place == _LONGEST or (place and votes and not back and not misuse):
            visits.append(shapes.setdefault(tuple(shape), len(shapes)))
            shape, place = [], 0
        # What rows of one form share. The rest becomes columns, unless it happens to be alike too.
        key = (
            kind,
            _END.get(value),
            question,
            survey,
            misuse,
            None if back == place else back if back < _LONGEST else _LONGEST,
            None if position == (0 if votes else last_position + 1) else position,
            None if boot == last_boot else boot,
            votes or language == last_language,
            0 <= delta <= HIGHEST,
        )
        form = found.get(key)
        if form is None:
            form = found[key] = len(found), []
        form[1].append(row)
        shape.append(form[0])
        last_position, last_boot, last_language = position, boot, language
    if shape:
        visits.append(shapes.setdefault(tuple(shape), len(shapes)))
    keys = list(found)
    groups = {key: group for key, (_, group) in found.items()}
    return Sorted(at, told, groups, [tuple(keys[form] for form in shape) for shape in shapes], visits)


def tell(of: Sorted, lists: Lists = _NONE) -> tuple[Columns, Lists]:
    """Those rows as columns, and the lists after them: see `write`."""
    groups = of.groups
    order = dict.fromkeys([*lists.forms, *sorted(groups, key=lambda key: -len(groups[key]))])
    words = _Words(lists.words, of.columns)
    forms = {key: list(lists.forms.get(key, "-" * len(FIELDS))) for key in order}
    codes, numbers = _formed(of, [key for key in order if key in groups], forms, words)
    names = {key: _char(place) for place, key in enumerate(order)}
    often = (of.shapes[shape] for shape, _ in Counter(of.visits).most_common())
    ranked = {shape: _char(place) for place, shape in enumerate(dict.fromkeys([*lists.shapes, *often]))}
    places = [ranked[shape] for shape in of.shapes]
    columns = Columns(
        of.at,
        " ".join(word for _, word in words.plain),
        " ".join("".join(form).rstrip("-") for form in forms.values()),
        " ".join("".join(names[key] for key in shape) for shape in ranked),
        codes,
        "".join([places[shape] for shape in of.visits]),
        words.texts,
        numbers,
    )
    return columns, Lists(tuple(words.plain), forms, tuple(ranked))


class _Words:
    """The words of a batch after the unsaid ones: plain ones, which a space may part, then texts of any kind."""

    def __init__(self, known: Iterable[tuple[str, str]], columns: Mapping[str, Sequence[Any]]) -> None:
        self.plain = list(known)
        self.texts: list[str] = []
        told = zip(columns["kind"], columns["value"], strict=True) if "text" in columns["kind"] else ()
        self._typed = {value for kind, value in told if kind == "text"}
        self._places = {(field, word): place for field in TEXTS for place, word in enumerate(WORDS)}
        self._places |= {word: len(WORDS) + place for place, word in enumerate(self.plain)}

    def add(self, field: str, words: Counter[str]) -> None:
        """Gives each word of `field` a place, the most frequent first: those have the commonest characters."""
        for word, _ in words.most_common():
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
    of: Sorted, order: Sequence[_Key], forms: Mapping[_Key, list[str]], words: _Words
) -> tuple[list[str], list[int]]:
    """In what the rows of each group differ, as characters and numbers; what they share is written into `forms`."""
    told = {
        field: [key for key in order if forms[key][at] != "-" or not _usual(field, key, of)]
        for at, field in enumerate(FIELDS)
    }
    counts: dict[str, dict[_Key, Counter[str]]] = {}
    for field in TEXTS:
        counts[field] = {key: _counted(field, key, of) for key in told[field]}
        among: Counter[str] = Counter()
        for counted in counts[field].values():
            among.update(counted)
        words.add(field, among)
    chunks: list[str] = []
    numbers: list[int] = []
    times = 0
    for at, field in enumerate(FIELDS):
        for key in told[field]:
            column: Sequence[Any] = of.columns[field]
            values = [column[row] for row in of.groups[key]]
            if field == "kind":
                values = [KINDS.index(values[0])] * len(values)
            elif field in TEXTS:
                known = {word: words.number(field, word) for word in counts[field][key]}
                values = [known[word] for word in values]
            forms[key][at], chars = _column(values, numbers, forms[key][at])
            chunks += chars
        times = times or len(chunks)
    # The low digits of times have a distribution of their own: any is as likely as the other.
    low = 1 if any(forms[key][0][0] == "+" for key in order[:1]) else 0
    return ["".join(part) for part in (chunks[:low], chunks[low:times], chunks[times:])], numbers


def _counted(field: str, key: _Key, of: Sorted) -> Counter[str]:
    """How often each word stands in a field of the rows of a form."""
    column = of.columns[field]
    return Counter(map(column.__getitem__, of.groups[key]))


def _usual(field: str, key: _Key, of: Sorted) -> bool:
    """Whether each row of the form has in `field` what is expected of it."""
    column, group = of.columns[field], of.groups[key]
    match field:
        case "kind":  # told always: so that no form is empty
            return False
        case "misuse":
            return not key[_SHARED.index(field)]
        case "visit" | "position" | "boot":
            return key[_SHARED.index(field)] is None
        case "time":
            return not any(map(column.__getitem__, group))
        case _:
            return group[0] > 0 and all(column[row] == column[row - 1] for row in group)


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
            return "*" + _char(low), ["".join([chr(value + ZERO - low) for value in values])]
    half = sorted(values)[len(values) // 2]
    unit = known if before[0] == "+" else min(_SMALL, 1 << max(1, half.bit_length() - 1))
    lows, highs = [chr(value % unit + ZERO) for value in values], [chr(value // unit + ZERO) for value in values]
    return "+" + _char(unit), ["".join(lows), "".join(highs)]


def _char(number: int) -> str:
    return chr(ZERO + number)
