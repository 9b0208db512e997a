"""Switched on with a part missing, damaged or wrong, the image takes what votes it can and says what is wrong."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk import files
from kiosk.errors import SettingsError
from kiosk.screens.view import Trouble
from tests.conftest import until
from tests.image import damage, stick, told
from tests.image.card import Card
from tests.image.lab import BUTTONS, KIOSK, SETTINGS, Lab
from tests.image.machine import Hardware, Machine
from tests.image.twin import Twin
from tests.image.visitor import press

FACES_S = 900.0
WITH_MISTAKES = SETTINGS.replace('languages = ["en"]', 'languages = "en"').replace("width_mm = 154", "width_mm = true")
SHELL = "systemd.debug-shell=1 systemd.default_debug_tty=ttyAMA0 systemd.mask=serial-getty@ttyAMA0.service"
"""A shell of root's on the serial console: where settings or data are no good there is no key for ssh either."""

NO_DATA = (
    "/var/lib/moodpost: the card's data partition can't be used, so nothing can be stored: "
    "use another card, or have this one looked at (its votes may be saved)",
    "/var/lib/moodpost/store: this folder can't be made (Read-only file system). Give another with --data",
)


@pytest.fixture(scope="module")
def wrong(lab: Lab) -> Machine:
    """A board that is switched on for the first time, with mistakes in its settings."""
    return lab.boot(lab.card(WITH_MISTAKES), Hardware(words=SHELL))


@pytest.fixture(scope="module")
def corrected(wrong: Machine, lab: Lab, twin: Twin) -> Machine:
    """The same, after the mistakes were corrected on a stick."""
    brought = stick.made(lab.folder / "stick.img", lab.brought())
    stick.plug(wrong, brought)
    wrong.screen.wait_for(twin.picture("attract"), "the faces", seconds=FACES_S)
    return wrong


@pytest.fixture(scope="module")
def settled(lab: Lab, twin: Twin) -> Card:
    """A card that is through its first boot and has taken some votes; its board is off."""
    before = arrived(lab)
    with board(lab, lab.card()) as machine:
        machine.screen.wait_for(twin.picture("attract"), "the faces", seconds=FACES_S)
        for face in (1, 2, 3):
            press(machine, face)
        lab.collector.wait_for(KIOSK, before + 3, "vote", seconds=300)
        machine.guest.run("sync")
        return machine.card


def mistakes(text: str, folder: Path) -> tuple[str, ...]:
    """What this program has against settings."""
    path = folder / "moodpost.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        files.settings(path)
    return tuple(raised.value.mistakes)


@contextlib.contextmanager
def board(lab: Lab, card: Card, hardware: Hardware | None = None) -> Iterator[Machine]:
    """A board with this card, on for as long as the block lasts."""
    lab.switch_off()
    machine = lab.boot(card, hardware)
    machine.listen()
    yield machine
    machine.guest.close()
    machine.power_cut()


def typed(machine: Machine, command: str) -> str:
    """What a command prints on the serial console's shell."""
    since = machine.console.mark()
    machine.type(f"{command}; echo DO''NE")
    machine.console.wait_for("DONE", since)
    return machine.console.text[since:]


def arrived(lab: Lab) -> int:
    return len(lab.collector.rows(KIOSK, "vote"))


def copy(settled: Card, name: str) -> Card:
    return settled.copy(settled.path.with_name(f"{name}.img"))


def test_mistakes_in_the_first_settings_stand_on_the_screen_and_the_serial_console(
    wrong: Machine, lab: Lab, tmp_path: Path
) -> None:
    sentences = mistakes(lab.settings(WITH_MISTAKES), tmp_path)
    assert len(sentences) == 2
    since = wrong.console.wait_for("the settings were refused").end()
    for sentence in sentences:
        wrong.console.wait_for(re.escape(sentence), since)
    wrong.screen.wait_for(told.picture(Trouble("en", "settings", sentences)), "the mistakes", seconds=FACES_S)


def test_corrected_on_a_stick_they_are_taken_at_once_and_without_flashing_anew(corrected: Machine, lab: Lab) -> None:
    assert f"named={KIOSK}\n" in typed(corrected, 'echo "named=$(hostname)"')
    # The place is still there: what is searched is the file.
    for secret, times in ((lab.collector.token(KIOSK), 0), ("On the bench", 1)):
        counted = f"""echo "found=$(grep -caF '{secret}' /dev/disk/by-label/MOODPOST)\""""
        assert f"found={times}\n" in typed(corrected, counted)
    before = arrived(lab)
    corrected.listen()
    press(corrected, 1)
    lab.collector.wait_for(KIOSK, before + 1, "vote", seconds=300)
    corrected.power_cut()


def test_without_a_touchscreen_buttons_count_and_nothing_more_is_asked(settled: Card, lab: Lab, twin: Twin) -> None:
    before = arrived(lab)
    with board(lab, copy(settled, "untouched"), Hardware(touch=False)) as machine:
        machine.screen.wait_for(twin.picture("attract"), "the faces", seconds=FACES_S)
        press(machine, 2)
        rows = lab.collector.wait_for(KIOSK, before + 1, "vote", seconds=300)
        assert (rows[-1]["value"], rows[-1]["ui"]) == ("2/4", "physical")
        found = told.bad(machine.guest)
        assert found["touch"].startswith("No touchscreen is found")
        assert "screen" not in found


