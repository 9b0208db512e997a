"""Makes the pictures in docs/screens: the real kiosk, off screen, walked through a visit and by a technician.

The visit is a film, too, for whoever opens the repository: a press, as the kiosk showed it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from tests.conftest import ROOT, until
from tests.running import Place
from tests.workshop import Workshop

SIZES = ("800x480", "1280x800", "720x1280")
TECHNICIANS = ("800x480",)
SCREENS = ROOT / "docs/screens"
FILM = SCREENS / "press.gif"
FILM_SIZE = "800x480"
FRAMES_MS = {"question": 1600, "pressed": 700, "choice": 1800, "chosen": 1200, "thanks": 1800}
"""How long each picture of the film stands."""


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
    until(lambda: "done" in {t["action"] for t in place.heard["kiosk"].last_screen()["targets"]}, "the choice")
    place.members["kiosk"].order(f"shot {place.folder / 'chosen.png'}")
    tap("done")
    until(place.on_screen("ask-comment"), "the keyboard")
    tap("skip")
    until(place.on_screen("thanks"), "the thank-you")
    shot("thanks")
    (SCREENS / f"pressed-{size}.png").write_bytes((place.folder / "shots/voted.png").read_bytes())
    place.close()
    if size == FILM_SIZE:
        film({name: SCREENS / f"{name}-{size}.png" for name in FRAMES_MS} | {"chosen": place.folder / "chosen.png"})


def film(pictures: dict[str, Path]) -> None:
    """Put the pictures of a visit together; few colours, so that the repository stays small."""
    frames = []
    for name in FRAMES_MS:
        with Image.open(pictures[name]) as picture:
            frames.append(picture.convert("RGB").quantize(64, dither=Image.Dither.NONE))
    frames[0].save(
        FILM, save_all=True, append_images=frames[1:], duration=list(FRAMES_MS.values()), loop=0, optimize=True
    )


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
