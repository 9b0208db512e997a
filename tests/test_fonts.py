"""The fonts cover what is promised, in every weight, and the table says so; they stay small and can be made again."""

from __future__ import annotations

import hashlib
import runpy
from pathlib import Path
from unicodedata import category

import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont

from kiosk.screens.coverage import FAMILIES, FONTS, ONE_WEIGHT, TABLE, covers, file, place

BUILD = runpy.run_path(str(FONTS / "build.py"))
FILES = {file(family, bold): family for family in FAMILIES for bold in (False, True)}
ALPHABETS = [
    "The quick brown fox jumps over the lazy dog 0123456789 …–—‘’“”„•€£¥₴₹₪₩₺°%",
    "Törkylempijävongahdus ÅÄÖåäö Šš Žž",
    "ëïéèçß ÿ ŒœÆæØø Ññ¿¡ ĄąĘęŁłŃńŚśŹźŻż ĚěŘřŮů ŐőŰű ȚțȘș Ğğİı ĦħĠġ ŴŵŶŷ ƏəŊŋ ẞ",
    "Trải nghiệm của quý khách hôm nay thế nào? ƠơƯưỂểỮữ",
    "Πώς ήταν η επίσκεψή σας; ΆΈΉΊΌΎΏΐΰ ἄᾳῷ",
    "Как прошёл ваш визит? Ґґ Єє Іі Її Ўў Ђђ Љљ Њњ Ћћ Џџ Ѓѓ Ќќ Ққ Ңң Өө Үү Һһ Әә",
]


def square(codec: str) -> str:
    """All that a national set of 94 × 94 characters holds."""
    cells = (bytes([row, cell]).decode(codec, "ignore") for row in range(0xA1, 0xFF) for cell in range(0xA1, 0xFF))
    return "".join(cell for cell in cells if len(cell) == 1)


