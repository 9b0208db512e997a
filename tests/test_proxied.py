"""Kiosk, sync and collector as they are started, with a proxy that wants a password between the two ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import until
from tests.image.authority import HOST, Authority
from tests.image.collector import Collector
from tests.proxies import Connect, ProxyServer
from tests.running import SETTINGS, Place

KIOSK = "test-kiosk"
WORD = "s3cret pass@word"


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    """Behind TLS, at an address that nobody but the proxy can find."""
    authority = Authority(tmp_path / "authority")
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    collector = Collector(tmp_path / "collector", authority, KIOSK)
    yield collector
    collector.close()


def test_votes_arrive_through_the_proxy_and_wait_while_it_refuses(tmp_path: Path, collector: Collector) -> None:
    port = urlsplit(collector.url).port
    assert port
    proxy = ProxyServer("nobody:yet", {f"{HOST}:{port}": ("127.0.0.1", port)})
    endpoint = f'[endpoint]\nurl = "{collector.url}"\ntoken = "{collector.token(KIOSK)}"\n'
    through = f'[network]\nproxy = "{proxy.url}"\nproxy_user = "kiosk"\nproxy_password = "{WORD}"\n'
    place = Place(tmp_path, SETTINGS.replace('[endpoint]\nurl = "http://127.0.0.1:{port}"\n', endpoint) + through)
    try:
        heard = place.kiosk("--screen", "offscreen", "--size", "800x480")
        sync = place.start("sync")
        place.members["kiosk"].order("press 1")
        until(lambda: heard.stored(), "the vote to be stored")
        until(lambda: sync.all("refused"), "the proxy to refuse")
        assert sync.all("refused")[0]["reason"].startswith("The proxy wants a user and a password")
        assert collector.rows(KIOSK) == []
        proxy.password = f"kiosk:{WORD}"
        (vote,) = collector.wait_for(KIOSK, 1, "vote")
        assert vote["value"] == "1/4"
        assert proxy.asked[-1] == Connect(f"{HOST}:{port}", 200)
        assert {asked.status for asked in proxy.asked} == {407, 200}
    finally:
        place.close()
        proxy.close()
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path != place.settings]
    assert [path for path in left if b"s3cret" in path.read_bytes()] == []
