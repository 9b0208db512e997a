"""What stands on the text consoles when the kiosk can't say it itself, and the journal's end that is kept."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT

BIN = ROOT / "systemd/bin"
BOOT = "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0"

Said = Callable[[str], None]


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A root with two consoles, ten minutes after its start."""
    for folder in (
        "run",
        "proc/sys/kernel/random",
        "sys/class/tty/console",
        "dev",
        "bin",
        "var/lib/moodpost/system/journal",
    ):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "sys/class/tty/console/active").write_text("tty0 ttyAMA0\n", encoding="ascii")
    (tmp_path / "proc/sys/kernel/random/boot_id").write_text(f"{BOOT}\n", encoding="ascii")
    for name in ("tty1", "ttyAMA0"):
        (tmp_path / "dev" / name).touch()
    _up(tmp_path, 600)
    return tmp_path


def _up(machine: Path, seconds: int) -> None:
    (machine / "proc/uptime").write_text(f"{seconds}.27 1100.03\n", encoding="ascii")


@pytest.fixture
def said(machine: Path) -> Said:
    """Has journalctl say something."""

    def write(text: str) -> None:
        (machine / "said").write_text(text, encoding="utf-8")
        journalctl = machine / "bin/journalctl"
        journalctl.write_text(f"#!/bin/sh\nexec cat {machine}/said\n", encoding="utf-8")
        journalctl.chmod(0o755)

    write("")
    return write


@pytest.fixture(autouse=True)
def _systemd(machine: Path) -> None:
    """A systemctl that keeps what it was asked to do; a disk is being checked; nobody sleeps."""
    tell(machine, "activating")
    (machine / "bin/sleep").symlink_to("/usr/bin/true")


def tell(machine: Path, state: str) -> None:
    """What systemctl answers."""
    path = machine / "bin/systemctl"
    path.write_text(f'#!/bin/sh\necho "$*" >>{machine}/asked\n[ "$1" != is-active ] || echo {state}\n')
    path.chmod(0o755)


def asked(machine: Path) -> list[str]:
    """What systemctl was asked for since the last time."""
    path = machine / "asked"
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


TELL = "--no-block restart moodpost-trouble.service"


def trouble(machine: Path, *arguments: str, **environment: str) -> None:
    """Run by the kiosk's unit, which opens no console; then what it has systemd do."""
    before = [screen(machine, path.name) for path in sorted((machine / "dev").iterdir())]
    run("trouble", machine, *arguments, **environment)
    assert before == [screen(machine, path.name) for path in sorted((machine / "dev").iterdir())]
    if TELL in asked(machine):
        run("trouble", machine, "tell")


