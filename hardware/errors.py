"""The error root of the hardware wing. Knows no other module.

HardwareError
├── PanelError      pins can't be had
├── DisplayError    no picture can be had
└── ApplyError      what needs root can't be asked for, or isn't done
"""

from __future__ import annotations

import re


class HardwareError(Exception):
    """Something wired to this board doesn't work; the message says what, where and what to do."""


class PanelError(HardwareError, OSError):
    """The pins of the panel can't be had."""

    @property
    def brief(self) -> str:
        """What is wrong in a few words, for a screen that visitors see; the reasons are for the log."""
        return re.split(r" \(|[:;] ", str(self))[0]


class DisplayError(HardwareError, RuntimeError):
    """No picture can be had."""


class ApplyError(HardwareError, OSError):
    """What needs root can't be asked for, or isn't done."""
