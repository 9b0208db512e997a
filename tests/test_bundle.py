"""The support bundle: everything that helps is in it, and nothing of what was planted in every source."""

from __future__ import annotations

import base64
import io
import os
import stat
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from kiosk.cli import main
from kiosk.outgoing import bundle, said
from kiosk.outgoing.bundle import MOST_BYTES, Part, Unreadable
from kiosk.outgoing.evidence import Place, collect, parts
from kiosk.outgoing.scrub import Known, Scrubber, derived
from kiosk.reader import sync_db
from sync.state import SyncState, make_folder
from tests.filled import a_row, fill

TOKEN = "kX9-planted/Token+77"
PASSPHRASE = "planted passphrase &~"
PIN = "805174"
SSID = "Planted Net 5G"
SERIAL = "10000000f00dcafe"
TYPED = "planted words of a visitor"
OTHER_TOKEN = "in-a-file-of-its-own-42"

PLANTED = {
    "token": TOKEN,
    "token, capitals": TOKEN.upper(),
    "token, url": quote(TOKEN, safe=""),
    "token, hex": TOKEN.encode().hex(),
    "token, base64": base64.b64encode(TOKEN.encode()).decode(),
    "token, base64 of user:token": base64.b64encode(b"kiosk:" + TOKEN.encode()).decode(),
    "passphrase": PASSPHRASE,
    "passphrase, capitals": PASSPHRASE.upper(),
    "passphrase, url": quote(PASSPHRASE, safe=""),
    "passphrase, hex": PASSPHRASE.encode().hex(),
    "passphrase, base64": base64.b64encode(PASSPHRASE.encode()).decode(),
    "passphrase's key": derived(SSID, PASSPHRASE),
    "PIN": PIN,
    "another token": OTHER_TOKEN,
    "Wi-Fi name": SSID,
    "serial": SERIAL,
    "answer": TYPED,
    "IPv4": "10.77.3.9",
    "IPv6": "2001:db8:77::9",
    "MAC": "b8:27:eb:77:03:09",
    "MAC, dashes": "B8-27-EB-77-03-09",
    "MAC, bare": "b827eb770309",
    "user and password": "joe:planted@",
    "query": "key=planted-query",
    "user": "/home/pekka",
    "mail": "pekka@planted.example",
}
LINES = [f"kiosk said {value} again" for what, value in PLANTED.items() if what not in ("user and password", "query")]
LINES += [
    "https://joe:planted@feedback.example.com/v1?key=planted-query",
    "/home/pekka/x",
    "Nov 26 host kernel: all well",
]

SETTINGS = f"""\
[kiosk]
id = "test-kiosk"
[endpoint]
url = "https://feedback.example.com"
token = "{TOKEN}"
[wifi]
ssid = "{SSID}"
passphrase = "{PASSPHRASE}"
[technician]
pin = "{PIN}"
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A kiosk's folder and a root in which everything that can be read holds everything planted."""
    data, root = tmp_path / "data", tmp_path / "root"
    fill(data, [a_row(1, 1, "vote", "4/4", 0), a_row(2, 1, "text", TYPED, 0, 1)])
    state = SyncState(make_folder(data))
    for number, line in enumerate(LINES):
        state.note(f"alarm{number}", line)
    state.set_aside("e" * 16, 2, f"refused: {TYPED}")
    state.close()
    (data / "kiosk.log").write_text("\n".join(LINES), encoding="utf-8")
    settings = tmp_path / "moodpost.toml"
    settings.write_text(SETTINGS + "".join(f"# {line}\n" for line in LINES), encoding="utf-8")
    (tmp_path / "survey.toml").write_text("".join(f"# {line}\n" for line in LINES), encoding="utf-8")
    files = {
        "proc/device-tree/serial-number": SERIAL + "\0",
        "proc/device-tree/model": "Raspberry Pi Zero 2 W\0",
        "proc/cmdline": " ".join(LINES),
        "proc/mounts": f"/dev/mmcblk0p2 / ext4 rw,{' '.join(LINES)} 0 0\n",
        "proc/meminfo": "\n".join(LINES[:15]),
        "proc/loadavg": "\n".join(LINES[15:]),
        "proc/uptime": "1 2",
        "proc/net/dev": "eth0",
        "etc/os-release": "\n".join(LINES),
        "etc/machine-id": "0123456789abcdef0123456789abcdef",
        "sys/class/net/wlan0/address": "b8:27:eb:77:03:09",
        "etc/NetworkManager/system-connections/x.nmconnection": "[wifi]\nssid=Neighbour planted\npsk=old-planted-psk",
    }
    for name, said_ in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(said_, encoding="utf-8")
    return Place(data, settings, root)


