"""Everything that a test of the image needs on one bench: cards, boards, collector, time, twin."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import msgspec

from tests.image.authority import HOST, Authority
from tests.image.card import Card
from tests.image.collector import Collector
from tests.image.crashed import Replay
from tests.image.guest import Guest, Key
from tests.image.machine import Hardware, Machine
from tests.image.ntp import TimeServer
from tests.image.twin import Twin

KIOSK = "image-test"
BUTTONS = (0, 1, 4, 5)
"""The lines of the buttons, happiest first."""
BUZZER = 2
"""An active one: it goes high when a vote is thanked for, which is after it was stored."""
SETTINGS = f"""\
[kiosk]
id = "{KIOSK}"
place = "On the bench"
timezone = "Europe/Helsinki"
languages = ["en"]

[endpoint]
url = "{{url}}"
token = "{{token}}"

[panel]
buttons = {list(BUTTONS)}
buzzer = {BUZZER}
buzzer_passive = false

[screen]
width_mm = 154

[technician]
pin = "246810"

[network]
ntp = ["{HOST}"]
ca_file = "ca.pem"
"""


class Lab:
    """A bench with its files in `folder`, for one test or for a module's; `close` clears it."""

    def __init__(self, folder: Path, image: Path, authority: Authority, key: Key) -> None:
        self.folder = folder
        self._image = image
        self._authority = authority
        self._key = key
        self._parts = contextlib.ExitStack()
        self._count = 0
        self._boards: list[Machine] = []
        self._memory = Path(tempfile.mkdtemp(prefix="moodpost-lab-", dir="/dev/shm"))
        self._parts.callback(shutil.rmtree, self._memory)
        self.collector = Collector(folder / "collector", authority, KIOSK)
        self._parts.callback(self.collector.close)

    def settings(self, text: str = SETTINGS) -> str:
        """The settings that a card is given: this collector's address and token stand in them."""
        return text.replace("{url}", self.collector.url).replace("{token}", self.collector.token(KIOSK))

    def card(
        self, settings: str | None = SETTINGS, files: dict[str, str | bytes] | None = None, *, ssh: bool = True
    ) -> Card:
        """A card with the image flashed, settings and whatever `files` on its FAT, and a key that opens its ssh."""
        card = Card.flashed(self._image, self._named("card").with_suffix(".img"))
        for name, data in self.brought(settings, files, ssh=ssh).items():
            card.put(name, data)
        return card

    def brought(
        self, settings: str | None = SETTINGS, files: dict[str, str | bytes] | None = None, *, ssh: bool = True
    ) -> dict[str, str | bytes]:
        """What an installer puts on a card, or on a stick."""
        put: dict[str, str | bytes] = {"ca.pem": self._authority.pem, **(files or {})}
        if settings is not None:
            put["moodpost.toml"] = self.settings(settings)
        if ssh:
            put["authorized_keys"] = self._key.public
        return put

    def boot(self, card: Card, hardware: Hardware | None = None) -> Machine:
        """A board with this card, switched on; it is switched off with the bench at the latest."""
        machine = self.board(card, hardware)
        machine.start()
        return machine

    def recorded(self, card: Card, hardware: Hardware | None = None) -> tuple[Machine, Card]:
        """The same with every write to the card logged, and a card as it was before: for `replay`."""
        before = card.copy(self._named("before").with_suffix(".img"))
        log = self._memory / f"{card.path.stem}.log"
        return self.boot(card, msgspec.structs.replace(hardware or Hardware(), log=log)), before

    def replay(self, machine: Machine, before: Card) -> Replay:
        """The power cuts that what `machine` wrote since `before` can end in; it must be off."""
        assert machine.hardware.log and not machine.running
        replay = Replay(before.path, machine.hardware.log, self._memory / self._named("replay").name)
        self._parts.callback(replay.close)
        return replay

    def board(self, card: Card, hardware: Hardware | None = None) -> Machine:
        """A board with this card, off."""
        machine = Machine(card, self._named("board"), hardware)
        machine.guest = Guest(machine.ssh_port, self._key)
        self._boards.append(machine)
        self._parts.callback(machine.guest.close)
        self._parts.callback(machine.power_cut)
        return machine

    def twin(self, settings: str = SETTINGS, size: tuple[int, int] = (800, 480)) -> Twin:
        """The same kiosk on this host, on whose pictures the board is held."""
        twin = Twin(self._named("twin"), self.settings(settings), size)
        self._parts.callback(twin.close)
        return twin

    def time(self, *, on: bool = True) -> TimeServer:
        """A time server that boards reach."""
        server = TimeServer(on=on)
        self._parts.callback(server.close)
        return server

    def switch_off(self) -> None:
        """Cut the power of every board, such as one that a failed test left on to be looked at."""
        for board in self._boards:
            board.power_cut()

    def evidence(self, folder: Path) -> None:
        """Save what tells why a test failed: of each board its console, and of one that is on screen and journal."""
        for number, board in enumerate(self._boards, 1):
            board.evidence(folder / f"board-{number}")

    def close(self) -> None:
        """Switch everything off."""
        self._parts.close()

    def _named(self, kind: str) -> Path:
        self._count += 1
        return self.folder / f"{kind}-{self._count}"


def image() -> Path:
    """The built image; MOODPOST_IMAGE names another."""
    if given := os.environ.get("MOODPOST_IMAGE"):
        return Path(given)
    from image.build import card

    return Path(card.built())
