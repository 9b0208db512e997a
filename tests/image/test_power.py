"""The power is cut at any moment of a whole run, first boot included: no vote that was thanked for is lost, no setting.

One board is switched on with its whole card under a log of its writes. The log is then played to two thousand cards
as a power cut may leave them. That the judge can find a loss is seen on a store that commits without waiting for the
card, and on a card that lies.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from tests.conftest import until
from tests.image import blocklog, judge
from tests.image.blocklog import Cut
from tests.image.crashed import Crashed, Replay
from tests.image.lab import BUTTONS, KIOSK, Lab
from tests.image.machine import Hardware
from tests.image.twin import Twin
from tests.image.visitor import press, touch

STATES = 2000
BOOTED = 20
"""Cards that are switched on after the cut; half of them were cut inside first boot."""
SEED = 6
PRESSES, UNSAFE_PRESSES = 40, 8
LIED = 3
"""How many flushes before each cut a card lied about."""
TELL_EACH = 100
PLAIN = Hardware(watchdog=False)
"""Other tests hold the watchdog. Here it would only end the run where the host stops a board for 15 s."""

_SCHEMA = "/usr/lib/moodpost/kiosk/schema.py"
_FULL, _NORMAL = "PRAGMA synchronous=FULL", "PRAGMA synchronous=NORMAL"
WEAKENED = f"""set -e
mkdir -p /run/weak
grep -q '{_FULL}' {_SCHEMA}
sed 's/{_FULL}/{_NORMAL}/' {_SCHEMA} >/run/weak/schema.py
for compiled in /usr/lib/moodpost/kiosk/__pycache__/schema.*.pyc; do
    test -e "$compiled" || continue
    cd /run/weak && python3 -c 'import py_compile, sys; py_compile.compile("schema.py", sys.argv[1], sys.argv[2],
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)' /run/weak/schema.pyc {_SCHEMA}
    mount --bind /run/weak/schema.pyc "$compiled"
