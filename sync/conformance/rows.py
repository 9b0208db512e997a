"""Plays about rows: what comes again, after a gap, late, or with other content. Each has an epoch of its own."""

from __future__ import annotations

import threading

import msgspec

from sync.conformance import counts
from sync.conformance.exchange import BUSY, BrokenError, Exchange, UnknownError, answered, is_whole, refused
from sync.conformance.player import Epoch, Player, new_nonce
from sync.reply import Answer

REFUSED = (400, 409, 422)


def first_batch(player: Player) -> None:
    """Nothing else can be played where this fails."""
    player.epoch().deliver(1, 6)


def same_again(player: Player) -> None:
    """The answer was lost, so the kiosk sends the very same bytes again."""
    epoch, nonce = player.epoch(), new_nonce()
    body = epoch.body(1, 6)
    for told in ("rows 1 to 6", "rows 1 to 6, the same bytes again"):
        exchange = epoch.post(body, 1, 6, nonce, told, right=True)
        answered(exchange)
        if exchange.ack is None or exchange.ack < 1:
            found = f"`ack` {exchange.ack}" if exchange.ack is not None else str(exchange.status or "no answer")
            raise BrokenError(exchange, f"found {found}, expected an acknowledgement of rows")


def new_nonce_again(player: Player) -> None:
    """After a restart the kiosk makes a new nonce for the same rows."""
    epoch = player.epoch()
    epoch.deliver(1, 6)
    epoch.deliver(1, 6, after=" again, with a new nonce")


def overlap(player: Player) -> None:
    """Half of the batch was acknowledged in an answer that was lost."""
    epoch = player.epoch()
    epoch.deliver(1, 6)
    epoch.deliver(4, 9, after=", after rows 1 to 6 were acknowledged")


def counted_once(player: Player) -> None:
    """Asks the endpoint's summary, where it has one like our collector's."""
    epoch, nonce = player.epoch(), new_nonce()
    body = epoch.body(1, 6)
    sent = [epoch.post(body, 1, 6, nonce, f"rows 1 to 6, time {n}", right=True) for n in (1, 2)]
    sent += [epoch.send(1, 6, after=" with a new nonce"), epoch.send(4, 9)]
    sent += _at_once(epoch, 7, 12)
    sent.append(epoch.send(7, 12, after=" with a new nonce"))
    for exchange in sent:
        answered(exchange)
    expected = max(min(exchange.ack or 0, exchange.last) for exchange in sent)
    found = counts.rows(player, epoch.id)
    if found != expected:
        told = f"epoch {epoch.id}: rows 1 to 6 three times, 4 to 9, 7 to 12 twice at once and once more"
        seen = Answer(200, {}, f"/v1/summary tells {found} rows of this epoch".encode())
        raise BrokenError(
            msgspec.structs.replace(sent[-1], sent=told, answer=seen),
            f"found {found} rows counted, expected {expected}",
        )


def gap(player: Player) -> None:
    """An endpoint that lost rows (a backup put back) must say so, or they are lost for good."""
    epoch = player.epoch()
    epoch.deliver(1, 10)
    told = ", after rows 1 to 10 were acknowledged"
    for first, last in ((21, 25), (12, 12)):
        exchange = epoch.send(first, last, after=told)
        if exchange.ack is not None and exchange.ack < first - 1:
            stuck = "a kiosk takes it for a stranger's answer and never goes back"
            raise BrokenError(exchange, f"found `ack` {exchange.ack}, expected 409: {stuck}")
        _has(refused(exchange, (409,)), 10)


def missing(player: Player) -> None:
    """Rows that were damaged, at either end of a batch and within, and a batch of nothing else."""
    epoch = player.epoch()
    epoch.deliver(1, 8, missing=[(1, 1), (4, 5), (8, 8)])
    epoch.deliver(9, 12, missing=[(9, 12)])
    epoch.deliver(13, 14, after=", after 9 to 12 were listed as missing")


def missing_later(player: Player) -> None:
    """A row set aside was repaired, and comes with its neighbours."""
    epoch = player.epoch()
    epoch.deliver(1, 6, missing=[(3, 4)])
    epoch.deliver(2, 5, after=", after 3 and 4 had been listed as missing")


