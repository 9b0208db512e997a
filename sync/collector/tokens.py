"""Who may send and who may read: the token file. Never tells a token to anybody, in a message, a log or a repr."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256
from pathlib import Path

from sync.errors import CollectorError

READER = "reader"
"""The name whose token reads the pages; no kiosk's."""
MIN_LENGTH = 16

_KIOSK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_COMMENT = re.compile(r"(^|\s)#.*")  # not within a word: a token with # in it is to be refused, not cut short
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


class Tokens:
    """The tokens of a file, kept as digests only."""

    __slots__ = ("_digests",)

    def __init__(self, by_name: dict[str, str]) -> None:
        self._digests = {name: _digest(token) for name, token in by_name.items()}

    @classmethod
    def load(cls, path: Path) -> Tokens:
        """The tokens in the file at `path`; CollectorError tells every mistake in it, a line each, and no token."""
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as error:
            raise CollectorError(f"{path}: the token file can't be read ({error.strerror})") from None
        except UnicodeDecodeError:
            raise CollectorError(f"{path}: the token file is not UTF-8 text; save it as such") from None
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, source: str = "tokens") -> Tokens:
        """The tokens in `text`: lines of a kiosk's id (or ``reader``) and its token; ``#`` begins a comment."""
        by_name: dict[str, str] = {}
        lines: dict[str, int] = {}
        mistakes: list[str] = []
        for number, line in enumerate(text.splitlines(), 1):
            words = _COMMENT.sub("", line).split()
            if not words:
                continue
            mistake = _mistake(words, lines)
            if mistake:
                mistakes.append(f"{source}, line {number}: {mistake}")
            else:
                by_name[words[0]] = words[1]
                lines[words[0]] = lines[words[1]] = number
        if not by_name and not mistakes:
            mistakes.append(f"{source}: found no line with a token, expected at least one")
        if mistakes:
            raise CollectorError("\n".join(mistakes))
        return cls(by_name)

    def owner(self, token: str) -> str | None:
        """Whose `token` it is, None if nobody's. Takes the same time wherever it differs, and whoever's it is."""
        digest = _digest(token)
        found = None
        for name, known in self._digests.items():
            if hmac.compare_digest(digest, known):
                found = name
        return found

    def __repr__(self) -> str:
        return f"<Tokens of {len(self._digests)}>"


def _mistake(words: list[str], lines: dict[str, int]) -> str | None:
    # No word is repeated here: in a mistaken line any of them may be the secret.
    if len(words) != 2:
        return f"found {len(words)} words, expected two: a kiosk's id (or {READER!r}) and its token"
    name, token = words
    if not _KIOSK.fullmatch(name):
        return "the first word is no kiosk id: expected up to 64 letters, digits, dots, - or _"
    if name in lines:
        return f"this name has a token already, on line {lines[name]}; expected each name once"
    if len(token) < MIN_LENGTH:
        return f"found a token of {len(token)} characters, expected at least {MIN_LENGTH}"
    if not _TOKEN.fullmatch(token):
        return "the token has a character that a bearer token can't have: expected letters, digits and -._~+/="
    if token in lines:
        return f"this token is in use already, on line {lines[token]}; expected each name to have its own"
    return None


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()