def run(argv: Sequence[str]) -> Iterator[str]:
    yield from LINES
    yield f"{argv[0]} saw Neighbour planted and old-planted-psk"


def unpacked(target: Path) -> dict[str, str]:
    with zipfile.ZipFile(target) as found:
        return {name: found.read(name).decode() for name in found.namelist()}


def made(place: Place, target: Path, **how: object) -> dict[str, str]:
    given: dict[str, object] = {"status": lambda: "\n".join(LINES), "secrets": [OTHER_TOKEN], "run": run, **how}
    collect(target, place, **given)  # type: ignore[arg-type]
    return unpacked(target)


def test_nothing_that_was_planted_is_in_any_part(place: Place, tmp_path: Path) -> None:
    found = made(place, tmp_path / "b.zip")
    assert len(found) >= 13
    for part, text in found.items():
        for what, value in PLANTED.items():
            assert value.lower() not in text.lower(), f"{what} is in {part}"
        assert "planted" not in text.lower(), part
    assert sum("[secret " in text and "[address " in text and "[wifi name " in text for text in found.values()) >= 8


def test_what_helps_is_there(place: Place, tmp_path: Path) -> None:
    found = made(place, tmp_path / "b.zip")
    assert "moodpost 0" in found["versions.txt"]
    assert "Raspberry Pi Zero 2 W" in found["system.txt"]
    assert "Nov 26 host kernel: all well" in found["logs/kernel.txt"]
    assert 'url = "https://feedback.example.com"' in found["settings/moodpost.toml"]
    assert 'token = "[secret ' in found["settings/moodpost.toml"]
    assert "waiting: 2" in found["votes.txt"]
    assert "aside: eeeeeeeeeeeeeeee: 2" in found["sync.txt"]
    assert "settings/survey.toml: a survey" in found["CONTENTS.txt"]


def test_the_same_thing_has_the_same_name_in_every_part(place: Place, tmp_path: Path) -> None:
    found = made(place, tmp_path / "b.zip")
    (word,) = {line.split('"')[1] for line in found["settings/moodpost.toml"].splitlines() if line.startswith("token")}
    for part in ("logs/kernel.txt", "logs/kiosk.log", "sync.txt", "status.json"):
        assert f"kiosk said {word} again" in found[part], part


def test_settings_full_of_mistakes_keep_their_secrets_too(place: Place, tmp_path: Path) -> None:
    assert place.settings is not None
    broken = SETTINGS.replace("[wifi]", "[wifi").replace(f'"{PASSPHRASE}"', f'"""\n{PASSPHRASE}\n"""') + "?"
    place.settings.write_text(broken, encoding="utf-8")
    found = made(place, tmp_path / "b.zip")
    for part in ("settings/moodpost.toml", "logs/kernel.txt", "sync.txt"):
        for what in ("token", "token, base64", "passphrase", "passphrase, hex", "PIN", "Wi-Fi name"):
            assert PLANTED[what].lower() not in found[part].lower(), f"{what} is in {part}"
    assert "the settings have mistakes" in found["CONTENTS.txt"]


def test_it_is_its_owners_alone_inside_and_out(place: Place, tmp_path: Path) -> None:
    made(place, tmp_path / "b.zip")
    assert stat.S_IMODE((tmp_path / "b.zip").stat().st_mode) == 0o600
    with zipfile.ZipFile(tmp_path / "b.zip") as found:
        assert {stat.S_IMODE(info.external_attr >> 16) for info in found.infolist()} == {0o600}


