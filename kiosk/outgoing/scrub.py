"""Takes out of lines of text what must not leave the house: secrets, names of networks, addresses, serials. Pure.

Never knows where a line comes from. What is known beforehand is found however it is written; the rest is found by
what it looks like or what it stands behind. In doubt it goes: a support bundle with one word less still helps.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple
from urllib.parse import quote

Kind = Literal["secret", "wifi name", "address", "serial", "user", "text"]

LONGEST = 16_000
"""Characters of a line; of a longer one nothing is kept."""
_WORD = 4
"""A known value shorter than this is only taken for itself where it stands alone."""
_CORE = 6
"""Of base64, so many characters are needed to know something again."""

_UNSEEN = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_NEW = r"(?!\[[a-z ]+ \d+\])"
"""What was replaced already is left alone."""
_VALUE = r"""(?:"(?:\\.|[^"\\])*"?|'[^']*'?|[^\s,;&}\]"']+)"""
_KEYED = re.compile(
    r"""(?i)((?:token|pass-?phrase|password|passwd|psk|secret|api[_-]?key|wep[_-]?key\d*|private[_-]?key|cookie|"""
    rf"""credentials?)["']?\s*[:=]\s*+){_NEW}({_VALUE})"""
)
_PIN = re.compile(r"""(?i)(\bpin["']?\s*[:=]?\s*["']?)(\d{6,32})""")
_AUTHORIZATION = re.compile(
    r"""(?i)(authorization["']?\s*[:=]\s*+["']?+(?:(?:bearer|basic|digest|token)\s++)?+|\bbearer\s++)"""
    rf"""{_NEW}([^\s"',;]+)"""
)
_JWT = re.compile(r"\beyJ[\w-]{4,}\.[\w-]+\.?[\w-]*")
_USER_PART = re.compile(r"""(?i)\b([a-z][a-z0-9+.-]*://)[^\s/"'<>]*@""")
_QUERY = re.compile(
    r"""(?i)(\b[a-z][a-z0-9+.-]*://[^\s?#"'<>]*)[?#][^\s"'<>]*|(/[^\s?"'<>]*)\?[^\s"'<>=]*=[^\s"'<>]*"""
)
_MAIL = re.compile(r"[\w.+-]+@(?!\w+\.(?:service|socket|slice|device|timer|target|mount|scope)\b)[\w-]+(?:\.[\w-]+)+")
_HOME = re.compile(rf"(/home/|/Users/|/run/media/|/media/){_NEW}([^/\s:\"']+)")
_SSID_DUMP = re.compile(r"(?i)(ssid[^\n]*?hexdump[^:]*:)(.+)")
_SSID = re.compile(r"""(?i)((?<!b)ssid["']?\s*[:=]\s*)("[^"]*"?|'[^']*'?|[^,;"'\s][^,;]*)""")
_SSID_QUOTED = re.compile(
    r"""(?i)((?:\be?ssid|access point|(?:wireless |wi-?fi )?network|\bconnection|\bprofile)\s+["'‘“])([^"'’”]+)"""
)
_BETWEEN_HEX = re.compile(r"[\s:,_-]|0x|\\x")
_MAC = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}(?:[:_-][0-9A-Fa-f]{2}){5,}(?![0-9A-Fa-f])")
_MAC_DOTTED = re.compile(r"(?<![0-9A-Fa-f.])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![0-9A-Fa-f.])")
_COLONS = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%\w+)?")
_DOTS = re.compile(r"(?<!\d)(?<!\d\.)\d{1,3}(?:\.\d{1,3}){3,}(?!\d)")
_DASHES = re.compile(r"(?<!\d)(?<!\d-)\d{1,3}(?:-\d{1,3}){3}(?!-?\d)")
_ARPA = re.compile(r"(?i)(?:[0-9a-f]\.){8,32}ip6\.arpa")
_SERIAL = re.compile(
    r"""(?i)((?:serial(?:[ _-]?(?:number|no|num|short))?|\bcid|\bwwn|machine-id|\bimei|\biccid|UUID)"""
    r"""["']?\s*[:=]\s*["']?)(?=[\w:.-]*\d)([\w:.-]{4,})"""
)
_KEEP_NETS = [ipaddress.ip_network(net) for net in ("127.0.0.0/8", "0.0.0.0/32", "255.0.0.0/8", "::1/128", "::/128")]


class Known(NamedTuple):
    """A value that must not leave the house."""

    kind: Kind
    value: str


def derived(ssid: str, passphrase: str) -> str:
    """The key that WPA makes of a passphrase, which opens the network as well: 64 hexadecimal digits."""
    return hashlib.pbkdf2_hmac("sha1", passphrase.encode(), ssid.encode(), 4096, 32).hex()


