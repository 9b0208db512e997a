"""Each deed as programs and files on a fake root: what is run, what is refused before, and how a failure is told."""

from __future__ import annotations

import stat
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from hardware.apply import deeds
from hardware.apply.deeds import BLKID, MOUNT, NMCLI, SYSTEMCTL, SYSTEMD_RUN, UMOUNT, Deeds, Ran
from hardware.apply.ip import Ip
from hardware.apply.request import Cable, Mount, PowerOff, Proxy, Restart, Unmount, Wifi
from hardware.errors import ApplyError

TOO_LATE = "Error: Timeout expired (30 seconds)"
STORE = Wifi("Store", "open sesame")


class PowerCut(BaseException):
    pass


class Root:
    """A machine on which programs are only noted; `answers` says by a program's words how it ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ran: list[list[str]] = []
        self.answers: dict[str, Ran] = {}
        for sub in ("dev/disk/by-label", "proc/self", "run", "etc/NetworkManager/system-connections"):
            (folder / sub).mkdir(parents=True)
        self.deeds = Deeds(root=folder, owner=(61_001, 61_000), run=self.run)
        self.profile = folder / "etc/NetworkManager/system-connections/moodpost.nmconnection"
        self.trial = self.profile.with_name("moodpost-new.nmconnection")
        self.cut_after = -1
        """Programs after which the power is cut."""

    def run(self, argv: Sequence[str], seconds: float) -> Ran:
        assert argv[0].startswith("/")
        assert 0 < seconds <= 160
        if len(self.ran) == self.cut_after:
            raise PowerCut
        self.ran.append(list(argv))
        return next((ran for words, ran in self.answers.items() if words in " ".join(argv)), Ran(0, ""))

    @property
    def proxy(self) -> Path:
        return self.folder / "var/lib/moodpost/secrets/proxy"

    def kept(self, name: str) -> str:
        return self.profile.with_name(f"{name}.nmconnection").read_text()

    def left(self) -> list[str]:
        return [path.name for path in self.profile.parent.iterdir()]

    def stick(self, kind: str = "vfat") -> Path:
        device = self.folder / "dev/sda1"
        device.touch()
        (self.folder / "dev/disk/by-label/MOODPOST").symlink_to("../../sda1")
        self.answers["blkid"] = Ran(0, kind)
        return device

    def is_mounted(self, number: str = "0:0") -> None:
        """By default it is the stick that is plugged in: a plain file stands for it, which has no number."""
        line = f"36 35 {number} / {self.deeds.stick} rw,nosuid - vfat /dev/sda1 rw\n"
        (self.folder / "proc/self/mountinfo").write_text(f"22 1 8:2 / / rw - ext4 /dev/root rw\n{line}")


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path)


@pytest.mark.parametrize(("deed", "word"), [(Restart(), "reboot"), (PowerOff(), "poweroff")])
def test_restart_and_power_off_are_systemds(root: Root, deed: Restart | PowerOff, word: str) -> None:
    assert root.deeds.do(deed)
    assert root.ran == [[SYSTEMCTL, "--no-block", word]]


def test_a_program_that_fails_is_told_with_its_own_words(root: Root) -> None:
    root.answers["reboot"] = Ran(1, "Access denied")
    with pytest.raises(ApplyError, match=r"^systemctl could not do it: Access denied$"):
        root.deeds.do(Restart())
    root.answers["poweroff"] = Ran(4, "")
    with pytest.raises(ApplyError, match="exit code 4"):
        root.deeds.do(PowerOff())


def test_a_network_is_written_for_root_alone_and_joined(root: Root) -> None:
    root.deeds.do(STORE)
    assert stat.S_IMODE(root.profile.stat().st_mode) == 0o600
    assert "psk=open\\ssesame" in root.profile.read_text()
    assert root.ran == [
        [NMCLI, "connection", "reload"],
        [NMCLI, "--wait", "30", "connection", "up", "id", "moodpost-new"],
        [NMCLI, "connection", "reload"],
        [NMCLI, "--wait", "0", "connection", "up", "id", "moodpost"],
    ]
    assert "sesame" not in str(root.ran), "an argument could be read by every user"
    assert [path.name for path in root.profile.parent.iterdir()] == [root.profile.name]


@pytest.mark.parametrize("cut_after", range(4))
def test_a_power_cut_leaves_the_network_before_or_one_that_was_joined(root: Root, cut_after: int) -> None:
    root.profile.write_text("the one before")
    root.cut_after = cut_after
    with pytest.raises(PowerCut):
        root.deeds.do(STORE)
    joined = cut_after >= 2
    assert ("psk=open\\ssesame" in root.profile.read_text()) == joined
    if root.trial.exists():
        assert "autoconnect=false" in root.trial.read_text(), "it must not be joined after a start"
    root.cut_after = -1
    root.deeds.do(Wifi("Other", "open sesame"))
    assert not root.trial.exists()
    assert "ssid=79;" in root.profile.read_text()


@pytest.mark.parametrize(
    "said",
    [
        "Error: Connection activation failed: Secrets were required, but not provided.",
        # What NetworkManager 1.52 says of the kernel's own radios (tests/image/test_wifi.py).
        "Passwords or encryption keys are required to access the wireless network 'Store'.",
    ],
)
def test_a_network_that_can_not_be_joined_leaves_the_one_before(root: Root, said: str) -> None:
    root.deeds.do(STORE)
    before = root.profile.read_bytes()
    root.answers["up"] = Ran(4, said)
    with pytest.raises(ApplyError) as caught:
        root.deeds.do(Wifi("Store", "wrong sesame"))
    assert str(caught.value) == (
        "the network does not let this kiosk in: is the passphrase right? It was not changed: the one before is kept"
    )
    assert root.profile.read_bytes() == before
    assert stat.S_IMODE(root.profile.stat().st_mode) == 0o600
    assert root.ran[-2:] == [
        [NMCLI, "connection", "reload"],
        [NMCLI, "--wait", "0", "connection", "up", "id", "moodpost"],
    ]


def test_a_network_manager_that_hangs_leaves_time_for_the_way_back(tmp_path: Path) -> None:
    root, now, given = Root(tmp_path), [0.0], []

    def hangs(argv: Sequence[str], seconds: float) -> Ran:
        given.append(seconds)
        now[0] += seconds
        raise ApplyError(f"{argv[0]} did not end within {seconds:g} s")

    root.profile.write_text("the one before")
    with pytest.raises(ApplyError, match="NetworkManager doesn't answer: restart"):
        Deeds(root=tmp_path, run=hangs, steady=lambda: now[0]).do(STORE)
    assert given == [140.0, 20.0]
    assert now[0] == STORE.seconds
    assert root.profile.read_text() == "the one before"


def test_a_first_network_that_can_not_be_joined_leaves_none(root: Root) -> None:
    root.answers["up"] = Ran(4, "no such network")
    with pytest.raises(ApplyError, match="It was not changed: no other was set before"):
        root.deeds.do(STORE)
    assert not root.profile.exists()


def test_without_network_manager_a_network_is_refused(root: Root) -> None:
    root.profile.parent.rmdir()
    with pytest.raises(ApplyError, match="Is NetworkManager on this machine"):
        root.deeds.do(STORE)
    assert root.ran == []


def test_a_network_that_can_not_be_is_refused_before_anything_is_written(root: Root) -> None:
    with pytest.raises(ApplyError, match="passphrase can't be right"):
        root.deeds.do(Wifi("Store", "short"))
    assert (root.profile.exists(), root.ran) == (False, [])


BY_HAND = Cable(Ip("10.0.0.7/24", "10.0.0.1", ("10.0.0.1",)))


@pytest.mark.parametrize("deed", [BY_HAND, Wifi("Store", "open sesame", BY_HAND.ip)])
def test_an_address_by_hand_is_kept_where_it_leads_to_the_endpoint(root: Root, deed: Cable | Wifi) -> None:
    root.deeds.do(deed)
    name = "moodpost-cable" if isinstance(deed, Cable) else "moodpost"
    assert "address1=10.0.0.7/24\ngateway=10.0.0.1\ndns=10.0.0.1;" in root.kept(name)
    (look,) = (argv for argv in root.ran if argv[0] == SYSTEMD_RUN)
    assert root.ran.index(look) > root.ran.index([NMCLI, "--wait", "30", "connection", "up", "id", f"{name}-new"])
    assert f"LoadCredential=proxy:{root.folder}/var/lib/moodpost/secrets/proxy" in look
    assert look[look.index("/usr/bin/moodpost") :][:3] == ["/usr/bin/moodpost", "sync", "--look"]
    assert root.left() == [f"{name}.nmconnection"]


def test_an_address_by_hand_that_leads_nowhere_leaves_the_one_before(root: Root) -> None:
    root.deeds.do(Cable())
    before = root.kept("moodpost-cable")
    assert "method=auto" in before
    root.answers["--look"] = Ran(
        1, "good link There is a link.\nNo name server answers: is the router on the internet?\n"
    )
    with pytest.raises(ApplyError) as caught:
        root.deeds.do(BY_HAND)
    assert str(caught.value) == (
        "No name server answers: is the router on the internet? It was not changed: the one before is kept"
    )
    assert root.kept("moodpost-cable") == before
    assert root.ran[-1] == [NMCLI, "--wait", "0", "connection", "up", "id", "moodpost-cable"]


def test_an_address_that_can_not_be_is_refused_before_anything_is_written(root: Root) -> None:
    with pytest.raises(ApplyError, match=r'^gateway: found "10.0.1.1", expected an address in 10.0.0.0/24$'):
        root.deeds.do(Cable(Ip("10.0.0.7/24", "10.0.1.1")))
    assert (root.left(), root.ran) == ([], [])


@pytest.mark.parametrize(
    ("ran", "devices", "said"),
    [
        (Ran(4, "Error: Connection activation failed: The Wi-Fi network could not be found"), "", "no such network"),
        (Ran(10, "Error: Connection activation failed: No suitable device found"), "", "has no adapter"),
        (Ran(4, "Error: Connection activation failed: IP configuration could not be reserved"), "", "gives no address"),
        (Ran(4, "Error: Connection activation failed: 802.1X supplicant took too long"), "", "is the passphrase right"),
        (Ran(4, "Error: Connection activation failed: Carrier/link changed"), "", "no cable is plugged in"),
        (
            Ran(3, TOO_LATE),
            "wifi:connecting (getting IP configuration)",
            "gives no address",
        ),
        (
            Ran(3, TOO_LATE),
            "wifi:connecting (need authentication)",
            "is the passphrase right",
        ),
        (Ran(3, TOO_LATE), "ethernet:connected", r"can't be joined \(Error: Timeout"),
        (Ran(1, ""), "", "NetworkManager gives no reason"),
    ],
)
def test_the_step_that_failed_is_told_in_words(root: Root, ran: Ran, devices: str, said: str) -> None:
    root.answers["up id moodpost-new"] = ran
    root.answers["TYPE,STATE device"] = Ran(0, devices)
    with pytest.raises(ApplyError, match=said):
        root.deeds.do(STORE)
    assert not root.profile.exists()


def test_a_proxy_is_kept_for_sync_where_it_leads_to_the_endpoint(root: Root) -> None:
    root.deeds.do(Proxy("http://kiosk:pass%20word@p.fi:3128"))
    assert root.proxy.read_text() == "http://kiosk:pass%20word@p.fi:3128\n"
    assert stat.S_IMODE(root.proxy.stat().st_mode) == 0o600
    assert [path.name for path in root.proxy.parent.iterdir()] == ["proxy"]
    assert f"LoadCredential=proxy:{root.proxy}-new" in root.ran[0]
    assert root.ran[1:] == [[SYSTEMCTL, "--no-block", "try-restart", "moodpost-sync.service"]]
    assert "pass" not in str(root.ran), "an argument could be read by every user"
    root.deeds.do(Proxy())
    assert root.proxy.read_text() == "none\n"


def test_a_proxy_that_leads_nowhere_leaves_the_one_before(root: Root) -> None:
    root.deeds.do(Proxy("http://p.fi:3128"))
    root.answers["--look"] = Ran(1, "The proxy wants a user and a password.")
    with pytest.raises(ApplyError, match=r"^The proxy wants a user and a password. It was not changed: the"):
        root.deeds.do(Proxy("http://kiosk:pass@p.fi:3128"))
    assert root.proxy.read_text() == "http://p.fi:3128\n"
    assert [path.name for path in root.proxy.parent.iterdir()] == ["proxy"]


@pytest.mark.parametrize("url", ["ftp://p.fi", "http://", "http://kiosk:pass@p.fi:3128/pac", "none"])
def test_a_proxy_that_can_not_be_is_refused_before_anything_is_tried(root: Root, url: str) -> None:
    with pytest.raises(ApplyError, match="the proxy's address can't be right") as caught:
        root.deeds.do(Proxy(url))
    assert "pass" not in str(caught.value)
    assert root.ran == []


@pytest.mark.parametrize("kind", ["vfat", "exfat"])
def test_a_stick_is_mounted_so_that_nothing_on_it_can_do_harm(root: Root, kind: str) -> None:
    device = root.stick(kind)
    root.deeds.do(Mount())
    options = "rw,nosuid,nodev,noexec,noatime,uid=61001,gid=61000,umask=0077"
    assert root.ran == [
        [BLKID, "-p", "-s", "TYPE", "-o", "value", str(device)],
        [MOUNT, "-t", kind, "-o", options, str(device), str(root.folder / "run/moodpost-stick")],
    ]


@pytest.mark.parametrize("kind", ["ext4", "ntfs", "iso9660", "vfat\nexfat", ""])
def test_a_stick_of_any_other_format_is_refused(root: Root, kind: str) -> None:
    root.stick(kind)
    with pytest.raises(ApplyError, match="expected FAT32 or exFAT"):
        root.deeds.do(Mount())
    assert [argv[0] for argv in root.ran] == [BLKID]


def test_without_a_stick_of_that_label_it_is_asked_for(root: Root) -> None:
    with pytest.raises(ApplyError, match="no stick with the label MOODPOST is plugged in"):
        root.deeds.do(Mount())
    (root.folder / "dev/disk/by-label/MOODPOST").symlink_to("../../gone")
    with pytest.raises(ApplyError, match="no stick"):
        root.deeds.do(Mount())


def test_what_is_mounted_is_not_mounted_twice_and_what_is_not_is_not_unmounted(root: Root) -> None:
    assert root.deeds.do(Unmount()) == "The stick can be pulled out."
    assert root.ran == []
    root.stick()
    root.is_mounted()
    assert root.deeds.do(Mount()) == "The stick is ready."
    assert root.ran == []
    root.deeds.do(Unmount())
    assert root.ran == [[UMOUNT, str(root.deeds.stick)]]


def test_a_stick_that_was_pulled_out_gives_way_to_the_one_that_is_there(root: Root) -> None:
    device = root.stick()
    root.is_mounted("8:1")
    root.deeds.do(Mount())
    assert [argv[0] for argv in root.ran] == [UMOUNT, BLKID, MOUNT]
    assert root.ran[0] == [UMOUNT, "--lazy", str(root.deeds.stick)]
    assert root.ran[-1][-2] == str(device)


def test_a_stick_that_was_pulled_out_is_not_called_ready(root: Root) -> None:
    root.is_mounted("8:1")
    with pytest.raises(ApplyError, match="no stick with the label MOODPOST is plugged in"):
        root.deeds.do(Mount())
    assert root.ran == [[UMOUNT, "--lazy", str(root.deeds.stick)]]


def test_a_stick_that_is_in_use_stays(root: Root) -> None:
    root.is_mounted()
    root.answers["umount"] = Ran(32, "umount: target is busy.")
    with pytest.raises(ApplyError, match="target is busy"):
        root.deeds.do(Unmount())


def test_a_real_program_is_run_without_this_process_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "open sesame")
    ran = deeds.run(["/usr/bin/env"], 20.0)
    assert (ran.code, "SECRET" in ran.said, "LC_ALL=C.UTF-8" in ran.said) == (0, False, True)
    assert deeds.run(["/bin/echo", "$HOME; ls"], 20.0) == Ran(0, "$HOME; ls")
    assert deeds.run(["/bin/sh", "-c", "echo why >&2; exit 3"], 20.0) == Ran(3, "why")


def test_a_real_program_that_hangs_is_ended_and_one_that_is_absent_is_told() -> None:
    began = time.monotonic()
    with pytest.raises(ApplyError, match=r"^sleep did not end within 0\.2 s$"):
        deeds.run(["/bin/sleep", "60"], 0.2)
    assert time.monotonic() - began < 20
    with pytest.raises(ApplyError, match=r"^/usr/bin/absent is not on this machine$"):
        deeds.run(["/usr/bin/absent"], 5.0)
