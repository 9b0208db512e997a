"""What can go wrong while cards are made: one root, each with the exit code that tells it. Knows no other room.

ProvisionError     something is missing or can't be done here                          1
├── FleetError     the table, its template or a file has mistakes; carries all of them  1
├── TargetRefused  this disk is not to be written to                                    3
└── CardFailed     a card can't be written, or gives back other bytes                   4
"""

from __future__ import annotations

from collections.abc import Sequence

from image.errors import ImageError

UNFINISHED = 5
"""The exit code where a person ended it before each kiosk had its card."""


class ProvisionError(ImageError):
    """Something is missing or can't be done here; the message says what to do."""

    code = 1


class FleetError(ProvisionError, ValueError):
    """Table, template or a file beside them can't be taken; `mistakes` holds one sentence for each."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class TargetRefused(ProvisionError):
    """This disk is not to be written to, or not yet."""

    code = 3


class CardFailed(ProvisionError, OSError):
    """A card can't be written or read, or gives back other bytes than it was given."""

    code = 4
