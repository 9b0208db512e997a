"""What is right in moodpost.toml but odd: worth a second look, no mistake. Pure; never knows a file or a command."""

from __future__ import annotations

from collections.abc import Container, Iterator

from hardware import wiring
from kiosk import checked
from kiosk.settings import Settings

UNNAMED = "new-kiosk"
"""The id in the file that a card comes with; first boot refuses it."""
_EASY = ("01234567890", "09876543210")


def mistakes(settings: Settings) -> list[tuple[str, str]]:
    """What the kiosk would take and its card would not, as (key path, sentence)."""
    if settings.kiosk.id != UNNAMED:
        return []
    said = f'found "{UNNAMED}", as the card came with it, expected a name of its own such as "helsinki-south"'
    return [("kiosk.id", said)]


def warnings(settings: Settings, given: Container[str]) -> list[tuple[str, str]]:
    """What is odd, as (key path, sentence); `given` are the paths that stand in the file."""
    return [
        *_kiosk(settings),
        *_endpoint(settings, given),
        *_wifi(settings, given),
        *_panel(settings),
        *_technician(settings, given),
    ]


def _kiosk(settings: Settings) -> Iterator[tuple[str, str]]:
    kiosk = settings.kiosk
    begins, ends = kiosk.hours.split("-")
    if begins == ends:
        yield "kiosk.hours", f'found "{kiosk.hours}": that is day and night, as "00:00-24:00" is'
    elif begins > ends:
        yield (
            "kiosk.hours",
            f'found "{kiosk.hours}": open over midnight, until {ends} of the next day; by day it is "{ends}-{begins}"',
        )
    if kiosk.hours != "00:00-24:00" and kiosk.timezone == "UTC":
        yield "kiosk.hours", 'found no time zone: these hours are UTC; add one such as timezone = "Europe/Helsinki"'
    for code in sorted({code for code in kiosk.languages if kiosk.languages.count(code) > 1}):
        yield "kiosk.languages", f'found "{code}" more than once: once will do'


def _endpoint(settings: Settings, given: Container[str]) -> Iterator[tuple[str, str]]:
    endpoint = settings.endpoint
    if endpoint is None:
        yield "endpoint", "found no table [endpoint]: votes stay on the kiosk"
        return
    if endpoint.url.lower().startswith("http:"):
        yield "endpoint.url", f"found {checked.quoted(endpoint.url)}: that is the kiosk itself, so nothing leaves it"
    if not endpoint.token and "endpoint.token" in given:
        yield "endpoint.token", "found an empty one: a kiosk keeps the token that it has, a new card is refused"
    elif not endpoint.token:
        yield "endpoint.token", "found none: votes are sent without, and few endpoints take them so"


def _wifi(settings: Settings, given: Container[str]) -> Iterator[tuple[str, str]]:
    wifi = settings.wifi
    if wifi is None:
        return
    if not wifi.passphrase and "wifi.passphrase" in given:
        yield "wifi.passphrase", "found an empty one: a kiosk keeps the one that it has, a new card is refused"
    elif not wifi.passphrase:
        yield "wifi.passphrase", "found none: the network is taken for an open one"
    if "wifi.country" not in given:
        yield "wifi.country", 'found none: "GB" is taken, and other countries have other channels'


def _panel(settings: Settings) -> Iterator[tuple[str, str]]:
    panel = settings.panel
    if panel.pins == "mock":
        yield "panel.pins", 'found "mock": on a Pi no button does anything then; leave the line out there'
    for part in wiring.parts(panel.buttons, panel.lights, panel.buzzer, buzzer_passive=panel.buzzer_passive):
        if said := wiring.caution(part):
            key = part.kind if part.kind == "buzzer" else f"{part.kind}s[{part.number - 1}]"
            yield f"panel.{key}", f"found {part.bcm}: that pin {said}"


def _technician(settings: Settings, given: Container[str]) -> Iterator[tuple[str, str]]:
    pin = settings.technician.pin.reveal() if settings.technician else ""
    if not pin and "technician.pin" in given:
        yield "technician.pin", "found an empty one: a kiosk keeps the one that it has, a new card is refused"
    elif not pin:
        yield "technician", "found no PIN: at the hidden screen everybody can look, and nobody can change anything"
    elif len(set(pin)) == 1 or any(pin in row for row in _EASY):
        yield "technician.pin", "found one that anybody would try (not shown here): take digits without an order"
