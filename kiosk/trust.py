"""Whom an encrypted line believes: the system's certificates, and those of the settings' `ca_file`. Opens no line.

The file is read anew for each line, so that one that was mended counts at once.
"""

from __future__ import annotations

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


SYSTEM = Trust()
"""The system's certificates alone."""


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
