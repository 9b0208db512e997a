"""Letters stay with their marks, conjuncts and syllables stay whole; held to an independent reading of UAX 29."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uniseg.graphemecluster import grapheme_clusters

from kiosk.screens.clusters import clusters

SAMPLE = st.text(
    st.sampled_from("ab1 é\u0301\u0323गकषर्ि़ा\u200d\u200cกทีี่ำ้ן\u05b8بً漢か\u3099가ᄀ\u1161\u11a8👩👍🏽🔧❤\ufe0fﾊﾞ"),
    max_size=12,
)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("né\u0301e", ["n", "é\u0301", "e"]),
        ("प्रतिक्रिया", ["प्र", "ति", "क्रि", "या"]),
        ("क्‍ष", ["क्‍ष"]),
        ("क्\ufe0fक", ["क्\ufe0fक"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("น้ำ", ["น้ำ"]),
        ("\u1112\u1161\u11ab", ["\u1112\u1161\u11ab"]),
        ("👍🏽!", ["👍🏽", "!"]),
        ("", []),
    ],
)
def test_what_a_reader_takes_for_one_character_is_one(text: str, whole: list[str]) -> None:
    assert list(clusters(text)) == whole


@given(SAMPLE)
def test_no_cluster_is_torn_that_unicode_holds_together(text: str) -> None:
    def ends(pieces: list[str]) -> set[int]:
        return {sum(map(len, pieces[: count + 1])) for count in range(len(pieces))}

    assert "".join(clusters(text)) == text
    assert ends(list(clusters(text))) <= ends(list(grapheme_clusters(text)))
