"""Texts fit their boxes, are shaped and kept."""

from __future__ import annotations

import pygame
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pygame import Rect, Surface

from kiosk.screens import text
from kiosk.screens.clusters import clusters
from kiosk.screens.coverage import file
from kiosk.screens.ink import MOST_OPEN, Ink
from kiosk.screens.runs import runs
from kiosk.screens.shelf import Shelf
from kiosk.screens.text import Block, Typesetter, clean
from kiosk.screens.words import rtl
from tests import reference

INK = (17, 24, 39)
LONG = "Kuinka tyytyväinen olit tänään palveluun, valikoimaan, siisteyteen ja hintoihin tässä myymälässä?"


@pytest.fixture
def setter() -> Typesetter:
    pygame.font.init()
    return Typesetter(Shelf(8_000_000))


def ink(setter: Typesetter, block: Block, box: tuple[int, int], align: text.Align = "centre") -> Rect:
    """Where `block` left colour, seen from the top left corner of a box that it was drawn in."""
    surface = Surface((box[0] + 200, box[1] + 200), pygame.SRCALPHA)
    setter.draw(surface, block, Rect(100, 100, *box), INK, align)
    return surface.get_bounding_rect().move(-100, -100)


def test_a_short_text_keeps_its_size(setter: Typesetter) -> None:
    block = setter.fit("Price", (400, 60), 40, least=20, lines=2)
    assert (block.lines, block.size, block.cut) == (("Price",), 40, "")


def test_a_text_a_little_too_long_shrinks_before_it_wraps(setter: Typesetter) -> None:
    full = setter.width("Information and signs", 40, bold=False)
    block = setter.fit("Information and signs", (round(full * 0.92), 200), 40, least=20, lines=2)
    assert len(block.lines) == 1
    assert 34 <= block.size < 40


def test_a_longer_text_wraps_at_full_size(setter: Typesetter) -> None:
    block = setter.fit("Information and signs", (300, 200), 40, least=20, lines=2)
    assert (block.lines, block.size) == (("Information", "and signs"), 40)


def test_a_text_that_fills_its_lines_shrinks_on(setter: Typesetter) -> None:
    block = setter.fit(LONG, (900, 140), 60, least=20, lines=2)
    assert len(block.lines) == 2
    assert 20 <= block.size < 60
    assert not block.cut
    assert " ".join(block.lines) == LONG


def test_a_text_that_fits_at_no_size_ends_in_an_ellipsis(setter: Typesetter) -> None:
    block = setter.fit(LONG, (300, 80), 40, least=30, lines=2)
    assert block.cut
    assert block.size == 30
    assert block.lines[-1].endswith("…")
    assert LONG.startswith(" ".join(block.lines).removesuffix("…"))


def test_lines_are_of_like_length(setter: Typesetter) -> None:
    even = setter.fit("one two three four five six seven", (400, 200), 40, least=40, lines=2)
    filled = setter.fit("one two three four five six seven", (400, 200), 40, least=40, lines=2, even=False)
    assert len(even.lines) == len(filled.lines) == 2
    assert even.width < filled.width


def test_a_word_wider_than_the_box_is_broken_rather_than_overflowing(setter: Typesetter) -> None:
    block = setter.fit("/a/very/long/path/without/any/space/in/it", (200, 200), 30, least=30, lines=5)
    assert len(block.lines) > 1
    assert "".join(block.lines) == "/a/very/long/path/without/any/space/in/it"
    assert block.width <= 200


def test_a_mark_is_never_torn_from_its_letter(setter: Typesetter) -> None:
    block = setter.fit("x\u0323" * 40, (100, 2000), 30, least=30, lines=40)
    assert len(block.lines) > 1
    assert all(line.startswith("x") for line in block.lines)


def test_a_soft_hyphen_shows_only_where_the_line_breaks(setter: Typesetter) -> None:
    word = "Asiakas\u00adtyytyväisyys"
    assert setter.fit(word, (900, 60), 40, least=40, lines=2).lines == ("Asiakastyytyväisyys",)
    assert setter.fit(word, (300, 200), 40, least=40, lines=2).lines == ("Asiakas-", "tyytyväisyys")


