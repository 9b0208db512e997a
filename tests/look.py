"""Makes the sheets in docs/look: every screen of the bundled survey in each of its languages, at three sizes.

Small, and with few colours, so that the repository stays small; `moodpost survey check --preview` makes them large.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from kiosk.files import bundled_survey
from kiosk.screens import preview
from tests.conftest import ROOT

LOOK = ROOT / "docs/look"
SHOWN = (
    ((800, 480), "plain"),
    ((720, 1280), "plain"),
    ((480, 320), "large"),
    ((800, 480), "contrast"),
    ((800, 480), "reach"),
)


def main() -> None:
    """Take them anew."""
    survey = bundled_survey()
    LOOK.mkdir(exist_ok=True)
    wanted = [preview.Task(language, size, mode) for language in survey.languages for size, mode in SHOWN]
    with tempfile.TemporaryDirectory() as folder:
        for _ in preview.look(survey, wanted, Path(folder)):
            pass
        for path in preview.sheets(survey, wanted, Path(folder)):
            with Image.open(path) as sheet:
                sheet.quantize(64, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
                    LOOK / path.name, optimize=True
                )


if __name__ == "__main__":
    main()
