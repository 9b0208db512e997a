"""The image is switched on, is pressed and touched, and what it was told arrives: two boots of one card."""

from __future__ import annotations

import time

import pytest

from tests.conftest import until
from tests.image.lab import BUTTONS, KIOSK, Lab
from tests.image.machine import Machine
from tests.image.twin import Twin

PRESSES = 12
ARRIVES_S = 3.0
"""From a press to its row at the collector, in seconds."""
QUIET_S = 1.0
"""Between presses: a person's pause, and enough for a touch to be let go."""


@pytest.fixture(scope="module")
def twin(lab: Lab) -> Twin:
    return lab.twin()


def test_the_faces_appear_after_the_first_boot(booted: Machine, twin: Twin) -> None:
    began = time.monotonic()
    booted.screen.wait_for(twin.picture("attract"), "the faces", seconds=600)
    booted.screen.save("attract")
    print(f"\nswitched on to faces: {time.monotonic() - began:.0f} s")
    assert "Moodpost" in booted.console.text


def test_the_settings_were_applied_and_no_secret_is_left_on_the_card(booted: Machine, lab: Lab) -> None:
    until(lambda: "firstboot" in booted.guest.run("ls /var/lib/moodpost/system"), "the first boot's mark", 300)
    assert booted.guest.run("hostname").strip() == KIOSK
    assert lab.collector.token(KIOSK) not in booted.guest.run("cat /boot/firmware/moodpost.toml")
    assert "Europe/Helsinki" in booted.guest.run("readlink -f /etc/localtime")


def test_each_press_of_a_button_arrives_with_its_face(booted: Machine, lab: Lab) -> None:
    before, slowest = len(lab.collector.rows(KIOSK, "vote")), 0.0
    for count in range(PRESSES):
        face = count % len(BUTTONS)
        booted.pins.press(BUTTONS[face])
        pressed = time.monotonic()
        rows = lab.collector.wait_for(KIOSK, before + count + 1, "vote")
        slowest = max(slowest, time.monotonic() - pressed)
        assert (rows[-1]["value"], rows[-1]["ui"]) == (f"{face + 1}/4", "physical")
    assert len(rows) == before + PRESSES
    print(f"\nslowest of {PRESSES} presses to the collector: {slowest:.1f} s")
    assert slowest < ARRIVES_S


def test_a_touch_and_what_it_is_asked_next_arrive(booted: Machine, lab: Lab, twin: Twin) -> None:
    booted.screen.wait_for(twin.picture("attract"), "the faces again")
    before = len(lab.collector.rows(KIOSK))
    booted.touch.tap(*twin.tap("face:2"))
    twin.wait_for("ask-liked")
    booted.screen.wait_for(twin.picture("ask-liked"), "the follow-up")
    booted.screen.save("ask-liked")
    booted.touch.tap(*twin.tap("choice:price"))
    rows = lab.collector.wait_for(KIOSK, before + 2)[before:]
    vote, choice = (next(row for row in rows if row["kind"] == kind) for kind in ("vote", "choice"))
    assert (vote["value"], vote["ui"]) == ("2/4", "digital")
    assert (choice["question"], choice["value"], choice["visit"]) == ("liked", "price", vote["seq"])


def test_what_was_thanked_for_is_there_after_the_power_was_cut(booted: Machine, lab: Lab, twin: Twin) -> None:
    booted.set_network(connected=False)
    before = len(lab.collector.rows(KIOSK, "vote"))
    booted.watch_lights()
    for line in BUTTONS:
        booted.pins.press(line)
        since = len(booted.edges)
        with booted.edge:
            assert booted.edge.wait_for(lambda since=since: len(booted.edges) > since, 30)
    booted.power_cut()
    booted.guest.hang_up()
    booted.start()
    booted.screen.wait_for(twin.picture("attract"), "the faces after the cut", seconds=600)
    rows = lab.collector.wait_for(KIOSK, before + len(BUTTONS), "vote")[before:]
    assert [row["value"] for row in rows] == ["1/4", "2/4", "3/4", "4/4"]