def test_a_line_may_break_after_a_hyphen_but_not_after_a_minus_or_a_slash(setter: Typesetter) -> None:
    assert setter.fit("self-service", (150, 200), 40, least=40, lines=2).lines == ("self-", "service")
    assert setter.fit("at -18\u00a0°C", (120, 200), 40, least=40, lines=2).lines == ("at", "-18\u00a0°C")
    assert setter.fit("on 21/11", (120, 200), 40, least=40, lines=2).lines == ("on", "21/11")


def test_a_no_break_space_holds_words_together(setter: Typesetter) -> None:
    assert setter.fit("up to 20\u00a0minutes", (230, 200), 40, least=40, lines=2).lines == ("up to", "20\u00a0minutes")


@pytest.mark.parametrize(
    "sample", ["Åsa", "Hämähäkki", "ÄÖÅ gjpqy", "Ünïcödé, ĝ", "(Что?)", "Ποιότητα", LONG, LONG * 4]
)
@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("box", [(600, 90), (260, 110), (90, 40)])
@pytest.mark.parametrize("align", ["left", "centre", "right"])
def test_ink_stays_inside_the_box(
    setter: Typesetter, sample: str, bold: bool, box: tuple[int, int], align: text.Align
) -> None:
    block = setter.fit(sample, box, 48, least=14, lines=2, bold=bold)
    assert Rect(0, 0, *box).contains(ink(setter, block, box, align))


@pytest.mark.parametrize(("align", "edge"), [("left", "left"), ("right", "right"), ("centre", "centerx")])
def test_text_is_aligned_as_told(setter: Typesetter, align: text.Align, edge: str) -> None:
    block = setter.fit("Hinta", (400, 80), 30, least=30)
    assert getattr(ink(setter, block, (400, 80), align), edge) == pytest.approx(
        getattr(Rect(0, 0, 400, 80), edge), abs=4
    )


def test_capitals_stand_in_the_middle_of_the_box(setter: Typesetter) -> None:
    block = setter.fit("HINTA", (400, 81), 40, least=40)
    assert ink(setter, block, (400, 81)).centery == pytest.approx(40, abs=1)


def test_the_head_of_a_text_can_have_a_colour_of_its_own(setter: Typesetter) -> None:
    surface = Surface((400, 60))
    surface.fill((255, 255, 255))
    block = setter.fit("place: what", (400, 60), 30, least=30)
    setter.draw(surface, block, Rect(0, 0, 400, 60), (0, 0, 0), "left", head=(6, (255, 0, 0)))
    split = setter.width("place:", 30, bold=False)
    red = [x for x in range(400) for y in range(60) if surface.get_at((x, y))[:3] == (255, 0, 0)]
    black = [x for x in range(400) for y in range(60) if surface.get_at((x, y))[:3] == (0, 0, 0)]
    assert red
    assert max(red) < split <= min(black)


def test_what_cannot_be_drawn_is_cleaned_away() -> None:
    assert clean(" a\x00b\nc\t \u009fd  e ") == "a b c d e"
    assert clean("a\u0308") == "ä"
    assert clean("bad \udcff name") == "bad \ufffd name"
    assert len(clean("x" * 100_000)) == text.LONGEST


@pytest.mark.parametrize("sample", ["", " ", "\x00", "\u00ad", "\u200b"])
def test_nothing_to_show_draws_nothing(setter: Typesetter, sample: str) -> None:
    block = setter.fit(sample, (100, 40), 30, least=10, lines=2)
    assert ink(setter, block, (100, 40)).size == (0, 0)


