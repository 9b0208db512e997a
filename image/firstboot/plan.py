"""What is stored of settings that were brought, and where. Writes nothing.

An empty secret keeps the stored one, but only for what that one was given for: a token for its endpoint, a passphrase
for its network. Else whoever plugs in a stick would have the kiosk send its token wherever he likes.
"""

from __future__ import annotations

import re
import tomllib
from urllib.parse import unquote, urlsplit

from hardware.apply import keyfile
from hardware.apply import proxy as proxies
from hardware.apply.ip import Ip
from hardware.apply.request import Cable, Wifi
from image.errors import RefusedError
from image.firstboot.brought import Brought
from image.firstboot.machine import host_name, time_servers
from image.firstboot.source import CA, KEYS, SETTINGS
from image.firstboot.spans import blanked
from image.firstboot.state import State
from image.firstboot.store import Change, Store
from kiosk import network
from kiosk import settings as kiosk_settings
from kiosk.errors import SettingsError
from kiosk.settings import Secret, Settings

TOKEN = "secrets/token"
ORIGIN = "secrets/origin"
"""Whom the token was given for."""
PROXY = "secrets/proxy"
"""The proxy's address with user and password; b"": there is none, or it stands as it is in the settings."""
PIN = "store/technician.pin"
CONNECTION, CABLE = (f"system/connections/{name}.nmconnection" for name in (keyfile.NAME, keyfile.CABLE))
AUTHORIZED = "system/ssh/authorized_keys"
HOSTNAME, COUNTRY, TIME = "system/hostname", "system/country", "system/timesyncd.conf"
LOCALTIME = "system/localtime"
ZONES = "/usr/share/zoneinfo"


def change(brought: Brought, store: Store, state: State) -> Change:
    """What is to be stored together, so that nothing of another file stays in force.

    RefusedError where an empty secret has nothing to keep. A stick brings no keys: those of the card stay.
    """
    settings = brought.settings
    if mistakes := _not_kept(brought, store, state):
        raise RefusedError(mistakes)
    texts = {name: data for name, data in brought.files.items() if name != KEYS}
    texts[SETTINGS] = blanked(texts[SETTINGS], brought.spans)
    tree = {
        TOKEN: _token(brought, store, state),
        ORIGIN: _origin(settings),
        HOSTNAME: f"{host_name(settings.kiosk.id)}\n".encode(),
    }
    gone: list[str] = []

    def keep(name: str, data: bytes | None) -> None:
        if data is None:
            gone.append(name)
        else:
            tree[name] = data

    servers = settings.network.ntp if settings.network else []
    keep(TIME, time_servers(servers) if servers else None)
    keep(COUNTRY, f"{settings.wifi.country}\n".encode() if settings.wifi else None)
    if state.in_force != "stick":
        keep(AUTHORIZED, brought.keys or None)
    before = _stored(store)
    for name, found in (
        (CONNECTION, _wifi(settings, before, store)),
        (CABLE, _cable(settings, before)),
        (PROXY, _proxy(settings, before, store)),
    ):
        if found is not _AS_IT_IS:
            keep(name, found or None)
    pin = settings.technician.pin if settings.technician else Secret("")
    return Change(texts, tree, {LOCALTIME: f"{ZONES}/{settings.kiosk.timezone}"}, gone, pin, state)


def _not_kept(brought: Brought, store: Store, state: State) -> list[str]:
    """Each secret that stands in the file as "", the one that is kept, where none is kept for this."""
    settings, mistakes = brought.settings, []
    text = tomllib.loads(brought.files[SETTINGS].decode("utf-8-sig"))

    def is_empty(table: str, key: str) -> bool:
        return bool(text.get(table, {}).get(key) == "")

    if is_empty("endpoint", "token") and not _kept_token(brought, store, state):
        mistakes.append(
            f'{SETTINGS}, endpoint.token: found "" and none is kept for this address and {CA}, expected the token '
            "anew (or no line token, where none is needed)"
        )
    if settings.wifi and is_empty("wifi", "passphrase") and _wifi(settings, _stored(store), store) is not _AS_IT_IS:
        kept = store.read(CONNECTION).decode(errors="replace")
        if not (_passphrase(kept) and _is_for(kept, settings.wifi.ssid)):
            mistakes.append(
                f'{SETTINGS}, wifi.passphrase: found "" and none is kept for this network, expected the passphrase '
                "anew (or no line passphrase, where the network is open)"
            )
    as_it_is = _proxy(settings, _stored(store), store) is _AS_IT_IS
    if is_empty("network", "proxy_password") and not as_it_is and not _kept_password(settings, store):
        mistakes.append(
            f'{SETTINGS}, network.proxy_password: found "" and none is kept for this proxy and user, expected the '
            "password anew (or no line proxy_password, where none is needed)"
        )
    if is_empty("technician", "pin") and not store.read(PIN):
        mistakes.append(
            f'{SETTINGS}, technician.pin: found "" and none is kept, expected six digits or more '
            "(or no line pin, where none is wanted)"
        )
    return mistakes


