"""moodpost.toml: its keys, their defaults, and what is wrong with one. Never knows who uses a setting.

Where an installer's file is read from and how it is applied is the caller's business.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from hardware import wiring
from kiosk import checked, network, zones
from kiosk.misuse import Limits
from kiosk.survey import Hours, Language, Survey

KioskId = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z",
        description='a name of 1 to 64 letters, digits, ".", "_" or "-", starting with a letter or digit',
    ),
]
Pin = Annotated[int, Meta(description="a BCM pin number, 0 to 27")]


def _seconds(default: float, high: int) -> Any:
    return Annotated[float, Meta(ge=0.01, le=high, description=f"seconds, 0.01 to {high} (by default {default:g})")]


class Secret:
    """A text that never shows itself: not in a log, a repr or an error."""

    __slots__ = ("_text",)
    secret: ClassVar[bool] = True

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; only for the one call that needs it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Secret(…)"


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Kiosk(_Table, frozen=True):
    """Which kiosk this is, and where."""

    id: KioskId
    place: Annotated[str, Meta(max_length=200, description="a text of at most 200 characters")] = ""
    timezone: Annotated[str, Meta(description='a time zone such as "Europe/Helsinki"')] = "UTC"
    languages: Annotated[list[Language], Meta(description="a list of language codes, the default first")] = []
    """Empty: those of the survey."""
    hours: Hours = "00:00-24:00"


class Endpoint(_Table, frozen=True):
    """Where responses go. Without a url they stay on the kiosk."""

    url: Annotated[str, Meta(description='an address such as "https://feedback.example.com"')]
    token: Annotated[Secret, Meta(description="a text in quotes")] = Secret("")
    metered: Annotated[bool, Meta(description="true or false")] = False


class Wifi(_Table, frozen=True):
    """The wireless network."""

    ssid: Annotated[str, Meta(min_length=1, max_length=32, description="a network name of 1 to 32 characters")]
    passphrase: Annotated[Secret, Meta(description="a text in quotes")] = Secret("")
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z", description='a country code such as "FI"')] = "GB"


class Panel(_Table, frozen=True):
    """The buttons and lights, by BCM numbers, happiest face first."""

    buttons: Annotated[list[Pin], Meta(description="a list of BCM pin numbers, happiest face first")] = []
    lights: Annotated[list[Pin], Meta(description="a list of BCM pin numbers, as many as buttons")] = []
    buzzer: Pin | None = None
    buzzer_passive: Annotated[
        bool, Meta(description="true for a piezo that needs a tone, false for a buzzer that has its own")
    ] = True
    quiet_ms: Annotated[
        int, Meta(ge=1, le=1000, description="milliseconds, 1 to 1000, in which a button's further edges are ignored")
    ] = 50
    pins: Annotated[Literal["lgpio", "mock"], Meta(description='"lgpio" (real pins) or "mock" (a laptop)')] = "lgpio"
    chip: Annotated[int, Meta(ge=0, le=31, description="a GPIO chip's number, 0 to 31")] | None = None
    """By default the one of this Pi's header."""


class Screen(_Table, frozen=True):
    """The picture."""

    rotate: Annotated[Literal[0, 90, 180, 270], Meta(description="0, 90, 180 or 270")] = 0
    brightness: Annotated[int, Meta(ge=0, le=100, description="a percentage, 0 to 100")] = 80
    width_mm: Annotated[int, Meta(ge=40, le=2000, description="how wide the picture is, 40 to 2000 mm")] | None = None
    """By default what the screen itself says."""
    high_contrast: Annotated[bool, Meta(description="true or false")] = False
    large_text: Annotated[bool, Meta(description="true or false")] = False
    reach: Annotated[bool, Meta(description="true or false")] = False
    """Everything that can be touched in the lower half. A visitor may choose each of these three for the visit."""
    reduced_motion: Annotated[bool, Meta(description="true or false")] = False


class Times(_Table, frozen=True):
    """How long the steps of a visit last, seconds."""

    undo_s: _seconds(3.0, 30) = 3.0  # type: ignore[valid-type]
    lockout_s: _seconds(2.0, 30) = 2.0  # type: ignore[valid-type]
    answer_s: _seconds(20.0, 300) = 20.0  # type: ignore[valid-type]
    write_s: _seconds(60.0, 300) = 60.0  # type: ignore[valid-type]
    """The same for open text."""
    warn_s: _seconds(10.0, 60) = 10.0  # type: ignore[valid-type]
    """How long before its end a step counts down on the screen; a touch anywhere begins it anew."""
    thanks_s: _seconds(2.5, 30) = 2.5  # type: ignore[valid-type]
    settle_s: Annotated[float, Meta(ge=0, le=5, description="seconds, 0 to 5 (by default 0.3)")] = 0.3
    """How long a follow-up takes no touch: it appears under the finger that has just tapped a face."""