@pytest.mark.parametrize("language", ["en", "ar", "he", "ja", "zh"])
@pytest.mark.parametrize("sample", ["\u200d", "\u200c", "\u2060", "\u2060\u200d", "\u200b\u200d", "\u200d \u200d"])
def test_joiners_that_join_nothing_draw_nothing(setter: Typesetter, language: str, sample: str) -> None:
    setter.language = language
    block = setter.fit(sample, (100, 40), 30, least=10, lines=2)
    assert ink(setter, block, (100, 40)).size == (0, 0)


@pytest.mark.parametrize("language", ["en", "ar", "he", "ja", "zh"])
def test_a_joiner_beside_a_letter_leaves_the_letter_as_it_is(setter: Typesetter, language: str) -> None:
    setter.language = language
    plain, joined = (setter.fit(sample, (100, 40), 30, least=10) for sample in ("a", "\u200b\u200da"))
    assert ink(setter, plain, (100, 40)).size == ink(setter, joined, (100, 40)).size != (0, 0)


def test_a_line_as_it_is_looks_as_when_it_was_fitted(setter: Typesetter) -> None:
    for language, sample in (("en", "Nice"), ("ar", "كيف كانت"), ("th", "ที่นี่"), ("ja", "本日の")):
        setter.language = language
        assert setter.line(sample, 30) == setter.fit(sample, (9_999, 99), 30, least=30)


def test_what_is_typed_is_kept_apart_until_it_is_forgotten(setter: Typesetter) -> None:
    setter.language = "th"
    typed = setter.typed
    assert typed is setter.typed
    assert typed is not setter
    assert typed.language == "th"
    setter.forget()
    assert setter.typed is not typed


def test_pairs_of_letters_are_kerned(setter: Typesetter) -> None:
    apart = setter.width("A", 80, bold=False) + setter.width("V", 80, bold=False)
    assert setter.width("AV", 80, bold=False) < apart


def test_a_mark_is_set_on_its_letter(setter: Typesetter) -> None:
    """No character exists for this pair, so only shaping can place the mark."""
    assert setter.width("q\u0308", 80, bold=False) == setter.width("q", 80, bold=False)


def test_a_line_is_rendered_once(setter: Typesetter, mocker) -> None:  # type: ignore[no-untyped-def]
    block = setter.fit("Kiitos!", (400, 80), 30, least=30)
    ink(setter, block, (400, 80))
    compose = mocker.patch.object(Typesetter, "_compose")
    ink(setter, block, (400, 80))
    compose.assert_not_called()


