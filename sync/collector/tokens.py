"""Who may send and who may read: the list of tokens. Never tells a token to anybody, in a message, a log or a repr.

The list holds hashes, so that whoever sees it, or a backup of it, can't send. A token is made here of 160 random bits:
there is nothing to guess, and a slow hash, which protects what people think up, would only cost time.
"""

from __future__ import annotations

import base64
import hmac
import logging
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from sync.errors import CollectorError

log = logging.getLogger(__name__)

READER = "reader"
"""The name whose token reads the pages; no kiosk's."""
MIN_LENGTH = 16
REVOKED = "revoked"

_HASH = "sha256:"  # no bearer token has a colon in it
_KIOSK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_COMMENT = re.compile(r"(^|\s)#.*")  # not within a word: a token with # in it is to be refused, not cut short
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_SETTLED_NS = 2_000_000_000
"""A file that was written so lately may have been written again within one tick of the file system's clock."""


class Entry(msgspec.Struct, frozen=True):
    """One line of a list."""

    name: str
    digest: bytes
    line: int = 0
    revoked: bool = False
    plain: bool = False
    """The token itself stands there, not its hash."""

    def __repr__(self) -> str:
        return f"<Entry of {self.name}>"


def new_token() -> str:
    """A token of 160 random bits: 32 small letters and digits that no spreadsheet takes for a number or a formula."""
    return base64.b32encode(secrets.token_bytes(20)).decode().lower()


def line(name: str, token: str) -> str:
    """What stands in a list for the kiosk `name` (or ``reader``) with that token; it ends without a line end."""
    return f"{name} {_HASH}{_digest(token).hex()}"


def is_token(text: str) -> bool:
    """Whether it can be a token at all."""
    return len(text) >= MIN_LENGTH and _TOKEN.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether it can be a kiosk's id, or ``reader``."""
    return _KIOSK.fullmatch(text) is not None


def words(text: str) -> list[str]:
    """The words of a line without its comment."""
    return _COMMENT.sub("", text).split()


def entries(text: str, source: str) -> list[Entry]:
    """The lines of a list; CollectorError tells every mistake in it, a line each, and no token.

    A line is a kiosk's id (or ``reader``), its token's hash or the token itself, and perhaps ``revoked``.
    """
    found: list[Entry] = []
    lines: dict[str | bytes, int] = {}
    mistakes: list[str] = []
    for number, written in enumerate(text.splitlines(), 1):
        given = words(written)
        if not given:
            continue
        mistake = _mistake(given)
        if mistake is None:
            plain = not given[1].startswith(_HASH)
            digest = _digest(given[1]) if plain else bytes.fromhex(given[1].removeprefix(_HASH))
            found.append(Entry(given[0], digest, number, REVOKED in given[2:], plain))
            mistake = _clash(found[-1], lines)
        if mistake:
            mistakes.append(f"{source}, line {number}: {mistake}")
    if mistakes:
        raise CollectorError("\n".join(mistakes))
    return found


