"""One seed of the hostile network: a live kiosk's card, the real sender, every fault, and the reckoning after it.

The clock that pauses are counted in is the campaign's own and jumps over each of them: it is work, not waiting.
While it goes on, the card is cloned once (both copies vote on), put back to an older copy once, and sync.db alone is
put back once, as a power cut can do to a file that is not fsynced.
"""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from kiosk.clock import Reading
from kiosk.reader import Reader, sync_db
from kiosk.settings import Endpoint, Secret
from sync.sender import Sender
from sync.state import SyncState, make_folder
from sync.transport import Transport
from tests.faults import ledger
from tests.faults.card import POISON, WALL_MS, Card, Identity, stored
from tests.faults.ledger import Reckoning
from tests.faults.network import KINDS, KIOSK, QUICK, SLOW, TOKEN, Network, collector

JUMP_S = 4_000.0
"""Longer than any pause."""
LITTLE_S = 0.25
"""The total deadline of a request that is never answered."""
MUCH_S = 60.0
"""The deadline of the others: beyond what a busy machine needs."""
BACKLOG = 0.6
"""The share of rows that wait when the network comes up."""
CLONE_ROWS = 40
LIMIT_PASSES = 3_000


class Result(msgspec.Struct):
    """What came of one seed."""

    seed: int
    reckoning: Reckoning
    drawn: Counter[str]
    requests: int = 0
    by_book: int = 0
    """Batches that arrived packed against a book."""
    passes: int = 0
    epochs: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    """The longest that a pass with little time took."""
    wrong: list[str] = []
    """What else is not as it should be, in words."""

    @property
    def clean(self) -> bool:
        found = self.reckoning
        return not (found.lost or found.twice or found.foreign or found.miscounted or found.wrong or self.wrong)


class _Sync:
    """The sending side of a card: sync.db and the real sender, on the campaign's clock."""

    def __init__(
        self, card: Card, url: str, deadline: Callable[[], float], dice: random.Random, database: Path
    ) -> None:
        self.card = card
        self.now = 0.0
        self._url = url
        self._deadline = deadline
        self._dice = dice
        self._database = database
        self.early: list[str] = []
        """Acknowledgements that were believed of rows that the collector did not have."""
        self.open()

    def open(self) -> None:
        """Begin, as a process does that was started again: nothing is remembered but sync.db."""
        self.state = SyncState(make_folder(self.card.folder))
        boot, _ = self.card.now
        self._sender = Sender(
            kiosk=KIOSK,
            endpoint=Endpoint(url=self._url, token=Secret(TOKEN)),
            votes=self.card.votes,
            state=self.state,
            client=lambda: Transport(self._deadline()),
            clocks=lambda: Reading(self.card.now[1], WALL_MS, "nobody"),
            boot=boot,
            trace=self._trace,
            steady=lambda: self.now,
            jitter=self._dice.random,
        )

    def _trace(self, event: str, *, epoch: str, ack: int | None, **fields: object) -> None:
        # What is acknowledged may be deleted: never a moment too early, though a gap would be told later.
        if event == "acknowledged" and ack is not None:
            there = ledger.reach(self._database).get(epoch, 0)
            if ack > there and ack >= int(str(fields["first"])):
                self.early.append(f"{epoch} up to {ack}, where {there} was the last that had arrived")

    def close(self) -> None:
        self._sender.stop()
        self.state.close()

    def pass_(self) -> None:
        """One pass, after whatever pause was due."""
        self.now += JUMP_S
        self._sender.send()

    def waiting(self) -> int:
        """Rows on the card that were not acknowledged under the epoch that they belong to."""
        spans = self._spans()
        return sum(max(0, last - max(self.state.watermark(id_) or 0, first - 1)) for id_, first, last in spans)

    def has_set_aside(self) -> bool:
        """Whether the row that no endpoint will have was found."""
        return any(self.state.aside(id_, first, last) for id_, first, last in self._spans())

    def cut_off(self) -> bool:
        """Whether the endpoint called an epoch forked that still goes on."""
        spans = self._spans()
        newest, _, highest = spans[-1]
        forks = [(self.state.forked_at(id_), last) for id_, _, last in spans]
        return self.state.forked_at(newest) == highest + 1 or any(fork and fork <= last for fork, last in forks)

    def _spans(self) -> list[tuple[str, int, int]]:
        with Reader(self.card.votes) as reader:
            epochs, last = reader.epochs(), reader.last()
        ends = [epoch.first - 1 for epoch in epochs[1:]] + [last]
        return [(epoch.id, epoch.first, end) for epoch, end in zip(epochs, ends, strict=True)]


