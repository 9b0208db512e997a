"""What is wired to which pin of the header: numbers, grounds, cautions, a drawing in characters. Drives no pin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

Kind = Literal["button", "light", "buzzer"]

HEADER = (
    *("3V3", "5V", "GPIO2", "5V", "GPIO3", "GND", "GPIO4", "GPIO14", "GND", "GPIO15"),
    *("GPIO17", "GPIO18", "GPIO27", "GND", "GPIO22", "GPIO23", "3V3", "GPIO24", "GPIO10", "GND"),
    *("GPIO9", "GPIO25", "GPIO11", "GPIO8", "GND", "GPIO7", "GPIO0", "GPIO1", "GPIO5", "GND"),
    *("GPIO6", "GPIO12", "GPIO13", "GND", "GPIO19", "GPIO16", "GPIO26", "GPIO20", "GND", "GPIO21"),
)
"""The 40 pins of every Pi since the B+, by their physical numbers from 1 on; `pinout` of gpiozero has the same."""

_MOODS: dict[int, tuple[str, ...]] = {
    2: ("glad", "sad"),
    3: ("glad", "so-so", "sad"),
    4: ("very happy", "happy", "unhappy", "very unhappy"),
    5: ("very happy", "happy", "so-so", "unhappy", "very unhappy"),
}
_OTHER_JOBS = {
    **dict.fromkeys((0, 1), "is for the memory of add-on boards (HAT): take another"),
    **dict.fromkeys((2, 3), "is the I²C bus, pulled up on the board: fine for a button, not for this"),
    **dict.fromkeys((14, 15), "is the serial console unless that is switched off in raspi-config"),
    **dict.fromkeys((7, 8, 9, 10, 11), "is the SPI bus: switch that off where it is on"),
}
_LAMP_OHM, _PIEZO_OHM = 330, 220
"""An LED then takes 4 mA at 3.3 V, and a piezo's peak stays below the 16 mA that a pin may give."""


class Part(msgspec.Struct, frozen=True):
    """One thing that hangs on one pin."""

    kind: Kind
    number: int
    """Of its kind, from 1: the happiest face's is 1."""
    bcm: int
    mood: str = ""
    """What its face says."""
    ohm: int = 0
    """The resistor between pin and part; 0 where it needs none."""

    @property
    def pin(self) -> int:
        """The physical number of its pin."""
        return physical(self.bcm)

    @property
    def name(self) -> str:
        """``button 2``, ``light 2``, ``buzzer``."""
        return self.kind if self.kind == "buzzer" else f"{self.kind} {self.number}"


def physical(bcm: int) -> int:
    """The physical number, 1 to 40, of GPIO `bcm`. ValueError where the header has no such pin."""
    name = f"GPIO{bcm}"
    if name not in HEADER:
        raise ValueError(f"found {name}, expected a pin of the header, GPIO0 to GPIO27")
    return HEADER.index(name) + 1


def bcm(pin: int) -> int | None:
    """Which GPIO the header's pin of that physical number is; None where it is none, or reserved for add-on boards."""
    name = HEADER[pin - 1] if 1 <= pin <= len(HEADER) else ""
    number = int(name.removeprefix("GPIO")) if name.startswith("GPIO") else 0
    return number if number > 1 else None


def mood(number: int, buttons: int) -> str:
    """What face `number`, from 1, of so many says; "" where nobody knows."""
    moods = _MOODS.get(buttons, ())
    return moods[number - 1] if number <= len(moods) else ""


def parts(
    buttons: Sequence[int], lights: Sequence[int] = (), buzzer: int | None = None, *, buzzer_passive: bool = True
) -> list[Part]:
    """What the settings `[panel]` name, by BCM numbers."""
    count = max(len(buttons), len(lights))
    named: list[tuple[Kind, Sequence[int], int]] = [("button", buttons, 0), ("light", lights, _LAMP_OHM)]
    found = [
        Part(kind, number, bcm, mood(number, count), ohm)
        for kind, pins, ohm in named
        for number, bcm in enumerate(pins, 1)
    ]
    if buzzer is not None:
        found.append(Part("buzzer", 1, buzzer, ohm=_PIEZO_OHM if buzzer_passive else 0))
    return found


def grounds(wired: Sequence[Part]) -> dict[int, int]:
    """For each side of the header that is used (1: odd pins, 0: even ones) the ground pin that is nearest to them."""
    found = {}
    for side in (1, 0):
        pins = [part.pin for part in wired if part.pin % 2 == side]
        free = [pin for pin, name in enumerate(HEADER, 1) if name == "GND" and pin % 2 == side]
        if pins:
            # Outside of them, where there is one as near, and below: the next panel is likely to have it there too.
            found[side] = min(free, key=lambda pin: (_away(pin, pins), min(pins) < pin < max(pins), -pin))
    return found


def _away(pin: int, pins: Sequence[int]) -> int:
    return min(abs(pin - other) for other in pins)


def cautions(wired: Sequence[Part]) -> list[str]:
    """What else pins are for that were chosen: a sentence each."""
    return [f"GPIO {part.bcm} ({part.name}) {said}." for part in wired if (said := caution(part))]


def caution(part: Part) -> str:
    """What else its pin is for, as the end of a sentence; "" where it is for nothing that matters here."""
    return "" if part.bcm in (2, 3) and part.kind == "button" else _OTHER_JOBS.get(part.bcm, "")


def rows(wired: Sequence[Part]) -> Sequence[Sequence[str]]:
    """A table: what, its face, BCM number, physical pin, and what goes between pin and part."""
    return [("part", "face", "BCM", "pin", "between")] + [
        (part.name, part.mood, str(part.bcm), str(part.pin), f"{part.ohm} Ω" if part.ohm else "") for part in wired
    ]


def drawn(wired: Sequence[Part]) -> list[str]:
    """The header in characters, seen from above, pin 1 in the upper left corner."""
    used = {part.pin: part.name for part in wired} | dict.fromkeys(grounds(wired).values(), "ground")
    width = max([len(name) for pin, name in used.items() if pin % 2], default=0)
    lines = []
    for odd in range(1, len(HEADER), 2):
        even = odd + 1
        left, right = used.get(odd, ""), used.get(even, "")
        pads = f"{_pad(odd, used)} {_pad(even, used)}"
        lines.append(
            f"{left:>{width}} {'──' if left else '  '} {HEADER[odd - 1]:>6} {odd:>2} {pads} {even:<2} "
            f"{HEADER[even - 1]:<6} {'──' if right else '  '} {right}".rstrip()
        )
    return lines


def _pad(pin: int, used: dict[int, str]) -> str:
    return "□" if pin == 1 else "●" if pin in used else "○"
