"""moodpost.toml: the design's example, what is refused and in which words, and that no secret ever shows."""

from __future__ import annotations

import re
import zoneinfo

import msgspec
import pytest

from hardware.apply.ip import Ip
from kiosk import network, settings
from kiosk.errors import SettingsError
from kiosk.misuse import Limits
from kiosk.settings import Secret, Settings, by_first_boot, fits_survey
from kiosk.survey import Survey

EXAMPLE = """\
[kiosk]
id = "helsinki-south-exit"
place = "Helsinki store, south exit"
timezone = "Europe/Helsinki"
languages = ["fi", "sv", "en"]     # first = default
hours = "08:00-21:00"              # outside: screen asleep, presses marked

[endpoint]
url = "https://feedback.example.com"
token = "…"

[wifi]
ssid = "Store"
passphrase = "…"
country = "FI"

[panel]
buttons = [5, 6, 13, 19]           # BCM numbers, happiest first
lights  = [12, 16, 20, 21]
buzzer  = 26

[screen]
rotate = 0
brightness = 80

[technician]
pin = "…"                          # six digits or more; hashed, blanked here

[network]                          # only where DHCP is not enough
ntp = ["time.example.com"]
# address, gateway, dns, proxy, ca_file
"""
"""As the design shows it; its "…" stand for secrets."""

TOKEN, PASSPHRASE, PIN = "tok-3f9a0c-secret", "correct horse battery", "271828"


def with_secrets(text: str = EXAMPLE) -> str:
    for secret in (TOKEN, PASSPHRASE, PIN):
        text = text.replace("…", secret, 1)
    return text


def mistakes(text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings.parse(text)
    return list(caught.value.mistakes)


def parsed(more: str, kiosk: str = "") -> Settings:
    return settings.parse(f'[kiosk]\nid = "k"\n{kiosk}\n{more}')


def mistakes_of(more: str, kiosk: str = "") -> list[str]:
    """The mistakes in `more`, which begins on line 4, or in `kiosk`, line 3; without the name of the file."""
    return [mistake.removeprefix("moodpost.toml, ") for mistake in mistakes(f'[kiosk]\nid = "k"\n{kiosk}\n{more}')]


def test_the_example_of_the_design_is_right() -> None:
    found = settings.parse(with_secrets())
    assert found.kiosk.id == "helsinki-south-exit"
    assert found.kiosk.languages == ["fi", "sv", "en"]
    assert found.panel.buttons == [5, 6, 13, 19]
    assert found.panel.buzzer == 26
    assert found.endpoint is not None
    assert found.wifi is not None
    assert found.technician is not None
    assert found.endpoint.token.reveal() == TOKEN
    assert found.wifi.passphrase.reveal() == PASSPHRASE
    assert found.technician.pin.reveal() == PIN


def test_an_id_is_all_that_a_kiosk_needs() -> None:
    found = settings.parse('[kiosk]\nid = "k"\n')
    assert found == Settings(kiosk=settings.Kiosk(id="k"))
    assert (found.kiosk.timezone, found.kiosk.hours, found.panel.buttons) == ("UTC", "00:00-24:00", [])
    assert (found.endpoint, found.panel.pins, found.panel.quiet_ms) == (None, "lgpio", 50)


def test_an_empty_file_lacks_the_one_table_that_must_be_there() -> None:
    assert mistakes("") == ["moodpost.toml, kiosk: found nothing, expected a table [kiosk]"]


def test_every_mistake_of_a_file_is_told_at_once_by_its_line() -> None:
    text = """\
[kiosk]
id = "south exit"
timezone = "Helsinki"
langauges = ["fi"]
hours = "8-21"

[endpoint]
url = "http://feedback.example.com"
metered = "no"

[panel]
buttons = [5, 6, 6, 40]
lights = [12]

[technician]
"""
    assert mistakes(text) == [
        'moodpost.toml, line 2, kiosk.id: found "south exit", expected a name of 1 to 64 letters, digits, ".", "_" or '
        '"-", starting with a letter or digit',
        'moodpost.toml, line 3, kiosk.timezone: found "Helsinki", expected "Europe/Helsinki"?',
        'moodpost.toml, line 4, kiosk.langauges: found an unknown key "langauges", expected "languages"?',
        'moodpost.toml, line 5, kiosk.hours: found "8-21", expected hours such as "08:00-21:00"',
        'moodpost.toml, line 8, endpoint.url: found "http://feedback.example.com", expected https:// (http:// only to '
        "this machine itself)",
        'moodpost.toml, line 9, endpoint.metered: found "no", expected true or false',
        "moodpost.toml, line 11, panel: found pin 6 more than once, expected each pin for one thing",
        "moodpost.toml, line 12, panel.buttons[3]: found 40, expected a BCM pin number, 0 to 27 "
        "(pin 40 of the header is BCM 21)",
        "moodpost.toml, line 13, panel.lights: found 1, expected 4: a light for each button",
        "moodpost.toml, line 15, technician.pin: found nothing, expected six digits or more, in quotes",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('id = "k\\n"', "an id that ends with a line end"),
        ('hours = "08:00-21:00\\n"', "hours that end with a line end"),
        ('hours = "0٨:00-21:00"', "digits that are not ours"),
        ('hours = "24:00-24:00"', "an hour that never comes"),
        ('languages = ["EN"]', "a language in capitals"),
        (f'place = "{"x" * 201}"', "a long text"),
    ],
)
def test_a_text_that_only_looks_right_is_refused(line: str, said: str) -> None:
    text = f"[kiosk]\n{line}\n" + ("" if line.startswith("id") else 'id = "k"\n')
    assert len(mistakes(text)) == 1, said


