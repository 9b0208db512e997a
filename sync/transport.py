"""One request with a total deadline, DNS included. Alone imports httpx; never knows what is sent or what it means."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import httpx

from kiosk.trust import SYSTEM, Trust
from sync.proxy import Proxy, refusal
from sync.reply import Answer, NoAnswer

MAX_ANSWER_BYTES = 65_536
"""A longer body is no endpoint's answer."""
MAX_HANGING = 4
"""Requests that may hang past their deadline (a resolver can't be interrupted) before no new one is begun."""
_NOT_YET_VALID = 9
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID. A Pi boots in the past: then it is the clock that is wrong."""


_STEPS = frozenset(("connection.connect_tcp.complete", "connection.start_tls.complete", "proxy.start_tls.complete"))
"""After each of them httpx has another socket."""


class Transport:
    """A client for one sending pass: connections are kept within it and never outlive it.

    What is encrypted goes through `proxy`, if there is one; what is not stays on this machine anyhow.
    """

    def __init__(self, total_s: float = 20.0, trust: Trust = SYSTEM, proxy: Proxy | None = None) -> None:
        self._total_s = total_s
        self._trust = trust
        self._proxy = proxy
        self._line: _Line | None = None

    def __enter__(self) -> Transport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer | NoAnswer:
        """POST `body` and read the whole answer, all within the deadline. Redirects are never followed."""
        return self._within_the_time(url, lambda line, until: line.ask(url, body, headers, until))

    def look(self, url: str) -> Answer | NoAnswer:
        """GET `url` and read no more than status and headers, within the deadline. Redirects are never followed."""
        return self._within_the_time(url, lambda line, until: line.look(url))

    def _within_the_time(self, url: str, exchange: Callable[[_Line, float], Answer | NoAnswer]) -> Answer | NoAnswer:
        with _hanging_lock:
            _hanging.difference_update([t for t in _hanging if not t.is_alive()])
            if len(_hanging) >= MAX_HANGING:
                return NoAnswer(f"{len(_hanging)} earlier requests hang still: is the name server dead?")
        if self._line is None:
            self._line = _Line(url, self._total_s, self._trust, self._proxy)
        line = self._line
        results: list[Answer | NoAnswer] = []
        until = time.monotonic() + self._total_s

        def ask() -> None:
            results.append(exchange(line, until))
            if line.cut_off:
                line.close()  # nobody else has it any more

        thread = threading.Thread(target=ask, name="request", daemon=True)
        thread.start()
        thread.join(self._total_s)
        if results:
            return results[0]
        self._line = None
        line.cut()
        if results:
            line.close()  # the thread had ended before it could see the cut
        with _hanging_lock:
            _hanging.add(thread)
        return _too_late(self._total_s)


_hanging: set[threading.Thread] = set()
_hanging_lock = threading.Lock()


class _Line:
    """A client and the socket it talks on, so that a request can be ended from outside, whatever it waits for."""

    def __init__(self, url: str, total_s: float, trust: Trust, proxy: Proxy | None) -> None:
        self._total_s = total_s
        # Certificates only for https: loading them costs more than a batch.
        verify, self._mistrust = trust.context() if url.startswith("https:") else (False, "")
        # An answer that comes compressed all the same is not unpacked: it could be a bomb.
        headers = {"Accept-Encoding": "identity"}
        through = httpx.Proxy(proxy.url, auth=proxy.auth) if proxy and url.startswith("https:") else None
        self._client = httpx.Client(
            headers=headers, timeout=total_s, follow_redirects=False, trust_env=False, verify=verify, proxy=through
        )
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.cut_off = False

    def close(self) -> None:
        self._client.close()

    def cut(self) -> None:
        """End the request under way. A resolver can't be ended: its connection is cut as soon as it stands."""
        with self._lock:
            self.cut_off = True
            self._shut()

    def _watch(self, event: str, info: dict[str, Any]) -> None:
        """Called by the client at each of its steps."""
        if event in _STEPS:
            with self._lock:
                self._socket = info["return_value"].get_extra_info("socket")
                if self.cut_off:
                    self._shut()

    def _shut(self) -> None:
        # Shut, not closed: closing would leave the thread that reads from it waiting.
        if self._socket is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def ask(self, url: str, body: bytes, headers: dict[str, str], until: float) -> Answer | NoAnswer:
        def read(response: httpx.Response) -> Answer | NoAnswer:
            whole = bytearray()
            for piece in response.iter_raw():
                whole += piece
                if len(whole) > MAX_ANSWER_BYTES:
                    return NoAnswer(f"the answer ({response.status_code}) has no end")
                if time.monotonic() > until:
                    return NoAnswer(f"half an answer ({response.status_code}) within the time")
            return _answer(response, bytes(whole))

        return self._exchange("POST", url, read, content=body, headers=headers)

    def look(self, url: str) -> Answer | NoAnswer:
        return self._exchange("GET", url, _answer)

    def _exchange(
        self, method: str, url: str, read: Callable[[httpx.Response], Answer | NoAnswer], **sent: Any
    ) -> Answer | NoAnswer:
        extensions = {"trace": self._watch}
        try:
            with self._client.stream(method, url, extensions=extensions, **sent) as response:
                return read(response)
        except httpx.TimeoutException:
            return _too_late(self._total_s)
        except httpx.ProxyError as error:
            # "407 Proxy Authentication Required": the words are the proxy's own, the number says it all.
            status = re.match(r"\d{3}\b", str(error))
            return NoAnswer(refusal(int(status[0])) + f" ({status[0]})" if status else "The proxy speaks no HTTP.")
        except (httpx.LocalProtocolError, ValueError):
            # The error's own words could hold the header, and with it the token.
            return NoAnswer("the request can't be written: is there a stray character in the token or the address?")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError) as error:
            tls = _tls_error(error)
            if isinstance(tls, ssl.SSLCertVerificationError) and tls.verify_code == _NOT_YET_VALID:
                return NoAnswer("the endpoint's certificate is not yet valid: is the clock unset?", tls=True)
            if isinstance(tls, ssl.SSLCertVerificationError) and self._mistrust:
                return NoAnswer(self._mistrust, tls=True)
            return NoAnswer(f"{type(error).__name__}: {error}", tls=tls is not None)


def _answer(response: httpx.Response, body: bytes = b"") -> Answer:
    return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, body)


def _too_late(total_s: float) -> NoAnswer:
    return NoAnswer(f"no answer within {total_s:g} s")


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error