done
mount --bind /run/weak/schema.py {_SCHEMA}
systemctl restart moodpost-kiosk
"""
"""Until its next start the kiosk commits without waiting for the card; root itself stays as it is."""


class Run(msgspec.Struct):
    """What was written from the first start to the last cut, and what was thanked for when."""

    replay: Replay
    given: str
    """The settings."""
    thanked: list[tuple[int, str]]
    """How many entries the log held then, and the face."""
    first: int
    """How many entries it held when first boot was done."""
    sound: int
    """How many it held when the store was told not to wait for the card any more."""

    def thanked_by(self, cut: Cut) -> list[str]:
        """The faces that were thanked for when the power went."""
        return [face for told, face in self.thanked if told <= cut.told]

    def lost(self, cut: Cut) -> str:
        """What is missing on the card as that cut leaves it, in words; empty where nothing is."""
        with self.replay.at(cut) as crashed:
            return judge.lost(crashed, self.thanked_by(cut), self.given)


@pytest.fixture(scope="module")
def recorded(lab: Lab, twin: Twin) -> Run:
    return record(lab, twin)


@pytest.fixture(scope="module")
def cuts(recorded: Run) -> list[Cut]:
    return states(recorded)


def record(lab: Lab, twin: Twin) -> Run:
    """Switch a new card on, vote with and without a network, weaken the store, vote again, cut the power."""
    board, before = lab.recorded(lab.card(), PLAIN)
    assert board.hardware.log
    log = board.hardware.log
    board.screen.wait_for(twin.picture("attract"), "the faces", seconds=900)
    token = lab.collector.token(KIOSK)
    until(lambda: token not in board.guest.read("/boot/firmware/moodpost.toml"), "no token on the card", 300)
    first = log.stat().st_size
    board.listen()
    thanked = [press(board, turn % len(BUTTONS) + 1) for turn in range(PRESSES // 2)]
    for face in (3, 1):
        board.screen.wait_for(twin.picture("attract"), "the faces again")
        thanked.append(touch(board, face, twin.centre(f"face:{face}")))
    board.set_network(connected=False)
    # Not with the face that was touched last: so soon it would be taken for the same visitor's, and not thanked for.
    thanked += [press(board, (turn + 1) % len(BUTTONS) + 1) for turn in range(PRESSES // 2)]
    sound = log.stat().st_size
    board.set_network(connected=True)
    board.guest.hang_up()
    board.guest.run(WEAKENED)
    board.screen.wait_for(twin.picture("attract"), "the faces of the weakened kiosk", seconds=300)
    thanked += [press(board, turn % len(BUTTONS) + 1) for turn in range(UNSAFE_PRESSES)]
    board.power_cut()
    replay = lab.replay(board, before)
    told = [blocklog.told_at(replay.entries, length) for length in (first, sound)]
    faces = [(blocklog.told_at(replay.entries, each.logged), each.value) for each in thanked]
    return Run(replay, lab.settings(), faces, *told)


def states(run: Run) -> list[Cut]:
    """At least so many cuts of the part in which the store was sound that no two leave the same card behind.

    Of the same cards only the last cut counts: most was thanked for by then.
    """
    log = run.replay.entries[: run.sound]
    written = [0]
    for entry in log:
        written.append(written[-1] + (entry.count > 0))
    each = 1
    while True:
        found: dict[object, Cut] = {}
        for cut in blocklog.cuts(log, SEED, each):
            same = (written[cut.flushed], cut.parts)
            if same not in found or found[same].told <= cut.told:
                found[same] = cut
        if len(found) >= STATES:
            return list(found.values())
        each += 1
        assert each < 200, f"{len(log)} writes and flushes give only {len(found)} different cards"


def spread(cuts: Sequence[Cut], number: int) -> list[Cut]:
    """So many of them, evenly over all."""
    return [cuts[(2 * turn + 1) * len(cuts) // (2 * number)] for turn in range(number)]


def test_no_power_cut_takes_a_vote_that_was_thanked_for_nor_the_settings(recorded: Run, cuts: list[Cut]) -> None:
    began, lost = time.monotonic(), []
    inside = sum(cut.told <= recorded.first for cut in cuts)
    flushes = sum(entry.flushes for entry in recorded.replay.entries[: recorded.sound])
    print(f"\n{recorded.sound} writes and flushes ({flushes}), {len(cuts)} cuts, {inside} of them inside first boot")
    for number, cut in enumerate(cuts, 1):
        if found := recorded.lost(cut):
            lost.append(f"{_named(cut)}: {found}")
            print(lost[-1])
        if number % TELL_EACH == 0 or number == len(cuts):
            rate = number / (time.monotonic() - began)
            print(f"{number} of {len(cuts)} cards seen, {rate:.1f} a second, {len(lost)} with a loss", flush=True)
    assert len(cuts) >= STATES
    assert recorded.thanked_by(cuts[-1]), "nothing was thanked for: no vote could be lost"
    assert not lost


def test_a_store_that_does_not_wait_for_the_card_is_caught(recorded: Run) -> None:
    """With synchronous=NORMAL a vote is thanked for that a power cut takes."""
    found = [cut for cut in blocklog.cuts(recorded.replay.entries, SEED, 0) if cut.flushed >= recorded.sound]
    lost = [words for cut in found if (words := recorded.lost(cut))]
    print(f"\nsynchronous=NORMAL: {len(lost)} of {len(found)} cards with a loss")
    assert any(words.startswith("votes") for words in lost)


def test_a_card_that_lies_about_its_last_flushes_is_caught(recorded: Run) -> None:
    log = recorded.replay.entries[: recorded.sound]
    found = [cut for cut in blocklog.lying(log, LIED) if recorded.thanked_by(cut)]
    lost = [words for cut in found if (words := recorded.lost(cut))]
    print(f"\n{LIED} flushes lied about: {len(lost)} of {len(found)} cards with a loss")
    assert any(words.startswith("votes") for words in lost)


@pytest.mark.parametrize("number", range(BOOTED))
def test_a_board_whose_power_was_cut_shows_the_faces_again(
    recorded: Run, cuts: list[Cut], lab: Lab, twin: Twin, tmp_path: Path, number: int
) -> None:
    """And has not thrown away what was there: a start mends, it never begins anew unasked."""
    inside = [cut for cut in cuts if cut.told <= recorded.first]
    after = [cut for cut in cuts if cut.told > recorded.first]
    cut = [*spread(inside, BOOTED // 2), *spread(after, BOOTED - BOOTED // 2)][number]
    with recorded.replay.at(cut) as crashed:
        card = crashed.card.copy(tmp_path / "card.img")
    try:
        began = time.monotonic()
        with lab.board(card, PLAIN) as board:
            board.screen.wait_for(twin.picture("attract"), "the faces", seconds=900)
        print(f"\n{_named(cut)}: the faces after {time.monotonic() - began:.0f} s")
        assert not judge.lost(Crashed(card.path, cut, tmp_path), recorded.thanked_by(cut), recorded.given)
    finally:
        card.path.unlink()


def _named(cut: Cut) -> str:
    return f"{cut.kind} at {cut.told}, flushed up to {cut.flushed}, {len(cut.parts)} writes since kept"
