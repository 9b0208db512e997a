"""One sending pass after the other: post what waits, follow the verdict. Knows no schedule and no socket."""

from __future__ import annotations

import contextlib
import logging
import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from kiosk.clock import Reading
from kiosk.errors import NoStoreYet, StoreError
from kiosk.reader import Reader, stores
from kiosk.settings import Endpoint
from sync import books, reply
from sync.ahead import Ahead
from sync.errors import StateError
from sync.outbox import Outbox, Parcel
from sync.promise import Promise
from sync.reply import Answer, Client, NoAnswer, Verdict
from sync.size import BATCH_ROWS, Size
from sync.state import SyncState

log = logging.getLogger(__name__)

RUN_ROWS = 8
"""Rows side by side that the endpoint won't have, before it is taken to refuse everything: those of one visit."""
BACKOFF_FIRST_S = 1.0
BACKOFF_CAP_S = 900.0
SLOW_PROBE_S = 60.0
"""Between tries while somebody else answers in the endpoint's place."""
DENIED_PROBE_S = 900.0
"""Between tries while the endpoint won't have us: a new token may have been made known to it."""

DENIED = "the endpoint won't have this kiosk"


class Sender:
    """Sends what waits, oldest first, and moves the watermark by the one rule of `reply.judge`.

    `clocks` and `boot` are those of this machine, `steady` gives seconds for pauses, `jitter` 0 to 1.
    """

    def __init__(
        self,
        *,
        kiosk: str,
        endpoint: Endpoint,
        votes: Path,
        state: SyncState,
        client: Callable[[], Client],
        clocks: Callable[[], Reading],
        boot: str,
        trace: Callable[..., None],
        steady: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._kiosk = kiosk
        self._url = f"{endpoint.url.rstrip('/')}/v1/kiosks/{kiosk}/responses"
        self._token = endpoint.token
        self._votes = votes
        self._state = state
        self._client = client
        self._clocks = clocks
        self._boot = boot
        self._trace = trace
        self._steady = steady
        self._jitter = jitter
        self._promise = Promise()
        self._ahead = Ahead(lambda: clocks().boottime_ms)
        self._size = Size()
        self._failures = 0
        self.paused_until_s = 0.0
        """When the pause ends that a pass has ended in, by `steady`; long ago where it ended in none."""
        self._bisect_to = 0  # while bisecting: the last row of the batch that was refused first
        self._suspect: tuple[str, int, str] | None = None
        """The one row that is refused when it is alone, and why: (epoch, seq, reason)."""
        self._fresh = False  # whether that was said in this pass
        self._run = 1
        """How many rows from the suspect on are left out of a trial: its neighbours may be as bad."""
        self.kept_by = ""
        """What kept the last pass from reading all, or recording what was acknowledged; "" where nothing did."""
        self._offset_ms: int | None = None
        self._stopping = False

    def stop(self) -> None:
        """End a pass after the request under way."""
        self._stopping = True

    def hurry(self) -> None:
        """Let the next pass begin whatever pause lasts: somebody stands before the kiosk and waits."""
        self.paused_until_s = 0.0

    def send(self) -> None:
        """Send until nothing waits or a pause is due. Does nothing while a pause lasts."""
        if self._steady() < self.paused_until_s or self._stopping:
            return
        self._fresh = False
        self._size.begin()
        self._ahead.drop()
        try:
            with contextlib.ExitStack() as readers, self._client() as client:
                opened = []
                for path in stores(self._votes.parent)[:-1]:
                    with contextlib.suppress(StoreError):  # read out of a damaged one, and damaged itself by now
                        opened.append(readers.enter_context(Reader(path)))
                opened.append(readers.enter_context(Reader(self._votes)))
                outbox = Outbox(opened, self._state, boot=self._boot, boottime_ms=lambda: self._clocks().boottime_ms)
                while not self._stopping and (parcel := self._next(outbox)) is not None:
                    if not self._exchange(client, parcel, outbox):
                        break
            self.kept_by = ""
        except StoreError as error:
            # No kiosk has run yet, or it is just making its file: nothing is urgent.
            self._say(logging.INFO if isinstance(error, NoStoreYet) else logging.WARNING, str(error))
        except StateError as error:
            # What was acknowledged meanwhile is sent again, and ignored there.
            self._say(logging.ERROR, str(error))
            if self.paused_until_s <= self._steady():
                self._back_off(0.0)

    def _say(self, level: int, words: str) -> None:
        """Log what keeps a pass from its work: once, not with each pass."""
        if words != self.kept_by:
            self.kept_by = words
            log.log(level, "%s", words)

    def _next(self, outbox: Outbox) -> Parcel | None:
        if self._suspect is None:
            ask = self._size.limit, self._promise.book
            return self._ahead.take(*ask) or outbox.next(*ask)
        epoch, seq, reason = self._suspect
        oldest = outbox.next(1)
        if oldest is None or (oldest.epoch, oldest.first) != (epoch, seq):
            # After a rewind, a fork or a new store something else comes first.
            self._end_bisection()
            return outbox.next(self._size.limit)
        parcel = outbox.trial(seq, epoch, self._run)
        if parcel is not None and not self._fresh:
            # The endpoint may have changed its mind: the row and its neighbours are judged at one time.
            self._end_bisection()
            return oldest
        if parcel is None and self._run > 1:
            self._refuses_everything(reason)
        return parcel

    def _exchange(self, client: Client, parcel: Parcel, outbox: Outbox) -> bool:
        """Send one batch and do what the answer says; whether to go on at once."""
        headers = {
            "Content-Type": "application/json",
            "Moodpost-Epoch": parcel.epoch,
            "Moodpost-Nonce": parcel.nonce,
            **books.headers(parcel.book, parcel.offer),
        }
        if self._token:
            headers["Authorization"] = f"Bearer {self._token.reveal()}"
        self._size.sent(len(parcel.body))
        took = 0.0

        def post() -> Answer | NoAnswer:
            nonlocal took
            began = self._steady()
            answer = client.post(self._url, parcel.body, headers)
            took = self._steady() - began
            return answer

        verdict = self._without_token(reply.judge(self._answer(post, parcel, outbox), parcel, self._kiosk))
        whole = getattr(verdict, "ack", None) == parcel.last
        self._size.heard(took, whole=whole)
        self._trace(
            "acknowledged" if isinstance(verdict, reply.Acknowledged) else "refused",
            epoch=parcel.epoch,
            first=parcel.first,
            last=parcel.last,
            ack=getattr(verdict, "ack", None),
            reason=getattr(verdict, "reason", ""),
            ms=round(took * 1000, 1),
        )
        if not whole:
            self._ahead.drop()
        return self._promise.settle(parcel, verdict) or self._follow(verdict, parcel)

    def _answer(self, post: Callable[[], Answer | NoAnswer], parcel: Parcel, outbox: Outbox) -> Answer | NoAnswer:
        """Where a backlog waits and nothing is being tried, the next batch is packed meanwhile."""
        if parcel.span < min(self._size.limit, BATCH_ROWS) or self._suspect is not None or self._bisect_to:
            return post()
        rows, book = self._size.after(parcel.span), self._promise.expected(parcel)
        return self._ahead.post(post, partial(outbox.following, parcel, rows, book, least=min(rows, BATCH_ROWS)))

    def _without_token(self, verdict: Verdict) -> Verdict:
        """What an endpoint says may repeat what it was told."""
        token = self._token.reveal()
        if not token or isinstance(verdict, reply.Acknowledged | reply.TooLarge | reply.Behind):
            return verdict
        return msgspec.structs.replace(verdict, reason=verdict.reason.replace(token, "…"))

    def _follow(self, verdict: Verdict, parcel: Parcel) -> bool:
        match verdict:
            case reply.Acknowledged():
                return self._acknowledged(verdict, parcel)
            case reply.Behind(have):
                self._state.rewind(parcel.epoch, have)
                return self._pause(f"the endpoint has rows up to {have} only: sending again", 0.0)
            case reply.TooLarge():
                if self._size.limit == 1:
                    return self._pause("the endpoint finds a single row too large", SLOW_PROBE_S)
                self._size.halve(parcel.span)
                return True
            case reply.Rejected(reason):
                return self._narrow(reason, parcel)
            case reply.ForkedSomewhere(reason):
                if self._suspect is not None:
                    self._end_bisection()
                    return self._pause(reason, 0.0)
                self._size.halve(parcel.span)  # what is acknowledged on the way is no part of it
                return True
            case reply.Forked(seq, reason):
                self._state.fork(parcel.epoch, seq)
                self._state.note("alarm", f"fork at row {seq}: {reason}")
                return self._pause(reason, 0.0)
            case reply.Denied(reason):
                self._state.note("denied", f"{DENIED}: {reason}")
                return self._pause(reason, DENIED_PROBE_S)
            case reply.Stranger(reason, too_large):
                if too_large:
                    self._size.halve(parcel.span)
                return self._pause(reason, SLOW_PROBE_S)
            case reply.Busy(reason, at_least_s):
                return self._pause(reason, at_least_s)

    def _acknowledged(self, verdict: reply.Acknowledged, parcel: Parcel) -> bool:
        if verdict.ack < (parcel.first if self._suspect is None else parcel.last):
            # Nothing new was acknowledged: asking again at once would be a loop.
            return self._pause("the endpoint acknowledged nothing new", 0.0)
        ack = verdict.ack
        if self._suspect is not None:
            epoch, seq, reason = self._suspect
            if parcel.aside is not None:
                self._state.set_aside(epoch, seq, reason)
                self._state.note("alarm", f"row {seq} was set aside: {reason}")
                log.error("row %d was set aside, its neighbours were accepted: %s", seq, reason)
            if self._run > 1 and parcel.epoch == epoch:
                ack = seq  # the rows after it were left out for the trial only
            self._end_bisection()
        self._state.acknowledge(parcel.epoch, ack)
        self._keep_time(verdict.time * 1000)
        self._state.note("contact", f"{self._boot} {self._clocks().boottime_ms}")
        self._state.note("problem", "")
        self._state.note("denied", "")  # a fork or a row set aside stays an alarm for somebody to see, this is over
        self._failures = 0
        if verdict.ack >= self._bisect_to:
            self._bisect_to = 0
            self._size.grow(parcel.span)
        return True

    def _keep_time(self, wall_ms: int) -> None:
        """Keep the endpoint's clock as an anchor, but only when it tells something new."""
        boottime_ms = self._clocks().boottime_ms
        offset = wall_ms - boottime_ms
        if self._offset_ms is None or abs(offset - self._offset_ms) >= 2_000:
            self._state.anchor(self._boot, boottime_ms, wall_ms)
            self._offset_ms = offset

    def _narrow(self, reason: str, parcel: Parcel) -> bool:
        """Bisect towards the row that the endpoint won't have; one that is alone is tried with it left out."""
        if self._suspect is not None:
            # Its neighbours are refused too: they are as bad, or it is not the row.
            if self._run < RUN_ROWS:
                self._run *= 2
                return True
            return self._refuses_everything(reason)
        self._bisect_to = max(self._bisect_to, parcel.last)
        if parcel.span > 1:
            self._size.limit = parcel.span // 2
            return True
        self._suspect = (parcel.epoch, parcel.first, reason)
        self._fresh = True
        self._state.note("problem", f"row {parcel.first} is refused: {reason}")
        return True

    def _refuses_everything(self, reason: str) -> bool:
        """No row was found to blame, so nothing is set aside."""
        self._end_bisection()
        return self._pause(f"the endpoint refuses everything ({reason})", SLOW_PROBE_S)

    def _end_bisection(self) -> None:
        self._suspect = None
        self._run = 1
        self._bisect_to = 0

    def _back_off(self, at_least_s: float) -> None:
        """Full jitter between 0 and a bound that doubles each time, but never less than `at_least_s` seconds."""
        bound = min(BACKOFF_CAP_S, BACKOFF_FIRST_S * 2 ** min(self._failures, 20))
        self._failures += 1
        self.paused_until_s = self._steady() + max(at_least_s, bound * self._jitter())

    def _pause(self, reason: str, at_least_s: float) -> bool:
        self._back_off(at_least_s)
        if reason != self._state.noted("problem"):
            self._state.note("problem", reason)
            log.warning("%s", reason)
        return False