class Scrubber:
    """Replaces each thing by a word for it, the same thing by the same word: ``[address 1]``.

    `found` counts what was replaced, by kind.
    """

    def __init__(self, known: Iterable[Known] = ()) -> None:
        self.found: Counter[Kind] = Counter()
        self._numbers: dict[tuple[Kind, str], int] = {}
        self._given: Counter[Kind] = Counter()
        values = {(one.kind, part) for one in known for part in one.value.splitlines() if part.strip()}
        self._known: list[_Hidden] = []
        self._typed: list[tuple[str, str]] = []
        # the longest first: one may be a part of another
        for kind, value in sorted(values, key=lambda pair: (-len(pair[1]), pair)):
            if kind == "text":  # there are hundreds of them, and who quotes one quotes it as it is
                self._typed += [(way.lower(), value) for way in {value, json.dumps(value)[1:-1], quote(value)}]
            else:
                self._known.append(_Hidden(kind, value))

    def lines(self, given: Iterable[str]) -> Iterator[str]:
        """Each line scrubbed, without its end."""
        return (self.line(line) for line in given)

    def line(self, text: str, *, numbers: bool = True) -> str:
        """One line. `numbers`: whether four numbers with dots between are an address; else they may be a version."""
        text = _UNSEEN.sub("", text.rstrip("\r\n"))
        if len(text) > LONGEST:
            return f"[a line of {len(text)} characters]"
        text = self._texts(self._hidden(text))
        text = self._secrets(text)
        text = self._names(text)
        text = self._addresses(text, numbers)
        return self._by(_SERIAL, "serial", text)

    def _hidden(self, text: str) -> str:
        lower, squeezed = text.lower(), _BETWEEN_HEX.sub("", text.lower())
        for known in self._known:
            # the patterns are slow: most lines can't hold what they look for
            if known.lower in lower or not lower.isascii() or known.escaped.search(text):
                text = known.spelled.sub(self._word(known.kind, known.value), text)
            if known.hexed is not None and any(way in squeezed for way in known.hex):
                text = known.hexed.sub(self._word(known.kind, known.value), text)
            for core in known.cores:
                if core in text:
                    text = self._tokens(text, known, core)
        return text

    def _texts(self, text: str) -> str:
        lower = text.lower()
        for way, value in self._typed:
            if way in lower:
                text = re.sub(re.escape(way), self._word("text", value), text, flags=re.IGNORECASE)
                lower = text.lower()
        return text

    def _secrets(self, text: str) -> str:
        text = self._by(_AUTHORIZATION, "secret", text)
        text = self._by(_KEYED, "secret", text)
        text = self._by(_PIN, "secret", text)
        text = _JWT.sub(lambda match: self._placeholder("secret", match[0]), text)
        text = _USER_PART.sub(lambda match: match[1] + self._placeholder("user", match[0]) + "@", text)
        return _QUERY.sub(lambda match: f"{match[1] or match[2]}?[query]", text)

    def _names(self, text: str) -> str:
        for pattern in (_SSID_DUMP, _SSID, _SSID_QUOTED):
            text = self._by(pattern, "wifi name", text)
        text = _MAIL.sub(lambda match: self._placeholder("user", match[0]), text)
        return self._by(_HOME, "user", text)

    def _addresses(self, text: str, numbers: bool) -> str:
        text = _MAC.sub(self._mac, text)
        for pattern in (_MAC_DOTTED, _ARPA):
            text = pattern.sub(lambda match: self._placeholder("address", _same(match[0])), text)
        text = _COLONS.sub(self._version_6, text)
        if numbers:
            text = _DOTS.sub(lambda match: self._version_4(match[0], match[0]), text)
            text = _DASHES.sub(lambda match: self._version_4(match[0], match[0].replace("-", ".")), text)
        return text

    def _mac(self, match: re.Match[str]) -> str:
        # the "ac:" of "mac:" is none of it
        cut = 3 if match.string[max(0, match.start() - 1) : match.start()].isalpha() and len(match[0]) > 17 else 0
        return match[0][:cut] + self._placeholder("address", _same(match[0][cut:]))

    def _version_6(self, match: re.Match[str]) -> str:
        run, (begin, end) = match[0], match.span()
        if "::" not in run and run.count(":") < 6:
            return run  # a time of day
        text = match.string
        in_word = begin > 0 and text[begin - 1].isalpha()
        if in_word and text[end : end + 1].isalpha() and len(run.replace(":", "")) <= 4:
            return run  # Rust::names
        head, core, tail = "", run, ""
        if in_word and "::" not in run[: run.index(":") + 2]:
            head, core = run[: run.index(":") + 1], run[run.index(":") + 1 :]  # the "c:" of "src:"
        while core[:1] == "." or (core[:1] == ":" and core[:2] != "::"):
            head, core = head + core[0], core[1:]
        while core[-1:] == "." or (core[-1:] == ":" and core[-2:] != "::"):
            core, tail = core[:-1], core[-1] + tail
        if not re.search("[0-9A-Fa-f]", core) or _kept(core):
            return run
        return head + self._placeholder("address", core.lower()) + tail

    def _version_4(self, said: str, dotted: str) -> str:
        parts = dotted.split(".")
        if any(int(part) > 255 for part in parts[:4]):
            return said
        address = ".".join(str(int(part)) for part in parts[:4])
        if _kept(address):
            return said
        return ".".join([self._placeholder("address", address), *parts[4:]])

    def _by(self, pattern: re.Pattern[str], kind: Kind, text: str) -> str:
        """What stands in the pattern's second group, behind its first."""

        def word(match: re.Match[str]) -> str:
            value = match[2].strip("\"'")
            if not value.strip() or re.fullmatch(r"\[[a-z ]+ \d+\]", value.strip()):
                return match[0]
            quote_ = match[2][0] if match[2][0] in "\"'" else ""
            return f"{match[1]}{quote_}{self._placeholder(kind, value.strip())}{quote_}"

        return pattern.sub(word, text)

    def _tokens(self, text: str, known: _Hidden, core: str) -> str:
        """Whole runs of base64 that hold something known."""
        done, at = [], 0
        while (begin := text.find(core, at)) >= 0:
            end = begin + len(core)
            while begin > at and _of_base64(text[begin - 1]):
                begin -= 1
            while end < len(text) and (_of_base64(text[end]) or text[end] == "="):
                end += 1
            done += [text[at:begin], self._placeholder(known.kind, known.value)]
            at = end
        return "".join([*done, text[at:]])

    def _word(self, kind: Kind, value: str) -> Callable[[re.Match[str]], str]:
        return lambda match: self._placeholder(kind, value)

    def _placeholder(self, kind: Kind, value: str) -> str:
        self.found[kind] += 1
        key = kind, value
        if key not in self._numbers:
            self._given[kind] += 1
            self._numbers[key] = self._given[kind]
        return f"[{kind} {self._numbers[key]}]"


