"""Plays about what must be refused, or at least survived: limits, bodies that are none, tokens, odd requests."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

from kiosk.response import Response
from kiosk.settings import Secret
from sync import protocol
from sync.conformance.exchange import BrokenError, Exchange, UnknownError, answered, refused
from sync.conformance.player import Epoch, Player, new_nonce, row

NOT_SO = (400, 422)
TOO_MUCH = (413, 400, 422)
DENIED = (401, 403)
PIECES = 8
"""Of a slow body."""
_NO_TOKEN = "no token was given: --token-file"


def most_rows(player: Player) -> None:
    """A kiosk that was offline for long may send so many."""
    exchange = player.epoch().send(1, protocol.MAX_ROWS)
    answered(exchange)
    if (exchange.ack or 0) < 1 and exchange.status != 413:
        raise BrokenError(exchange, f"found {exchange.status or 'no answer'}, expected 200 or 413")


def too_many_rows(player: Player) -> None:
    """One row more than the page allows."""
    refused(player.epoch().send(1, protocol.MAX_ROWS + 1), TOO_MUCH)


def too_large(player: Player) -> None:
    """Text that does not shrink."""
    epoch, nonce = player.epoch(), new_nonce()
    rows = [_text(seq, secrets.token_urlsafe(2900)) for seq in range(1, 501)]
    body = epoch.pack(rows).body
    assert len(body) > protocol.MAX_WIRE_BYTES
    refused(epoch.post(body, 1, 500, nonce, f"rows 1 to 500, {len(body):,} bytes"), TOO_MUCH)


def unfolds(player: Player) -> None:
    """A right batch, followed by very many spaces."""
    epoch, nonce = player.epoch(), new_nonce()
    plain = protocol.decompress(epoch.body(1, 6))
    body = protocol.compress(plain + b" " * (protocol.MAX_JSON_BYTES + 1))
    told = f"rows 1 to 6 and spaces after them: {len(body):,} bytes, unzipped more than 16 MiB"
    refused(epoch.post(body, 1, 6, nonce, told), TOO_MUCH)


def not_gzip(player: Player) -> None:
    """Plain JSON under a header that says gzip, and bytes that are nothing at all."""
    epoch, nonce = player.epoch(), new_nonce()
    plain = protocol.decompress(epoch.body(1, 6))
    refused(epoch.post(plain, 1, 6, nonce, "rows 1 to 6 as plain JSON"), (*NOT_SO, 415))
    refused(epoch.post(secrets.token_bytes(600), 1, 6, nonce, "600 random bytes"), (*NOT_SO, 415))
    refused(epoch.post(b"", 1, 6, nonce, "an empty body"), (*NOT_SO, 415))


def cut_gzip(player: Player) -> None:
    """A proxy gave up in the middle; also where only gzip's own checksum is gone."""
    epoch, nonce = player.epoch(), new_nonce()
    body = epoch.body(1, 200)
    refused(epoch.post(body[: len(body) // 2], 1, 200, nonce, "the first half of rows 1 to 200"), (*NOT_SO, 408))
    refused(epoch.post(body[:-8], 1, 200, nonce, "rows 1 to 200 without the last 8 bytes of gzip"), (*NOT_SO, 408))


def not_json(player: Player) -> None:
    """Well packed, but no batch."""
    for plain in (b"", b"hello", b"[1, 1", b"\xff\xfe\x00", b"[]", b"null", b"{}", b"[" * 20_000):
        shown = repr(plain[:8])[1:] + ("…" if len(plain) > 8 else "")
        refused(player.post(protocol.compress(plain), f"{shown} under gzip"), NOT_SO)


def bad_values(player: Player) -> None:
    """Each change makes a right batch wrong."""
    epoch, nonce = player.epoch(), new_nonce()
    for told, wire in _spoilt(_plain(epoch)):
        refused(epoch.post(_packed(wire), 1, 6, nonce, f"rows 1 to 6, but {told}"), NOT_SO)


def other_version(player: Player) -> None:
    """What a later kiosk means by it can't be known."""
    epoch, nonce = player.epoch(), new_nonce()
    wire = _plain(epoch)
    wire[0] = 99
    refused(epoch.post(_packed(wire), 1, 6, nonce, "rows 1 to 6, but the version is 99"), NOT_SO)


def token_missing(player: Player) -> None:
    """No Authorization at all."""
    _needs_token(player)
    _denied(player, Secret(""), "rows 1 to 6 without a token")


def token_wrong(player: Player) -> None:
    """A token that nobody issued."""
    _needs_token(player)
    _denied(player, Secret(secrets.token_hex(16)), "rows 1 to 6 with a wrong token")


def token_other(player: Player) -> None:
    """Our token at the address of another kiosk."""
    _needs_token(player)
    epoch, nonce, other = player.epoch(), new_nonce(), f"check-{secrets.token_hex(4)}"
    body = epoch.body(1, 6)
    told = f"rows 1 to 6 to the address of kiosk {other}"
    refused(player.post(body, told, epoch=epoch.id, nonce=nonce, last=6, kiosk=other), (*DENIED, 404))


def other_methods(player: Player) -> None:
    """What a browser or a monitor asks."""
    for method in ("GET", "HEAD"):
        exchange = player.ask(method, player.epoch().id, new_nonce(), f"{method} on the kiosk's address")
        answered(exchange)
        if exchange.ack is not None:
            raise BrokenError(exchange, "it looks like an acknowledgement, and nothing was sent")
        if not exchange.status or exchange.status >= 500:
            raise BrokenError(exchange, f"found {exchange.status or 'no answer'}, expected 405, 404 or the like")


def slow_body(player: Player) -> None:
    """Eight pieces within two seconds."""
    epoch, nonce = player.epoch(), new_nonce()
    body = epoch.body(1, 4)
    step = len(body) // PIECES + 1
    pieces = [body[at : at + step] for at in range(0, len(body), step)]
    exchange = player.ask("POST", epoch.id, nonce, "rows 1 to 4 in slow pieces", pieces)
    answered(exchange)
    if exchange.ack is None:
        raise BrokenError(exchange, f"found {exchange.status or 'no answer'}, expected 200")


def keep_alive(player: Player) -> None:
    """Whoever leaves a refused body unread takes its rest for the next request."""
    with player.client(player.total_s) as client:
        for told, token in (("300,000 random bytes", None), ("the same with a wrong token", Secret("x" * 20))):
            if token is None or player.token.reveal():
                answered(player.post(secrets.token_bytes(300_000), told, token=token, client=client))
            epoch, after = player.epoch(), f", on the same connection after {told}"
            for first in (1, 5):
                # Closing it in between is allowed: then this is a new connection.
                epoch.deliver(first, first + 3, after=after, client=client)


def _needs_token(player: Player) -> None:
    if not player.token.reveal():
        raise UnknownError(_NO_TOKEN)


def _denied(player: Player, token: Secret, told: str) -> Exchange:
    epoch, nonce = player.epoch(), new_nonce()
    body = epoch.body(1, 6)
    return refused(player.post(body, told, epoch=epoch.id, nonce=nonce, last=6, token=token), DENIED)


def _text(seq: int, text: str) -> Response:
    vote = row(1)
    return vote if seq == 1 else Response(seq, 1, 1, "text", "check/1", "why", text, "digital", "en", "", 1, seq * 1000)


def _plain(epoch: Epoch) -> Any:
    """A right batch of rows 1 to 6 as the JSON under the gzip, whatever its form is."""
    return json.loads(protocol.decompress(epoch.body(1, 6)))


def _packed(wire: object) -> bytes:
    return protocol.compress(json.dumps(wire).encode())


def _spoilt(wire: Any) -> Iterator[tuple[str, Any]]:
    """What makes a right batch wrong, in words, and the batch with it: each of its values, one by one."""
    for place in range(len(wire)):
        told = f"entry {place + 1}"
        yield f"{told} is an object", _with(wire, place, {"colour": 1})
        if isinstance(wire[place], int):
            yield f"{told} is far too large", _with(wire, place, 2**70)
    yield "there are 20 more entries", wire + [{"colour": 1}] * 20
    yield "half of the entries are not there", wire[: len(wire) // 2]


def _with(wire: Any, key: Any, value: Any) -> Any:
    changed = wire.copy()
    changed[key] = value
    return changed
