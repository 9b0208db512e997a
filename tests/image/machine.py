"""One emulated board: what is plugged in, its start, its end. Knows QEMU; never what runs on it.

TCG, since KVM is not to be had on every machine that tests; about ten times slower than a Pi.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import msgspec

from tests.image import dtb
from tests.image.card import Card
from tests.image.console import Console
from tests.image.guest import Guest
from tests.image.qmp import Qmp
from tests.image.qtest import Edge, Pins, Qtest
from tests.image.screen import Screen
from tests.image.tools import found
from tests.image.touch import SLOT, Touch
from tests.running import free_port

JOURNAL_S = 60.0
"""How long a board whose test failed may take to tell its journal, in seconds."""
USB = "usb"
"""The sockets that a stick can be put into."""
_CONSOLE = re.compile(r"console=(serial\d|ttyS\d|ttyAMA\d)\S*")


class Hardware(msgspec.Struct, frozen=True):
    """What the board has."""

    memory: int = 1024
    """MB: 512 is a Zero 2 W."""
    cpus: int = 2
    screen: tuple[int, int] | None = (800, 480)
    touch: bool = True
    pins: bool = True
    watchdog: bool = True
    clock: str = ""
    """When the board's clock begins, such as "1970-01-01"; now if empty."""
    network: bool = True
    """Whether the cable is in at the start."""
    log: Path | None = None
    """Where every write to the card is logged, for blocklog to replay; a place on a tmpfs."""
    words: str = ""
    """Added to the kernel's command line."""


class Machine:
    """A board with `card` in it, off. With ``with``, it is on within the block."""

    def __init__(self, card: Card, folder: Path, hardware: Hardware | None = None) -> None:
        self.card = card
        self.hardware = hardware or Hardware()
        self.ssh_port = free_port()
        self._edges: list[Edge] = []
        self._edge = threading.Condition()
        self._pins: Pins | None = None
        self._folder = folder
        self._parts = contextlib.ExitStack()

    console: Console
    qmp: Qmp
    screen: Screen
    touch: Touch
    guest: Guest
    """Who boots it may give it a shell."""

    def __enter__(self) -> Machine:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.power_cut()

    @property
    def running(self) -> bool:
        """Whether the board is on."""
        process = getattr(self, "_process", None)
        return process is not None and process.poll() is None

    @property
    def pins(self) -> Pins:
        """What is wired to its GPIO chip."""
        assert self._pins, "the board was never switched on"
        return self._pins

    def start(self) -> None:
        """Switch it on; returns before its kernel says a word, with all buttons up."""
        assert not self.running
        folder, board = self._folder, self.hardware
        folder.mkdir(parents=True, exist_ok=True)
        kernel, initrd, words = self.card.boot_files(folder)
        tree = dtb.made(folder, cpus=board.cpus, memory=board.memory, pins=board.pins)
        if board.log is not None and not board.log.exists():
            board.log.touch()  # QEMU makes none
        ours, theirs = socket.socketpair(), socket.socketpair()
        command = [
            *(found("setpriv"), "--pdeathsig", "KILL"),  # no board outlives its test
            *(found("qemu-system-aarch64"), "-accel", "tcg,thread=multi", "-nodefaults", "-display", "none"),
            *("-M", dtb.MACHINE, "-cpu", dtb.CPU, "-smp", str(board.cpus), "-m", str(board.memory)),
            *("-kernel", str(kernel), "-initrd", str(initrd), "-dtb", str(tree)),
            *("-append", kernel_words(words, board.words)),
            *("-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"),
            *("-chardev", f"socket,id=qmp,fd={ours[1].fileno()}", "-mon", "chardev=qmp,mode=control"),
            *("-chardev", f"socket,id=qtest,fd={theirs[1].fileno()}", "-qtest", "chardev:qtest", "-qtest-log", "none"),
            *_devices(board, self.card.path, self.ssh_port),
            "-S",  # nothing runs before the buttons are up
        ]
        with (folder / "qemu.log").open("ab") as complaints:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                pass_fds=[ours[1].fileno(), theirs[1].fileno()],
                start_new_session=True,
            )
        self._parts.callback(self._end)
        ours[1].close()
        theirs[1].close()
        assert self._process.stdout is not None
        self.console = Console(self._process.stdout, folder / "console.log")
        try:
            self.qmp = Qmp(ours[0], self._on_event)
        except AssertionError as error:
            self.power_cut()
            raise AssertionError(f"QEMU did not start: {(folder / 'qemu.log').read_text()[-2000:]}") from error
        self._parts.callback(self.qmp.close)
        qtest = Qtest(theirs[0], self._on_edge)
        self._parts.callback(qtest.close)
        self._pins = Pins(qtest, self.qmp)
        size = board.screen or (800, 480)
        self.screen = Screen(self.qmp, folder)
        self.touch = Touch(self.qmp, size, plugged=board.touch)
        if not board.network:
            self.set_network(connected=False)
        self.qmp("cont")

    def power_cut(self) -> None:
        """Cut the power, if it is on. What the card was told to write stays written; blocklog tells what might not."""
        with contextlib.suppress(AttributeError):
            self._process.kill()
        self._parts.close()

    def wait_for_end(self, seconds: float) -> None:
        """Wait until the board has switched itself off."""
        self._process.wait(seconds)
        self._parts.close()

    def reset(self) -> None:
        """Press the reset button: the same kernel starts anew."""
        since = self.qmp.mark()
        self.qmp("system_reset")
        self.qmp.wait_for("RESET", since)

    def set_network(self, *, connected: bool) -> None:
        """Put the network's cable in, or pull it out."""
        self.qmp("set_link", name="nic", up=connected)

    def listen(self) -> None:
        """From now on, until it is switched off, `heard` tells of lights and buzzer."""
        self.pins.watch()

    def heard(self) -> int:
        """A moment, to wait for a light or the buzzer after it."""
        with self._edge:
            return len(self._edges)

    def sounded_at(self, line: int) -> float:
        """When an output line changed last, by time.monotonic(); 0 where it never did."""
        with self._edge:
            return next((edge.at for edge in reversed(self._edges) if edge.line == line), 0.0)

    def wait_for_line(self, line: int, since: int = 0, *, high: bool = True, seconds: float = 120.0) -> Edge:
        """The first change of an output line to `high` after the moment `since`."""

        def seen() -> Edge | None:
            return next((edge for edge in self._edges[since:] if (edge.line, edge.high) == (line, high)), None)

        with self._edge:
            self._edge.wait_for(seen, seconds)
            found = seen()
        assert found, f"line {line} did not go {'high' if high else 'low'} within {seconds} s"
        return found

    def type(self, line: str) -> None:
        """Type a line on the serial console."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def evidence(self, folder: Path) -> None:
        """Save what tells why a test failed: the console, and while it is on its screen and its journal."""
        folder.mkdir(parents=True, exist_ok=True)
        for log in self._folder.glob("*.log"):
            shutil.copy(log, folder)
        if not self.running:
            return
        with contextlib.suppress(AssertionError, OSError):
            self.screen.take().save(folder / "screen.png")
        with contextlib.suppress(AssertionError, OSError):
            journal = self.guest.run("journalctl --no-pager -o short-monotonic", JOURNAL_S, good=None)
            (folder / "journal.txt").write_text(journal, encoding="utf-8")

    def _on_event(self, name: str) -> None:
        if name == "RESET" and self._pins:
            self._pins.let_go()  # the chip forgot what its lines were pulled to

    def _on_edge(self, edge: Edge) -> None:
        # What is written while the news is on its way counts as written before: no cut is judged too harshly.
        logged = self.hardware.log.stat().st_size if self.hardware.log else 0
        with self._edge:
            self._edges.append(edge._replace(logged=logged))
            self._edge.notify_all()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        self.console.close()
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()


def kernel_words(card: str, added: str = "") -> str:
    """The card's kernel command line for this board: the serial console has another name here."""
    words = _CONSOLE.sub("console=ttyAMA0,115200", card)
    if "console=ttyAMA0" not in words:
        words += " console=ttyAMA0,115200"
    return f"{words} {added}".strip()