@pytest.mark.parametrize(
    "url",
    [
        "https://feedback.example.com",
        "https://feedback.example.com:8443/moodpost",
        "HTTPS://Feedback.Example.Com",
        "https://palaute.esimerkki-ä.fi",
        "http://localhost:8765",
        "http://LOCALHOST",
        "http://127.0.0.1:8765",
        "http://127.9.8.7",
        "http://[::1]:8765",
    ],
)
def test_an_endpoint_may_be_https_anywhere_and_http_on_this_machine(url: str) -> None:
    endpoint = parsed(f'[endpoint]\nurl = "{url}"').endpoint
    assert endpoint is not None
    assert endpoint.url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://feedback.example.com",
        "http://localhost.evil.com",
        "http://127.0.0.1.evil.com",
        "http://127.0.0.1.",
        "http://localhost.",
        "http://evil.com/127.0.0.1",
        "http://evil.com:80/localhost",
        "http://127.1",
        "http://2130706433",
        "http://0.0.0.0",
        "http://[::]",
        "http://[::ffff:8.8.8.8]",
        "http://[fe80::1]",
        "http://192.168.0.7:8080",
        "http://１２７.0.0.1",
    ],
)
def test_plain_http_to_any_other_machine_is_refused_however_it_is_disguised(url: str) -> None:
    assert mistakes_of(f'[endpoint]\nurl = "{url}"') == [
        f'line 5, endpoint.url: found "{url}", expected https:// (http:// only to this machine itself)'
    ]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feedback.example.com",
        "https://",
        "https:///path",
        "https://:443",
        "https://host:99999",
        "https://host:port",
        "https://[::1",
        "ftp://feedback.example.com",
        "file:///etc/passwd",
        "https://feedback example.com",
        "https://local\u2028host",
        "http://localhost\\\\.evil.com",
        "http://local\\thost",
        " https://feedback.example.com",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    (mistake,) = mistakes_of(f'[endpoint]\nurl = "{url}"')
    assert mistake.startswith("line 5, endpoint.url: found ")
    assert "such as" in mistake or "https:// (http:// only" in mistake


