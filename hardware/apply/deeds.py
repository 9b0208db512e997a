"""How each deed is done: files written and programs run, without a shell, by absolute paths, each with a deadline.

Runs as root. What a request holds reaches a program only where `request` and the checks here let it; nothing is logged.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from hardware.apply import keyfile, proxy, reasons
from hardware.apply.request import STICK, Cable, Deed, Mount, PowerOff, Proxy, Restart, Unmount, Wifi
from hardware.errors import ApplyError

LABEL = "MOODPOST"
FILE_SYSTEMS = ("vfat", "exfat")
SYSTEMCTL, NMCLI = "/usr/bin/systemctl", "/usr/bin/nmcli"
SYSTEMD_RUN, MOODPOST = "/usr/bin/systemd-run", "/usr/bin/moodpost"
SYNC = "moodpost-sync.service"
DATA, PROXY = "/var/lib/moodpost", "secrets/proxy"
LOOK = "moodpost-look"
"""The unit in which the way to the endpoint is tried: this process itself may open no line."""
MOUNT, UMOUNT, BLKID = "/usr/bin/mount", "/usr/bin/umount", "/usr/sbin/blkid"
JOIN_S = 30
"""How long a network may take to take this machine in."""
LOOK_S = 90.0
"""How long the way to the endpoint may take to be tried: its steps take 15 s, a small Pi some to begin."""
WAY_BACK_S = 20.0
"""Of a network's time what is kept for joining the one that stays."""
_MOST_SAID = 4_096


class Ran(msgspec.Struct, frozen=True):
    """A program that has ended."""

    code: int
    said: str
    """Its standard output, else its standard error."""


Run = Callable[[Sequence[str], float], Ran]
"""Runs a program, at most so many seconds. ApplyError where it is not there or takes longer."""


def run(argv: Sequence[str], seconds: float) -> Ran:
    """Run `argv` with nothing of this process: no input, no environment, no shell."""
    try:
        ended = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
            cwd="/",
            check=False,
        )
    except FileNotFoundError:
        raise ApplyError(f"{argv[0]} is not on this machine") from None
    except subprocess.TimeoutExpired:
        raise ApplyError(f"{Path(argv[0]).name} did not end within {seconds:g} s") from None
    except OSError as error:
        raise ApplyError(f"{argv[0]} can't be started ({error.strerror})") from None
    words = ended.stdout.strip() or ended.stderr.strip()
    return Ran(ended.returncode, words[:_MOST_SAID].decode(errors="replace"))


