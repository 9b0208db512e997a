"""What a column of a fleet's table may be called, and what its cells mean. Pure; never judges a value.

Any key of moodpost.toml can be a column, so the keys are read from the settings themselves.
"""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from kiosk.settings import Secret, Settings

SURVEY, CA, KEYS = "survey", "ca", "authorized_keys"
FILES = (SURVEY, CA, KEYS)
"""Columns that name a file: it is put beside moodpost.toml."""
ALIASES = {"wifi": "wifi.ssid"}
"""What a person writes above a column, though no key ends like it."""
_TRUTHS = {"true": True, "false": False}


def target(heading: str) -> str:
    """The key (such as ``kiosk.place``) or the file that a column is of; ValueError with the nearest name."""
    name = heading.strip().lower().replace(" ", "_")
    found = name if name in FILES else _names().get(name)
    if found is None:
        near = difflib.get_close_matches(name, [*_names(), *FILES], 1, 0.5)
        guess = f'"{near[0]}"?' if near else f"a key of moodpost.toml such as kiosk.place, or one of {', '.join(FILES)}"
        raise ValueError(f'found an unknown column "{heading.strip()[:40]}", expected {guess}')
    return found


def value(path: str, cell: str) -> Any:
    """What moodpost.toml would hold for this cell. A cell that is no such value stays a text: it is refused later."""
    text = cell.strip()
    kind = _kinds()[path]
    if get_origin(kind) is list:
        item = _plain(get_args(kind)[0])
        return [_single(item, part) for part in re.split(r"[\s,;]+", text) if part]
    return _single(kind, text)


def secrets() -> list[str]:
    """The keys whose values nobody may see."""
    return [path for path, kind in _kinds().items() if kind is Secret]


def _single(kind: Any, text: str) -> Any:
    if kind is bool:
        return _TRUTHS.get(text.lower(), text)
    if get_origin(kind) is Literal:
        kind = type(get_args(kind)[0])
    try:
        if kind is int:
            return int(text)
        if kind is float:
            return float(text.replace(",", "."))  # as Excel writes it in half of Europe
    except ValueError:
        pass
    return text


@lru_cache(maxsize=1)
def _kinds() -> dict[str, Any]:
    """Each key by its path, and the type of its value."""
    found = {}
    for table, hint in get_type_hints(Settings, include_extras=True).items():
        struct = _plain(hint)
        if isinstance(struct, type) and issubclass(struct, msgspec.Struct):
            for key, of in get_type_hints(struct, include_extras=True).items():
                if key in struct.__struct_fields__:
                    found[f"{table}.{key}"] = _plain(of)
    return found


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Each name of a column, and its key: the whole path, or its end where no other key ends so."""
    paths = list(_kinds())
    ends = [path.rpartition(".")[2] for path in paths]
    short = {end: path for end, path in zip(ends, paths, strict=True) if ends.count(end) == 1}
    return {**short, **{path: path for path in paths}, **ALIASES}


def _plain(hint: Any) -> Any:
    """A hint without Annotated and `| None`."""
    while True:
        if get_origin(hint) is Annotated:
            hint = get_args(hint)[0]
        elif get_origin(hint) in (Union, UnionType):
            (hint,) = [each for each in get_args(hint) if each is not NoneType]
        else:
            return hint
