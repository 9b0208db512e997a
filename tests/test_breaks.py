"""Lines end where each language lets them: at spaces, between characters by rule, between undivided words."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uniseg.linebreak import line_break_units

from kiosk.screens.breaks import by_character, pieces

JAPANESE = "本日のご来店はいかがでしたか？「ACMEカード」のポイントは、レジで10分以内に確認できます。"


def cut(text: str, language: str, phrases: bool = False) -> str:
    return "|".join(pieces(text, language, phrases))


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("How was it?", "en", "How |was |it?"),
        ("오늘 방문은 어떠셨나요?", "ko", "오늘 |방문은 |어떠셨나요?"),
        ("आज आपका अनुभव", "hi", "आज |आपका |अनुभव"),
        ("كيف كانت زيارتك؟", "ar", "كيف |كانت |زيارتك؟"),
        ("self-service", "en", "self-|service"),
        ("e-mail", "en", "e-mail"),
        ("ב-ACME", "he", "ב-ACME"),
        ("on 21/11 at -18\u00a0°C", "en", "on |21/11 |at |-18\u00a0°C"),
        ("Asiakas\u00adtyytyväisyys", "fi", "Asiakas\u00ad|tyytyväisyys"),
        ("ab\u200bcd", "en", "ab\u200b|cd"),
        ("", "en", ""),
    ],
)
def test_words_stand_between_spaces(text: str, language: str, wanted: str) -> None:
    assert cut(text, language) == wanted
    assert cut(text, language, phrases=True) == wanted


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("本日は", "ja", "本|日|は"),
        ("はい、「どうぞ」。", "ja", "は|い、|「ど|う|ぞ」。"),  # no comma, stop or closing bracket begins a line
        ("（無料）です", "ja", "（無|料）|で|す"),  # no opening bracket ends one
        ("コーヒー", "ja", "コー|ヒー"),  # nor does a mark of length begin one
        ("きゃっしゃー", "ja", "きゃっ|しゃー"),  # nor small kana
        ("人々と時々", "ja", "人々|と|時々"),
        ("本当？！はい…", "ja", "本|当？！|は|い…"),
        ("10分以内", "ja", "10分|以|内"),
        ("￥500です", "ja", "￥500|で|す"),
        ("100％です", "ja", "100％|で|す"),
        ("ACMEカード", "ja", "ACME|カー|ド"),
        ("您好，欢迎！", "zh", "您|好，|欢|迎！"),
        ("请到“前台”。", "zh", "请|到|“前|台”。"),
        ("《指南》", "zh", "《指|南》"),
        ("店(ACME)内", "zh", "店|(ACME)|内"),
        ("満足\u2060度", "ja", "満|足\u2060度"),
        ("東京 大阪", "ja", "東|京 |大|阪"),
    ],
)
def test_japanese_and_chinese_break_by_their_rules(text: str, language: str, wanted: str) -> None:
    assert cut(text, language) == wanted


def test_japanese_and_chinese_are_first_broken_where_a_phrase_ends() -> None:
    assert cut(JAPANESE, "ja", phrases=True).startswith("本日の|ご来店は|いかがでしたか？|「ACMEカード」の|")
    assert "服务|" in cut("您对今天的服务满意吗？", "zh", phrases=True)
    found = {phrases: set(_ends(pieces(JAPANESE, "ja", phrases))) for phrases in (True, False)}
    assert found[True] < found[False]


def test_a_word_that_the_model_tears_stays_whole() -> None:
    assert "ただいま|評価を|" in cut("申し訳ございません。ただいま評価を受け付けて", "ja", phrases=True)
    assert "ただいまの" in cut("ただいまの待ち時間", "ja", phrases=True)


def test_thai_breaks_between_words() -> None:
    assert cut("วันนี้คุณพอใจแค่ไหน", "th", phrases=True) == "วันนี้|คุณ|พอใจ|แค่ไหน"


def test_a_name_or_a_number_in_thai_is_not_torn() -> None:
    assert cut("ร้านACMEดีมาก", "th") == "ร้านACMEดี|มาก"
    assert cut("เปิดเวลา 12:30น.", "th") == "เปิด|เวลา |12:30น."


@pytest.mark.parametrize("text", [JAPANESE, "您对今天的服务满意吗？“会员”好", "日本語とEnglish（12:30）", "ｱﾝｹｰﾄ、ﾊﾞｽ"])
def test_every_break_is_one_that_unicode_allows(text: str) -> None:
    for phrases in (True, False):
        assert set(_ends(pieces(text, "ja", phrases))) <= set(_ends(list(line_break_units(text))))


@given(st.text(st.sampled_from("本語はカっー々、。「」（）！？…‥・～abZ012 ,.:()-")))
def test_no_break_within_a_phrase_is_one_that_unicode_forbids(text: str) -> None:
    """Without spaces and hyphens, after which we break more simply; without curly quotes and signs beside numbers,
    which Unicode binds to numbers and Western words beyond a comma, and GB/T 15834 and JIS X 4051 don't."""
    stretch = text.replace(" ", "").replace("-", "")
    assert set(_ends(pieces(stretch, "ja", False))) <= set(_ends(list(line_break_units(stretch))))


@given(st.text(), st.sampled_from(["en", "ja", "zh", "th", "ar", "ko"]), st.booleans())
def test_nothing_is_lost_and_no_piece_is_empty(text: str, language: str, phrases: bool) -> None:
    found = pieces(text, language, phrases)
    assert "".join(found) == text
    assert all(found)


def test_only_wide_scripts_break_between_characters() -> None:
    assert by_character("at 本")
    assert not any(by_character(text) for text in ("How?", "한국", "วันนี้", "आज"))


@pytest.mark.parametrize(
    ("text", "loaded"),
    [("Wie? 오늘 كيف आज", set()), ("本日", {"budoux"}), ("วันนี้", {"kiosk.screens.thai"})],
)
def test_words_and_phrases_are_looked_for_only_where_there_are_some(text: str, loaded: set[str]) -> None:
    code = f"import sys; from kiosk.screens.breaks import pieces; pieces({text!r}, 'ja'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert {"budoux", "kiosk.screens.thai"} & set(done.stdout.split()) == loaded


def _ends(parts: list[str] | tuple[str, ...]) -> list[int]:
    return [sum(map(len, parts[: count + 1])) for count in range(len(parts))]
