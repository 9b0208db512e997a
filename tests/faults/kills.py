"""One seed of sudden ends: kiosk, sync and collector in processes, SIGKILL at drawn moments, then the reckoning."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec

from kiosk.reader import Reader, sync_db, sync_status
from kiosk.response import Response
from tests.conftest import until
from tests.faults import ledger
from tests.faults.card import Identity, stored
from tests.faults.ledger import Reckoning
from tests.running import Place

VICTIMS = ("kiosk", "sync", "collector")
LIMIT_S = 120.0


class Result(msgspec.Struct):
    """What came of one seed."""

    seed: int
    reckoning: Reckoning
    killed: Counter[str]
    thanked: int
    seconds: float
    wrong: list[str]

    @property
    def clean(self) -> bool:
        found = self.reckoning
        return not (found.lost or found.twice or found.foreign or found.miscounted or found.wrong or self.wrong)


class Writer:
    """The process that votes; what it said it was thanked for."""

    def __init__(self, folder: Path, seed: str) -> None:
        self.thanked: dict[Identity, Response] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.writer", str(folder), seed], stdout=subprocess.PIPE
        )
        self._thread = threading.Thread(target=self._listen, name="hear writer")
        self._thread.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            # The last line may be cut off in the middle: then nobody heard the thanks.
            with contextlib.suppress(msgspec.DecodeError):
                boot, rows = msgspec.json.decode(line, type=tuple[str, list[Response]])
                self.thanked |= {(boot, row.ms // 1000): row for row in rows}

    def kill(self) -> None:
        """End it as a power cut would, and hear what it had said before."""
        self._process.kill()
        self._process.wait()
        self._thread.join(30)
        assert self._process.stdout is not None
        self._process.stdout.close()


class _Crew:
    """The three, each as often anew as it was killed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.place = Place(folder)
        self._seed = seed
        self._starts = 0
        self._all: list[Writer] = []

    def start(self, name: str) -> None:
        self._starts += 1
        if name == "kiosk":
            self._all.append(Writer(self.place.folder, f"{self._seed} {self._starts}"))
        else:
            self.place.start(name)

    def busy(self, name: str) -> bool:
        """Whether it is at work, so that there is something to interrupt."""
        if name == "kiosk":
            return bool(self._all[-1].thanked)
        return bool(self.place.heard[name].all(*(("ready",) if name == "collector" else ("acknowledged", "refused"))))

    def kill(self, name: str) -> None:
        if name == "kiosk":
            self._all[-1].kill()
        else:
            self.place.members[name].kill()
            self.place.members[name].end()

    def thanked(self) -> dict[Identity, Response]:
        return {identity: row for writer in self._all for identity, row in writer.thanked.items()}

    def acknowledged(self) -> bool:
        """Whether everything that is stored was."""
        with Reader(self.place.folder / "votes.db") as reader:
            last, epoch = reader.last(), reader.epochs()[-1].id
        return sync_status(sync_db(self.place.folder)).watermarks.get(epoch, 0) >= last

    def close(self) -> None:
        for writer in self._all[-1:]:
            writer.kill()
        self.place.close()


def run(seed: int, kills: int, folder: Path, tell: Callable[[int, int], None] = lambda done, of: None) -> Result:
    """The campaign of `seed` in the empty `folder`: so many kills, then peace until all is acknowledged."""
    began = time.monotonic()
    dice = random.Random(f"kills {seed}")
    killed: Counter[str] = Counter()
    crew = _Crew(folder, seed)
    pause = threading.Event()
    try:
        for name in VICTIMS:
            crew.start(name)
        for count in range(kills):
            victim = VICTIMS[count] if count < len(VICTIMS) else dice.choice(VICTIMS)
            until(lambda name=victim: crew.busy(name), f"the {victim} to be at work", LIMIT_S)  # type: ignore[misc]
            # The moment itself is what is drawn here.
            pause.wait(dice.uniform(0.0, 0.3))
            crew.kill(victim)
            killed[victim] += 1
            crew.start(victim)
            tell(count + 1, kills)
        until(lambda: crew.busy("kiosk") and crew.busy("collector"), "all to be at work", LIMIT_S)
        crew.kill("kiosk")
        crew.kill("sync")  # with it goes its memory of how long to pause
        crew.start("sync")
        until(crew.acknowledged, "everything to be acknowledged", LIMIT_S)
    finally:
        crew.close()
    return _reckon(seed, crew, killed, began)


def _reckon(seed: int, crew: _Crew, killed: Counter[str], began: float) -> Result:
    card = stored(crew.place.folder / "votes.db")
    there = {(boot, row.ms // 1000): row for _, boot, row in card}
    thanked = crew.thanked()
    wrong = [f"thanked for, but not stored: {row}" for at, row in thanked.items() if there.get(at) != row]
    if sync_db(crew.place.folder).exists() and sync_status(sync_db(crew.place.folder)).forks:
        wrong.append("a fork was found where nothing was cloned")
    reckoning = ledger.compare(crew.place.folder / "collector.db", [card], there, set())
    if absent := ledger.missing(crew.place.folder / "collector.db"):
        wrong.append(f"said to be missing, though nothing is: {absent}")
    return Result(seed, reckoning, killed, len(thanked), time.monotonic() - began, wrong)
