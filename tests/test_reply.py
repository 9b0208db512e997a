"""What an answer means: the design's table row by row; and how long a Retry-After makes us wait."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.books import Book
from sync.outbox import Parcel
from sync.packer import Lists
from sync.reply import (
    MAX_REASON,
    RETRY_AFTER_CAP_S,
    Acknowledged,
    Answer,
    Behind,
    Busy,
    Denied,
    Forked,
    ForkedSomewhere,
    NoAnswer,
    Rejected,
    Stranger,
    TooLarge,
    Verdict,
    judge,
    retry_after_s,
)

NOW = datetime(2026, 10, 21, 7, 0, 0, tzinfo=UTC)
EPOCH = "00c0ffee00c0ffee"
NONCE = "nonce-0123456789"
OURS = {"kiosk": "south", "epoch": EPOCH, "nonce": NONCE}
PARCEL = Parcel(EPOCH, start=5, first=11, last=20, highest=30, nonce=NONCE, body=b"")


def an_answer(status: int, said: dict[str, Any] | bytes, **headers: str) -> Answer:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def no(error: str, **more: Any) -> dict[str, Any]:
    return {**OURS, "error": error, **more}


def stranger(status: int) -> Stranger:
    return Stranger(f"found an answer {status} that is not our endpoint's: a portal, a proxy, a wrong address?")


ACK = {**OURS, "ack": 20, "time": 1_790_000_000}
PORTAL = b"<html><body>Welcome! Please log in.</body></html>"
AN_OLDER_CARD = "(it has row 31, we have 30: an older card?)"

BOOK = Book(b"a book", Lists())
TABLE: dict[str, tuple[Answer | NoAnswer, Verdict]] = {
    # The watermark moves only on this.
    "200 with our ack": (an_answer(200, ACK), Acknowledged(20, 1_790_000_000)),
    "200 with an ack of a part": (an_answer(200, {**ACK, "ack": 15}), Acknowledged(15, 1_790_000_000)),
    "200 with an ack of nothing": (an_answer(200, {**ACK, "ack": 10}), Acknowledged(10, 1_790_000_000)),
    "200 with a promise": (an_answer(200, {**ACK, "book": "0" * 16}), Acknowledged(20, 1_790_000_000, "0" * 16)),
    "200 with something else as book": (an_answer(200, {**ACK, "book": [7]}), Acknowledged(20, 1_790_000_000)),
    # Any other 2xx, 3xx, HTML, TLS failure, any 4xx without our kiosk, epoch and nonce: a stranger.
    "200 with html": (an_answer(200, PORTAL), stranger(200)),
    "200 with nothing": (an_answer(200, b""), stranger(200)),
    "200 with another nonce": (an_answer(200, {**ACK, "nonce": "nonce-9876543210"}), stranger(200)),
    "200 with another epoch": (an_answer(200, {**ACK, "epoch": "11c0ffee00c0ffee"}), stranger(200)),
    "200 with another kiosk": (an_answer(200, {**ACK, "kiosk": "north"}), stranger(200)),
    "200 with an ack beyond": (an_answer(200, {**ACK, "ack": 21}), stranger(200)),
    "200 with an ack before": (an_answer(200, {**ACK, "ack": 9}), stranger(200)),
    "200 with a refusal": (an_answer(200, no("batch")), stranger(200)),
    "201 with our ack": (an_answer(201, ACK), stranger(201)),
    "202 with our ack": (an_answer(202, ACK), stranger(202)),
    "204": (an_answer(204, b""), stranger(204)),
    "206 with our ack": (an_answer(206, ACK), stranger(206)),
    "301": (an_answer(301, b"", location="https://example.com"), stranger(301)),
    "302 to a login page": (an_answer(302, PORTAL, location="https://portal.example"), stranger(302)),
    "302 with our ack": (an_answer(302, ACK), stranger(302)),
    "307 with a refusal": (an_answer(307, no("batch")), stranger(307)),
    "a TLS failure": (NoAnswer("ConnectError: self-signed", tls=True), Stranger("ConnectError: self-signed")),
    **{
        f"{status} of a stranger": (an_answer(status, {"detail": "Not Found"}), stranger(status))
        for status in (400, 401, 403, 404, 405, 409, 410, 415, 418, 422, 451, 499)
    },
    "413 of a stranger": (an_answer(413, PORTAL), msgspec.structs.replace(stranger(413), too_large=True)),
    "422 with another nonce": (an_answer(422, {**no("batch"), "nonce": "nonce-9876543210"}), stranger(422)),
    "404 of our endpoint": (
        an_answer(404, no("kiosk")),
        Stranger("the endpoint answered 404 kiosk: a wrong address?"),
    ),
    "415 of our endpoint": (
        an_answer(415, no("encoding", detail="expected gzip")),
        Stranger("the endpoint answered 415 encoding: expected gzip: a wrong address?"),
    ),
    # No answer, 408, 429, 5xx: wait, at least Retry-After.
    "no answer": (NoAnswer("no answer within 20 s"), Busy("no answer within 20 s")),
    "408": (an_answer(408, b""), Busy("the endpoint answered 408")),
    "408 of our endpoint": (an_answer(408, no("slow")), Busy("the endpoint answered 408")),
    "429": (an_answer(429, b"", retry_after="120"), Busy("the endpoint answered 429", 120.0)),
    "500": (an_answer(500, b""), Busy("the endpoint answered 500")),
    "500 with our ack": (an_answer(500, ACK), Busy("the endpoint answered 500")),
    "502 with html": (an_answer(502, PORTAL), Busy("the endpoint answered 502")),
    "503": (
        an_answer(503, no("storage"), retry_after="Wed, 21 Oct 2026 07:00:30 GMT"),
        Busy("the endpoint answered 503", 30.0),
    ),
    "599": (an_answer(599, b""), Busy("the endpoint answered 599")),
    # 413: halve.
    "413": (an_answer(413, no("size")), TooLarge()),
    # 400, 422: bisect.
    "400": (an_answer(400, no("batch", detail="kind: found 9")), Rejected("400 batch: kind: found 9")),
    "422": (an_answer(422, no("batch")), Rejected("422 batch")),
    # 409 with have: backwards only; beyond our highest row a rolled-back card.
    "409 with less than we believed": (an_answer(409, no("gap", have=7)), Behind(7)),
    "409 with nothing": (an_answer(409, no("gap", have=0)), Behind(4)),
    "409 with just what we believe": (an_answer(409, no("gap", have=10)), Busy("409 gap")),
    "409 with more than we sent": (an_answer(409, no("gap", have=15)), Busy("409 gap")),
    "409 with our highest row": (an_answer(409, no("gap", have=30)), Busy("409 gap")),
    "409 with more than we have": (an_answer(409, no("gap", have=31)), Forked(31, f"409 gap {AN_OLDER_CARD}")),
    "409 with an absurd number": (
        an_answer(409, no("gap", have=2**62)),
        Forked(31, f"409 gap (it has row {2**62}, we have 30: an older card?)"),
    ),
    "409 with a negative number": (an_answer(409, no("gap", have=-1)), Busy("409 gap")),
    "409 without a number": (an_answer(409, no("gap")), Busy("409 gap")),
    # 409 fork: a new epoch from that row on.
    "409 fork": (an_answer(409, no("fork", seq=14, have=20)), Forked(14, "409 fork")),
    "409 fork at our first": (an_answer(409, no("fork", seq=11)), Forked(11, "409 fork")),
    "409 fork at our last": (an_answer(409, no("fork", seq=20)), Forked(20, "409 fork")),
    "409 fork at no row": (an_answer(409, no("fork", detail="two boards")), ForkedSomewhere("409 fork: two boards")),
    "409 fork at a row before": (an_answer(409, no("fork", seq=10)), ForkedSomewhere("409 fork")),
    "409 fork at a row after": (an_answer(409, no("fork", seq=21)), ForkedSomewhere("409 fork")),
    # 401, 403, 410: pause.
    "401": (an_answer(401, no("token", detail="expected this kiosk's")), Denied("401 token: expected this kiosk's")),
    "403": (an_answer(403, no("token")), Denied("403 token")),
    "410": (an_answer(410, no("gone")), Denied("410 gone")),
}


@pytest.mark.parametrize(("answer", "verdict"), TABLE.values(), ids=list(TABLE))
def test_every_answer_means_what_the_design_says(answer: Answer | NoAnswer, verdict: Verdict) -> None:
    assert judge(answer, PARCEL, "south", NOW) == verdict


@pytest.mark.parametrize("said", [{}, {"seq": 11}, {"seq": 10}, {"seq": 99}], ids=str)
def test_a_fork_of_a_single_row_is_at_that_row_whatever_it_names(said: dict[str, int]) -> None:
    alone = msgspec.structs.replace(PARCEL, last=11)
    assert judge(an_answer(409, no("fork", **said)), alone, "south", NOW) == Forked(11, "409 fork")


def test_no_status_but_200_acknowledges() -> None:
    for status in range(100, 1000):
        verdict = judge(an_answer(status, ACK), PARCEL, "south", NOW)
        assert isinstance(verdict, Acknowledged) == (status == 200), status


def test_an_endpoint_that_talks_long_is_cut_short_and_kept_to_one_line() -> None:
    verdict = judge(an_answer(422, no("batch", detail="a\nb\t" + "x" * 1_000)), PARCEL, "south", NOW)
    assert isinstance(verdict, Rejected)
    assert verdict.reason.startswith("422 batch: a b xxx")
    assert len(verdict.reason) <= MAX_REASON


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        (" 7 ", 7),
        ("3600", 3600),
        ("3601", RETRY_AFTER_CAP_S),
        ("9" * 400, RETRY_AFTER_CAP_S),
        ("-5", 0),
        ("1.5", 0),
        ("1e3", 0),
        ("inf", 0),
        ("nan", 0),
        ("²", 0),
        ("soon", 0),
        ("", 0),
        ("Wed, 21 Oct 2026 07:01:30 GMT", 90),
        ("Wed, 21 Oct 2026 07:01:30", 90),
        ("Wed, 21 Oct 2026 07:01:30 -0000", 90),
        ("Wed, 21 Oct 2026 09:01:30 +0200", 90),
        ("Wed, 21 Oct 2026 06:59:59 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", RETRY_AFTER_CAP_S),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0),
        ("Wed, 21 Oct 99999999999999999999 07:01:30 GMT", 0),
        ("Wed, 21 Oct 2026 07:01:30 +99999999999999999999", 0),
        ("Wed, 99 Oct 2026 07:01:30 GMT", 0),
    ],
)
def test_retry_after_is_believed_in_seconds_or_as_a_date_within_reason(value: str, seconds: float) -> None:
    assert retry_after_s({"retry-after": value}, NOW) == seconds


def test_a_date_is_counted_from_the_answer_s_own_where_it_has_one() -> None:
    headers = {"retry-after": "Wed, 21 Oct 2026 07:00:30 GMT", "date": "Wed, 21 Oct 2026 07:00:10 GMT"}
    assert retry_after_s(headers, datetime(1970, 1, 2, tzinfo=UTC)) == 20
    assert retry_after_s({**headers, "date": "yesterday"}, NOW) == 30


def test_no_retry_after_asks_for_no_pause() -> None:
    assert retry_after_s({}, NOW) == 0


@settings(deadline=None)
@given(
    st.text(max_size=40) | st.from_regex(r"\w{3}, \d{1,30} \w{3} \d{1,30} \d\d:\d\d:\d\d [+-]\d{1,30}", fullmatch=True)
)
def test_whatever_stands_in_retry_after_the_pause_is_within_bounds(value: str) -> None:
    assert 0 <= retry_after_s({"retry-after": value}, NOW) <= RETRY_AFTER_CAP_S


def test_a_lost_book_speaks_of_the_batch_only_where_one_was_named() -> None:
    lost = an_answer(409, no("book", detail="not here"))
    assert judge(lost, msgspec.structs.replace(PARCEL, book=BOOK), "south") == Rejected("409 book: not here")
    assert judge(lost, PARCEL, "south") == Busy("409 book: not here")
