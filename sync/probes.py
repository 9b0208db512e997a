"""From the link up to the endpoint, step by step: what is wrong, and nothing that only follows from it.

Where a step fails, those above it are *unknown*: not tried. Each has a deadline of its own, all together 15 s. Knows
neither when it is asked nor who reads what it finds.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from hardware.health import Health, bad, good, unknown
from kiosk.clock import Reading
from kiosk.reader import NETWORK
from kiosk.settings import Endpoint
from kiosk.trust import SYSTEM, Trust
from sync import probes_answer, probes_line, probes_link, probes_wifi
from sync.bounded import Bounded, TooLate
from sync.probes_line import Address, Failure, Line, Tunnel
from sync.proxy import Proxy, refusal
from sync.reply import Answer, NoAnswer

T = TypeVar("T")

BOARD_S, NAME_S, LINE_S, ANSWER_S = 1.0, 4.0, 5.0, 5.0
"""The deadlines, 15 s in all: what the kernel knows, the name server, the encrypted line, an answer over it."""


class Client(Protocol):
    """Asks who answers; what `sync.transport` is, told without importing it."""

    def __enter__(self) -> Client: ...

    def __exit__(self, *_: Any) -> None: ...

    def look(self, url: str) -> Answer | NoAnswer:
        """Status and headers, or why there are none; never raises for what a network does."""


class Prober:
    """Looks at the way to `endpoint`, whose batches of `kiosk` are posted; None: nothing is to be sent.

    `noted` tells what the sender left (`sync.state`), `clocks` the clocks of this machine, `client` takes its total
    deadline in seconds, `trust` says whom to believe, `proxy` through whom it is reached, `root` is where /sys and
    /proc are looked for.
    """

    def __init__(
        self,
        *,
        kiosk: str,
        endpoint: Endpoint | None,
        noted: Callable[[str], str],
        clocks: Callable[[], Reading],
        client: Callable[[float], Client],
        trust: Trust = SYSTEM,
        proxy: Proxy | None = None,
        root: Path = Path("/"),
    ) -> None:
        self._kiosk = kiosk
        self._endpoint = endpoint
        self._noted = noted
        self._clocks = clocks
        self._client = client
        self._trust = trust
        self._proxy = proxy
        self._root = root
        self._bounded = Bounded()

    def stop(self) -> None:
        """End a look as soon as it can be ended."""
        self._bounded.stop()

    def look(self) -> list[Health]:
        """All readings, at most 15 s later; without an endpoint the one that says so."""
        if self._endpoint is None:
            return [good("endpoint", "No endpoint is set: all votes stay on this kiosk, and no network is needed.")]
        url = urlsplit(self._endpoint.url)
        found = list(self._climb(url.hostname or "", url.port, tls=url.scheme == "https"))
        if mistrust := self._trust.mistake():
            # Said whatever else is wrong: it waits for nobody but the installer.
            found = [reading for reading in found if reading.name != "tls"] + [bad("tls", mistrust)]
        return sorted(found, key=lambda reading: NETWORK.index(reading.name))

    def _climb(self, host: str, port: int | None, *, tls: bool) -> Iterator[Health]:
        if _is_here(host):
            yield good("link", "The endpoint is this machine itself: no network is needed.")
        else:
            cause = ""
            for reading in self._board():
                yield reading
                if reading.condition == "bad" and reading.name in ("link", "address"):
                    cause = (
                        cause or {"link": "there is no network link", "address": "there is no address"}[reading.name]
                    )
            if cause:
                yield from _untried(cause, "dns", "portal", "tls", "certificate", "token", "endpoint", "drift")
                return
        port = port or (443 if tls else 80)
        proxy = self._proxy if tls else None
        name, addresses = self._name(proxy.host, proxy.port, "proxy") if proxy else self._name(host, port)
        yield name
        if not addresses:
            names = [*(["proxy"] if proxy else []), "portal", "tls", "certificate", "token", "endpoint", "drift"]
            yield from _untried("no name was resolved", *names)
            return
        tunnel = Tunnel(proxy.question(host, port), refusal) if proxy else None
        line = self._line(host, addresses, tls=tls, tunnel=tunnel)
        if proxy:
            if isinstance(line, Failure) and line.step == "proxy":
                yield bad("proxy", line.said, line.raw)
                names = ["portal", "tls", "certificate", "token", "endpoint", "drift"]
                yield from _untried("the proxy opens no way to the endpoint", *names)
                return
            yield good("proxy", "The proxy opens the way to the endpoint.", proxy.url)
        if isinstance(line, Failure):
            yield from self._without_line(line, host, tls=tls)
        else:
            yield from self._over(line, host, tls=tls)

    def _board(self) -> list[Health]:
        def look() -> list[Health]:
            link = probes_link.link(self._root)
            if link.condition == "bad":
                if probes_link.has_wifi(self._root) and (why := probes_wifi.not_joined()):
                    link = bad("link", why, link.raw)
                return [link, *_untried("there is no network link", "address")]
            return [link, *probes_link.wifi(self._root), probes_link.address(self._root)]

        try:
            # Without a link nothing else is tried: there is time to ask for the reason.
            return self._bounded.run("board", look, BOARD_S + 3 * probes_wifi.EACH_S)
        except TooLate as late:
            return [unknown(name, "The kernel did not tell in time.", str(late)) for name in ("link", "address")]

    def _name(self, host: str, port: int, who: str = "endpoint") -> tuple[Health, list[Address]]:
        try:
            return self._bounded.run("name", lambda: probes_line.resolve(host, port, who), NAME_S)
        except TooLate as late:
            said = "The name server does not answer: is the router on the internet? Switch it off and on."
            return bad("dns", said, f"getaddrinfo({host}): {late}"), []

    def _line(self, host: str, addresses: list[Address], *, tls: bool, tunnel: Tunnel | None) -> Line | Failure:
        def work() -> Line | Failure:
            share_s = LINE_S - 0.5  # so that the words are those of the step that took the time
            return probes_line.connect(
                host,
                addresses,
                tls=tls,
                total_s=share_s,
                clock_is_set=self._clock_is_set(),
                trust=self._trust,
                tunnel=tunnel,
            )

        try:
            return self._bounded.run("line", work, LINE_S)
        except TooLate as late:
            return Failure(
                "connect", "The endpoint does not answer: is it down, or is a firewall in between?", str(late)
            )

    def _without_line(self, failure: Failure, host: str, *, tls: bool) -> Iterator[Health]:
        """What failed; but where a captive portal is seen, it is to blame."""
        cause, names = "there is no line to the endpoint", ["token", "drift"]
        if self._proxy and tls:  # what stands before a proxy, a line through it can't show
            names += ["certificate", "portal"]
        elif tls:
            answer = self._answer(f"http://{f'[{host}]' if ':' in host else host}/")
            portal = probes_answer.portal_in_plain(answer, host, stranger=failure.stranger)
            yield portal
            if portal.condition == "bad":
                yield from _untried(
                    "a captive portal is in the way", "tls", "certificate", "token", "endpoint", "drift"
                )
                return
            names.append("certificate")
        else:
            names.append("portal")
        yield bad("endpoint" if failure.step == "connect" else "tls", failure.said, failure.raw)
        yield from _untried(cause, *names, *(["endpoint"] if failure.step == "tls" else ["tls"] if tls else []))

    def _over(self, line: Line, host: str, *, tls: bool) -> Iterator[Health]:
        if tls:
            yield good("tls", "The encrypted line to the endpoint stands, and it has shown who it is.", line.raw)
            now_s = self._clocks().wall_ms / 1000
            yield probes_line.certificate(line, now_s, clock_is_set=self._clock_is_set())
        assert self._endpoint is not None
        answer = self._answer(f"{self._endpoint.url.rstrip('/')}/v1/kiosks/{self._kiosk}/responses")
        now = self._clocks()
        portal = probes_answer.portal(answer, host)
        yield portal
        if portal.condition == "bad":
            yield from _untried("somebody else answers in its place", "token", "endpoint", "drift")
            return
        endpoint = probes_answer.endpoint(answer, self._noted("problem"))
        yield endpoint
        if endpoint.condition == "bad":
            yield from _untried("the endpoint is not well", "token")
        else:
            yield probes_answer.token(self._noted("denied"), self._noted("contact"))
        yield probes_answer.drift(answer, now.wall_ms / 1000, clock_is_set=now.by != "nobody")

    def _answer(self, url: str) -> Answer | NoAnswer:
        def ask() -> Answer | NoAnswer:
            with self._client(ANSWER_S - 0.5) as client:
                return client.look(url)

        try:
            return self._bounded.run("answer", ask, ANSWER_S)
        except TooLate as late:
            return NoAnswer(str(late))

    def _clock_is_set(self) -> bool:
        return self._clocks().by != "nobody"


def _untried(cause: str, *names: str) -> Iterator[Health]:
    return (unknown(name, f"Not tried: {cause}.") for name in names)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
