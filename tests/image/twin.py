"""The kiosk drawn on this host with a board's settings: what the board must show, and where to touch it."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.conftest import until
from tests.running import Place


class Twin:
    """A kiosk without a screen of its own that is led the way the board is led."""

    def __init__(self, folder: Path, settings: str, size: tuple[int, int]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._shots = folder / "shots"
        self._place = Place(folder, settings)
        width, height = size
        self._place.kiosk(
            *("--screen", "offscreen", "--size", f"{width}x{height}", "--pins", "mock", "--shots", str(self._shots))
        )
        self.wait_for("attract")

    @property
    def screen(self) -> str:
        """The screen shown now: attract, voted, ask-…, thanks."""
        return str(self._place.heard["kiosk"].last_screen()["screen"])

    def wait_for(self, screen: str) -> None:
        """Wait until that screen is shown."""
        until(self._place.on_screen(screen), f"the twin to show {screen}")

    def picture(self, screen: str) -> Image.Image:
        """What that screen looked like when it was first shown."""
        with Image.open(self._shots / f"{screen}.png") as picture:
            return picture.convert("RGB")

    def centre(self, action: str) -> tuple[int, int]:
        """Where on the screen shown now something can be touched, pixels."""
        return self._place.centre(action)

    def tap(self, action: str) -> tuple[int, int]:
        """Touch it; where the board must be touched for the same."""
        at = self.centre(action)
        self._place.members["kiosk"].order(f"tap {at[0]} {at[1]}")
        return at

    def close(self) -> None:
        """End it."""
        self._place.close()
