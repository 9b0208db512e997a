"""The doctor as its user meets it, and each fault of a kiosk named in the verdict's first line."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from pytest_mock import MockerFixture

from hardware import panel_health
from hardware.board import Clocks
from hardware.health import Health, bad, good, unknown
from hardware.panel_health import Button, Snapshot
from hardware.probes import clock as clock_probe
from hardware.probes import disk as disk_probe
from hardware.probes import pins as pins_probe
from kiosk import disk
from kiosk.clock import Reading
from kiosk.commands.doctor import doctor
from kiosk.health import examine
from kiosk.health.doctor import CODES, look
from kiosk.health.examine import Kiosk
from kiosk.health.status import Told
from kiosk.health.verdict import Judgement
from kiosk.reader import NETWORK, sync_db
from kiosk.settings import Endpoint
from kiosk.store import Board
from sync.probes import Prober
from sync.state import SyncState, make_folder
from sync.transport import Transport
from tests import pi as made_up
from tests.faults.test_names import Authority, SecureServer
from tests.faulty import FaultServer, redirects, says
from tests.pi import BOOT, Pi
from tests.test_store import Bench, a_vote

DAY = timedelta(days=1)
SETTINGS = """\
[kiosk]
id = "helsinki"

[endpoint]
url = "https://feedback.example.com"

