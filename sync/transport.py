"""One request with a total deadline, DNS included. Alone imports httpx; never knows what is sent or what it means."""

from __future__ import annotations

import ssl
import threading
import time
from types import TracebackType

import httpx

from sync.reply import Answer, NoAnswer

MAX_ANSWER_BYTES = 65_536
"""A longer body is no endpoint's answer."""
MAX_HANGING = 4
"""Requests that may hang past their deadline (a resolver can't be interrupted) before no new one is begun."""


class Transport:
    """A client for one sending pass: connections are kept within it and never outlive it."""

    def __init__(self, total_s: float = 20.0) -> None:
        self._total_s = total_s
        self._client: httpx.Client | None = None

    def __enter__(self) -> Transport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drop()

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer | NoAnswer:
        """POST `body` and read the whole answer, all within the deadline. Redirects are never followed."""
        with _hanging_lock:
            _hanging.difference_update([t for t in _hanging if not t.is_alive()])
            if len(_hanging) >= MAX_HANGING:
                return NoAnswer(f"{len(_hanging)} earlier requests hang still: is the name server dead?")
        if self._client is None:
            self._client = _client(url, self._total_s)
        client = self._client
        results: list[Answer | NoAnswer] = []

        def ask() -> None:
            results.append(_ask(client, url, body, headers, time.monotonic() + self._total_s))

        thread = threading.Thread(target=ask, name="request", daemon=True)
        thread.start()
        thread.join(self._total_s)
        if not results:
            with _hanging_lock:
                _hanging.add(thread)
            self._client = None  # its thread still holds it
            return NoAnswer(f"no answer within {self._total_s:g} s")
        return results[0]


_hanging: set[threading.Thread] = set()
_hanging_lock = threading.Lock()


def _client(url: str, total_s: float) -> httpx.Client:
    # The system's certificates, and only for https: loading them costs more than a batch.
    verify = ssl.create_default_context() if url.startswith("https:") else False
    # An answer that comes compressed all the same is not unpacked: it could be a bomb.
    headers = {"Accept-Encoding": "identity"}
    return httpx.Client(headers=headers, timeout=total_s, follow_redirects=False, trust_env=False, verify=verify)


def _ask(client: httpx.Client, url: str, body: bytes, headers: dict[str, str], until: float) -> Answer | NoAnswer:
    try:
        with client.stream("POST", url, content=body, headers=headers) as response:
            read = bytearray()
            for piece in response.iter_raw():
                read += piece
                if len(read) > MAX_ANSWER_BYTES:
                    return NoAnswer(f"the answer ({response.status_code}) has no end")
                if time.monotonic() > until:
                    return NoAnswer(f"half an answer ({response.status_code}) within the time")
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, headers, bytes(read))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError) as error:
        return NoAnswer(f"{type(error).__name__}: {error}")