def _token(brought: Brought, store: Store, state: State) -> bytes:
    endpoint = brought.settings.endpoint
    given = endpoint.token.reveal() if endpoint else ""
    return f"{given}\n".encode() if given else _kept_token(brought, store, state)


def _kept_token(brought: Brought, store: Store, state: State) -> bytes:
    """b"" where it was given for another, or a stick would have the kiosk believe another to be the same."""
    before = store.read(f"settings/{CA}")
    believed = state.in_force != "stick" or brought.files.get(CA, before) == before
    return store.read(TOKEN) if believed and store.read(ORIGIN) == _origin(brought.settings) != b"" else b""


def _origin(settings: Settings) -> bytes:
    """Whom a token is sent to: scheme, host and port."""
    if settings.endpoint is None:
        return b""
    url = urlsplit(settings.endpoint.url)
    port = url.port or {"https": 443, "http": 80}.get(url.scheme, 0)
    return f"{url.scheme}://{url.hostname}:{port}\n".encode()


_AS_IT_IS = b"as it is"


def _wifi(settings: Settings, before: Settings | None, store: Store) -> bytes:
    """The network's file; b"": none. One that a technician has joined stays until the settings name another."""
    wifi, old = settings.wifi, before.wifi if before else None
    if wifi is None:
        return b"" if old else _AS_IT_IS
    given = wifi.passphrase.reveal()
    kept = store.read(CONNECTION).decode(errors="replace")
    by_hand = network.ip(settings.network)
    same = old is not None and before is not None and old.ssid == wifi.ssid and network.ip(before.network) == by_hand
    if not given and kept and same:
        return _AS_IT_IS
    known = _passphrase(kept) if _is_for(kept, wifi.ssid) else ""
    return keyfile.written(Wifi(wifi.ssid, given or known, by_hand)).encode()


def _cable(settings: Settings, before: Settings | None) -> bytes:
    """The same for the cable, which has the address that is set by hand where there is no Wi-Fi to have it."""

    def wanted(of: Settings | None) -> Ip:
        return network.ip(of.network) if of and of.wifi is None else Ip()

    now = wanted(settings)
    if now == wanted(before):
        return _AS_IT_IS
    return keyfile.written(Cable(now)).encode() if now else b""


def _proxy(settings: Settings, before: Settings | None, store: Store) -> bytes:
    """Where the endpoint is reached through. What a technician has set stays until the settings name another."""
    named = settings.network
    old = before.network if before else None
    if not (named and named.proxy):
        return b"" if old and old.proxy else _AS_IT_IS
    given = named.proxy_password.reveal()
    same = old is not None and (old.proxy, old.proxy_user) == (named.proxy, named.proxy_user)
    if not given and same and store.read(PROXY):
        return _AS_IT_IS
    password = given or _kept_password(settings, store)
    return f"{proxies.joined(named.proxy, named.proxy_user, password)}\n".encode()


def _kept_password(settings: Settings, store: Store) -> str:
    """ "" where the one that is kept was given for another proxy or user."""
    named = settings.network
    if not (named and named.proxy and named.proxy_user):
        return ""
    kept = store.read(PROXY).decode(errors="replace").strip()
    whole = urlsplit(kept)
    if proxies.joined(named.proxy, named.proxy_user) != proxies.joined(
        proxies.bare(kept), unquote(whole.username or "")
    ):
        return ""
    return unquote(whole.password or "")


def _is_for(text: str, ssid: str) -> bool:
    """Whether a network's file, as keyfile.py has written it, is of this one."""
    return "ssid=" + "".join(f"{byte};" for byte in ssid.encode()) in text.splitlines()


def _passphrase(text: str) -> str:
    """As keyfile.py has written it."""
    found = re.search(r"^psk=(.*)$", text, re.MULTILINE)
    return re.sub(r"\\(.)", lambda sign: {"s": " "}.get(sign[1], sign[1]), found[1]) if found else ""


def _stored(store: Store) -> Settings | None:
    try:
        return kiosk_settings.parse_stored(store.read(f"settings/{SETTINGS}").decode("utf-8-sig"))[0]
    except (SettingsError, UnicodeDecodeError):
        return None
