"""The address of an HTTP proxy, with user and password in their places or without. Pure; never knows who uses it."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

EXPECTED = 'expected an address such as "http://proxy.example.com:3128"'
NONE = "none"
"""Stands in the place of an address where a technician wants no proxy, whatever the settings say."""


def mistake(url: str) -> str:
    """What is wrong with the address of a proxy, without user and password; "" where it may be one."""
    if "@" in url:
        return f"found an address with @ (not shown here, there may be a password in it), {EXPECTED}"
    found = f'found "{url[:100]}", {EXPECTED}'
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return found
    if not re.fullmatch(r"[!-~]+", url) or re.search(r"[\\\"'%]", url) or not host or port == 0:
        return found
    if parts.scheme == "https":
        return f'found "{url[:100]}", expected http:// : what goes through it is encrypted all the same'
    if parts.scheme != "http" or parts.path not in ("", "/") or parts.query or parts.fragment:
        return found
    return ""


def joined(url: str, user: str = "", password: str = "") -> str:
    """`url` with user and password in their places; a secret where there is a password."""
    parts = urlsplit(url)
    who = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    return f"{parts.scheme}://{who}@{parts.netloc}" if who else f"{parts.scheme}://{parts.netloc}"


def bare(url: str) -> str:
    """The address without user and password."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
