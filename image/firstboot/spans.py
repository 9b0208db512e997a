"""Where the secrets stand in a TOML text, byte by byte, and the same text without them. Pure; never knows a file.

A small scanner finds them in whatever form TOML has. It is not trusted: the result is parsed again, and must be the
same settings but for empty secrets.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import msgspec

from kiosk.settings import Secret

BOM = b"\xef\xbb\xbf"
"""Windows' Notepad begins UTF-8 with it."""
LEAST_TOLD = 4
"""A shorter secret that stands in a comment as well is not looked for there: every word may hold it."""

_BLANK = re.compile(r"[ \t\r\n]*")
_COMMENT = re.compile(r"#[^\n]*")
_KEY = re.compile(r"""[ \t]*("(?:\\.|[^"\\\n])*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*""")
_VALUE = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|"(?:\\.|[^"\\\n])*"|'''
    r"""'''.*?'{3,5}|'[^'\n]*'|[^,\]}#\r\n]*""",
    re.DOTALL,
)

Path = tuple[str, ...]


class Span(msgspec.Struct, frozen=True):
    """Bytes of a file, and what takes their place: as many bytes, none of them secret."""

    start: int
    fill: str


class CannotBlankError(ValueError):
    """The secrets can't be taken out of this text so that everything else stays."""


def secrets_of(settings: msgspec.Struct) -> dict[Path, str]:
    """Each secret that is not empty, by its path."""
    found: dict[Path, str] = {}
    for name in settings.__struct_fields__:
        value = getattr(settings, name)
        if isinstance(value, Secret) and value:
            found[(name,)] = value.reveal()
        elif isinstance(value, msgspec.Struct):
            found |= {(name, *path): secret for path, secret in secrets_of(value).items()}
    return found


def blanked(data: bytes, spans: list[Span]) -> bytes:
    """`data` with the spans filled; what is cut off before a span's end stays as it is."""
    out = bytearray(data)
    for span in spans:
        end = span.start + len(span.fill)
        if end <= len(out):
            out[span.start : end] = span.fill.encode()
    return bytes(out)


def find(data: bytes, secrets: dict[Path, str]) -> list[Span]:
    """The spans of `secrets` in the TOML file `data`; CannotBlankError where the result would not be the same."""
    if not secrets:
        return []
    mark = len(BOM) if data.startswith(BOM) else 0
    text = data[mark:].decode()
    scan = _Scan(text)
    found: dict[Path, tuple[int, int]] = {path: at for path, at in scan.values if path in secrets}
    if set(found) != set(secrets):
        raise CannotBlankError
    raws = {text[start:end].strip("\"'") for start, end in found.values()} | set(secrets.values())
    places = [(start, end, '""') for start, end in found.values()]
    for start, end in scan.comments:
        for raw in sorted(raws, key=len, reverse=True):
            if len(raw) >= LEAST_TOLD:
                places += [
                    (start + m.start(), start + m.end(), "*") for m in re.finditer(re.escape(raw), text[start:end])
                ]
    spans = [_span(text, mark, *place) for place in _merged(places)]
    _verify(data, text, blanked(data, spans), secrets)
    return spans


def _span(text: str, mark: int, start: int, end: int, sign: str) -> Span:
    size = len(text[start:end].encode())
    fill = sign.ljust(size) if sign == '""' else "*" * size
    return Span(mark + len(text[:start].encode()), fill)


def _merged(places: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """In order, those that overlap as one: a secret may be a part of another."""
    last: tuple[int, int, str] | None = None
    for place in sorted(places):
        if last and place[0] < last[1]:
            last = (last[0], max(last[1], place[1]), last[2])
            continue
        if last:
            yield last
        last = place
    if last:
        yield last


def _verify(data: bytes, text: str, result: bytes, secrets: dict[Path, str]) -> None:
    try:
        tree, after = tomllib.loads(text), tomllib.loads(result.removeprefix(BOM).decode())
        for path in secrets:
            table: Any = tree
            for name in path[:-1]:
                table = table[name]
            table[path[-1]] = ""
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CannotBlankError from None
    if tree != after or len(data) != len(result):
        raise CannotBlankError


class _Scan:
    """Each value of a TOML text that was parsed before, by its path, and each comment; as places in the text."""

    def __init__(self, text: str) -> None:
        self.values: list[tuple[Path, tuple[int, int]]] = []
        self.comments: list[tuple[int, int]] = []
        self._text = text
        self._at = 0
        table: Path = ()
        while self._next():
            if self._text.startswith("[[", self._at):
                self._at += 2
                table = (*self._keys(), "[]")
                self._at += 2
            elif self._text[self._at] == "[":
                self._at += 1
                table = self._keys()
                self._at += 1
            else:
                self._pair(table)

    def _next(self) -> str:
        """The next character that means something, "" at the end."""
        while True:
            self._at = self._match(_BLANK).end()
            if self._text[self._at : self._at + 1] != "#":
                return self._text[self._at : self._at + 1]
            comment = self._match(_COMMENT)
            self.comments.append(comment.span())
            self._at = comment.end()

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise CannotBlankError
        return match

    def _keys(self) -> Path:
        path: list[str] = []
        while True:
            key = self._match(_KEY)
            self._at = key.end()
            path.append(next(iter(tomllib.loads(f"{key[1]} = 0"))) if key[1][0] in "\"'" else key[1])
            if self._text[self._at : self._at + 1] != ".":
                return tuple(path)
            self._at += 1

    def _pair(self, table: Path) -> None:
        path = (*table, *self._keys())
        self._at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Path) -> None:
        match self._next():
            case "[":
                self._at += 1
                while self._more("]"):
                    self._value((*path, "[]"))
            case "{":
                self._at += 1
                while self._more("}"):
                    self._pair(path)
            case _:
                value = self._match(_VALUE)
                self.values.append((path, value.span()))
                self._at = value.end()

    def _more(self, end: str) -> bool:
        """Whether another item stands here; past the end where not, past a comma where one did."""
        sign = self._next()
        if sign == ",":
            self._at += 1
            sign = self._next()
        if sign in (end, ""):
            self._at += 1
            return False
        return True