def test_what_can_not_be_read_is_told_and_costs_nothing_else(place: Place, tmp_path: Path) -> None:
    def refused(argv: Sequence[str]) -> Iterator[str]:
        yield "one line"
        raise Unreadable(f"{argv[0]}: Operation not permitted by 10.0.0.7")

    sync_db(place.data).unlink()
    found = made(place, tmp_path / "b.zip", run=refused, status=None)
    contents = found["CONTENTS.txt"]
    assert (
        "logs/kernel.txt: the kernel's log, 9 bytes (not all of it: dmesg: Operation not permitted by [address "
        in contents
    )
    assert "status.json: what the doctor says: the doctor was not asked" in contents
    assert "sync.txt: what sync left in sync.db: sync has not run here yet" in contents


def test_it_works_where_there_is_nothing(tmp_path: Path) -> None:
    found = CliRunner().invoke(main, ["bundle", str(tmp_path / "b.zip"), "--data", str(tmp_path / "none")])
    assert found.exit_code == 0, found.output
    assert "versions.txt" in found.output
    again = CliRunner().invoke(main, ["bundle", str(tmp_path / "b.zip"), "--data", str(tmp_path / "none")])
    assert again.exit_code == 1
    assert "is there already" in again.output


def written(*given: Part, known: Sequence[Known] = ()) -> dict[str, str]:
    file = io.BytesIO()
    bundle.write(file, given, Scrubber(known))
    with zipfile.ZipFile(file) as found:
        return {name: found.read(name).decode() for name in found.namelist()}


def test_of_a_long_log_the_end_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    most = 200_000
    monkeypatch.setattr(bundle, "MOST_BYTES", most)  # to scrub the real 2 MB takes seconds
    lines = [f"{number:07} {'x' * 92}" for number in range(most // 100 + 50)]
    found = written(Part("a.txt", "a log", lambda: lines))
    assert found["a.txt"].splitlines() == lines[-(most // 101) :]
    assert f"its first {len(lines) - most // 101:,} lines left out" in found["CONTENTS.txt"]


def test_a_file_is_read_from_its_end_and_a_torn_line_is_none(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text(f"{TOKEN}{'x' * (4 * MOST_BYTES)}\nlast\n", encoding="utf-8")
    assert list(said.text(log)) == ["last"]
    log.write_text(f"first\n{'x' * ((1 << 20) - 4)}{TOKEN}\nlast", encoding="utf-8")
    assert list(said.text(log)) == ["first", f"[a line of {(1 << 20) - 3 + len(TOKEN)} bytes]", "last"]
    log.write_text("y" * (2 << 20), encoding="utf-8")
    assert list(said.text(log)) == [f"[a line of {2 << 20} bytes]"]


COMMANDS: list[tuple[list[str], str]] = [
    (["no-such-command"], "there is no such command"),
    (["ls", "/nowhere-at-all"], "No such file or directory"),
    (["sleep", "60"], "took longer than 0.2 s"),
    (["sh", "-c", "echo hint >&2"], "sh: hint"),
]


@pytest.mark.parametrize(("argv", "reason"), COMMANDS, ids=[argv[0] for argv, _ in COMMANDS])
def test_a_command_that_fails_says_why(argv: list[str], reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        list(said.command(argv, patience_s=0.2 if argv[0] == "sleep" else 20))


def test_a_command_gives_its_lines_and_knows_no_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED", TOKEN)
    found = list(said.command(["env"]))
    assert "LC_ALL=C.UTF-8" in found
    assert not [line for line in found if TOKEN in line]


def test_who_stops_listening_stops_the_command() -> None:
    lines = said.command(["sh", "-c", "echo $$; exec sleep 60"])
    process = int(next(lines))
    lines.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_every_source_is_asked_only_when_it_is_its_turn(place: Place) -> None:
    asked: list[str] = []

    def noted(argv: Sequence[str]) -> Iterator[str]:
        asked.append(argv[0])
        yield "x"

    sources: Callable[[], list[Part]] = lambda: parts(place, run=noted)  # noqa: E731
    assert {part.name for part in sources()} >= {"logs/kernel.txt", "logs/kiosk.log", "settings/survey.toml"}
    assert asked == []
