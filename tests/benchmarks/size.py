"""What must be installed for a kiosk on a minimal Debian, beside what a Chromium kiosk page needs.

Fair, because apt's own solver is asked about both, of the same release (trixie) for the same machine (arm64), from
the same lists: what comes in on top of a Debian that has nothing but apt and what is essential, without what is only
recommended. Counted is what each package says it takes when it is installed. Ours is the package in build/, which
brings its Python libraries along; beside it stands Chromium with Python for the page's server, and once more with cage,
which a page needs as well to have a screen to stand on. Nothing is installed, no list of this machine's is touched.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from image.build import packages
from image.build.errors import BuildError
from tests.benchmarks.figure import Figure
from tests.conftest import ROOT

BARE = ("?essential", "apt")
PAGE = ("chromium", "python3")
SCREEN = "cage"
GOAL = 0.15
MIB = 1024
"""Debian counts in KiB."""


def measure(*, quick: bool = False) -> Iterator[Figure]:
    """What each adds, and where ours is."""
    found = sorted((ROOT / "build").glob(f"moodpost_*_{packages.ARCHITECTURE}.deb"))
    if not found:
        raise SystemExit("there is no package in build/: make deb (`make bench` does)")
    package = found[-1]
    try:
        apt = packages.apt(ROOT / "build/size")
        packages.run([*apt, "update"], ROOT)
        bare = planned(apt, BARE)
        ours = planned(apt, (*BARE, str(package))) - bare - {"moodpost"}
        page = planned(apt, (*BARE, *PAGE)) - bare
        shown = planned(apt, (*BARE, *PAGE, SCREEN)) - bare
    except BuildError as error:
        raise SystemExit(f"apt can't say what would be installed. {error}") from None
    sizes = kib(apt, ours | shown)

    def of(names: Iterable[str]) -> float:
        return sum(sizes[name] for name in names) / MIB

    own = size(package) / MIB
    whole = own + of(ours)
    what, unit, other = "installed size", "MiB", "Chromium and Python"
    yield Figure(what, unit, whole, other, of(page), GOAL)
    yield Figure(what, unit, whole, "Chromium, Python and cage", of(shown), None)
    yield Figure("  of it Moodpost with its Python libraries", unit, own, "all of it", whole, None)
    yield Figure("  of it systemd, Python, all else", unit, of(ours), "all of it", whole, None)


def planned(apt: list[str], names: Iterable[str]) -> set[str]:
    """The packages that apt would put on an empty disk for these, files or patterns."""
    said = packages.run([*apt, "-oAPT::Install-Recommends=false", "--simulate", "install", *names], ROOT)
    return installed(said)


def installed(said: str) -> set[str]:
    """The names in what apt-get --simulate says."""
    return set(re.findall(r"(?m)^Inst ([^\s:]+)", said))


def kib(apt: list[str], names: Iterable[str]) -> Mapping[str, int]:
    """The Installed-Size of each."""
    return sizes(packages.run(["apt-cache", *apt[1:], "show", "--no-all-versions", *sorted(names)], ROOT))


def sizes(records: str) -> dict[str, int]:
    """Package and Installed-Size of each record; 0 where none is told."""
    found = {}
    for record in records.strip().split("\n\n"):
        fields = dict(re.findall(r"(?m)^(Package|Installed-Size): (\S+)", record))
        found[fields["Package"]] = int(fields.get("Installed-Size", 0))
    return found


def size(package: Path) -> int:
    """The KiB that it says it takes itself."""
    asked = ["dpkg-deb", "-f", str(package), "Installed-Size"]
    return int(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)
