"""What is applied to the machine itself: its name, time servers, keys, and the size of its data partition.

All of it is repeated at each start that needs it, and none of it stops one. Only our own image is changed beyond time
servers: on another system its owner has set host name, networks and keys.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from hardware.apply import keyfile
from hardware.apply.deeds import Run
from image.errors import FirstBootError
from image.firstboot import hands
from image.firstboot.said import reason
from image.firstboot.source import Mounts
from kiosk.disk import sync_file, sync_folder

log = logging.getLogger(__name__)

MARKER = "usr/lib/moodpost/sd-card"
SYSTEMCTL, NMCLI, IW = "/usr/bin/systemctl", "/usr/bin/nmcli", "/usr/sbin/iw"
MODPROBE = "/usr/sbin/modprobe"
SFDISK, PARTX, RESIZE2FS = "/usr/sbin/sfdisk", "/usr/bin/partx", "/usr/sbin/resize2fs"
SSH_KEYGEN = "/usr/bin/ssh-keygen"
SERVICES = ("moodpost-kiosk.service", "moodpost-sync.service")
ROOM_SECTORS = 16_384
"""8 MiB, in sectors of 512: less is not worth growing into."""
GROW_S, SHORT_S = 120.0, 20.0
# sfdisk(8) reads what to do from its standard input: a start as it is, and all that is free behind it.
_GROW = 'echo ", +" | exec "$0" --quiet --no-reread --force -N "$1" "$2"'


class Machine:
    """The one below `root`, with `data` as its data folder."""

    def __init__(self, root: Path, data: Path, run: Run, mounts: Mounts, say: Callable[[str], None]) -> None:
        self._root = root
        self._system = data / "system"
        self._data = data
        self._run = run
        self._mounts = mounts
        self._say = say

    @property
    def is_ours(self) -> bool:
        """Whether this is our image."""
        return (self._root / MARKER).exists()

    def prepare(self) -> None:
        """Its identity, kept on the first start; later ones have it."""
        if self.is_ours:
            self._quietly("the machine's id", self._keep_machine_id)
            self._quietly("the ssh host key", self._make_host_key)

    def apply(self) -> None:
        """What a restart of this machine forgets."""
        if self.is_ours:
            self._quietly("the host name", self._name_host)
            self._quietly("the country of its Wi-Fi", self._set_country)
        self._quietly("time servers", self._set_time_servers)

    def take_over(self, *, network: bool) -> None:
        """Have programs that run already read the new settings; at a start none of them does."""
        if network and self.is_ours and self._works([SYSTEMCTL, "is-active", "--quiet", "NetworkManager.service"]):
            self._works([NMCLI, "connection", "reload"])
            for name in (keyfile.NAME, keyfile.CABLE):  # the one that is not there fails at once
                self._works([NMCLI, "--wait", "0", "connection", "up", "id", name])
        self._works([SYSTEMCTL, "--no-block", "try-restart", *SERVICES])
        if self.is_ours:  # passed over at the start where there was no key yet; its unit says when it is
            self._works([SYSTEMCTL, "--no-block", "start", "ssh.service"])

    def grow(self) -> None:
        """The data partition, to the end of the card."""
        if self.is_ours:
            self._quietly("the data partition's size", self._grow)

    def _quietly(self, what: str, step: Callable[[], None]) -> None:
        try:
            step()
        except (OSError, ValueError) as error:
            said = reason(error) if isinstance(error, OSError) else str(error)
            log.warning("%s could not be set: %s", what, said)
            self._say(f"{what} could not be set: {said}")

    def _works(self, argv: Sequence[str], seconds: float = SHORT_S) -> bool:
        with contextlib.suppress(OSError):
            return self._run(argv, seconds).code == 0
        return False

    def _must(self, argv: Sequence[str], seconds: float = SHORT_S) -> None:
        ran = self._run(argv, seconds)
        if ran.code:
            raise FirstBootError(f"{Path(argv[0]).name} could not do it: {ran.said or f'exit code {ran.code}'}")

    def _name_host(self) -> None:
        if name := (hands.content(self._system / "hostname", 256) or b"").strip():
            (self._root / "proc/sys/kernel/hostname").write_bytes(name)

    def _set_country(self) -> None:
        country = (hands.content(self._system / "country", 16) or b"").decode().strip()
        if re.fullmatch("[A-Z]{2}", country):
            self._works([MODPROBE, "--quiet", "cfg80211"])  # it has to be there to be told, so early it may not be
            self._works([IW, "reg", "set", country])

    def _set_time_servers(self) -> None:
        drop_in = self._root / "run/systemd/timesyncd.conf.d/moodpost.conf"
        wanted = hands.content(self._system / "timesyncd.conf", 65_536)
        before = hands.content(drop_in, 65_536)
        if wanted == before:
            return
        if wanted is None:
            hands.remove(drop_in)
        else:
            # timesyncd is not root, and passes over in silence what it may not look into.
            hands.own(drop_in.parent, 0o755, hands.ROOT)
            hands.put(drop_in, wanted, 0o644)
        self._works([SYSTEMCTL, "--no-block", "try-restart", "systemd-timesyncd.service"])

    def _keep_machine_id(self) -> None:
        kept = self._system / "machine-id"
        if kept.exists():
            return
        number = (hands.content(self._root / "etc/machine-id", 64) or b"").strip()
        if re.fullmatch(rb"[0-9a-f]{32}", number):
            hands.put(kept, number + b"\n", 0o444)

    def _make_host_key(self) -> None:
        folder = self._system / "ssh"
        key = folder / "ssh_host_ed25519_key"
        keygen = self._root / SSH_KEYGEN[1:]
        if key.exists() or not keygen.exists():
            return
        hands.folder(folder, 0o700)
        part = folder / "new_key"
        for old in (part, part.with_suffix(".pub")):
            hands.remove(old)
        self._must([SSH_KEYGEN, "-q", "-t", "ed25519", "-N", "", "-C", "moodpost", "-f", str(part)])
        for new in (part, part.with_suffix(".pub")):
            sync_file(new)
        # The private one last: as long as it is not there, both are made anew.
        hands.move(part.with_suffix(".pub"), key.with_suffix(".pub"))
        sync_folder(folder)
        hands.move(part, key)
        sync_folder(folder)
        sync_folder(self._system)

    def _grow(self) -> None:
        number = self._mounts.device(self._data)
        if number is None:
            return
        block = (self._root / "sys/dev/block" / number).resolve()
        if not (block / "partition").exists():
            return
        disk = block.parent

        def read(path: Path) -> int:
            return int(path.read_text(encoding="ascii"))

        which = read(block / "partition")
        free = read(disk / "size") - read(block / "start") - read(block / "size")
        others = [read(path.parent / "start") for path in disk.glob("*/partition") if path.parent != block]
        last = all(start < read(block / "start") for start in others)
        if free >= ROOM_SECTORS and last:
            self._say("growing the data partition to the end of the card")
            shell = ["/usr/bin/sh", "-c", _GROW, SFDISK, str(which), f"/dev/{disk.name}"]
            self._must(shell, GROW_S)
            self._must([PARTX, "--update", "--nr", str(which), f"/dev/{disk.name}"], GROW_S)
        size = str(read(block / "size")).encode()
        # Cut in between, the partition has grown and what is in it has not.
        if hands.content(self._system / "grown", 64) != size:
            self._must([RESIZE2FS, f"/dev/{block.name}"], GROW_S)
            if self._system.is_dir():
                hands.put(self._system / "grown", size)


def host_name(kiosk: str) -> str:
    """A kiosk's id as a label of RFC 1123: letters, digits and hyphens inside, at most 63."""
    label = re.sub(r"[^a-z0-9]+", "-", kiosk.lower()).strip("-")[:63].strip("-")
    return label or "moodpost"


def time_servers(names: Sequence[str]) -> bytes:
    """As systemd-timesyncd reads them (timesyncd.conf(5))."""
    return f"[Time]\nNTP={' '.join(names)}\n".encode()
