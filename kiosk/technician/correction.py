"""A correction of the network being made: what is to be corrected, then what is typed, two fields at a time. Pure.

Shows passphrase and password only where that is asked.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from hardware.apply import ip as addresses
from hardware.apply import proxy as proxies
from hardware.apply.ip import Ip
from hardware.apply.request import Cable, Proxy, Wifi
from kiosk.screens.technician import pages
from kiosk.technician.asks import Do, Touch

SSID_BYTES = 32
"""IEEE 802.11: a name is at most 32 bytes."""
PASSPHRASE = range(8, 64)
"""WPA: 8 to 63 printable ASCII characters; none for an open network."""
MOST = 100
"""Characters of any other field."""
_KEY = re.compile("[0-9A-Fa-f]{64}")
"""The key itself, as some routers print it instead."""
_DOT = "•"


class _Step(NamedTuple):
    """What is typed on one page: each field's name and label."""

    lead: str
    fields: tuple[tuple[str, str], ...]
    layer: pages.Layer = "small"
    marks: str = ""


_SECRET = ("passphrase", "password")
_WIFI = _Step(
    "The wireless network: its name, then its passphrase.", (("ssid", "Network name"), ("passphrase", "Passphrase"))
)
_ADDRESS = _Step(
    "The address of this kiosk with its prefix, and that of the router.",
    (("address", "Address, such as 10.0.0.7/24"), ("gateway", "Router")),
    "address",
)
_SERVERS = _Step(
    "The name servers. One is enough; without any, those of the network.",
    (("dns", "Name server"), ("dns2", "Another one")),
    "address",
)
_PROXY = _Step(
    "The proxy that leads to the endpoint, and the user that it wants, if any.",
    (("proxy", "Proxy"), ("user", "User")),
    marks=".:/-",
)
_PASSWORD = _Step("The password of that user.", (("password", "Password"),))

_WAYS: tuple[tuple[str, str, str, tuple[_Step, ...]], ...] = (
    ("wifi", "Wi-Fi", "Another network or passphrase. Its address comes by itself (DHCP).", (_WIFI,)),
    (
        "wifi-hand",
        "Wi-Fi, address by hand",
        "The same, with address, router and name server.",
        (_WIFI, _ADDRESS, _SERVERS),
    ),
    ("cable", "Cable", "Its address comes by itself (DHCP). Nothing is to be typed.", ()),
    ("cable-hand", "Cable, address by hand", "With address, router and name server.", (_ADDRESS, _SERVERS)),
    ("proxy", "Proxy", "The endpoint is reached through a proxy.", (_PROXY, _PASSWORD)),
    ("no-proxy", "No proxy", "The endpoint is reached without one. Nothing is to be typed.", ()),
)
"""Action, label, what it is for, and what is typed."""


class Correction:
    """What was chosen and typed so far. Forgotten with the object."""

    def __init__(self) -> None:
        self._way = ""
        self._left: list[_Step] = []
        self._typed: dict[str, str] = {"proxy": "http://"}
        self._field = ""
        self._layer: pages.Layer = "small"
        self._revealed = False
        self._said = ""

    def body(self) -> pages.Ways | pages.Form:
        """What the page shows."""
        if not self._left:
            ways = tuple(pages.Deed(f"way:{way}", label, said, True) for way, label, said, _ in _WAYS)
            return pages.Ways("What is to be corrected? It is tried first, and kept only where it works.", ways)
        step = self._left[0]
        return pages.Form(
            lead=step.lead,
            fields=tuple(pages.Field(name, label, self._shown(name), name in _SECRET) for name, label in step.fields),
            field=self._field,
            layer=self._layer,
            said=self._said,
            ok="OK" if len(self._left) == 1 else "Next",
            marks=step.marks,
        )

    def _shown(self, name: str) -> str:
        typed = self._typed.get(name, "")
        return _DOT * len(typed) if name in _SECRET and not self._revealed else typed

    def touched(self, touch: Touch) -> Do | None:
        """A target was touched; what is to be done once all is typed."""
        what, _, which = touch.action.partition(":")
        match what:
            case "way":
                return self._choose(which)
            case "field" if self._left and which in dict(self._left[0].fields):
                self._field = which
            case "reveal":
                self._revealed = not self._revealed
            case "key" if self._left:
                self._key(which or ":")
            case "ok" if self._left:
                return self._next()
        return None

    def _choose(self, which: str) -> Do | None:
        for way, _, _, steps in _WAYS:
            if way == which and not self._left:
                self._way = way
                self._left = list(steps)
                if not steps:
                    return self._done()
                self._begin()
        return None

    def _begin(self) -> None:
        self._field = self._left[0].fields[0][0]
        self._layer = self._left[0].layer
        self._revealed = False

    def _next(self) -> Do | None:
        self._said = self._wrong()
        if self._said:
            return None
        if self._left[0] is _PROXY and not self._text("user"):
            del self._left[1:]  # nobody to have a password
        del self._left[0]
        if not self._left:
            return self._done()
        self._begin()
        return None

    def _done(self) -> Do:
        """What was chosen, with what was typed for it."""
        servers = tuple(server for server in (self._text("dns"), self._text("dns2")) if server)
        ip = Ip(self._text("address"), self._text("gateway"), servers)
        wanted: Wifi | Cable | Proxy
        match self._way:
            case "wifi" | "wifi-hand":
                wanted = Wifi(self._typed.get("ssid", ""), self._typed.get("passphrase", ""), ip)
            case "cable" | "cable-hand":
                wanted = Cable(ip)
            case "proxy":
                word = self._typed.get("password", "")
                wanted = Proxy(proxies.joined(self._text("proxy"), self._text("user"), word))
            case _:
                wanted = Proxy()
        return Do("network", wanted)

    def _text(self, name: str) -> str:
        return self._typed.get(name, "").strip()

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
        before = self._typed.get(self._field, "")
        after = before[:-1] if character is None else before + character
        if self._field == "ssid":
            fits = len(after.encode()) <= SSID_BYTES
        else:
            fits = len(after) <= (PASSPHRASE.stop if self._field == "passphrase" else MOST)
        self._typed[self._field] = after if fits else before

    def _wrong(self) -> str:
        """What is wrong on the page that is shown, in a sentence."""
        step = self._left[0]
        if step is _WIFI:
            return self._wrong_wifi()
        if step is _PROXY:
            wrong = proxies.mistake(self._text("proxy"))
            return f"The proxy: {wrong}." if wrong else ""
        if step is _ADDRESS:
            ip = Ip(self._text("address"), self._text("gateway"))
            if not ip.address:
                return "Type the address, with its prefix, such as 10.0.0.7/24."
        else:
            ip = Ip(dns=tuple(server for server in (self._text("dns"), self._text("dns2")) if server))
        names = {"address": "The address", "gateway": "The router"}
        for field, said in addresses.mistakes(ip):
            return f"{names.get(field, 'The name server')}: {said}."
        return ""

    def _wrong_wifi(self) -> str:
        if not self._text("ssid"):
            return "Type the network's name."
        typed = self._typed.get("passphrase", "")
        if typed and len(typed) not in PASSPHRASE and not _KEY.fullmatch(typed):
            return "A passphrase has 8 to 63 characters, a key 64 hex digits; or none."
        return ""
