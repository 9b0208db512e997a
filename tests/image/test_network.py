"""No DHCP, and a proxy in between: the settings take effect, votes arrive through it, corrections are tried."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from hardware.apply.ip import Ip
from hardware.apply.request import Cable, Proxy
from tests.conftest import until
from tests.image.asking import asked
from tests.image.authority import HOST
from tests.image.lab import KIOSK, SETTINGS, Lab
from tests.image.machine import Hardware, Machine
from tests.image.visitor import press_in_turn
from tests.proxies import Connect, ProxyServer

ADDRESS, SERVER = "10.0.2.15", "10.0.2.3"
"""Those of QEMU's user network, where the tests' ssh leads to; the router is the host."""
USER, WORD = "kiosk", "s3cret pass@word"
ARRIVES_S = 1200.0


@pytest.fixture(scope="module")
def proxy(lab: Lab) -> Iterator[ProxyServer]:
    """On the host, for who knows the password; it leads the host's address, as the board sees it, to the host."""
    port = urlsplit(lab.collector.url).port
    assert port
    proxy = ProxyServer(f"{USER}:{WORD}", {f"{HOST}:{port}": ("127.0.0.1", port)})
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def board(lab: Lab, proxy: ProxyServer) -> Machine:
    """A board that shows the faces; nothing here needs its watchdog."""
    by_hand = f'address = "{ADDRESS}/24"\ngateway = "{HOST}"\ndns = ["{SERVER}"]\n'
    through = f'proxy = "http://{HOST}:{proxy.port}"\nproxy_user = "{USER}"\nproxy_password = "{WORD}"\n'
    twin = lab.twin()
    board = lab.boot(lab.card(SETTINGS + by_hand + through), Hardware(watchdog=False))
    board.screen.wait_for(twin.picture("attract"), "the faces", seconds=900)
    twin.close()
    board.listen()
    return board


def test_the_address_is_the_one_that_was_set_by_hand(board: Machine) -> None:
    of = "nmcli -g ipv4.method,ipv4.addresses,ipv4.gateway,ipv4.dns,ipv4.ignore-auto-dns connection show moodpost-cable"
    assert board.guest.run(of).split() == ["manual", f"{ADDRESS}/24", HOST, SERVER, "yes"]
    assert "moodpost-cable" in board.guest.run("nmcli -g NAME connection show --active").split()
    told = board.guest.run("ip -4 -oneline address show scope global")
    assert f"{ADDRESS}/24" in told and "dynamic" not in told
    assert f"default via {HOST}" in board.guest.run("ip route")
    servers = [line for line in board.guest.read("/etc/resolv.conf").splitlines() if line.startswith("nameserver")]
    assert servers == [f"nameserver {SERVER}"]


def test_votes_arrive_through_the_proxy_and_by_no_other_way(board: Machine, lab: Lab, proxy: ProxyServer) -> None:
    target = lab.collector.url.removeprefix("https://")
    values = press_in_turn(board, 3)
    rows = lab.collector.wait_for(KIOSK, 3, "vote", seconds=ARRIVES_S)
    assert [row["value"] for row in rows] == values
    assert Connect(target, 200) in proxy.asked
    assert {asked.target for asked in proxy.asked} == {target}
    proxy.status, before = 503, len(proxy.asked)
    values += press_in_turn(board, 2)
    until(lambda: Connect(target, 503) in proxy.asked[before:], "the proxy to be asked again", ARRIVES_S)
    assert len(lab.collector.rows(KIOSK, "vote")) == 3, "something went past the proxy"
    proxy.status = 200
    rows = lab.collector.wait_for(KIOSK, 5, "vote", seconds=ARRIVES_S)
    assert [row["value"] for row in rows] == values


def test_the_proxy_s_password_is_roots_and_sync_s_alone(board: Machine) -> None:
    assert "s3cret" in board.guest.read("/var/lib/moodpost/secrets/proxy")
    assert board.guest.run("stat -c '%a %U' /var/lib/moodpost/secrets/proxy").split() == ["600", "root"]
    places = "/boot/firmware /var/lib/moodpost/settings /var/lib/moodpost/store /run/moodpost"
    assert board.guest.run(f"grep -rlaF s3cret {places}", good=None) == ""
    assert board.guest.run("journalctl --no-pager | grep -cF s3cret", good=None).strip() == "0"


def test_a_correction_is_tried_and_kept_only_where_it_works(board: Machine, lab: Lab, proxy: ProxyServer) -> None:
    kept = board.guest.read("/var/lib/moodpost/secrets/proxy")
    wrong = asked(board, Proxy(f"http://{HOST}:{proxy.port}"), "0" * 16)
    assert (wrong.done, "wants a user and a password" in wrong.said) == (False, True), wrong.said
    assert board.guest.read("/var/lib/moodpost/secrets/proxy") == kept
    cable = asked(board, Cable(Ip(f"{ADDRESS}/24", HOST, ("10.0.2.4", SERVER))), "1" * 16)
    assert cable.done, cable.said
    servers = board.guest.run("nmcli -g ipv4.dns connection show moodpost-cable").replace(",", " ").split()
    assert servers == ["10.0.2.4", SERVER]
    assert board.guest.run("nmcli -g NAME connection show").count("moodpost-cable") == 1
    none = asked(board, Proxy(), "2" * 16)
    assert none.done, none.said
    before = len(proxy.asked)
    count = len(lab.collector.rows(KIOSK, "vote"))
    press_in_turn(board, 1, first=2)
    lab.collector.wait_for(KIOSK, count + 1, "vote", seconds=ARRIVES_S)
    assert len(proxy.asked) == before, "it was asked, and no proxy was wanted"