SAMPLES = {
    "en": "How was your visit today?",
    "fi": "Kuinka tyytyväinen olit käyntiisi tänään?",
    "sv": "Hur nöjd är du med ditt besök i dag?",
    "nl": "Hoe tevreden bent u over uw bezoek vandaag?",
    "de": "Wie zufrieden sind Sie mit Ihrem heutigen Besuch?",
    "fr": "Êtes-vous satisfait de votre visite aujourd’hui\u00a0?",
    "es": "¿Cómo fue su visita de hoy?",
    "pl": "Jak oceniasz dzisiejszą wizytę?",
    "el": "Πώς ήταν η επίσκεψή σας σήμερα;",
    "uk": "Чи сподобався вам сьогоднішній візит?",
    "tr": "Bugünkü ziyaretiniz nasıldı?",
    "ar": "مفتوح حتى 12:30 (ACME 5): كيف كانت زيارتك؟",
    "he": "איך היה הביקור שלך ב-ACME Café (קומה 2)?",
    "hi": "आज आपका अनुभव कैसा रहा? प्रतिक्रिया दीजिए",
    "th": "วันนี้คุณพึงพอใจกับการให้บริการของเจ้าหน้าที่ที่นี่มากน้อยแค่ไหน",
    "ja": "本日のご来店はいかがでしたか？「ACMEカード」もご利用ください。",
    "ko": "오늘 방문은 어떠셨나요? 직원의 친절도에 만족하셨습니까?",
    "zh": "您对今天的服务满意吗？“ACME 会员”可在12:30前领取优惠券！",
}
SHAPED = {
    "hi": ("NotoSansDevanagari", "प्रतिक्रिया द्वितीय श्रेणी र्क्ति ट्रृ विद्यार्थी क्षेत्र हिन्दी"),
    "th": ("NotoSansThai", "ญี่ปุ่น ที่ ฎู ปี้ น้ำ กิ้ วันนี้"),
    "ar": ("NotoSansArabic", "كيف كانت زيارتك اليوم؟ السَّلامُ عَلَيْكُمْ لا"),
    "he": ("NotoSansHebrew", "שָׁלוֹם בְּרֵאשִׁית לכולם"),
}
ALIKE = 12.0
"""The most by which a word may differ from the reference, as mean of 0 to 255: Pillow and SDL_ttf round places of
letters to pixels in their own ways. A word that isn't shaped differs by three times as much or more."""
EVERY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "aé12 ()“”…—ابجًאבָกที่ำкΨकि्षद本語かーっ、。簡한국ᄒ́\u0323★→😀\u200d\u200b\u200f\u202e\u2066\u2069\u00ad"
        ),
    ),
    max_size=60,
)


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize(
    ("language", "family", "word"),
    [(language, family, word) for language, (family, words) in SHAPED.items() for word in words.split()],
)
def test_a_word_looks_as_raqm_draws_it(language: str, family: str, word: str, bold: bool) -> None:
    size = 96
    drawn = reference.ink(Ink().draw(word, size, bold, language, 0, INK, INK))
    wanted = reference.line(word, file(family, bold), size, language, rtl(language))
    unshaped = reference.line(word, file(family, bold), size, language, rtl(language), shaped=False)
    assert reference.difference(drawn, wanted) <= ALIKE
    assert reference.difference(unshaped, wanted) > 2.5 * ALIKE


@pytest.mark.parametrize("language", SHAPED)
def test_a_sentence_looks_as_raqm_draws_it(language: str) -> None:
    family, words = SHAPED[language]
    drawn = reference.ink(Ink().draw(words, 96, False, language, 0, INK, INK))
    wanted = reference.line(words, file(family, False), 96, language, rtl(language))
    unshaped = reference.line(words, file(family, False), 96, language, rtl(language), shaped=False)
    assert reference.difference(drawn, wanted) <= 1.5 * ALIKE
    assert reference.difference(unshaped, wanted) > 2.5 * ALIKE


def test_no_more_fonts_are_open_than_a_screen_needs_and_one_that_was_closed_draws_as_before() -> None:
    pygame.font.init()
    ink = Ink()

    def drawn() -> list[bytes]:
        return [
            pygame.image.tobytes(ink.draw(words, 30, bold, language, 0, INK, INK), "RGBA")
            for language, words in SAMPLES.items()
            for bold in (False, True)
        ]

    first = drawn()
    assert len({run.font for language, words in SAMPLES.items() for run in runs(words, False, language)}) > 5
    assert len(ink.fonts._open) == MOST_OPEN
    assert drawn() == first


def test_brackets_and_a_name_in_arabic_are_drawn_where_they_belong() -> None:
    """Piece by piece from left to right, brackets turned, each as it looks when drawn alone from left to right."""
    line = "مفتوح 12:30 (ACME 5) كل يوم"
    whole = reference.ink(Ink().draw(line, 60, False, "ar", 0, INK, INK))
    parts = [("كل يوم", "ar"), ("(", "en"), ("ACME 5", "en"), (")", "en"), ("12:30", "en"), ("مفتوح", "ar")]
    left = 0
    for part, language in parts:
        picture = reference.ink(Ink().draw(part, 60, False, language, 0, INK, INK))
        at, best = min(
            (
                (x, reference.difference(picture, _column(whole, x, picture)))
                for x in range(left, min(left + 40, whole.width - picture.width + 1))
            ),
            key=lambda found: found[1],
        )
        assert best < 20, part
        left = at + picture.width
    assert left > whole.width - 3