[panel]
buttons = [5, 6, 13, 19]
"""


class World:
    """A kiosk in good health: its board is made up, its store and sync.db are real. Tests break one thing each."""

    def __init__(self, folder: Path, mocker: MockerFixture) -> None:
        self.pi = Pi(folder)
        self.data = self.pi.data
        self.clocks = self.pi.clocks(folder)
        self.chip = self.pi.chip
        self.statvfs: Callable[[Path], os.statvfs_result] = os.statvfs
        self.network: dict[str, Health] = {name: good(name, f"{name} is well.") for name in NETWORK}
        self.found_at_ms = self.clocks.boottime_ms - 60_000
        self.running = ["kiosk", "sync"]
        self.settings = folder / "moodpost.toml"
        self.settings.write_text(SETTINGS, encoding="utf-8")
        self.own: list[Health] = [good("screen", "There is a picture.", "kmsdrm 800x480")]
        self.panel = Snapshot(self.clocks.boottime_ms, tuple(Button(p, 60) for p in (5, 6, 13, 19)), thread=True)
        self.bench = Bench(self.data)
        self.bench.reading = Reading(*self.clocks)
        self.bench.start(Board(BOOT, "serial-one"))
        self.vote(1, minutes_ago=1)
        self.sources: dict[str, Callable[[], list[Health]]] = {}
        gathered = examine.sources
        mocker.patch.object(examine, "sources", lambda kiosk: {**gathered(kiosk), **self._made_up(kiosk)})

    def _made_up(self, kiosk: Kiosk) -> dict[str, Callable[[], list[Health]]]:
        """What asks the kernel by more than files can say, asked of the made-up board."""
        kiosk = msgspec.structs.replace(kiosk, read_clock=lambda: Reading(*self.clocks))
        return {
            "pins": partial(pins_probe.probe, self.pi.root, "lgpio", "", self.chip),
            "clock": partial(clock_probe.probe, self.pi.root, "Europe/Helsinki", lambda root: self.clocks),
            "disk": partial(disk_probe.probe, self.data, self.pi.root, lambda path: self.statvfs(path)),
            "sending": partial(examine.sending, kiosk),
            "network": partial(examine.network, kiosk),
            **self.sources,
        }

    def vote(self, number: int, minutes_ago: float) -> None:
        at_ms = self.clocks.boottime_ms - round(minutes_ago * 60_000)
        assert not self.bench.put([a_vote(number, ms=at_ms)], number).error

    def judge(self) -> Judgement:
        """What the doctor says, with everything left where he finds it."""
        make_folder(self.data).with_name("sync.lock").touch()
        state = SyncState(make_folder(self.data))
        found = {"boot": BOOT, "ms": self.found_at_ms, "readings": list(self.network.values())}
        state.note("findings", msgspec.json.encode(found).decode())
        state.note("contact", f"{BOOT} {self.clocks.boottime_ms - 5_000}")
        state.close()
        held = {"kiosk": self.data, "sync": sync_db(self.data).with_name("sync.lock")}
        locks = []
        for name in self.running:
            found = held[name].stat()
            place = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
            locks.append(f"1: FLOCK  ADVISORY  WRITE 1000 {place} 0 EOF")
        self.pi.write("proc/locks", "\n".join(locks) + "\n")
        Told(self.data, BOOT).tell([*self.own, *panel_health.health(self.panel)], self.clocks.boottime_ms)
        return look(self.settings, self.data, self.data, self.pi.root, deadline_s=3.0)

    def press(self, number: int, **fields: object) -> None:
        buttons = list(self.panel.buttons)
        buttons[number] = msgspec.structs.replace(buttons[number], **fields)
        self.panel = msgspec.structs.replace(self.panel, buttons=tuple(buttons))


@pytest.fixture
def world(tmp_path: Path, mocker: MockerFixture) -> Iterator[World]:
    world = World(tmp_path, mocker)
    yield world
    world.bench.stop()


def test_with_nothing_wrong_the_first_line_says_so(world: World) -> None:
    judgement = world.judge()
    assert [reading for reading in judgement.readings if reading.condition != "good"] == []
    assert judgement.head == "Everything works."


def stop_the_clock(world: World) -> None:
    world.clocks = Clocks(world.clocks.boottime_ms, 90_000, "nobody")


def fill_the_disk(world: World) -> None:
    full = list(os.statvfs(world.data))
    full[3] = full[4] = 10  # f_bfree, f_bavail
    world.statvfs = lambda path: os.statvfs_result(full)


def take_the_pins(world: World) -> None:
    for chip in ("gpiochip0", "gpiochip1"):
        world.pi.write(f"dev/{chip}", None)
    world.own.append(bad("pins", "The buttons don't work: no GPIO chip answers.", "no /dev/gpiochip0"))


def spoil_the_store(world: World) -> None:
    world.bench.stop()
    world.bench.path.write_bytes(b"garbage " * 1_000)
    disk.wal(world.bench.path).unlink()


def spoil_a_store_that_was_replaced(world: World) -> None:
    spoil_the_store(world)
    world.bench.start(Board(BOOT, "serial-one"))
    world.vote(1, minutes_ago=1)


def let_votes_wait(world: World) -> None:
    later_ms = world.clocks.boottime_ms + 3 * 3_600_000
    world.clocks = Clocks(later_ms, world.clocks.wall_ms + 3 * 3_600_000, "ntp")
    world.found_at_ms = later_ms - 60_000


def lose_the_link(world: World) -> None:
    world.network = {name: unknown(name, "Not tried: there is no network link.") for name in NETWORK}
    world.network["link"] = bad("link", "There is no network link.")
    world.vote(2, minutes_ago=300)


def lose_the_address(world: World) -> None:
    lose_the_link(world)
    world.network["link"] = good("link", "There is a network link, by cable.")
    world.network["address"] = bad("address", "There is no address: see to the router.")


def write(path: str, content: str | None) -> Callable[[World], None]:
    return lambda world: world.pi.write(path, content)


FAULTS: dict[str, tuple[Callable[[World], object], str]] = {
    "hot": (write(f"{made_up.ZONE}/temp", "86012\n"), "hot"),
    "too little power": (write(f"{made_up.VOLT}/in0_lcrit_alarm", "1\n"), "isn't getting enough power"),
    "slowed down": (write(f"{made_up.COOLING}/cur_state", "3\n"), "slow"),
    "memory short": (
        write("proc/meminfo", "MemTotal: 440000 kB\nMemAvailable: 9000 kB\nSwapTotal: 0 kB\n"),
        "Memory is short",
    ),
    "disk full": (fill_the_disk, "The disk is almost full"),
    "read-only": (lambda w: w.pi.mount(of_system="ro"), "it can only be read"),
    "card errors": (write(f"{made_up.EXT4}/errors_count", "7\n"), "The card had errors"),
    "store damaged": (spoil_the_store, "The store of votes can't be read"),
    "store replaced": (spoil_a_store_that_was_replaced, "The store was damaged once"),
    "no pins": (take_the_pins, "The buttons don't work: no GPIO chip answers."),
    "panel's thread dead": (
        lambda w: setattr(w, "panel", msgspec.structs.replace(w.panel, thread=False)),
        "Nothing that is pressed is heard any more",
    ),
    "button stuck": (lambda w: w.press(2, held_since_ms=w.panel.at_ms - 61_000), "Button 3 is held down for 61 s"),
    "button never pressed": (lambda w: [w.press(n, presses=n and 80) for n in range(4)], "Button 1 was never pressed"),
    "button chatters": (lambda w: w.press(1, flurries=30), "Button 2 has a bad contact"),
    "no screen": (
        lambda w: w.own.__setitem__(0, bad("screen", "No picture can be had. Is a screen connected?")),
        "No picture can be had",
    ),
    "touch gone": (
        lambda w: [w.pi.write(path, None) for path in (made_up.EVENT, "dev/input/event0")],
        "touch",
    ),
    "clock unset": (stop_the_clock, "clock"),
    "no link": (lose_the_link, "There is no network link."),
    "no address": (lose_the_address, "There is no address"),
    "sync not running": (lambda w: w.running.remove("sync"), "Sending is not running"),
    "kiosk not running": (lambda w: w.running.remove("kiosk"), "The kiosk is not running"),
    "votes wait": (let_votes_wait, "1 response waits to be sent, the oldest for 3 h"),
    "settings": (lambda w: w.settings.write_text("[kiosk]\nid = 7\n"), "The settings need a correction"),
    "watchdog gone": (write(f"{made_up.DOG}/state", "inactive\n"), "Nobody would restart this Pi"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_first_line_names_the_fault(world: World, fault: str) -> None:
    breaks, named = FAULTS[fault]
    breaks(world)
    judgement = world.judge()
    assert judgement.condition == "bad"
    assert named.lower() in judgement.head.lower()
    assert CODES[judgement.condition] == 1


def found_by_sync(url: str, denied: str = "") -> dict[str, Health]:
    """What sync's own look at a real server comes to."""
    prober = Prober(
        kiosk="helsinki",
        endpoint=Endpoint(url=url),
        noted=lambda key: denied if key == "denied" else "",
        clocks=lambda: Reading(5_000, time.time_ns() // 1_000_000, "ntp"),
        client=Transport,
    )
    return {reading.name: reading for reading in prober.look()}


def on_the_network(fault: str, folder: Path, stack: contextlib.ExitStack) -> dict[str, Health]:
    """Break the network for real, and have sync look."""
    server = FaultServer()
    if fault == "endpoint down":
        url = server.url
        server.close()
        return found_by_sync(url)
    stack.callback(server.close)
    server.always = says(405, b'{"error": "method"}', Content_Type="application/json")
    match fault:
        case "portal":
            server.always = redirects("http://login.example/?mac=1")
        case "name server dead":
            return found_by_sync("https://feedback.invalid")
        case "wrong token":
            return found_by_sync(server.url, "the token is refused: 401")
        case "certificate expired" | "wrong name":
            name, until = ("localhost", -DAY) if fault == "certificate expired" else ("other.example", 40 * DAY)
            certificate = Authority(folder).certify(name, -90 * DAY, until)
            secure = stack.enter_context(contextlib.closing(SecureServer(certificate)))
            return found_by_sync(secure.url)
    return found_by_sync(server.url)


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ("endpoint down", "The endpoint refuses connections"),
        ("portal", "portal"),
        ("name server dead", "The endpoint's name"),
        ("wrong token", "token"),
        ("certificate expired", "expired"),
        ("wrong name", "Somebody else answers in the endpoint's place"),
    ],
)
def test_the_first_line_names_what_sync_finds_on_a_real_network(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, named: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with contextlib.ExitStack() as stack:
        world.network = on_the_network(fault, tmp_path, stack)
    judgement = world.judge()
    assert judgement.condition == "bad"
    assert named in judgement.head


SENSORS = {
    "temperature": made_up.ZONE,
    "power": made_up.VOLT,
    "memory": "proc/meminfo",
    "disk.errors": made_up.EXT4,
    "disk.readonly": "proc/self/mountinfo",
    "card": made_up.DISK,
    "uptime": "proc/uptime",
    "load": "proc/loadavg",
    "throttled": made_up.THROTTLED,
}


@pytest.mark.parametrize("sensor", SENSORS)
def test_a_sensor_that_is_missing_is_unknown_and_not_guessed(world: World, sensor: str) -> None:
    world.pi.write(SENSORS[sensor], None)
    if sensor == "throttled":
        world.pi.write(made_up.VOLT, None)
    judgement = world.judge()
    assert {r.condition for r in judgement.readings if r.name == sensor} == {"unknown"}
    assert not judgement.worst


def test_a_probe_that_hangs_is_unknown_after_its_time_and_holds_nothing_up(world: World, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # opening it waits for a writer that never comes

    def hang() -> list[Health]:
        (tmp_path / "pipe").read_bytes()
        return []

    world.sources["soc"] = hang
    judgement = world.judge()
    assert {r.name for r in judgement.readings if r.condition == "unknown"} >= {"temperature", "power", "throttled"}
    assert not judgement.worst
    (tmp_path / "pipe").open("wb").close()


def test_what_sync_found_long_ago_or_in_another_boot_tells_nothing_of_now(world: World) -> None:
    world.network["dns"] = bad("dns", "The endpoint's name can't be found.")
    world.found_at_ms = world.clocks.boottime_ms - examine.STALE_MS - 1_000
    judgement = world.judge()
    assert not judgement.worst
    assert "sync last looked 30 min ago" in next(r.said for r in judgement.readings if r.name == "endpoint")


def run(folder: Path, *options: str) -> Result:
    """The command where no kiosk has ever been."""
    return CliRunner().invoke(doctor, ["--settings", str(folder / "gone.toml"), "--data", str(folder), *options])


def test_in_a_terminal_it_tells_the_worst_first_and_the_raw_value_beside(tmp_path: Path) -> None:
    shown = run(tmp_path)
    assert shown.exit_code == 1
    assert shown.output.splitlines()[0] == (
        f"The settings need a correction: {tmp_path}/gone.toml: found no such file, "
        "expected one with a line [kiosk] and a line id = …"
    )
    assert "BAD  settings" in shown.output
    assert "more readings are good (--all lists them)." in shown.output
    assert "Traceback" not in shown.output


def test_for_a_program_it_is_one_object(tmp_path: Path) -> None:
    told = json.loads(run(tmp_path, "--json").output)
    assert told["condition"] == "bad"
    assert told["bad"] + told["unknown"] + told["good"] == len(told["readings"])
    assert {"name", "condition", "said", "raw"} == set(told["readings"][0])
