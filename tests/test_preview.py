"""What is looked at before any visitor does: every screen, on the smallest panels, and pictures of them."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec
import pygame
import pytest
from pygame import Rect, Surface

from kiosk import survey
from kiosk.errors import ScreenError
from kiosk.screens import preview
from kiosk.screens.preview import SMALLEST, SMALLEST_DPI, Misfit, Task
from kiosk.screens.samples import MODES, samples
from kiosk.screens.sheet import Row, sheet
from kiosk.screens.stage import Painter
from kiosk.screens.text import Block, Typesetter
from kiosk.screens.theme import LEGIBLE
from kiosk.screens.view import Ask, Attract, Languages, Thanked, Trouble
from kiosk.survey import Survey
from tests.seen import boxes, with_lines, with_scores

pytestmark = pytest.mark.usefixtures("measured_once")

SMALL = """
id = "small"
version = 1
languages = ["en", "ja"]
[question]
id = "q"
text = { en = "How was it?", ja = "いかがでしたか" }
[[faces]]
label = { en = "Good", ja = "良い" }
[[faces]]
label = { en = "Bad", ja = "悪い" }
[[followups]]
id = "why"
kind = "choices"
text = { en = "Why?", ja = "なぜ？" }
choices = [
    { id = "a", text = { en = "Queue", ja = "列" } },
    { id = "b", text = { en = "Price", ja = "値段" } },
]
[[followups]]
id = "more"
kind = "text"
text = { en = "More?", ja = "他に？" }
keyboards = { ja = "none" }
[thanks]
text = { en = "Thanks", ja = "ありがとう" }
"""
LONG = "Waiting for much longer than anybody would have thought when the doors were opened to all of us this morning"


@pytest.fixture(scope="module")
def small() -> Survey:
    return survey.parse(SMALL)


def looked(wanted: Survey, *tasks: Task, folder: Path | None = None) -> list[Misfit]:
    return [misfit for _, misfits in preview.look(wanted, tasks, folder) for misfit in misfits]


def test_every_screen_that_a_survey_leads_to_is_a_sample(small: Survey) -> None:
    shown = list(samples(small, "en"))
    assert [s.screen for s in shown] == [
        *("attract", "voted", "languages", "ask-why", "ask-why-answered", "ask-more", "ask-more-answered"),
        *("thanks", "trouble"),
    ]
    assert {type(s.view) for s in shown} == {Attract, Languages, Ask, Thanked, Trouble}
    japanese = [s.screen for s in samples(small, "ja")]
    assert "ask-more" not in japanese, "what is left out there is not looked at there"


def test_a_sample_is_seen_in_its_mode_and_language(small: Survey) -> None:
    for sample in samples(small, "ja", MODES["large"]):
        assert sample.view.language == "ja"
        assert getattr(sample.view, "modes", MODES["large"]) == MODES["large"]


def test_the_bundled_surveys_fit_on_the_smallest_panels_in_every_language_and_mode() -> None:
    """High contrast draws thicker borders in the same places: three languages stand for all."""
    for name in ("visit", "recommend"):
        path = Path(survey.__file__).parent / "surveys" / f"{name}.toml"
        bundled = survey.parse(path.read_text(encoding="utf-8"))
        wanted = preview.smallest(bundled)
        assert len(wanted) == len(bundled.languages) * len(MODES) * 2 * 2, "lying and standing, with and without dpi"
        few = [task for task in wanted if not MODES[task.mode].contrast or task.language in ("en", "de", "ar")]
        assert [str(misfit) for misfit in looked(bundled, *few)] == []
        assert list(preview.characters(bundled)) == []


def test_a_text_that_loses_its_end_is_named_whole_with_language_screen_size_and_mode(small: Survey) -> None:
    long = survey.parse(SMALL.replace('en = "Queue"', f'en = "{LONG}"'))
    found = looked(long, Task("en", (480, 320), "large"))
    assert {(m.screen, m.text) for m in found} == {("ask-why", LONG), ("ask-why-answered", LONG)}
    assert str(found[0]) == f'en, screen ask-why at 480x320, mode large: "{LONG}" does not fit; shorten it'
    assert looked(long, Task("ja", (480, 320), "large")) == []
    assert looked(small, Task("en", (480, 320), "large")) == []


def test_a_character_that_no_font_shows_is_told_by_its_place() -> None:
    odd = survey.parse(SMALL.replace('en = "Queue"', 'en = "Queue 😀 \U00013000"'))
    (japanese,) = preview.characters(survey.parse(SMALL.replace('ja = "列"', 'ja = "列😀"')))
    assert japanese.startswith("followups[0].choices[0].text.ja: found 😀")
    assert list(preview.characters(odd)) == [
        "followups[0].choices[0].text.en: found 😀 (U+1F600), \U00013000 (U+13000), which no font of the kiosk can "
        "show; write it another way"
    ]


def test_a_text_that_shows_nothing_is_told_by_its_place() -> None:
    empty = survey.parse(SMALL.replace('en = "Queue"', 'en = "\u200d"').replace('ja = "列"', 'ja = "\u2060"'))
    assert list(preview.characters(empty)) == [
        f"followups[0].choices[0].text.{code}: found nothing that can be seen, expected a text" for code in ("en", "ja")
    ]


def test_every_screen_is_saved_and_every_language_has_a_sheet(small: Survey, tmp_path: Path) -> None:
    wanted = [Task(language, (480, 320), mode) for language in ("en", "ja") for mode in ("plain", "reach")]
    assert looked(small, *wanted, folder=tmp_path) == []
    saved = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png"))
    assert len(saved) == 2 * (9 + 7)
    assert {"en/attract-480x320.png", "ja/thanks-480x320-reach.png"} <= set(saved)
    made = [path.name for path in preview.sheets(small, wanted, tmp_path)]
    assert made == ["en.png", "ja.png", "contact-sheet.png"]
    sizes = [pygame.image.load(tmp_path / name).get_size() for name in made]
    assert sizes[0][0] > sizes[1][0], "nine screens are wider than seven"
    assert sizes[0][1] == sizes[1][1]


def test_a_picture_or_a_sheet_that_cannot_be_written_is_told(small: Survey, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ScreenError, match=r"attract-480x320\.png: the picture can't be written .*another folder"):
        looked(small, Task("en", (480, 320), "plain"), folder=tmp_path / "file")
    with pytest.raises(ScreenError, match=r"gone\.png: the picture can't be read"):
        sheet("t", [Row("h", [("l", tmp_path / "gone.png")])], tmp_path / "out.png")


def test_a_question_with_scores_has_a_vote_after_which_each_follow_up_is_asked() -> None:
    recommend = survey.parse((Path(survey.__file__).parent / "surveys/recommend.toml").read_text(encoding="utf-8"))
    for sample in samples(recommend, "en"):
        if isinstance(sample.view, Ask):
            followup = sample.view.followup
            assert not followup.scores or survey.SCORES - sample.view.face in followup.scores


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("size", "dpi"), [((480, 1920), 300), ((320, 1480), 300), ((1920, 320), 200)])
def test_on_odd_panels_no_two_targets_overlap(size: tuple[int, int], dpi: float, mode: str, bundled: Survey) -> None:
    surface = Surface(size)
    for language in ("en", "de", "ar"):
        for sample in samples(bundled, language, MODES[mode]):
            targets = Painter(bundled, size, dpi).draw(surface, sample.view)
            assert not any(one.colliderect(other) for one, other in itertools.combinations(boxes(targets), 2)), (
                sample.screen
            )
            assert all(Rect(0, 0, *size).contains(box) for box in boxes(targets)), sample.screen


@pytest.mark.parametrize("dpi", [None, SMALLEST_DPI])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", SMALLEST, ids=str)
def test_nothing_is_ever_too_small_to_read(
    size: tuple[int, int], mode: str, dpi: float | None, bundled: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    small: set[str] = set()

    def read(self: Typesetter, surface: Surface, block: Block, *_: object, **__: object) -> None:
        if block.size < LEGIBLE:
            small.add(f"{block.size} px: {' '.join(block.lines)}")

    monkeypatch.setattr(Typesetter, "draw", read)
    for shown in (bundled, msgspec.structs.replace(bundled, languages=["fi"]), with_lines(with_scores(bundled))):
        painter, surface = Painter(shown, size, dpi), Surface(size)
        for language in {"de", "fi", "el", "uk", "hi", "ja"} & {*shown.languages}:  # the longest, the tallest
            for sample in samples(shown, language, MODES[mode]):
                painter.draw(surface, sample.view)
    assert small == set()
