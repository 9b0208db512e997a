"""The collector's list and a fleet's table: tokens given, revoked, hashed. Never knows the command line.

The table is the fleet's CSV file: a row for each kiosk, a column `id` and a column `token`, and whatever else it has.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from kiosk import disk
from sync.collector import tokens
from sync.errors import CollectorError

_IDS, _TOKENS = ("id", "kiosk.id"), ("token", "endpoint.token")
_BOM = "\ufeff"


class Table(msgspec.Struct):
    """A CSV file as a spreadsheet saves it, and how it was written."""

    rows: list[list[str]]
    """The first holds the names of the columns."""
    id_at: int
    token_at: int
    delimiter: str
    end: str
    mark: str

    def tokens(self) -> dict[str, str]:
        """The token of each kiosk, "" where it has none, in the order of the rows."""
        return {row[self.id_at].strip(): row[self.token_at].strip() for row in self.rows[1:] if any(row)}

    def give(self, made: Mapping[str, str]) -> None:
        """Write tokens into their rows."""
        for row in self.rows[1:]:
            if any(row) and (token := made.get(row[self.id_at].strip())):
                row[self.token_at] = token

    def text(self) -> str:
        """The file."""
        out = io.StringIO()
        csv.writer(out, delimiter=self.delimiter, lineterminator=self.end).writerows(self.rows)
        return self.mark + out.getvalue()


def table(path: Path) -> Table:
    """The fleet's table at `path`; CollectorError tells every mistake in ids and tokens, and no token."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise CollectorError(f"{path}: the fleet's table can't be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise CollectorError(
            f"{path}: the fleet's table is not UTF-8: save it as CSV UTF-8 (comma delimited)"
        ) from None
    mark, text = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    names = [name.strip().lower() for name in rows[0]] if rows else []
    id_at = next((at for at, name in enumerate(names) if name in _IDS), None)
    if id_at is None:
        raise CollectorError(f"{path}, row 1: found no column id, expected one that holds each kiosk's id")
    token_at = next((at for at, name in enumerate(names) if name in _TOKENS), len(names))
    rows = [row + [""] * (max(len(names), token_at + 1) - len(row)) if any(row) else row for row in rows]
    if token_at == len(names):
        rows[0][token_at] = "token"
    found = Table(rows, id_at, token_at, delimiter, "\r\n" if first.endswith("\r") else "\n", mark)
    if mistakes := list(_mistakes(found, path)):
        raise CollectorError("\n".join(mistakes))
    return found


def _mistakes(found: Table, path: Path) -> Iterator[str]:
    ids: dict[str, int] = {}
    given: dict[str, int] = {}
    for number, row in enumerate(found.rows[1:], 2):
        if not any(row):
            continue
        name, token = row[found.id_at].strip(), row[found.token_at].strip()
        where = f"{path}, row {number}"
        if not tokens.is_name(name) or name == tokens.READER:
            yield f"{where}, id: found {name!r}, expected a kiosk's: up to 64 letters, digits, dots, - or _"
        elif (first := ids.setdefault(name, number)) != number:
            yield f"{where}, id: found {name!r}, which is row {first}'s too, expected each kiosk once"
        if token and not tokens.is_token(token):
            yield f"{where}, token: found no token (not shown here), expected one as it was issued, or nothing"
        elif token and (first := given.setdefault(token, number)) != number:
            yield f"{where}, token: found that of row {first}, expected each kiosk to have its own"


class List:
    """The text of a collector's list, to be changed: comments and order stay."""

    def __init__(self, text: str, source: str) -> None:
        self._source = source
        self._lines = text.splitlines()
        self._entries = tokens.entries(text, source)

    @classmethod
    def load(cls, path: Path) -> List:
        """The list at `path`, empty where there is none; CollectorError where it has mistakes."""
        return cls(tokens.text_of(path) if path.exists() else "", str(path))

    @property
    def text(self) -> str:
        """The list as it is now."""
        return "".join(f"{line}\n" for line in self._lines)

    def give(self, name: str, token: str) -> bool:
        """Let `token` be the one of `name`; another that it has is revoked. False where it has this one already."""
        (wanted,) = tokens.entries(tokens.line(name, token), self._source)
        for entry in (each for each in self._entries if each.digest == wanted.digest):
            if entry.name == name and not entry.revoked:
                return False
            raise CollectorError(
                f"{self._source}, line {entry.line}: found the token of {name} there already, "
                + ("revoked" if entry.revoked else f"as {entry.name}'s")
                + "; expected another: empty its cell, and a new one is made"
            )
        self.revoke(name)
        self._set([*self._lines, tokens.line(name, token)])
        return True

    def revoke(self, name: str) -> bool:
        """Let no token of `name` be taken any more. False where it has none."""
        at = {entry.line - 1 for entry in self._entries if entry.name == name and not entry.revoked}
        lines = list(self._lines)
        for number in at:
            lines[number] = _with(lines[number], *tokens.words(lines[number]), tokens.REVOKED)
        self._set(lines)
        return bool(at)

    def hash(self) -> int:
        """Put hashes in the place of tokens; how many there were."""
        lines = list(self._lines)
        plain = [entry for entry in self._entries if entry.plain]
        for entry in plain:
            name, token, *state = tokens.words(lines[entry.line - 1])
            lines[entry.line - 1] = _with(lines[entry.line - 1], tokens.line(name, token), *state)
        self._set(lines)
        return len(plain)

    def _set(self, lines: Sequence[str]) -> None:
        self._lines = list(lines)
        self._entries = tokens.entries(self.text, self._source)


def _with(line: str, *words: str) -> str:
    """These words, and the comment of `line`."""
    remark = re.search(r"(?:^|\s)(#.*)", line)
    return " ".join(words) + (f"  {remark[1]}" if remark else "")


def save(path: Path, text: str, *, private: bool) -> None:
    """The file, whole or not at all, its owner's alone where it is new or `private`; else whose it was."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        before = path.stat() if path.exists() else None
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            if before is not None:
                with contextlib.suppress(PermissionError):
                    os.chown(part, before.st_uid, before.st_gid)
                    part.chmod(0o600 if private else before.st_mode & 0o777)
            part.replace(path)
            disk.sync_folder(path.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CollectorError(f"{path}: can't be written ({error.strerror})") from None
