"""Which releases of the lock file the package needs on its target (pure). Must never ask what this machine is."""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from image.build.errors import BuildError

PYTHON = "3.13"
"""Python of Debian trixie, which all wheels are made for."""

TARGET: Mapping[str, str] = {
    "implementation_name": "cpython",
    "implementation_version": "3.13.5",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": "3.13.5",
    "python_version": PYTHON,
    "sys_platform": "linux",
}
"""What environment markers are held against: CPython 3.13 on a 64-bit Pi, whatever this machine is."""

EXTRAS = ("kiosk", "pi", "sync")
"""What a kiosk runs; the collector stands elsewhere, and tests stay at home."""

LEFT_OUT: Mapping[str, str] = {
    "pip": "sqlite-utils asks for it to install plugins, and a kiosk installs nothing",
    "setuptools": "colorzero asks for it and never imports it",
    "tzdata": "python-dateutil looks into it after the system's, which the package depends on",
}
"""What others require and a kiosk does without, and why."""


@dataclass(frozen=True)
class Pin:
    """One release of the lock file: its `name` as an index writes it, and what each file of it may hash to."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def line(self) -> str:
        """This release for pip, with its hashes and without its marker, which pip would hold against this machine."""
        return " \\\n    ".join((f"{self.name}=={self.version}", *(f"--hash={each}" for each in self.hashes))) + "\n"


def pins(text: str) -> dict[str, Pin]:
    """All releases of a lock file, by canonical name. A line without a hash is a BuildError."""
    found: dict[str, Pin] = {}
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = re.fullmatch(
            r"([A-Za-z0-9._-]+)==([^\s;]+)(?:\s*;\s*(.*?))?((?:\s+--hash=sha256:[0-9a-f]{64})+)\s*", line
        )
        if not match:
            raise BuildError(
                f"The lock file has a line that is no release with sha256 hashes: {line[:80]!r}. Make it anew"
            )
        name, version, marker, hashes = match.groups(default="")
        found[canonicalize_name(name)] = Pin(name, version, marker, tuple(re.findall(r"sha256:[0-9a-f]{64}", hashes)))
    return found


def roots(setup_cfg: str, extras: Iterable[str] = EXTRAS) -> list[str]:
    """What Moodpost itself requires, with `extras`, as setup.cfg has it."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(setup_cfg)
    wanted = parser["options"]["install_requires"].splitlines()
    for extra in extras:
        wanted += parser["options.extras_require"][extra].splitlines()
    return [line.strip() for line in wanted if line.strip()]


def applies(marker: str | Marker | None, extras: Iterable[str] = ()) -> bool:
    """Whether `marker` holds on the target, for one of `extras` or for none."""
    if not marker:
        return True
    parsed = marker if isinstance(marker, Marker) else Marker(marker)
    return any(parsed.evaluate({**TARGET, "extra": extra}) for extra in ("", *extras))


def needed(locked: Mapping[str, Pin], asked: Iterable[str], requires: Callable[[Pin], Iterable[str]]) -> dict[str, Pin]:
    """The releases of `locked` that `asked` (requirements) comes to on the target, by canonical name, sorted.

    `requires` tells what a release requires, as its metadata does. What the lock file lacks, has in a version that
    does not fit, or has for other machines only, is a BuildError; what is in LEFT_OUT is left out.
    """
    chosen: dict[str, Pin] = {}
    looked: set[tuple[str, frozenset[str]]] = set()
    todo = [(Requirement(each), frozenset[str]()) for each in asked]
    while todo:
        requirement, of = todo.pop()
        name = canonicalize_name(requirement.name)
        if name in LEFT_OUT or not applies(requirement.marker, of):
            continue
        pin = locked.get(name)
        if pin is None or not applies(pin.marker):
            raise BuildError(f"The lock file has no {name} for the package's target, but it is required: run make lock")
        if not requirement.specifier.contains(pin.version, prereleases=True):
            raise BuildError(f"The lock file has {name} {pin.version}, and {requirement} is required: run make lock")
        chosen[name] = pin
        extras = frozenset(requirement.extras)
        if (name, extras) not in looked:
            looked.add((name, extras))
            todo += [(Requirement(each), extras) for each in requires(pin)]
    return dict(sorted(chosen.items()))
