"""Turns a TOML text into a struct and tells all its mistakes at once. Pure; never knows what the file is about.

msgspec stops at the first mistake and speaks of types; whoever edits a file on a card wants every line that is
wrong, what stands there and what should. So the tree is walked here, and msgspec judges the leaves.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from kiosk.errors import SettingsError

T = TypeVar("T", bound=msgspec.Struct)
Hook = Callable[[type, Any], Any]
Check = Callable[[Any], Iterable[tuple[str, str]]]
Mistake = tuple[str, str]
"""Where (a key's path), and a sentence."""


def parse(text: str, source: str, into: type[T], checks: Sequence[Check], hook: Hook | None = None) -> T:
    """`text` as an `into`. SettingsError carries every mistake, each as "source, line N, key: found …, expected …".

    Each of `checks` yields what types can't say as (key path, sentence). `hook` makes values of types that
    msgspec doesn't know, and raises ValueError with what it expected.
    """
    value, found = judge(tree(text, source), into, checks, hook)
    if found:
        raise SettingsError(source, told(found, text, source))
    return value


def judge(tree: dict[str, Any], into: type[T], checks: Sequence[Check], hook: Hook | None) -> tuple[T, list[Mistake]]:
    """What a parsed text says, and its mistakes, if there are any: then the value is of no use."""
    found: list[Mistake] = []
    value: T = _walk(tree, into, "", found, hook)
    of_types = {path for path, _ in found}
    for check in checks:
        try:
            for path, sentence in check(value):
                # what a check makes of a value that was already found wrong, nobody need hear
                if path not in of_types and not (of_types and str(msgspec.UNSET) in sentence):
                    found.append((path, sentence))
        except (TypeError, AttributeError, ValueError):
            if not of_types:  # nor may it stumble over any other
                raise
    return value, found


def told(found: Sequence[Mistake], text: str, source: str) -> list[str]:
    """Mistakes as sentences, each with its line, in the order of the lines."""
    lines = _Lines(text).of
    found = sorted(found, key=lambda mistake: lines.get(_nearest(mistake[0], lines), 0))
    return [f"{source}, {_place(path, lines)}{sentence}" for path, sentence in found]


def tree(text: str, source: str) -> dict[str, Any]:
    """What TOML makes of it; SettingsError where it is none."""
    where, reason = "", "it is nested too deeply"
    try:
        return tomllib.loads(text)
    except RecursionError:
        pass
    except ValueError as error:  # TOMLDecodeError, or a number that is longer than Python reads
        if line := re.search(r"\(at line (\d+), column \d+\)$", str(error)):
            where = f", line {line[1]}"
        elif str(error).endswith("(at end of document)"):
            where = ", the last line"
        reason = re.sub(r" \(at [^()]*\)$|; use .*$", "", str(error))
    hint = f"found something that is not TOML ({reason}), expected lines such as key = value"
    raise SettingsError(source, [f"{source}{where}: {hint}"])


def _walk(value: Any, hint: Any, path: str, found: list[tuple[str, str]], hook: Hook | None) -> Any:
    """`value` as `hint` wants it; UNSET in the place of whatever is wrong, so that the rest can still be checked."""
    kind, meta = _plain(hint)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _walk_struct(value, kind, path, found, hook)
    if get_origin(kind) is list and isinstance(value, list):
        return [_walk(item, get_args(kind)[0], f"{path}[{i}]", found, hook) for i, item in enumerate(value)]
    if get_origin(kind) is dict and isinstance(value, dict):
        keys, items = get_args(kind)
        return {
            _walk(key, keys, f"{path}.{in_path(key)}", found, hook): _walk(
                item, items, f"{path}.{in_path(key)}", found, hook
            )
            for key, item in value.items()
        }
    try:
        return msgspec.convert(value, hint, dec_hook=hook)
    except msgspec.ValidationError as error:
        expected = (meta.description if meta else None) or _in_words(str(error))
        found.append((path, f"found {_shown(value, kind)}, expected {expected}"))
        return msgspec.UNSET


def _walk_struct(
    value: Any, kind: type[msgspec.Struct], path: str, found: list[tuple[str, str]], hook: Hook | None
) -> Any:
    if not isinstance(value, dict):
        found.append((path, f"found {_kind_of(value)}, expected a table [{path}]"))
        return msgspec.UNSET
    hints = get_type_hints(kind, include_extras=True)
    good: dict[str, Any] = {}
    for key, item in value.items():
        at = f"{path}.{in_path(key)}" if path else in_path(key)
        if key in kind.__struct_fields__:
            good[key] = _walk(item, hints[key], at, found, hook)
        else:
            near = difflib.get_close_matches(key, kind.__struct_fields__, 1)
            guess = f'"{near[0]}"?' if near else f"one of {', '.join(kind.__struct_fields__)}"
            found.append((at, f"found an unknown key {quoted(key)}, expected {guess}"))
    for field in msgspec.structs.fields(kind):
        if field.required and field.name not in value:
            at = f"{path}.{field.name}" if path else field.name
            plain, meta = _plain(hints[field.name])
            what = (meta.description if meta else None) or _kind_in_words(plain, at)
            found.append((at, f"found nothing, expected {what}"))
            good[field.name] = msgspec.UNSET
    return kind(**good)


def _plain(hint: Any) -> tuple[Any, Meta | None]:
    """A hint without `| None` and Annotated, and the Meta in it that says what is expected."""
    meta = None
    while True:
        origin = get_origin(hint)
        if origin is Annotated:
            hint, *extras = get_args(hint)
            meta = next((e for e in extras if isinstance(e, Meta) and e.description), meta)
        elif origin in (Union, UnionType):
            others = [a for a in get_args(hint) if a is not NoneType]
            if len(others) != 1:
                return hint, meta
            hint = others[0]
        else:
            return hint, meta


def _kind_in_words(kind: Any, path: str) -> str:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return f"a table [{path}]"
    return {dict: "a table of texts, one a language", list: "a list"}.get(get_origin(kind) or kind, "a value")


def _in_words(message: str) -> str:
    expected = re.match(r"Expected (.*?)(?:, got .*)?(?: - at .*)?$", message)
    words = expected[1] if expected else message
    for code, plain in {"`str`": "a text", "`int`": "a whole number", "`bool`": "true or false"}.items():
        words = words.replace(code, plain)
    return words.replace("`array`", "a list").replace("`object`", "a table").replace("`float`", "a number")


def _shown(value: Any, kind: Any) -> str:
    """What stands in the file, in short. A value of a type with `secret = True` is never shown."""
    if getattr(kind, "secret", False):
        return "a value that is kept secret here"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (dict, list)) or (isinstance(value, int) and value.bit_length() > 128):
        return _kind_of(value)  # what is in a table or a list may be a secret; Python won't write out a huge number
    return str(value)


def _kind_of(value: Any) -> str:
    kinds = {dict: "a table", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return kinds.get(type(value), "a date or time")


def quoted(text: str) -> str:
    """A text as TOML would have it, in short."""
    shown = json.dumps(text[:60], ensure_ascii=False)
    return shown if len(shown) <= 60 else shown[:57] + "…"


def in_path(key: str) -> str:
    """A key as it stands in a path."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", key) else quoted(key)


class _Lines:
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


def _place(path: str, lines: dict[str, int]) -> str:
    at = _nearest(path, lines)
    return f"line {lines[at]}, {path}: " if at else f"{path}: "


def _nearest(path: str, lines: dict[str, int]) -> str:
    """`path` if it stands in the file, or else the nearest table around it that does; "" where there is none."""
    while path and path not in lines:
        path = path.rpartition(".")[0]
    return path
