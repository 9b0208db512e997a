"""How the picture is turned on the panel, and points and areas from one to the other. Knows no surface, no event."""

from __future__ import annotations

from typing import NamedTuple

TURNS = (0, 90, 180, 270)


class Rotation(NamedTuple):
    """The picture turned clockwise by `degrees`, one of TURNS, so that it stands upright on a panel hung that way.

    `width` and `height` are those of the picture as the visitor sees it, pixels.
    """

    degrees: int
    width: int
    height: int

    @classmethod
    def on(cls, panel: tuple[int, int], degrees: int) -> Rotation:
        """The picture that fills this panel, whose own width and height are given."""
        return cls(degrees, *_swapped(panel, degrees))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self.width, self.height

    @property
    def panel(self) -> tuple[int, int]:
        """Width and height of the panel."""
        return _swapped(self.size, self.degrees)

    def to_panel(self, x: int, y: int) -> tuple[int, int]:
        """Where on the panel a pixel of the picture lies."""
        match self.degrees:
            case 90:
                return self.height - 1 - y, x
            case 180:
                return self.width - 1 - x, self.height - 1 - y
            case 270:
                return y, self.width - 1 - x
            case _:
                return x, y

    def to_picture(self, x: int, y: int) -> tuple[int, int]:
        """Which pixel of the picture lies at this place of the panel."""
        match self.degrees:
            case 90:
                return y, self.height - 1 - x
            case 180:
                return self.width - 1 - x, self.height - 1 - y
            case 270:
                return self.width - 1 - y, x
            case _:
                return x, y

    def area_on_panel(self, x: int, y: int, width: int, height: int) -> tuple[int, int, int, int]:
        """An area of the picture, at least a pixel wide and high, on the panel: left, top, width, height."""
        one, other = self.to_panel(x, y), self.to_panel(x + width - 1, y + height - 1)
        return min(one[0], other[0]), min(one[1], other[1]), *_swapped((width, height), self.degrees)


def _swapped(size: tuple[int, int], degrees: int) -> tuple[int, int]:
    return (size[1], size[0]) if degrees % 180 else size