def text_of(path: Path) -> str:
    """What stands in the list at `path`; CollectorError where it can't be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CollectorError(f"{path}: the token file can't be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise CollectorError(f"{path}: the token file is not UTF-8 text; save it as such") from None


class Tokens:
    """The tokens of a list, kept as digests only. Where it is a file, a change counts from the next question on."""

    __slots__ = ("_by_name", "_mark", "_path", "_read", "_settled")

    def __init__(self, by_name: Mapping[str, str]) -> None:
        self._path: Path | None = None
        self._mark: tuple[int, ...] = ()
        self._settled = True
        self._read = b""
        """Tells whether the file says what it said when it was read before."""
        self._take([Entry(name, _digest(token)) for name, token in by_name.items()])

    @classmethod
    def load(cls, path: Path) -> Tokens:
        """The tokens in the file at `path`; CollectorError tells every mistake in it, a line each, and no token."""
        tokens = cls({})
        tokens._path = path
        tokens._note()
        text = text_of(path)
        tokens._take(_checked(text, str(path)))
        tokens._read = _digest(text)
        return tokens

    @classmethod
    def parse(cls, text: str, source: str = "tokens") -> Tokens:
        """The tokens in `text`: see `entries`; ``#`` begins a comment."""
        tokens = cls({})
        tokens._take(_checked(text, source))
        return tokens

    def refusal(self, kiosk: str, token: str) -> str | None:
        """Why `token` does not open `kiosk`, as a sentence; None where it does.

        It tells nothing of any other kiosk: only this one's lines are looked at, in the same time whatever they hold.
        """
        self._look()
        digest = _digest(token)
        known = self._by_name.get(kiosk, ()) if kiosk != READER else ()
        same = {entry.revoked for entry in known or (_NOBODY,) if hmac.compare_digest(digest, entry.digest)}
        if False in same and known:
            return None
        whose = f"kiosk {kiosk}" if is_name(kiosk) else "this kiosk"
        if not token:
            return f"found no token, expected the one of {whose}"
        if True in same:
            return f"this token of {whose} was revoked: give the kiosk its new one"
        return f"this token is unknown for {whose}: give the kiosk the token that was issued for it"

    def owner(self, token: str) -> str | None:
        """Whose `token` it is, None if nobody's. Takes the same time wherever it differs, and whoever's it is."""
        self._look()
        digest = _digest(token)
        found = None
        for known in self._by_name.values():
            for entry in known:
                if hmac.compare_digest(digest, entry.digest) and not entry.revoked:
                    found = entry.name
        return found

    def __repr__(self) -> str:
        return f"<Tokens of {len(self._by_name)}>"

    def _take(self, listed: Sequence[Entry]) -> None:
        self._by_name: dict[str, list[Entry]] = {}
        for entry in listed:
            self._by_name.setdefault(entry.name, []).append(entry)

    def _look(self) -> None:
        """Read the file again where it has changed. One that is wrong now locks nobody out: the last good one stays."""
        if self._path is None or (not self._note() and self._settled):
            return
        self._settled = True
        try:
            text = text_of(self._path)
            before, self._read = self._read, _digest(text)
            if self._read != before:  # while it is not settled, it is read for each who asks
                self._take(_checked(text, str(self._path)))
        except CollectorError as error:
            log.error("%s\nThe list as it was before goes on to count.", error)
            return
        self._settled = time.time_ns() - self._mark[0] >= _SETTLED_NS

    def _note(self) -> bool:
        """Whether the file is another than the one that was noted last; note it."""
        assert self._path is not None
        try:
            found = self._path.stat()
            mark: tuple[int, ...] = (found.st_mtime_ns, found.st_size, found.st_ino)
        except OSError:
            mark = ()  # reading it will tell
        changed, self._mark = mark != self._mark, mark
        self._settled = self._settled and not changed
        return changed


def _checked(text: str, source: str) -> list[Entry]:
    """The lines of a list that somebody is to be judged by."""
    found = entries(text, source)
    if not found:
        raise CollectorError(f"{source}: found no line with a token, expected at least one")
    if plain := [str(entry.line) for entry in found if entry.plain]:
        log.warning(
            "%s, line %s: found a token itself, expected its hash, so that who reads the list can't send: "
            "`moodpost tokens hash %s` puts hashes in their place",
            source,
            ", ".join(plain),
            source,
        )
    return found


def _mistake(given: Sequence[str]) -> str | None:
    # No word is repeated here: in a mistaken line any of them may be the secret.
    if len(given) not in (2, 3):
        return f"found {len(given)} words, expected two: a kiosk's id (or {READER!r}) and its token's hash"
    name, token, *state = given
    if not is_name(name):
        return "the first word is no kiosk id: expected up to 64 letters, digits, dots, - or _"
    if state and state != [REVOKED]:
        return f"found a third word, expected {REVOKED!r} or none"
    if token.startswith(_HASH):
        whole = re.fullmatch("[0-9a-f]{64}", token.removeprefix(_HASH))
        return None if whole else f"found a hash that is cut or altered, expected {_HASH} and 64 digits, 0-9 and a-f"
    if len(token) < MIN_LENGTH:
        return f"found a token of {len(token)} characters, expected at least {MIN_LENGTH}"
    if not _TOKEN.fullmatch(token):
        return "the token has a character that a bearer token can't have: expected letters, digits and -._~+/="
    return None


def _clash(entry: Entry, lines: dict[str | bytes, int]) -> str | None:
    """Whether it is a line too many; `lines` tells where each name and each token stood first."""
    if not entry.revoked and entry.name in lines:
        at = lines[entry.name]
        return f"this name has a token already, on line {at}; expected each name once, but for lines that are revoked"
    if entry.digest in lines:
        return f"this token is in use already, on line {lines[entry.digest]}; expected each name to have its own"
    lines[entry.digest] = entry.line
    if not entry.revoked:
        lines[entry.name] = entry.line
    return None


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()


_NOBODY = Entry("", bytes(32))
"""What the token of an unknown kiosk is compared with."""
