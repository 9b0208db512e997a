"""The package in the image's own Debian: put in, run, renewed, taken out; votes stay until somebody lets them go."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from image.build import root as recipe
from tests.conftest import ROOT
from tests.image.debian import Debian, copied, unpacked
from tests.image.tools import run

DATA = "var/lib/moodpost"
HOME = "/usr/lib/moodpost"
UNDER_WRAPPER = {"PYTHONPATH": HOME, "LG_WD": "/tmp", "SDL_VIDEODRIVER": "offscreen"}
ASKED = {"DEBIAN_FRONTEND": "teletype", "TERM": "vt100"}
ANSWER = "moodpost moodpost/remove_votes boolean {}\n"


def packed(folder: Path, *options: str) -> Path:
    subprocess.run([sys.executable, "-m", "image.build.deb", f"--out={folder}", *options], cwd=ROOT, check=True)
    return next(folder.glob("*.deb"))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Not pytest's folder, which keeps the last three runs: a root is a gigabyte.
    path = Path(tempfile.mkdtemp(prefix="moodpost-deb-", dir="/var/tmp"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def package(folder: Path) -> Path:
    return packed(folder / "first")


@pytest.fixture(scope="module")
def newer(package: Path, folder: Path) -> Path:
    """The same under a higher version."""
    files = folder / "newer"
    run("dpkg-deb", "-R", package, files)
    control = files / "DEBIAN/control"
    control.write_text(control.read_text(encoding="utf-8").replace("\nVersion: ", "\nVersion: 1000:"), encoding="utf-8")
    run("dpkg-deb", "--root-owner-group", "-Znone", "--build", files, folder / "newer.deb")
    return folder / "newer.deb"


@pytest.fixture(scope="module")
def installed(package: Path, folder: Path) -> Iterator[Debian]:
    """The image's Debian with the package in it, byte-compiled as on a kiosk; later installations leave that out."""
    tar = recipe.cached()
    if not tar.exists():
        pytest.fail(
            f"{tar} is not there: `sudo .venv/bin/python -m image.build root` makes it, in a quarter of an hour"
        )
    (folder / "root").mkdir()
    with unpacked(tar, folder / "root") as debian:
        debian.install(package)
        compiler = debian.folder / "usr/bin/py3compile"
        compiler.unlink()
        compiler.symlink_to("/bin/true")
        yield debian


@pytest.fixture
def kiosk(installed: Debian, folder: Path) -> Iterator[Debian]:
    """A copy of it that has a vote and a secret."""
    path = Path(tempfile.mkdtemp(dir=folder))
    with copied(installed, path) as debian:
        (debian.folder / DATA / "store/votes.db").write_text("a vote", encoding="utf-8")
        (debian.folder / DATA / "secrets/token").write_text("a token", encoding="utf-8")
        yield debian
    shutil.rmtree(path)


def votes(debian: Debian) -> bool:
    return (debian.folder / DATA / "store/votes.db").exists()


def test_two_builds_give_the_same_bytes(package: Path, folder: Path) -> None:
    other = packed(folder / "elsewhere")
    assert other.name == package.name
    assert other.read_bytes() == package.read_bytes()
    shutil.rmtree(other.parent)


def test_lintian_finds_nothing_to_complain_of(package: Path) -> None:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    ran = subprocess.run(
        ["lintian", "--fail-on=error,warning", str(package)], capture_output=True, text=True, env=environment
    )
    assert (ran.returncode, ran.stdout) == (0, "")


def test_the_commands_run_with_trixies_python(installed: Debian) -> None:
    assert installed.run("moodpost", "--version").startswith("moodpost, version ")
    assert "Usage: moodpost doctor" in installed.run("moodpost", "doctor", "--help")
    assert "Usage: moodpost-apply" in installed.run("moodpost-apply", "--help")
    assert "Usage: moodpost-firstboot" in installed.run("moodpost-firstboot", "--help")


def test_each_library_is_there_and_our_own(installed: Debian) -> None:
    code = (
        "import apscheduler, budoux, gpiozero, httpx, json, lgpio, msgspec, pygame, segno, sqlite_utils, sys; "
        "assert pygame.IS_CE and hasattr(lgpio, 'gpiochip_open'); "
        "print(json.dumps([sys.modules[name].__file__ for name in ('lgpio', 'pygame', 'msgspec', 'httpx')]))"
    )
    told = installed.run("python3", "-sP", "-c", code, within=UNDER_WRAPPER)
    assert all(path.startswith(f"{HOME}/") for path in json.loads(told.splitlines()[-1]))