def run(script: str, machine: Path, *arguments: str, **environment: str) -> None:
    path = f"{machine}/bin:{os.environ['PATH']}"
    environment = {"PATH": path, "MOODPOST_ROOT": str(machine), "LC_ALL": "C.UTF-8", **environment}
    ended = subprocess.run([BIN / script, *arguments], env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def failed(machine: Path, result: str = "exit-code", status: str = "1") -> None:
    trouble(machine, "ended", SERVICE_RESULT=result, EXIT_CODE="exited", EXIT_STATUS=status)


def screen(machine: Path, name: str = "tty1") -> str:
    return (machine / "dev" / name).read_bytes().decode()


def words(machine: Path) -> str:
    """The text in one line, however it was folded."""
    return " ".join(screen(machine, "ttyAMA0").split())


def test_one_failure_says_nothing_since_the_next_start_may_mend_it(machine: Path, said: Said) -> None:
    failed(machine)
    assert screen(machine) == screen(machine, "ttyAMA0") == ""


def test_the_second_in_a_row_says_on_screen_and_serial_line_what_is_wrong(machine: Path, said: Said) -> None:
    said("Error: /var/lib/moodpost/store: this folder can't be made (Read-only file system).\n")
    failed(machine)
    failed(machine)
    for name in ("tty1", "ttyAMA0"):
        assert "THIS KIOSK CAN'T START\r\n" in screen(machine, name)
    assert "It failed 2 times in a row" in words(machine)
    assert "It said: Error: /var/lib/moodpost/store: this folder can't be made (Read-only file system)." in words(
        machine
    )
    assert "Votes that were thanked for are safe" in words(machine)
    assert screen(machine).startswith("\033[0m\033[2J\033[H"), "the screen is cleared"
    assert "\033" not in screen(machine, "ttyAMA0")
    assert all(len(line) <= 80 for line in screen(machine, "ttyAMA0").splitlines())


@pytest.mark.parametrize(
    ("result", "status", "expected"),
    [
        ("watchdog", "ABRT", "It no longer answered."),
        ("timeout", "TERM", "It was not ready in time."),
        ("oom-kill", "KILL", "There was not enough memory."),
        ("signal", "SEGV", "It broke off (SEGV)."),
        ("exit-code", "1", "It ended by itself (code 1)."),
        ("exit-code", "203", "Its program can't be started: the card may be damaged."),
        ("exit-code", "226", "Its sandbox can't be set up (code 226)."),
        ("resources", "", "systemd can't start it (resources)."),
    ],
)
def test_why_is_said_in_words(machine: Path, said: Said, result: str, status: str, expected: str) -> None:
    failed(machine, result, status)
    failed(machine, result, status)
    assert expected in words(machine)
    assert "It said:" not in words(machine)


def test_a_run_of_a_minute_ends_the_row(machine: Path, said: Said) -> None:
    failed(machine)
    trouble(machine, "ready")
    _up(machine, 659)
    failed(machine)
    assert "2 times" in words(machine), "59 s were none"
    trouble(machine, "ready")
    _up(machine, 719)
    (machine / "dev/ttyAMA0").write_text("", encoding="utf-8")
    failed(machine)
    assert screen(machine, "ttyAMA0") == ""
    failed(machine)
    assert "2 times" in words(machine), "the minute of one run is not that of the next, which never got ready"


def test_an_end_that_was_asked_for_ends_the_row(machine: Path, said: Said) -> None:
    failed(machine)
    failed(machine, "success", "0")
    failed(machine)
    assert screen(machine) == ""


def test_what_stands_there_is_taken_away_once_it_has_begun(machine: Path, said: Said) -> None:
    trouble(machine, "ready")
    assert screen(machine) == screen(machine, "ttyAMA0") == "", "nothing stood there"
    failed(machine)
    failed(machine)
    trouble(machine, "ready")
    assert screen(machine) == "\033[2J\033[H"
    assert screen(machine, "ttyAMA0") == "The kiosk has started again.\r\n"


def test_what_the_program_said_can_not_steer_the_console(machine: Path, said: Said) -> None:
    said("Error: \033[2J\x07ä\n")
    failed(machine)
    failed(machine)
    assert "It said: Error: [2J" in words(machine)


def test_consoles_that_are_absent_are_left_out(machine: Path, said: Said) -> None:
    (machine / "dev/tty1").unlink()
    (machine / "sys/class/tty/console/active").unlink()
    failed(machine)
    failed(machine)
    assert sorted(path.name for path in (machine / "dev").iterdir()) == ["ttyAMA0"]


def test_what_is_told_is_what_is_true_by_then(machine: Path, said: Said) -> None:
    """The kiosk may have begun before the first text stands there."""
    failed(machine)
    run("trouble", machine, "ended", SERVICE_RESULT="exit-code", EXIT_CODE="exited", EXIT_STATUS="1")
    assert asked(machine) == [TELL, "--no-block start moodpost-journal.service"]
    run("trouble", machine, "ready")
    assert asked(machine) == [TELL]
    run("trouble", machine, "tell")
    assert screen(machine) == screen(machine, "ttyAMA0") == ""


def test_a_check_of_a_disk_that_takes_long_is_told(machine: Path) -> None:
    run("trouble", machine, "checking", "dev-mmcblk0p3")
    assert asked(machine) == ["is-active systemd-fsck@dev-mmcblk0p3.service"]
    for name in ("tty1", "ttyAMA0"):
        assert "THE CARD IS BEING CHECKED\r\n" in screen(machine, name)
    assert "Leave the power on." in words(machine)


def test_a_check_that_is_over_is_not_told(machine: Path) -> None:
    tell(machine, "active")
    run("trouble", machine, "checking", "dev-mmcblk0p3")
    assert screen(machine) == screen(machine, "ttyAMA0") == ""


def mounts(machine: Path, options: str, *, stick: bool) -> Callable[[], list[str]]:
    """A machine whose fstab says so of its boot partition; what was mounted and unmounted."""
    for name, does in {
        "findmnt": f"echo {options}",
        "mountpoint": "exit 0" if stick else "exit 1",
        "mount": f'echo "mount $*" >>{machine}/mounts',
        "umount": f'echo "umount $*" >>{machine}/mounts',
    }.items():
        (machine / "bin" / name).write_text(f"#!/bin/sh\n{does}\n", encoding="ascii")
        (machine / "bin" / name).chmod(0o755)
    path = machine / "mounts"
    return lambda: path.read_text(encoding="ascii").replace(str(machine), "").splitlines() if path.exists() else []


def test_a_first_boot_that_was_cut_off_leaves_nothing_writable(machine: Path) -> None:
    ran = mounts(machine, "ro,umask=0077,nofail", stick=True)
    run("firstboot-end", machine, SERVICE_RESULT="success")
    assert ran() == [], "it has seen to that itself"
    run("firstboot-end", machine, SERVICE_RESULT="timeout")
    assert ran() == ["mount -o remount,ro /boot/firmware", "umount /run/moodpost-firstboot/stick"]


def test_a_boot_partition_that_is_always_writable_stays_so(machine: Path) -> None:
    ran = mounts(machine, "defaults", stick=False)
    run("firstboot-end", machine, SERVICE_RESULT="signal")
    assert ran() == []


def kept(machine: Path) -> list[str]:
    return sorted(path.name for path in (machine / "var/lib/moodpost/system/journal").iterdir())


def test_the_end_of_the_journal_is_kept_in_whole_lines(machine: Path, said: Said) -> None:
    said("".join(f"{number:06} {'x' * 92}\n" for number in range(3_000)))
    run("journal-tail", machine)
    (name,) = kept(machine)
    assert name == f"000001-{BOOT.replace('-', '')}.log"
    lines = (machine / "var/lib/moodpost/system/journal" / name).read_text(encoding="ascii").splitlines()
    assert lines[-1].startswith("002999 ")
    assert {len(line) for line in lines} == {99}
    assert 199_900 - 100 <= 100 * len(lines) <= 200_000


def test_a_start_has_one_file_written_when_something_was_said(machine: Path, said: Said) -> None:
    said("one\n")
    run("journal-tail", machine)
    (name,) = kept(machine)
    path = machine / "var/lib/moodpost/system/journal" / name
    before = path.stat().st_ino
    run("journal-tail", machine)
    assert path.stat().st_ino == before, "nothing new: nothing written"
    said("one\ntwo\n")
    run("journal-tail", machine)
    assert kept(machine) == [name]
    assert path.read_text(encoding="ascii") == "one\ntwo\n"
    assert list((machine / "run").iterdir()) == []


def test_ten_starts_are_kept(machine: Path, said: Said) -> None:
    said("a line\n")
    for number in range(8, 21):
        (machine / "proc/sys/kernel/random/boot_id").write_text(f"{number:08x}-0000\n", encoding="ascii")
        run("journal-tail", machine)
    assert [name[:6] for name in kept(machine)] == [f"{number:06}" for number in range(4, 14)]


def test_without_the_data_nothing_is_kept(machine: Path, said: Said) -> None:
    (machine / "var/lib/moodpost/system/journal").rmdir()
    run("journal-tail", machine)


@pytest.fixture(scope="module")
def letters() -> ModuleType:
    # Not imported: that would leave byte code beside it, among files of which each is to be installed.
    module = ModuleType("big_letters")
    exec(compile((BIN / "big-letters").read_bytes(), "big-letters", "exec"), module.__dict__)
    return module


def test_each_dot_of_a_letter_becomes_four(letters: ModuleType) -> None:
    font = bytearray(2 * 32)
    font[32], font[33], font[47] = 0b10000001, 0b01100000, 0b11111111
    large = letters.doubled(bytes(font), 8, 2)
    assert len(large) == 2 * 32 * 2
    assert not any(large[:64])
    rows = [large[64 + 2 * row : 66 + 2 * row] for row in range(32)]
    assert rows[0] == rows[1] == bytes([0b11000000, 0b00000011])
    assert rows[2] == rows[3] == bytes([0b00111100, 0b00000000])
    assert rows[30] == rows[31] == b"\xff\xff"
    assert not any(any(row) for row in rows[4:30])


def test_a_width_that_is_no_whole_byte_stays_on_the_left(letters: ModuleType) -> None:
    font = bytearray(32)
    font[0] = 0b10000100  # six dots wide
    large = letters.doubled(bytes(font), 6, 1)
    assert large[:2] == bytes([0b11000000, 0b00110000])
