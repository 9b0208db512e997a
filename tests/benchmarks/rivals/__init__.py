"""Three ways to make the same kiosk, and where their faces stand.

`page.html` is for Chromium, `widget.py` for PySide6, and `bare.py` is no kiosk: the least that can answer a tap. Each
shows a question and four faces on 800 × 480; a press lights its face up in the same handler, fades the others, stores
the vote, and after THANKS_S says thanks for as long. They speak English only, which spares them fonts.
"""

from __future__ import annotations

SPOTS = ((36, 170, 152), (228, 170, 152), (420, 170, 152), (612, 170, 152))
"""Left, top and diameter of each face, pixels: about where ours stand."""
FACES = tuple((left, top, side, side) for left, top, side in SPOTS)
THANKS_S = 0.1
"""How long a lit face stands, and how long the thanks do."""
