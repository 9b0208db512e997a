"""The parts of a support bundle: which files, commands and tables tell what is wrong. Scrubs nothing; reads only.

`root` is where /proc, /sys and /etc are looked for.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import re
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import msgspec

from hardware import board
from kiosk import __version__, aside, files
from kiosk.errors import KioskError, SettingsError
from kiosk.figures.gathered import Gathered
from kiosk.figures.reconcile import reconcile
from kiosk.outgoing.bundle import Entry, Part, Unreadable, write
from kiosk.outgoing.said import Run, command, text
from kiosk.outgoing.scrub import Kind, Known, Scrubber, derived
from kiosk.outgoing.whole import written
from kiosk.reader import sync_db
from kiosk.settings import Settings, secrets_in

UNITS = ("moodpost-kiosk", "moodpost-sync", "moodpost-apply")
_LOG_LINES = 10_000
_MOST_TEXTS = 200
_LEAST_TEXT = 8
_LEAST_SECRET = 4
_KEYFILE: dict[str, Kind] = {"ssid": "wifi name", "id": "wifi name", "psk": "secret", "password": "secret"}
_MULTILINE = re.compile(r"""(\"{3}|'{3})""")
_ASSIGNED = re.compile(
    r"""\b(token|passphrase|pin|proxy_password|ssid)["']?\s*=\s*(?:\"{3}(.*?)\"{3}|'{3}(.*?)'{3}|"((?:\\.|[^"\\\n])*)"?|'([^'\n]*)'?)""",
    re.DOTALL,
)


class Place(msgspec.Struct, frozen=True):
    """Where to look."""

    data: Path
    settings: Path | None
    root: Path = Path("/")

    @property
    def surveys(self) -> list[Path]:
        """The files beside the settings that say what is asked."""
        if self.settings is None:
            return []
        found = [self.settings.with_name("survey.toml"), *sorted(self.settings.with_name("surveys").glob("*.toml"))]
        return [path for path in found if path.is_file()]


def collect(
    target: Path,
    place: Place,
    *,
    status: Callable[[], str] | None = None,
    secrets: Iterable[str] = (),
    run: Run = command,
    force: bool = False,
) -> list[Entry]:
    """Write the bundle to the file `target`, its owner's alone; what became of each part.

    `status` gives what the doctor says, as JSON; `secrets` are those that stand in no settings file (a token in a file
    of its own). FileError where `target` can't be written. Settings with mistakes are no obstacle.
    """
    head = [f"from data in {place.data.name}/, settings {place.settings.name if place.settings else 'none'}"]
    settings = None
    try:
        settings = files.settings(place.settings) if place.settings else None
    except SettingsError as error:
        head += [f"the settings have mistakes: {len(error.mistakes)}"]
    scrubber = Scrubber([*known(settings, place.data, secrets, place.root), *_written_in(place.settings)])
    with written(target, force=force) as file:
        return write(file, parts(place, status=status, run=run), scrubber, head)


def parts(place: Place, *, status: Callable[[], str] | None = None, run: Run = command) -> list[Part]:
    """All parts, in the order in which somebody reads them. `status` gives the doctor's JSON; `run` runs a command."""
    found = [Part("status.json", "what the doctor says", partial(_status, status))]
    found += [Part("versions.txt", "versions of everything", _versions, versions=True)]
    found += [Part("system.txt", "board, memory, load", partial(_system, place.root))]
    found += [Part("disks.txt", "disks and how full they are", partial(_disks, place))]
    found += [Part("votes.txt", "how many responses, where, and since when", partial(_votes, place.data))]
    found += [Part("sync.txt", "what sync left in sync.db", partial(_sync, sync_db(place.data)))]
    if place.settings is not None:
        found += [Part(f"settings/{place.settings.name}", "the settings", partial(_settings, place.settings))]
    found += [Part(f"settings/{path.name}", "a survey", partial(text, path)) for path in place.surveys]
    for unit in UNITS:
        argv = ["journalctl", "--unit", unit, "--lines", str(_LOG_LINES), "--output", "short-iso", "--no-hostname"]
        found += [Part(f"logs/{unit}.txt", "its log", partial(run, [*argv, "--no-pager"]))]
    with contextlib.suppress(OSError):
        logs = sorted(path for path in place.data.glob("*.log") if path.is_file())
        found += [Part(f"logs/{path.name}", "a log file", partial(text, path)) for path in logs]
    found += [Part("logs/kernel.txt", "the kernel's log", partial(run, ["dmesg", "--time-format", "iso"]))]
    return found


def known(settings: Settings | None, data: Path, extra: Iterable[str] = (), root: Path = Path("/")) -> list[Known]:
    """What is known to be secret on this machine, so that it is found however it is written."""
    found = [Known("secret", value) for value in extra]
    if settings is not None:
        found += [Known("secret", value) for value in secrets_in(settings)]
        if settings.wifi is not None:
            passphrase = settings.wifi.passphrase.reveal()
            found += [Known("wifi name", settings.wifi.ssid)]
            found += [Known("secret", derived(settings.wifi.ssid, passphrase))] if passphrase else []
    serials = [board.serial(root), _word(root / "etc/machine-id")]
    serials += [_word(path) for pattern in ("cid", "serial") for path in root.glob(f"sys/block/*/device/{pattern}")]
    serials += [_word(root / "sys/class/dmi/id/product_serial"), _word(root / "sys/class/dmi/id/product_uuid")]
    found += [Known("serial", serial) for serial in serials if len(serial) >= 6]
    macs = [_word(path) for path in root.glob("sys/class/net/*/address")]
    found += [Known("address", mac) for mac in macs if mac.count(":") >= 5 and mac.strip("0:")]
    found += _networks(root)
    found += [Known("address", mac.replace(":", "")) for mac in macs if mac.count(":") >= 5 and mac.strip("0:")]
    return found + [Known("text", typed) for typed in _typed(data)]


