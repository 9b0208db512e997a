"""Reads a TOML text that was once found good, but for what is wrong in it now. Pure; never knows what it is about.

Who wrote it has gone: another version of the program, later or earlier, takes other keys, and a kiosk that ends over
one takes no votes until somebody comes. So what is wrong is as if it were not there, and is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from kiosk import checked
from kiosk.errors import SettingsError

T = TypeVar("T", bound=msgspec.Struct)
_Place = tuple[dict[str, Any], str, str]
"""A table, a key in it, and the path of that key."""


def parse(
    text: str, source: str, into: type[T], checks: Sequence[checked.Check], hook: checked.Hook | None = None
) -> tuple[T, tuple[str, ...]]:
    """As `checked.parse`, with what was passed over, as sentences.

    A value that is wrong has its default. One that has none takes its table along; where that would be all, or it is no
    TOML, SettingsError carries every mistake.
    """
    tree = checked.tree(text, source)
    said: list[str] = []
    while True:
        value, found = checked.judge(tree, into, checks, hook)
        if not found:
            return value, tuple(said)
        told = {path for path, _ in found} if not said else set()
        said = said or checked.told(found, text, source)
        places = dict(_places(tree))
        for table, key, path in [_nearest(path, places) for path, _ in found]:
            if not path:
                raise SettingsError(source, said)
            if table.pop(key, None) is not None and path not in told:
                said.append(f"{source}, {path}: left out with it")


def _places(tree: dict[str, Any], path: str = "") -> Iterator[tuple[str, _Place]]:
    """By its path, what is taken out for each thing there is; for an item of a list that is the list."""
    for key, value in tree.items():
        at = f"{path}.{checked.in_path(key)}" if path else checked.in_path(key)
        yield at, (tree, key, at)
        if isinstance(value, dict):
            yield from _places(value, at)
        elif isinstance(value, list):
            yield from ((inner, (tree, key, at)) for inner in _items(value, at))


def _items(values: list[Any], path: str) -> Iterator[str]:
    for number, value in enumerate(values):
        at = f"{path}[{number}]"
        yield at
        if isinstance(value, dict):
            yield from (inner for inner, _ in _places(value, at))
        elif isinstance(value, list):
            yield from _items(value, at)


def _nearest(path: str, places: dict[str, _Place]) -> _Place:
    """What stands at `path`, or the table around it where nothing does."""
    while path and path not in places:
        path = path.rpartition(".")[0]
    return places[path] if path else ({}, "", "")
