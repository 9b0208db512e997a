"""Where secrets may stand in a text that is no settings, as somebody mistyped it. Pure; never knows a file.

Rather too much than too little: the text was refused, and other settings are in force in its place.
"""

from __future__ import annotations

import re

from image.firstboot.spans import LEAST_TOLD, Span

_SECRET = re.compile(
    rb"""(?i)(?:\b|_)(?:tok|pas|psk|pin|pwd|sec)\w*["']?[ \t]*[=:][ \t]*"""
    rb"""(\"{3}.*?(?:\"{3,5}|\Z)|'{3}.*?(?:'{3,5}|\Z)|[^\r\n]+)""",
    re.DOTALL,
)
"""What stands behind such a key, to the line's end: a quotation mark may be missing, or one too many."""


def find(data: bytes) -> list[Span]:
    """Each place, with what is to stand there."""
    return [
        Span(found.start(1), '""'.ljust(len(found[1]))[: len(found[1])])
        for found in _SECRET.finditer(data)
        if found[1].strip(b"\"' \t")
    ]


def words(data: bytes) -> list[str]:
    """What may be a secret there, for copies of it to be known."""
    found = [each[1].split(b"#")[0].strip(b"\"' \t\r\n").decode(errors="replace") for each in _SECRET.finditer(data)]
    return [word for word in found if len(word) >= LEAST_TOLD]


def is_text(data: bytes) -> bool:
    """Whether secrets can be looked for: not in UTF-16, as an editor may have saved it."""
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False