def _networks(root: Path) -> list[Known]:
    """What NetworkManager knows of networks, where this user may read it."""
    found = []
    with contextlib.suppress(OSError):
        for path in sorted(root.glob("etc/NetworkManager/system-connections/*")):
            with contextlib.suppress(OSError):
                for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                    key, _, value = (part.strip() for part in line.partition("="))
                    if value and key in _KEYFILE:
                        found.append(Known(_KEYFILE[key], value))
    return found


def _written_in(path: Path | None) -> list[Known]:
    """What looks like a secret in the settings file, be it commented out or the file full of mistakes."""
    try:
        said = path.read_text(encoding="utf-8", errors="replace") if path else ""
    except OSError:
        return []
    return [
        Known("wifi name" if key == "ssid" else "secret", value)
        for key, *values in _ASSIGNED.findall(said)
        for value in values
        if len(value) >= _LEAST_SECRET
    ]


def _settings(path: Path) -> Iterator[str]:
    """The settings without texts over several lines: there a secret has no sign before it."""
    closing = ""
    for line in text(path):
        if closing:
            closing = "" if closing in line else closing
            continue
        opened = _MULTILINE.search(line)
        if opened and opened[1] not in line[opened.end() :]:
            closing = opened[1]
            yield line[: opened.start()] + "[a text of several lines]"
        else:
            yield line


def _typed(data: Path) -> list[str]:
    """The last answers in open text: an endpoint's refusal may quote one."""
    typed: dict[str, None] = {}
    try:
        with Gathered(data) as gathered:
            for source in gathered.sources:
                for row in source.reader.newest_texts(_MOST_TEXTS):
                    if len(row) >= _LEAST_TEXT:
                        typed[row] = None
    except KioskError:
        return []
    return list(typed)[:_MOST_TEXTS]


def _status(status: Callable[[], str] | None) -> Iterator[str]:
    if status is None:
        raise Unreadable("the doctor was not asked")
    yield from status().splitlines()


def _versions() -> Iterator[str]:
    yield f"moodpost {__version__}"
    yield f"python {platform.python_version()} ({sys.implementation.name})"
    yield f"sqlite {sqlite3.sqlite_version}"
    yield f"kernel {platform.release()} {platform.machine()}"
    for name, version in sorted(
        {((dist.metadata["Name"] or "?").lower(), dist.version) for dist in importlib.metadata.distributions()}
    ):
        yield f"{name} {version}"


def _system(root: Path) -> Iterator[str]:
    for name in (
        "proc/device-tree/model",
        "proc/uptime",
        "proc/loadavg",
        "proc/cmdline",
        "proc/meminfo",
        "proc/net/dev",
    ):
        try:
            said = (root / name).read_text(encoding="utf-8", errors="replace").replace("\0", " ").strip()
        except OSError as error:
            said = f"can't be read ({error.strerror})"
        yield f"/{name}:"
        yield from said.splitlines()[:20]


def _disks(place: Place) -> Iterator[str]:
    for line in (place.root / "proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines():
        device, point, kind, *_ = [*line.split(" "), "", "", ""]
        if not device.startswith("/dev/"):
            continue
        yield line
        try:
            found = os.statvfs(point)
        except OSError as error:
            yield f"  can't be asked ({error.strerror})"
            continue
        size, free = (blocks * found.f_frsize / 1e6 for blocks in (found.f_blocks, found.f_bavail))
        yield f"  {kind}: {free:,.0f} MB free of {size:,.0f} MB, {found.f_favail:,} files may be added"
    for path in sorted(place.data.rglob("*")):
        with contextlib.suppress(OSError):
            found_ = path.lstat()
            yield f"{path.relative_to(place.data)}: {found_.st_size:,} bytes, mode {found_.st_mode & 0o7777:04o}"


def _votes(data: Path) -> Iterator[str]:
    for case in aside.cases(data):
        yield f"{case.folder.name}, set aside: {case.why}; {case.result or 'not read yet'}"
    try:
        even = reconcile(data)
        yield even.said
        for name in ("given", "acknowledged", "waiting", "aside", "missing", "ahead"):
            yield f"{name}: {getattr(even, name):,}"
        yield from even.where
        with Gathered(data) as gathered:
            for source in gathered.sources:
                yield f"{source.name}: highest row {source.last:,}"
                yield from (f"  from row {epoch.first:,}: epoch {epoch.id}" for epoch in source.epochs)
                for boot in source.boots[-20:]:
                    anchors = ", ".join(f"{a.by} {a.wall_ms} at {a.boottime_ms}" for a in boot.anchors) or "no anchor"
                    yield f"  boot {boot.number}: {anchors}"
    except KioskError as error:
        raise Unreadable(str(error)) from None


def _sync(path: Path) -> Iterator[str]:
    if not path.exists():
        raise Unreadable("sync has not run here yet")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5.0)
        with contextlib.closing(connection):
            for table, columns in (("status", "key, value"), ("watermarks", "epoch, seq"), ("forks", "epoch, seq")):
                for row in connection.execute(f"SELECT {columns} FROM {table} LIMIT 1000"):
                    yield f"{table}: {': '.join(str(value)[:2_000] for value in row)}"
            # why a row was refused may quote it
            for row in connection.execute("SELECT epoch, seq FROM aside LIMIT 1000"):
                yield f"aside: {row[0]}: {row[1]}"
    except sqlite3.Error as error:
        raise Unreadable(f"{path}: can't be read ({error})") from None


def _word(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip("\0\n ")
    except OSError:
        return ""