def test_its_fonts_are_drawn(installed: Debian) -> None:
    code = (
        "import pygame; pygame.font.init(); "
        f"font = pygame.font.Font('{HOME}/kiosk/fonts/NotoSansThai-Bold.ttf', 40); "
        "drawn = font.render('สวัสดี', True, 'black'); print(pygame.mask.from_surface(drawn).count() > 500)"
    )
    assert installed.run("python3", "-sP", "-c", code, within=UNDER_WRAPPER).split()[-1] == "True"


def test_users_folders_and_start_are_set_up(installed: Debian) -> None:
    for user in ("moodpost-kiosk", "moodpost-sync"):
        assert installed.run("id", "-gn", user).strip() == "moodpost"
    secrets = (installed.folder / DATA / "secrets").stat()
    assert (secrets.st_uid, stat.S_IMODE(secrets.st_mode)) == (0, 0o700)
    assert installed.run("systemctl", "is-enabled", "moodpost.target").strip() == "enabled"
    assert list((installed.folder / HOME[1:] / "kiosk/__pycache__").glob("start.cpython-313.pyc"))


def test_votes_survive_an_upgrade(kiosk: Debian, newer: Path) -> None:
    said = kiosk.install(newer)
    assert " over (" in said
    assert kiosk.state("moodpost") == "install ok installed"
    assert votes(kiosk)
    assert kiosk.run("moodpost", "--version").startswith("moodpost, version ")


def test_who_had_the_kiosk_start_no_more_has_it_so_after_an_upgrade(kiosk: Debian, newer: Path) -> None:
    kiosk.run("systemctl", "disable", "moodpost.target")
    kiosk.install(newer)
    assert kiosk.run("systemctl", "is-enabled", "moodpost.target", good=(1,)).strip() == "disabled"


def test_a_removal_leaves_votes_and_settings_and_nothing_else(kiosk: Debian) -> None:
    said = kiosk.run("dpkg", "--remove", "moodpost")
    assert "not empty" not in said
    assert kiosk.state("moodpost") == "deinstall ok config-files"
    assert votes(kiosk)
    assert not (kiosk.folder / HOME[1:]).exists()


def test_a_purge_that_nobody_is_asked_about_keeps_the_votes(kiosk: Debian) -> None:
    said = kiosk.run("dpkg", "--purge", "moodpost")
    assert "votes and settings stay in /var/lib/moodpost" in said
    assert not kiosk.known("moodpost")
    assert votes(kiosk)


def test_a_purge_takes_no_for_an_answer(kiosk: Debian) -> None:
    kiosk.run("debconf-set-selections", given=ANSWER.format("false"))
    kiosk.run("dpkg", "--purge", "moodpost")
    assert votes(kiosk)


def test_a_purge_removes_the_votes_where_somebody_said_so(kiosk: Debian) -> None:
    kiosk.run("debconf-set-selections", given=ANSWER.format("true"))
    kiosk.run("dpkg", "--purge", "moodpost")
    assert not (kiosk.folder / DATA).exists()
    assert not kiosk.known("moodpost")
    assert "moodpost.target" not in kiosk.run("find", "/etc/systemd/system")


def test_a_person_at_a_terminal_is_asked(kiosk: Debian) -> None:
    said = kiosk.run("dpkg", "--purge", "moodpost", given="no\n", terminal=True, within=ASKED)
    assert "Remove the votes and the settings of this kiosk, too?" in said
    assert votes(kiosk)


def test_an_answer_of_yes_at_a_terminal_removes_them(kiosk: Debian) -> None:
    kiosk.run("dpkg", "--purge", "moodpost", given="yes\n", terminal=True, within=ASKED)
    assert not (kiosk.folder / DATA).exists()


def test_votes_that_stayed_are_found_by_a_new_installation(kiosk: Debian, package: Path) -> None:
    kiosk.run("dpkg", "--purge", "moodpost")
    kiosk.install(package)
    assert votes(kiosk)
    assert (kiosk.folder / DATA / "secrets/token").read_text(encoding="utf-8") == "a token"
