"""Characters of some stretches of Unicode are found as a class of `re` would find them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.spans import Spans

SPANS = Spans("\u0590-\u05ff", "\u3041-\u30ff", "\uf900-\ufaff")
CLASS = re.compile("[\u0590-\u05ff\u3041-\u30ff\uf900-\ufaff]")
EDGES = "\u058f\u0590\u05ff\u0600\u3040\u3041\u30ff\u3100\uf8ff\uf900\ufaff\ufb00a\U0001f600"


@pytest.mark.parametrize("character", EDGES)
def test_a_stretch_has_its_ends_and_not_what_is_beside_them(character: str) -> None:
    assert (character in SPANS) == bool(CLASS.match(character))


@given(st.text(st.sampled_from(EDGES) | st.characters()))
def test_all_are_found_in_order_each_as_often_as_it_is_there(text: str) -> None:
    assert SPANS.of(text) == CLASS.findall(text)


def test_in_no_text_is_nothing() -> None:
    assert SPANS.of("") == []
    assert "" not in SPANS