def _column(whole: Image.Image, x: int, part: Image.Image) -> Image.Image:
    """What stands in the line from `x` on, as wide as `part`."""
    column = whole.crop((x, 0, x + part.width, whole.height))
    return column.crop(column.getbbox())


def test_a_bracket_in_hebrew_is_turned() -> None:
    def bracket(sign: str, language: str) -> Image.Image:
        return reference.ink(Ink().draw(sign, 80, False, language, 0, INK, INK))

    assert reference.difference(bracket("(", "he"), bracket(")", "en")) < 1
    assert reference.difference(bracket("(", "he"), bracket("(", "en")) > 20


@pytest.mark.parametrize("language", SAMPLES)
@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("box", [(700, 114), (300, 114), (160, 200)])
def test_every_language_stays_inside_its_box(
    setter: Typesetter, language: str, bold: bool, box: tuple[int, int]
) -> None:
    setter.language = language
    block = setter.fit(SAMPLES[language], box, 46, least=12, lines=4, bold=bold)
    assert not block.cut
    assert block.language == language
    assert Rect(0, 0, *box).inflate(2, 2).contains(ink(setter, block, box))


@pytest.mark.parametrize(("language", "lines"), [("th", 3), ("hi", 3), ("ar", 3), ("ja", 3)])
def test_lines_of_tall_scripts_do_not_touch(setter: Typesetter, language: str, lines: int) -> None:
    tall = {"th": "ปู่ ญี่ปุ่น ที่ ฎู ", "hi": "ट्ठ्य र्कीं ह्मू ", "ar": "إِلَّا ئج كيف ", "ja": "本日、ご来店は"}[language] * 6
    setter.language = language
    block = setter.fit(tall, (400, 900), 40, least=40, lines=9)
    assert len(block.lines) >= lines
    surface = Surface((500, 900), pygame.SRCALPHA)
    setter.draw(surface, block, Rect(50, 0, 400, 900), INK)
    rows = reference.ink(surface).resize((1, reference.ink(surface).height), Image.Resampling.BOX)
    gaps = sum(1 for y in range(1, rows.height) if rows.getpixel((0, y)) == 0 and rows.getpixel((0, y - 1)) != 0)
    assert gaps >= len(block.lines) - 1


def test_the_language_decides_how_a_text_is_drawn_and_is_kept_with_it(setter: Typesetter) -> None:
    pictures = []
    for language in ("ja", "zh"):
        setter.language = language
        block = setter.fit("直", (100, 100), 60, least=60)
        setter.language = "en"
        surface = Surface((100, 100), pygame.SRCALPHA)
        setter.draw(surface, block, Rect(0, 0, 100, 100), INK)
        pictures.append(reference.ink(surface))
    assert reference.difference(*pictures) > 5


def test_japanese_wraps_where_a_phrase_ends_while_it_fits(setter: Typesetter) -> None:
    setter.language = "ja"
    wide = setter.fit("本日のご来店はいかがでしたか？", (420, 200), 40, least=40, lines=2)
    assert wide.lines == ("本日のご来店は", "いかがでしたか？")
    narrow = setter.fit("コーヒーマシンの使いやすさ", (250, 400), 40, least=40, lines=4)
    assert not any(line.startswith(("ー", "ッ")) for line in narrow.lines)


SORRY = "申し訳ございません。ただいま評価を受け付けておりません"

TOUCH = "画面にタッチしてください"
"""Of two phrases, three and nine characters long."""


@pytest.mark.parametrize("width", range(240, 720, 40))
def test_a_japanese_word_is_not_torn_at_any_width(setter: Typesetter, width: int) -> None:
    setter.language = "ja"
    block = setter.fit(SORRY, (width, 200), 40, least=16, lines=2, bold=True)
    assert block.lines == ("申し訳ございません。ただいま", "評価を受け付けておりません")


def test_japanese_gets_a_little_smaller_before_a_phrase_is_torn(setter: Typesetter) -> None:
    setter.language = "ja"
    tight = setter.fit(TOUCH, (round(9 * 40 * 0.9), 200), 40, least=16, lines=2)
    assert tight.lines == ("画面に", "タッチしてください")
    assert 34 <= tight.size < 40