def test_later_mistakes_leave_the_stored_settings_in_force_until_they_are_corrected(
    settled: Card, lab: Lab, twin: Twin, tmp_path: Path
) -> None:
    card, before = copy(settled, "later"), arrived(lab)
    card.put("moodpost.toml", lab.settings(WITH_MISTAKES))
    sentences = mistakes(lab.settings(WITH_MISTAKES), tmp_path)
    with board(lab, card) as machine:
        until(lambda: told.bad(machine.guest).get("settings"), "the doctor to tell of the settings", FACES_S)
        assert "those from before are in force" in told.bad(machine.guest)["settings"]
        assert told.doctor(machine.guest)["settings"].raw.splitlines() == list(sentences)
        press(machine, 3)
        lab.collector.wait_for(KIOSK, before + 1, "vote", seconds=300)
        # What an installer does on another computer, and switches on again: without the waiting.
        good = lab.settings().replace("On the bench", "On another bench")
        machine.guest.run("mount -o remount,rw /boot/firmware")
        machine.guest.write("/boot/firmware/moodpost.toml", good)
        machine.guest.run("mount -o remount,ro /boot/firmware && systemctl restart moodpost-firstboot.service")
        assert "On another bench" in machine.guest.read("/var/lib/moodpost/settings/moodpost.toml")
        assert lab.collector.token(KIOSK) not in machine.guest.read("/boot/firmware/moodpost.toml")
        machine.screen.wait_for(twin.picture("attract"), "the faces", seconds=FACES_S)
        assert "settings" not in told.bad(machine.guest)


def test_without_a_screen_buttons_count(settled: Card, lab: Lab) -> None:
    before = arrived(lab)
    with board(lab, copy(settled, "unseen"), Hardware(screen=None)) as machine:
        until(lambda: told.bad(machine.guest).get("screen"), "the doctor to tell of the screen", FACES_S)
        found = told.bad(machine.guest)["screen"]
        press(machine, 4)
        rows = lab.collector.wait_for(KIOSK, before + 1, "vote", seconds=300)
        assert (rows[-1]["value"], rows[-1]["ui"]) == ("4/4", "physical")
        assert "see to the screen's cable" in found


def test_without_pins_touching_a_face_counts(settled: Card, lab: Lab, twin: Twin) -> None:
    before = arrived(lab)
    with board(lab, copy(settled, "unwired"), Hardware(pins=False)) as machine:
        until(lambda: told.bad(machine.guest).get("panel.buttons"), "the doctor to tell of the buttons", FACES_S)
        assert "buttons don't work" in told.bad(machine.guest)["panel.buttons"]
        machine.touch.tap(*twin.centre("face:3"))
        rows = lab.collector.wait_for(KIOSK, before + 1, "vote", seconds=300)
        assert (rows[-1]["value"], rows[-1]["ui"]) == ("3/4", "digital")


def test_without_its_data_no_vote_is_thanked_for_and_the_screen_says_why(settled: Card, lab: Lab) -> None:
    card = copy(settled, "headless")
    damage.drown(card, seed=9)
    with board(lab, card, Hardware(words=SHELL)) as machine:
        machine.console.wait_for("the card's data partition can't be used", seconds=FACES_S)
        machine.screen.wait_for(told.picture(Trouble("en", "store", NO_DATA)), "why no vote is taken", seconds=FACES_S)
        machine.pins.press(BUTTONS[0])
        assert "The disk takes no votes" in typed(machine, "moodpost doctor")
        assert not machine.heard()


def test_a_superblock_of_zeros_costs_nothing(settled: Card, lab: Lab, twin: Twin) -> None:
    card = copy(settled, "zeroed")
    damage.zero_superblock(card)
    with board(lab, card) as machine:
        machine.screen.wait_for(twin.picture("attract"), "the faces", seconds=FACES_S)
        before = arrived(lab)
        press(machine, 2)
        assert len(lab.collector.wait_for(KIOSK, before + 1, "vote", seconds=300)) == before + 1
        assert "store.damaged" not in told.bad(machine.guest)


def test_noise_over_data_costs_neither_settings_nor_the_next_votes(settled: Card, lab: Lab, twin: Twin) -> None:
    card = copy(settled, "noisy")
    damage.scramble(card, "/store/votes.db", seed=6)
    damage.scramble(card, "/store/votes.db-wal", seed=7)
    damage.scramble_anywhere(card, blocks=256, seed=8)
    with board(lab, card) as machine:
        machine.screen.wait_for(twin.picture("attract"), "the faces", seconds=FACES_S)
        before = arrived(lab)
        press(machine, 1)
        lab.collector.wait_for(KIOSK, before + 1, "vote", seconds=300)
        assert told.bad(machine.guest)["store.damaged"].startswith("The store was damaged once")


def test_a_full_card_still_takes_votes(settled: Card, lab: Lab, twin: Twin) -> None:
    card, before = copy(settled, "full"), arrived(lab)
    damage.fill(card)
    with board(lab, card) as machine:
        machine.screen.wait_for(twin.picture("attract"), "the faces", seconds=FACES_S)
        for face in (1, 2, 3, 4):
            press(machine, face)
        lab.collector.wait_for(KIOSK, before + 4, "vote", seconds=300)
        assert told.bad(machine.guest)["disk.space"].startswith("The disk is almost full")
