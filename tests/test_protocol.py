"""The wire: what one end writes the other reads, whatever is in it; and nothing else passes for a batch or an ack."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.response import KINDS, Response
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
    decode,
    decompress,
    encode,
    refused,
)

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
        return encode(self.rows, **self.arguments)


def a_boot(number: int) -> st.SearchStrategy[BootTimes]:
    anchor = st.tuples(SECONDS, SECONDS, st.sampled_from(["ntp", "rtc", "nobody"]))
    return st.builds(BootTimes, st.just(f"boot-{number}"), st.lists(anchor, max_size=3))


def gaps(seqs: list[int], first: int, last: int) -> list[tuple[int, int]]:
    return [(a + 1, b - 1) for a, b in pairwise([first - 1, *seqs, last + 1]) if b - a > 1]


@st.composite
def sendings(draw: st.DrawFn) -> Sent:
    start = draw(st.integers(1, 2**40))
    first = start + draw(st.integers(0, 1_000))
    present = draw(st.lists(st.booleans(), min_size=1, max_size=30))
    last = first + len(present) - 1
    seqs = [first + i for i, here in enumerate(present) if here]
    boots = {n: draw(a_boot(n)) for n in range(1, draw(st.integers(1, 4)) + 1)}
    same = draw(st.booleans())  # so that columns shrink to a single value
    word = draw(WORDS)
    rows = []
    for seq in seqs:
        kind = "vote" if same else draw(st.sampled_from(KINDS))
        rows.append(
            Response(
                seq=seq,
                visit=seq if same else draw(st.integers(max(1, seq - 50), seq)),
                position=0 if same else draw(st.integers(0, 999)),
                kind=kind,
                survey=word if same else draw(WORDS),
                question=word if same else draw(WORDS),
                value="2/4" if same else draw(VOTES if kind == "vote" else WORDS),
                ui="" if same else draw(st.sampled_from(["", "physical", "digital"])),
                language="en" if same else draw(WORDS),
                misuse="" if same else draw(WORDS),
                boot=1 if same else draw(st.sampled_from(sorted(boots))),
                ms=60_000 if same else draw(SECONDS) * 1000 + draw(st.integers(0, 999)),
            )
        )
    arguments = {
        "epoch": EPOCH,
        "start": start,
        "first": first,
        "last": last,
        "missing": gaps(seqs, first, last),
        "boots": boots,
        "boot": draw(st.sampled_from([boots[1].id, "a boot without rows"])),
        "boottime": draw(SECONDS),
        "nonce": NONCE,
    }
    return Sent(rows, arguments)


@PATIENT
@given(sendings())
def test_what_one_end_writes_the_other_reads_in_whole_seconds(sent: Sent) -> None:
    batch = decode(sent.encode())
    boots = sent.arguments["boots"]
    as_sent = [
        Row(**{name: getattr(r, name) for name in SAME}, boot=boots[r.boot].id, boottime=r.ms // 1000)
        for r in sent.rows
    ]
    assert batch.rows == as_sent
    head = ("epoch", "start", "first", "last", "nonce", "boot", "boottime", "missing")
    assert {name: getattr(batch, name) for name in head} == {name: sent.arguments[name] for name in head}
    named = {boots[r.boot].id for r in sent.rows} | {b.id for b in boots.values() if b.id == batch.boot}
    assert {b.id: b for b in batch.boots} == {b.id: b for b in boots.values() if b.id in named}


@PATIENT
@given(sendings())
def test_the_same_rows_are_the_same_bytes(sent: Sent) -> None:
    assert sent.encode() == sent.encode()


def read_or_refuse(body: bytes) -> None:
    """Anything else than a batch or a ProtocolError fails the test."""
    try:
        assert isinstance(decode(body), Batch)
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
    wire[data.draw(st.sampled_from(sorted(wire)))] = data.draw(json_values)
    read_or_refuse(protocol.compress(json.dumps(wire).encode()))


@PATIENT
@given(sendings(), st.data())
def test_a_body_that_is_cut_short_is_never_a_batch(sent: Sent, data: st.DataObject) -> None:
    body = sent.encode()
    with pytest.raises(ProtocolError):
        decode(body[: data.draw(st.integers(0, len(body) - 1))])


@PATIENT
@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_never_another_exception(body: bytes) -> None:
    read_or_refuse(body)
    read_or_refuse(protocol.compress(body))


def a_wire() -> dict[str, Any]:
    """Two rows, 7 and 8, as JSON."""
    return protocol.example()


def packed(**changes: Any) -> bytes:
    return protocol.compress(json.dumps({**a_wire(), **changes}).encode())


def test_the_example_is_a_batch() -> None:
    batch = decode(packed())
    assert [(r.seq, r.visit, r.kind, r.value, r.boottime) for r in batch.rows] == [
        (7, 7, "vote", "3/4", 61),
        (8, 7, "choice", "waiting", 64),
    ]


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("another version", {"v": 2}, "not a batch: Invalid enum value 2 - at `$.v`"),
    ("an epoch in capitals", {"epoch": "00C0FFEE00C0FFEE"}, "not a batch: Expected `str` matching regex"),
    ("an epoch and a line end", {"epoch": EPOCH + "\n"}, "not a batch: Expected `str` matching regex"),
    ("a key nobody knows", {"more": 1}, "not a batch: Object contains unknown field `more`"),
    ("a row before the epoch", {"start": 8}, "found start 8, first 7, last 8: expected them in order"),
    ("last before first", {"last": 6}, "found start 1, first 7, last 6: expected them in order"),
    ("too many rows", {"last": 7 + MAX_ROWS}, f"last {7 + MAX_ROWS}: expected them in order, and at most {MAX_ROWS}"),
    ("missing before first", {"missing": [[6, 7]]}, "missing: found 6 to 7, expected ranges in order between"),
    ("missing after last", {"missing": [[8, 9]]}, "missing: found 8 to 9, expected ranges in order between"),
    ("missing backwards", {"missing": [[8, 7]]}, "missing: found 8 to 7, expected ranges in order between"),
    ("missing twice", {"missing": [[7, 7], [7, 8]]}, "missing: found 7 to 8, expected ranges in order between"),
    ("a short column", {"visit": [0]}, "visit: found 1 entries, expected 2"),
    ("a long column", {"time": [1, 1, 1]}, "time: found 3 entries, expected 2"),
    ("a kind nobody knows", {"kind": [0, 6]}, "kind: found 6, expected less than 6"),
    ("a ui nobody knows", {"ui": 3}, "ui: found 3, expected less than 3"),
    ("a word that is not there", {"survey": [0, 99]}, "survey: found 99, expected less than 7"),
    ("a boot that is not there", {"at_boot": 1}, "at_boot: found 1, expected less than 1"),
    ("a visit before all rows", {"visit": [7, 1]}, "row 7: found visit 0, time 61, out of range"),
    ("a visit far before", {"visit": [8, 1]}, "visit: found 8, expected less than 8"),
    ("a position beyond any survey", {"position": 1000}, "position: found 1000, expected less than 1000"),
    ("a time out of range", {"time": [2**40, 1]}, f"row 8: found visit 7, time {2**40 + 1}, out of range"),
    ("a vote for no face", {"words": ["5/4"] * 8}, "row 7: '5/4' is no vote: expected a face from 1 to"),
    ("a negative code", {"kind": -1}, "not a batch: Expected `int` >= 0"),
    ("a float for a code", {"kind": 1.0}, "not a batch: Expected"),
    ("a sequence number of 0", {"first": 0}, "not a batch: Expected `int` >= 1"),
    ("a huge word", {"words": ["x" * 4001]}, "not a batch: Expected `str` of length <= 4000"),
    ("no boot id", {"boot": ""}, "not a batch: Expected `str` of length >= 1"),
    ("an anchor by the endpoint", {"boots": [{"id": "b", "anchors": [[1, 2, "endpoint"]]}]}, "Invalid enum value"),
]


@pytest.mark.parametrize(("changes", "said"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_batch_that_is_wrong_is_refused_in_words(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        decode(packed(**changes))
    assert said in str(caught.value)


@pytest.mark.parametrize("name", sorted(protocol.example()))
def test_a_batch_without_one_of_its_keys_is_refused(name: str) -> None:
    wire = a_wire()
    del wire[name]
    with pytest.raises(ProtocolError, match=f"missing required field `{name}`"):
        decode(protocol.compress(json.dumps(wire).encode()))


def empty(column: int | list[int]) -> dict[str, Any]:
    columns = dict.fromkeys(
        ("kind", "visit", "position", "survey", "question", "value", "ui", "language", "misuse", "at_boot", "time"),
        column,
    )
    return {"words": [], "boots": [], **columns}


def test_a_batch_may_span_as_many_rows_as_the_limit_says() -> None:
    columns = {"missing": [[7, 6 + MAX_ROWS]], **empty([])}
    assert decode(packed(last=6 + MAX_ROWS, **columns)).rows == []


def test_a_constant_column_stands_for_no_row_at_all() -> None:
    with pytest.raises(ProtocolError, match="survey: found 0 entries, expected 2"):
        decode(packed(**empty([])))
    assert decode(packed(missing=[[7, 8]], **empty(0))).rows == []


def test_a_batch_without_rows_spans_what_is_missing() -> None:
    body = encode(
        [], epoch=EPOCH, start=1, first=3, last=5, missing=[(3, 5)], boots={}, boot="b", boottime=1, nonce=NONCE
    )
    batch = decode(body)
    assert (batch.first, batch.last, batch.rows, batch.missing, batch.boots) == (3, 5, [], [(3, 5)], [])


def test_the_present_boot_travels_even_where_only_older_rows_do() -> None:
    boots = {1: BootTimes("old", []), 2: BootTimes("now", [(5, 1_790_000_000, "ntp")]), 3: BootTimes("other", [])}
    rows = [Response(1, 1, 0, "vote", "s", "q", "1/4", "", "en", "", 1, 0)]
    batch = decode(encode(rows, epoch=EPOCH, start=1, boots=boots, boot="now", boottime=9, nonce=NONCE))
    assert [b.id for b in batch.boots] == ["old", "now"]
    assert batch.boots[1].anchors == [(5, 1_790_000_000, "ntp")]


def test_json_nested_beyond_all_measure_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError, match="not a batch"):
        decode(protocol.compress(b'{"words":' + b"[" * 100_000))


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
        decode(body)
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
