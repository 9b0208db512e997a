"""The units: what systemd says of them, and that they agree with the code on folders, names and users."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.apply import command, deeds, request
from image.build import card
from kiosk import cli
from kiosk.backstage import machine
from kiosk.outgoing import evidence
from tests.conftest import ROOT

SYSTEMD = ROOT / "systemd"
UNITS = sorted(SYSTEMD.glob("moodpost*.*"))
LATER = {"RestartSteps", "RestartMaxDelaySec"}
"""Keys that systemd has known since 254; trixie, for which these are, has 257."""
NOT_HERE = re.compile(r"Command /usr/(bin/moodpost|lib/moodpost/bin/)\S* is not executable: No such file or directory")


def listed(name: str) -> list[tuple[str, str]]:
    """Source and destination of each line."""
    lines = (SYSTEMD / name).read_text(encoding="utf-8").splitlines()
    return [(source, to) for source, to in (line.split() for line in lines if line and line[0] != "#")]


def values(unit: str, key: str) -> list[str]:
    """What a unit says of a key, all words of all its lines."""
    text = (SYSTEMD / unit).read_text(encoding="utf-8")
    return [word for line in re.findall(rf"^{key}=(.*)$", text, re.MULTILINE) for word in line.split()]


def made() -> dict[str, tuple[str, str, str, str]]:
    """By path: what tmpfiles makes there: kind, mode, user, group."""
    lines = (SYSTEMD / "tmpfiles/moodpost.conf").read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line and line[0] != "#"]
    return {path: (kind, mode, user, group) for kind, path, mode, user, group, _ in rows}


def run(*argv: str | Path, expected: int = 0) -> str:
    """What a program said, both ways."""
    ended = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert ended.returncode == expected, ended.stdout
    return ended.stdout


def test_each_file_is_installed_once_by_one_of_the_two_lists() -> None:
    both = listed("install.txt") + listed("image.txt")
    sources, places = [source for source, _ in both], [to for _, to in both]
    here = [path.relative_to(SYSTEMD).as_posix() for path in SYSTEMD.rglob("*") if path.is_file()]
    assert sorted(sources) == sorted(set(here) - {"README.md", "install.txt", "image.txt"})
    assert len(set(places)) == len(places)
    assert not [place for place in places if place.startswith("/") or ".." in place]
    for source, place in both:
        assert os.access(SYSTEMD / source, os.X_OK) == source.startswith("bin/"), source
        assert f"`{source}`" in (SYSTEMD / "README.md").read_text(encoding="utf-8"), source
        assert f"`/{place}`" in (SYSTEMD / "README.md").read_text(encoding="utf-8"), place


def test_systemd_has_nothing_to_say_against_any_unit() -> None:
    ended = subprocess.run(
        ["systemd-analyze", "--man=no", "verify", *UNITS], capture_output=True, text=True, check=False
    )
    said = [line for line in ended.stderr.splitlines() if not NOT_HERE.search(line)]
    unknown = [found[1] for line in said if (found := re.search(r"Unknown key(?: name)? '(\w+)'", line))]
    assert set(unknown) <= LATER
    assert len(said) == len(unknown), ended.stderr


@pytest.mark.parametrize(("unit", "most"), [("kiosk", 15), ("sync", 16)])
def test_the_sandboxes_are_as_tight_as_they_were_promised(unit: str, most: int) -> None:
    path = SYSTEMD / f"moodpost-{unit}.service"
    said = run("systemd-analyze", "security", "--no-pager", "--offline=yes", f"--threshold={most}", path)
    assert re.search(rf"Overall exposure level for moodpost-{unit}\.service: [01]\.\d", said)


def test_the_check_of_a_sandbox_can_fail(tmp_path: Path) -> None:
    path = tmp_path / "moodpost-kiosk.service"
    text = (SYSTEMD / path.name).read_text(encoding="utf-8")
    path.write_text(text.replace("PrivateUsers=yes\n", "").replace("NoNewPrivileges=yes\n", ""), encoding="utf-8")
    run("systemd-analyze", "security", "--no-pager", "--offline=yes", "--threshold=15", path, expected=1)


def test_the_users_are_made_with_one_group() -> None:
    lines = (SYSTEMD / "sysusers/moodpost.conf").read_text(encoding="utf-8").splitlines()
    rows = [line.split()[:3] for line in lines if line[0] != "#"]
    assert rows == [["g", "moodpost", "-"], ["u", "moodpost-kiosk", "-:moodpost"], ["u", "moodpost-sync", "-:moodpost"]]


def test_users_and_folders_are_made_as_the_files_say_and_made_again_without_harm(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    run("systemd-sysusers", f"--root={tmp_path}", SYSTEMD / "sysusers/moodpost.conf")
    users = dict(_columns(tmp_path / "etc/passwd", 0, 2))
    groups = dict(_columns(tmp_path / "etc/group", 0, 2))
    assert {group for _, group in _columns(tmp_path / "etc/passwd", 0, 3)} == {groups["moodpost"]}
    token = tmp_path / "var/lib/moodpost/secrets/token"
    for content in ("", "tok-3f9a0c"):
        run("systemd-tmpfiles", f"--root={tmp_path}", "--create", SYSTEMD / "tmpfiles/moodpost.conf")
        for name, (_, mode, user, group) in made().items():
            found = (tmp_path / name[1:]).stat()
            assert f"{found.st_mode & 0o7777:04o}" == mode.zfill(4), name
            assert found.st_uid == int({"root": "0", **users}[user]), name
            assert found.st_gid == int({"root": "0", **groups}[group]), name
        assert token.read_text(encoding="utf-8") == content
        token.write_text("tok-3f9a0c", encoding="utf-8")


def _columns(path: Path, *numbers: int) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split(":")
        yield [fields[number] for number in numbers]


def test_units_and_code_agree_on_the_folders() -> None:
    folders = made()
    assert machine.APPLY == command.FOLDER
    assert folders[machine.APPLY] == ("d", "0700", "moodpost-kiosk", "moodpost")
    assert values("moodpost-apply.path", "PathExistsGlob") == [f"{machine.APPLY}/*{request.REQUEST}"]
    assert request.STICK in folders
    for unit in ("moodpost-kiosk.service", "moodpost-sync.service"):
        environment = dict(each.split("=", 1) for each in values(unit, "Environment"))
        assert environment["MOODPOST_SETTINGS"] == "/var/lib/moodpost/settings/moodpost.toml"
        assert environment["MOODPOST_DATA"] == "/var/lib/moodpost/store"
        assert environment["MOODPOST_RUNTIME"] == "/run/moodpost"
        assert {environment["MOODPOST_DATA"], environment["MOODPOST_RUNTIME"]} <= set(folders)
        for word in values(unit, "ReadWritePaths"):
            assert word.removeprefix("-") in {*folders, "/sys/devices/platform"}
            assert word.startswith("-"), "a folder that is absent must not keep it from being started"


def test_each_may_write_what_is_its_own_and_nothing_else() -> None:
    own = {
        "kiosk": {"/var/lib/moodpost/store", "/run/moodpost", "/run/moodpost-apply", "/sys/devices/platform"},
        "sync": {"/var/lib/moodpost/store/sync", "/run/moodpost"},
    }
    for name, folders in own.items():
        unit = f"moodpost-{name}.service"
        assert {word.removeprefix("-") for word in values(unit, "ReadWritePaths")} == folders
        assert values(unit, "ProtectSystem") == ["strict"]
        assert values(unit, "User") == [f"moodpost-{name}"]
    # The token is sync's, by way of systemd; no process of ours can read the file.
    assert made()["/var/lib/moodpost/secrets"][1:] == ("0700", "root", "root")
    assert values("moodpost-sync.service", "LoadCredential") == [
        "token:/var/lib/moodpost/secrets/token",
        f"proxy:{deeds.DATA}/{deeds.PROXY}",
    ]


@pytest.mark.parametrize(("unit", "name"), [("kiosk", "kiosk"), ("sync", "sync")])
def test_the_commands_have_the_options_that_they_are_started_with(unit: str, name: str) -> None:
    program, called, *options = values(f"moodpost-{unit}.service", "ExecStart")
    assert (program, called) == ("/usr/bin/moodpost", name)
    cli.main.commands[name].make_context(name, options)


def test_the_kiosk_has_no_network_and_its_devices_by_class_alone() -> None:
    unit = "moodpost-kiosk.service"
    assert values(unit, "RestrictAddressFamilies") == ["AF_UNIX"]
    assert values(unit, "PrivateNetwork") == [], "it strikes out the interfaces' addresses, so it must see them"
    assert values(unit, "DevicePolicy") == ["closed"]
    assert values(unit, "DeviceAllow") == ["char-drm", "rw", "char-input", "rw", "char-gpiochip", "rw"]
    assert values("moodpost-sync.service", "PrivateDevices") == ["yes"]
    assert values("moodpost-sync.service", "SystemCallFilter")[-4:-2] == ["~mknod", "mknodat"]


def test_nothing_waits_for_network_or_time_and_nothing_is_required() -> None:
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        assert not re.search(
            r"^(After|Wants|Requires)=.*(network-online|time-sync|time-set|time-wait|settle)", text, re.M
        )
        assert not re.search(r"^(Requires|Requisite|BindsTo)=", text, re.M), unit.name


def test_kiosk_and_sync_are_never_given_up() -> None:
    for unit in ("moodpost-kiosk.service", "moodpost-sync.service"):
        assert values(unit, "Restart") == ["always"]
        assert values(unit, "StartLimitIntervalSec") == ["0"]
        assert int(values(unit, "RestartMaxDelaySec")[0]) <= 30
        assert (values(unit, "Type"), values(unit, "NotifyAccess")) == (["notify"], ["main"])
        assert values(unit, "WatchdogSec") == ["60"], "a slow card or a request may take nearly as long"
        assert int(values(unit, "TimeoutAbortSec")[0]) <= 5


def test_the_logs_of_a_support_bundle_are_those_of_units_that_there_are() -> None:
    assert set(evidence.UNITS) <= {unit.stem for unit in UNITS}


def test_what_writes_on_the_consoles_may_open_them() -> None:
    """Devices are kept from all that a unit runs, whatever stands before its commands: so it is a unit of its own."""
    program, called = values("moodpost-trouble.service", "ExecStart")
    assert (program, called) == ("/usr/lib/moodpost/bin/trouble", "tell")
    for key in ("DevicePolicy", "DeviceAllow", "PrivateDevices", "ProtectClock", "User"):
        assert values("moodpost-trouble.service", key) == [], key
    assert values("moodpost-trouble.service", "StartLimitIntervalSec") == ["0"]
    assert {"CAP_DAC_OVERRIDE", "CAP_SYS_TTY_CONFIG"} <= {*values("moodpost-trouble.service", "CapabilityBoundingSet")}
    assert values("moodpost-kiosk.service", "ExecStopPost") == ["+-/usr/lib/moodpost/bin/trouble", "ended"]
    assert values("moodpost-kiosk.service", "ExecStartPost") == ["+-/usr/lib/moodpost/bin/trouble", "ready"]


def test_a_first_boot_that_is_cut_off_is_cleared_up_after() -> None:
    assert values("moodpost-firstboot.service", "ExecStopPost") == ["-/usr/lib/moodpost/bin/firstboot-end"]


def test_what_first_boot_says_is_written_by_root_alone() -> None:
    assert made()["/run/moodpost-firstboot"] == ("d", "0750", "root", "moodpost")


def test_each_check_of_a_disk_has_somebody_who_tells_of_it() -> None:
    assert values("fsck/service.conf", "Wants") == ["moodpost-checking@%i.service"]
    assert ("fsck/service.conf", "usr/lib/systemd/system/systemd-fsck@.service.d/moodpost.conf") in listed("image.txt")
    assert values("moodpost-checking@.service", "DefaultDependencies") == ["no"]


COPIES = (8193, 24577, 40961, 57345)
"""Blocks of 1 KiB where an ext4 of 64 MB has copies of its superblock."""


def test_a_lost_superblock_of_data_is_put_back_before_it_is_checked(tmp_path: Path) -> None:
    instance = f"dev-disk-by\\x2dpartuuid-{card.DISK_ID:08x}\\x2d03"
    unit = f"usr/lib/systemd/system/systemd-fsck@{instance}.service.d/moodpost.conf"
    assert ("fsck/data.conf", unit) in listed("image.txt")
    line = (ROOT / "systemd/fsck/data.conf").read_text().partition("ExecStartPre=-")[2].strip()
    disk = tmp_path / "disk"
    plain = ("-t", "ext4", "-b", "1024", "-O", "^metadata_csum", "-L", "votes")
    subprocess.run(["/usr/sbin/mke2fs", "-q", *plain, disk, "64M"], check=True)
    (tmp_path / "there").mkdir()
    subprocess.run(["mount", "-o", "loop", disk, tmp_path / "there"], check=True)
    try:
        for number in range(100):
            (tmp_path / f"there/{number}").write_bytes(bytes(20_000))
        subprocess.run(["sync", "-f", tmp_path / "there"], check=True)
        cut = shutil.copy(disk, tmp_path / "cut")
    finally:
        subprocess.run(["umount", tmp_path / "there"], check=True)
    with Path(cut).open("r+b") as file:
        for block in COPIES:
            # As first boot leaves them, which grows the file system while its journal is in use: "needs recovery".
            file.seek(block * 1024 + 0x60)
            features = file.read(1)[0]
            file.seek(block * 1024 + 0x60)
            file.write(bytes([features | 0x4]))
    disk = Path(cut)

    def label() -> str:
        told = subprocess.run(
            ["/usr/sbin/blkid", "-p", "-s", "LABEL", "-o", "value", disk], capture_output=True, check=False
        )
        return told.stdout.decode().strip()

    words = shlex.split(line.replace("%f", str(disk)))
    before = disk.read_bytes()
    subprocess.run(words, check=True)
    assert disk.read_bytes() == before
    with disk.open("r+b") as file:
        file.seek(1024)
        file.write(bytes(1024))
    assert label() == ""
    subprocess.run(words, check=False, capture_output=True)
    assert label() == "votes"
    sound = subprocess.run(["/usr/sbin/e2fsck", "-fn", disk], capture_output=True, text=True, check=False)
    assert sound.returncode == 0, sound.stdout


def test_what_the_target_wants_is_there() -> None:
    wanted = values("moodpost.target", "Wants")
    assert set(wanted) <= {unit.name for unit in UNITS}
    assert {"moodpost-kiosk.service", "moodpost-sync.service", "moodpost-firstboot.service"} <= set(wanted)


def test_udev_gives_devices_to_the_kiosk() -> None:
    rules = (SYSTEMD / "udev/70-moodpost.rules").read_text(encoding="utf-8")
    assert set(re.findall(r'OWNER="([^"]*)"', rules)) == {"moodpost-kiosk"}
    for device in ("gpiochip", "card", "renderD", "event"):
        assert f"{device}[0-9]*" in rules
    assert "brightness" in rules
    assert "bl_power" in rules


def test_udev_knows_a_sticks_label_before_it_is_asked_for() -> None:
    names = [path.name for path in (SYSTEMD / "udev").iterdir() if "ID_FS_LABEL" in path.read_text(encoding="utf-8")]
    assert names
    assert min(names) > "60-persistent-storage.rules"


def test_no_unit_requires_the_data_so_that_all_start_without_it() -> None:
    """A mount unit is required by whatever lies below it, also by a program of the system (timesyncd was)."""
    assert not list(SYSTEMD.rglob("*.mount"))
    for path in SYSTEMD.rglob("*"):
        if path.is_file():
            assert "RequiresMountsFor" not in path.read_text(encoding="utf-8"), path


def test_the_saved_clock_lies_on_the_data_and_is_timesyncds_own() -> None:
    source, to = values("timesyncd/image.conf", "BindPaths")[0].removeprefix("-").split(":")
    rows = (SYSTEMD / "tmpfiles/image.conf").read_text(encoding="utf-8").splitlines()
    assert f"d {source} 0755 systemd-timesync systemd-timesync -" in rows
    assert to == "/var/lib/systemd/timesync"


def test_the_scripts_are_right_for_any_shell() -> None:
    scripts = [path for path in (SYSTEMD / "bin").iterdir() if path.read_bytes().startswith(b"#!/bin/sh")]
    assert len(scripts) == 3
    for script in scripts:
        run(shutil.which("dash") or "/bin/sh", "-n", script)
