"""A kiosk on a made-up Pi, days of votes in it and two things wrong, and a technician who pictures each page."""

from __future__ import annotations

import fcntl
import random
import time
from pathlib import Path

import msgspec

from hardware import board
from hardware.health import good
from kiosk.clock import Reading
from kiosk.reader import Findings, Reader
from kiosk.response import Draft, Kind
from kiosk.screens.technician.touch import MARKS
from kiosk.store import Board, Store
from sync import probes_answer
from sync.state import SyncState, make_folder
from tests import on_a_pi
from tests.behind import PIN
from tests.conftest import until
from tests.pi import RTC, VOLT, Pi
from tests.running import SETTINGS, Place

PAGES = ("verdict", "buttons", "touch", "screen", "network", "votes", "results", "system", "survey", "log", "service")
_KIOSK = SETTINGS.replace("test-kiosk", "helsinki-south-exit").replace("[visit]", "buzzer = 26\n[visit]")
SETTLE_S = 0.4
_DAY_MS, _HOUR_MS = 86_400_000, 3_600_000
_BUSY = {9: 3, 10: 5, 11: 8, 12: 14, 13: 12, 14: 7, 15: 8, 16: 11, 17: 16, 18: 13, 19: 7, 20: 3}
"""Visitors by the hour."""
_LIKED: tuple[str, tuple[str, ...], Kind] = ("liked", ("staff", "selection", "price"), "choice")
_IMPROVE: tuple[str, tuple[str, ...], Kind] = ("improve", ("waiting", "price", "waiting"), "choices")
_WAITING = 3
_REFUSED = "the endpoint won't have this kiosk: 401 token"
_FOUND = (
    good("link", "There is a network link, by Wi-Fi.", "wlan0: operstate = up, carrier = 1"),
    good("wifi", "The Wi-Fi is strong enough (-58 dBm).", "wlan0: level = -58 dBm"),
    good("address", "The network gave this kiosk an address.", "wlan0: 192.0.2.23"),
    good("dns", "The endpoint's name is known.", "feedback.example.com = 192.0.2.80"),
    good("portal", "No captive portal is in the way.", "HTTP 405, application/json"),
    good("tls", "The encrypted line to the endpoint stands, and it has shown who it is.", "192.0.2.80, TLSv1.3"),
    good("certificate", "The endpoint's certificate is valid for 61 days more.", "valid until 2027-01-26 12:00 UTC"),
    probes_answer.token(_REFUSED, ""),
    good("endpoint", "The endpoint answers.", "HTTP 405, application/json"),
    good("drift", "The clock goes with the endpoint's.", "ours − theirs = 0 s"),
)


