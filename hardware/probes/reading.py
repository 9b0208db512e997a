"""How a probe reads the kernel's small files, and what becomes of one that can't be read. Knows no sensor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hardware.health import Health, unknown

_MOST = 65_536
"""Bytes of a file that are read: those of the kernel have a page, but /proc/self/mountinfo may have more."""


_LONGEST = 100
"""Characters of a line: names of boards, kernels and devices have less."""


class Unread(Exception):
    """Something can't be read; the message is for `Health.raw`."""


def text(path: Path) -> str:
    """What stands in the file, stripped. Unread where it can't be read, or is no text."""
    try:
        with path.open("rb") as file:
            return file.read(_MOST).decode("utf-8").strip("\0 \n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no text"
        raise Unread(f"{place(path)}: {why}") from None


def line(path: Path) -> str:
    """The one line that stands in the file, fit to be shown. Unread where there is something else."""
    found = text(path)
    if not found or not found.isprintable() or len(found) > _LONGEST:
        raise Unread(f"{place(path)} = {found[:40]!r}, which is no line of text")
    return found


def number(path: Path, base: int = 10) -> int:
    """The whole number that stands in the file. Unread where there is none."""
    found = text(path)
    try:
        return int(found, base)
    except ValueError:
        raise Unread(f"{place(path)} = {found[:40]!r}, which is no number") from None


def cells(path: Path) -> int:
    """The number that a property of the device tree is: 32 bits, the highest byte first. Unread where it is none."""
    try:
        with path.open("rb") as file:
            found = file.read(5)
    except OSError as error:
        raise Unread(f"{place(path)}: {error.strerror}") from None
    if len(found) != 4:
        raise Unread(f"{place(path)} = {found!r}, which is no 32-bit number")
    return int.from_bytes(found, "big")


def place(path: Path) -> str:
    """The end of a path, enough to find it again: ``thermal_zone0/temp``."""
    return "/".join(path.parts[-2:])


def told(name: str, otherwise: str, look: Callable[[], Health]) -> Health:
    """What `look` found, or *unknown*, said as `otherwise`, where something that it needs can't be read.

    So one sensor that is missing never takes the others of its family along.
    """
    try:
        return look()
    except Unread as why:
        return unknown(name, otherwise, str(why))
    except OSError as error:
        return unknown(name, otherwise, f"{type(error).__name__}: {error.strerror}")
