"""A card's boot partition, a data folder and a machine in a folder, for first boot to run on without root."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from hardware.apply.deeds import Ran
from image.firstboot.once import Once, Places
from image.firstboot.store import Accounts
from tests.conftest import ROOT

SECRETS = (b"s3cret-token", b"open sesame", b"246813")
SETTINGS = b"""\
[kiosk]
id = "south.exit"
timezone = "Europe/Helsinki"

[endpoint]
url = "https://feedback.example.com"
token = "s3cret-token"

[wifi]
ssid = "Store"
passphrase = 'open sesame'
country = "FI"

[technician]
pin = "246813"
"""
BLANKED = (
    SETTINGS.replace(b'"s3cret-token"', b'""'.ljust(14))
    .replace(b"'open sesame'", b'""'.ljust(13))
    .replace(b'"246813"', b'""'.ljust(8))
)
PLAIN = b"".join(
    line
    for line in SETTINGS.splitlines(keepends=True)
    if not line.startswith((b"token", b"passphrase", b"pin", b"[tech"))
)
"""Without secrets, not even empty ones."""
PUBLIC_KEY = b"ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519" + b"\0\0\0\x20" + b"Moodpost" * 4) + b" desk\n"


class Card:
    """`boot` as an installer left it; `go` is a start of the machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.boot = root / "boot/firmware"
        self.data = root / "var/lib/moodpost"
        self.runtime = root / "run/moodpost-firstboot"
        self.ran: list[list[str]] = []
        self.answers: dict[str, Ran] = {}
        self.said: list[str] = []
        self.mounts: dict[Path, str] = {}
        self.stick = root / "stick"
        for folder in (self.boot, self.runtime, self.data.parent, root / "proc/self", root / "proc/sys/kernel"):
            folder.mkdir(parents=True)

    def put(self, name: str, data: bytes) -> Path:
        path = self.boot / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return path

    def mark_as_ours(self) -> None:
        """As if it were our image: the data folder is a partition of its own."""
        marker = self.root / "usr/lib/moodpost/sd-card"
        marker.parent.mkdir(parents=True)
        marker.touch()
        self.install("kiosk/__init__.py", (ROOT / "kiosk/__init__.py").read_text(encoding="utf-8"))
        self.mount(self.data)

    def install(self, name: str, text: str) -> None:
        """One of the program's files."""
        path = self.root / "usr/lib/moodpost" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def mount(self, place: Path, how: str = "rw", device: str = "8:3") -> None:
        """What the kernel says of it."""
        self.mounts[place] = f"36 35 {device} / {place} {how},noatime - ext4 /dev/sda3 {how}\n"
        (self.root / "proc/self/mountinfo").write_text(
            "22 1 8:2 / / rw - ext4 /dev/root rw\n" + "".join(self.mounts.values())
        )

    def run(self, argv: Sequence[str], seconds: float) -> Ran:
        assert argv[0].startswith("/")
        assert 0 < seconds <= 120
        self.ran.append(list(argv))
        line = " ".join(argv)
        ended = next((ran for words, ran in self.answers.items() if words in line), Ran(0, ""))
        for how in ("ro", "rw"):
            if f"remount,{how}" in line and ended.code == 0:
                self.mount(Path(argv[-1]), how)
        if ended.code == 0 and argv[:2] == ["/usr/bin/mount", "-t"]:
            Path(argv[-1]).rmdir()
            self.stick.rename(argv[-1])
        if argv[0] == "/usr/bin/umount":
            Path(argv[-1]).rename(self.stick)
        return ended

    def plug_in(self, kind: str = "vfat", **files: bytes) -> None:
        """A stick labelled MOODPOST; its files stand in `stick` while it is not mounted."""
        label = self.root / "dev/disk/by-label/MOODPOST"
        label.parent.mkdir(parents=True, exist_ok=True)
        (self.root / "dev/sda1").touch()
        label.symlink_to("../../sda1")
        self.stick.mkdir(exist_ok=True)
        for name, data in files.items():
            (self.stick / f"{name}.toml").write_bytes(data)
        self.answers["blkid"] = Ran(0, kind)

    def pull_out(self) -> None:
        (self.root / "dev/disk/by-label/MOODPOST").unlink()

    def go(self) -> bool:
        places = Places(self.boot, self.data, self.runtime, self.root)
        return Once(places, self.run, self.said.append, Accounts(), clock=lambda: 1_000).go()

    @property
    def refused(self) -> list[str]:
        path = self.runtime / "settings-refused"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def unblanked(self) -> list[str]:
        path = self.runtime / "unblanked"
        return path.read_text().splitlines() if path.exists() else []

    def stored(self, name: str) -> bytes:
        return (self.data / name).read_bytes()

    def tree(self) -> dict[str, bytes]:
        """Everything that is stored, but for how far first boot is."""
        found = {}
        for path in sorted(self.data.rglob("*")):
            name = str(path.relative_to(self.data))
            if not name.startswith(("system/stag", "system/firstboot.", "system/.firstboot.")) and (
                path.is_symlink() or path.is_file()
            ):
                found[name] = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        return found

    def has_secrets(self) -> list[Path]:
        """Files on the card that hold one."""
        return [
            path
            for path in self.boot.rglob("*")
            if path.is_file() and any(secret in path.read_bytes() for secret in SECRETS)
        ]


def survey(id_: str = "lunch", extra: str = "") -> bytes:
    """A short one that can be asked."""
    return f"""\
id = "{id_}"
version = 1
languages = ["en"]
{extra}
[question]
id = "it"
text = {{ en = "How was it?" }}
[[faces]]
label = {{ en = "Good" }}
[[faces]]
label = {{ en = "Bad" }}
[thanks]
text = {{ en = "Thank you!" }}
""".encode()