def test_japanese_is_torn_rather_than_drawn_much_smaller(setter: Typesetter) -> None:
    setter.language = "ja"
    torn = setter.fit(TOUCH, (round(6.2 * 40), 200), 40, least=16, lines=2)
    assert torn.size == 40
    assert "".join(torn.lines) == TOUCH


def test_chinese_keeps_its_size_and_breaks_anywhere(setter: Typesetter) -> None:
    setter.language = "zh"
    assert setter.fit("请告知我们的工作人员。", (240, 200), 40, least=16, lines=2).size == 40


def test_thai_wraps_between_words(setter: Typesetter) -> None:
    setter.language = "th"
    block = setter.fit("โปรดให้คะแนนประสบการณ์ของคุณ", (240, 300), 36, least=36, lines=3)
    assert block.lines == ("โปรดให้คะแนน", "ประสบการณ์", "ของคุณ")


def test_the_head_of_a_hebrew_line_is_coloured_on_the_right(setter: Typesetter) -> None:
    setter.language = "he"
    surface = Surface((400, 60))
    surface.fill((255, 255, 255))
    block = setter.fit("אבג דהו", (400, 60), 30, least=30)
    setter.draw(surface, block, Rect(0, 0, 400, 60), (0, 0, 0), "right", head=(3, (255, 0, 0)))
    red = [x for x in range(400) for y in range(60) if surface.get_at((x, y))[:3] == (255, 0, 0)]
    black = [x for x in range(400) for y in range(60) if surface.get_at((x, y))[:3] == (0, 0, 0)]
    assert max(black) < min(red)


@pytest.mark.parametrize("marks", ["\u0301" * 9, "\u0323" * 9])
def test_marks_upon_marks_leave_their_letter_on_the_line(setter: Typesetter, marks: str) -> None:
    """SDL_ttf moves the whole line down when something stands above the font's height."""
    plain = setter.fit("x", (300, 300), 50, least=50)
    stacked = setter.fit("x" + marks, (300, 300), 50, least=50)
    foot = ink(setter, plain, (300, 300)).bottom if marks[0] == "\u0301" else ink(setter, plain, (300, 300)).top
    found = ink(setter, stacked, (300, 300))
    assert (found.bottom if marks[0] == "\u0301" else found.top) == pytest.approx(
        foot, abs=1 if marks[0] != "\u0301" else 9
    )


@pytest.mark.parametrize("language", SAMPLES)
def test_a_question_is_fitted_from_few_measurements(language: str, mocker) -> None:  # type: ignore[no-untyped-def]
    """Each shapes a line anew and costs 50 µs on a laptop; counted, since a clock would fail where it is busy."""
    pygame.font.init()
    setter = Typesetter(Shelf(8_000_000), language)
    measured = mocker.spy(Ink, "width")
    setter.fit(SAMPLES[language], (700, 114), 46, least=20, lines=2, bold=True)
    first = measured.call_count
    setter.fit(SAMPLES[language], (500, 100), 46, least=20, lines=2, bold=True)
    assert first <= 60
    assert measured.call_count - first <= 20


@given(EVERY, st.sampled_from(sorted(SAMPLES)), st.booleans(), st.integers(20, 400), st.integers(1, 3))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_fitted_and_drawn_and_is_never_wider_than_its_box(
    setter: Typesetter, sample: str, language: str, bold: bool, width: int, lines: int
) -> None:
    setter.language = language
    block = setter.fit(sample, (width, 90), 40, least=10, lines=lines, bold=bold)
    for line in block.lines:
        whole = len(list(clusters(line.removesuffix("…")))) < 2  # a single character may be wider than that
        assert whole or setter.width(line, block.size, bold) <= width
    setter.draw(Surface((width, 90)), block, Rect(0, 0, width, 90), INK, head=(3, (255, 0, 0)))
