"""The whole sender, real files and real sockets: nothing moves the watermark but an acknowledgement of the rows."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiosk.clock import Reading
from kiosk.reader import SyncStatus
from kiosk.settings import Endpoint, Secret
from sync import sender as sender_module
from sync import size
from sync import state as state_module
from sync.errors import StateError
from sync.protocol import Row
from sync.sender import BACKOFF_CAP_S, DENIED_PROBE_S, SLOW_PROBE_S, Sender
from sync.size import QUICK_S
from sync.transport import Transport
from tests.faulty import (
    Asked,
    Behaviour,
    FaultServer,
    Honest,
    Line,
    acknowledges,
    hangs_up,
    never_ends,
    redirects,
    refuses,
    says,
    stays_silent,
)
from tests.test_outbox import THERE, Desk
from tests.test_store import HERE

TOKEN = "open-sesame-4711"
PORTAL = b"<!doctype html><html><body>Welcome to our Wi-Fi. Please log in.</body></html>"


class Nobody(Line):
    """The end of a connection that has gone."""

    def __init__(self) -> None:
        pass

    def write(self, data: bytes) -> None:
        pass


class Kiosk(Desk):
    """A kiosk with votes, its sender, and the endpoint; the clock and the dice are the test's."""

    def __init__(self, folder: Path, server: FaultServer) -> None:
        super().__init__(folder)
        self.folder = folder
        self.server = server
        self.endpoint = Honest()
        server.always = self.endpoint
        self.traces: list[dict[str, Any]] = []
        self.now = 1_000.0
        self.dice = 1.0
        self.boottime_ms = 500_000
        self.total_s = 10.0
        self.sender = self.a_sender()

    def a_sender(self, votes: Path | None = None, url: str = "", token: str = TOKEN) -> Sender:
        return Sender(
            kiosk="south",
            endpoint=Endpoint(url=url or self.server.url + "/", token=Secret(token)),
            votes=votes or self.bench.path,
            state=self.state,
            client=lambda: Transport(self.total_s),
            clocks=lambda: Reading(self.boottime_ms, 0, "nobody"),
            boot="boot-one",
            trace=lambda event, **fields: self.traces.append({"event": event, **fields}),
            steady=lambda: self.now,
            jitter=lambda: self.dice,
        )

    @property
    def epoch(self) -> str:
        return self.epochs()[-1]

    def send(self, *, after: float = 0.0) -> int:
        """One pass `after` seconds; how many requests it made."""
        before = len(self.server.asked)
        self.now += after
        self.sender.send()
        return len(self.server.asked) - before

    def watermark(self) -> int | None:
        return self.state.watermark(self.epoch)

    def waiting(self) -> int:
        with self.outbox() as outbox:
            return outbox.waiting()

    def problem(self) -> str:
        return self.state.noted("problem")

    def aside(self) -> set[int]:
        return {seq for epoch in self.epochs() for seq in self.state.aside(epoch, 1, 10_000)}

    def arrived(self) -> list[int]:
        """The rows that the honest endpoint has."""
        return sorted(seq for _, seq in self.endpoint.rows)

    def settles(self, passes: int = 30) -> None:
        """Pass after pass, each when the pause before it is over."""
        for _ in range(passes):
            self.send(after=BACKOFF_CAP_S)

    def is_paused_for(self, seconds: float) -> None:
        """No request before they are over, one right after."""
        assert self.sender.paused_until_s == pytest.approx(self.now + seconds, abs=0.1)
        if seconds:
            assert self.send(after=seconds - 0.05) == 0
            self.now += 0.1
        assert self.send() >= 1


@pytest.fixture
def server() -> Iterator[FaultServer]:
    server = FaultServer()
    yield server
    server.close()


@pytest.fixture
def kiosk(tmp_path: Path, server: FaultServer) -> Iterator[Kiosk]:
    kiosk = Kiosk(tmp_path, server)
    yield kiosk
    kiosk.close()


def nothing_moves(kiosk: Kiosk, fault: Behaviour, problem: str) -> None:
    """Two rows are acknowledged, three more meet the fault: they stay, it is told, and all goes well after it."""
    kiosk.vote(2)
    assert kiosk.send() == 1
    kiosk.vote(3)
    before = kiosk.watermark()
    assert before == 2
    kiosk.server.always = fault
    for _ in range(3):
        assert kiosk.send(after=BACKOFF_CAP_S) == 1
        assert (kiosk.watermark(), kiosk.waiting()) == (2, 3)
        assert kiosk.send() == 0  # no second try without a pause
    assert kiosk.problem().startswith(problem)
    assert [trace["event"] for trace in kiosk.traces] == ["acknowledged", "refused", "refused", "refused"]
    assert kiosk.aside() == set()
    assert kiosk.state.forked_at(kiosk.epoch) is None
    recovers(kiosk, 5)


def recovers(kiosk: Kiosk, rows: int) -> None:
    kiosk.server.always = kiosk.endpoint
    kiosk.send(after=4_000)
    assert (kiosk.watermark(), kiosk.waiting(), kiosk.problem()) == (rows, 0, "")
    assert kiosk.arrived() == list(range(1, rows + 1))


def stranger(status: int) -> str:
    return f"found an answer {status} that is not our endpoint's: a portal, a proxy, a wrong address?"


def test_200_with_html_moves_nothing(kiosk: Kiosk) -> None:
    nothing_moves(kiosk, says(200, PORTAL, Content_Type="text/html"), stranger(200))


def test_200_with_another_nonce_moves_nothing(kiosk: Kiosk) -> None:
    nothing_moves(kiosk, acknowledges(nonce="nonce-of-another-batch"), stranger(200))


def test_200_with_another_epoch_moves_nothing(kiosk: Kiosk) -> None:
    nothing_moves(kiosk, acknowledges(epoch="00c0ffee00c0ffee"), stranger(200))


def test_200_with_another_kiosk_moves_nothing(kiosk: Kiosk) -> None:
    nothing_moves(kiosk, acknowledges(kiosk="north"), stranger(200))


def test_an_ack_beyond_what_was_sent_moves_nothing(kiosk: Kiosk) -> None:
    nothing_moves(kiosk, acknowledges(ack=lambda batch: batch.last + 1), stranger(200))


def test_an_ack_below_what_was_sent_moves_nothing(kiosk: Kiosk) -> None:
    nothing_moves(kiosk, acknowledges(ack=lambda batch: batch.first - 2), stranger(200))


