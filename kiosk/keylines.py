"""On which line of a TOML text each key stands, and how a key is called. Pure; never knows what is right."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from itertools import count


def quoted(text: str) -> str:
    """A text as TOML would have it, in short."""
    import json  # few files have anything wrong that would be quoted

    shown = json.dumps(text[:60], ensure_ascii=False)
    return shown if len(shown) <= 60 else shown[:57] + "…"


def in_path(key: str) -> str:
    """A key as it stands in a path."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", key) else quoted(key)


class Lines:
    """The line, from 1, on which each key, table and item of a TOML text stands; `of` knows them by their paths.

    The text was parsed before, so nothing is judged here.
    """

    _BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
    _KEY = re.compile(r"""[ \t]*("(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*(\.?)""")
    _VALUE = re.compile(
        r'''"""(?:\\.|[^\\])*?"{3,5}|"(?:\\.|[^"\\])*"|''' r"""'''.*?'{3,5}|'[^']*'|[^,\]}#\n]*""", re.DOTALL
    )

    def __init__(self, text: str) -> None:
        self.of: dict[str, int] = {}
        self._text = text
        self._at = 0
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._counts: dict[str, int] = {}
        table = ""
        while self._next():
            if brackets := len(text[self._at : self._at + 2]) - len(text[self._at : self._at + 2].lstrip("[")):
                self._at += brackets
                table = self._keys("", of_array=brackets == 2)
                self._at += brackets
            else:
                self._pair(table)

    def _next(self) -> str:
        """The next character that means something, "" at the end."""
        blank = self._BLANK.match(self._text, self._at)
        assert blank
        self._at = blank.end()
        return self._text[self._at : self._at + 1]

    def _note(self, path: str) -> None:
        self.of.setdefault(path, bisect_right(self._ends, self._at) + 1)

    def _keys(self, table: str, *, of_array: bool = False) -> str:
        """The path of the (dotted) key that stands here."""
        path, more = table, True
        while more:
            key = self._KEY.match(self._text, self._at)
            assert key
            name = in_path(key[1] if key[1][0] not in "\"'" else next(iter(tomllib.loads(f"{key[1]} = 0"))))
            path = f"{path}.{name}" if path else name
            self._note(path)
            more = bool(key[2])
            if more and path in self._counts:
                path = f"{path}[{self._counts[path]}]"
            self._at = key.end()
        if of_array:
            self._counts[path] = self._counts.get(path, -1) + 1
            path = f"{path}[{self._counts[path]}]"
            self._note(path)
        return path

    def _pair(self, table: str) -> None:
        path = self._keys(table)
        self._at += 1  # the equals sign
        self._value(path)

    def _value(self, path: str) -> None:
        match self._next():
            case "[":
                self._at += 1
                for number in count():
                    if self._next() == "]":
                        break
                    self._note(f"{path}[{number}]")
                    self._value(f"{path}[{number}]")
                    self._at += self._next() == ","
                self._at += 1
            case "{":
                self._at += 1
                while self._next() != "}":
                    self._pair(path)
                    self._at += self._next() == ","
                self._at += 1
            case _:
                value = self._VALUE.match(self._text, self._at)
                assert value
                self._at = value.end()


def place(path: str, lines: dict[str, int]) -> str:
    """Where a mistake is, as the beginning of a sentence."""
    at = nearest(path, lines)
    return f"line {lines[at]}, {path}: " if at else f"{path}: "


def nearest(path: str, lines: dict[str, int]) -> str:
    """`path` if it stands in the file, or else the nearest table around it that does; "" where there is none."""
    while path and path not in lines:
        path = path.rpartition(".")[0]
    return path
