"""Whether sshd would take what an installer calls authorized_keys, and the same as it likes it. Pure."""

from __future__ import annotations

import binascii
import re

from image.firstboot.spans import BOM

_KEY = re.compile(
    rb"(?:\A|[ \t])(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)"
    rb"|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)"
    rb"[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t]|\Z)"
)
_LEAST = 32
"""Bytes of the shortest key, behind its kind."""


def readable(data: bytes) -> bytes:
    """A key a line, b"" where there is none; ValueError says what is wrong, and never what stands there."""
    if b"PRIVATE KEY" in data:
        raise ValueError("found a private key, expected public ones (a file such as id_ed25519.pub)")
    # sshd knows neither Windows' mark nor an old Mac's line ends.
    lines = [line.strip() for line in re.split(rb"\r\n|\r|\n", data.removeprefix(BOM))]
    keys = [line for line in lines if line and not line.startswith(b"#")]
    if not all(_is_key(line) for line in keys):
        raise ValueError("found a line that is no public key, expected lines such as ssh-ed25519 AAAA… name")
    return b"".join(line + b"\n" for line in keys)


def _is_key(line: bytes) -> bool:
    found = _KEY.search(line)
    if found is None:
        return False
    try:
        blob = binascii.a2b_base64(found[2], strict_mode=True)
    except binascii.Error:
        return False
    kind = len(found[1]).to_bytes(4, "big") + found[1]  # RFC 4253, 6.6
    return blob.startswith(kind) and len(blob) >= len(kind) + _LEAST