@pytest.mark.parametrize(
    "url",
    [
        f"https://kiosk:{TOKEN}@feedback.example.com",
        f"https://:{TOKEN}@feedback.example.com",
        f"https://feedback.example.com/?token={TOKEN}",
        f"https://feedback.example.com/#{TOKEN}",
        "https://feedback.example.com?",
        "http://127.0.0.1@evil.com",
        "http://localhost\\\\@evil.com",
        "http://localhost#@evil.com",
    ],
)
def test_an_address_that_may_hold_a_password_is_refused_and_not_shown(url: str) -> None:
    assert mistakes_of(f'[endpoint]\nurl = "{url}"') == [
        "line 5, endpoint.url: found an address with @, ? or # (not shown here, there may be a password in it), "
        'expected one such as "https://feedback.example.com"'
    ]


@pytest.mark.parametrize(
    ("panel", "said"),
    [
        ("buttons = [5]", "line 5, panel.buttons: found 1, expected 2 to 5 buttons"),
        ("buttons = [1, 2, 3, 4, 5, 6]", "line 5, panel.buttons: found 6, expected 2 to 5 buttons"),
        ("lights = [5, 6]", "line 5, panel.lights: found 2, expected 0: a light for each button"),
        (
            "buttons = [5, 6]\nlights = [7]",
            "line 6, panel.lights: found 1, expected 2: a light for each button",
        ),
        (
            "buttons = [5, 6]\nlights = [7, 5]",
            "line 4, panel: found pin 5 more than once, expected each pin for one thing",
        ),
        (
            "buttons = [5, 6]\nbuzzer = 6",
            "line 4, panel: found pin 6 more than once, expected each pin for one thing",
        ),
        ("buttons = [5, 28]", "line 5, panel.buttons[1]: found 28, expected a BCM pin number, 0 to 27"),
        ("buttons = [5, 6.0]", "line 5, panel.buttons[1]: found 6.0, expected a BCM pin number, 0 to 27"),
        ("buttons = [5, true]", "line 5, panel.buttons[1]: found true, expected a BCM pin number, 0 to 27"),
        ('pins = "rpigpio"', 'line 5, panel.pins: found "rpigpio", expected "lgpio" (real pins) or "mock" (a laptop)'),
        (
            "quiet_ms = 0",
            "line 5, panel.quiet_ms: found 0, expected milliseconds, 1 to 1000, in which a button's further edges are "
            "ignored",
        ),
        (
            "buzzer_passive = 2000",
            "line 5, panel.buzzer_passive: found 2000, expected true for a piezo that needs a tone, false for a buzzer "
            "that has its own",
        ),
        ("chip = 99", "line 5, panel.chip: found 99, expected a GPIO chip's number, 0 to 31"),
    ],
)
def test_a_mistake_in_the_panel_is_told(panel: str, said: str) -> None:
    assert mistakes_of(f"[panel]\n{panel}") == [said]


def test_pins_that_are_wrong_alike_are_not_taken_for_one_pin() -> None:
    assert mistakes_of('[panel]\nbuttons = ["a", "b"]') == [
        'line 5, panel.buttons[0]: found "a", expected a BCM pin number, 0 to 27',
        'line 5, panel.buttons[1]: found "b", expected a BCM pin number, 0 to 27',
    ]


@pytest.mark.parametrize("pin", ["12345", "12345a", "12 3456", "١٢٣٤٥٦", "1" * 33])
def test_a_wrong_pin_is_told_but_not_shown(pin: str) -> None:
    assert mistakes_of(f'[technician]\npin = "{pin}"') == [
        "line 5, technician.pin: found something else (not shown here), expected six digits or more"
    ]


@pytest.mark.parametrize("token", ["two words", "täken", "line\\nend", "tab\\t"])
def test_a_wrong_token_is_told_but_not_shown(token: str) -> None:
    assert mistakes_of(f'[endpoint]\nurl = "https://e.fi"\ntoken = "{token}"') == [
        "line 6, endpoint.token: found a text with spaces or odd characters, expected the token as it was issued"
    ]


