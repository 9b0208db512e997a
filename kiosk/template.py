"""The commented moodpost.toml that a card comes with, and the same with values in it. Never knows who gave them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from kiosk.errors import FileError

_FILE = Path(__file__).parents[1] / "image/boot/moodpost.toml"
_TABLE = re.compile(r"(?:# )?(\[(\w+)\])(?: +(# .*))?")
_LINE = re.compile(r"(?:# )?(\w+)( *)= (?:\"[^\"]*\"|\[[^\]]*\]|\S+)(?: +(# .*))?")
_COLUMN = 37
"""Where remarks begin, if there is room."""

Values = Mapping[tuple[str, str], str | list[str]]
"""By table and key."""


def template() -> str:
    """The file as it comes; FileError where this installation lacks it."""
    try:
        return _FILE.read_text(encoding="utf-8")
    except OSError as error:
        raise FileError(
            f"{_FILE}: can't be read ({error.strerror}); it comes with the repository and package"
        ) from None


def filled(text: str, values: Values) -> str:
    """`text` with `values` in the place of its own; what is no remark any more is what they name, and their tables.

    ValueError where the template has no such line.
    """
    left = dict(values)
    tables = {table for table, _ in values}
    lines = []
    table = ""
    for line in text.splitlines():
        if header := _TABLE.fullmatch(line):
            table = header[2]
            lines.append(_with_remark(header[1], header[3]) if table in tables else line)
        elif (pair := _LINE.fullmatch(line)) and (table, pair[1]) in left:
            written = f"{pair[1]}{pair[2]}= {_toml(left.pop((table, pair[1])))}"
            lines.append(_with_remark(written, pair[3]))
        else:
            lines.append(line)
    if left:
        raise ValueError(f"the template has no line for {', '.join('.'.join(key) for key in sorted(left))}")
    return "\n".join(lines) + "\n"


def _with_remark(text: str, remark: str | None) -> str:
    return f"{text.ljust(_COLUMN - 1)} {remark}" if remark else text


def _toml(value: str | list[str]) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # which JSON lets pass