class Store(_Table, frozen=True):
    """How long responses stay on the kiosk."""

    retention_days: Annotated[
        int, Meta(ge=90, le=3650, description="days, 90 to 3650, that acknowledged responses stay on the kiosk")
    ] = 400
    """Long enough that a year can be compared with the one before."""


class Technician(_Table, frozen=True):
    """What the technician needs."""

    pin: Annotated[Secret, Meta(description="six digits or more, in quotes")]
    """Empty: the one that is kept already, if there is one."""


class Network(_Table, frozen=True):
    """Only where DHCP is not enough."""

    ntp: Annotated[list[str], Meta(description="a list of server names")] = []
    address: Annotated[str, Meta(description='an address with its prefix such as "10.0.0.7/24"')] = ""
    gateway: Annotated[str, Meta(description="the address of the router")] = ""
    dns: Annotated[list[str], Meta(description="a list of addresses of name servers")] = []
    proxy: Annotated[str, Meta(description='an address such as "http://proxy.example.com:3128"')] = ""
    proxy_user: Annotated[str, Meta(max_length=100, description="a name of at most 100 characters")] = ""
    proxy_password: Annotated[Secret, Meta(description="a text")] = Secret("")
    ca_file: Annotated[str, Meta(description="a path to a file of PEM certificates")] = ""


class Settings(_Table, frozen=True):
    """The whole of moodpost.toml."""

    kiosk: Kiosk
    endpoint: Endpoint | None = None
    wifi: Wifi | None = None
    panel: Panel = Panel()
    screen: Screen = Screen()
    visit: Times = Times()
    store: Store = Store()
    misuse: Limits = Limits()
    technician: Technician | None = None
    network: Network | None = None


def _kiosk_mistakes(settings: Settings) -> Iterator[tuple[str, str]]:
    if not zones.is_known(settings.kiosk.timezone):
        near = zones.nearest(settings.kiosk.timezone)
        expected = f'"{near}"?' if near else 'a time zone such as "Europe/Helsinki"'
        yield "kiosk.timezone", f"found {checked.quoted(settings.kiosk.timezone)}, expected {expected}"


def _panel_mistakes(settings: Settings) -> Iterator[tuple[str, str]]:
    panel = settings.panel
    if panel.buttons and not 2 <= len(panel.buttons) <= 5:
        yield "panel.buttons", f"found {len(panel.buttons)}, expected 2 to 5 buttons"
    if panel.lights and len(panel.lights) != len(panel.buttons):
        yield "panel.lights", f"found {len(panel.lights)}, expected {len(panel.buttons)}: a light for each button"
    pins = [*panel.buttons, *panel.lights, *([] if panel.buzzer is None else [panel.buzzer])]
    for pin in sorted({p for p in pins if pins.count(p) > 1}):
        yield "panel", f"found pin {pin} more than once, expected each pin for one thing"


def _pin_mistakes(settings: Settings) -> Iterator[tuple[str, str]]:
    panel = settings.panel
    several = [(f"panel.{key}", getattr(panel, key)) for key in ("buttons", "lights")]
    pins = [(f"{path}[{n}]", pin) for path, pins in several if isinstance(pins, list) for n, pin in enumerate(pins)]
    for path, pin in (*pins, ("panel.buzzer", panel.buzzer)):
        if isinstance(pin, int) and not 0 <= pin <= 27:
            counted = f" (pin {pin} of the header is BCM {bcm})" if (bcm := wiring.bcm(pin)) is not None else ""
            yield path, f"found {pin}, expected a BCM pin number, 0 to 27{counted}"


def _wifi_mistakes(settings: Settings) -> Iterator[tuple[str, str]]:
    wifi = settings.wifi
    if wifi is None:
        return
    if len(wifi.ssid.encode()) > 32:
        yield "wifi.ssid", f"found a name of {len(wifi.ssid.encode())} bytes, expected at most 32 (an é counts two)"
    passphrase = wifi.passphrase.reveal()
    # 64 characters are the key itself; anything else is turned into one (IEEE 802.11, annex J.4).
    if passphrase and not (8 <= len(passphrase) <= 63 or re.fullmatch("[0-9A-Fa-f]{64}", passphrase)):
        yield "wifi.passphrase", f"found {len(passphrase)} characters (not shown here), expected 8 to 63"
    elif not (passphrase.isascii() and passphrase.isprintable()):
        yield "wifi.passphrase", "found odd characters (not shown here), expected those of a plain English keyboard"


