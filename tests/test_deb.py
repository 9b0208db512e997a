"""What the package is made of, as far as it can be told without a network: releases, source, control file, scripts."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from image.build import deb, lgpio, licences, locked, manual, wheels
from image.build.errors import BuildError
from tests.conftest import ROOT

HASH = "--hash=sha256:" + "0" * 64


def lock(*lines: str) -> dict[str, locked.Pin]:
    return locked.pins("".join(f"{line} \\\n    {HASH}\n" for line in lines))


def chosen(pins: dict[str, locked.Pin], asked: list[str], requires: dict[str, list[str]] | None = None) -> list[str]:
    return list(locked.needed(pins, asked, lambda pin: (requires or {}).get(pin.name, [])))


def test_markers_are_held_against_the_target_and_not_against_this_machine() -> None:
    pins = lock("a==1", "old==1", "new==1", "windows==1", "arm==1")
    asked = ["a", "old; python_version < '3.13'", "new; python_version >= '3.13'", "windows; sys_platform == 'win32'"]
    assert chosen(pins, [*asked, "arm; platform_machine == 'aarch64'"]) == ["a", "arm", "new"]


def test_what_a_release_requires_comes_too_with_the_extras_that_are_asked_for() -> None:
    requires = {"a": ["b[fast]"], "b": ["c; extra == 'fast'", "d; extra == 'slow'"], "c": ["a"]}
    assert chosen(lock("a==1", "b==1", "c==1", "d==1"), ["a"], requires) == ["a", "b", "c"]


def test_what_the_lock_has_for_other_machines_only_is_missed() -> None:
    with pytest.raises(BuildError, match="no colorama for the package's target"):
        chosen(lock("colorama==1 ; sys_platform == 'win32'"), ["colorama"])


def test_a_release_that_does_not_fit_is_refused() -> None:
    with pytest.raises(BuildError, match=r"has a 1, and a>=2 is required"):
        chosen(lock("a==1"), ["a>=2"])


def test_a_line_without_a_hash_is_refused() -> None:
    with pytest.raises(BuildError, match="no release with sha256 hashes: 'a==1'"):
        locked.pins("a==1\n")


def test_a_kiosk_gets_what_it_runs_and_neither_collector_nor_tests() -> None:
    pins = locked.pins((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    roots = locked.roots((ROOT / "setup.cfg").read_text(encoding="utf-8"))
    names = set(locked.needed(pins, roots, wheels.requires))
    assert {"pygame-ce", "gpiozero", "lgpio", "msgspec", "httpx", "apscheduler", "sqlite-utils", "click"} <= names
    assert names.isdisjoint({"litestar", "sqlalchemy", "psycopg", "psycopg-binary", "pytest", "pip", "setuptools"})
    assert names.isdisjoint({"tzdata", "colorama"})


def test_what_is_left_out_is_imported_by_nothing_of_a_kiosk() -> None:
    code = "import sys, gpiozero, sqlite_utils, httpx, apscheduler.schedulers.blocking; print('\\n'.join(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"pip", "setuptools", "pkg_resources", "tzdata"}.isdisjoint(shown.stdout.split())


def test_pip_is_told_the_hashes_and_no_marker() -> None:
    (pin,) = lock("a==1 ; os_name == 'posix'").values()
    assert pin.line == f"a==1 \\\n    {HASH}\n"


def test_a_source_of_lgpio_with_another_hash_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "lgpio-0.2.2.0.tar.gz"
    source.write_bytes(b"another lgpio")
    pin = locked.Pin("lgpio", "0.2.2.0", "", (f"sha256:{hashlib.sha256(b'the locked one').hexdigest()}",))
    with pytest.raises(BuildError, match="DO NOT MATCH THE HASHES"):
        lgpio.fetch(pin, tmp_path, "--no-index", f"--find-links={tmp_path}")


def test_code_for_another_machine_is_refused(tmp_path: Path) -> None:
    (tmp_path / "native.so").write_bytes(Path(sys.executable).resolve().read_bytes()[:64])
    with pytest.raises(BuildError, match="is not for AArch64"):
        wheels.check(tmp_path, {})


def test_what_no_kiosk_opens_is_taken_out(tmp_path: Path) -> None:
    for name in ("bin/tool", "pygame/docs/page.html", "pygame/_sdl2/a.pyi", "pygame/font.so", "a-1.dist-info/RECORD"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    wheels.trim(tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()] == ["pygame/font.so"]


def test_our_wings_come_without_what_builds_and_without_the_other_end(tmp_path: Path) -> None:
    deb.wings(tmp_path)
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert {"kiosk/cli.py", "kiosk/fonts/NotoSans-Bold.ttf", "kiosk/locale/fi/LC_MESSAGES/moodpost.mo"} <= names
    assert {"kiosk/surveys/visit.toml", "kiosk/fonts/coverage.bin", "kiosk/screens/thai.txt", "sync/start.py"} <= names
    assert not [name for name in names if re.match(r"image/(build|debian)/|sync/collector/|.*/build\.py|.*\.po", name)]


def test_a_wrapper_finds_our_libraries_and_leaves_the_callers_places_alone(tmp_path: Path) -> None:
    deb.commands(tmp_path, 0, "1.0")
    text = (tmp_path / "usr/bin/moodpost").read_text(encoding="utf-8")
    assert "@" not in text.replace('"$@"', "")
    told = subprocess.run(
        ["sh", "-c", text.replace("exec /usr/bin/python3", "env; echo") + "\n", "moodpost", "a b", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"MOODPOST_DATA": "/elsewhere", "PYTHONPATH": "/not/ours"},
    ).stdout.splitlines()
    assert {"PYTHONPATH=/usr/lib/moodpost", "MOODPOST_DATA=/elsewhere", "MOODPOST_RUNTIME=/run/moodpost"} <= set(told)
    assert told[-1] == '-sP -c from kiosk.door import main; main(prog_name="moodpost") a b --help'


def test_every_command_of_setup_cfg_has_a_wrapper() -> None:
    listed = re.findall(
        r"^    (moodpost[\w-]*) = ([\w.]+):main$", (ROOT / "setup.cfg").read_text("utf-8"), re.MULTILINE
    )
    assert dict(listed) == {name: module for name, (module, *_) in deb.COMMANDS.items()}


def test_the_scripts_name_the_units_that_are_installed(tmp_path: Path) -> None:
    names = deb.units(tmp_path / "root")
    deb.scripts(tmp_path, names)
    for script in deb.SCRIPTS:
        text = (tmp_path / script).read_text(encoding="utf-8")
        assert not re.search(r"@[A-Z]+@", text)
        assert set(re.findall(r"[\w-]+\.(?:service|path|timer|target)\b", text)) <= set(names)
        subprocess.run(["sh", "-n", str(tmp_path / script)], check=True)
    restarted = re.findall(r"invoke restart (.*) >", (tmp_path / "postinst").read_text(encoding="utf-8"))[0].split()
    assert {"moodpost-kiosk.service", "moodpost-sync.service"} <= set(restarted)


def test_the_question_of_a_purge_keeps_by_default() -> None:
    assert "Type: boolean\nDefault: false\n" in (deb.DEBIAN / "templates").read_text(encoding="utf-8")


def test_the_control_file_is_whole_and_needs_trixies_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "linked", lambda paths: {"libc.so.6", "libz.so.1"})
    monkeypatch.setattr(wheels, "newest_glibc", lambda paths: "2.34")
    text = deb.control(tmp_path, "1.2")
    assert "Version: 1.2\n" in text
    assert "python3 (>= 3.13~), python3 (<< 3.14), libc6 (>= 2.34), zlib1g" in text
    assert "@" not in text.replace("maintainers@", "")


def test_a_library_that_nobody_brings_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "linked", lambda paths: {"libodd.so.1"})
    with pytest.raises(BuildError, match=r"linked against \['libodd.so.1'\]"):
        deb.control(tmp_path, "1.2")


def test_a_bundled_library_without_a_licence_is_refused(tmp_path: Path) -> None:
    odd = tmp_path / licences.HOME / "pygame_ce.libs/libodd-1.so"
    odd.parent.mkdir(parents=True)
    odd.touch()
    ofl = (ROOT / "kiosk/fonts/OFL.txt").read_text(encoding="utf-8")
    with pytest.raises(BuildError, match=r"libodd-1\.so came with a wheel"):
        licences.copyright_file(tmp_path, ofl=ofl, bundled="")


def test_the_manual_names_each_command_and_hides_nothing_from_troff() -> None:
    @click.group()
    def main() -> None:
        """Do things. In many ways."""

    @main.command()
    @click.option("--long-name", help="A dash - and a back\\slash.")
    def inner(long_name: str) -> None:
        """Do one.

        .Not a command of troff.
        """

    text = manual.page(main, "tool", 1, version="1", date="2026-01-02")
    assert text.startswith('.TH TOOL 1 "2026-01-02" "Moodpost 1" "Moodpost"\n.SH NAME\ntool \\- do things\n')
    assert ".SS tool inner\n" in text
    assert ".B \\-\\-long\\-name TEXT\nA dash \\- and a back\\eslash." in text
    assert "\n\\&.Not a command" in text
