"""The error root of the kiosk's wing. Knows no other module.

KioskError
├── SettingsError    a settings or survey file is wrong; carries every mistake in it
│   └── MissingSettings  there is no such file
├── StoreError       the store can't be opened, read or written
│   ├── NoStoreYet   there is none yet: no kiosk has run here, or it is just making its file
│   ├── InUse        another kiosk has the data folder
│   └── DamagedStore what is in the file can't be believed
├── FileError        a file that was asked for can't be written, or is there already
├── ScreenError      no picture can be shown
└── RequestError     sync can't be asked for something
"""

from __future__ import annotations

from collections.abc import Sequence


class KioskError(Exception):
    """Something in the kiosk went wrong; the message says what, where and what to do."""


class SettingsError(KioskError, ValueError):
    """A settings or survey file has mistakes; `mistakes` holds one line for each."""

    def __init__(self, source: str, mistakes: Sequence[str]) -> None:
        self.source = source
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class MissingSettings(SettingsError):
    """There is no such file."""


class StoreError(KioskError, OSError):
    """The store can't be opened, read or written."""


class NoStoreYet(StoreError):
    """There is no store yet: no kiosk has run here, or it is just making its file."""


class InUse(StoreError):
    """Another kiosk has the data folder. The command then ends with `code`."""

    code = 3


class DamagedStore(StoreError):
    """What is in the file can't be believed: it is damaged, or no store of ours at all."""


class FileError(KioskError, OSError):
    """A file that was asked for can't be written, or is there already."""


class ScreenError(KioskError, RuntimeError):
    """No picture can be shown."""


class RequestError(KioskError, OSError):
    """Sync can't be asked for something: the request can't be left."""
