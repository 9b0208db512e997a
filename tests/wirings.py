"""Draws the common panels of docs/wiring.md, each as `moodpost panel --svg` would for such settings."""

from __future__ import annotations

from hardware import wiring, wiring_picture
from tests.conftest import ROOT

FOLDER = ROOT / "docs/wiring"
BUTTONS = [5, 6, 13, 19, 26]
LIGHTS = [12, 16, 20, 21]
PANELS: dict[str, list[wiring.Part]] = {
    "2-buttons": wiring.parts(BUTTONS[:2]),
    "3-buttons": wiring.parts(BUTTONS[:3]),
    "4-buttons": wiring.parts(BUTTONS[:4]),
    "5-buttons": wiring.parts(BUTTONS),
    "4-buttons-lights": wiring.parts(BUTTONS[:4], LIGHTS),
    "4-buttons-lights-buzzer": wiring.parts(BUTTONS[:4], LIGHTS, 26),
}


def drawn(name: str) -> str:
    """The drawing of that panel."""
    parts = PANELS[name]
    return wiring_picture.svg(parts, wiring_picture.title(parts))


def main() -> None:
    """Draw them all anew."""
    FOLDER.mkdir(exist_ok=True)
    for name in PANELS:
        (FOLDER / f"{name}.svg").write_text(drawn(name), encoding="utf-8")


if __name__ == "__main__":
    main()
