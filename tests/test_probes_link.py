"""Link, Wi-Fi and address on a fake /sys and /proc: each of them good, bad, and not to be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync import probes_link


class Net:
    """A machine's network as the kernel tells it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "sys/class/net").mkdir(parents=True)
        (root / "proc/net").mkdir(parents=True)
        self.interface("lo", "unknown", kind="772", device=False)

    def interface(
        self, name: str, state: str, *, carrier: str = "1", wireless: bool = False, kind: str = "1", device: bool = True
    ) -> None:
        folder = self.root / "sys/class/net" / name
        folder.mkdir(exist_ok=True)
        for file, text in (("operstate", state), ("carrier", carrier), ("type", kind)):
            (folder / file).write_text(text + "\n")
        for sub, there in (("device", device), ("wireless", wireless)):
            if there:
                (folder / sub).mkdir(exist_ok=True)

    def level(self, dbm: str, name: str = "wlan0") -> None:
        (self.root / "proc/net/wireless").write_text(
            "Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE\n"
            " face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22\n"
            f" {name}: 0000   54.  {dbm}.  -256        0      0      0      0      7        0\n"
        )


@pytest.fixture
def net(tmp_path: Path) -> Net:
    return Net(tmp_path)


def test_a_cable_with_something_at_its_other_end_is_a_link(net: Net) -> None:
    net.interface("eth0", "up")
    net.interface("wlan0", "down", carrier="0", wireless=True)
    link = probes_link.link(net.root)
    assert (link.name, link.condition, link.said) == ("link", "good", "There is a network link, by cable.")
    assert link.raw == "eth0: operstate = up, carrier = 1; wlan0: operstate = down, carrier = 0"


def test_a_joined_wifi_is_a_link_and_both_are_told(net: Net) -> None:
    net.interface("wlan0", "up", wireless=True)
    assert probes_link.link(net.root).said == "There is a network link, by Wi-Fi."
    net.interface("eth0", "up")
    assert probes_link.link(net.root).said == "There is a network link, by Wi-Fi and cable."


def test_a_cable_that_was_pulled_is_told(net: Net) -> None:
    net.interface("eth0", "down", carrier="0")
    link = probes_link.link(net.root)
    assert link.condition == "bad"
    assert link.said.startswith("There is no network link: plug the cable in")


def test_a_kiosk_with_both_is_told_to_see_to_one_of_them(net: Net) -> None:
    net.interface("eth0", "down", carrier="0")
    net.interface("wlan0", "dormant", carrier="0", wireless=True)
    link = probes_link.link(net.root)
    assert (link.condition, "no cable is plugged in and no Wi-Fi is joined" in link.said) == ("bad", True)


def test_an_interface_that_is_down_may_not_tell_its_carrier(net: Net) -> None:
    net.interface("eth0", "down")
    (net.root / "sys/class/net/eth0/carrier").unlink()  # reading it fails with EINVAL
    assert probes_link.link(net.root).condition == "bad"


def test_a_modem_whose_state_is_unknown_counts_by_its_carrier(net: Net) -> None:
    net.interface("wwan0", "unknown")
    assert probes_link.link(net.root).condition == "good"
    net.interface("wwan0", "unknown", carrier="0")
    assert probes_link.link(net.root).condition == "bad"


def test_a_bridge_is_no_way_out_where_there_is_a_real_interface(net: Net) -> None:
    net.interface("docker0", "up", device=False)
    assert probes_link.link(net.root).condition == "good"  # of a container, say
    net.interface("eth0", "down", carrier="0")
    assert probes_link.link(net.root).condition == "bad"


def test_without_any_interface_the_adapter_is_asked_for(net: Net) -> None:
    link = probes_link.link(net.root)
    assert (link.condition, "is the adapter plugged in?" in link.said) == ("bad", True)


def test_without_sys_nothing_can_be_told(tmp_path: Path) -> None:
    assert probes_link.link(tmp_path).condition == "unknown"
    assert probes_link.address(tmp_path).condition == "unknown"
    assert probes_link.wifi(tmp_path) == []


@pytest.mark.parametrize(("dbm", "condition"), [("-56", "good"), ("-75", "good"), ("-76", "bad"), ("-90", "bad")])
def test_a_weak_wifi_is_told_with_its_level(net: Net, dbm: str, condition: str) -> None:
    net.interface("wlan0", "up", wireless=True)
    net.level(dbm)
    (reading,) = probes_link.wifi(net.root)
    assert (reading.name, reading.condition, reading.raw) == ("wifi", condition, f"wlan0: level = {dbm} dBm")
    assert f"({dbm} dBm)" in reading.said


def test_a_wifi_that_is_not_joined_says_nothing(net: Net) -> None:
    net.interface("wlan0", "down", wireless=True)
    net.level("-56")
    assert probes_link.wifi(net.root) == []


@pytest.mark.parametrize("text", ["", "garbage\n", " wlan0: 0000 54. 200. 0\n", " wlan1: 0000   54.  -56.  -256 0\n"])
def test_a_driver_that_does_not_say_is_unknown(net: Net, text: str) -> None:
    net.interface("wlan0", "up", wireless=True)
    (net.root / "proc/net/wireless").write_text(text)
    assert [reading.condition for reading in probes_link.wifi(net.root)] == ["unknown"]
    (net.root / "proc/net/wireless").unlink()
    assert [reading.condition for reading in probes_link.wifi(net.root)] == ["unknown"]


@pytest.mark.parametrize(
    ("found", "condition"),
    [
        (["192.0.2.7"], "good"),
        (["2001:db8::7", "fe80::1"], "good"),
        (["fe80::1"], "bad"),
        (["169.254.3.4", "fe80::1"], "bad"),
        ([], "bad"),
        (["no address"], "unknown"),
    ],
)
def test_an_address_counts_if_it_leads_beyond_the_link(net: Net, found: list[str], condition: str) -> None:
    net.interface("eth0", "up")
    reading = probes_link.address(net.root, lambda name: found)
    assert (reading.name, reading.condition) == ("address", condition)
    if condition != "unknown":
        assert reading.raw == ("; ".join(f"eth0: {each}" for each in found) or "none")


def test_the_addresses_of_this_machine_are_those_the_kernel_tells(net: Net) -> None:
    assert probes_link._ipv4("lo") == ["127.0.0.1"]
    assert probes_link._ipv4("no such one") == []
    (net.root / "proc/net/if_inet6").write_text(
        "00000000000000000000000000000001 01 80 10 80       lo\n20010db8000000000000000000000007 02 40 00 80     eth0\n"
    )
    assert probes_link._ipv6(net.root, "eth0") == ["2001:db8::7"]
    assert probes_link._ipv6(net.root / "absent", "eth0") == []
