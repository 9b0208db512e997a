"""What is stored of settings that were brought, and where: an empty secret keeps the stored one. Writes nothing."""

from __future__ import annotations

import re

from hardware.apply import keyfile
from hardware.apply.request import Wifi
from image.firstboot.brought import Brought
from image.firstboot.machine import host_name, time_servers
from image.firstboot.source import KEYS, SETTINGS
from image.firstboot.spans import blanked
from image.firstboot.state import State
from image.firstboot.store import Change, Store
from kiosk import settings as kiosk_settings
from kiosk.errors import SettingsError
from kiosk.settings import Secret, Settings

TOKEN = "secrets/token"
CONNECTION = f"system/connections/{keyfile.NAME}.nmconnection"
AUTHORIZED = "system/ssh/authorized_keys"
HOSTNAME, COUNTRY, TIME = "system/hostname", "system/country", "system/timesyncd.conf"
LOCALTIME = "system/localtime"
ZONES = "/usr/share/zoneinfo"


def change(brought: Brought, store: Store, state: State) -> Change:
    """What is to be stored together, so that nothing of another file stays in force."""
    settings = brought.settings
    texts = {name: data for name, data in brought.files.items() if name != KEYS}
    texts[SETTINGS] = blanked(texts[SETTINGS], brought.spans)
    tree = {TOKEN: _token(settings, store), HOSTNAME: f"{host_name(settings.kiosk.id)}\n".encode()}
    gone: list[str] = []

    def keep(name: str, data: bytes | None) -> None:
        if data is None:
            gone.append(name)
        else:
            tree[name] = data

    servers = settings.network.ntp if settings.network else []
    keep(TIME, time_servers(servers) if servers else None)
    keep(COUNTRY, f"{settings.wifi.country}\n".encode() if settings.wifi else None)
    keep(AUTHORIZED, brought.files.get(KEYS))
    wifi = _wifi(settings, _stored(store), store)
    if wifi is not _AS_IT_IS:
        keep(CONNECTION, wifi or None)
    pin = settings.technician.pin if settings.technician else Secret("")
    return Change(texts, tree, {LOCALTIME: f"{ZONES}/{settings.kiosk.timezone}"}, gone, pin, state)


def _token(settings: Settings, store: Store) -> bytes:
    if settings.endpoint is None:
        return b""
    given = settings.endpoint.token.reveal()
    return f"{given}\n".encode() if given else store.read(TOKEN)


_AS_IT_IS = b"as it is"


def _wifi(settings: Settings, before: Settings | None, store: Store) -> bytes:
    """The network's file; b"": none. One that a technician has joined stays until the settings name another."""
    wifi, old = settings.wifi, before.wifi if before else None
    if wifi is None:
        return b"" if old else _AS_IT_IS
    given = wifi.passphrase.reveal()
    kept = store.read(CONNECTION).decode(errors="replace")
    if not given and kept and old and old.ssid == wifi.ssid:
        return _AS_IT_IS
    return keyfile.written(Wifi(wifi.ssid, given or _passphrase(kept))).encode()


def _passphrase(text: str) -> str:
    """As keyfile.py has written it."""
    found = re.search(r"^psk=(.*)$", text, re.MULTILINE)
    return re.sub(r"\\(.)", lambda sign: {"s": " "}.get(sign[1], sign[1]), found[1]) if found else ""


def _stored(store: Store) -> Settings | None:
    try:
        return kiosk_settings.parse(store.read(f"settings/{SETTINGS}").decode("utf-8-sig"))
    except (SettingsError, UnicodeDecodeError):
        return None
