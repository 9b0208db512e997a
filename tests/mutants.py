"""Bodies that no kiosk sends: good ones changed at random, and plain garbage; the same for the same seed.

Never knows who reads them.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from kiosk.response import Response
from sync import protocol
from sync.protocol import MAX_JSON_BYTES, BootTimes
from tests.benchmarks.trace import day

_JSON_BYTES = b'0123456789-+.eE[]{}",: \\/\0\xff\xc3nulltruefalseNaN'
_CHARS = '0123456789:;<=>?@AEFGHnop*+-# \\"\0/~éʤ一\ud7ff\ue000😀'
_ODD = (
    *(None, True, False, -1, 0, 1, 2, 1.5, -0.0, 1e308, 10_000, 10_001, 2**31, 2**40, 2**53 - 1, 2**53, 2**63, 2**64),
    *(-(2**63), 10**400, "", " ", "  ", "0", "00", "\0", "x" * 4_001, "\ud800", "😀", "0" * 9_999, "-" * 30, "*" * 22),
    *([], [[]], [0], [[1, 1]], [[1, 10_000]], [[2, 1]], [[1, 2**53 - 1]], [[-5, 5]], {}, {"a": 1}, ["x"], [None]),
    *([["b", []]], [["b", []]] * 40, [["b", [[1, 2, "ntp"]] * 30]], [["\0", []]], [["b", [[0, 2**40, "rtc"]]]]),
)


class Mutant(NamedTuple):
    """A body, and how it came about."""

    how: str
    body: bytes


def good() -> list[bytes]:
    """Batches of all kinds that are in order."""
    rows = day(60, seed=5)
    boots = {
        1: BootTimes("0f7b6c1e-8d8c-4a35-9a55-0d1f6f4f2b11", [(30, 1_790_000_000, "ntp")]),
        2: BootTimes("lost-2", []),
    }
    usual: dict[str, Any] = {"boots": boots, "boot": boots[1].id, "boottime": 99_999, "start": 1}
    odd = [
        Response(1, 1, 0, "vote", "visit/1", "visit", "3/7", "physical", "fi-FI", "lockout/1", 2, 9_000_000),
        Response(2, 1, 7, "text", "visit/1", "comment", 'Not my day, "really" 👍\n', "digital", "", "", 1, -5_000),
        Response(5, 1, 1, "choices", "canteen/3", "improve", "waiting staff", "digital", "fi-FI", "", 1, 2**49),
        Response(6, 6, 0, "mark", "visit/1", "", "burst/1 1 2 9999", "", "", "", 2, 61_000),
        Response(7, 2, 999, "end", "visit/1", "", "no end", "", "ي", "", 2, 61_000),
    ]
    bodies = [protocol.encode(rows[:size], **usual).body for size in (1, 2, 3, 8, 60)]
    bodies.append(protocol.encode(odd, missing=[(3, 4), (8, 9)], **usual).body)
    bodies.append(protocol.encode([], first=1, missing=[(1, 40)], **usual).body)
    return bodies


def mutants(count: int, seed: int) -> Iterator[Mutant]:
    """So many, each kind of change in turn."""
    dice = random.Random(seed)
    bodies = [(body, protocol.decompress(body)) for body in good()]
    for number in range(count):
        body, text = dice.choice(bodies)
        how = _HOW[number % len(_HOW)]
        other = dice.choice(bodies)
        yield Mutant(how.__name__.strip("_"), how(dice, body, text, other))


_START = b'[1,1,9,9,[["b",[]]],'
_LISTS = _START + b'"","","","",""'
BOMBS: dict[str, tuple[bytes, bytes, bytes]] = {
    "spaces": (_START, b" ", b'"","","","",""]'),
    "words": (_START + b'"', b"x ", b'","","","",""]'),
    "one word": (_START + b'"', b"x", b'","","","",""]'),
    "forms": (_START + b'"","', b"00 ", b'","","",""]'),
    "many forms": (_START + b'"","' + b"00###0-#### " * 9_999, b"0", b'","","",""]'),
    "one form": (_START + b'"","', b"0", b'","0","","0"]'),
    "shapes": (_START + b'"","000","', b"0 ", b'","",""]'),
    "one shape": (_START + b'"","000","', b"0", b'","","0"]'),
    "empty shapes": (_START + b'"","000","' + b" " * 9_000 + b'","","', b"0", b'"]'),
    "codes": (_START + b'"","*0*0","0","', b"0", b'","0"]'),
    "visits": (_START + b'"","000","0","","', b"0", b'"]'),
    "wide": (_START + b'"","000","0","","', "😀".encode(), b'"]'),
    "missing": (_LISTS + b",1,[", b"[1,1],", b"[1,1]]]"),
    "texts": (_LISTS + b",1,[],[", b'"ab",', b'""]]'),
    "numbers": (_LISTS + b",1,[],[],[", b"0,", b"0]]"),
    "boots": (b"[1,1,9,9,[", b'["b",[]],', b'["b",[]]],"","","","",""]'),
    "anchors": (b'[1,1,9,9,[["b",[', b'[1,1,"ntp"],', b'[1,1,"ntp"]]]],"","","","",""]'),
    "deep": (b"", b"[", b""),
    "deep boots": (b"[1,1,9,9,", b"[", b""),
    "deep object": (b"", b'{"a":', b"1"),
    "digits": (b"[1,", b"9", b"]"),
}
"""Few bytes that want to become many, and lists that want to become more: before, what is repeated, after."""


def bomb(name: str) -> bytes:
    """As much as just goes under the limit, so that its meaning must be refused and not its size."""
    before, much, after = BOMBS[name]
    return protocol.compress(before + much * ((MAX_JSON_BYTES - len(before + after)) // len(much)) + after)


def _flipped(dice: random.Random, data: bytes, alphabet: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        changed[dice.randrange(len(changed))] = dice.choice(alphabet)
    return bytes(changed)


def _spliced(dice: random.Random, one: bytes, other: bytes) -> bytes:
    return one[: dice.randrange(len(one) + 1)] + other[dice.randrange(len(other)) :]


def _moved(dice: random.Random, data: bytes) -> bytes:
    """A piece of it taken out, doubled, or put elsewhere."""
    low, high = sorted(dice.randrange(len(data) + 1) for _ in range(2))
    high = min(high, low + 40)
    to = dice.randrange(len(data) + 1)
    return dice.choice((data[:low] + data[high:], data[:high] + data[low:], data[:to] + data[low:high] + data[to:]))


_Other = tuple[bytes, bytes]


def _gzip_flipped(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    return _flipped(dice, body, bytes(range(256)))


def _gzip_cut(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    return body[: dice.randrange(len(body))]


def _gzip_spliced(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    return _spliced(dice, body, other[0])


def _deflate_flipped(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    """Flipped where the checksum would tell; so the checksum is made right again as far as that goes."""
    broken = _flipped(dice, body[10:-8], bytes(range(256)))
    unpacker = zlib.decompressobj(-15)
    try:
        data = unpacker.decompress(broken, 1 << 20)
    except zlib.error:
        data = b""
    return body[:10] + broken + zlib.crc32(data).to_bytes(4, "little") + (len(data) & 0xFFFFFFFF).to_bytes(4, "little")


def _json_flipped(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    return protocol.compress(_flipped(dice, text, dice.choice((_JSON_BYTES, bytes(range(256))))))


def _json_cut(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    return protocol.compress(text[: dice.randrange(len(text))] + dice.choice((b"", b"]", b'"]', b"]]")))


def _json_moved(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    return protocol.compress(_moved(dice, text))


def _json_spliced(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    return protocol.compress(_spliced(dice, text, other[1]))


def _packed(value: Any) -> bytes:
    return protocol.compress(json.dumps(value, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def _full(text: bytes) -> list[Any]:
    """A batch with all its places."""
    wire = json.loads(text)
    return [*wire, *([1, [], [], []][len(wire) - 10 :])]


def _place_odd(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    wire = _full(text)
    for _ in range(dice.choice((1, 1, 2))):
        wire[dice.randrange(len(wire))] = dice.choice(_ODD)
    return _packed(wire)


def _place_of_another(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    wire, stranger = _full(text), _full(other[1])
    # But for the present age and the first time, with which a batch is as good as before.
    place = dice.choice([place for place in range(14) if wire[place] != stranger[place] and place not in (2, 3)] or [1])
    wire[place] = stranger[place]
    return _packed(wire)


def _places_swapped(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    wire = _full(text)
    one, two = dice.sample(range(len(wire)), 2)
    wire[one], wire[two] = wire[two], wire[one]
    return _packed(wire[: dice.choice((9, 10, 14, 14, 14))] + dice.choice(([], [], [0])))


def _characters(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    """The columns themselves: what they say is wrong, the JSON around them is right."""
    wire = _full(text)
    place = dice.choice((5, 6, 7, 8, 9))
    chars = list(wire[place]) or ["0"]
    for _ in range(dice.choice((1, 1, 2, 5))):
        at = dice.randrange(len(chars))
        chars[at : at + dice.choice((0, 1, 1, 1))] = dice.choice(_CHARS) * dice.choice((0, 1, 1, 1, 2, 30))
        chars = chars or ["0"]
    wire[place] = "".join(chars)
    return _packed(wire)


def _field_of_a_form(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    wire = _full(text)
    forms = wire[6].split(" ")
    at = dice.randrange(len(forms))
    field = dice.choice("-#") if dice.random() < 0.4 else dice.choice(("", "*", "+")) + dice.choice(_CHARS)
    place = dice.randrange(len(forms[at]) + 1)
    forms[at] = forms[at][:place] + field + forms[at][place + dice.randrange(2) :]
    wire[6] = " ".join(forms)
    if dice.random() < 0.5:
        wire[13] = [dice.choice((0, 1, -1, 7, 2**40, -(2**53), 2**53)) for _ in range(dice.randrange(8))]
    return _packed(wire)


def _number_changed(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    wire = _full(text)
    place = dice.choice((0, 1, 1, 1, 2, 3, 10, 10))
    wire[place] += dice.choice((-2, -1, 1, 2, 9_999, 10_000, 2**40, -(2**40), 2**53, 2**64))
    return _packed(wire)


def _wrong_shape(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    def value(depth: int) -> Any:
        kind = dice.randrange(7 if depth else 5)
        if kind == 5:
            return [value(depth - 1) for _ in range(dice.randrange(16))]
        if kind == 6:
            return {dice.choice("vabc"): value(depth - 1) for _ in range(dice.randrange(4))}
        return dice.choice(_ODD)

    made = json.dumps([value(2) for _ in range(dice.choice((9, 10, 10, 12, 14)))] if dice.random() < 0.5 else value(3))
    made = made.replace("null", dice.choice(("null", "NaN", "Infinity", "-Infinity", '{"a":1,"a":2}')))
    return protocol.compress(made.encode("utf-8", "surrogatepass"))


def _bytes(dice: random.Random, body: bytes, text: bytes, other: _Other) -> bytes:
    made = dice.randbytes(dice.choice((0, 1, 9, 18, 60, 400)))
    return dice.choice((made, protocol.compress(made), body[:10] + made, protocol.compress(text) + made))


_HOW: tuple[Callable[[random.Random, bytes, bytes, _Other], bytes], ...] = (
    _gzip_flipped,
    _gzip_cut,
    _gzip_spliced,
    _deflate_flipped,
    _json_flipped,
    _json_cut,
    _json_moved,
    _json_spliced,
    _place_odd,
    _place_of_another,
    _places_swapped,
    _characters,
    _field_of_a_form,
    _number_changed,
    _wrong_shape,
    _bytes,
)
