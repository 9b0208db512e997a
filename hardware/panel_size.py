"""How large the panel really is, as its EDID tells the kernel. Knows bytes and millimetres; never what for.

Many screens lie: some give a proportion (160 × 90 mm) for a size, cheap ones the EDID of another screen. What can't
be true is unknown. Panels on the DSI connector have no EDID at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hardware.rotation import Rotation

MM_PER_INCH = 25.4
_HEADER = b"\x00\xff\xff\xff\xff\xff\xff\x00"
_EDID_BYTES = 128
_CM_AT = 21
"""Width and height of the screen, a byte each, cm (VESA E-EDID 1.4, section 3.6.2)."""
_TIMINGS_AT = (54, 72, 90, 108)
"""The detailed timings (section 3.10.2); in each, width and height in mm: low bytes at 12 and 13, high halves at 14."""
_PROPORTIONS = ((16, 9), (16, 10), (4, 3), (5, 4))
_DPI = (40, 600)
"""From a 55-inch television with 1920 pixels to a 4-inch telephone with as many."""
_LEEWAY = 1.25
"""Pixels are square, and the two sizes in an EDID equal, within this factor."""


def physical_size(panel: tuple[int, int], root: Path = Path("/")) -> tuple[int, int] | None:
    """Width and height, mm, of the connected screen that shows `panel` pixels; None where nobody knows for sure.

    `root` is where /sys is looked for.
    """
    found = {_believable(_size_in(edid), panel) for edid in _edids(panel, root)}
    return found.pop() if len(found) == 1 else None


def dots_per_inch(panel: tuple[int, int], mm: tuple[int, int]) -> float:
    """Pixels on an inch of it; where width and height differ, the more, so that what must be large enough is."""
    return max(pixels / (length / MM_PER_INCH) for pixels, length in zip(panel, mm, strict=True))


def upright(mm: tuple[int, int], degrees: int) -> tuple[int, int]:
    """The panel's size as that of a picture that is turned on it."""
    return Rotation.on(mm, degrees).size


def _edids(panel: tuple[int, int], root: Path) -> Iterator[bytes]:
    """The EDID of each connected screen that has a mode of this size; b"" of one without."""
    for connector in sorted(root.glob("sys/class/drm/card*-*")):
        try:
            modes = (connector / "modes").read_text(encoding="ascii").split()
            if (connector / "status").read_text(encoding="ascii").strip() == "connected" and (
                not modes or "{}x{}".format(*panel) in modes
            ):
                yield (connector / "edid").read_bytes()
        except (OSError, UnicodeDecodeError):
            continue


def _size_in(edid: bytes) -> tuple[int, int] | None:
    """What an EDID says, mm; None where it is damaged, contradicts itself, or says nothing."""
    edid = edid[:_EDID_BYTES]
    if len(edid) < _EDID_BYTES or not edid.startswith(_HEADER) or sum(edid) % 256:
        return None
    rough = _known((edid[_CM_AT] * 10, edid[_CM_AT + 1] * 10))
    exact = next(filter(None, (_timing_mm(edid[at : at + 18]) for at in _TIMINGS_AT)), None)
    if rough and exact:
        agree = all(1 / _LEEWAY <= a / b <= _LEEWAY or abs(a - b) <= 10 for a, b in zip(rough, exact, strict=True))
        return exact if agree else None
    return exact or rough


def _timing_mm(timing: bytes) -> tuple[int, int] | None:
    if timing[:2] == b"\0\0":  # no pixel clock: a text, not a timing
        return None
    return _known((timing[12] | (timing[14] & 0xF0) << 4, timing[13] | (timing[14] & 0x0F) << 8))


def _known(mm: tuple[int, int]) -> tuple[int, int] | None:
    proportions = {(w * scale, h * scale) for w, h in _PROPORTIONS for scale in (1, 10, 100)}
    return mm if all(mm) and mm not in proportions else None


def _believable(mm: tuple[int, int] | None, panel: tuple[int, int]) -> tuple[int, int] | None:
    if mm is None:
        return None
    across, down = (pixels / (length / MM_PER_INCH) for pixels, length in zip(panel, mm, strict=True))
    fine = all(_DPI[0] <= dpi <= _DPI[1] for dpi in (across, down)) and 1 / _LEEWAY <= across / down <= _LEEWAY
    return mm if fine else None