class Workshop:
    """`take` leaves a picture of each page in a folder."""

    def __init__(self, folder: Path, size: str) -> None:
        self._pi = Pi(folder / "pi")
        self._pi.write("proc/sys/kernel/random/boot_id", f"{board.boot_id()}\n")
        self._pi.write(f"{VOLT}/in0_lcrit_alarm", "1\n")
        self._pi.write(f"{RTC}/since_epoch", f"{on_a_pi.NOW_MS // 1000}\n")
        self._pi.link("proc/locks", Path("/proc/locks"))
        on_a_pi.settle_in(self._pi.root)
        self._place = Place(self._pi.data, f'{_KIOSK}[technician]\npin = "{PIN}"\n')
        self._place.module = ("tests.on_a_pi", str(self._pi.root))
        self._size = size

    def take(self, into: Path) -> None:
        """Take them all anew."""
        into.mkdir(parents=True, exist_ok=True)
        self._vote()
        self._leave_what_sync_found()
        with make_folder(self._pi.data).with_name("sync.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._place.kiosk("--screen", "offscreen", "--size", self._size, "--applier", "fake")
            try:
                self._walk(into)
            finally:
                self._place.close()

    def _vote(self) -> None:
        """A week's visits, the same each time."""
        dice, now = random.Random(7), board.clocks()
        midnight_ms = now.wall_ms - now.wall_ms % _DAY_MS
        votes = Store(
            self._pi.data / "votes.db",
            Board(board.boot_id(), board.serial()),
            settled=lambda _: None,
            read_clock=lambda: Reading(*board.clocks()),
        )
        moments = sorted(
            now.boottime_ms - (now.wall_ms - midnight_ms) - day * _DAY_MS + hour * _HOUR_MS + dice.randrange(_HOUR_MS)
            for day in range(4)
            for hour, visitors in _BUSY.items()
            for _ in range(dice.randint(visitors // 2, visitors))
        )
        for number, ms in enumerate((ms for ms in moments if 0 < ms < now.boottime_ms), 1):
            face = dice.choices((1, 2, 3, 4), (9, 6, 3, 2))[0]
            row = Draft(number, 0, "vote", "visit/2", "visit", f"{face}/4", "physical", "en", "", ms)
            rows = [row]
            if dice.random() < 0.4:
                about, choices = (
                    ("liked", ("staff", "selection", "price")) if face < 3 else ("improve", ("waiting", "price"))
                )
                kind = "choice" if face < 3 else "choices"
                answer = Draft(number, 1, kind, "visit/2", about, dice.choice(choices), "digital", "en", "", ms + 4_000)
                rows.append(answer)
            votes.put(rows, number)
        votes.close()

    def _leave_what_sync_found(self) -> None:
        with Reader(self._pi.data / "votes.db") as reader:
            last, epoch = reader.last(), reader.epochs()[-1].id
        state = SyncState(make_folder(self._pi.data))
        state.acknowledge(epoch, last - _WAITING)
        now = board.boottime_ms()
        state.note("contact", f"{board.boot_id()} {now - 95_000}")
        state.note("problem", "401 token")
        state.note("denied", _REFUSED)
        state.note("findings", msgspec.json.encode(Findings(board.boot_id(), now - 95_000, _FOUND)).decode())
        state.close()

    def _tap_marks(self) -> None:
        """Four of the five, each a little beside it, the fourth too far."""
        (board,) = [t for t in self._place.heard["kiosk"].last_screen()["targets"] if t["action"] == "draw"]
        for (across, down), (x, y) in zip(MARKS, ((2, -1), (-3, 2), (0, 4), (21, -9)), strict=False):
            at = board["x"] + round(across * board["w"]) + x, board["y"] + round(down * board["h"]) + y
            self._place.members["kiosk"].order(f"tap {at[0]} {at[1]}")

    def _walk(self, into: Path) -> None:
        order = self._place.members["kiosk"].order

        def sees(screen: str) -> None:
            until(self._place.on_screen(f"technician-{screen}"), screen)

        def touch(action: str) -> None:
            screens = self._place.heard["kiosk"]
            until(lambda: action in {target["action"] for target in screens.last_screen()["targets"]}, action)
            time.sleep(SETTLE_S)
            x, y = self._place.centre(action)
            order(f"tap {x} {y}")

        def shot(name: str) -> None:
            path = into / f"{name}-{self._size}.png"
            path.unlink(missing_ok=True)
            order(f"shot {path}")
            until(lambda: path.exists() and path.read_bytes().endswith(b"IEND\xaeB`\x82"), f"the picture {path}")

        for _ in range(5):
            order("tap 5 5")
        sees("pin")
        shot("pin")
        for digit in PIN:
            touch(f"digit:{digit}")
        touch("ok")
        sees("verdict")
        time.sleep(8)  # until all has been looked at
        for page in PAGES:
            touch(f"page:{page}")
            sees(page)
            time.sleep(3 if page in ("votes", "results") else 0.5)
            if page == "buttons":
                for button in (1, 2, 3):
                    order(f"press {button}")
                order("down 4")
                touch("light:2")
                time.sleep(SETTLE_S)
            if page == "touch":
                self._tap_marks()
                time.sleep(SETTLE_S)
            if page == "results":
                touch("span:week")
                time.sleep(3)
            shot(page)
            order("up 4")
        touch("do:network")
        sees("ways")
        shot("ways")
        touch("way:wifi")
        sees("form")
        shot("wifi")
        touch("no")
        touch("do:restart")
        sees("confirm")
        shot("confirm")
        touch("no")
        touch("do:clean")
        sees("cleaning")
        shot("cleaning")
