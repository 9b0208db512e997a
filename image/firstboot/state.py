"""What was applied last from the card and from a stick, and whether it is blanked. Holds no secret, nor its hash.

A secret's own hash would let a thief of the card try out PINs as fast as he can count: hashed is the text without it.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path

import msgspec

from image.firstboot import hands
from image.firstboot.spans import Span, blanked
from kiosk import __version__

log = logging.getLogger(__name__)

MOST_BYTES = 1 << 20


class File(msgspec.Struct, frozen=True):
    """One file of a source, as it is once its secrets are blanked."""

    size: int
    sha256: str
    spans: list[Span] = []
    """Where they stood; kept until they are blanked for sure."""


class Seen(msgspec.Struct, frozen=True):
    """What was taken from one source last."""

    files: dict[str, File] = {}
    settled: bool = True
    """Nothing is left to be blanked or wiped."""
    wipe: bool = False
    """Secrets stood there, perhaps in sectors that belong to no file any more."""
    unsure: bool = False
    """A refused file in whose place a stick's was taken, and in which secrets can't be looked for."""

    def is_as(self, files: Mapping[str, bytes], cluster: int) -> bool:
        """Whether these files are still the ones that were taken, blanked, not yet, or torn in the middle of it."""
        if set(files) != set(self.files):
            return False
        return all(self._same(self.files[name], data, cluster) for name, data in files.items())

    def _same(self, file: File, data: bytes, cluster: int) -> bool:
        if len(data) != file.size:
            # Cut while the rest of the last cluster was being filled with zeros: settle.py.
            if self.settled or len(data) < file.size or len(data) % max(1, cluster):
                return False
            data = data[: file.size]
        return digest(data if self.settled else blanked(data, file.spans)) == file.sha256


class State(msgspec.Struct, frozen=True):
    """Of both sources."""

    card: Seen = Seen()
    stick: Seen = Seen()
    in_force: str = ""
    """Which of them the stored settings are from."""

    def of(self, name: str) -> Seen:
        """What was taken from this one."""
        return self.stick if name == "stick" else self.card

    def having(self, name: str, seen: Seen) -> State:
        """The same, but for one of them."""
        return msgspec.structs.replace(self, **{name: seen})


def digest(data: bytes) -> str:
    """By which it is known again."""
    return hashlib.sha256(data).hexdigest()


def seen(files: Mapping[str, bytes], spans: Mapping[str, list[Span]], *, wipe: bool) -> Seen:
    """What is to be known of files that are taken, with the secrets of each."""
    kept = {
        name: File(len(data), digest(blanked(data, spans.get(name, []))), spans.get(name, []))
        for name, data in files.items()
    }
    return Seen(kept, settled=not wipe, wipe=wipe)


def load(path: Path) -> State:
    """The state kept at `path`; an empty one where there is none or it can't be read: then all is applied once more."""
    data = hands.content(path, MOST_BYTES)
    if data is None:
        return State()
    try:
        return msgspec.json.decode(data, type=State)
    except msgspec.DecodeError as error:
        log.warning("%s: can't be read (%s); what stands on the card is applied once more", path, error)
        return State()


def written(state: State) -> bytes:
    """As `load` reads it."""
    return msgspec.json.format(msgspec.json.encode(state), indent=1) + b"\n"


def sums(files: Mapping[str, File]) -> bytes:
    """As the quick check in moodpost-firstboot.sh has them from sha256sum(1), in its order, after this version."""
    order = ["moodpost.toml", "survey.toml", "ca.pem", "authorized_keys"]
    names = [name for name in order if name in files] + sorted(name for name in files if name not in order)
    lines = [f"{__version__}  moodpost", *(f"{files[name].sha256}  {name}" for name in names)]
    return "".join(f"{line}\n" for line in lines).encode()
