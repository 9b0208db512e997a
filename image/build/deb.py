"""Makes the Debian package: wheels, lgpio, our wings, units, manual, maintainer scripts; the same bytes each time.

`python -m image.build.deb` (make deb). Never runs as root, never runs what it packs.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import importlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from image.build import lgpio, licences, locked, manual, wheels
from image.build.__main__ import commit_date
from image.build.errors import BuildError

HERE = Path(__file__).resolve().parents[2]
DEBIAN = HERE / "image/debian"
HOME = "usr/lib/moodpost"

WINGS = ("kiosk", "hardware", "sync", "image")
NOT_SHIPPED = (
    *("image/build/", "image/debian/", "image/root/", "image/rpi-image-gen/", "sync/collector/"),
    *("kiosk/fonts/build.py", "kiosk/locale/build.py"),
)
"""What stands in the wings and is no part of a kiosk: the other end, and what builds files."""
SHIPPED_KINDS = (".py", ".ttf", ".otf", ".bin", ".mo", ".txt", ".toml")

COMMANDS = {
    "moodpost": ("kiosk.door", 1, "settings and data are where first boot puts them"),
    "moodpost-apply": ("hardware.apply.command", 8, "for root, started by systemd"),
    "moodpost-firstboot": ("image.firstboot.command", 8, "for root, started by systemd"),
}
"""Commands: module, section of the manual, and what else the wrapper says of itself."""
BEHIND = {"kiosk.door": "kiosk.cli"}
"""Modules that leave all but little to others, which can tell what there is."""

OUR_SCRIPTS = {"image/firstboot/moodpost-firstboot.sh": "bin/firstboot"}
"""Scripts beside our modules, and where they go below HOME; those of systemd/ stand in its install.txt."""

SCRIPTS = ("config", "postinst", "prerm", "postrm")

LIBRARIES = {
    "libc.so.6": "libc6",
    "libm.so.6": "libc6",
    "libdl.so.2": "libc6",
    "librt.so.1": "libc6",
    "libpthread.so.0": "libc6",
    "ld-linux-aarch64.so.1": "libc6",
    "libgcc_s.so.1": "libgcc-s1",
    "libstdc++.so.6": "libstdc++6",
    "libz.so.1": "zlib1g",
}
"""Debian's packages of the libraries that wheels are linked against and don't bring along."""


def version() -> str:
    """The version in kiosk/__init__.py."""
    text = (HERE / "kiosk/__init__.py").read_text(encoding="utf-8")
    return str(re.findall(r'__version__ = "([^"]+)"', text)[0])


def libraries(home: Path, work: Path) -> None:
    """Wheels and lgpio of the lock file, laid out in `home`."""
    pins = locked.pins((HERE / "requirements.lock").read_text(encoding="utf-8"))
    wanted = locked.needed(pins, locked.roots((HERE / "setup.cfg").read_text(encoding="utf-8")), wheels.requires)
    source = wanted.pop("lgpio")
    wheels.fill(home, wanted, work)
    lgpio.build(home, source, work / "lgpio")
    lgpio.check(home / lgpio.EXTENSION)


def wings(home: Path) -> None:
    """Our own files that git knows, without what only builds or serves the other end."""
    listed = subprocess.run(["git", "ls-files", "-z", *WINGS], cwd=HERE, capture_output=True, text=True, check=True)
    for name in sorted(listed.stdout.split("\0")):
        if name.endswith(SHIPPED_KINDS) and not name.startswith(NOT_SHIPPED) and (HERE / name).is_file():
            _copy(HERE / name, home / name)
    for name, place in OUR_SCRIPTS.items():
        if (HERE / name).is_file():
            _copy(HERE / name, home / place)


def units(root: Path) -> list[str]:
    """What systemd/install.txt lists, put where it says; the names of the units."""
    listed = HERE / "systemd/install.txt"
    names = []
    for line in listed.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        source, destination = line.split()[:2]
        target = root / destination.lstrip("/")
        if destination.endswith("/"):
            target /= Path(source).name
        _copy(HERE / "systemd" / source, target)
        if "/systemd/system/" in str(target) and target.parent.name == "system":
            names.append(target.name)
    return sorted(names)


def commands(root: Path, when: int, told: str) -> None:
    """Wrappers in /usr/bin and their manual pages, of those commands whose module is there."""
    template = (DEBIAN / "wrapper").read_text(encoding="utf-8")
    for name, (module, section, what) in COMMANDS.items():
        if not (HERE / (module.replace(".", "/") + ".py")).exists():
            continue
        wrapper = template.replace("@MODULE@", module).replace("@NAME@", name).replace("@WHAT@", what)
        _write(root / "usr/bin" / name, wrapper)
        date = time.strftime("%Y-%m-%d", time.gmtime(when))
        described = importlib.import_module(BEHIND.get(module, module)).main
        page = manual.page(described, name, section, version=told, date=date)
        _write(root / f"usr/share/man/man{section}/{name}.{section}.gz", _zipped(page))


def documents(root: Path, when: int, told: str) -> None:
    """README.Debian, copyright and the changelog below /usr/share/doc/moodpost; lintian's overrides."""
    folder = root / "usr/share/doc/moodpost"
    _write(folder / "README.Debian", (DEBIAN / "README.Debian").read_text(encoding="utf-8"))
    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(when))
    entry = f"moodpost ({told}) trixie; urgency=medium\n\n  * See changelog.gz.\n\n -- {_maintainer()}  {date}\n"
    _write(folder / "changelog.Debian.gz", _zipped(entry))
    _write(folder / "changelog.gz", _zipped((HERE / "CHANGELOG.md").read_text(encoding="utf-8")))
    text = licences.copyright_file(
        root,
        ofl=(HERE / "kiosk/fonts/OFL.txt").read_text(encoding="utf-8"),
        bundled=(DEBIAN / "bundled.copyright").read_text(encoding="utf-8"),
    )
    _write(folder / "copyright", text)
    overrides = (DEBIAN / "lintian-overrides").read_text(encoding="utf-8")
    _write(root / "usr/share/lintian/overrides/moodpost", overrides)


