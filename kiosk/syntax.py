"""Why a text is no TOML, in plain words, and what can be read of it all the same. Pure; never knows what it is about.

TOML's own reader stops at the first character that it can't take and speaks of statements and namespaces. Here the line
is looked at as its writer sees it; then it is taken out, and the reader tries again, until every such line is known.
No value is repeated: it may be a secret.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from typing import Any

import msgspec

from kiosk import mistyped

_MASK = "\ue000 not read"
"""Stands in the text in the place of a value that can't be read."""
_BUDGET = 2_000_000
"""Characters that are read again and again at most: a short file is read to its end, a huge one is given up."""
_KEY = re.compile(r"""[ \t]*("(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+(?:[ \t]*\.[ \t]*[A-Za-z0-9_-]+)*)[ \t]*""")
_PAIR = re.compile(_KEY.pattern + r"=[ \t]*(.*)", re.DOTALL)
_HEADER = re.compile(r"[ \t]*\[{1,2}[ \t]*([A-Za-z0-9_.-]+)[ \t]*\]{1,2}")
_PLAIN = re.compile(r"[A-Za-z_.-]{1,24}")
"""What may be repeated as a key: anything else may be the end of a secret that was broken in two."""
_CURLY = "“”„‟‘’‚‛«»‹›″′"


class Broken(msgspec.Struct, frozen=True):
    """What can't be read, from line `line` on."""

    line: int
    path: str
    """The key, or the table, that stands there; "" where that can't be told."""
    says: str


class Look(msgspec.Struct, frozen=True):
    """What became of a text."""

    tree: dict[str, Any]
    """UNSET stands for a value that could not be read."""
    mended: str
    """The text without what can't be read: as many lines, and TOML."""
    broken: Sequence[Broken]
    masked: frozenset[str]
    """The paths of such values."""
    hurt: frozenset[str]
    """Tables in which something may be missing that stands in the file; "" stands for all of them."""


def look(text: str) -> Look:
    """Reads `text`, line by line where it must."""
    reader = _Reader(text)
    while (tree := reader.read()) is None:
        pass
    mended = "\n".join(reader.lines)
    return Look(_unmasked(tree), mended, reader.broken, frozenset(reader.masked), frozenset(reader.hurt))


def _unmasked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unmasked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unmasked(item) for item in value]
    return msgspec.UNSET if value == _MASK else value


