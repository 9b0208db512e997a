"""A view of every page of the technician's screen, with texts as long as they get: to look at them all. No drawing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import msgspec

from hardware.health import Health, bad, good, unknown
from kiosk.screens.technician.pages import (
    Body,
    ButtonLine,
    Buttons,
    Cleaning,
    Confirm,
    Count,
    Deed,
    FaceLine,
    Field,
    Form,
    Lines,
    Log,
    Page,
    PinPad,
    Results,
    ScreenTest,
    Service,
    Survey,
    Technician,
    TouchTest,
    Verdict,
    Votes,
    Ways,
)

PAGES: tuple[Page, ...] = get_args(Page)

SYSTEM: tuple[Health, ...] = (
    bad("power", "This kiosk isn't getting enough power: use its own power supply.", "rpi_volt: in0_lcrit_alarm = 1"),
    bad("disk.space", "The disk is almost full (210 MB free): remove what is not needed from it.", "210 of 14,800 MB"),
    unknown(
        "touch",
        "The touchscreen may not be read: the kiosk's user must be in the group input. Buttons count all the same.",
        "/dev/input/event3: permission denied",
    ),
    unknown("battery.clock", "This board has no clock with a battery.", "no rtc0"),
    good("temperature", "The processor is cool enough: 54 °C.", "thermal_zone0/temp = 54212"),
    good("memory", "There is enough memory: 212 MB are free.", "MemAvailable = 217,088 kB"),
    good("card", "The card reads and writes as it should.", "SC32G, 08/2023, 4 kB in 3.1 ms"),
    good("store", "The store is whole: 48,201 responses.", "quick_check: ok, 6.1 MB, epoch 9f31c2d40a77e815"),
    good("pins", "The buttons' pins answer.", "lgpio 0.2.2, gpiochip0"),
    good("screen", "The screen is connected.", "HDMI-A-1, 1280 × 800, 60 Hz"),
    good("watchdog", "The hardware watchdog would restart this kiosk.", "RuntimeWatchdogSec = 15"),
    good("uptime", "Running for 3 days; the last start was after a power cut.", "boot 7f1c, up 3 d 04:12"),
)
NETWORK: tuple[Health, ...] = (
    good("sync", "Sending is running.", "process 5144"),
    good("link", "There is a network link, by Wi-Fi.", "wlan0: operstate = up, carrier = 1"),
    good("address", "The network gave this kiosk an address.", "wlan0: 192.0.2.23"),
    good("dns", "The proxy's name is known.", "proxy.example.com = 192.0.2.9"),
    bad(
        "proxy",
        "The proxy wants a user and a password, or takes neither of these: correct them.",
        "192.0.2.9 port 3128: HTTP 407",
    ),
    unknown("portal", "Not tried: the proxy opens no way to the endpoint."),
    unknown("endpoint", "Not tried: the proxy opens no way to the endpoint."),
    good("votes.waiting", "3 responses wait to be sent, the oldest for 40 seconds.", "ack 48,198 of 48,201"),
    good("wifi", "The Wi-Fi is strong enough (-58 dBm).", "wlan0: level = -58 dBm"),
)
_QR = (
    "Moodpost 0.1.0 helsinki-south-exit\n2 bad, 2 unknown, 8 good\n"
    "power: This kiosk isn't getting enough power: use its own power supply.\n"
    "disk.space: The card is nearly full: 210 MB are left.\nvotes.waiting: 3 responses wait to be sent."
)
_ERRORS: tuple[tuple[str, str], ...] = (
    ("today 14:02:11", "sync: the endpoint refused the token (401): sending is paused, votes are kept"),
    ("today 13:58:40", "store: the card took 2.4 s to write: it may be worn out"),
    ("today 09:00:02", "panel: button 3 bounced 14 times in 80 ms"),
    (
        "yesterday 21:17",
        "kiosk: brightness: /sys/class/backlight/10-0045/brightness: permission denied",
    ),
    ("23 Nov 08:00", "clock: the time jumped by 3,612 s: it was set from the network"),
    ("22 Nov 17:44", "sync: no answer from feedback.example.com in 10 s"),
    ("22 Nov 17:29", "sync: no answer from feedback.example.com in 10 s"),
    ("after start 2, 00:14", "kiosk: the buzzer does not answer: BCM 26 is in use"),
)
_UNKNOWN = "Everything that could be looked at works; 1 thing could not be."
_TAP = "Tap the middle of each mark, and draw anywhere."
_HOURS = (0, 0, 0, 0, 0, 0, 0, 3, 18, 31, 44, 62, 118, 96, 57, 12, 0, 0, 0, 0, 0, 0, 0, 0)
_DEEDS = (
    Deed("do:clean", "Clean the screen", "For 60 s touch and buttons do nothing.", True),
    Deed("do:import", "Import from a stick", "Settings and surveys from a stick labelled MOODPOST.", True),
    Deed("do:export", "Export the votes", "Writes all votes to a stick labelled MOODPOST.", True),
    Deed("do:bundle", "Support bundle", "What support needs, without secrets, onto the stick.", True),
    Deed("do:network", "Correct the network", "Wi-Fi, address or proxy.", False),
    Deed("do:restart", "Restart", "Takes about a minute.", True),
    Deed("do:poweroff", "Power off", "Then the plug may be pulled.", True),
)


def samples(size: tuple[int, int] = (1280, 800)) -> Iterator[tuple[str, Technician]]:
    """Each page with a name: `verdict`, `verdict-good`, …; `size` is the screen's, in pixels."""
    yield from ((name, _view(page, body)) for name, page, body in _bodies(size))
    yield "read-only", _view("system", Lines(SYSTEM, 0), read_only=True, locked=True)
    yield "leaving", _view("votes", _votes(), read_only=True, left_s=8)


