"""A whole visit in Arabic on a panel that hangs on its side: by a finger in a real window, to the rows in the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.files import bundled_survey
from tests.conftest import until
from tests.running import Place
from tests.window.conftest import Hand

SETTINGS = """\
[kiosk]
id = "arabic"
languages = ["en", "ar"]
[panel]
buttons = [5, 6, 13, 19]
pins = "mock"
[screen]
rotate = 90
[visit]
settle_s = 0
undo_s = 30
answer_s = 300
write_s = 300
warn_s = 1
thanks_s = 0.5
"""
HIGH = 1280


class Finger:
    """Touches what the kiosk says is where, on a picture that is turned clockwise by 90°."""

    def __init__(self, place: Place, hand: Hand) -> None:
        self._place = place
        self._hand = hand

    def tap(self, action: str) -> None:
        seen = len(self._place.heard["kiosk"].all("screen"))
        x, y = self._place.centre(action)
        self._hand.tap((HIGH - 1 - y, x))
        until(lambda: len(self._place.heard["kiosk"].all("screen")) > seen, f"what {action} leads to")


@pytest.mark.usefixtures("x_display")
def test_a_visit_in_arabic_with_choices_text_back_and_undo(tmp_path: Path, hand: Hand) -> None:
    place = Place(tmp_path, SETTINGS)
    try:
        heard = place.kiosk("--screen", "window", "--size", "720x1280", "--shots", str(tmp_path / "shots"))
        assert heard.all("ready")[0]["driver"] == "x11"
        assert heard.all("ready")[0]["size"] == [720, 1280]
        finger = Finger(place, hand)
        finger.tap("language:ar")
        finger.tap("face:1")
        until(place.on_screen("ask-liked"), "the follow-up of the happiest face")
        finger.tap("back")
        until(lambda: heard.last_screen()["screen"] == "voted", "the faces once more")
        finger.tap("face:4")
        until(place.on_screen("ask-improve"), "the follow-up of the other face")
        finger.tap("choice:staff")
        finger.tap("choice:waiting")
        finger.tap("done")
        until(place.on_screen("ask-comment"), "the keyboard")
        for letter in "مرحبا":
            finger.tap(f"key:{letter}")
        finger.tap("back")
        until(place.on_screen("ask-improve"), "the choices once more")
        assert sorted(heard.last_screen()["lit"]) == ["choice:staff", "choice:waiting"]
        finger.tap("choice:staff")
        finger.tap("done")
        until(place.on_screen("ask-comment"), "the keyboard once more")
        finger.tap("done")
        until(lambda: [r for r in heard.stored() if r["kind"] == "text"], "the text in the store")
        until(place.on_screen("attract"), "the faces for the next visitor")
        # How a visit ended rides with the next commit; the end of the program is one.
        assert place.members["kiosk"].end() == 0
        rows = heard.stored()
        told = [(r["kind"], r["question"], r["value"], r["position"]) for r in rows]
        survey = bundled_survey()
        assert told == [
            ("vote", survey.question.id, "1/4", 0),
            ("vote", survey.question.id, "4/4", 0),
            ("choices", "improve", "waiting staff", 1),
            ("choices", "improve", "waiting", 1),
            ("text", "comment", "مرحبا", 2),
            ("end", "", "done", 3),
        ]
        assert {r["language"] for r in rows} == {"ar"}
        assert {r["visit"] for r in rows} == {1}
        assert {r["ui"] for r in rows if r["kind"] != "end"} == {"digital"}
    finally:
        place.close()
