"""A technician with nothing but hands: the keys of the mock panel held, the PIN by touch, every page, and out again."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from kiosk.backstage.tries import FREE_TRIES
from kiosk.reader import Reader
from kiosk.response import Response
from tests.conftest import until
from tests.running import SETTINGS, Place
from tests.window.conftest import Hand

PIN = "246810"
PAGES = ("verdict", "buttons", "touch", "screen", "network", "votes", "results", "system", "survey", "log", "service")
SETTLE_S = 0.3
"""How long a page that has just appeared takes no touch; a little more."""
HOLD_S = 15.0


@pytest.fixture
def place(tmp_path: Path, x_display: str) -> Iterator[Place]:
    place = Place(tmp_path, f'{SETTINGS}[technician]\npin = "{PIN}"\n')
    yield place
    place.close()


class Technician:
    """Whoever stands there."""

    def __init__(self, place: Place, hand: Hand) -> None:
        self.place = place
        self.hand = hand

    def sees(self, name: str, seconds: float = 20.0) -> None:
        until(self.place.on_screen(f"technician-{name}"), f"the page {name}", seconds)

    def targets(self) -> set[str]:
        return {target["action"] for target in self.place.heard["kiosk"].last_screen()["targets"]}

    def touches(self, action: str) -> None:
        time.sleep(SETTLE_S)  # as a person does: what has just appeared takes no touch
        self.hand.tap(self.place.centre(action))

    def gives(self, pin: str) -> None:
        for digit in pin:
            self.hand.tap(self.place.centre(f"digit:{digit}"))
        self.hand.tap(self.place.centre("ok"))

    def gives_a_wrong_one(self) -> None:
        """And waits for the answer: the pad, once for each digit, once while it is tried, and then with the answer."""
        until(lambda: "ok" in self.targets(), "the next try")
        before = len(self.place.heard["kiosk"].all("screen"))
        self.gives("111111")
        until(lambda: len(self.place.heard["kiosk"].all("screen")) >= before + 6 + 2, "the answer")

    def picture(self, name: str) -> Image.Image:
        path = self.place.folder / f"{name}.png"
        path.unlink(missing_ok=True)
        self.place.members["kiosk"].order(f"shot {path}")
        until(lambda: path.exists() and path.read_bytes().endswith(b"IEND\xaeB`\x82"), f"the picture {path}")
        with Image.open(path) as image:
            return image.convert("RGB")

    def taps_the_corner(self) -> None:
        for _ in range(5):
            self.hand.tap((8, 8))


@pytest.fixture
def technician(place: Place, hand: Hand) -> Technician:
    return Technician(place, hand)


def rows(place: Place) -> list[Response]:
    with Reader(place.folder / "votes.db") as reader:
        return reader.span(1, reader.last()).rows


def test_a_technician_looks_at_everything_and_leaves_no_vote_behind(place: Place, technician: Technician) -> None:
    heard = place.kiosk("--applier", "fake")
    until(place.on_screen("attract"), "the faces")
    technician.hand.hold("1", "4")
    technician.sees("pin", HOLD_S)
    technician.hand.let_go("1", "4")
    technician.gives(PIN)
    technician.sees("verdict")

    technician.touches("page:buttons")
    technician.sees("buttons")
    before = technician.picture("before")
    for key in ("1", "2", "3", "4"):
        technician.hand.key(key)
    until(
        lambda: ImageChops.difference(before, technician.picture("after")).getbbox() is not None,
        "the buttons to be seen pressed",
    )
    technician.touches("light:2")
    until(lambda: heard.last_screen()["lit"] == ["light:2"], "the light")
    technician.touches("light:2")
    until(lambda: heard.last_screen()["lit"] == [], "the light to go out")

    technician.touches("page:touch")
    technician.sees("touch")
    x, y = place.centre("draw")
    before = technician.picture("before")
    technician.hand.stroke((x - 80, y + 60), (x - 40, y + 20), (x, y), (x + 60, y - 30))
    until(
        lambda: ImageChops.difference(before, technician.picture("after")).getbbox() is not None,
        "the stroke to be seen",
    )

    technician.touches("page:screen")
    technician.sees("screen")
    for step in range(1, 7):
        technician.touches("next")
        technician.sees(f"screen-{step}")
    technician.touches("next")
    technician.sees("screen")

    for page in PAGES:
        technician.touches(f"page:{page}")
        technician.sees(page)
    technician.touches("do:restart")
    technician.sees("confirm")
    technician.touches("no")
    technician.sees("service")
    technician.touches("do:network")
    technician.sees("ways")
    technician.touches("way:wifi")
    technician.sees("form")
    technician.touches("no")
    technician.sees("service")
    technician.touches("leave")
    until(place.on_screen("attract"), "the faces again")
    technician.hand.key("2")
    until(lambda: any(row["value"] == "2/4" for row in heard.stored()), "the next visitor's vote")
    assert place.members["kiosk"].end() == 0

    stored = rows(place)
    chord = {row.seq: row.value for row in stored if row.kind == "vote" and row.value != "2/4"}
    assert sorted(chord.values()) == ["1/4", "4/4"]
    assert [row.value for row in stored if row.kind == "vote"].count("2/4") == 1
    (mark,) = [row.value for row in stored if row.kind == "mark" and row.value.startswith("technician/1 ")]
    assert mark == "technician/1 " + " ".join(map(str, sorted(chord)))


def test_wrong_pins_lock_it_and_a_restart_does_not_help(place: Place, technician: Technician) -> None:
    place.kiosk()
    technician.taps_the_corner()
    technician.sees("pin")
    for _ in range(FREE_TRIES):
        technician.gives_a_wrong_one()
    until(lambda: technician.targets() == {"leave"}, "the wait")
    first = technician.picture("first")
    until(lambda: technician.picture("later") != first, "the wait to count down")
    place.members["kiosk"].kill()
    place.members["kiosk"].end()
    place.kiosk()
    technician.taps_the_corner()
    technician.sees("pin")
    assert technician.targets() == {"leave"}
    with sqlite3.connect(place.folder / "votes.db") as votes:
        assert votes.execute("SELECT count(*) FROM responses WHERE kind = 'vote'").fetchone() == (0,)