def sample(page: Page, body: Body) -> Technician:
    """`body` on its page, all pages to choose from."""
    return _view(page, body)


def _view(
    page: Page, body: Body, *, read_only: bool = False, locked: bool = False, left_s: int | None = None
) -> Technician:
    return Technician(
        page=page,
        pages=PAGES,
        body=body,
        kiosk="helsinki-south-exit",
        about="v0.1.0, up 3 d 04:12",
        read_only=read_only,
        locked=locked,
        left_s=left_s,
    )


def _bodies(size: tuple[int, int]) -> Iterator[tuple[str, Page, Body]]:
    worst = (*SYSTEM[:2], SYSTEM[2])
    yield "verdict", "verdict", Verdict(SYSTEM[0].said, "bad", worst, 2, 2, 8, _QR)
    yield "verdict-good", "verdict", Verdict("Everything works.", "good", (), 0, 0, 24, _QR[:90])
    yield (
        "verdict-one",
        "verdict",
        Verdict(_UNKNOWN, "good", worst[2:], 0, 1, 11, _QR),
    )
    yield "verdict-lone", "verdict", Verdict(SYSTEM[1].said, "bad", SYSTEM[1:2], 1, 0, 23, _QR[:150])
    yield "verdict-looking", "verdict", Verdict("Looking …", "unknown", (), 0, 0, 0, _QR[:90], looking=True)
    for count in (4, 2, 3, 5):
        yield f"buttons{'' if count == 4 else f'-{count}'}", "buttons", _buttons(count)
    silent = msgspec.structs.replace(_buttons(5), buzzer=False)
    yield "buttons-silent", "buttons", silent
    yield "buttons-none", "buttons", Buttons((), False, "The buttons' pins can't be had: lgpio is missing.")
    strokes = (
        tuple((size[0] // 2 + 2 * x - 160, size[1] // 2 + (x * x // 90) % 70 - 20) for x in range(160)),
        ((size[0] // 2, size[1] // 3),),
    )
    half = TouchTest(strokes, ((2, -1), (-3, 0), (31, 44), None, None), _TAP)
    yield "touch", "touch", half
    yield "touch-new", "touch", TouchTest((), (None,) * 5, _TAP)
    said = "Plain colours show dead pixels and stains; then a frame: its arrow must point up, its edges must be whole."
    yield from ((f"screen{step or ''}", "screen", ScreenTest(step, 90, size, said)) for step in range(7))
    yield "network", "network", Lines(NETWORK, 3, "Test now", "Sync tried the network 4 s ago.", 7, 4)
    yield "system", "system", Lines(SYSTEM, 3)
    yield "votes", "votes", _votes()
    yield (
        "votes-timeless",
        "votes",
        Votes(
            (Count("Waiting", "12,408", "bad"), Count("Acknowledged", "0")),
            (),
            None,
            "12,408 responses have waited for 9 days: the server can't be reached. None is lost.",
            "bad",
        ),
    )
    for number in (4, 2, 5):
        yield f"results{'' if number == 4 else f'-{number}'}", "results", _results(number)
    yield "results-few", "results", _few()
    yield "survey", "survey", _survey()
    yield "log", "log", Log(_ERRORS, 2)
    yield "log-empty", "log", Log((), 0)
    safe = "Safe to remove: 0 waiting"
    yield "service", "service", Service(safe, "good", _DEEDS, "The support bundle is on the stick: 184 kB.")
    yield "service-waiting", "service", Service("3 responses still wait to be sent", "bad", _DEEDS[:6])
    yield "pin", "service", PinPad(4)
    yield "pin-wrong", "service", PinPad(0, "That was not it. 3 tries are left before you must wait.")
    yield "pin-wait", "service", PinPad(0, "That was not it, ten times. Wait for the next try.", 118)
    yield (
        "confirm",
        "service",
        Confirm("Restart this kiosk?", ("All votes are on the card; none is lost.",), "Restart"),
    )
    changes = (
        "place: Helsinki store, south exit → Helsinki store, north exit",
        'languages: "fi", "sv", "en" → "fi", "en"',
        "hours: 08:00-21:00 → 07:00-23:00",
        "survey: store/3 → canteen/1",
    )
    yield "confirm-import", "service", Confirm("Take these settings from the stick?", changes, "Take them")
    yield from ((name, "service", body) for name, body in _corrections())
    yield "cleaning", "service", Cleaning(42)


def _corrections() -> Iterator[tuple[str, Body]]:
    ways = (
        ("wifi", "Wi-Fi", "Another network or passphrase. Its address comes by itself (DHCP)."),
        ("wifi-hand", "Wi-Fi, address by hand", "The same, with address, router and name server."),
        ("cable", "Cable", "Its address comes by itself (DHCP). Nothing is to be typed."),
        ("cable-hand", "Cable, address by hand", "With address, router and name server."),
        ("proxy", "Proxy", "The endpoint is reached through a proxy."),
        ("no-proxy", "No proxy", "The endpoint is reached without one. Nothing is to be typed."),
    )
    deeds = tuple(Deed(f"way:{way}", label, said, True) for way, label, said in ways)
    yield "ways", Ways("What is to be corrected? It is tried first, and kept only where it works.", deeds)
    secret = Field("passphrase", "Passphrase", "•" * 18, True)
    names = Field("ssid", "Network name", "Store guests 5 GHz, 2nd floor"), secret
    lead = "The wireless network: its name, then its passphrase."
    empty = tuple(msgspec.structs.replace(field, text="") for field in names)
    yield "form", Form(lead=lead, fields=empty, field="ssid", layer="small", ok="Next")
    yield "form-capital", Form(lead=lead, fields=names, field="passphrase", layer="capital")
    shown = names[0], msgspec.structs.replace(names[1], text="correct horse battery staple")
    said = "A passphrase has 8 to 63 characters, a key 64 hex digits; or none."
    yield "form-signs", Form(lead=lead, fields=shown, field="passphrase", layer="signs", said=said)
    own = Field("address", "Address, such as 10.0.0.7/24", "2001:db8:85a3::8a2e:370:7334/64")
    by_hand = own, Field("gateway", "Router", "")
    said = 'The router: found "10.0.1.1", expected an address in 10.0.0.0/24.'
    yield "form-address", Form(lead=lead, fields=by_hand, field="gateway", layer="address", said=said, ok="Next")
    proxy = Field("proxy", "Proxy", "http://proxy.example.com:3128"), Field("user", "User", "kiosk")
    lead = "The proxy that leads to the endpoint, and the user that it wants, if any."
    yield "form-proxy", Form(lead=lead, fields=proxy, field="proxy", layer="small", ok="Next", marks=".:/-")
    word = (Field("password", "Password", "•" * 12, True),)
    yield "form-password", Form(lead="The password of that user.", fields=word, field="password", layer="small")


def _buttons(count: int) -> Buttons:
    told: tuple[tuple[int, bool, bool | None, float | None, str, str], ...] = (
        (3, False, True, 2.1, "works", "good"),
        (0, False, False, None, "not pressed yet", "unknown"),
        (12, True, False, 1.8, "held down for 12 s: does it stick?", "bad"),
        (41, False, None, 114.6, "bounces: 14 presses, too fast for a finger", "bad"),
        (1, False, False, 2.4, "works", "good"),
    )
    pins = ((5, 29), (6, 31), (13, 33), (19, 35), (26, 37))
    return Buttons(
        tuple(
            ButtonLine(face, pin, physical, presses, down, light, took, said, condition)  # type: ignore[arg-type]
            for face, ((pin, physical), (presses, down, light, took, said, condition)) in enumerate(
                zip(pins[:count], told[:count], strict=True), 1
            )
        ),
        buzzer=count != 3,
        said="Press each button once.",
    )


def _votes() -> Votes:
    counts = (
        Count("Today", "441"),
        Count("Marked as misuse", "1,204"),
        Count("Waiting", "3"),
        Count("Acknowledged", "1,048,198"),
        Count("Refused", "2", "bad"),
        Count("Gap", "0"),
    )
    said = "Every response is either acknowledged or waiting: nothing is missing."
    return Votes(counts, _HOURS, 14, said, "good")


def _results(count: int) -> Results:
    reasons = (("Waiting time", 31), ("Staff friendliness", 18), ("Information and signs", 9))
    shares = {2: (0.72, 0.28), 4: (0.463, 0.281, 0.154, 0.102), 5: (0.4, 0.25, 0.15, 0.12, 0.08)}[count]
    faces = tuple(
        FaceLine(face, share, round(share * 1254), reasons[: face - 1]) for face, share in enumerate(shares, 1)
    )
    heat = tuple(
        tuple(
            None if hour < 8 or hour > 20 or (day == 6 and hour > 15) else float((hour * 37 + day * 53) % 101)
            for hour in range(24)
        )
        for day in range(7)
    )
    return Results("week", False, 1254, 23, "72", "81 % (74 to 87 %)", faces, heat, beside="70")


def _few() -> Results:
    faces = tuple(FaceLine(face, votes / 17, votes, ()) for face, votes in enumerate((9, 5, 2, 1), 1))
    few = "too few votes"
    return Results("today", True, 17, 4, few, few, faces, (), "The time is not known yet: no week can be shown.", few)


def _survey() -> Survey:
    return Survey(
        (
            Count("Survey", "store/3"),
            Count("Asked", "Mon Tue Wed Thu Fri, 08:00-21:00, 2026-10-01 to 2026-12-24"),
            Count("Answers", "4 faces"),
            Count("Languages", "en fi sv nl de fr es pl el uk tr ar he hi th ja ko zh"),
        ),
        (
            "How was your visit today?",
            "What could we do better? (several choices, after face 3, 4)",
            "What did you like? (one choice, after face 1, 2)",
            "How likely is it that you recommend us to a friend or a colleague? (a score)",
            "Is there anything else you would like to tell us? (open text, after face 3, 4)",
        ),
    )