def test_an_ack_of_nothing_new_pauses_and_is_no_loop(kiosk: Kiosk) -> None:
    kiosk.vote(3)
    kiosk.server.always = acknowledges(ack=lambda batch: batch.first - 1)
    for _ in range(3):
        assert kiosk.send(after=BACKOFF_CAP_S) == 1
        assert kiosk.send() == 0
    assert (kiosk.watermark(), kiosk.waiting(), kiosk.problem()) == (None, 3, "the endpoint acknowledged nothing new")
    recovers(kiosk, 3)


def test_a_redirect_to_a_login_page_moves_nothing_and_is_not_followed(kiosk: Kiosk) -> None:
    nothing_moves(kiosk, redirects(kiosk.server.url + "/login"), stranger(302))
    assert {asked.path for asked in kiosk.server.asked} == {"/v1/kiosks/south/responses"}


def test_a_body_that_is_half_written_moves_nothing(kiosk: Kiosk) -> None:
    def half(asked: Asked, line: Line) -> None:
        whole: list[bytes] = []
        acknowledges()(asked, type("Kept", (), {"write": staticmethod(whole.append)}))  # type: ignore[arg-type]
        line.write(whole[0][:-1])
        raise ConnectionAbortedError

    nothing_moves(kiosk, half, "RemoteProtocolError: peer closed connection without sending complete message body")


@pytest.mark.parametrize("status", [201, 202, 203, 206, 226])
def test_another_2xx_moves_nothing_whatever_it_says(kiosk: Kiosk, status: int) -> None:
    nothing_moves(kiosk, acknowledges(status), stranger(status))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 413, 418, 422])
def test_a_4xx_of_a_stranger_moves_nothing(kiosk: Kiosk, status: int) -> None:
    nothing_moves(kiosk, says(status, b'{"detail": "Not Found"}', Content_Type="application/json"), stranger(status))


def test_204_moves_nothing(kiosk: Kiosk) -> None:
    nothing_moves(kiosk, says(204), stranger(204))


def test_a_5xx_moves_nothing_though_it_carries_our_ack(kiosk: Kiosk) -> None:
    nothing_moves(kiosk, acknowledges(500), "the endpoint answered 500")


def test_a_connection_that_breaks_moves_nothing(kiosk: Kiosk) -> None:
    nothing_moves(kiosk, hangs_up(), "RemoteProtocolError: Server disconnected without sending a response.")


def test_an_endless_answer_moves_nothing(kiosk: Kiosk) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"
    nothing_moves(kiosk, never_ends(head, b" " * 4096), "the answer (200) has no end")


def test_no_answer_within_the_time_moves_nothing(kiosk: Kiosk) -> None:
    kiosk.vote(2)
    kiosk.server.always = stays_silent()
    kiosk.total_s = 0.2
    assert kiosk.send() == 1
    assert (kiosk.watermark(), kiosk.waiting(), kiosk.problem()) == (None, 2, "no answer within 0.2 s")
    kiosk.total_s = 10.0
    recovers(kiosk, 2)


def test_an_acknowledgement_moves_the_watermark_and_the_rows_are_as_they_were(kiosk: Kiosk) -> None:
    kiosk.vote(3, "2/4")
    assert kiosk.send() == 1
    assert (kiosk.watermark(), kiosk.waiting()) == (3, 0)
    assert [row.value for row in kiosk.endpoint.rows.values()] == ["2/4"] * 3
    assert kiosk.send() == 0
    (trace,) = kiosk.traces
    assert trace.pop("ms") >= 0
    assert trace == {"event": "acknowledged", "epoch": kiosk.epoch, "first": 1, "last": 3, "ack": 3, "reason": ""}


def test_an_acknowledgement_of_a_part_moves_the_watermark_that_far_and_the_rest_follows(kiosk: Kiosk) -> None:
    kiosk.vote(3)
    kiosk.server.script.extend([acknowledges(ack=2), acknowledges()])
    assert kiosk.send() == 2
    assert [(a.batch.first, a.batch.last) for a in kiosk.server.asked] == [(1, 3), (3, 3)]
    assert kiosk.watermark() == 3


def spans(kiosk: Kiosk) -> list[tuple[int, int]]:
    """The first and last row of each batch that was sent."""
    return [(asked.batch.first, asked.batch.last) for asked in kiosk.server.asked]