def test_utc_is_known_where_the_machine_has_no_time_zones_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(name: str) -> zoneinfo.ZoneInfo:
        raise zoneinfo.ZoneInfoNotFoundError(name)

    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    monkeypatch.setattr(zoneinfo, "ZoneInfo", nowhere)
    assert parsed("").kiosk.timezone == "UTC"
    assert mistakes_of("", 'timezone = "Europe/Helsinki"') == [
        'line 3, kiosk.timezone: found "Europe/Helsinki", expected a time zone such as "Europe/Helsinki"'
    ]


@pytest.mark.parametrize(
    ("zone", "meant"),
    [
        ("Europe/helsinki", "Europe/Helsinki"),
        ("Europe/Helsinky", "Europe/Helsinki"),
        ("helsinki", "Europe/Helsinki"),
        ("New York", "America/New_York"),
        ("Buenos Aires", "America/Buenos_Aires"),
        ("europe/berlin ", "Europe/Berlin"),
        ("utc", "UTC"),
    ],
)
def test_a_misspelt_time_zone_is_told_with_the_nearest(zone: str, meant: str) -> None:
    assert mistakes_of("", f'timezone = "{zone}"') == [f'line 3, kiosk.timezone: found "{zone}", expected "{meant}"?']


@pytest.mark.parametrize("zone", ["Middle-earth/Shire", "../../etc/passwd", "", "+02:00"])
def test_a_time_zone_that_does_not_exist_is_refused(zone: str) -> None:
    assert mistakes_of("", f'timezone = "{zone}"') == [
        f'line 3, kiosk.timezone: found "{zone}", expected a time zone such as "Europe/Helsinki"'
    ]


@pytest.mark.parametrize(
    "more",
    [
        "[endpoint]\nurl = 'https://e.fi'\ntoken = ['{0}']",
        "[endpoint]\nurl = 'https://e.fi'\ntoken = {{ is = '{0}' }}",
        "[[endpoint]]\nurl = 'https://e.fi'\ntoken = '{0}'",
        "[wifi]\npassphrase = ['{0}']",
        "[[wifi]]\npassphrase = '{0}'",
        "wifi.passphrase.is = '{0}'",
        "[technician]\npin = {0}",
        "[technician]\npin = 1{0}.5",
        "[technician]\npin = [{0}]",
        "[[technician]]\npin = '{0}'",
        "[technician]\npin = '{0}\u00e4'",
        "[technician]\npni = '{0}'",
    ],
)
def test_a_secret_in_the_wrong_place_or_shape_is_not_shown(more: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parsed(more.format(PIN))
    assert PIN not in f"{caught.value} {caught.value!r} {caught.value.mistakes}"


def test_a_table_that_is_no_table_is_not_shown() -> None:
    assert mistakes(f'wifi = "{PASSPHRASE}"\ntechnician = {PIN}\nkiosk.id = "k"\n') == [
        "moodpost.toml, line 1, wifi: found a text, expected a table [wifi]",
        "moodpost.toml, line 2, technician: found a number, expected a table [technician]",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f'[technician]\npin = "{PIN}\n', 2),
        (f'[wifi]\npassphrase = {PASSPHRASE}\nssid = "s"\n', 2),
        (f'[endpoint]\ntoken = "{TOKEN}" "\n', 2),
    ],
)
def test_a_secret_in_a_line_that_is_not_toml_is_not_shown(text: str, line: int) -> None:
    told = mistakes(text)
    assert any(mistake.startswith(f"moodpost.toml, line {line}, ") for mistake in told)
    assert not any(word in mistake for mistake in told for word in [PIN, TOKEN, *PASSPHRASE.split()])


def test_a_secret_never_shows_itself() -> None:
    found = settings.parse(with_secrets())
    secret = Secret(TOKEN)
    shown = f"{found} {found!r} {found.endpoint} {secret} {secret!r} {[secret]} {secret!s:>40}"
    assert not any(text in shown for text in (TOKEN, PASSPHRASE, PIN))
    assert repr(secret) == "Secret(…)"
    assert (bool(secret), bool(Secret(""))) == (True, False)
    assert not hasattr(secret, "__dict__")


