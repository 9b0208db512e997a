"""The power is cut at every change that first boot makes, and at another one in the start after that.

Each time: settings are whole, on the card or in the data folder; nothing is half stored unless it is decided and the
next start does the rest before anything reads it; and no secret is on the card once first boot calls itself done.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import tempfile
import zoneinfo
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from image.firstboot import source
from kiosk.backstage import pin
from kiosk.backstage.pin import Pin
from kiosk.settings import Secret
from tests.cards import BLANKED, PUBLIC_KEY, SECRETS, SETTINGS, Card, survey
from tests.powercut import Disk, Power, PowerCut

OTHER = SETTINGS.replace(b"south.exit", b"north").replace(b"s3cret-token", b"another-one-").replace(b"open sesame", b"")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash that takes no time, and no salt that differs from one run to the next."""
    monkeypatch.setattr(pin, "_hash", lambda typed, kept: hashlib.sha256(typed.reveal().encode()).digest())
    monkeypatch.setattr(os, "urandom", bytes)
    monkeypatch.setattr(source.Source, "cluster", property(lambda self: 2048))
    monkeypatch.setattr(zoneinfo, "available_timezones", lambda: {"Europe/Helsinki"})
    real = os.statvfs
    monkeypatch.setattr(os, "statvfs", lambda path: os.statvfs_result((512, 512, 80, 80, 80, *tuple(real(path))[5:])))


def first(card: Card) -> None:
    """A card that was never switched on."""
    card.put("moodpost.toml", SETTINGS + b"# more\n" * 200 + b"# not s3cret-token\n" + b"# more\n" * 80)
    card.put("survey.toml", survey())
    card.put("moodpost.toml~", SETTINGS)
    card.put("authorized_keys", PUBLIC_KEY)


def changed(card: Card) -> None:
    """One that has run, and got another file: some secrets new, one kept, two surveys for one, no key."""
    card.put("moodpost.toml", SETTINGS)
    card.put("survey.toml", survey())
    card.put("authorized_keys", PUBLIC_KEY)
    assert card.go()
    for name in ("survey.toml", "authorized_keys"):
        (card.boot / name).unlink()
    card.put("surveys/lunch.toml", survey())
    card.put("surveys/dinner.toml", survey("dinner", '[schedule]\nhours = "18:00-22:00"\n'))
    card.put("moodpost.toml", OTHER.replace(b"246813", b"999999"))


def without_secrets(card: Card) -> None:
    """Nothing to blank."""
    card.put("moodpost.toml", SETTINGS)
    assert card.go()
    card.put("moodpost.toml", BLANKED.replace(b"south.exit", b"a"))


def typed_again(card: Card) -> None:
    """The same text as before: once blanked it can't be told from the one that is kept."""
    card.put("moodpost.toml", SETTINGS)
    assert card.go()
    card.put("moodpost.toml", SETTINGS)
    card.put("moodpost.toml~", SETTINGS)


SCENES = [first, changed, without_secrets, typed_again]
WANTED = {
    "first": (b"s3cret-token\n", "open\\ssesame", "246813", b"south-exit\n"),
    "changed": (b"another-one-\n", "open\\ssesame", "999999", b"north\n"),
    "without_secrets": (b"s3cret-token\n", "open\\ssesame", "246813", b"a\n"),
    "typed_again": (b"s3cret-token\n", "open\\ssesame", "246813", b"south-exit\n"),
}