class _Hidden:
    """A known value and the ways in which it may be written."""

    def __init__(self, kind: Kind, value: str) -> None:
        self.kind, self.value, self.lower = kind, value, value.lower()
        plain = "".join(f"(?:{'|'.join(_spellings(character))})" for character in value)
        self.spelled = re.compile(rf"(?<!\w){plain}(?!\w)" if len(value) < _WORD else plain, re.IGNORECASE)
        """As it is or escaped for URL, JSON, Python or HTML, in any case."""
        self.escaped = re.compile(r"[%\\&+]" if " " in value else r"[%\\&]")
        """Without one of these signs it is not escaped."""
        octets = [value.encode(), value.upper().encode()] if len(value) >= _WORD else []
        self.hex = [said.hex() for said in octets]
        ways = (r"[\s:,_-]?".join(rf"(?:0x|\\x)?{byte:02x}" for byte in said) for said in octets)
        self.hexed = re.compile("|".join(ways), re.IGNORECASE) if octets else None
        self.cores = _base64(value)


def _spellings(character: str) -> list[str]:
    octets = character.encode(errors="replace")
    url = "".join(f"%{byte:02x}" for byte in octets)
    ways = {re.escape(character), url, url.replace("%", "%25"), "".join(rf"\\x{byte:02x}" for byte in octets)}
    ways |= {re.escape(quote(character, safe="")), rf"\\u{ord(character):04x}", rf"\\U{ord(character):08x}"}
    ways |= {rf"&\#0*{ord(character)};", rf"&\#x0*{ord(character):x};", rf"\\{re.escape(character)}"}
    ways |= {
        named for sign, named in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")) if sign == character
    }
    if character == " ":
        ways.add(r"\+")
    return sorted(ways, key=lambda way: (-len(way), way))


def _base64(value: str) -> list[str]:
    """What is always there in base64 of a text that holds `value` somewhere, where that is enough to know it again."""
    cores = set()
    for said in {value, value.upper(), value.lower()}:
        octets = said.encode()
        for before in range(3):
            encoded = base64.b64encode(bytes(before) + octets).decode()
            rest = (before + len(octets)) % 3
            core = encoded[(0, 2, 3)[before] : len(encoded) - (0, 3, 2)[rest]]
            if len(core) >= _CORE:
                cores |= {core, core.replace("+", "-").replace("/", "_")}
    return sorted(cores)


def _of_base64(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in "+/-_")


def _kept(address: str) -> bool:
    """Whether an address says nothing: this machine itself, a netmask, none at all."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return any(found.version == net.version and found in net for net in _KEEP_NETS)


def _same(address: str) -> str:
    """A MAC address by its digits alone: written with colons, dashes or dots it is the same."""
    return re.sub("[^0-9a-z]", "", address.lower())
