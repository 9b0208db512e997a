"""Thai words are found in text that has no spaces, and none is ever torn."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.screens.thai import WORDS, word_ends

LISTED = [line for line in WORDS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def words(text: str) -> list[str]:
    ends = [0, *word_ends(text)]
    return [text[start:stop] for start, stop in itertools.pairwise(ends)]


@pytest.mark.parametrize(
    "text",
    [
        "วันนี้ คุณ พึงพอใจ กับ การ ให้ บริการ ของ เจ้าหน้าที่ ที่นี่ มาก น้อย แค่ไหน",
        "ขอบคุณ สำหรับ ความคิดเห็น",
        "โปรด ให้ คะแนน ประสบการณ์ ของ คุณ",
        "ห้องน้ำ สะอาด หรือไม่",
        "พนักงาน ให้ บริการ ดี มาก",
        "กรุณา บอก เรา ว่า ควร ปรับปรุง อะไร",
        "ราคา อาหาร แพง เกินไป",
        "เด็กๆ ชอบ มากๆ และ อื่นๆฯลฯ",
        "หนังสือ ปัจจุบัน นโยบาย มหาวิทยาลัย",
    ],
)
def test_a_sentence_falls_into_its_words(text: str) -> None:
    assert words(text.replace(" ", "")) == text.split()


def test_a_name_that_nobody_listed_stays_whole() -> None:
    assert words("คุณกฤษณะ") == ["คุณ", "กฤษณะ"]
    assert words("ฌญฎฏฐ") == ["ฌญฎฏฐ"]


def test_a_listed_word_is_one_word() -> None:
    assert len(LISTED) > 20_000
    assert sorted(set(LISTED)) == LISTED
    assert [word for word in LISTED[::20] if words(word) != [word]] == []


def test_words_put_together_at_random_are_hardly_ever_torn() -> None:
    """An end within a word of the sentence, unless both its sides are words: in 1 of 200 at most."""
    draw = random.Random(5)
    listed = set(LISTED)
    torn = total = 0
    for _ in range(200):
        sentence = draw.choices(LISTED, k=6)
        ends = set(word_ends("".join(sentence)))
        start = 0
        for word in sentence:
            inner = sorted(end - start for end in ends if start < end < start + len(word))
            parts = [word[left:right] for left, right in zip([0, *inner], [*inner, len(word)], strict=True)]
            torn += any(part not in listed for part in parts)
            total += 1
            start += len(word)
    assert torn / total < 0.005


@given(st.text(st.sampled_from("กขคงจดตนบปมยรวสหอะาิีึืุูเแโใไ่้็์ำๆฯ๐๕฿")))
def test_any_thai_letters_are_cut_at_ends_that_rise_to_the_whole(text: str) -> None:
    ends = word_ends(text)
    assert ends == sorted(set(ends))
    assert (ends[-1:] or [0]) == [len(text)]
    assert not any(text[end : end + 1] in tuple("ะาำิีึืุู่้์ๆ") for end in ends[:-1])
