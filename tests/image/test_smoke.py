"""The image is switched on, pressed and touched, all of it arrives, and the power is cut: two boots."""

from __future__ import annotations

import bisect
import time

import msgspec
import pytest

from tests.image import blocklog
from tests.image.blocklog import Cut
from tests.image.card import Card
from tests.image.judge import settings_kept, votes
from tests.image.lab import BUTTONS, KIOSK, SETTINGS, Lab
from tests.image.machine import Hardware, Machine
from tests.image.twin import Twin
from tests.image.visitor import Thanked, press, touch, value

pytestmark = pytest.mark.smoke

PASSPHRASE = "correct-horse-battery"
GIVEN = (
    SETTINGS
    + f'''
[wifi]
ssid = "Store"
passphrase = "{PASSPHRASE}"
country = "FI"
'''
)
PRESSES = 50
CUTS = 60
TOLD = ("vote", "choice")
ARRIVES_S = 3.0
"""The goal from a press to its row at the collector, in seconds: told, as in emulation it goes by what else runs."""


class Bench(msgspec.Struct):
    """A board that was switched on with a new card, what that card was, and what was thanked for."""

    board: Machine
    before: Card
    thanked: list[Thanked]


@pytest.fixture(scope="module")
def bench(lab: Lab) -> Bench:
    # A busy machine can starve a board for longer than its watchdog waits; test_panic.py tries that.
    card = lab.card(GIVEN)
    for _ in range(2):
        card.save_anew("moodpost.toml")
    board, before = lab.recorded(card, Hardware(watchdog=False))
    return Bench(board, before, [])


def test_the_faces_appear_after_the_first_boot(bench: Bench, twin: Twin) -> None:
    began = time.monotonic()
    bench.board.screen.wait_for(twin.picture("attract"), "the faces", seconds=900)
    print(f"\nswitched on to faces: {time.monotonic() - began:.0f} s")


def test_the_settings_were_applied_and_no_secret_is_left_on_the_card(bench: Bench, lab: Lab) -> None:
    guest, secrets = bench.board.guest, (lab.collector.token(KIOSK), PASSPHRASE)
    assert all(bench.before.times(secret) == 3 for secret in secrets), "saved three times, it stands there three times"
    assert guest.run("hostname").strip() == KIOSK
    bench.board.console.wait_for("the secrets on the card are blanked", seconds=300)
    guest.run("sync")
    assert [bench.board.card.times(secret) for secret in secrets] == [0, 0]
    assert bench.board.card.times("ssid = ") > 0
    assert guest.run("realpath /etc/localtime").strip() == "/usr/share/zoneinfo/Europe/Helsinki"
    assert "read-only" not in guest.run("moodpost --version")


def test_each_press_of_a_button_arrives_with_its_face(bench: Bench, lab: Lab) -> None:
    bench.board.listen()
    before, arrived_s = len(lab.collector.rows(KIOSK, "vote")), []
    for count in range(PRESSES):
        face = count % len(BUTTONS) + 1
        began = time.monotonic()
        bench.thanked.append(press(bench.board, face))
        rows = lab.collector.wait_for(KIOSK, before + count + 1, "vote")
        arrived_s.append(time.monotonic() - began)
        assert (rows[-1]["value"], rows[-1]["ui"]) == (value(face), "physical")
    assert len(rows) == before + PRESSES
    in_time = sum(each < ARRIVES_S for each in arrived_s)
    thanked_s = max(each.after for each in bench.thanked)
    print(f"\n{PRESSES} presses: thanked for within {thanked_s:.1f} s, arrived within {max(arrived_s):.1f} s")
    print(f"within {ARRIVES_S:g} s: {in_time} of {PRESSES} ({'met' if in_time == PRESSES else 'missed'})")


def test_a_touch_and_what_it_is_asked_next_arrive(bench: Bench, lab: Lab, twin: Twin) -> None:
    bench.board.screen.wait_for(twin.picture("attract"), "the faces again")
    before = len(lab.collector.rows(KIOSK, *TOLD))
    bench.thanked.append(touch(bench.board, 2, twin.tap("face:2")))
    twin.wait_for("ask-liked")
    bench.board.screen.wait_for(twin.picture("ask-liked"), "the follow-up", share=0.02)
    bench.board.touch.tap(*twin.tap("choice:price"))
    vote, choice = lab.collector.wait_for(KIOSK, before + 2, *TOLD)[before:]
    assert (vote["value"], vote["ui"]) == (value(2), "digital")
    assert (choice["question"], choice["value"], choice["visit"]) == ("liked", "price", vote["seq"])


def test_the_power_is_cut(bench: Bench, lab: Lab, twin: Twin) -> None:
    """While the network is away: nobody else has what is thanked for now."""
    # The visit before is over, and with it its own thank-you.
    bench.board.screen.wait_for(twin.picture("attract"), "the faces again")
    bench.board.set_network(connected=False)
    arrived = len(lab.collector.rows(KIOSK, "vote"))
    bench.thanked += [press(bench.board, face) for face in (1, 2, 3, 4)]
    bench.board.power_cut()
    replay = lab.replay(bench.board, bench.before)
    log, given = replay.entries, lab.settings(GIVEN)
    thanked = [(blocklog.told_at(log, each.logged), each.value) for each in bench.thanked]
    began = time.monotonic()
    chosen = _chosen(list(blocklog.cuts(log, seed=6, each=1)), [told for told, _ in thanked])
    for cut in chosen:
        with replay.at(cut) as crashed, crashed.data() as data:
            must = [face for told, face in thanked if told <= cut.told]
            assert votes(data)[: len(must)] == must, cut
            assert settings_kept(crashed, data, given), cut
    print(f"\n{len(chosen)} power cuts of {len(log)} writes and flushes: {time.monotonic() - began:.0f} s")
    # The last moment of all: what was not flushed is gone. With that card it is switched on again.
    with replay.at(list(blocklog.cuts(log, seed=6, each=0))[-1]) as crashed:
        card = crashed.card.copy(lab.folder / "after-the-cut.img")
    board = lab.boot(card)
    board.screen.wait_for(twin.picture("attract"), "the faces after the cut", seconds=900)
    rows = lab.collector.wait_for(KIOSK, arrived + 4, "vote", seconds=300)
    assert [row["value"] for row in rows[arrived:]] == ["1/4", "2/4", "3/4", "4/4"]


def _chosen(cuts: list[Cut], thanked: list[int]) -> list[Cut]:
    """Some over the whole run, and those that follow a thank-you at once."""
    at = [cut.told for cut in cuts]
    near = {bisect.bisect_left(at, told) for told in thanked}
    spread = range(0, len(cuts), max(1, len(cuts) // CUTS))
    return [cuts[number] for number in sorted({*near, *spread}) if number < len(cuts)]
