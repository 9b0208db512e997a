"""Cross-builds lgpio for the target from the locked source: there is no wheel of it for Python 3.13.

pip holds the source against the lock's hashes; the headers are those of trixie's own Python. Never runs what it built.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from image.build import packages
from image.build.errors import BuildError
from image.build.locked import PYTHON, Pin
from image.build.wheels import pip

COMPILER = "aarch64-linux-gnu-gcc"
STRIP = "aarch64-linux-gnu-strip"
EXTENSION = "_lgpio.cpython-313-aarch64-linux-gnu.so"
"""The name that Python 3.13 of Debian arm64 looks for (its EXT_SUFFIX)."""

FLAGS = (
    *("-O2", "-g0", "-fPIC", "-shared", "-pthread", "-fno-strict-aliasing", "-DNDEBUG", "-w"),
    *("-fstack-protector-strong", "-D_FORTIFY_SOURCE=2", "-Wl,-z,relro", "-Wl,-z,now"),
)


def build(folder: Path, pin: Pin, work: Path) -> None:
    """Put lgpio as `pin` locks it into `folder`: its module, its extension for AArch64, its metadata."""
    work.mkdir(parents=True, exist_ok=True)
    source = unpack(fetch(pin, work), work / "source")
    headers = unpack_headers(packages.fetch(f"libpython{PYTHON}-dev", work / "debian"), work / "headers")
    _run(["swig", "-python", "-o", "lgpio_wrap.c", "lgpio.i"], source)
    includes = ("src", headers / f"usr/include/python{PYTHON}", headers / "usr/include")
    _run(
        [
            # What a build is called after (in __FILE__) must not depend on where it is built.
            *(COMPILER, *FLAGS, f"-ffile-prefix-map={work.resolve()}=."),
            *(*(f"-I{each}" for each in includes), "-o", EXTENSION),
            *("lgpio_wrap.c", *sources(source), "-lrt", "-ldl"),
        ],
        source,
    )
    _run([STRIP, "--strip-unneeded", EXTENSION], source)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (EXTENSION, "lgpio.py"):
        shutil.copyfile(source / name, folder / name)
    metadata = folder / f"lgpio-{pin.version}.dist-info"
    (metadata / "licenses").mkdir(parents=True)
    shutil.copyfile(source / "PKG-INFO", metadata / "METADATA")
    shutil.copyfile(source / "LICENSE", metadata / "licenses/LICENSE")


def fetch(pin: Pin, work: Path, *options: str) -> Path:
    """The source archive of `pin`, held against the lock's hashes by pip, which takes `options` more."""
    listed = work / "lgpio.txt"
    listed.write_text(pin.line, encoding="utf-8")
    got = work / "sdist"
    # Without PYPI=1 the source's setup.py wants a liblgpio on this machine.
    pip(
        *("download", "--require-hashes", "--no-deps", "--no-binary=:all:", "--no-build-isolation"),
        *("-r", str(listed), f"--dest={got}", *options),
        environment={**os.environ, "PYPI": "1"},
    )
    return got / f"lgpio-{pin.version}.tar.gz"


def unpack(archive: Path, folder: Path) -> Path:
    """The folder of sources in `archive`, unpacked anew below `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def unpack_headers(package: Path, folder: Path) -> Path:
    """The files of a Debian `package`, unpacked in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    _run(["dpkg-deb", "-x", str(package.resolve()), str(folder.resolve())], package.parent)
    return folder.resolve()


def sources(source: Path) -> list[str]:
    """The C files that make up liblgpio, as setup.py has them with PYPI=1, in an order that is always the same."""
    return [str(path.relative_to(source)) for path in (*sorted(source.glob("src/lg*.c")), source / "src/rgpiod.c")]


def check(extension: Path) -> None:
    """That `extension` is for AArch64, asks nobody for liblgpio, and has what Python 3.13 looks for in it."""
    told = subprocess.run(
        ["readelf", "-hdW", "--dyn-syms", str(extension)], capture_output=True, text=True, check=True
    ).stdout
    for pattern in (r"Machine:\s+AArch64", r"\bPyInit__lgpio\b", r"\blgGpiochipOpen\b"):
        if not re.search(pattern, told):
            raise BuildError(f"{extension}: built, but readelf finds no {pattern} in it")
    if "liblgpio" in told:
        raise BuildError(f"{extension}: built against a liblgpio, which no kiosk has")


def _run(argv: Sequence[str], folder: Path) -> None:
    try:
        ran = subprocess.run(argv, cwd=folder, capture_output=True, text=True)
    except FileNotFoundError:
        raise BuildError(f"{argv[0]} is not here: make deb installs it through apt") from None
    if ran.returncode:
        raise BuildError(f"{argv[0]} failed on lgpio:\n{ran.stderr.strip()[-2000:]}")
