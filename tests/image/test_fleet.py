"""Five images made from one table: each starts as its own kiosk, and delivers under its own id and token."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.image.authority import Authority
from tests.image.card import SIZE_MB, Card
from tests.image.collector import Collector
from tests.image.guest import Key
from tests.image.lab import SETTINGS, Lab
from tests.image.twin import Twin
from tests.image.visitor import press_in_turn

PLACES = {
    "fleet-1": "Helsinki, south exit",
    "fleet-2": "Tampere; level 2",
    "fleet-3": "متجر هلسنكي",
    "fleet-4": "दिल्ली स्टोर",
    "fleet-5": "ヘルシンキ店",
}
VOTES = 3
REFUSED = 401
"""What a token gets that nobody has, or somebody else."""


class Fleet(msgspec.Struct):
    """Where the kiosks' images are, and the collector that knows these kiosks alone."""

    folder: Path
    collector: Collector

    def card(self, kiosk: str) -> Card:
        """Its image, as large as a card: what was written is the beginning of one."""
        path = self.folder / f"{kiosk}.img"
        with path.open("r+b") as file:
            file.truncate(SIZE_MB << 20)
        return Card(path)


@pytest.fixture(scope="module")
def fleet(lab: Lab, built: Path, authority: Authority, key: Key) -> Iterator[Fleet]:
    """The images, made by `moodpost provision`."""
    desk = lab.folder / "desk"
    desk.mkdir()
    collector = Collector(lab.folder / "fleet", authority, *PLACES)
    kept = [line for line in SETTINGS.splitlines() if not line.startswith(("id =", "place =", "token ="))]
    (desk / "moodpost.toml").write_text("\n".join(kept).replace("{url}", collector.url), encoding="utf-8")
    (desk / "ca.pem").write_bytes(authority.pem)
    (desk / "authorized_keys").write_text(key.public)
    rows = [f'{kiosk};"{place}";{collector.token(kiosk)}' for kiosk, place in PLACES.items()]
    (desk / "stores.csv").write_bytes("\r\n".join(["id;place;token", *rows, ""]).encode("utf-8-sig"))
    given = ["--fleet", desk / "stores.csv", "--template", desk / "moodpost.toml", "--image", built]
    command = [sys.executable, "-m", "kiosk", "provision", *given, "--out", lab.folder / "images"]
    try:
        ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        yield Fleet(lab.folder / "images", collector)
    finally:
        collector.close()


def test_each_image_has_its_own_settings(fleet: Fleet) -> None:
    for kiosk, place in PLACES.items():
        written = tomllib.loads(fleet.card(kiosk).get("moodpost.toml").decode())
        assert written["kiosk"]["id"] == kiosk
        assert written["kiosk"]["place"] == place
        assert written["endpoint"] == {"url": fleet.collector.url, "token": fleet.collector.token(kiosk)}


@pytest.mark.parametrize("kiosk", PLACES)
def test_each_starts_as_its_own_kiosk_and_delivers_under_its_own_id(
    lab: Lab, twin: Twin, fleet: Fleet, kiosk: str
) -> None:
    board = lab.boot(fleet.card(kiosk))
    board.screen.wait_for(twin.picture("attract"), "the faces", seconds=900)
    assert board.guest.run("hostname").strip() == kiosk
    board.listen()
    pressed = press_in_turn(board, VOTES)
    arrived = fleet.collector.wait_for(kiosk, VOTES, "vote", seconds=600)
    assert [row["value"] for row in arrived] == pressed
    board.power_cut()


def test_what_has_arrived_is_three_votes_of_each_in_an_epoch_of_its_own(fleet: Fleet) -> None:
    arrived = {kiosk: fleet.collector.rows(kiosk, "vote") for kiosk in PLACES}
    assert {kiosk: len(rows) for kiosk, rows in arrived.items()} == dict.fromkeys(PLACES, VOTES)
    assert len({row["epoch"] for rows in arrived.values() for row in rows}) == len(PLACES)


def test_another_kiosks_token_is_refused(fleet: Fleet) -> None:
    """Its own passes this door: what is refused then is the batch, which is none."""
    for kiosk in PLACES:
        for other in PLACES:
            status = fleet.collector.answer(kiosk, fleet.collector.token(other))
            assert (status == REFUSED) == (other != kiosk), (kiosk, other, status)
        assert fleet.collector.answer(kiosk, "a-token-of-nobodys-at-all") == REFUSED
