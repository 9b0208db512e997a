"""Whom an encrypted line believes: the system's certificates, and those of the settings' `ca_file`. Opens no line.

What was loaded serves as long as the files are the same, so that one that was mended counts at once: to load the
system's hundred and more takes a Pi Zero longer than to encrypt a line.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import msgspec

from kiosk.errors import SettingsError
from kiosk.settings import Settings

BESIDE = "ca.pem"
_EXPECTED = "expected a file of PEM certificates (-----BEGIN CERTIFICATE-----)"


class Trust(msgspec.Struct, frozen=True):
    """The certificates in `ca_file` besides the system's; `source` is how to call the settings that name it."""

    ca_file: Path | None = None
    source: str = "moodpost.toml"

    def context(self) -> tuple[ssl.SSLContext, str]:
        """What a client encrypts with, and in words what is wrong with the file: then the system's count alone."""
        paths = ssl.get_default_verify_paths()
        stamps = tuple(_stamp(path) for path in (self.ca_file, paths.cafile, paths.capath) if path)
        kept = _loaded.get(self)
        if kept is None or kept[0] != stamps:
            kept = _loaded[self] = stamps, *self._load()
        return kept[1:]

    def _load(self) -> tuple[ssl.SSLContext, str]:
        context = ssl.create_default_context()
        if self.ca_file is None:
            return context, ""
        # Since Python 3.13 a certificate authority without a key usage is refused, and `openssl req -x509` makes such.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        try:
            context.load_verify_locations(self.ca_file)
        except ssl.SSLError:
            said = f"found no certificate in {self.ca_file}, {_EXPECTED}"
        except FileNotFoundError:
            said = f"found no file {self.ca_file}, {_EXPECTED}"
        except (OSError, ValueError) as error:
            said = f"{self.ca_file} can't be read ({getattr(error, 'strerror', None) or error}), {_EXPECTED}"
        else:
            return context, ""
        return ssl.create_default_context(), f"{self.source}, network.ca_file: {said}"

    def mistake(self) -> str:
        """What is wrong with the file, in words; "" where it is well or none is named."""
        return self.context()[1] if self.ca_file else ""


_loaded: dict[Trust, tuple[tuple[object, ...], ssl.SSLContext, str]] = {}
"""By whom is believed: how the files stood, and what was loaded from them. A process believes one or two."""

SYSTEM = Trust()
"""The system's certificates alone."""


def _stamp(path: Path | str) -> tuple[int, int, int, int] | None:
    """Other than before once a file has changed or another has taken its name; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - may be text
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def trust(settings: Settings, file: Path) -> Trust:
    """Whom these settings, which stand in `file`, have a line believe. A relative `ca_file` is beside them.

    Where they name none, a file ca.pem beside them counts: an installer has put it there for that.
    """
    named = settings.network.ca_file if settings.network else ""
    if not named and (file.parent / BESIDE).exists():
        named = BESIDE
    return Trust(file.parent / named if named else None, file.name)


def check(settings: Settings, file: Path) -> None:
    """SettingsError where the `ca_file` that these settings name can't be read or holds no certificate."""
    if mistake := trust(settings, file).mistake():
        raise SettingsError(str(file), [mistake])
