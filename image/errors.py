"""The error root of the image's wing. Knows no other module.

ImageError
├── FirstBootError   something can't be stored, applied or blanked
└── RefusedError     what an installer brought has mistakes; carries every one of them
"""

from __future__ import annotations

from collections.abc import Sequence


class ImageError(Exception):
    """Something about the card went wrong; the message says what, where and what to do."""


class FirstBootError(ImageError, OSError):
    """Something can't be stored, applied or blanked."""


class RefusedError(ImageError, ValueError):
    """What an installer brought is not taken; `mistakes` holds one sentence for each."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))
