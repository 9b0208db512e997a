"""The whole way: a finger in a real window, or a contact on a pin, to the collector's HTTP answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import until
from tests.running import Place
from tests.window.conftest import Hand

WITHIN_S = 30.0
"""From the last tap to the collector's answer, on a machine that has other things to do."""


@pytest.fixture
def place(tmp_path: Path, x_display: str) -> Iterator[Place]:
    place = Place(tmp_path)
    place.collector()
    place.start("sync")
    yield place
    place.close()


@pytest.mark.parametrize("size", ["800x480", "1280x800", "720x1280"])
def test_a_tap_on_a_face_and_on_a_choice_arrives(place: Place, hand: Hand, size: str) -> None:
    heard = place.kiosk("--size", size)
    assert heard.all("ready")[0]["driver"] == "x11"
    until(place.on_screen("attract"), "the faces")
    hand.tap(place.centre("face:2"))
    until(place.on_screen("ask-liked"), "the follow-up")
    hand.tap(place.centre("choice:price"))
    until(lambda: len(place.collected("vote", "choice")) == 2, "both at the collector", WITHIN_S)
    vote, choice = place.collected("vote", "choice")
    assert (vote["face"], round(vote["score"], 1), vote["language"], vote["ui"]) == (2, 66.7, "en", "digital")
    assert (choice["question"], choice["value"], choice["ui"]) == ("liked", "price", "digital")
    assert choice["visit"] == vote["seq"]
    assert until(place.on_screen("ask-comment"), "what is asked next")


def test_a_contact_on_a_pin_arrives(place: Place, hand: Hand) -> None:
    """The key drives the mock pin low; gpiozero's edge does the rest."""
    place.kiosk()
    until(place.on_screen("attract"), "the faces")
    hand.key("1")
    until(lambda: place.collected("vote"), "the vote at the collector", WITHIN_S)
    (vote,) = place.collected("vote")
    assert (vote["face"], vote["score"], vote["language"], vote["ui"]) == (1, 100.0, "en", "physical")


def test_what_was_pressed_just_before_the_kiosk_ended_arrives_too(place: Place) -> None:
    place.kiosk()
    place.members["kiosk"].order("press 2")
    until(place.on_screen("ask-liked"), "the follow-up")
    assert place.members["kiosk"].end() == 0
    until(lambda: [r["value"] for r in place.collected("vote")] == ["2/4"], "the vote at the collector")