class Deeds:
    """Does them. `root` is where /etc, /dev, /proc and /run are looked for; `owner` (user, group) gets the stick."""

    def __init__(
        self,
        *,
        root: Path = Path("/"),
        owner: tuple[int, int] = (0, 0),
        run: Run = run,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = root
        self._owner = owner
        self._run = run
        self._steady = steady
        self._until = 0.0

    @property
    def stick(self) -> Path:
        """Where the stick stands once it is mounted."""
        return self._root / STICK[1:]

    def do(self, deed: Deed) -> str:
        """Do it, and say what was done; ApplyError where it can't be, with the reason."""
        self._until = self._steady() + deed.seconds
        match deed:
            case Restart():
                self._must([SYSTEMCTL, "--no-block", "reboot"])
                return "This machine starts anew."
            case PowerOff():
                self._must([SYSTEMCTL, "--no-block", "poweroff"])
                return "This machine switches itself off."
            case Wifi() | Cable():
                return self._network(deed)
            case Proxy():
                return self._proxy(deed)
            case Mount():
                return self._mount()
            case Unmount():
                return self._unmount()

    def _must(self, argv: Sequence[str]) -> str:
        ran = self._run(argv, self._left())
        if ran.code != 0:
            raise ApplyError(f"{Path(argv[0]).name} could not do it: {ran.said or f'exit code {ran.code}'}")
        return ran.said

    def _left(self) -> float:
        return max(1.0, self._until - self._steady())

    def _network(self, deed: Wifi | Cable) -> str:
        """Try it beside the network before, which it replaces once it was joined.

        So neither a typing mistake nor a power cut leaves the kiosk with a network that it can't join: until then the
        new one isn't joined after a start, afterwards a rename makes it the one. An address that was set by hand is
        taken by every network, right or wrong: it is kept where it leads to the endpoint, or as far as its proxy.
        """
        name = keyfile.name(deed)
        text, trial_text = keyfile.written(deed), keyfile.written(deed, trial=True)
        self._until -= WAY_BACK_S
        folder = self._root / "etc/NetworkManager/system-connections"
        trial, path = (folder / f"{each}.nmconnection" for each in (f"{name}{keyfile.TRIAL}", name))
        self._put(trial, trial_text)
        try:
            self._must([NMCLI, "connection", "reload"])
            self._join(f"{name}{keyfile.TRIAL}")
            if deed.ip:
                self._look(PROXY)
            self._put(path, text)
        except ApplyError as error:
            kept = self._back(trial, path, name)
            raise ApplyError(f"{_ended(str(error))} It was not changed: {kept}") from None
        # It was joined: should it not be at once under its own name, NetworkManager tries on.
        self._back(trial, path, name)
        return "The network is joined; it will be after each start."

    def _join(self, name: str) -> None:
        ran = self._run([NMCLI, "--wait", str(JOIN_S), "connection", "up", "id", name], self._left())
        if ran.code == 0:
            return
        states = ""
        if ran.code == reasons.TIMED_OUT:
            states = self._run([NMCLI, "-t", "-f", "TYPE,STATE", "device"], self._left()).said
        raise ApplyError(reasons.why(ran.said, states))

    def _look(self, proxy_file: str) -> None:
        """Have the way to the endpoint tried, as sync goes it; ApplyError with the step that failed."""
        credential = f"proxy:{self._root / DATA[1:] / proxy_file}"
        properties = [
            *("User=moodpost-sync", "Group=moodpost", f"LoadCredential={credential}", "SetCredential=proxy:\\n"),
            *("NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateDevices=yes", "PrivateTmp=yes"),
            *("RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "MemoryDenyWriteExecute=yes"),
            *(f"InaccessiblePaths=-{DATA}/secrets -{DATA}/system", f"RuntimeMaxSec={LOOK_S:.0f}"),
        ]
        look = [MOODPOST, "sync", "--look", "--settings", f"{DATA}/settings/moodpost.toml", "--data", f"{DATA}/store"]
        ran = self._run(
            [
                *(SYSTEMD_RUN, "--quiet", "--pipe", "--wait", "--collect", f"--unit={LOOK}"),
                *(word for each in properties for word in ("-p", each)),
                *(*look, "--proxy-file", f"/run/credentials/{LOOK}.service/proxy"),
            ],
            min(self._left(), LOOK_S),
        )
        if ran.code:
            said = ran.said.splitlines()[-1:] or ["the way to the endpoint can't be tried"]
            raise ApplyError(said[0])

    def _proxy(self, deed: Proxy) -> str:
        """Try it beside the one before, which it replaces once it led to the endpoint."""
        if deed.url and (refused := proxy.mistake(proxy.bare(deed.url))):
            raise ApplyError(f"the proxy's address can't be right: {refused}")
        path = self._root / DATA[1:] / PROXY
        trial = path.with_name(f"{path.name}{keyfile.TRIAL}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(trial, f"{deed.url or proxy.NONE}\n".encode())
            try:
                self._look(f"{PROXY}{keyfile.TRIAL}")
            except ApplyError as error:
                trial.unlink(missing_ok=True)
                raise ApplyError(f"{_ended(str(error))} It was not changed: the proxy before is kept") from None
            _write(path, trial.read_bytes())
            trial.unlink()
        except OSError as error:
            if isinstance(error, ApplyError):
                raise
            raise ApplyError(f"{path}: can't be written ({error.strerror})") from None
        self._run([SYSTEMCTL, "--no-block", "try-restart", SYNC], self._left())
        return "The endpoint is reached so; it will be after each start."

    def _put(self, path: Path, text: str) -> None:
        try:
            _write(path, text.encode())
        except OSError as error:
            raise ApplyError(
                f"{path}: can't be written ({error.strerror}). Is NetworkManager on this machine?"
            ) from None

    def _back(self, trial: Path, path: Path, name: str) -> str:
        """Let go of the one that was tried, and join the one that is kept; what became of that."""
        self._until += WAY_BACK_S
        there = path.exists()
        with contextlib.suppress(OSError, ApplyError):
            trial.unlink(missing_ok=True)
            self._run([NMCLI, "connection", "reload"], self._left())
            if not there:
                return "no other was set before"
            self._run([NMCLI, "--wait", "0", "connection", "up", "id", name], self._left())
            return "the one before is kept"
        return "NetworkManager doesn't answer: restart" if there else "no other was set before"

    def _mount(self) -> str:
        label = self._root / "dev/disk/by-label" / LABEL
        try:
            device = str(label.resolve(strict=True))
            number = label.stat().st_rdev
        except (OSError, RuntimeError):
            device, number = "", 0
        mounted = self._mounted()
        if device and mounted and mounted[-1] == f"{os.major(number)}:{os.minor(number)}":
            return "The stick is ready."
        for _ in mounted:  # one that was pulled out: nobody can write to it any more
            self._must([UMOUNT, "--lazy", str(self.stick)])
        if not device:
            raise ApplyError(f"no stick with the label {LABEL} is plugged in")
        kind = self._must([BLKID, "-p", "-s", "TYPE", "-o", "value", device])
        if kind not in FILE_SYSTEMS:
            raise ApplyError(f"the stick is formatted as {kind[:20] or 'nothing known'}; expected FAT32 or exFAT")
        try:
            self.stick.mkdir(mode=0o755, exist_ok=True)
        except OSError as error:
            raise ApplyError(f"{self.stick}: can't be made ({error.strerror})") from None
        user, group = self._owner
        options = f"rw,nosuid,nodev,noexec,noatime,uid={user},gid={group},umask=0077"
        self._must([MOUNT, "-t", kind, "-o", options, device, str(self.stick)])
        return "The stick is ready."

    def _unmount(self) -> str:
        if not self._mounted():
            return "The stick can be pulled out."
        self._must([UMOUNT, str(self.stick)])
        return "The stick can be pulled out."

    def _mounted(self) -> list[str]:
        """The devices (major:minor) that stand where the stick shall, the uppermost last."""
        try:
            lines = (self._root / "proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return []
        return [fields[2] for fields in map(str.split, lines) if fields[4:5] == [str(self.stick)]]


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?")) else f"{sentence}."


def _write(path: Path, data: bytes) -> None:
    """Put a file of root's own in its place whole, readable by nobody else at any time."""
    before = path.with_name(f".{path.name}.new")
    before.unlink(missing_ok=True)
    descriptor = os.open(before, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        before.replace(path)
    except BaseException:
        before.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
