"""A Wi-Fi that fails is told by its step, as NetworkManager tells sync in its sandbox; a correction is tried."""

from __future__ import annotations

import pytest

from hardware.apply.ip import Ip
from hardware.apply.request import Wifi
from tests.conftest import until
from tests.image import sandbox
from tests.image.air import APPEARS_S, Air
from tests.image.asking import asked
from tests.image.lab import SETTINGS, Lab
from tests.image.machine import Hardware, Machine

SSID, GIVEN, RIGHT = "Store", "correct-horse-battery", "another battery"
WIFI = f'\n[wifi]\nssid = "{SSID}"\npassphrase = "{GIVEN}"\ncountry = "FI"\n'
SYNC = "moodpost-sync.service"
WHY = "from sync import probes_wifi\nprint(probes_wifi.not_joined())"
BY_HAND = Ip("10.9.8.7/24")


@pytest.fixture(scope="module")
def board(lab: Lab) -> Machine:
    """A board with a cable, on which the tests' ssh comes in; its Wi-Fi is there once the air is."""
    board = lab.boot(lab.card(SETTINGS + WIFI), Hardware(watchdog=False))
    twin = lab.twin()
    board.screen.wait_for(twin.picture("attract"), "the faces", seconds=900)
    twin.close()
    return board


@pytest.fixture(scope="module")
def air(board: Machine) -> Air:
    return Air(board.guest)


def kept(board: Machine) -> str:
    return board.guest.read("/var/lib/moodpost/system/connections/moodpost.nmconnection")


def test_a_network_that_is_not_there_is_told_by_sync_in_its_sandbox(board: Machine, air: Air) -> None:
    until(lambda: not air.sees(SSID), "the air to be silent", APPEARS_S)
    assert "is not in reach" in sandbox.prints(board.guest, SYNC, WHY)
    outcome = asked(board, Wifi("Nowhere", GIVEN), "0" * 16)
    assert (outcome.done, "network is in reach" in outcome.said) == (False, True), outcome.said
    assert "Nowhere" not in kept(board)


def test_a_wrong_passphrase_is_told_and_what_was_set_stays(board: Machine, air: Air) -> None:
    air.access_point(SSID, RIGHT)
    until(lambda: air.sees(SSID), "the access point to be heard", APPEARS_S)
    said = sandbox.prints(board.guest, SYNC, WHY)
    assert "its passphrase is wrong" in said or "is the passphrase right" in said, said
    before = kept(board)
    outcome = asked(board, Wifi(SSID, "a wrong one too"), "1" * 16)
    assert (outcome.done, "is the passphrase right" in outcome.said) == (False, True), outcome.said
    assert kept(board) == before


def test_a_network_without_addresses_is_told(board: Machine, air: Air) -> None:
    outcome = asked(board, Wifi(SSID, RIGHT), "2" * 16)
    assert (outcome.done, "gives no address" in outcome.said) == (False, True), outcome.said


def test_a_correction_that_works_is_kept(board: Machine, air: Air) -> None:
    outcome = asked(board, Wifi(SSID, RIGHT, BY_HAND), "3" * 16)
    assert outcome.done, outcome.said
    assert "address1=10.9.8.7/24" in kept(board)
    until(lambda: air.joins() == "connected", "the Wi-Fi to be joined", APPEARS_S)
    told = board.guest.run("journalctl --no-pager | grep -cF -e 'another battery' -e correct-horse", good=None)
    assert told.strip() == "0"