@pytest.mark.parametrize("write", [msgspec.json.encode, msgspec.msgpack.encode, msgspec.to_builtins])
def test_settings_with_a_secret_in_them_cannot_be_written_anywhere(write: object) -> None:
    assert callable(write)
    with pytest.raises(TypeError, match=re.escape("Encoding objects of type Secret is unsupported")):
        write(settings.parse(with_secrets()))


def test_settings_fit_a_survey_with_as_many_faces_and_their_languages(bundled: Survey) -> None:
    assert fits_survey(parsed("[panel]\nbuttons = [5, 6, 13, 19]", 'languages = ["fi", "en"]'), bundled) == []
    assert fits_survey(parsed(""), bundled) == []


def test_settings_that_do_not_fit_the_survey_are_told_so(bundled: Survey) -> None:
    known = ", ".join(bundled.languages)
    assert fits_survey(parsed("[panel]\nbuttons = [5, 6, 13]", 'languages = ["fi", "et", "da"]'), bundled) == [
        'panel.buttons: found 3 buttons, expected 4, as many as the survey "visit/2" has faces',
        f'kiosk.languages: found "et", expected one of {known}, as the survey "visit/2" has them',
        f'kiosk.languages: found "da", expected one of {known}, as the survey "visit/2" has them',
    ]


def test_an_empty_pin_means_the_one_that_is_kept() -> None:
    found = parsed('[technician]\npin = ""')
    assert found.technician is not None
    assert not found.technician.pin


def test_what_only_first_boot_applies_is_known_by_its_key() -> None:
    assert by_first_boot(parsed("")) == []
    found = parsed('[wifi]\nssid = "Store"\n[network]\nntp = ["t.fi"]\nca_file = "ca.pem"\nproxy = "http://p.fi:3128"')
    assert by_first_boot(found) == ["[wifi]", "network.ntp"]
    found = parsed('[network]\naddress = "10.0.0.7/24"\ngateway = "10.0.0.1"\ndns = ["10.0.0.1"]')
    assert by_first_boot(found) == ["network.address", "network.gateway", "network.dns"]


