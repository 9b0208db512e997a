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
    Wifi,
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
    bad("endpoint", "The server refuses this kiosk's token: put a new one into the settings.", "HTTP 401, 42 ms"),
    bad(
        "certificate", "The server's certificate runs out in 3 days: tell who runs the server.", "2026-11-29 12:00 UTC"
    ),
    good("wifi", "The wireless network is strong.", "wlan0, -58 dBm, 72 Mbit/s"),
    good("address", "The kiosk has an address.", "192.0.2.23/24, gateway 192.0.2.1"),
    good("dns", "Names are found.", "feedback.example.com in 12 ms"),
    good("portal", "No sign-in page is in the way.", "HTTP 204"),
    unknown("tls", "It is not known whether the connection is secure: no answer in time.", "no answer in 5 s"),
    good("sent", "3 responses wait to be sent, the oldest for 40 seconds.", "ack 48,198 of 48,201"),
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
    Deed("do:wifi", "Correct the Wi-Fi", "Another network, or another passphrase.", False),
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
    yield "network", "network", Lines(NETWORK, 2, "Test now", "Sync tried the network 4 s ago: 2 things are bad.")
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
    yield "wifi", "service", Wifi("Store", "", "ssid", "small")
    yield "wifi-capital", "service", Wifi("Store guests 5 GHz, 2nd floor", "•" * 18, "passphrase", "capital")
    yield (
        "wifi-signs",
        "service",
        Wifi("Store", "correct horse battery staple", "passphrase", "signs", "A passphrase has 8 to 63 characters."),
    )
    yield "cleaning", "service", Cleaning(42)


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
