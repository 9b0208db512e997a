"""Turns a TOML text into a struct and tells all its mistakes at once. Pure; never knows what the file is about.

msgspec stops at the first mistake and speaks of types; whoever edits a file on a card wants every line that is
wrong, what stands there and what should. So the tree is walked here, and msgspec judges the leaves.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from kiosk.errors import SettingsError

T = TypeVar("T", bound=msgspec.Struct)
Hook = Callable[[type, Any], Any]
Check = Callable[[Any], Iterable[tuple[str, str]]]


def parse(text: str, source: str, into: type[T], checks: Sequence[Check], hook: Hook | None = None) -> T:
    """`text` as an `into`. SettingsError carries every mistake, each as "source, line N, key: found …, expected …".

    Each of `checks` yields what types can't say as (key path, sentence). `hook` makes values of types that
    msgspec doesn't know, and raises ValueError with what it expected.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"\(at line (\d+), column \d+\)", str(error))
        where = f"line {line[1]}" if line else "the last line"
        reason = re.sub(r" \(at .*\)$", "", str(error))
        hint = f"found something that is not TOML ({reason}), expected lines such as key = value"
        raise SettingsError(source, [f"{source}, {where}: {hint}"]) from None
    found: list[tuple[str, str]] = []
    value: T = _walk(tree, into, "", found, hook)
    of_types = {path for path, _ in found}
    for check in checks:
        try:
            found.extend((path, sentence) for path, sentence in check(value) if path not in of_types)
        except (TypeError, AttributeError, ValueError):
            if not of_types:  # a check may stumble only over a value that was already found wrong
                raise
    if found:
        lines = _lines_of_keys(text)
        raise SettingsError(source, [f"{source}, {_place(path, lines)}{sentence}" for path, sentence in found])
    return value


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
            _walk(key, keys, f"{path}.{key}", found, hook): _walk(item, items, f"{path}.{key}", found, hook)
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
        found.append((path, f"found {_shown(value, kind)}, expected a table [{path}]"))
        return msgspec.UNSET
    hints = get_type_hints(kind, include_extras=True)
    good: dict[str, Any] = {}
    for key, item in value.items():
        at = f"{path}.{key}" if path else key
        if key in kind.__struct_fields__:
            good[key] = _walk(item, hints[key], at, found, hook)
        else:
            near = difflib.get_close_matches(key, kind.__struct_fields__, 1)
            guess = f'"{near[0]}"?' if near else f"one of {', '.join(kind.__struct_fields__)}"
            found.append((at, f'found an unknown key "{key}", expected {guess}'))
    for field in msgspec.structs.fields(kind):
        if field.required and field.name not in value:
            at = f"{path}.{field.name}" if path else field.name
            plain, meta = _plain(hints[field.name])
            what = (meta.description if meta else None) or _kind_in_words(plain, at)
            found.append((at, f"found nothing, expected {what}"))
            good[field.name] = msgspec.UNSET
    return kind(**good)


def _plain(hint: Any) -> tuple[Any, Meta | None]:
    """A hint without `| None` and Annotated, and the Meta that was in it."""
    meta = None
    while True:
        origin = get_origin(hint)
        if origin is Annotated:
            hint, *extras = get_args(hint)
            meta = next((e for e in extras if isinstance(e, Meta)), meta)
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
    if isinstance(value, dict):
        return "a table"
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= 60 else shown[:57] + "…"


def _lines_of_keys(text: str) -> dict[str, int]:
    """The line, from 1, on which each key or table stands, as far as a light reading of TOML tells."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if array := re.match(r"\s*\[\[\s*([^\]]+?)\s*\]\]", line):
            name = _within(array[1], counts)
            counts[name] = counts.get(name, -1) + 1
            table = f"{name}[{counts[name]}]"
            lines.setdefault(name, number)
            lines[table] = number
        elif header := re.match(r"\s*\[\s*([^\]]+?)\s*\]", line):
            table = _within(header[1], counts)
            lines.setdefault(table, number)
        elif key := re.match(r"\s*([A-Za-z0-9_.-]+|\"[^\"]+\")\s*=", line):
            name = key[1].strip('"')
            lines.setdefault(f"{table}.{name}" if table else name, number)
    return lines


def _within(name: str, counts: dict[str, int]) -> str:
    """`followups.choices` inside the third [[followups]] is `followups[2].choices`."""
    parent, dot, last = name.rpartition(".")
    if not dot:
        return name
    parent = _within(parent, counts)
    return f"{parent}[{counts[parent]}].{last}" if parent in counts else f"{parent}.{last}"


def _place(path: str, lines: dict[str, int]) -> str:
    at = path
    while at:
        if at in lines:
            return f"line {lines[at]}, {path}: "
        at = re.sub(r"(\.[^.\[]+|\[\d+\]|^[^.\[]+)$", "", at)
    return f"{path}: "
