"""Texts fit their boxes, are shaped and kept."""

from __future__ import annotations

import pygame
import pytest
from fontTools.ttLib import TTFont
from pygame import Rect, Surface

from kiosk.screens import text
from kiosk.screens.shelf import Shelf
from kiosk.screens.text import Block, Typesetter, clean

INK = (17, 24, 39)
LONG = "Kuinka tyytyväinen olit tänään palveluun, valikoimaan, siisteyteen ja hintoihin tässä myymälässä?"
FONTS = ["NotoSans-Regular.ttf", "NotoSans-Bold.ttf"]


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
    assert (block.lines, block.size, block.cut) == (("Price",), 40, False)


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


def test_texts_that_belong_together_get_one_size(setter: Typesetter) -> None:
    blocks = setter.fit_alike(["Hyvä", "Erittäin epämiellyttävä"], (200, 100), 40, least=10)
    assert blocks[0].size == blocks[1].size < 40


def test_what_cannot_be_drawn_is_cleaned_away() -> None:
    assert clean(" a\x00b\nc\t \u009fd  e ") == "a b c d e"
    assert clean("a\u0308") == "ä"
    assert clean("bad \udcff name") == "bad \ufffd name"
    assert len(clean("x" * 100_000)) == text.LONGEST


@pytest.mark.parametrize("sample", ["", " ", "\x00", "\u00ad", "\u200b"])
def test_nothing_to_show_draws_nothing(setter: Typesetter, sample: str) -> None:
    block = setter.fit(sample, (100, 40), 30, least=10, lines=2)
    assert ink(setter, block, (100, 40)).size == (0, 0)


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


@pytest.mark.parametrize("name", FONTS)
@pytest.mark.parametrize(
    "alphabet",
    [
        "The quick brown fox jumps over the lazy dog 0123456789 …–—‘’“”„•€£¥₴₹°%",
        "Törkylempijävongahdus ÅÄÖåäö Šš Žž",
        "ëïéèçß ÿ ŒœÆæØø Ññ¿¡ ĄąĘęŁłŃńŚśŹźŻż ĚěŘřŮů ŐőŰű ȚțȘș Ğğİı ĦħĠġ ŴŵŶŷ ƏəŊŋ",
        "Trải nghiệm của quý khách hôm nay thế nào? ƠơƯưỂểỮữ",
        "Πώς ήταν η επίσκεψή σας; ΆΈΉΊΌΎΏΐΰ ἄᾳῷ",
        "Как прошёл ваш визит? Ґґ Єє Іі Її Ўў Ђђ Љљ Њњ Ћћ Џџ Ѓѓ Ќќ Ққ Ңң Өө Үү Һһ Әә",
    ],
)
def test_the_fonts_cover_latin_greek_and_cyrillic(name: str, alphabet: str) -> None:
    covered = TTFont(text.FONTS / name).getBestCmap()
    assert [character for character in alphabet if ord(character) not in covered] == []


@pytest.mark.parametrize("bold", [False, True])
def test_every_run_names_a_font_that_is_there_and_no_text_is_lost(bold: bool) -> None:
    pieces = text.runs("Hyvää päivää", bold)
    assert "".join(piece.text for piece in pieces) == "Hyvää päivää"
    assert all((text.FONTS / piece.font).is_file() for piece in pieces)
