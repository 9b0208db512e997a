"""Settings that were good for another version: what can't be used goes, the rest is as it was, and it is told."""

from __future__ import annotations

import pytest

from kiosk.errors import SettingsError
from kiosk.settings import parse, parse_stored

GOOD = """\
[kiosk]
id = "k"
place = "Töölö"
languages = ["fi", "en"]
[endpoint]
url = "https://feedback.example.com"
[panel]
buttons = [5, 6, 13, 19]
lights = [12, 16, 20, 21]
[screen]
brightness = 70
"""


def changed(*pairs: tuple[str, str]) -> str:
    text = GOOD
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    return text


def test_what_is_good_is_read_as_ever() -> None:
    assert repr(parse_stored(GOOD)) == repr((parse(GOOD), ()))


@pytest.mark.parametrize(
    ("pairs", "without", "said"),
    [
        (
            [("brightness = 70", "brightness = 70\nglow = 5")],
            [],
            ['line 12, screen.glow: found an unknown key "glow", expected one of rotate, '],
        ),
        (
            [("[screen]", "[heartbeat]\neach_s = 60\n[screen]")],
            [],
            ["line 10, heartbeat: found an unknown table [heartbeat], expected one of kiosk, "],
        ),
        (
            [("brightness = 70", "brightness = 700")],
            [("brightness = 70\n", "")],
            ["line 11, screen.brightness: found 700, expected a percentage, 0 to 100"],
        ),
        (
            [('["fi", "en"]', '["fi", "english", "swedish"]')],
            [('languages = ["fi", "en"]\n', "")],
            [
                "line 4, kiosk.languages[1]: found",
                "line 4, kiosk.languages[2]: found",
                "kiosk.languages: left out with",
            ],
        ),
        (
            [("https://feedback.example.com", "http://feedback.example.com")],
            [('[endpoint]\nurl = "https://feedback.example.com"\n', "")],
            ["line 6, endpoint.url: found", "endpoint: left out with it"],
        ),
        (
            [("buttons = [5", "buttons = [55")],
            [("buttons = [5, 6, 13, 19]\nlights = [12, 16, 20, 21]\n", "")],
            ["line 8, panel.buttons[0]: found 55", "panel.buttons: left out with it", "panel.lights: left out with it"],
        ),
        (
            [("lights = [12", "lights = [5")],
            [("[panel]\nbuttons = [5, 6, 13, 19]\nlights = [12, 16, 20, 21]\n", "")],
            ["line 7, panel: found pin 5 more than once"],
        ),
        (
            [('url = "https://feedback.example.com"', '"u.rl" = 1')],
            [('[endpoint]\nurl = "https://feedback.example.com"\n', "")],
            [
                "line 5, endpoint.url: found nothing",
                'line 6, endpoint."u.rl": found an unknown key',
                "endpoint: left out",
            ],
        ),
        (
            [("[panel]", "panel = 3\n[other]"), ("[kiosk]", "")],
            None,
            ["kiosk: found nothing", "panel: found"],
        ),
    ],
)
def test_what_is_wrong_now_is_as_if_it_were_not_there(
    pairs: list[tuple[str, str]], without: list[tuple[str, str]] | None, said: list[str]
) -> None:
    text = changed(*pairs)
    if without is None:
        with pytest.raises(SettingsError):
            parse_stored(text)
        return
    found, told = parse_stored(text)
    assert repr(found) == repr(parse(changed(*without)))
    assert len(told) == len(said), told
    for sentence, begins in zip(told, said, strict=True):
        assert sentence.removeprefix("moodpost.toml, ").startswith(begins)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[kiosk]\nid = 5\n[screen]\nbrightness = 700\n", ["line 2, kiosk.id: found 5", "line 4, screen.brightness:"]),
        ("[screen]\n", ["kiosk: found nothing, expected a table [kiosk]"]),
        ("kiosk = 3\n", ["line 1, kiosk: found a number"]),
    ],
)
def test_without_a_name_there_is_no_kiosk(text: str, said: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_stored(text)
    for sentence, begins in zip(caught.value.mistakes, said, strict=False):
        assert sentence.removeprefix("moodpost.toml, ").startswith(begins)


def test_what_is_no_toml_is_refused_as_ever() -> None:
    with pytest.raises(SettingsError, match="without its closing bracket"):
        parse_stored("[kiosk")


def test_no_secret_is_told() -> None:
    found, told = parse_stored(GOOD + '[technician]\npin = "hunter2"\n[wifi]\nssid = "Store"\npassphrase = 12345678\n')
    assert (found.technician, found.wifi and found.wifi.ssid) == (None, "Store")
    assert not [sentence for sentence in told if "hunter2" in sentence or "12345678" in sentence]