def control(root: Path, told: str) -> str:
    """The control file: the template, with version, size and the libraries that wheels are linked against."""
    objects = wheels.shared_objects(root / HOME)
    own = {path.name for path in objects}
    foreign = wheels.linked(objects) - own
    if unknown := foreign - LIBRARIES.keys():
        raise BuildError(f"Wheels are linked against {sorted(unknown)}: name Debian's package in LIBRARIES (deb.py)")
    depends = sorted({LIBRARIES[each] for each in foreign})
    depends = [f"libc6 (>= {wheels.newest_glibc(objects)})" if each == "libc6" else each for each in depends]
    template = (DEBIAN / "control").read_text(encoding="utf-8")
    for key, value in {"VERSION": told, "SIZE": str(size(root)), "LIBRARIES": ", ".join(depends)}.items():
        template = template.replace(f"@{key}@", value)
    return template


def size(root: Path) -> int:
    """The Installed-Size of what lies below `root`, in KiB, as Policy 5.6.20 counts: a file in whole KiB, else 1."""
    files = (path for path in root.rglob("*") if "DEBIAN" not in path.parts)
    return sum(-(-path.stat().st_size // 1024) if path.is_file() else 1 for path in files)


def scripts(meta: Path, names: list[str]) -> None:
    """The maintainer scripts, with the units that are there."""
    running = [each for each in names if not re.search(r"@|firstboot|\.target$", each)]
    restarted = [each for each in running if re.search(r"\.(path|timer)$|-(kiosk|sync)\.service$", each)]
    words = {
        "ENABLED": "moodpost.target",
        "RESTARTED": " ".join(restarted),
        "STOPPED": " ".join([*restarted, "moodpost.target"]),
    }
    for name in SCRIPTS:
        text = (DEBIAN / name).read_text(encoding="utf-8")
        for key, value in words.items():
            text = text.replace(f"@{key}@", value)
        _write(meta / name, text)
    shutil.copyfile(DEBIAN / "templates", meta / "templates")


def pack(root: Path, package: Path, when: int) -> None:
    """`root` as a Debian package; owners, modes, dates and order are set, so that equal files give equal bytes."""
    sums = "".join(
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {path.relative_to(root)}\n"
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.parent != root / "DEBIAN"
    )
    _write(root / "DEBIAN/md5sums", sums)
    # Whatever a checkout or a wheel has as executable: programs are what lies where programs are.
    programs = (root / "usr/bin", root / HOME / "bin")
    scripts = [root / "DEBIAN" / name for name in SCRIPTS]
    for path in (root, *sorted(root.rglob("*"))):
        path.chmod(0o755 if path.is_dir() or path.parent in programs or path in scripts else 0o644)
        os.utime(path, (when, when))
    package.parent.mkdir(parents=True, exist_ok=True)
    part = package.with_suffix(".part")
    # One thread: xz's blocks would depend on how many there are.
    _run("dpkg-deb", "--root-owner-group", "-Zxz", "--threads-max=1", "--build", str(root), str(part), when=when)
    part.rename(package)


def build(out: Path, told: str) -> Path:
    """The package `out`/moodpost_VERSION_arm64.deb, made anew from this checkout."""
    when = commit_date()
    work = out / "deb"
    root = work / "root"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    libraries(root / HOME, work)
    wings(root / HOME)
    names = units(root)
    commands(root, when, told)
    documents(root, when, told)
    _write(root / "DEBIAN/control", control(root, told))
    scripts(root / "DEBIAN", names)
    package = out / f"moodpost_{told}_arm64.deb"
    pack(root, package, when)
    return package


def main() -> None:
    """Build the package, and say where it is and what it weighs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "build", help="the folder for the package")
    parser.add_argument("--version", default=version(), help="its version (default: Moodpost's)")
    given = parser.parse_args()
    try:
        package = build(given.out.resolve(), given.version)
    except BuildError as error:
        sys.exit(f"Error: {error}")
    installed = int(re.findall(r"Installed-Size: (\d+)", _run("dpkg-deb", "-I", str(package)))[0])
    sys.stdout.write(f"{package}: {package.stat().st_size / 1e6:.1f} MB, {installed * 1024 / 1e6:.1f} MB installed\n")


def _maintainer() -> str:
    text = (DEBIAN / "control").read_text(encoding="utf-8")
    return str(re.findall(r"^Maintainer: (.*)$", text, re.MULTILINE)[0])


def _zipped(text: str) -> bytes:
    return gzip.compress(text.encode(), 9, mtime=0)


def _copy(source: Path, target: Path) -> None:
    _write(target, source.read_bytes())


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def _run(*argv: str, when: int | None = None) -> str:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"} | ({"SOURCE_DATE_EPOCH": str(when)} if when else {})
    ran = subprocess.run(argv, capture_output=True, text=True, env=environment)
    if ran.returncode:
        raise BuildError(f"{' '.join(argv[:2])} failed:\n{ran.stderr.strip()}")
    return ran.stdout


if __name__ == "__main__":
    main()
