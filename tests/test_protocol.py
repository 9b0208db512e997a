"""The wire: what one end writes the other reads, whatever is in it; and nothing else passes for a batch or an ack."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.response import ENDS, KINDS, Response
from sync import protocol
from sync.errors import ProtocolError
from sync.protocol import (
    MAX_JSON_BYTES,
    MAX_ROWS,
    Ack,
    Batch,
    BootTimes,
    Refusal,
    Row,
    acknowledged,
    as_json,
    boot_key,
    decode,
    decompress,
    encode,
    refused,
)
from tests.benchmarks.trace import day

EPOCH = "00c0ffee00c0ffee"
NONCE = "nonce-0123456789"
SAME = [name for name in Row.__struct_fields__ if name not in ("boot", "boottime")]
PATIENT = settings(deadline=None)  # a slow machine is no failure
SECONDS = st.integers(-(2**39), 2**39)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
WORDS = st.sampled_from(["", "visit/1", "improve", "en", "fi-FI", "ي", "a b\u2028c\0", "👩‍👧 ok"]) | TEXT
VOTES = st.integers(2, 11).flatmap(lambda n: st.integers(1, n).map(lambda face: f"{face}/{n}"))


class Sent(NamedTuple):
    """What `encode` was given."""

    rows: list[Response]
    arguments: dict[str, Any]

    def encode(self) -> bytes:
        return encode(self.rows, **self.arguments).body


def read(body: bytes) -> Batch:
    return decode(body, epoch=EPOCH, nonce=NONCE)


def a_boot(number: int) -> st.SearchStrategy[BootTimes]:
    anchor = st.tuples(SECONDS, SECONDS, st.sampled_from(["ntp", "rtc", "nobody"]))
    ids = st.sampled_from([f"boot-{number}", f"{number:08x}-8d8c-4a35-9a55-0d1f6f4f2b11"])
    return st.builds(BootTimes, ids, st.lists(anchor, max_size=3))


def gaps(seqs: list[int], first: int, last: int) -> list[tuple[int, int]]:
    return [(a + 1, b - 1) for a, b in pairwise([first - 1, *seqs, last + 1]) if b - a > 1]


@st.composite
def sendings(draw: st.DrawFn) -> Sent:
    """Anything that a store can hold, from what visitors do to what only a damaged one could."""
    start = draw(st.integers(1, 2**40))
    first = start + draw(st.integers(0, 1_000))
    present = draw(st.lists(st.booleans(), min_size=1, max_size=40))
    last = first + len(present) - 1
    seqs = [first + i for i, here in enumerate(present) if here]
    boots = {n: draw(a_boot(n)) for n in range(1, draw(st.integers(1, 4)) + 1)}
    odd = draw(st.sets(st.sampled_from(["kind", "visit", "position", "word", "value", "ui", "boot", "ms"])))
    rows: list[Response] = []
    ms = 60_000
    for seq in seqs:
        before = rows[-1] if rows else None
        opens = before is None or before.kind == "end" or draw(st.integers(0, 5)) == 0
        kind = draw(st.sampled_from(KINDS if "kind" in odd else ["vote"] if opens else ["vote", "choice", "end"]))
        ms += draw(st.integers(0, 200_000))
        votes = VOTES if "value" in odd else st.sampled_from(["1/4", "2/4", "4/4"])
        values = {"vote": votes, "end": st.sampled_from(ENDS)}
        plain = st.sampled_from(["waiting", "staff"])
        word = "word" in odd
        rows.append(
            Response(
                seq=seq,
                visit=draw(st.integers(1, seq)) if "visit" in odd else seq if opens or before is None else before.visit,
                position=draw(st.integers(0, 999)) if "position" in odd else 0 if kind == "vote" else 1,
                kind=kind,
                survey=draw(WORDS) if word else "visit/1",
                question=draw(WORDS) if word else "" if kind == "end" else "visit",
                value=draw(values.get(kind, plain) if "value" not in odd or kind == "vote" else WORDS),
                ui=draw(st.sampled_from(["", "physical", "digital"])) if "ui" in odd else "digital",
                language=draw(WORDS if word else st.sampled_from(["en", "fi"])),
                misuse=draw(WORDS) if word else draw(st.sampled_from(["", "", "", "lockout/1"])),
                boot=draw(st.sampled_from(sorted(boots))) if "boot" in odd else 1,
                ms=draw(SECONDS) * 1000 + draw(st.integers(0, 999)) if "ms" in odd else ms,
            )
        )
    arguments = {
        "start": start,
        "first": first,
        "last": last,
        "missing": gaps(seqs, first, last),
        "boots": boots,
        "boot": draw(st.sampled_from([boots[1].id, "a boot without rows"])),
        "boottime": draw(SECONDS),
    }
    return Sent(rows, arguments)


def as_read(rows: list[Response], boots: dict[int, BootTimes]) -> list[Row]:
    """What the other end is to read."""
    return [
        Row(**{name: getattr(r, name) for name in SAME}, boot=boot_key(boots[r.boot].id), boottime=r.ms // 1000)
        for r in rows
    ]


@settings(deadline=None, max_examples=300)
@given(sendings())
def test_what_one_end_writes_the_other_reads_in_whole_seconds(sent: Sent) -> None:
    batch = read(sent.encode())
    boots = sent.arguments["boots"]
    assert batch.rows == as_read(sent.rows, boots)
    head = ("start", "first", "last", "boottime", "missing")
    assert {name: getattr(batch, name) for name in head} == {name: sent.arguments[name] for name in head}
    assert (batch.epoch, batch.nonce, batch.boot) == (EPOCH, NONCE, boot_key(sent.arguments["boot"]))
    known = {b.id: b.anchors for b in boots.values()}
    named = {sent.arguments["boot"], *(boots[r.boot].id for r in sent.rows)}
    assert {b.id: b.anchors for b in batch.boots} == {boot_key(id_): known.get(id_, []) for id_ in named}
    assert batch.boots[0].id == batch.boot


LONG = st.tuples(st.text(min_size=40, max_size=80), st.integers(3990, 4000)).map(lambda of: (of[0] * 100)[: of[1]])
"""Texts of all kinds as long as any may be; drawn whole, eight of them were more than Hypothesis will draw."""


@settings(deadline=None, max_examples=25)
@given(st.lists(TEXT | LONG, min_size=1, max_size=8))
def test_texts_of_any_length_and_kind_survive(texts: list[str]) -> None:
    boots = {1: BootTimes("b", [])}
    rows = [Response(n, n, 1, "text", "s/1", "q", text, "digital", "en", "", 1, n) for n, text in enumerate(texts, 1)]
    assert read(encode(rows, start=1, boots=boots, boot="b", boottime=1).body).rows == as_read(rows, boots)


def test_days_at_a_kiosk_survive_batch_by_batch() -> None:
    rows, boots = day(2_000), {1: BootTimes("b", [])}
    for size in (1, 7, 100, 1_000):
        for at in range(0, 2_000 if size > 1 else 50, size):
            part = rows[at : at + size]
            assert read(encode(part, start=1, boots=boots, boot="b", boottime=1).body).rows == as_read(part, boots)


def test_as_many_rows_as_a_batch_may_have_survive() -> None:
    rows, boots = day(MAX_ROWS), {1: BootTimes("b", [])}
    assert read(encode(rows, start=1, boots=boots, boot="b", boottime=1).body).rows == as_read(rows, boots)


def test_rows_that_have_nothing_in_common_survive() -> None:
    dice, boots = random.Random(1), {n: BootTimes(f"boot-{n}", []) for n in range(50)}
    texts = [f"word-{n}" for n in range(9_000)]
    rows = [
        Response(
            seq, dice.randint(1, seq), dice.randrange(999), dice.choice(KINDS[1:]), *dice.choices(texts, k=3),
            dice.choice(["", "physical", "digital"]), *dice.choices(texts, k=2), dice.randrange(50),
            dice.randrange(-(2**40), 2**40) * 1000,
        )
        for seq in range(10**9, 10**9 + 3_000)
    ]  # fmt: skip
    assert read(encode(rows, start=1, boots=boots, boot="b", boottime=1).body).rows == as_read(rows, boots)


@PATIENT
@given(sendings())
def test_the_same_rows_are_the_same_bytes(sent: Sent) -> None:
    assert sent.encode() == sent.encode()


def read_or_refuse(body: bytes) -> None:
    """Anything else than a batch or a ProtocolError fails the test."""
    try:
        assert isinstance(read(body), Batch)
    except ProtocolError as error:
        assert str(error)


@PATIENT
@given(sendings(), st.data())
def test_a_body_with_changed_bytes_is_a_batch_or_a_protocol_error(sent: Sent, data: st.DataObject) -> None:
    body = bytearray(sent.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    read_or_refuse(bytes(body))


@PATIENT
@given(sendings(), st.data())
def test_json_with_changed_bytes_is_a_batch_or_a_protocol_error(sent: Sent, data: st.DataObject) -> None:
    text = bytearray(decompress(sent.encode()))
    for _ in range(data.draw(st.integers(1, 6))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.sampled_from(b'0123456789-[]{}",:.eE\\\0\xff'))
    read_or_refuse(protocol.compress(bytes(text)))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.integers(-2, 12)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@PATIENT
@given(sendings(), st.data())
def test_json_with_a_changed_value_is_a_batch_or_a_protocol_error(sent: Sent, data: st.DataObject) -> None:
    wire = json.loads(decompress(sent.encode()))
    wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(json_values)
    read_or_refuse(protocol.compress(json.dumps(wire).encode()))


@PATIENT
@given(sendings(), st.data())
def test_a_body_that_is_cut_short_is_never_a_batch(sent: Sent, data: st.DataObject) -> None:
    body = sent.encode()
    with pytest.raises(ProtocolError):
        read(body[: data.draw(st.integers(0, len(body) - 1))])


@PATIENT
@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_never_another_exception(body: bytes) -> None:
    read_or_refuse(body)
    read_or_refuse(protocol.compress(body))


PLACES = ("v", "first", "boottime", "at", "boots", "words", "forms", "shapes", "codes", "visits")
LATER = {"start": 1, "missing": [], "texts": [], "numbers": []}


def packed(**changes: Any) -> bytes:
    """The example, rows 7 to 11, but for `changes`."""
    wire = {**dict(zip(PLACES, protocol.example(), strict=True)), **LATER, **changes}
    return protocol.compress(json.dumps(list(wire.values())).encode())


def test_the_example_is_a_batch() -> None:
    batch = read(packed())
    assert [(r.seq, r.visit, r.kind, r.value, r.boottime) for r in batch.rows] == [
        (7, 7, "vote", "3/4", 61),
        (8, 7, "choice", "waiting", 64),
        (9, 7, "end", "done", 67),
        (10, 10, "vote", "1/4", 190),
        (11, 10, "end", "timeout", 210),
    ]


FORMS = protocol.example()[6].split(" ")


def forms(*changed: str) -> dict[str, str]:
    """The forms of the example, the last of them others."""
    return {"forms": " ".join([*FORMS[: 4 - len(changed)], *changed])}


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("another version", {"v": 2}, "not a batch: batch: Invalid enum value 2 - at `$[0]`"),
    ("a row before the epoch", {"start": 8}, "found start 8, first 7, last 11: expected them in order"),
    ("too many rows", {"visits": "0" * 3_334}, f"visits: found more than {MAX_ROWS} rows"),
    ("too many missing", {"missing": [[12, 12 + MAX_ROWS]]}, "last 10012: expected them in order, and at most"),
    ("missing before first", {"missing": [[6, 7]]}, "missing: found 6 to 7, expected ranges in order between"),
    ("missing after last", {"missing": [[14, 15]]}, "missing: found 14 to 15, expected ranges in order between"),
    ("missing backwards", {"missing": [[8, 7]]}, "missing: found 8 to 7, expected ranges in order between"),
    ("missing far backwards", {"missing": [[90, 7]]}, "found start 1, first 7, last -71: expected them in order"),
    ("missing twice", {"missing": [[7, 7], [7, 8]]}, "missing: found 7 to 8, expected ranges in order between"),
    ("a range of three", {"missing": [[7, 7, 7]]}, "not a batch: missing: Expected `array` of length 2"),
    ("a number beyond all", {"first": 2**53 - 3}, "expected them in order, and at most"),
    ("too few characters", {"codes": "0k0120010"}, "codes: found 9, expected more"),
    ("too many characters", {"codes": "0k012001011"}, "codes: found 11, expected 10"),
    ("too few numbers", forms("#4600"), "numbers: found 0, expected more"),
    ("too many numbers", {"numbers": [1]}, "numbers: found 1, expected 0"),
    ("a huge number", {"numbers": [2**70]}, "not a batch: numbers:"),
    ("a shape that is not there", {"visits": "02"}, "visits: found shape 2, expected one of the 2 that has rows"),
    ("a character below 0", {"visits": "0/"}, "visits: found shape -1, expected one of the 2"),
    ("an empty shape", {"shapes": "012 03 ", "visits": "02"}, "visits: found shape 2, expected one of the 3"),
    ("a form that is not there", {"shapes": "012 04"}, "shapes: found forms 0 to 4, expected less than 4"),
    ("a form without a kind", forms("D"), "forms: found 'D', expected a kind"),
    ("a form of a usual kind", forms("D-6"), "forms: found 'D-6', expected a kind"),
    ("a form of too many fields", forms("D" + "0" * 11), "forms: found 'D00000000000', expected a kind, and at most"),
    ("an endless form", forms("D" + "0" * 99_999), f"forms: found 'D{'0' * 29}', expected a kind, and at most"),
    ("a field without its base", forms("D4600*"), "language: found -6 to -6, expected 0 to"),
    ("a kind nobody knows", forms("D6600"), "kind: found 6 to 6, expected 0 to 5"),
    ("a ui nobody knows", forms("D4660"), "row 11: found visit 10, position 1, time 210, ui 'timeout': one of them"),
    ("a word that is not there", forms("D4600o"), "language: found 63 to 63, expected 0 to 26"),
    ("a boot that is not there", forms("D4600-----1"), "boot: found 1 to 1, expected 0 to 0"),
    ("a visit before all rows", forms("D4600--;"), "row 11: found visit 0, position 1, time 210, ui ''"),
    ("a visit after the row", {**forms("D4600--#"), "numbers": [-1]}, "visit: found -1 to -1, expected 0 to"),
    ("a position beyond any survey", forms("D4600----\u0418"), "position: found 1000 to 1000, expected 0 to"),
    ("a time out of range", {"at": 2**40}, f"row 8: found visit 7, position 1, time {2**40 + 3}, ui 'digital'"),
    ("a difference out of range", {**forms("#4600"), "numbers": [2**42]}, f"time: found {2**42} to {2**42}, expected"),
    ("a vote for no face", forms(FORMS[0], *FORMS[1:3], "D01"), "row 11: 'physical' is no vote"),
    ("a float for a number", {"at": 1.5}, "not a batch: batch: Expected `int`, got `float` - at `$[3]`"),
    ("a sequence number of 0", {"first": 0}, "not a batch: batch: Expected `int` >= 1"),
    ("a huge word", {"words": "x" * 4001}, "words: found one of 4001 characters, expected at most 4000"),
    ("a huge text", {"texts": ["ä" * 4001]}, "words: found one of 4001 characters, expected at most 4000"),
    ("half a character", {"texts": ["\ud800"]}, "not a batch"),
    ("far too many words", {"words": " " * 80_000}, "words: found more than 80000"),
    ("far too many numbers", {"numbers": [0] * 200_002}, "numbers: found far too many"),
    ("no boot", {"boots": []}, "not a batch: boots: Expected `array` of length >= 1"),
    ("no boot id", {"boots": [["", []]]}, "not a batch: boots: Expected `str` of length >= 1"),
    ("an anchor by the endpoint", {"boots": [["b", [[1, 2, "endpoint"]]]]}, "Invalid enum value"),
    ("a place nobody knows", {"more": 1}, "not a batch: batch: Expected `array` of at most length 14"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_batch_that_is_wrong_is_refused_in_words(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        read(packed(**changes))
    assert said in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("epoch", "nonce"),
    [("", NONCE), (EPOCH, ""), (EPOCH.upper(), NONCE), (EPOCH + "\n", NONCE), (EPOCH, "a b"), (EPOCH, NONCE + "\n")],
)
def test_a_batch_without_its_names_in_the_headers_is_refused(epoch: str, nonce: str) -> None:
    with pytest.raises(ProtocolError, match="in the headers: malformed"):
        decode(packed(), epoch=epoch, nonce=nonce)


@pytest.mark.parametrize("places", range(len(PLACES)))
def test_a_batch_without_one_of_its_first_places_is_refused(places: int) -> None:
    with pytest.raises(ProtocolError, match="not a batch"):
        read(protocol.compress(json.dumps(protocol.example()[:places]).encode()))


def test_a_batch_may_span_as_many_rows_as_the_limit_says() -> None:
    nothing = {"words": "", "forms": "", "shapes": "", "codes": "", "visits": ""}
    assert read(packed(missing=[[7, 6 + MAX_ROWS]], **nothing)).rows == []
    with pytest.raises(ProtocolError, match="expected them in order, and at most"):
        read(packed(missing=[[7, 7 + MAX_ROWS]], **nothing))


def test_a_batch_without_rows_spans_what_is_missing() -> None:
    batch = read(encode([], start=1, first=3, missing=[(3, 5)], boots={}, boot="b", boottime=1).body)
    assert (batch.first, batch.last, batch.rows, batch.missing) == (3, 5, [], [(3, 5)])
    assert batch.boots == [BootTimes("b", [])]


def test_rows_that_do_not_fill_their_span_are_the_sender_s_mistake() -> None:
    rows = [Response(1, 1, 0, "vote", "s", "q", "1/4", "", "en", "", 1, 0)]
    with pytest.raises(ValueError, match="fill 1 to 1, not to 2"):
        encode(rows, start=1, last=2, boots={1: BootTimes("b", [])}, boot="b", boottime=9)


def test_the_present_boot_travels_first_even_where_only_older_rows_do() -> None:
    boots = {1: BootTimes("old", []), 2: BootTimes("now", [(5, 1_790_000_000, "ntp")]), 3: BootTimes("other", [])}
    rows = [Response(1, 1, 0, "vote", "s", "q", "1/4", "", "en", "", 1, 0)]
    batch = read(encode(rows, start=1, boots=boots, boot="now", boottime=9).body)
    assert [b.id for b in batch.boots] == ["now", "old"]
    assert batch.boots[0].anchors == [(5, 1_790_000_000, "ntp")]


def test_of_a_kernel_s_id_so_much_travels_that_two_boots_differ() -> None:
    assert boot_key("0f7b6c1e-8d8c-4a35-9a55-0d1f6f4f2b11") == "0f7b6c1e8d8c"
    for other in ("lost-3", "0f7b6c1e-8d8c-4a35-9a55-0d1f6f4f2b1", "x" * 64):
        assert boot_key(other) == other


def test_json_nested_beyond_all_measure_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError, match="not a batch"):
        read(protocol.compress(b"[1,7,1,1," + b"[" * 100_000))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the body is cut short"),
        (b"{}", "the body is not gzip: Error -3 while decompressing data: incorrect header check"),
        (zlib.compress(b"{}"), "the body is not gzip: Error -3 while decompressing data: incorrect header check"),
        (gzip.compress(b"{}")[:-1], "the body is cut short"),
        (gzip.compress(b"{}") + b"\0", "bytes follow the end of the gzip stream"),
        (gzip.compress(b"{") + gzip.compress(b"}"), "bytes follow the end of the gzip stream"),
        (gzip.compress(bytes(MAX_JSON_BYTES + 1)), f"the body holds more than {MAX_JSON_BYTES} bytes"),
        (gzip.compress(b"{}")[:-8] + bytes(8), "the body is not gzip: Error -3 while decompressing data: incorrect"),
    ],
    ids=["nothing", "plain", "zlib", "cut short", "a byte more", "two members", "a bomb", "another checksum"],
)
def test_a_body_that_is_not_one_whole_gzip_stream_is_refused_in_words(body: bytes, said: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        read(body)
    assert str(caught.value).startswith(said)


def test_a_body_may_unfold_to_the_limit_and_not_a_byte_more() -> None:
    assert len(decompress(protocol.compress(bytes(1_000)), limit=1_000)) == 1_000
    with pytest.raises(ProtocolError, match="the body holds more than 999 bytes"):
        decompress(protocol.compress(bytes(1_000)), limit=999)


def test_a_bomb_is_not_unpacked_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = zlib.decompressobj

    class Watched:
        def __init__(self, wbits: int) -> None:
            self._real = real(wbits)

        def decompress(self, body: bytes, limit: int) -> bytes:
            asked.append(limit)
            return self._real.decompress(body, limit)

    monkeypatch.setattr(zlib, "decompressobj", Watched)
    with pytest.raises(ProtocolError, match="holds more than 1000 bytes"):
        decompress(gzip.compress(bytes(1 << 20)), limit=1_000)
    assert asked == [1_001]


OURS = {"kiosk": "south", "epoch": EPOCH, "nonce": NONCE}
RIGHT = {**OURS, "ack": 20, "time": 1_790_000_000}


def judged(status: int, body: bytes) -> Ack | None:
    return acknowledged(status, body, kiosk="south", epoch=EPOCH, nonce=NONCE, first=11, last=20)


def test_the_right_answer_is_an_acknowledgement() -> None:
    assert judged(200, json.dumps(RIGHT).encode()) == Ack("south", EPOCH, NONCE, 20, 1_790_000_000)


@pytest.mark.parametrize("ack", [10, 11, 19, 20])
def test_an_ack_within_the_batch_counts_and_so_does_none_of_it(ack: int) -> None:
    found = judged(200, json.dumps({**RIGHT, "ack": ack}).encode())
    assert found is not None
    assert found.ack == ack


def changed(**changes: Any) -> bytes:
    return json.dumps({**RIGHT, **changes}).encode()


def without(name: str) -> bytes:
    return json.dumps({key: value for key, value in RIGHT.items() if key != name}).encode()


DEVIATIONS: dict[str, tuple[int, bytes]] = {
    "another kiosk": (200, changed(kiosk="north")),
    "another case": (200, changed(kiosk="South")),
    "another epoch": (200, changed(epoch="11c0ffee00c0ffee")),
    "another nonce": (200, changed(nonce="nonce-9876543210")),
    "an ack beyond the batch": (200, changed(ack=21)),
    "an ack before the batch": (200, changed(ack=9)),
    "a huge ack": (200, changed(ack=2**80)),
    "a negative ack": (200, changed(ack=-1)),
    "an ack in a text": (200, changed(ack="20")),
    "a float": (200, changed(ack=20.0)),
    "true": (200, changed(ack=True)),
    "no number": (200, changed(ack=None)),
    "a time no clock shows": (200, changed(time=2**40 + 1)),
    "a time in a text": (200, changed(time="now")),
    **{f"without {name}": (200, without(name)) for name in RIGHT},
    "html": (200, b"<html><body>Welcome to our Wi-Fi</body></html>"),
    "nothing": (200, b""),
    "a list": (200, b"[" + changed() + b"]"),
    "half of it": (200, changed()[:-1]),
    "something after it": (200, changed() + b"x"),
    "no utf-8": (200, changed(kiosk="south").replace(b"south", b"sou\xffh")),
    "nested beyond measure": (200, b'{"kiosk":' + b"[" * 100_000),
    **{f"status {s}": (s, changed()) for s in (100, 199, 201, 202, 204, 206, 302, 304, 400, 409, 500, 503)},
}


@pytest.mark.parametrize(("status", "body"), DEVIATIONS.values(), ids=list(DEVIATIONS))
def test_an_answer_that_deviates_in_one_thing_is_no_acknowledgement(status: int, body: bytes) -> None:
    assert judged(status, body) is None


def test_a_key_that_nobody_knows_does_no_harm() -> None:
    assert judged(200, changed(server="mine")) is not None


def heard(body: bytes) -> Refusal | None:
    return refused(body, kiosk="south", epoch=EPOCH, nonce=NONCE)


def test_a_refusal_is_the_endpoint_s_own_where_it_names_us() -> None:
    refusal = Refusal("south", EPOCH, NONCE, "gap", "begins at 9", have=7)
    assert heard(as_json(refusal)) == refusal
    assert json.loads(as_json(refusal)) == {**OURS, "error": "gap", "detail": "begins at 9", "have": 7}


@pytest.mark.parametrize(
    "change",
    [
        lambda said: {**said, "kiosk": "north"},
        lambda said: {**said, "epoch": "11c0ffee00c0ffee"},
        lambda said: {**said, "nonce": "nonce-9876543210"},
        lambda said: {**said, "have": "7"},
        lambda said: {key: value for key, value in said.items() if key != "error"},
        lambda said: {"detail": "Not Found"},
        lambda said: "Forbidden",
    ],
    ids=["another kiosk", "another epoch", "another nonce", "a wrong type", "no error", "a framework's", "a text"],
)
def test_a_refusal_that_does_not_name_us_is_a_stranger_s(change: Callable[[dict[str, Any]], Any]) -> None:
    assert heard(json.dumps(change({**OURS, "error": "gap", "have": 7})).encode()) is None


@PATIENT
@given(st.binary(max_size=80) | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_answer_is_ever_another_exception(body: bytes) -> None:
    assert judged(200, body) is None
    assert heard(body) is None
