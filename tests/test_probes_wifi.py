"""A Wi-Fi that is not joined: which step fails, in words, from what NetworkManager tells everybody."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from kiosk.clock import Reading
from kiosk.settings import Endpoint
from sync import probes_wifi
from sync.probes import Prober
from tests.test_probes_link import Net


class Manager:
    """What nmcli says."""

    def __init__(self, state: str = "disconnected", name: str = "Store", seen: str = "Cafe\nStore\n") -> None:
        self.said: dict[str, str | None] = {
            "-t -f TYPE,STATE device": f"ethernet:unavailable\nwifi:{state}\nloopback:unmanaged\n",
            "-g 802-11-wireless.ssid connection show moodpost": f"{name}\n",
            "-t -f SSID device wifi list --rescan no": seen,
        }

    def ask(self, words: Sequence[str]) -> str | None:
        return self.said[" ".join(words)]


@pytest.mark.parametrize(
    ("manager", "said"),
    [
        (Manager(seen="Cafe\n\n"), "is not in reach: is its name right"),
        (Manager(seen=""), "is not in reach"),
        (Manager("connecting (need authentication)"), "its passphrase is wrong"),
        (Manager("connecting (getting IP configuration)"), "gives this kiosk no address"),
        (Manager("unavailable"), "switched off, or blocked"),
        (Manager(), "does not take this kiosk: is the passphrase right"),
    ],
)
def test_the_step_that_fails_is_told_without_the_network_s_name(manager: Manager, said: str) -> None:
    told = probes_wifi.not_joined(manager.ask)
    assert said in told
    assert "Store" not in told


def test_where_none_is_set_or_nothing_can_be_asked_nothing_is_told() -> None:
    assert probes_wifi.not_joined(Manager(name="").ask) == ""
    assert probes_wifi.not_joined(lambda words: None) == ""
    manager = Manager()
    manager.said["-t -f SSID device wifi list --rescan no"] = None
    assert probes_wifi.not_joined(manager.ask) == ""


def test_a_program_that_is_missing_refuses_or_hangs_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nmcli"
    monkeypatch.setattr(probes_wifi, "NMCLI", str(program))
    assert probes_wifi.ask(["device"]) is None
    for lines, told in (('echo "$1"', "device\n"), ("echo no; exit 8", None), ("exec sleep 60", None)):
        program.write_text(f"#!/bin/sh\n{lines}\n")
        program.chmod(0o755)
        monkeypatch.setattr(probes_wifi, "EACH_S", 0.3 if "sleep" in lines else 30.0)
        assert probes_wifi.ask(["device"]) == told


@pytest.mark.parametrize(("wireless", "said"), [(True, "is not in reach"), (False, "plug the cable in")])
def test_a_kiosk_without_a_link_is_told_why_its_wifi_was_not_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wireless: bool, said: str
) -> None:
    Net(tmp_path).interface("wlan0" if wireless else "eth0", "down", carrier="0", wireless=wireless)
    not_joined = probes_wifi.not_joined
    monkeypatch.setattr(probes_wifi, "not_joined", lambda: not_joined(Manager(seen="").ask))
    prober = Prober(
        kiosk="south",
        endpoint=Endpoint(url="https://feedback.example.com"),
        noted=lambda key: "",
        clocks=lambda: Reading(5_000, 5_000, "ntp"),
        client=lambda total_s: pytest.fail("nothing else is tried"),
        root=tmp_path,
    )
    link, *others = prober.look()
    assert (link.name, link.condition) == ("link", "bad") and said in link.said
    assert {other.condition for other in others} == {"unknown"}
