"""The log of which card became which kiosk: a JSON object a line, beside the fleet's table. Holds no secret."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from image.provision.errors import ProvisionError


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one card or image file."""

    at: str
    """When, by this computer's clock, in UTC."""
    kiosk: str
    result: Literal["good", "bad"]
    target: str
    """The device, or the file."""
    kind: Literal["card", "file"] = "card"
    card: str = ""
    """Model, size and number, as far as the reader tells."""
    image: str = ""
    why: str = ""
    """Of a bad one: what happened."""
    before: str = ""
    """What was on the card that nobody had yet, and what became of it."""


class Book:
    """The log at `path`; `now` gives the time as it is written down. ProvisionError where it can't be read."""

    def __init__(self, path: Path, now: Callable[[], str]) -> None:
        self.path = path
        self._now = now
        self._entries: list[Entry] = []
        try:
            for number, line in enumerate(path.read_bytes().splitlines(), 1):
                if line.strip():
                    self._entries.append(self._read(line, number))
        except FileNotFoundError:
            pass
        except OSError as error:
            raise ProvisionError(f"{path}: the log can't be read ({error.strerror})") from None

    def done(self, kiosk: str, kind: str) -> Entry | None:
        """The entry of this kiosk's last good card or file; None while it has none."""
        good = [each for each in self._entries if (each.kiosk, each.kind, each.result) == (kiosk, kind, "good")]
        return good[-1] if good else None

    def note(self, kiosk: str, result: Literal["good", "bad"], target: Path, **more: str) -> None:
        """Add a line that lasts."""
        entry = msgspec.convert(
            {"at": self._now(), "kiosk": kiosk, "result": result, "target": str(target.absolute()), **more}, Entry
        )
        self._entries.append(entry)
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                os.write(descriptor, msgspec.json.encode(entry) + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise ProvisionError(f"{self.path}: can't be written to ({error.strerror}). Make room or rights") from None

    def _read(self, line: bytes, number: int) -> Entry:
        try:
            return msgspec.json.decode(line, type=Entry)
        except msgspec.DecodeError:
            raise ProvisionError(
                f"{self.path}, line {number}: found no entry of this log. Mend or remove that line"
            ) from None
