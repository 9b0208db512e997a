"""A wireless network being typed: its name and its passphrase. Pure; shows the passphrase only where that is asked."""

from __future__ import annotations

import re
from typing import Literal

from kiosk.screens.technician import pages
from kiosk.settings import Secret
from kiosk.technician.asks import Do, Touch

SSID_BYTES = 32
"""IEEE 802.11: a name is at most 32 bytes."""
PASSPHRASE = range(8, 64)
"""WPA: 8 to 63 printable ASCII characters; none for an open network."""
_KEY = re.compile("[0-9A-Fa-f]{64}")
"""The key itself, as some routers print it instead."""
_DOT = "•"


class Typing:
    """What was typed so far. Forgotten with the object."""

    def __init__(self) -> None:
        self._ssid = ""
        self._passphrase = ""
        self._field: Literal["ssid", "passphrase"] = "ssid"
        self._layer: Literal["small", "capital", "signs"] = "small"
        self._revealed = False
        self._said = ""

    def body(self) -> pages.Wifi:
        """What the page shows."""
        passphrase = self._passphrase if self._revealed else _DOT * len(self._passphrase)
        return pages.Wifi(self._ssid, passphrase, self._field, self._layer, self._said)

    def touched(self, touch: Touch) -> Do | None:
        """A target was touched; what is to be done once all is typed."""
        what, _, which = touch.action.partition(":")
        match what:
            case "field":
                self._field = "passphrase" if which == "passphrase" else "ssid"
            case "reveal":
                self._revealed = not self._revealed
            case "key":
                self._key(which or ":")
            case "ok":
                self._said = self._wrong()
                if not self._said:
                    return Do("wifi", self._ssid, Secret(self._passphrase))
        return None

    def _key(self, key: str) -> None:
        self._said = ""
        match key:
            case "shift":
                self._layer = "small" if self._layer == "capital" else "capital"
            case "signs":
                self._layer = "small" if self._layer == "signs" else "signs"
            case "delete":
                self._type(None)
            case "space":
                self._type(" ")
            case _ if len(key) == 1:
                self._type(key)
                if self._layer == "capital":
                    self._layer = "small"

    def _type(self, character: str | None) -> None:
        before = self._ssid if self._field == "ssid" else self._passphrase
        after = before[:-1] if character is None else before + character
        if self._field == "ssid":
            self._ssid = after if len(after.encode()) <= SSID_BYTES else before
        else:
            self._passphrase = after if len(after) <= PASSPHRASE.stop else before

    def _wrong(self) -> str:
        if not self._ssid.strip():
            return "Type the network's name."
        typed = self._passphrase
        if typed and len(typed) not in PASSPHRASE and not _KEY.fullmatch(typed):
            return "A passphrase has 8 to 63 characters, a key 64 hex digits; or none."
        return ""
