"""What the collector learns of each boot's wall time, and the times it tells from it. Never knows votes or HTTP."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Connection, bindparam, delete, insert, select

from kiosk.clock import Anchor, Boot, Reading, Voucher, moment, worth_keeping
from sync.collector import tables
from sync.protocol import Batch

KEPT = 4
"""Anchors kept a boot and voucher: the newest. `kiosk.clock` computes with the newest of the best."""

GRAIN_MS = 2_000
"""What whole seconds at both ends, cut off and not rounded, can't tell from a step."""

# Made once: to put a statement together takes longer than SQLite takes to run it.
_BOOTS = select(tables.boots.c.id, tables.boots.c.number).where(
    tables.boots.c.kiosk == bindparam("of_kiosk"), tables.boots.c.id.in_(bindparam("ids", expanding=True))
)
_BOOT = select(tables.boots.c.id, tables.boots.c.number).where(
    tables.boots.c.kiosk == bindparam("of_kiosk"), tables.boots.c.id == bindparam("id_")
)
_ANCHORS = select(
    tables.anchors.c.boot, tables.anchors.c.voucher, tables.anchors.c.boottime, tables.anchors.c.wall
).where(tables.anchors.c.boot.in_(bindparam("boots", expanding=True)))
# Nearly every batch names one boot: for that SQLAlchemy need not write the statement anew.
_ANCHORS_OF_ONE = select(
    tables.anchors.c.boot, tables.anchors.c.voucher, tables.anchors.c.boottime, tables.anchors.c.wall
).where(tables.anchors.c.boot == bindparam("of_boot"))
_NO_MORE = delete(tables.anchors).where(
    tables.anchors.c.boot == bindparam("of_boot"),
    tables.anchors.c.voucher == bindparam("by"),
    tables.anchors.c.boottime == bindparam("age"),
)
_NEW = insert(tables.anchors)

_Heard = dict[tuple[int, Voucher], dict[int, Anchor]]
"""By the boot's number and the voucher, and in there by the age of the boot."""


def learn(connection: Connection, kiosk: str, batch: Batch, now: float) -> dict[str, int]:
    """Keeps what a batch tells of its boots; the number of each boot by its id.

    `now`, the collector's Unix time in seconds, becomes an anchor of the boot that the kiosk is in.
    """
    numbers = _numbers(connection, kiosk, {batch.boot, *(boot.id for boot in batch.boots)})
    heard = _kept(connection, numbers.values())
    before = _flat(heard)
    for boot in batch.boots:
        for boottime, wall, by in boot.anchors:
            if by != "nobody":  # the clock computes with vouched anchors only
                heard[numbers[boot.id], by][boottime] = Anchor(boottime * 1000, wall * 1000, by)
    own = heard[numbers[batch.boot], "endpoint"]
    reading = Reading(batch.boottime * 1000, int(now) * 1000, "endpoint")
    # A batch that was held up or sent again tells an age that we heard of before: it would set the clock late.
    if all(age < batch.boottime for age in own) and worth_keeping(list(own.values()), reading, GRAIN_MS):
        own[batch.boottime] = Anchor(reading.boottime_ms, reading.wall_ms, "endpoint")
    _write(connection, before, _flat(heard))
    return numbers


def _flat(heard: _Heard) -> set[tuple[int, Anchor]]:
    return {(boot, by_age[age]) for (boot, _), by_age in heard.items() for age in sorted(by_age)[-KEPT:]}


def _numbers(connection: Connection, kiosk: str, ids: Collection[str]) -> dict[str, int]:
    known = _numbered(connection, kiosk, ids)
    if new := sorted(set(ids) - known.keys()):
        connection.execute(insert(tables.boots), [{"kiosk": kiosk, "id": id_} for id_ in new])
        known = _numbered(connection, kiosk, ids)
    return known


def _numbered(connection: Connection, kiosk: str, ids: Collection[str]) -> dict[str, int]:
    if len(ids) == 1:
        return dict(tables.fetch(connection, _BOOT, {"of_kiosk": kiosk, "id_": next(iter(ids))}))
    return dict(connection.execute(_BOOTS, {"of_kiosk": kiosk, "ids": list(ids)}).all())


def _kept(connection: Connection, numbers: Collection[int]) -> _Heard:
    heard: _Heard = defaultdict(dict)
    found: Sequence[Any]
    if len(numbers) == 1:
        found = tables.fetch(connection, _ANCHORS_OF_ONE, {"of_boot": next(iter(numbers))})
    else:
        found = connection.execute(_ANCHORS, {"boots": list(numbers)}).all()
    for boot, voucher, boottime, wall in found:
        by = cast(Voucher, voucher)
        heard[boot, by][boottime] = Anchor(boottime * 1000, wall * 1000, by)
    return heard


def _write(connection: Connection, before: set[tuple[int, Anchor]], after: set[tuple[int, Anchor]]) -> None:
    for boot, a in before - after:
        key = {"of_boot": boot, "by": a.by, "age": a.boottime_ms // 1000}
        tables.run(connection, _NO_MORE, key)
    if new := after - before:
        rows = [(boot, a.by, a.boottime_ms // 1000, a.wall_ms // 1000) for boot, a in new]
        tables.insert_many(connection, _NEW, rows)


def clock_of(connection: Connection, numbers: Collection[int]) -> Callable[[int, int], str | None]:
    """Tells the time of a boot's number and seconds of its boottime: UTC in ISO form, None where nobody vouched."""
    known: dict[int, list[Anchor]] = {number: [] for number in numbers}
    for (boot, _), by_age in _kept(connection, known.keys()).items():
        known[boot] += by_age.values()
    boots = {number: Boot(number, "", tuple(found)) for number, found in known.items()}

    def time_of(number: int, boottime: int) -> str | None:
        wall = moment([boots[number]], number, boottime * 1000).wall_ms
        return None if wall is None else iso(wall // 1000)

    return time_of


def iso(unix: int) -> str | None:
    """Unix seconds as ``2026-11-21T21:17:03Z``; None outside the years 1 to 9999, which only nonsense names."""
    try:
        return datetime.fromtimestamp(unix, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return None
