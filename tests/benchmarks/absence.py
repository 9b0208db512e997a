"""What a long absence costs: a store of ten million rows beside an empty one.

Fair, because both stores are opened, voted into and looked through by the same code on the same disk, in turn,
and the endpoint of the ticks is a function: what differs is the rows. 90 days of 400 votes are about 90,000 rows
with their answers and endings: a hundredth of what is measured here. The rows went in through the store itself,
5,000 a commit; one boot's are like another's.
"""

from __future__ import annotations

import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

from kiosk.clock import Reading
from kiosk.reader import Reader
from kiosk.response import Draft, Response
from kiosk.settings import Endpoint
from kiosk.store import Board, Settled, Store
from sync import protocol
from sync.protocol import Ack
from sync.reply import Answer
from sync.sender import Sender
from sync.state import SyncState
from tests.benchmarks.figure import Figure, of
from tests.benchmarks.trace import day

ROWS = 10_000_000
BOOTS = 100
MANY_BOOTS = 500
"""More than a year of nightly restarts."""
STARTS = 40
VOTES = 300
TICKS = 100
GOAL = 1.15
KIOSK = "test-kiosk"


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """Empty and full in turn, medians."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        empty, full = Desk(Path(folder) / "empty"), Desk(Path(folder) / "full")
        full.fill(ROWS, BOOTS)
        beside = f"empty, {ROWS:,} rows here"
        for what, unit, act, times in (
            ("start until the first vote is stored", "ms", Desk.start, STARTS),
            ("vote → COMMIT returned", "ms", Desk.vote, VOTES),
            ("sync looks, nothing new", "ms", Desk.tick, TICKS),
            ("sync sends one vote", "ms", Desk.tick_with_a_vote, TICKS),
        ):
            ours, baseline = in_turn(act, full, empty, times)
            yield of(what, unit, ours, beside, baseline, GOAL)
        full.close()
        empty.close()
        yield Figure("memory of store and sync", "MiB", full.memory_mib(), beside, empty.memory_mib(), GOAL)
        boots = Desk(Path(folder) / "boots")
        boots.fill(MANY_BOOTS, MANY_BOOTS)
        for what, act in (("looks, nothing new", Desk.tick), ("sends one vote", Desk.tick_with_a_vote)):
            ours, baseline = in_turn(act, boots, empty, TICKS)
            yield of(f"sync {what}, {MANY_BOOTS} boots", "ms", ours, "one boot", baseline, GOAL)
        boots.close()
        empty.close()


def in_turn(act: Callable[[Desk], float], one: Desk, other: Desk, times: int) -> tuple[list[float], list[float]]:
    """Both, each measured right after the other."""
    ones, others = [], []
    for _ in range(times):
        ones.append(act(one))
        others.append(act(other))
    return ones, others


def drafts(rows: Sequence[Response], visits: int = 0) -> list[Draft]:
    """Rows as the store takes them, their visits counted from `visits`."""
    return [
        Draft(r.visit + visits, r.position, r.kind, r.survey, r.question, r.value, r.ui, r.language, "", r.ms)
        for r in rows
    ]


class Desk:
    """A store with its sync: acts on it are timed in milliseconds."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.path = folder / "votes.db"
        self.settled: queue.SimpleQueue[Settled] = queue.SimpleQueue()
        self.ticket = 0
        self.ms = 60_000
        self.store: Store | None = None
        self.state: SyncState | None = None

    def open(self, boot: int = 0) -> Store:
        if self.store is None:
            self.store = Store(
                self.path,
                Board(f"boot-{boot}", ""),
                settled=self.settled.put,
                read_clock=lambda: Reading(0, 1_790_000_000_000, "ntp"),
            )
        return self.store

    def close(self) -> None:
        if self.store is not None:
            assert self.store.close()
            self.store = None
        if self.state is not None:
            self.state.close()
            self.state = None

    def put(self, rows: list[Draft]) -> None:
        self.ticket += 1
        self.open().put(rows, self.ticket)
        while getattr(settled := self.settled.get(), "ticket", None) != self.ticket:
            pass
        assert not settled.error, settled.error

    def fill(self, rows: int, boots: int) -> None:
        """So many rows of so many boots, through the store itself; all acknowledged."""
        one = day(rows // boots)
        for boot in range(1, boots + 1):
            self.open(boot)
            made = drafts(one, boot * rows)
            for at in range(0, len(made), 5_000):
                self.put(made[at : at + 5_000])
            assert self.store is not None and self.store.close()
            self.store = None
        self.acknowledge_all()

    def acknowledge_all(self) -> None:
        with Reader(self.path) as reader:
            self.sync().acknowledge(reader.epochs()[-1].id, reader.last())

    def sync(self) -> SyncState:
        if self.state is None:
            self.state = SyncState(self.path.with_name("sync.db"))
        return self.state

    def start(self) -> float:
        """A start until the first vote is stored."""
        self.close()
        began = time.perf_counter()
        self.vote()
        return (time.perf_counter() - began) * 1000

    def vote(self) -> float:
        self.ms += 6_000
        began = time.perf_counter()
        self.put([Draft(10**9 + self.ticket, 0, "vote", "visit/1", "visit", "1/4", "physical", "en", "", self.ms)])
        return (time.perf_counter() - began) * 1000

    def tick(self) -> float:
        """A pass of sync; what waited before is sent first."""
        self.open()
        if self.state is None:
            self.pass_()
        return self.pass_()

    def tick_with_a_vote(self) -> float:
        self.vote()
        return self.pass_()

    def pass_(self) -> float:
        state = self.sync()
        sender = Sender(
            kiosk=KIOSK,
            endpoint=Endpoint(url="http://127.0.0.1:1"),
            votes=self.path,
            state=state,
            client=Polite,
            clocks=lambda: Reading(0, 1_790_000_000_000, "ntp"),
            boot="boot-0",
            trace=lambda *_, **__: None,
        )
        began = time.perf_counter()
        sender.send()
        took = (time.perf_counter() - began) * 1000
        assert state.noted("problem") == ""
        return took

    def memory_mib(self) -> float:
        """The most that a process takes which starts, stores 20 votes and syncs them one by one."""
        act = (
            "import sys; from pathlib import Path; from tests.benchmarks.absence import Desk\n"
            "desk = Desk.__new__(Desk); desk.reopen(Path(sys.argv[1]))\n"
            "for _ in range(20): desk.tick_with_a_vote()\n"
            "desk.close()\n"
            "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])"
        )
        run = subprocess.run([sys.executable, "-c", act, str(self.path)], check=True, capture_output=True, text=True)
        return int(run.stdout) / 1024

    def reopen(self, path: Path) -> None:
        self.path, self.settled, self.ticket, self.ms = path, queue.SimpleQueue(), 0, 60_000
        self.store = self.state = None


class Polite:
    """An endpoint that acknowledges everything, without a network."""

    def __enter__(self) -> Polite:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        batch = protocol.decode(body, epoch=headers["Moodpost-Epoch"], nonce=headers["Moodpost-Nonce"])
        return Answer(200, {}, protocol.as_json(Ack(KIOSK, batch.epoch, batch.nonce, batch.last, 1_790_000_000)))