def test_a_backlog_goes_in_ever_larger_batches_over_one_connection(
    kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(size, "MOST_ROWS", 3_000)
    kiosk.vote(9_500)
    assert kiosk.send() == 5
    assert spans(kiosk) == [(1, 1_000), (1_001, 3_000), (3_001, 6_000), (6_001, 9_000), (9_001, 9_500)]
    assert kiosk.server.connections == 1
    assert kiosk.waiting() == 0


def test_each_pass_begins_with_a_batch_of_a_thousand(kiosk: Kiosk) -> None:
    for _ in range(2):
        kiosk.vote(2_500)
        assert kiosk.send() == 2
    assert spans(kiosk) == [(1, 1_000), (1_001, 2_500), (2_501, 3_500), (3_501, 5_000)]


def test_where_answers_take_their_time_batches_are_no_larger_than_a_thousand(kiosk: Kiosk) -> None:
    kiosk.vote(8_500)
    took = iter([QUICK_S - 0.1, QUICK_S + 0.1, 0.0, 0.0, 0.0, 0.0])

    def slowly(asked: Asked, line: Line) -> None:
        kiosk.now += next(took)
        kiosk.endpoint(asked, line)

    kiosk.server.always = slowly
    assert kiosk.send() == 6
    # The fourth was packed before it was known that the third would be answered quickly.
    assert [last - first + 1 for first, last in spans(kiosk)] == [1_000, 2_000, 1_000, 1_000, 2_000, 1_500]


def test_each_batch_of_a_backlog_tells_the_kiosk_s_clock_as_it_is_then(kiosk: Kiosk) -> None:
    kiosk.vote(4_500)

    def slowly(asked: Asked, line: Line) -> None:
        kiosk.boottime_ms += 60_000
        return kiosk.endpoint(asked, line)

    kiosk.server.always = slowly
    kiosk.send()
    assert [asked.batch.boottime for asked in kiosk.server.asked] == [500, 560, 620]


def test_every_epoch_is_sent_under_its_own_name(kiosk: Kiosk) -> None:
    kiosk.vote(2)
    kiosk.move_to(THERE)
    kiosk.vote(3)
    old, new = kiosk.epochs()
    assert kiosk.send() == 2
    assert sorted(kiosk.endpoint.rows) == sorted([(old, 1), (old, 2), (new, 3), (new, 4), (new, 5)])
    assert (kiosk.state.watermark(old), kiosk.state.watermark(new)) == (2, 5)


def test_a_row_that_is_damaged_is_told_as_missing_and_stops_nothing(kiosk: Kiosk) -> None:
    kiosk.vote(5)
    kiosk.damage(3)
    assert kiosk.send() == 1
    assert kiosk.arrived() == [1, 2, 4, 5]
    assert kiosk.endpoint.missing == {(kiosk.epoch, 3)}
    assert kiosk.waiting() == 0


def test_where_there_is_no_token_none_is_borne(kiosk: Kiosk) -> None:
    kiosk.sender = kiosk.a_sender(token="")
    kiosk.vote()
    kiosk.server.script.append(says(503))
    kiosk.send()
    kiosk.send(after=1)
    assert ["authorization" in asked.headers for asked in kiosk.server.asked] == [False, False]
    assert kiosk.waiting() == 0


def test_a_batch_names_itself_outside_too_and_bears_the_token(kiosk: Kiosk) -> None:
    kiosk.vote()
    kiosk.send()
    (asked,) = kiosk.server.asked
    assert asked.path == "/v1/kiosks/south/responses"
    expected = {
        "authorization": f"Bearer {TOKEN}",
        "content-type": "application/json",
        "content-encoding": "gzip",
        "moodpost-epoch": asked.batch.epoch,
        "moodpost-nonce": asked.batch.nonce,
    }
    assert {name: asked.headers[name] for name in expected} == expected


# What follows from a refusal ------------------------------------------------------------------------------------------


def test_a_batch_that_is_too_large_is_halved_until_it_fits(kiosk: Kiosk) -> None:
    kiosk.vote(20)
    kiosk.endpoint.largest = 3
    kiosk.send()
    assert kiosk.arrived() == list(range(1, 21))
    assert [len(a.batch.rows) for a in kiosk.server.asked] == [20, 10, 5, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    kiosk.endpoint.largest = 1_000
    for _ in range(3):
        kiosk.vote(20)
        kiosk.send()
    assert len(kiosk.server.asked[-1].batch.rows) > 2  # it grows again with the next pass


def test_a_single_row_that_is_too_large_pauses_and_sets_nothing_aside(kiosk: Kiosk) -> None:
    kiosk.vote(2)
    kiosk.server.always = refuses(413, "size")
    assert kiosk.send() == 2
    assert kiosk.problem() == "the endpoint finds a single row too large"
    kiosk.is_paused_for(SLOW_PROBE_S)
    assert kiosk.aside() == set()
    recovers(kiosk, 2)


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("bad", [1, 2, 7, 10, 15, 16])
def test_exactly_the_row_that_the_endpoint_won_t_have_is_set_aside(kiosk: Kiosk, bad: int, status: int) -> None:
    kiosk.vote(bad - 1)
    kiosk.vote(1, "4/4")
    kiosk.vote(17 - bad)
    kiosk.endpoint.poisoned = lambda row: row.value == "4/4"
    kiosk.endpoint.status = status
    assert kiosk.send() < 20
    assert kiosk.aside() == {bad}
    assert kiosk.arrived() == [seq for seq in range(1, 18) if seq != bad]
    assert kiosk.endpoint.missing == {(kiosk.epoch, bad)}
    assert (kiosk.watermark(), kiosk.waiting(), kiosk.problem()) == (17, 0, "")
    assert kiosk.state.noted("alarm") == f"row {bad} was set aside: {status} batch: a row of this batch: 4/4"


def test_a_row_among_a_thousand_is_found_by_halves(kiosk: Kiosk) -> None:
    kiosk.vote(798)
    kiosk.vote(1, "4/4")
    kiosk.vote(201)
    kiosk.endpoint.poisoned = lambda row: row.value == "4/4"
    assert kiosk.send() <= 24  # down by halves, and up again by doubling only after it
    assert (kiosk.aside(), kiosk.waiting()) == ({799}, 0)


def test_the_last_row_waits_for_a_neighbour_before_it_is_judged(kiosk: Kiosk) -> None:
    kiosk.vote(4)
    kiosk.vote(1, "4/4")
    kiosk.endpoint.poisoned = lambda row: row.value == "4/4"
    kiosk.send()
    assert (kiosk.aside(), kiosk.watermark(), kiosk.waiting()) == (set(), 4, 1)
    assert kiosk.problem() == "row 5 is refused: 422 batch: a row of this batch: 4/4"
    assert kiosk.send(after=BACKOFF_CAP_S) == 0
    kiosk.vote(1)
    assert kiosk.send() > 0
    assert (kiosk.aside(), kiosk.watermark(), kiosk.problem()) == ({5}, 6, "")


def test_the_only_row_waits_for_a_neighbour_before_it_is_judged(kiosk: Kiosk) -> None:
    kiosk.vote(1, "4/4")
    kiosk.endpoint.poisoned = lambda row: row.value == "4/4"
    assert kiosk.send() == 1
    assert (kiosk.aside(), kiosk.watermark()) == (set(), None)
    kiosk.vote(1)
    kiosk.send()
    assert (kiosk.aside(), kiosk.arrived(), kiosk.watermark()) == ({1}, [2], 2)


@pytest.mark.parametrize("before", [0, 2], ids=["alone in its epoch", "with an earlier neighbour"])
def test_the_last_row_of_an_epoch_that_has_ended_stops_nothing(kiosk: Kiosk, before: int) -> None:
    kiosk.vote(before)
    kiosk.vote(1, "4/4")
    kiosk.move_to(THERE)
    kiosk.vote(3)
    kiosk.endpoint.poisoned = lambda row: row.value == "4/4"
    kiosk.send()
    bad = before + 1
    assert kiosk.aside() == {bad}
    assert kiosk.arrived() == [seq for seq in range(1, bad + 4) if seq != bad]
    assert kiosk.waiting() == 0


@pytest.mark.parametrize("bad", [[3, 4], [1, 2, 3], [2, 4], [2, 3, 8, 9], [5, 6, 7, 8, 9]])
def test_rows_side_by_side_that_the_endpoint_won_t_have_are_set_aside_one_by_one(kiosk: Kiosk, bad: list[int]) -> None:
    for seq in range(1, 13):
        kiosk.vote(1, "4/4" if seq in bad else "1/4")
    kiosk.endpoint.poisoned = lambda row: row.value == "4/4"
    kiosk.settles(2)
    assert kiosk.aside() == set(bad)
    assert kiosk.arrived() == [seq for seq in range(1, 13) if seq not in bad]
    assert (kiosk.waiting(), kiosk.problem()) == (0, "")


@pytest.mark.parametrize("rows", [1, 2, 3, 40, 2_500])
@pytest.mark.parametrize("status", [400, 422])
def test_an_endpoint_that_refuses_everything_has_nothing_set_aside(kiosk: Kiosk, rows: int, status: int) -> None:
    kiosk.vote(rows)
    kiosk.server.always = refuses(status, "batch", detail="I don't like it")
    for _ in range(4):
        assert kiosk.send(after=BACKOFF_CAP_S) < 20
        assert kiosk.send() == 0
    kiosk.server.always = kiosk.endpoint
    kiosk.vote(1)
    kiosk.settles(2)
    assert (kiosk.aside(), kiosk.waiting(), kiosk.problem()) == (set(), 0, "")
    assert kiosk.arrived() == list(range(1, rows + 2))
    assert kiosk.state.noted("alarm") == ""


def test_an_endpoint_that_refuses_everything_is_told_so_and_probed_slowly(kiosk: Kiosk) -> None:
    kiosk.vote(20)
    kiosk.server.always = refuses(422, "batch", detail="I don't like it")
    kiosk.send()
    assert kiosk.problem() == "the endpoint refuses everything (422 batch: I don't like it)"
    kiosk.is_paused_for(SLOW_PROBE_S)


def test_a_trial_whose_neighbour_was_not_acknowledged_sets_nothing_aside(kiosk: Kiosk) -> None:
    kiosk.vote(3)
    no = refuses(422, "batch")
    kiosk.server.script.extend([no, no, acknowledges(ack=1)])  # rows 1 to 3; row 1; row 2 without row 1
    assert kiosk.send() == 3
    assert [(a.batch.first, a.batch.last, a.batch.missing) for a in kiosk.server.asked] == [
        (1, 3, []),
        (1, 1, []),
        (1, 2, [(1, 1)]),
    ]
    assert (kiosk.aside(), kiosk.watermark()) == (set(), None)
    assert kiosk.problem() == "the endpoint acknowledged nothing new"
    kiosk.settles(2)
    assert kiosk.watermark() == 3


@pytest.mark.parametrize(("damaged", "bad"), [([1], 3), ([2], 3), ([3], 4), ([2, 3], 4), ([4, 5], 3), ([6], 5)])
def test_an_endpoint_that_won_t_have_a_batch_without_rows_is_not_asked_over_and_over(
    kiosk: Kiosk, damaged: list[int], bad: int
) -> None:
    for seq in range(1, 8):
        kiosk.vote(1, "4/4" if seq == bad else "1/4")
    kiosk.damage(*damaged)
    kiosk.endpoint.poisoned = lambda row: row.value == "4/4"

    def wants_rows(asked: Asked, line: Line) -> None:
        return (kiosk.endpoint if asked.batch.rows else refuses(422, "batch"))(asked, line)

    kiosk.server.always = wants_rows
    assert sum(kiosk.send(after=BACKOFF_CAP_S) for _ in range(5)) < 30
    assert (kiosk.aside(), kiosk.waiting(), kiosk.arrived()) == (
        {bad},
        0,
        [seq for seq in range(1, 8) if seq not in (bad, *damaged)],
    )


def test_an_endpoint_that_has_less_than_we_believed_is_sent_it_again(kiosk: Kiosk) -> None:
    kiosk.vote(10)
    kiosk.send()
    kiosk.endpoint.have[kiosk.epoch] = 4
    for seq in range(5, 11):
        del kiosk.endpoint.rows[kiosk.epoch, seq]
    kiosk.vote(2)
    assert kiosk.send() == 1
    assert (kiosk.watermark(), kiosk.problem()) == (4, "the endpoint has rows up to 4 only: sending again")
    recovers(kiosk, 12)


def test_an_endpoint_that_has_forgotten_all_of_an_epoch_is_sent_all_of_it(kiosk: Kiosk) -> None:
    kiosk.vote(2)
    kiosk.move_to(THERE)
    kiosk.vote(3)
    kiosk.send()
    kiosk.vote(1)
    old, new = kiosk.epochs()
    kiosk.server.script.append(refuses(409, "gap", have=0))
    kiosk.send()
    assert (kiosk.state.watermark(old), kiosk.state.watermark(new)) == (2, 2)  # not into the epoch before
    kiosk.send(after=BACKOFF_CAP_S)
    last = kiosk.server.asked[-1].batch
    assert (last.epoch, last.first, last.last) == (new, 3, 6)
    assert kiosk.waiting() == 0


def test_an_endpoint_that_claims_to_have_more_does_not_move_us_on(kiosk: Kiosk) -> None:
    kiosk.vote(10)
    kiosk.server.always = refuses(409, "gap", have=10)
    assert kiosk.send() == 1
    assert (kiosk.watermark(), kiosk.waiting(), kiosk.problem()) == (None, 10, "409 gap")
    recovers(kiosk, 10)


def test_an_endpoint_that_forgets_during_a_bisection_is_sent_it_again(kiosk: Kiosk) -> None:
    kiosk.vote(4)
    kiosk.send()
    kiosk.vote(1, "4/4")
    kiosk.endpoint.poisoned = lambda row: row.value == "4/4"
    kiosk.send()
    assert kiosk.problem().startswith("row 5 is refused")
    kiosk.endpoint.have[kiosk.epoch] = 1
    kiosk.vote(1)
    kiosk.settles(3)
    assert (kiosk.aside(), kiosk.watermark(), kiosk.waiting(), kiosk.problem()) == ({5}, 6, 0, "")


def test_a_fork_during_a_bisection_ends_it(kiosk: Kiosk) -> None:
    kiosk.vote(4)
    kiosk.vote(1, "4/4")
    kiosk.endpoint.poisoned = lambda row: row.value == "4/4"
    kiosk.send()
    (old,) = kiosk.epochs()
    kiosk.vote(1)
    kiosk.server.script.extend([refuses(422, "batch"), refuses(409, "fork", seq=4)])
    kiosk.send()
    assert kiosk.state.forked_at(old) == 4
    kiosk.bench.status = SyncStatus(forks={old: 4})
    kiosk.bench.restart()
    kiosk.move_to(HERE)
    kiosk.settles(3)
    new = kiosk.epochs()[-1]
    assert kiosk.state.watermark(new) == 6
    assert kiosk.state.aside(new, 1, 9) == {5}
    assert kiosk.waiting() == 0


def test_a_new_store_during_a_bisection_ends_it(kiosk: Kiosk) -> None:
    kiosk.vote(1, "4/4")
    kiosk.endpoint.poisoned = lambda row: row.value == "4/4"
    kiosk.send()
    kiosk.bench.stop()
    for path in kiosk.folder.glob("votes.db*"):
        path.unlink()
    kiosk.move_to(THERE)
    kiosk.vote(3)
    kiosk.send()
    assert (kiosk.arrived(), kiosk.aside(), kiosk.waiting()) == ([1, 2, 3], set(), 0)


def test_a_fork_ends_the_epoch_and_nothing_more_of_it_is_sent(kiosk: Kiosk, caplog: pytest.LogCaptureFixture) -> None:
    kiosk.vote(10)
    (old,) = kiosk.epochs()
    kiosk.server.script.append(refuses(409, "fork", seq=6, detail="two boards"))
    assert kiosk.send() == 1
    assert kiosk.state.forked_at(old) == 6
    assert kiosk.state.noted("alarm") == "fork at row 6: 409 fork: two boards"
    assert "409 fork: two boards" in caplog.messages
    kiosk.send(after=BACKOFF_CAP_S)
    kiosk.vote(3)
    assert kiosk.send(after=BACKOFF_CAP_S) == 0
    assert (kiosk.state.watermark(old), kiosk.arrived()) == (5, [1, 2, 3, 4, 5])
    kiosk.bench.status = SyncStatus(forks={old: 6})
    kiosk.bench.restart()
    kiosk.move_to(HERE)
    kiosk.settles(2)
    new = kiosk.epochs()[-1]
    assert new != old
    assert sorted(seq for epoch, seq in kiosk.endpoint.rows if epoch == new) == list(range(6, 14))
    assert kiosk.waiting() == 0


def test_an_endpoint_with_rows_we_never_wrote_is_an_older_card_s(kiosk: Kiosk) -> None:
    kiosk.vote(3)
    (old,) = kiosk.epochs()
    kiosk.server.script.append(refuses(409, "gap", have=400))
    kiosk.send()
    assert kiosk.state.forked_at(old) == 4
    assert kiosk.state.noted("alarm") == "fork at row 4: 409 gap (it has row 400, we have 3: an older card?)"
    kiosk.bench.status = SyncStatus(forks={old: 4})
    kiosk.bench.restart()
    kiosk.move_to(HERE)
    kiosk.vote(2)
    kiosk.settles(2)
    new = kiosk.epochs()[-1]
    assert sorted(kiosk.endpoint.rows) == sorted([(old, 1), (old, 2), (old, 3), (new, 4), (new, 5)])


def test_rows_whose_acknowledgement_was_lost_are_not_sent_under_a_new_epoch_too(kiosk: Kiosk) -> None:
    """The endpoint has them, forgets to say so, and then claims to have far more than was ever written."""
    kiosk.vote(3)
    (old,) = kiosk.epochs()

    def commits_and_hangs_up(asked: Asked, line: Line) -> None:
        kiosk.endpoint(asked, Nobody())
        hangs_up()(asked, line)

    kiosk.server.script.extend([commits_and_hangs_up, refuses(409, "gap", have=400), refuses(409, "gap", have=400)])
    for _ in range(3):
        kiosk.send(after=BACKOFF_CAP_S)
        kiosk.bench.status = SyncStatus(forks=dict.fromkeys(kiosk.epochs(), kiosk.state.forked_at(old) or 4))
        kiosk.bench.restart()
        kiosk.move_to(HERE)
        kiosk.vote(1)
    kiosk.settles(3)
    assert kiosk.arrived() == [1, 2, 3, 4, 5, 6]
    assert {seq for epoch, seq in kiosk.endpoint.rows if epoch == old} >= {1, 2, 3}
    assert kiosk.waiting() == 0


def test_a_fork_that_names_no_row_is_narrowed_down_to_it(kiosk: Kiosk) -> None:
    kiosk.vote(20)
    (old,) = kiosk.epochs()
    kiosk.send()
    for seq in range(13, 21):  # another card with this identity was quicker
        kiosk.endpoint.rows[old, seq] = msgspec.structs.replace(kiosk.endpoint.rows[old, seq], language="xx")
    kiosk.endpoint.names_forks = False
    kiosk.state.rewind(old, 3)
    kiosk.settles(1)
    assert (kiosk.state.forked_at(old), kiosk.watermark()) == (13, 12)


def test_a_proxy_that_finds_batches_too_large_gets_smaller_ones_slowly(kiosk: Kiosk) -> None:
    kiosk.vote(40)

    def front_door(asked: Asked, line: Line) -> None:
        (kiosk.endpoint if len(asked.batch.rows) <= 10 else says(413, PORTAL))(asked, line)

    kiosk.server.always = front_door
    assert kiosk.send() == 1
    assert kiosk.problem() == stranger(413)
    assert kiosk.send(after=BACKOFF_CAP_S) == 1
    kiosk.settles(10)
    assert kiosk.waiting() == 0


@pytest.mark.parametrize("status", [401, 403, 410])
def test_an_endpoint_that_won_t_have_us_is_asked_again_slowly_and_nothing_is_dropped(kiosk: Kiosk, status: int) -> None:
    kiosk.vote(3)
    kiosk.server.always = refuses(status, "token", detail="expected this kiosk's")
    assert kiosk.send() == 1
    assert kiosk.problem() == f"{status} token: expected this kiosk's"
    kiosk.is_paused_for(DENIED_PROBE_S)
    kiosk.vote(2)
    assert kiosk.send(after=DENIED_PROBE_S - 1) == 0
    assert (kiosk.watermark(), kiosk.waiting()) == (None, 5)
    recovers(kiosk, 5)


# Pauses ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("asks", "waits"), [("120", 120.0), ("0", 1.0), ("86400", 3600.0), ("soon", 1.0)])
def test_a_retry_after_is_kept_but_not_for_ever(kiosk: Kiosk, status: int, asks: str, waits: float) -> None:
    kiosk.vote(1)
    kiosk.server.always = says(status, Retry_After=asks)
    kiosk.send()
    assert kiosk.problem() == f"the endpoint answered {status}"
    kiosk.is_paused_for(waits)
    recovers(kiosk, 1)


@pytest.mark.parametrize(("dice", "share"), [(1.0, 1.0), (0.5, 0.5), (0.0, 0.0)])
def test_pauses_double_to_a_quarter_of_an_hour_within_full_jitter(kiosk: Kiosk, dice: float, share: float) -> None:
    kiosk.vote(1)
    kiosk.dice = dice
    kiosk.server.always = says(503)
    assert kiosk.send() == 1
    for bound in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]:
        kiosk.is_paused_for(share * bound)
    assert len(kiosk.server.asked) == 14


def test_a_pause_does_not_grow_beyond_its_bound_in_years(kiosk: Kiosk) -> None:
    kiosk.vote(1)
    kiosk.sender._failures = 1_000_000
    kiosk.server.always = says(503)
    kiosk.send()
    kiosk.is_paused_for(BACKOFF_CAP_S)


def test_after_an_answer_the_next_pause_is_short_again(kiosk: Kiosk) -> None:
    kiosk.vote(1)
    kiosk.server.script.extend([says(503)] * 5)
    for _ in range(6):
        kiosk.send(after=BACKOFF_CAP_S)
    assert kiosk.waiting() == 0
    kiosk.vote(1)
    kiosk.server.script.append(says(503))
    kiosk.send()
    kiosk.is_paused_for(1.0)


def test_while_a_stranger_answers_the_pause_is_never_short(kiosk: Kiosk) -> None:
    kiosk.vote(1)
    kiosk.dice = 0.0
    kiosk.server.always = says(200, PORTAL)
    assert kiosk.send() == 1
    for _ in range(3):
        kiosk.is_paused_for(SLOW_PROBE_S)


def test_whoever_can_t_do_tls_is_a_stranger(kiosk: Kiosk) -> None:
    kiosk.vote(1)
    kiosk.dice = 0.0
    kiosk.sender = kiosk.a_sender(url=kiosk.server.url.replace("http://", "https://"))
    kiosk.send()
    assert "SSL" in kiosk.problem()
    assert kiosk.server.connections == 1
    kiosk.send(after=SLOW_PROBE_S - 0.1)
    assert kiosk.server.connections == 1
    kiosk.send(after=0.2)
    assert kiosk.server.connections == 2


# Around it ------------------------------------------------------------------------------------------------------------


def test_the_token_is_in_no_log_no_trace_and_no_note(
    kiosk: Kiosk, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    kiosk.vote(5)
    told: dict[str, Any] = {"detail": f"found Bearer {TOKEN}, expected another"}
    kiosk.server.script.extend(
        [
            refuses(401, "token", **told),
            refuses(404, "kiosk", **told),
            refuses(409, "gap", **told),
            refuses(422, TOKEN, **told),
            refuses(422, "batch", **told),
            refuses(422, "batch", **told),
            says(503, TOKEN.encode()),
            says(200, TOKEN.encode()),
            refuses(409, "fork", seq=3, **told),
        ]
    )
    kiosk.settles(12)
    assert not kiosk.server.script
    with sqlite3.connect(tmp_path / "sync.db") as connection:
        notes = [*connection.execute("SELECT * FROM status"), *connection.execute("SELECT * FROM aside")]
    connection.close()
    assert "found Bearer …, expected another" in str(notes)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpcore", "hpack"))]
    for written_down in (str(notes), str(kiosk.traces), "\n".join(ours), repr(vars(kiosk.sender))):
        assert TOKEN not in written_down


def test_no_read_transaction_is_open_while_the_network_is_touched(kiosk: Kiosk) -> None:
    kiosk.vote(1_500)
    checkpoints: list[tuple[int, int, int]] = []

    def checkpoint(asked: Asked, line: Line) -> None:
        connection = sqlite3.connect(kiosk.bench.path, isolation_level=None, timeout=0.1)
        connection.execute("UPDATE boots SET id = id")  # something for the WAL
        checkpoints.append(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())
        connection.close()
        return kiosk.endpoint(asked, line)

    kiosk.server.always = checkpoint
    kiosk.send()
    assert checkpoints == [(0, 0, 0), (0, 0, 0)]
    assert kiosk.waiting() == 0


def test_votes_given_during_a_request_go_with_the_next(kiosk: Kiosk) -> None:
    kiosk.vote(1)

    def vote_meanwhile(asked: Asked, line: Line) -> None:
        kiosk.vote(1)
        return kiosk.endpoint(asked, line)

    kiosk.server.script.append(vote_meanwhile)
    assert kiosk.send() == 2
    assert (kiosk.arrived(), kiosk.watermark()) == ([1, 2], 2)


def test_a_store_that_is_not_there_yet_is_no_trouble(
    kiosk: Kiosk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    path = tmp_path / "elsewhere" / "votes.db"
    kiosk.sender = kiosk.a_sender(path)
    for _ in range(3):
        assert kiosk.send() == 0
    said = f"{path}: can't be opened for reading (unable to open database file). Has the kiosk run yet?"
    assert [(r.levelname, r.getMessage()) for r in caplog.records if r.name == "sync.sender"] == [("INFO", said)]
    assert (kiosk.sender.kept_by, kiosk.problem()) == (said, "")
    path.parent.mkdir()
    kiosk.bench.stop()
    kiosk.bench.path = path
    kiosk.move_to(THERE)
    kiosk.vote(2)
    assert kiosk.send() == 1  # and there was no pause to wait for
    assert (kiosk.arrived(), kiosk.sender.kept_by) == ([1, 2], "")


def test_a_store_that_can_t_be_read_is_told_once_and_tried_again(
    kiosk: Kiosk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "elsewhere/votes.db"
    path.parent.mkdir()
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    kiosk.sender = kiosk.a_sender(path)
    for _ in range(3):
        assert kiosk.send() == 0
    said = f"{path}: can't be read (file is not a database). Is it a store, and is its writer there?"
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [("WARNING", said)]


@pytest.mark.parametrize("spoil", [Path.mkdir, lambda path: path.write_bytes(b"no store any more" * 500)])
def test_what_was_read_out_of_a_damaged_store_and_can_t_be_read_itself_holds_up_no_vote(
    kiosk: Kiosk, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    (tmp_path / "damaged/0001").mkdir(parents=True)
    spoil(tmp_path / "damaged/0001/salvaged.db")
    kiosk.vote(2)
    assert kiosk.send() == 1
    assert (kiosk.arrived(), kiosk.problem()) == ([1, 2], "")


def test_a_list_of_boots_that_is_damaged_is_told_in_words(kiosk: Kiosk, caplog: pytest.LogCaptureFixture) -> None:
    kiosk.vote(1)
    kiosk.change("UPDATE anchors SET wall_ms = wall_ms + 1")
    for _ in range(3):
        assert kiosk.send() == 0
    (said,) = caplog.messages
    assert "a row of anchors fails its checksum" in said
    kiosk.change("UPDATE anchors SET wall_ms = wall_ms - 1")
    assert kiosk.send() == 1


class FullDisk:
    """sync.db as it is on a full disk: what is asked is answered, what is told is refused."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_full = False
        self.refused = 0
        real = state_module.SyncState._run

        def run(state: Any, sql: str, *values: object) -> Any:
            if self.is_full and not sql.startswith("SELECT"):
                self.refused += 1
                raise StateError("sync.db: database or disk is full. Is the disk full or read-only?")
            return real(state, sql, *values)

        monkeypatch.setattr(state_module.SyncState, "_run", run)


@pytest.mark.parametrize("trouble", [None, says(503), refuses(422, "batch")], ids=["an ack", "503", "422"])
def test_on_a_full_disk_sending_is_told_in_words_and_tried_again_after_a_pause(
    kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, trouble: Behaviour | None
) -> None:
    disk = FullDisk(monkeypatch)
    kiosk.vote(3)
    kiosk.server.always = trouble or kiosk.endpoint
    disk.is_full = True
    for _ in range(3):
        assert 1 <= kiosk.send(after=BACKOFF_CAP_S) < 10
        assert kiosk.send() == 0
    assert disk.refused >= 3
    told = [(r.levelname, r.getMessage()) for r in caplog.records if "full" in r.getMessage()]
    assert told == [("ERROR", "sync.db: database or disk is full. Is the disk full or read-only?")]
    assert (kiosk.watermark(), kiosk.waiting()) == (None, 3)
    disk.is_full = False
    recovers(kiosk, 3)


def test_a_fork_that_a_full_disk_could_not_hold_is_heard_again(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FullDisk(monkeypatch)
    kiosk.vote(3)
    kiosk.server.always = refuses(409, "fork", seq=2)
    disk.is_full = True
    kiosk.send()
    assert kiosk.send() == 0
    assert kiosk.state.forked_at(kiosk.epoch) is None
    disk.is_full = False
    kiosk.send(after=BACKOFF_CAP_S)
    assert kiosk.state.forked_at(kiosk.epoch) == 2


def test_the_endpoint_s_clock_is_kept_as_an_anchor_only_when_it_tells_something_new(
    kiosk: Kiosk, tmp_path: Path
) -> None:
    def anchors() -> list[tuple[Any, ...]]:
        with sqlite3.connect(tmp_path / "sync.db") as connection:
            found = connection.execute("SELECT * FROM anchors").fetchall()
        connection.close()
        return found

    for boottime_ms, time, kept in [
        (500_000, 1_790_000_000, (500_000, 1_790_000_000_000)),
        (560_900, 1_790_000_060, (500_000, 1_790_000_000_000)),  # within what whole seconds and the way can do
        (600_000, 1_790_000_200, (600_000, 1_790_000_200_000)),
    ]:
        kiosk.boottime_ms = boottime_ms
        kiosk.vote(1)
        kiosk.server.script.append(acknowledges(time=time))
        kiosk.send()
        assert anchors() == [("boot-one", *kept)]


@pytest.mark.parametrize("time", [2**40 + 1, 2**63, 10**30, -(2**41)])
def test_an_endpoint_s_clock_that_shows_no_time_at_all_stops_nothing(kiosk: Kiosk, time: int) -> None:
    nothing_moves(kiosk, acknowledges(time=time), stranger(200))


def test_a_sender_that_is_told_to_stop_finishes_its_request_and_begins_no_other(kiosk: Kiosk) -> None:
    kiosk.vote(2_500)

    def stop(asked: Asked, line: Line) -> None:
        kiosk.sender.stop()
        return kiosk.endpoint(asked, line)

    kiosk.server.always = stop
    assert kiosk.send() == 1
    assert (kiosk.watermark(), kiosk.waiting()) == (1_000, 1_500)
    assert kiosk.send(after=BACKOFF_CAP_S) == 0


def test_a_sender_that_begins_anew_goes_on_where_the_last_one_was_killed(kiosk: Kiosk) -> None:
    kiosk.vote(5)

    def take_it_and_die(asked: Asked, line: Line) -> None:
        kiosk.endpoint(asked, type("Nowhere", (), {"write": staticmethod(lambda data: None)}))  # type: ignore[arg-type]
        raise ConnectionAbortedError

    kiosk.server.script.append(take_it_and_die)
    kiosk.send()
    assert (kiosk.arrived(), kiosk.watermark()) == ([1, 2, 3, 4, 5], None)
    kiosk.sender = kiosk.a_sender()
    assert kiosk.send() == 1
    assert (kiosk.watermark(), kiosk.waiting()) == (5, 0)


def test_a_trouble_is_told_once_while_it_lasts(kiosk: Kiosk, caplog: pytest.LogCaptureFixture) -> None:
    kiosk.vote(1)
    kiosk.server.always = says(503)
    kiosk.settles(5)
    assert caplog.messages == ["the endpoint answered 503"]
    kiosk.server.always = kiosk.endpoint
    kiosk.settles(1)
    kiosk.vote(1)
    kiosk.server.always = says(503)
    kiosk.settles(2)
    assert caplog.messages == ["the endpoint answered 503"] * 2


def test_no_answer_makes_a_pass_go_on_without_end(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every verdict, over and over, from any state: a pass ends, and the next one waits."""
    monkeypatch.setattr(sender_module, "RUN_ROWS", 4)
    kiosk.vote(8)
    faults: list[Callable[..., Behaviour]] = [lambda s=s: refuses(s, "batch") for s in (400, 401, 413, 422)]
    faults += [lambda: refuses(409, "gap", have=0), lambda: says(200), lambda: says(503)]
    faults += [lambda: acknowledges(ack=lambda batch: batch.first - 1)]
    for first in faults:
        for second in faults:
            kiosk.server.always = second()
            kiosk.server.script.extend([first(), first()])
            assert kiosk.send(after=4_000) < 25
            assert kiosk.send() == 0
            kiosk.server.script.clear()
    assert kiosk.aside() == set()
    assert kiosk.waiting() == 8


def test_a_row_arrives_as_it_was_stored(kiosk: Kiosk) -> None:
    kiosk.vote(1, "3/4")
    kiosk.send()
    assert list(kiosk.endpoint.rows.values()) == [
        Row(1, 1, 0, "vote", "visit/1", "visit", "3/4", "physical", "en", "", "boot-one", 1)
    ]


def test_a_row_that_was_refused_once_is_asked_for_again_before_it_is_judged(kiosk: Kiosk) -> None:
    kiosk.vote(1)
    kiosk.server.script.append(refuses(422, "batch"))
    assert kiosk.send() == 1
    kiosk.vote(1)  # meanwhile the endpoint was mended
    kiosk.send()
    assert (kiosk.aside(), kiosk.arrived(), kiosk.problem()) == (set(), [1, 2], "")


@pytest.mark.parametrize("bad", [[2], [3], [2, 3], [1, 2, 3]])
def test_rows_at_the_end_of_an_epoch_stop_nothing(kiosk: Kiosk, bad: list[int]) -> None:
    for seq in range(1, 4):
        kiosk.vote(1, "4/4" if seq in bad else "1/4")
    kiosk.move_to(THERE)
    kiosk.vote(2)
    kiosk.endpoint.poisoned = lambda row: row.value == "4/4"
    kiosk.settles(2)
    assert kiosk.aside() == set(bad)
    assert kiosk.arrived() == [seq for seq in range(1, 6) if seq not in bad]
    assert (kiosk.waiting(), kiosk.problem()) == (0, "")


def booked(kiosk: Kiosk) -> list[bool]:
    """Of each request whether it was packed against a book."""
    return [asked.book is not None for asked in kiosk.server.asked]


def a_day(kiosk: Kiosk, passes: int) -> None:
    for _ in range(passes):
        kiosk.vote(3)
        kiosk.send(after=BACKOFF_CAP_S)


def test_batches_are_packed_against_what_the_endpoint_remembers(kiosk: Kiosk) -> None:
    kiosk.endpoint.keeps_books = True
    a_day(kiosk, 4)
    assert booked(kiosk) == [False, True, True, True]
    assert kiosk.arrived() == list(range(1, 13))
    sizes = [len(asked.body) for asked in kiosk.server.asked]
    assert max(sizes[1:]) < sizes[0] / 2


def test_an_endpoint_that_promises_nothing_is_told_everything(kiosk: Kiosk) -> None:
    a_day(kiosk, 3)
    assert booked(kiosk) == [False] * 3
    assert kiosk.arrived() == list(range(1, 10))


def test_after_a_restart_everything_is_told_again(kiosk: Kiosk) -> None:
    kiosk.endpoint.keeps_books = True
    a_day(kiosk, 2)
    kiosk.sender = kiosk.a_sender()
    a_day(kiosk, 2)
    assert booked(kiosk) == [False, True, False, True]


def test_a_lost_book_costs_one_request_and_no_row(kiosk: Kiosk) -> None:
    kiosk.endpoint.keeps_books = True
    a_day(kiosk, 2)
    kiosk.endpoint.book = ""
    a_day(kiosk, 2)
    assert booked(kiosk) == [False, True, True, False, True]
    assert kiosk.arrived() == list(range(1, 13))
    assert kiosk.problem() == ""


@pytest.mark.parametrize(
    "fault",
    [
        refuses(400, "batch"),
        refuses(422, "batch"),
        refuses(409, "fork", seq=lambda batch: batch.first),
        refuses(409, "fork"),
        refuses(409, "gap", have=1_000),
        refuses(409, "book"),
    ],
    ids=["400", "422", "fork", "fork somewhere", "have ahead", "book"],
)
def test_what_is_said_of_rows_that_lean_on_a_book_is_not_believed(kiosk: Kiosk, fault: Behaviour) -> None:
    kiosk.endpoint.keeps_books = True
    a_day(kiosk, 2)
    kiosk.server.script.append(fault)
    a_day(kiosk, 1)
    assert booked(kiosk) == [False, True, True, False]
    assert kiosk.arrived() == list(range(1, 10))
    assert kiosk.state.forked_at(kiosk.epoch) is None
    assert kiosk.aside() == set()
    assert kiosk.problem() == ""


def test_an_endpoint_that_always_forgets_gets_every_row_once_and_is_hardly_asked_twice(kiosk: Kiosk) -> None:
    kiosk.endpoint.keeps_books = True

    def forgets(asked: Asked, line: Line) -> None:
        kiosk.endpoint.book = ""
        kiosk.endpoint(asked, line)

    kiosk.server.always = forgets
    a_day(kiosk, 20)
    assert sum(booked(kiosk)) == 5
    assert len(kiosk.server.asked) == 25
    assert kiosk.arrived() == list(range(1, 61))


def test_an_endpoint_that_acknowledges_nothing_by_a_book_is_told_everything(kiosk: Kiosk) -> None:
    kiosk.endpoint.keeps_books = True
    a_day(kiosk, 2)
    kiosk.server.script.append(acknowledges(ack=lambda batch: batch.first - 1))
    a_day(kiosk, 2)
    assert booked(kiosk) == [False, True, True, False]
    assert kiosk.arrived() == list(range(1, 13))


def test_a_row_the_endpoint_will_not_have_is_found_though_it_keeps_books(kiosk: Kiosk) -> None:
    kiosk.endpoint.keeps_books = True
    kiosk.endpoint.poisoned = lambda row: row.seq == 11
    a_day(kiosk, 7)
    kiosk.settles()
    assert kiosk.arrived() == [seq for seq in range(1, 22) if seq != 11]
    assert kiosk.aside() == {11}
