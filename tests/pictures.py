"""Makes the pictures in docs/screens: the real kiosk, off screen, walked through a visit and by a technician."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.conftest import ROOT, until
from tests.running import Place
from tests.workshop import Workshop

SIZES = ("800x480", "1280x800", "720x1280")
TECHNICIANS = ("800x480",)
SCREENS = ROOT / "docs/screens"


def take(size: str, place: Place) -> None:
    """One visit: the faces, a pressed one, its follow-up, thanks."""

    def shot(name: str) -> None:
        path = place.folder / f"{name}.png"
        place.members["kiosk"].order(f"shot {path}")
        until(lambda: path.exists() and path.read_bytes().endswith(b"IEND\xaeB`\x82"), f"the picture {path}")
        (SCREENS / f"{name}-{size}.png").write_bytes(path.read_bytes())

    def tap(action: str) -> None:
        until(lambda: action in {t["action"] for t in place.heard["kiosk"].last_screen()["targets"]}, action)
        x, y = place.centre(action)
        place.members["kiosk"].order(f"tap {x} {y}")

    place.kiosk("--screen", "offscreen", "--size", size, "--shots", str(place.folder / "shots"))
    shot("question")
    place.members["kiosk"].order("press 3")
    until(place.on_screen("ask-improve"), "the follow-up")
    shot("choice")
    tap("choice:waiting")
    tap("done")
    until(place.on_screen("ask-comment"), "the keyboard")
    tap("skip")
    until(place.on_screen("thanks"), "the thank-you")
    shot("thanks")
    (SCREENS / f"pressed-{size}.png").write_bytes((place.folder / "shots/voted.png").read_bytes())
    place.close()


def main() -> None:
    """Take them all anew."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            take(size, Place(Path(folder)))
    for size in TECHNICIANS:
        with tempfile.TemporaryDirectory() as folder:
            Workshop(Path(folder), size).take(SCREENS / "technician")


if __name__ == "__main__":
    main()
