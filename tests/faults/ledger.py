"""The reckoning: the collector's tables, row for row, against what cards hold and what was thanked for."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from kiosk.response import Response, parse_vote
from sync.collector.counted import named_by
from tests.faults.card import Identity

_COLUMNS = "kind, visit, position, survey, question, value, ui, language, misuse"

Content = tuple[object, ...]


class Got(msgspec.Struct, frozen=True):
    """One row of the collector's table."""

    epoch: str
    seq: int
    boot: str
    second: int
    content: Content

    @property
    def identity(self) -> Identity:
        return self.boot, self.second


class Reckoning(msgspec.Struct):
    """What a comparison found; `wrong` says it in words, a few of each kind."""

    rows: int = 0
    lost: int = 0
    twice: int = 0
    foreign: int = 0
    miscounted: int = 0
    wrong: list[str] = []

    def blame(self, what: str) -> None:
        if len(self.wrong) < 20:
            self.wrong.append(what)


def got(database: Path) -> list[Got]:
    """Everything in the collector's table of responses, of whatever kiosk."""
    with _open(database) as connection:
        found = connection.execute(
            f"SELECT epoch, seq, b.id, boottime, {_COLUMNS} FROM responses r JOIN boots b ON b.number = r.boot"
        ).fetchall()
        (count,) = connection.execute("SELECT count(*) FROM responses").fetchone()
    assert count == len(found), "a response names a boot that is not there"
    return [Got(*row[:4], content=tuple(row[4:])) for row in found]


def missing(database: Path) -> dict[str, set[int]]:
    """The numbers that were said to be missing, by epoch."""
    with _open(database) as connection:
        found: dict[str, set[int]] = defaultdict(set)
        for epoch, low, high in connection.execute("SELECT epoch, low, high FROM missing"):
            found[epoch] |= set(range(low, high + 1))
    return dict(found)


def reach(database: Path) -> dict[str, int]:
    """How far each epoch goes at the collector without a gap."""
    with _open(database) as connection:
        return dict(connection.execute("SELECT epoch, have FROM epochs").fetchall())


def content_of(row: Response) -> Content:
    """A row as the collector keeps it, but for its boot and second."""
    return tuple(getattr(row, name) for name in _COLUMNS.split(", "))


def compare(
    database: Path,
    cards: Iterable[Iterable[tuple[str, str, Response]]],
    written: Mapping[Identity, Response],
    aside: set[Identity],
) -> Reckoning:
    """Each row on the `cards` once under its own epoch and number; nothing that was not `written`; `votes` right."""
    result = Reckoning()
    arrived = got(database)
    result.rows = len(arrived)
    times = Counter(row.identity for row in arrived)
    for row in arrived:
        thanked = written.get(row.identity)
        if thanked is None or content_of(thanked) != row.content:
            result.foreign += 1
            result.blame(f"nobody wrote what stands as {row.epoch} {row.seq}: {row.content}")
        if times[row.identity] > 1:
            result.twice += 1
            result.blame(f"arrived {times[row.identity]} times, also as {row.epoch} {row.seq}: {row.content}")
    by_key = {(row.epoch, row.seq): row for row in arrived}
    for card in cards:
        for epoch, boot, stored in card:
            identity = (boot, stored.ms // 1000)
            if identity in aside:
                if times[identity]:
                    result.foreign += 1
                    result.blame(f"was to be set aside, but arrived: {stored}")
                continue
            found = by_key.get((epoch, stored.seq))
            if found is None or found.identity != identity or found.content != content_of(stored):
                result.lost += 1
                result.blame(f"not there as {epoch} {stored.seq}: {stored}")
    _compare_votes(database, arrived, result)
    return result


def _compare_votes(database: Path, arrived: list[Got], result: Reckoning) -> None:
    """`votes` against a count of our own, and no visit counted under two epochs."""
    columns = ("kind", "visit", "position", "survey", "question", "value", "ui", "language", "misuse")
    rows = [(row, dict(zip(columns, row.content, strict=True))) for row in sorted(arrived, key=lambda r: r.seq)]
    named: dict[str, set[int]] = defaultdict(set)
    for row, fields in rows:
        if fields["kind"] == "mark":
            named[row.epoch] |= named_by([str(fields["value"])])
    expected: dict[tuple[str, object], tuple[object, ...]] = {}
    visits = set()
    for row, fields in rows:
        if fields["kind"] == "vote":
            key = (row.epoch, fields["visit"])
            visits.add((row.boot, fields["visit"]))
            expected[key] = (
                row.seq,
                *parse_vote(str(fields["value"])),
                fields["misuse"] != "" or row.seq in named[row.epoch],
            )
    with _open(database) as connection:
        query = "SELECT epoch, visit, seq, face, faces, marked FROM votes"
        counted = {(epoch, visit): (*rest, bool(mark)) for epoch, visit, *rest, mark in connection.execute(query)}
    for key in expected.keys() | counted.keys():
        if expected.get(key) != counted.get(key):
            result.miscounted += 1
            result.blame(f"visit {key}: counted as {counted.get(key)}, expected {expected.get(key)}")
    if len(visits) != len(counted):
        result.miscounted += 1
        result.blame(f"{len(counted)} votes are counted, of {len(visits)} visits")


def _open(database: Path) -> contextlib.closing[sqlite3.Connection]:
    return contextlib.closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True))