def run(seed: int, responses: int, folder: Path, tell: Callable[[int, int], None] = lambda done, of: None) -> Result:
    """The campaign of `seed` in the empty `folder`. `tell` hears how many rows were acknowledged, of how many."""
    began = time.monotonic()
    campaign = Campaign(seed, responses, folder, tell)
    try:
        with collector(folder / "collector.db") as url:
            result = campaign.fight(url)
    finally:
        campaign.end()
    result.seconds = time.monotonic() - began
    return result


class Campaign:
    """What happens to one card, in the order of its seed."""

    def __init__(self, seed: int, responses: int, folder: Path, tell: Callable[[int, int], None]) -> None:
        self._seed = seed
        self._responses = responses
        self._folder = folder
        self._database = folder / "collector.db"
        self._tell = tell
        self._dice = random.Random(f"campaign {seed}")
        (folder / "card").mkdir()
        self._card = Card(folder / "card", self._dice)
        self._clone: Card | None = None
        self._kept: set[ledger.Got] = set()
        """What the collector had when a card was put back: no longer on the card, and yet never to go."""
        self._slowest_s = 0.0

    def end(self) -> None:
        self._card.stop()
        if self._clone is not None:
            self._clone.stop()

    def fight(self, url: str) -> Result:
        """Everything, from the first row to the reckoning."""
        self._fill(round(self._responses * BACKLOG))
        network = Network(url, self._seed, lambda row: row.value == POISON)
        sync = _Sync(
            self._card, network.url, lambda: LITTLE_S if network.hurried else MUCH_S, self._dice, self._database
        )
        passes = 0
        try:
            for passes in self._passes(network, sync):
                self._one_pass(network, sync)
                if passes % 10 == 0:
                    self._tell(self._card.rows - sync.waiting(), self._responses)
            network.settle()
        finally:
            sync.close()
            network.close()
        return self._reckon(network, sync, passes)

    def _fill(self, rows: int) -> None:
        """The backlog: several boots, and another board for the last part. One row of it no endpoint will have."""
        poison_at = self._dice.randint(0, 3)
        for part in range(4):
            if part:
                self._card.boot("serial-two" if part == 3 else None)
            self._card.put(self._dice.randint(1, 50))
            self._card.put(1, poisoned=part == poison_at)
            self._card.put(max(1, rows * (part + 1) // 4 - self._card.rows))

    def _passes(self, network: Network, sync: _Sync) -> Iterator[int]:
        """Counts passes while there is something to do; what befalls the card happens between them."""
        events = [self._clone_it, self._put_sync_back, self._put_it_back]
        self._dice.shuffle(events)
        older: Path | None = None
        for count in range(1, LIMIT_PASSES):
            yield count
            if sync.early:
                return
            # A live kiosk: visitors come while the backlog drains; at each start the store looks for forks.
            if self._dice.random() < 0.1 or sync.cut_off():
                self._restart(sync)
            left = self._responses - self._card.rows
            if left > 0:
                self._card.put(max(1, left // 25))
            if count % 12 == 5 and events and sync.has_set_aside():
                older = self._copy(sync, f"older-{count}")
            if count % 12 == 11 and events and older is not None:
                events.pop()(sync, older, network)
            over = left <= 0 and not events and all(network.drawn[kind] for kind in (*QUICK, *SLOW))
            if left <= 0 and not over:
                self._card.put(1)  # something to send
            network.calm = over
            if over and not sync.waiting():
                return
        raise AssertionError(f"after {LIMIT_PASSES} passes {sync.waiting()} rows wait still")

    def _one_pass(self, network: Network, sync: _Sync) -> None:
        often = 0.1 if network.slow.rounds < 2 else 0.01
        network.hurried = not network.calm and self._dice.random() < often
        began = time.monotonic()
        sync.pass_()
        if network.hurried:
            self._slowest_s = max(self._slowest_s, time.monotonic() - began)
        network.hurried = False

    # What befalls a card

    def _restart(self, sync: _Sync) -> None:
        sync.close()
        self._card.boot()
        sync.open()

    @contextmanager
    def _off(self, sync: _Sync) -> Iterator[None]:
        sync.close()
        self._card.stop()
        yield
        self._card.boot()
        sync.open()

    def _copy(self, sync: _Sync, name: str) -> Path:
        with self._off(sync):
            self._card.copy_to(self._folder / name)
        return self._folder / name

    def _clone_it(self, sync: _Sync, older: Path, network: Network) -> None:
        """A copy of the card in another kiosk of the same name and serial; it has the better network, and is first."""
        folder = self._folder / "clone"
        with self._off(sync):
            self._card.copy_to(folder)
        clone = self._clone = Card(folder, self._dice, self._card.serial)
        clone.put(CLONE_ROWS)
        network.calm = True
        its_sync = _Sync(clone, network.url, lambda: MUCH_S, self._dice, self._database)
        for _ in range(50):
            its_sync.pass_()
            if not its_sync.waiting():
                break
            clone.boot()
        else:
            raise AssertionError("the clone can't send")
        its_sync.close()
        network.calm = False

    def _put_it_back(self, sync: _Sync, older: Path, network: Network) -> None:
        """The whole card becomes what it was some time ago, sync.db included, and the kiosk goes on from there."""
        with self._off(sync):
            self._card.copy_from(older)
        self._kept |= set(ledger.got(self._database))

    def _put_sync_back(self, sync: _Sync, older: Path, network: Network) -> None:
        """sync.db alone forgets its last weeks."""
        with self._off(sync):
            shutil.rmtree(sync_db(self._card.folder).parent)
            shutil.copytree(sync_db(older).parent, sync_db(self._card.folder).parent)

    # The reckoning

    def _reckon(self, network: Network, sync: _Sync, passes: int) -> Result:
        cards = [stored(self._card.votes)]
        written = dict(self._card.written)
        if self._clone is not None:
            # What it has in common with the card may stand there under the card's epochs.
            own = self._clone.written.keys()
            cards.append([(e, b, row) for e, b, row in stored(self._clone.votes) if (b, row.ms // 1000) in own])
            written |= self._clone.written
        aside: set[Identity] = {(b, row.ms // 1000) for card in cards for _, b, row in card if row.value == POISON}
        result = Result(self._seed, ledger.compare(self._database, cards, written, aside), network.drawn)
        result.requests = len(network.history)
        result.by_book = network.by_book
        result.passes = passes
        result.epochs = len({epoch for epoch, _, _ in cards[0]})
        result.slowest_s = self._slowest_s
        gone = self._kept - set(ledger.got(self._database))
        poisoned = {seq for card in cards for _, _, row in card if row.value == POISON for seq in [row.seq]}
        absent = set().union(*ledger.missing(self._database).values())
        undrawn = [kind for kind in KINDS if not network.drawn[kind]]
        for found, words in (
            (network.trouble, "the network itself failed"),
            (network.strayed, "an address was asked that nobody is to ask"),
            (sorted(gone, key=str), "the collector had it and has it no more"),
            (absent ^ poisoned, "these were said to be missing, or should have been"),
            (sync.early[:3], "believed to be safe before it was"),
            (len(aside) != 1, "expected one row set aside"),
            (undrawn, "these faults were never drawn"),
            (not network.by_book, "no batch was packed against a book"),
        ):
            if found:
                result.wrong.append(f"{words}: {found}")
        return result
