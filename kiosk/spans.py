"""Stretches of Unicode, and whether a text has a character of them. Pure; never knows what they are for."""

from __future__ import annotations


class Spans:
    """Stretches such as "\u3040-\u309f", in rising order. To compile them as a class of `re` takes 2 ms for each."""

    def __init__(self, *stretches: str) -> None:
        self._stretches = [(stretch[0], stretch[-1]) for stretch in stretches]
        self._first = self._stretches[0][0]

    def __contains__(self, character: str) -> bool:
        return character >= self._first and any(first <= character <= last for first, last in self._stretches)

    def of(self, text: str) -> list[str]:
        """The characters of `text` that are in one of the stretches, in order."""
        if max(text, default="") < self._first:  # at once, of most languages
            return []
        return [character for character in text if character in self]
