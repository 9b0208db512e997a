"""Fetches one of Debian's packages of trixie for the target, checked by Debian's keys, through an apt of its own.

Never touches the machine's own packages, and knows no mirror: mirrors.py has those of the machine's apt.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from image.build import mirrors
from image.build.errors import BuildError

ARCHITECTURE = "arm64"


def fetch(package: str, folder: Path) -> Path:
    """The newest `package` for the target as a file in `folder`; one that is there already is taken.

    apt checks the signed index and the file's hash. Its lists and cache are below `folder`, so any user may do this.
    """
    pattern = f"{package}_*_{ARCHITECTURE}.deb"
    if there := sorted(folder.glob(pattern)):
        return there[-1]
    own = apt(folder.resolve() / "apt")
    got = folder / "partial"
    got.mkdir(exist_ok=True)
    run([*own, "update"], got)
    run([*own, "download", f"{package}:{ARCHITECTURE}"], got)
    fetched = sorted(got.glob(pattern))
    if not fetched:
        raise BuildError(f"{mirrors.SUITE} has no {package} for {ARCHITECTURE}")
    # Whole or not at all: what was cut short must not be taken for the package next time.
    return fetched[-1].rename(folder / fetched[-1].name)


def apt(root: Path) -> list[str]:
    """apt-get with a configuration, lists and a cache of its own below `root`."""
    for each in ("lists/partial", "cache/archives/partial"):
        (root / each).mkdir(parents=True, exist_ok=True)
    (root / "status").touch()
    (root / "sources.list").write_text("\n".join(mirrors.sources()) + "\n", encoding="utf-8")
    options = {
        "Dir::Etc::SourceList": f"{root}/sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": f"{root}/lists",
        "Dir::State::Status": f"{root}/status",
        "Dir::Cache": f"{root}/cache",
        "APT::Architecture": ARCHITECTURE,
        "APT::Architectures": ARCHITECTURE,
        "APT::Sandbox::User": "root",  # whoever builds owns these folders, and no other user need read them
        "Acquire::Languages": "none",
    }
    return ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in options.items())]


def run(argv: list[str], folder: Path) -> str:
    """What a command of apt said; BuildError with its complaint where it failed."""
    ran = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise BuildError(f"{argv[0]} {' '.join(argv[-2:])} failed. Is there a network? It says:\n{ran.stderr[-2000:]}")
    return ran.stdout
