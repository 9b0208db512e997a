"""The proxy that stands between sync and the endpoint: its address, and the words it is asked with. Opens no line."""

from __future__ import annotations

import base64
from urllib.parse import unquote, urlsplit

import msgspec

from kiosk.settings import Secret

PORT = 80
"""Of a proxy whose address names none."""
NONE = "none"
"""Stands in the place of an address where a technician wants no proxy, whatever the settings say."""
WANTS_PASSWORD = 407


class Proxy(msgspec.Struct, frozen=True):
    """An HTTP proxy that is asked for a tunnel (CONNECT, RFC 9110); what goes through it is encrypted end to end."""

    host: str
    port: int = PORT
    user: str = ""
    password: Secret = Secret("")

    @classmethod
    def of(cls, url: str) -> Proxy | None:
        """The one that `url` names, user and password in their places; None where it names none."""
        if url in ("", NONE):
            return None
        parts = urlsplit(url)
        return cls(
            parts.hostname or "",
            parts.port or PORT,
            unquote(parts.username or ""),
            Secret(unquote(parts.password or "")),
        )

    @property
    def url(self) -> str:
        """Its address, without user and password."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def auth(self) -> tuple[str, str] | None:
        """User and password, where it wants them; for the one call that needs them."""
        return (self.user, self.password.reveal()) if self.user else None

    def question(self, host: str, port: int) -> bytes:
        """How a tunnel to `host` is asked for."""
        place = f"{f'[{host}]' if ':' in host else host}:{port}"
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
        if self.auth:
            words = base64.b64encode(":".join(self.auth).encode()).decode()
            lines.append(f"Proxy-Authorization: Basic {words}")
        return "\r\n".join([*lines, "", ""]).encode()


def refusal(status: int) -> str:
    """What it means that a proxy answers `status` instead of opening a tunnel."""
    if status == WANTS_PASSWORD:
        return "The proxy wants a user and a password, or takes neither of these: correct them."
    if status in (502, 503, 504):
        return "The proxy can't reach the endpoint: is the endpoint's address right, and is it on?"
    if status == 403:
        return "The proxy forbids the way to the endpoint: whoever runs it must let this kiosk through."
    return "The proxy opens no way to the endpoint: is it one for HTTPS (CONNECT), and is its address right?"