def _misuse_mistakes(settings: Settings) -> Iterator[tuple[str, str]]:
    for key, least in (("burst_votes", 3), ("rhythm_votes", 5)):
        if 0 < (votes := getattr(settings.misuse, key)) < least:
            yield f"misuse.{key}", f"found {votes}, expected 0 (never) or {least} to 50: fewer may be one family"


def _technician_mistakes(settings: Settings) -> Iterator[tuple[str, str]]:
    pin = settings.technician.pin.reveal() if settings.technician else "000000"
    if pin and not (pin.isascii() and pin.isdigit() and 6 <= len(pin) <= 32):
        yield "technician.pin", "found something else (not shown here), expected six digits or more"


def _endpoint_mistakes(settings: Settings) -> Iterator[tuple[str, str]]:
    endpoint = settings.endpoint
    if endpoint is None:
        return
    if re.search("[@?#]", endpoint.url):
        yield (
            "endpoint.url",
            "found an address with @, ? or # (not shown here, there may be a password in it), "
            'expected one such as "https://feedback.example.com"',
        )
        return
    try:
        # what urlsplit takes out in silence, or a browser takes for a slash, must not make another host of it
        odd = not endpoint.url.isprintable() or re.search(r"[ \\]", endpoint.url)
        url = urlsplit("" if odd else endpoint.url)
        host, _ = url.hostname, url.port
    except ValueError:
        url, host = urlsplit(""), None
    if url.scheme not in ("https", "http") or not host:
        yield (
            "endpoint.url",
            f'found {checked.quoted(endpoint.url)}, expected an address such as "https://feedback.example.com"',
        )
    elif url.scheme == "http" and not _loopback(host):
        yield (
            "endpoint.url",
            f"found {checked.quoted(endpoint.url)}, expected https:// (http:// only to this machine itself)",
        )


def _token_mistakes(settings: Settings) -> Iterator[tuple[str, str]]:
    token = settings.endpoint.token.reveal() if settings.endpoint else ""
    if not token.isascii() or not token.isprintable() or " " in token:
        yield "endpoint.token", "found a text with spaces or odd characters, expected the token as it was issued"


def _network_mistakes(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.network:
        yield from network.mistakes(settings.network, settings.endpoint.url if settings.endpoint else "")


CHECKS = (
    _kiosk_mistakes,
    _endpoint_mistakes,
    _token_mistakes,
    _wifi_mistakes,
    _pin_mistakes,
    _panel_mistakes,
    _misuse_mistakes,
    _technician_mistakes,
    _network_mistakes,
)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse(text: str, source: str = "moodpost.toml") -> Settings:
    """The settings in `text`; SettingsError tells every mistake, with `source` and line."""
    return checked.parse(text, source, Settings, CHECKS, _secret)


def parse_stored(text: str, source: str = "moodpost.toml") -> tuple[Settings, tuple[str, ...]]:
    """The settings in a text that was found good before, and what in it can't be used now, as sentences."""
    from kiosk import leniency

    return leniency.parse(text, source, Settings, CHECKS, _secret)


def _secret(kind: type, value: Any) -> Any:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError("Expected `str`")


def secrets_in(settings: msgspec.Struct) -> Iterator[str]:
    """Every secret of these settings, revealed: for who must take them out of a text."""
    for name in settings.__struct_fields__:
        value = getattr(settings, name)
        if isinstance(value, Secret) and value:
            yield value.reveal()
        elif isinstance(value, msgspec.Struct):
            yield from secrets_in(value)


def fits_survey(settings: Settings, survey: Survey) -> list[str]:
    """What in these settings does not go with this survey: sentences, none where all is well."""
    said = []
    buttons = len(settings.panel.buttons)
    if buttons and survey.question.scale == "nps":
        said.append(
            f"panel.buttons: found {buttons} buttons, expected none, "
            f'as the survey "{survey.name}" is answered with a score from 0 to 10 by touch'
        )
    elif buttons and buttons != len(survey.faces):
        said.append(
            f"panel.buttons: found {buttons} buttons, expected {len(survey.faces)}, "
            f'as many as the survey "{survey.name}" has faces'
        )
    said.extend(
        f'kiosk.languages: found "{code}", expected one of {", ".join(survey.languages)}, '
        f'as the survey "{survey.name}" has them'
        for code in settings.kiosk.languages
        if code not in survey.languages
    )
    return said


def by_first_boot(settings: Settings) -> list[str]:
    """The keys of this file that are the system's to apply: on an appliance its first boot does, elsewhere nobody."""
    set_ = [key for key in ("ntp", "address", "gateway", "dns") if getattr(settings.network, key, None)]
    return [*(["[wifi]"] if settings.wifi else []), *(f"network.{key}" for key in set_)]