class _Reader:
    def __init__(self, text: str) -> None:
        self.lines = text.replace("\r\n", "\n").split("\n")
        self.broken: list[Broken] = []
        self.masked: set[str] = set()
        self.hurt: set[str] = set()
        self._left = max(_BUDGET, 2 * len(text))

    def read(self) -> dict[str, Any] | None:
        """The tree; None where something was taken out and it is to be tried again."""
        text = "\n".join(self.lines)
        self._left -= len(text)
        try:
            return tomllib.loads(text)
        except RecursionError:
            return self._give_up(0, "found brackets within brackets without end, expected lines such as key = value")
        except ValueError as error:  # TOMLDecodeError, or a number that is longer than Python reads
            said = str(error)
        place = re.search(r"\(at line (\d+), column (\d+)\)$", said)
        if not place and not said.endswith("(at end of document)"):
            return self._give_up(0, "found a number of thousands of digits, expected a shorter one")
        last = max(n for n, line in enumerate(self.lines, 1) if line.strip() or n == 1)
        at, column = (int(place[1]), int(place[2])) if place else (last, len(self.lines[last - 1]) + 1)
        first = self._first(min(at, len(self.lines)))
        if first is None:
            return self._give_up(at, "found something that is not TOML, expected lines such as key = value")
        self._take_out(first, at, column, re.sub(r" \(at [^()]*\)$", "", said))
        return None

    def _give_up(self, line: int, says: str) -> dict[str, Any]:
        self.broken.append(Broken(line, "", says))
        self.hurt.add("")
        self.lines = []
        return {}

    def _first(self, at: int) -> int | None:
        """The line on which what is broken at line `at` begins: before it everything is right."""
        for first in range(at, 0, -1):
            before = "\n".join(self.lines[: first - 1])
            self._left -= len(before)
            if self._left < 0:
                return None
            try:
                tomllib.loads(before)
            except (ValueError, RecursionError):
                continue
            return first
        return None

    def _take_out(self, first: int, at: int, column: int, reason: str) -> None:
        line = self.lines[first - 1]
        table = self._table(first)
        if at > first and (_PAIR.match(self.lines[at - 1]) or _HEADER.match(self.lines[at - 1])):
            at -= 1  # it should have ended before
        elif at > first:
            self.hurt.add("")  # who knows how much was swallowed
        if line.lstrip().startswith("["):
            self._header(first, reason)
            return
        pair = _PAIR.match(line)
        key = (pair or _KEY.match(line) or [line, ""])[1]
        is_plain = _PLAIN.fullmatch(key) is not None
        path = ".".join(filter(None, (table, key if pair and is_plain else "")))
        key = key if is_plain else "key"
        says = self._odd(first, at, column, reason)
        if not says and reason.startswith(("Cannot overwrite", "Cannot mutate", "Cannot redefine")):
            what = f'"{key}"' if is_plain else "a key"
            says = f"found {what} a second time{self._where(_PAIR, key, first, table)}, expected it once"
        elif not says and pair:
            says = mistyped.of_value(key, pair[2], reason)
        self.broken.append(Broken(first, path, says or mistyped.of_line(line) or mistyped.plainly(reason)))
        self.lines[first - 1 : at] = [""] * (at - first + 1)
        if pair and is_plain and path not in self.masked and not reason.startswith("Cannot"):
            # The key stays, so that nobody is told that it is missing.
            self.lines[first - 1] = f'{key} = "{_MASK}"'
            self.masked.add(path)
        else:
            self.hurt.add(table)

    def _header(self, first: int, reason: str) -> None:
        line = self.lines[first - 1].strip()
        name = re.sub(r"[^A-Za-z0-9_.-].*", "", line.lstrip("[ \t"))
        name = name if _PLAIN.fullmatch(name) else ""
        shown = f"[[{name}]]" if line.startswith("[[") else f"[{name}]"
        says = self._odd(first, first, 0, reason)
        header = _HEADER.match(line)
        good = header is not None and header[0].count("[") == header[0].count("]")
        if says:
            pass
        elif good and reason.startswith(("Cannot declare", "Cannot mutate", "Cannot overwrite")):
            says = (
                f"found the table {shown} a second time{self._where(_HEADER, name, first)}, expected it once, "
                "with all its lines below it"
            )
        elif good:
            says = f"found something behind {shown}, expected it on a line of its own"
        elif name and (header or "]" not in line):
            says = f"found a table's name without its closing bracket, expected {shown}"
        else:
            name, says = "", "found no table's name in the brackets, expected one such as [kiosk]"
        self.broken.append(Broken(first, name, says))
        if name and not reason.startswith("Cannot") and self._reads([*self.lines[: first - 1], shown]):
            self.lines[first - 1] = shown
            self.hurt.add(name)
            return
        end = next((n for n in range(first, len(self.lines)) if _HEADER.match(self.lines[n])), len(self.lines))
        self.lines[first - 1 : end] = [""] * (end - first + 1)
        self.hurt.add(name)

    def _reads(self, lines: Sequence[str]) -> bool:
        text = "\n".join(lines)
        self._left -= len(text)
        try:
            tomllib.loads(text)
        except ValueError:
            return False
        return True

    def _table(self, before: int) -> str:
        """The name of the table that the lines before this one are in."""
        found = (_HEADER.match(line) for line in reversed(self.lines[: before - 1]))
        return next((header[1] for header in found if header), "")

    def _where(self, pattern: re.Pattern[str], name: str, before: int, table: str = "") -> str:
        """Where a key or table stands first, for a sentence."""
        current = ""
        for number, line in enumerate(self.lines[: before - 1], 1):
            if (found := pattern.match(line)) and found[1] == name and current == table:
                return f", the first time on line {number}"
            if pattern is _PAIR and (header := _HEADER.match(line)):
                current = header[1]
        return ""

    def _odd(self, first: int, at: int, column: int, reason: str) -> str:
        """What is wrong with single characters, "" where nothing is."""
        line = self.lines[at - 1]
        here = line[column - 1 : column] if column else ""
        outside = mistyped.TEXTS.sub("", "\n".join(self.lines[first - 1 : at]).split(" #")[0])
        if "\0" in line:
            return "found bytes that are zero, as a power cut or a broken copy leaves them: copy the file again"
        if "\r" in line[:-1] or here == "\r":
            return "found line ends of an old kind (CR alone), expected the file saved with Windows' or Unix' line ends"
        if curly := next((c for c in outside if c in _CURLY), ""):
            straight = '"' if curly not in "‘’‚‛‹›′" else "'"
            return f"found {curly}, a quote as word processors set it, expected the straight one: {straight}"
        for character in (here, *outside):
            if character and not character.isascii() and unicodedata.category(character) in ("Zs", "Cf", "Zl", "Zp"):
                name = unicodedata.name(character, "nameless").lower()
                return f"found a character that can't be seen ({name}), expected a plain space or none"
        if reason.startswith("Illegal character") and here not in ("", "\n") and not here.isprintable():
            return f"found a control character (code {ord(here)}), expected none: write the line anew"
        return ""