def block(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


def missing(characters: str, *families: str) -> str:
    return "".join(each for each in characters if not any(covers(family, each) for family in families))


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_the_fonts_cover_latin_greek_and_cyrillic(alphabet: str) -> None:
    assert missing(alphabet, "NotoSans") == ""


@pytest.mark.parametrize(
    ("family", "first", "last", "left_out"),
    [
        ("NotoSans", 0x20, 0x7E, ""),
        ("NotoSans", 0xA1, 0x24F, ""),
        ("NotoSans", 0x370, 0x3FF, "ϢϣϤϥϦϧϨϩϪϫϬϭϮϯ"),  # Coptic
        ("NotoSans", 0x400, 0x52F, ""),
        ("NotoSans", 0x1E00, 0x1EFF, ""),
        ("NotoSansArabic", 0x600, 0x6FF, "\u061d"),  # younger than the font
        ("NotoSansArabic", 0x750, 0x77F, ""),
        ("NotoSansHebrew", 0x591, 0x5F4, "\u05ef"),  # a sign of manuscripts
        ("NotoSansDevanagari", 0x900, 0x97F, ""),
        ("NotoSansThai", 0xE01, 0xE5B, ""),
        ("NotoSansCJKjp", 0x3001, 0x30FF, ""),
        ("NotoSansCJKsc", 0x3001, 0x303F, ""),
        ("NotoSansCJKjp", 0xFF01, 0xFFEE, ""),
        ("NotoSansCJKkr", 0xAC00, 0xD7A3, ""),
        ("NotoSansCJKkr", 0x1100, 0x11FF, ""),
        ("NotoSansCJKkr", 0x3131, 0x318E, ""),
    ],
)
def test_a_modern_block_is_covered_whole(family: str, first: int, last: int, left_out: str) -> None:
    lacking = missing(block(first, last), family)
    assert "".join(each for each in lacking if category(each) != "Cn") == left_out


@pytest.mark.parametrize(
    ("codec", "size", "families"),
    [
        ("gb2312", 7445, ["NotoSansCJKsc"]),
        ("euc_jp", 6879, ["NotoSansCJKjp", "NotoSansMath"]),
        ("euc_kr", 3337, ["NotoSansCJKkr", "NotoSansCJKjp", "NotoSans", "NotoSansSymbols2", "NotoSansMath"]),
    ],
)
def test_a_national_set_is_covered(codec: str, size: int, families: list[str]) -> None:
    """Of KS X 1001 without its Chinese characters, which Koreans no longer write."""
    characters = square(codec)
    if codec == "euc_kr":
        characters = "".join(
            each for each in characters if each < "一" or (each >= "가" and not "\uf900" <= each <= "\ufaff")
        )
        assert sum("가" <= each <= "힣" for each in characters) == 2350
    assert len(characters) == size
    assert missing(characters, *families) == ""


def test_japanese_names_and_signs_beyond_the_standard_are_covered() -> None:
    """What every Japanese keyboard writes, since Windows always could."""
    assert missing("髙島屋﨑㈱㎡①Ⅲ℡㍻", "NotoSansCJKjp") == ""


def test_signs_that_surveys_use_are_covered() -> None:
    assert missing("★☆✓✔✗✘→←↑↓↔⇒€₪₹₩¥£₺₴₿•●○■▲▼◆♥❤☺☹☎✉⚠ℹ№°±×÷½①⑩…©®™§¶‰″′👍👎", *FAMILIES) == ""


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_table_says_what_the_fonts_can_show(name: str) -> None:
    in_font = {character for character in TTFont(FONTS / name).getBestCmap() if place(character) is not None}
    in_table = {character for character in range(0x1FC00) if covers(FILES[name], chr(character))}
    assert in_table == in_font


def test_every_font_of_the_folder_is_in_the_table_and_the_other_way_round() -> None:
    assert {path.name for path in FONTS.iterdir() if path.suffix in (".ttf", ".otf")} == set(FILES)
    assert set(FAMILIES) >= ONE_WEIGHT


def test_a_character_beyond_the_table_is_covered_by_nothing() -> None:
    assert not any(covers(family, character) for family in FAMILIES for character in "\U00020000\U0010ffff\ue000")


def test_the_replacement_for_what_cannot_be_shown_can_be_shown() -> None:
    assert covers("NotoSans", "\ufffd")


def test_japanese_and_chinese_have_glyphs_of_their_own() -> None:
    """直 is written with another stroke order's shape in each; the fonts must not be one font twice."""
    shapes = []
    for name in ("NotoSansCJKjp-Regular.otf", "NotoSansCJKsc-Regular.otf"):
        font = TTFont(FONTS / name)
        pen = RecordingPen()
        font.getGlyphSet()[font.getBestCmap()[ord("直")]].draw(pen)
        shapes.append(pen.value)
    assert shapes[0] != shapes[1]


def test_all_of_it_takes_at_most_12_megabytes_with_its_licence_beside_it() -> None:
    assert sum(path.stat().st_size for path in FONTS.iterdir() if path.is_file()) <= 12_000_000
    licence = (FONTS / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert [family for family in FAMILIES if family not in licence] == []
    assert TABLE.stat().st_size < 100_000


def test_fonts_keep_what_shaping_needs() -> None:
    for family, features in {
        "NotoSansArabic": {"init", "medi", "fina", "rlig", "mark"},
        "NotoSansDevanagari": {"rphf", "half", "blwf", "cjct", "pres", "abvs", "haln"},
    }.items():
        for bold in (False, True):
            font = TTFont(FONTS / file(family, bold))
            found = {
                record.FeatureTag
                for table in ("GSUB", "GPOS")
                for record in font[table].table.FeatureList.FeatureRecord
            }
            assert features - found == set()


@pytest.mark.parametrize("family", ["NotoSansHebrew", "NotoSansThai"])
def test_a_font_cut_again_is_the_same_byte_for_byte(tmp_path: Path, family: str) -> None:
    """Cut from the font that is here: the packages with the whole ones take 90 MB."""
    source = tmp_path / "truetype/noto"
    source.mkdir(parents=True)
    name = file(family, bold=False)
    (source / name).write_bytes((FONTS / name).read_bytes())
    covered, sums = [], set()
    for _ in range(2):
        covered.append(BUILD["cut"](family, bold=False, source=tmp_path, target=tmp_path))
        sums.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(sums) == 1
    assert covered[0] == covered[1] == set(TTFont(FONTS / name).getBestCmap())


def test_the_table_is_written_from_what_was_cut() -> None:
    assert BUILD["table"]([set(TTFont(FONTS / file(family, False)).getBestCmap()) for family in FAMILIES]) == (
        TABLE.read_bytes()
    )