def _devices(board: Hardware, card: Path, ssh_port: int) -> Iterator[str]:
    yield from ("-device", "virtio-rng-pci")
    yield from ("-blockdev", json.dumps(_disk(card, board.log)))
    # The log can't tell zeros from none. And it writes one piece more than the request has: of requests merged to as
    # many as one may have (IOV_MAX) none is written, and the board sees an I/O error wherever it writes megabytes.
    whole = "" if board.log is None else ",discard=off,write-zeroes=off,request-merging=off"
    yield from ("-device", f"virtio-blk-pci,drive=card,serial=card{whole}")
    yield from ("-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{ssh_port}-:22")
    yield from ("-device", "virtio-net-pci,id=nic,netdev=net,mac=52:54:00:4d:50:01,romfile=")
    yield from ("-device", f"pcie-root-port,id={SLOT},chassis=1,slot=1")
    yield from ("-device", f"qemu-xhci,id={USB}")
    if board.screen:
        yield from ("-device", f"virtio-gpu-pci,id=screen,xres={board.screen[0]},yres={board.screen[1]}")
    if board.touch:
        yield from ("-device", f"virtio-tablet-pci,id=touch,bus={SLOT}")
    if board.watchdog:
        yield from ("-device", "i6300esb", "-action", "watchdog=reset")
    yield from ("-rtc", f"base={board.clock}" if board.clock else "base=utc")


def _disk(card: Path, log: Path | None) -> dict[str, object]:
    # Nothing is lost when QEMU is killed, so the host need not sync; flushes still reach the log.
    lax = {"no-flush": True}
    raw: dict[str, object] = {"driver": "raw", "file": {"driver": "file", "filename": str(card), "cache": lax}}
    if log is None:
        return {"node-name": "card", **raw}
    return {
        "node-name": "card",
        "driver": "blklogwrites",
        "log-sector-size": 512,
        "log-super-update-interval": 1,
        "file": raw,
        "log": {"driver": "file", "filename": str(log), "cache": lax},
    }
