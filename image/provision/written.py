"""A tree of settings as a TOML text. Pure; never knows a key."""

from __future__ import annotations

import json
import re
from typing import Any

_LONG = "\u007f"
"""JSON leaves it as it is, TOML wants it escaped."""


def toml(tree: dict[str, Any]) -> str:
    """The text that tomllib reads as `tree`: single values first, then a table for each dictionary."""
    single = [f"{_key(key)} = {_value(value)}" for key, value in tree.items() if not isinstance(value, dict)]
    tables = [
        "\n".join([f"[{_key(name)}]", *(f"{_key(key)} = {_value(value)}" for key, value in table.items())])
        for name, table in tree.items()
        if isinstance(table, dict)
    ]
    return "\n\n".join([*(["\n".join(single)] if single else []), *tables]) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace(_LONG, "\\u007f")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{{pairs}}}"
    if isinstance(value, (int, float)):
        return repr(value)
    return str(value.isoformat())  # a date or a time


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)
