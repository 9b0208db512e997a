"""Turns a TOML text into a struct and tells all its mistakes at once. Pure; never knows what the file is about.

msgspec stops at the first mistake and speaks of types; whoever edits a file on a card wants every line that is
wrong, what stands there and what should. So the tree is walked here, and msgspec judges the leaves.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from kiosk import keylines
from kiosk.errors import SettingsError
from kiosk.keylines import in_path as in_path
from kiosk.keylines import quoted as quoted

if TYPE_CHECKING:
    from kiosk.syntax import Broken

T = TypeVar("T", bound=msgspec.Struct)
Hook = Callable[[type, Any], Any]
Check = Callable[[Any], Iterable[tuple[str, str]]]
Mistake = tuple[str, str]
"""Where (a key's path), and a sentence."""
_UNKNOWN = "found an unknown"


def parse(text: str, source: str, into: type[T], checks: Sequence[Check], hook: Hook | None = None) -> T:
    """`text` as an `into`. SettingsError carries every mistake, each as "source, line N, key: found …, expected …".

    Each of `checks` yields what types can't say as (key path, sentence). `hook` makes values of types that
    msgspec doesn't know, and raises ValueError with what it expected.
    """
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError):
        raise SettingsError(source, _in_broken(text, source, into, checks, hook)) from None
    value, found = judge(tree, into, checks, hook)
    if found:
        raise SettingsError(source, told(found, text, source))
    return value


def _in_broken(text: str, source: str, into: type[T], checks: Sequence[Check], hook: Hook | None) -> list[str]:
    """The mistakes of a text that is no TOML: the lines that can't be read, and what is wrong in those that can."""
    from kiosk import syntax  # few files need it

    seen = syntax.look(text)
    _, found = judge(seen.tree, into, checks, hook)
    lines = keylines.Lines(seen.mended).of
    sentences = [(each.line, _unread(each, source)) for each in seen.broken]
    for path, sentence in found:
        nothing = sentence.startswith("found nothing") and bool({"", path, path.rpartition(".")[0]} & seen.hurt)
        unread = path in seen.masked or str(msgspec.UNSET) in sentence
        if not nothing and (not unread or sentence.startswith(_UNKNOWN)):
            at = lines.get(keylines.nearest(path, lines), 0)
            sentences.append((at, f"{source}, {keylines.place(path, lines)}{sentence}"))
    return [sentence for _, sentence in sorted(sentences, key=lambda each: each[0])]


def _unread(broken: Broken, source: str) -> str:
    place = ", ".join(filter(None, (source, f"line {broken.line}" if broken.line else "", broken.path)))
    return f"{place}: {broken.says}"


def judge(tree: dict[str, Any], into: type[T], checks: Sequence[Check], hook: Hook | None) -> tuple[T, list[Mistake]]:
    """What a parsed text says, and its mistakes, if there are any: then the value is of no use."""
    found: list[Mistake] = []
    value: T
    try:
        # At once, where nothing is wrong: walking a survey takes ten times as long, and each start reads one.
        value = msgspec.convert(tree, into, dec_hook=hook)
    except msgspec.ValidationError:
        value = _walk(tree, into, "", found, hook)
    found = [(path, _at_home(path, sentence, into)) for path, sentence in found]
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


def _at_home(path: str, sentence: str, into: type[msgspec.Struct]) -> str:
    """`sentence`; where it is about a key that is known in exactly one other table, with that table."""
    table, _, key = path.rpartition(".")
    if not sentence.startswith(f"{_UNKNOWN} key"):
        return sentence
    kinds = {name: _plain(hint)[0] for name, hint in _hints(into).items()}
    structs = {n: kind for n, kind in kinds.items() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)}
    homes = [name for name, kind in structs.items() if key in kind.__struct_fields__]
    if len(homes) != 1 or (table and table not in structs):
        return sentence
    where = f"in [{table}]" if table else "before any table"
    return f"{_UNKNOWN} key {quoted(key)} {where}, expected it in [{homes[0]}]"


def told(found: Sequence[Mistake], text: str, source: str) -> list[str]:
    """Mistakes as sentences, each with its line, in the order of the lines."""
    lines = keylines.Lines(text).of
    found = sorted(found, key=lambda mistake: lines.get(keylines.nearest(mistake[0], lines), 0))
    return [f"{source}, {keylines.place(path, lines)}{sentence}" for path, sentence in found]


def lines(text: str) -> dict[str, int]:
    """The line, from 1, of each key, table and item in a TOML text, by their paths."""
    return keylines.Lines(text).of


def tree(text: str, source: str) -> dict[str, Any]:
    """What TOML makes of it; SettingsError tells every line that can't be read."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        from kiosk import syntax

        raise SettingsError(source, [_unread(each, source) for each in syntax.look(text).broken]) from None


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
        quotes = ", without quotes" if isinstance(value, str) and _is_bare(value, kind) else ""
        found.append((path, f"found {_shown(value, kind)}, expected {expected}{quotes}"))
        return msgspec.UNSET


def _is_bare(text: str, kind: Any) -> bool:
    """Whether a text would be what is wanted but for its quotes."""
    if kind is bool:
        return text in ("true", "false")
    return kind in (int, float) and re.fullmatch(r"[+-]?\d+(\.\d+)?", text) is not None


def _walk_struct(
    value: Any, kind: type[msgspec.Struct], path: str, found: list[tuple[str, str]], hook: Hook | None
) -> Any:
    if not isinstance(value, dict):
        found.append((path, f"found {_kind_of(value)}, expected a table [{path}]"))
        return msgspec.UNSET
    hints = _hints(kind)
    good: dict[str, Any] = {}
    for key, item in value.items():
        at = f"{path}.{in_path(key)}" if path else in_path(key)
        if key in kind.__struct_fields__:
            good[key] = _walk(item, hints[key], at, found, hook)
        else:
            from difflib import get_close_matches  # few files need it

            near = get_close_matches(key, kind.__struct_fields__, 1) or get_close_matches(
                key.lower(), kind.__struct_fields__, 1
            )
            is_table = isinstance(item, dict) and not path
            what, shape = (f"table [{in_path(key)}]", "[{}]") if is_table else (f"key {quoted(key)}", '"{}"')
            guess = f"{shape.format(near[0])}?" if near else f"one of {', '.join(kind.__struct_fields__)}"
            found.append((at, f"{_UNKNOWN} {what}, expected {guess}"))
    for field in msgspec.structs.fields(kind):
        if field.required and field.name not in value:
            at = f"{path}.{field.name}" if path else field.name
            plain, meta = _plain(hints[field.name])
            what = (meta.description if meta else None) or _kind_in_words(plain, at)
            found.append((at, f"found nothing, expected {what}"))
            good[field.name] = msgspec.UNSET
    return kind(**good)


@cache
def _hints(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)  # which evaluates all of them again, for each of many tables


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
    return str(value) if value is msgspec.UNSET else kinds.get(type(value), "a date or time")