class Scene:
    """One scene, to be played again and again."""

    def __init__(self, folder: Path, begin: Callable[[Card], None], monkeypatch: pytest.MonkeyPatch) -> None:
        self.name = begin.__name__
        self._folder = folder
        self._kept = folder / "kept"
        self.card = Card(folder / "card")
        self.card.data.mkdir()
        # Before anything is wiped: that fills what is free, and free is here what the machine under us has.
        self.power = Power(monkeypatch, [Disk(self.card.boot, watched=False)])
        begin(self.card)
        self.old = self.card.tree()
        shutil.copytree(self.card.root, self._kept, symlinks=True)
        self.changes: list[str] = []
        self.disks: list[Disk] = []

    def play(self, cut_at: int | None, tear: float = 0.0, *, again: bool = True, watched: bool = False) -> bool:
        """From the beginning, or from what is left; whether it came to its end."""
        if again:
            shutil.rmtree(self.card.root)
            shutil.copytree(self._kept, self.card.root, symlinks=True)
        self.disks = self.power.disks = [Disk(top, watched=watched) for top in (self.card.data, self.card.boot)]
        self.power.room = 40_000
        self.power.again(cut_at, tear)
        # What was in memory is gone.
        shutil.rmtree(self.card.root / "run")
        self.card.runtime.mkdir(parents=True)
        try:
            self.card.go()
        except PowerCut:
            return False
        finally:
            self.changes = self.power.changes
            self.power.again(None)
            self.power.disks = []
        return True

    def fall_back(self) -> None:
        for disk in self.disks:
            disk.fall_back()

    def check_left(self, new: dict[str, bytes]) -> None:
        """Before anything is done about it."""
        if not (self.card.data / "system/staged").exists():
            found = self.card.tree()
            assert found in (self.old, new), f"half stored: {sorted(set(found.items()) ^ set(new.items()))}"
        sums = self.card.data / "system/firstboot.sums"
        if sums.exists() and sums.read_bytes() == self._sums():
            # The quick check passes over such a card.
            assert not (self.card.data / "system/staged").exists()
            assert json.loads(self.card.stored("system/firstboot.json"))["card"]["settled"]
            assert not self.card.has_secrets()

    def _sums(self) -> bytes:
        """As sha256sum has them."""
        names = ["moodpost.toml", "survey.toml", "ca.pem", "authorized_keys"]
        names += sorted(str(path.relative_to(self.card.boot)) for path in self.card.boot.glob("surveys/*"))
        paths = {name: self.card.boot / name for name in names}
        lines = [
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n"
            for name, path in paths.items()
            if path.exists()
        ]
        return "".join(lines).encode()

    def check_end(self, new: dict[str, bytes]) -> None:
        token, passphrase, number, host = WANTED[self.name]
        card = self.card
        assert card.tree() == new
        assert card.stored("secrets/token") == token
        assert f"psk={passphrase}" in card.stored("system/connections/moodpost.nmconnection").decode()
        assert card.stored("system/hostname") == host
        tried = shutil.copytree(card.data / "store", card.root / "run/tried")  # a try is counted
        checked = Pin(tried, lambda: 1_000)
        checked.load()
        assert checked.check(Secret(number)).right
        assert card.has_secrets() == []
        assert b"999999" not in (card.boot / "moodpost.toml").read_bytes()
        assert (card.boot / "moodpost.toml").read_bytes() == card.stored("settings/moodpost.toml")
        assert card.refused == []
        assert not list(card.boot.glob("moodpost.zeros*"))
        assert not (card.data / "system/staged").exists()
        assert (card.data / "system/firstboot.sums").exists()
        assert json.loads(card.stored("system/firstboot.json"))["card"]["settled"]


@pytest.fixture(params=SCENES, ids=lambda scene: scene.__name__)
def scene(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    # In memory where that can be: what would last is reckoned here, not asked of the disk below.
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as top:
        yield Scene(Path(top), request.param, monkeypatch)
        monkeypatch.undo()


def new_tree(scene: Scene) -> tuple[dict[str, bytes], list[str]]:
    """What is stored where nothing goes wrong, and the changes on the way there."""
    assert scene.play(None)
    new, changes = scene.card.tree(), scene.changes
    scene.check_end(new)
    return new, changes


@pytest.mark.parametrize("left", ["killed", "torn", "durable"])
def test_a_cut_at_any_change_loses_nothing_and_leaves_no_secret(scene: Scene, left: str) -> None:
    new, changes = new_tree(scene)
    assert len(changes) > 60
    for at, change in enumerate(changes):
        if left == "torn" and not change.startswith(("write", "pwrite")):
            continue
        tear = (0.3, 0.6, 1.0)[at % 3] if left == "torn" else 0.0
        assert not scene.play(at, tear, watched=left == "durable"), change
        if left == "durable":
            scene.fall_back()
        try:
            scene.check_left(new)
            assert scene.play(None, again=False)
            scene.check_end(new)
        except AssertionError as error:
            raise AssertionError(f"cut at change {at}, {change}") from error


def test_a_second_cut_in_the_start_after_it_loses_nothing_either(scene: Scene) -> None:
    new, changes = new_tree(scene)
    chance = random.Random(6)
    for _ in range(60):
        cuts = [chance.randrange(len(changes)) for _ in range(3)]
        played = []
        for number, at in enumerate(cuts):
            ended = scene.play(at, chance.choice((0.0, 0.5)), again=number == 0, watched=True)
            played.append((at, ended))
            if chance.random() < 0.5:
                scene.fall_back()
            scene.check_left(new)
        assert scene.play(None, again=False)
        try:
            scene.check_end(new)
        except AssertionError as error:
            raise AssertionError(f"cut at {played}") from error


def test_blanking_before_all_is_stored_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check can fail."""
    scene = Scene(tmp_path, first, monkeypatch)
    new, changes = new_tree(scene)
    assert not scene.play(len(changes) // 4)
    scene.card.put("moodpost.toml", BLANKED)
    scene.play(None, again=False)
    with pytest.raises(AssertionError):
        scene.check_end(new)


def test_the_secrets_are_those_that_are_looked_for() -> None:
    assert all(secret in SETTINGS for secret in SECRETS)