def test_a_network_by_hand_is_taken_as_it_is_written() -> None:
    found = parsed(
        '[endpoint]\nurl = "https://e.fi"\n[network]\naddress = "fd00::7/64"\ngateway = "fe80::1"\ndns = ["fd00::1"]\n'
        'proxy = "http://p.fi:3128"\nproxy_user = "kiosk"\nproxy_password = "a b@c/d"'
    ).network
    assert network.ip(found) == Ip("fd00::7/64", "fe80::1", ("fd00::1",))
    assert network.proxy(found) == "http://kiosk:a%20b%40c%2Fd@p.fi:3128"
    assert "a b@c" not in repr(found)
    assert (network.ip(None), network.proxy(None)) == (Ip(), "")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('address = "10.0.0.7"', 'network.address: found "10.0.0.7", expected an address with its prefix such as'),
        ('address = "10.0.0.7/255.255.255.0"', "expected an address with its prefix"),
        ('address = "10.0.0.300/24"', "expected an address with its prefix"),
        ('address = "10.0.0.7/33"', "expected an address with its prefix"),
        ('address = "10.0.0.0/24"', "the name of the whole network 10.0.0.0/24"),
        ('address = "10.0.0.255/24"', "the address of everybody in 10.0.0.0/24"),
        ('address = "127.0.0.2/8"', "which is reserved"),
        ('address = "224.0.0.7/24"', "which is reserved"),
        ('address = "8.8.8.8/0"', "a network that is everything"),
        (
            'address = "10.0.0.7/24"\ngateway = "10.0.1.1"',
            'found "10.0.1.1", expected an address in 10.0.0.0/24',
        ),
        ('address = "10.0.0.7/24"\ngateway = "10.0.0.7"', "the address of this machine itself"),
        ('address = "10.0.0.7/24"\ngateway = "router"', "expected the address of the router"),
        ('address = "10.0.0.7/24"\ngateway = "fe80::1"', "expected an address in 10.0.0.0/24"),
        ('gateway = "10.0.0.1"', "without an address, expected both or neither"),
        ('dns = ["dns.example.com"]', 'network.dns[0]: found "dns.example.com", expected the address of a name server'),
        ('dns = ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"]', "found 4, expected at most 3 name servers"),
        ('address = "10.0.0.7/24"\ngateway = "10.0.0.1"', "network.dns: found nothing, expected the address of a"),
        ('address = "10.0.0.7/24"\ndns = ["10.0.0.1"]', "network.gateway: found nothing, expected the address of the"),
        (
            'proxy = "proxy.example.com:3128"',
            'network.proxy: found "proxy.example.com:3128", expected an address such as',
        ),
        ('proxy = "https://proxy.example.com"', "expected http://"),
        ('proxy = "http://proxy.example.com:99999"', "expected an address such as"),
        ('proxy = "http://proxy.example.com/pac"', "expected an address such as"),
        ('proxy = "socks5://proxy.example.com"', "expected an address such as"),
        ('proxy = "http://"', "expected an address such as"),
        ('proxy_user = "kiosk"', "found a user without network.proxy"),
        ('proxy = "http://p:1"\nproxy_password = "secret-word"', "found a password without network.proxy_user"),
        ('proxy = "http://p:1"\nproxy_user = "a:b"', "found a name with a colon"),
        (
            'proxy = "http://p:1"\nproxy_user = "a"\nproxy_password = "secret-word\\n"',
            "found odd characters",
        ),
        ('proxy = "http://kiosk:secret-word@p:1"', "user and password stand in network.proxy_user and"),
    ],
)
def test_a_mistake_in_the_network_is_told_with_its_line_and_what_is_expected(lines: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parsed(f'[endpoint]\nurl = "https://feedback.example.com"\n[network]\n{lines}')
    (mistake,) = caught.value.mistakes
    assert said in mistake
    assert mistake.startswith("moodpost.toml, ")
    assert "network." in mistake and "found" in mistake and "expected" in mistake
    assert "secret-word" not in mistake


@pytest.mark.parametrize(
    "lines",
    [
        'address = "10.0.0.7/24"\nproxy = "http://10.0.0.9:3128"',
        'address = "10.0.0.7/24"\ngateway = "10.0.0.1"\nproxy = "http://10.1.0.9:3128"',
        'address = "10.0.0.7/31"\ngateway = "10.0.0.6"\ndns = ["::1"]',
        'dns = ["10.0.0.1", "2001:db8::1"]',
        'address = "2001:db8::7/64"\ngateway = "2001:db8::1"\ndns = ["2001:db8::1"]',
    ],
)
def test_what_is_enough_to_get_to_proxy_or_endpoint_is_no_mistake(lines: str) -> None:
    parsed(f'[endpoint]\nurl = "https://feedback.example.com"\n[network]\n{lines}')


def test_a_rule_over_votes_is_switched_off_by_nothing() -> None:
    found = parsed("[misuse]\nburst_votes = 0\nmash_ms = 0\nstuck_s = 0\nrhythm_votes = 0").misuse
    assert found == Limits(burst_votes=0, mash_ms=0, stuck_s=0, rhythm_votes=0)
    assert parsed("").misuse == Limits()


def test_limits_that_would_mark_families_are_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        parsed("[misuse]\nburst_votes = 2\nrhythm_votes = 4\nrhythm_spread = 5")
    assert {mistake.split(", ", 2)[2] for mistake in caught.value.mistakes} == {
        "misuse.burst_votes: found 2, expected 0 (never) or 3 to 50: fewer may be one family",
        "misuse.rhythm_votes: found 4, expected 0 (never) or 5 to 50: fewer may be one family",
        "misuse.rhythm_spread: found 5, expected a share, 0.01 to 1 (by default 0.4)",
    }