def start(player: Player) -> None:
    """A new epoch goes on where the one before ended."""
    epoch = player.epoch(7)
    told = ", the epoch's first being 7"
    _has(refused(epoch.send(9, 12, after=f"{told} and nothing sent before"), (409,)), 6)
    epoch.deliver(7, 10, after=told)


def other_start(player: Player) -> None:
    """A kiosk that contradicts itself is damaged."""
    epoch = player.epoch()
    epoch.deliver(1, 6)
    refused(epoch.send(7, 8, start=7, after=" with `start` 7, after rows 1 to 6 came with `start` 1"), REFUSED)


def fork(player: Player) -> None:
    """Two boards with one identity: a cloned card."""
    epoch = player.epoch()
    epoch.deliver(1, 6)
    _fork(epoch.send(2, 8, other=(3, 5), after=", after rows 1 to 6 were acknowledged"), 3)


def fork_kept(player: Player) -> None:
    """The first board's votes stand."""
    epoch = player.epoch()
    epoch.deliver(1, 6)
    _forked(epoch.send(1, 6, other=(3,)))
    epoch.deliver(1, 6, after=" as they were first, after a fork at row 3 was refused")


def fork_whole(player: Player) -> None:
    """The kiosk sends what follows a fork under a new epoch: kept here too, it would count twice."""
    epoch = player.epoch()
    epoch.deliver(1, 3)
    _forked(epoch.send(1, 6, other=(2,)))
    told = ", after a batch of rows 1 to 6 was refused for a fork at row 2"
    exchange = epoch.send(4, 6, other=(4, 5, 6), after=told)
    answered(exchange)
    if exchange.ack is None:
        raise BrokenError(exchange, "rows 4 to 6 of the refused batch seem to be kept: their numbers are taken")


def epochs_apart(player: Player) -> None:
    """A new store counts from 1 again."""
    old, new = player.epoch(), player.epoch()
    old.deliver(1, 10)
    told = f", after rows 1 to 10 of epoch {old.id} were acknowledged"
    new.deliver(1, 4, other=(1, 2, 3, 4), after=told)
    exchange = refused(new.send(9, 12, after=f"{told} and 1 to 4 of this one"), (409,))
    _has(exchange, 4)
    old.deliver(1, 10, after=f" again, after epoch {new.id} began")


def parallel(player: Player) -> None:
    """A request that seemed dead arrives beside the one sent after it."""
    epoch = player.epoch()
    for exchange in _at_once(epoch, 1, 40):
        if exchange.ack is None and exchange.status != 408 and exchange.status not in BUSY and exchange.status < 500:
            answered(exchange)
            raise BrokenError(exchange, f"found {exchange.status or 'no answer'} to one of two, expected 200 or 503")
    epoch.deliver(1, 40, after=" once more, after two equal batches at once")


def _at_once(epoch: Epoch, first: int, last: int) -> list[Exchange]:
    """The same bytes twice, on two connections, at one moment."""
    nonce = new_nonce()
    body = epoch.body(first, last)
    line = threading.Barrier(2)
    found: list[Exchange] = []

    def post() -> None:
        line.wait()
        found.append(epoch.post(body, first, last, nonce, f"rows {first} to {last}, twice at once", right=True))

    threads = [threading.Thread(target=post, name="twin", daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _has(exchange: Exchange, expected: int) -> None:
    have = exchange.said.get("have")
    if not is_whole(have) or have != expected:
        found = "no `have`" if have is None else f"`have` {have!r}"
        raise BrokenError(exchange, f"found {found}, expected {expected}")


def _fork(exchange: Exchange, seq: int) -> None:
    refused(exchange, (409,))
    if exchange.said.get("error") != "fork":
        raise BrokenError(exchange, f'found `error` {exchange.said.get("error")!r}, expected "fork"')
    if exchange.said.get("seq") != seq:
        raise BrokenError(exchange, f"found `seq` {exchange.said.get('seq')!r}, expected {seq}")


def _forked(exchange: Exchange) -> None:
    answered(exchange)
    if exchange.ack is not None or exchange.status != 409:
        raise UnknownError("no fork is refused here, so there is nothing to see after one: see fork")
