"""What is a person's goes, what is about the place stays; nobody's address or number here is real."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.mask import MARK, masked

PERSONAL = [
    ("Mail me at anna.virtanen@example.com please", "Mail me at […] please"),
    ("anna.virtanen+shop@mail.example.co.uk", "[…]"),
    ("ANNA@EXAMPLE.COM", "[…]"),
    ("o'neill@example.org was ignored", "[…] was ignored"),
    ("Write to <jan-willem@voorbeeld.example>.", "Write to <[…]>."),
    ("x_y_z@example.museum!", "[…]!"),
    ("anna @ example.com", "[…]"),
    ("anna@ example . com", "[…]"),
    ("name (at) example dot com", "[…]"),
    ("name [at] example [dot] com", "[…]"),
    ("name{at}example{dot}co{dot}uk", "[…]"),
    ("name at example dot com", "[…]"),
    ("jean (arroba) example (punto) es", "[…]"),
    ("maija(ät)example.fi", "[…]"),
    ("иван (собака) example точка com", "[…]"),
    ("name (@) example.com", "[…]"),
    ("anna@gmail oder so", "[…] oder so"),
    ("メールはtaro@example.jpです", "メールは[…]です"),
    ("이메일 hong@example.kr로 주세요", "이메일 […]로 주세요"),
    ("邮箱zhang@example.cn谢谢", "邮箱[…]谢谢"),
    ("ส่งที่somchai@example.thครับ", "ส่งที่[…]ครับ"),
    ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍ", "[…]"),
    ("почта: олена@приклад.укр", "почта: […]"),
    ("用户@例子.公司", "[…]"),
    ("بريدي layla@example.com شكرا", "بريدي […] شكرا"),
    ("a@example.com, b@example.com", "[…], […]"),
    ("+358 40 123 4567", "[…]"),
    ("+358401234567", "[…]"),
    ("Call +1 (555) 010-0123 today", "Call […] today"),
    ("(555) 010-0123", "[…]"),
    ("555-010-0123", "[…]"),
    ("555.010.0123", "[…]"),
    ("555 0100 and 555 0199", "[…] and […]"),
    ("020 7946 0958", "[…]"),
    ("tel:020-79460958", "tel:[…]"),
    ("01 99 00 12 34", "[…]"),
    ("01.99.00.12.34", "[…]"),
    ("Call (0171) 12 34 567, thanks", "Call […], thanks"),
    ("030/23125 123", "[…]"),
    ("0151-23 12 51 23", "[…]"),
    ("040 – 123 – 4567", "[…]"),
    ("040,123,4567", "[…]"),
    ("0 4 0 1 2 3 4 5 6 7", "[…]"),
    ("(0401234567)", "([…])"),
    ("0045 20 12 20 26", "[…]"),
    ("20 12 20 26", "[…]"),
    ("2012 3456", "[…]"),
    ("8 (495) 123-45-67", "[…]"),
    ("телефон 067 123 45 67, Олена", "телефон […], Олена"),
    ("0\u00a0800\u202f123\u2009456", "[…]"),
    ("040\u200b123\u200b4567", "[…]"),
    ("090-1234-5678に電話", "[…]に電話"),
    ("０９０－１２３４－５６７８", "[…]"),
    ("010-1234-5678 연락", "[…] 연락"),
    ("请打13800138000", "请打[…]"),
    ("٠٤٠١٢٣٤٥٦٧", "[…]"),
    ("اتصل على +٩٧١ ٥٠ ١٢٣ ٤٥٦٧", "اتصل على […]"),
    ("۰۹۱۲ ۳۴۵ ۶۷۸۹", "[…]"),
    ("०४०-१२३४५६७", "[…]"),
    ("โทร ๐๘๑ ๒๓๔ ๕๖๗๘", "โทร […]"),
    ("052-123-4567 תודה", "[…] תודה"),
    ("4111 1111 1111 1111", "[…]"),
    ("4111111111111111", "[…]"),
    ("card 5500-0000-0000-0004 exp 12/28", "card […] exp 12/28"),
    ("3400 000000 00009", "[…]"),
    ("my card 4111.1111.1111.1112 was refused", "my card […] was refused"),
    ("6011 0000 0000 0000 04", "[…]"),
    ("FI21 1234 5600 0007 85", "[…]"),
    ("GB29 NWBK 6016 1331 9268 19 thanks", "[…] thanks"),
    ("nl91abna0417164300", "[…]"),
    ("IBAN DE89370400440532013000", "IBAN […]"),
    ("FR14 2004 1010 0505 0001 3M02 606", "[…]"),
    ("order 1234567", "order […]"),
    ("A12345678", "A[…]"),
    ("24.12.2026 0401234567", "24.12.2026 […]"),
    ("+44 (0)20 7946 0958", "[…]"),
    ("(+49) 171 1234567", "[…]"),
    ("0401234567/0501234567", "[…]"),
    ("call 040 1234567 at 10.30", "call […] at 10.30"),
    ("mailto:anna@example.com?subject=x", "mailto:[…]?subject=x"),
    ("card 4111 1111 1111 1111 12/28 123", "card […]"),
    ("janedoe(a)example.com", "[…]"),
    ("jane.doe (a) example.fi, thanks", "[…], thanks"),
    ("jane[a]example dot com", "[…]"),
    ("jane doe at gmail dot com", "jane […]"),
    ("040:123:4567", "[…]"),
    ("040;123;4567", "[…]"),
    ("+358:40:123:4567", "[…]"),
    ("4111:1111:1111:1111", "[…]"),
    ("(555) 010-0123;0401234567", "[…];[…]"),
    ("010190-123A", "[…]"),
    ("010190A123B, again", "[…], again"),
    ("mine is 131052A3089", "mine is […]"),
    ("010190+123b", "[…]"),
    ("120676-4481 22", "[…]"),
    ("2024 12 24 0401234567", "[…]"),
    ("2024 13 24", "[…]"),
    ("1 2 3 4 5 6 8", "[…]"),
    ("2 3 4 5 6 7 8", "[…]"),
    ("3.24159265", "[…]"),
    ("ring 0401234567. Or anna@example.com", "ring […]. Or […]"),
]
"""Texts with something of a person's in them, and what is left."""

HARMLESS = [
    "Great service!",
    "The queue was 45 minutes long",
    "24.12.2026",
    "24/12/2026 was awful",
    "12/24/2026",
    "2026-12-24",
    "On 24.12.2026 at 18.30-20.00",
    "24.12.2026 18:30",
    "Between 1.1.2026 and 31.12.2026",
    "24.-26.12. closed",
    "24.-26.12.2026 closed",
    "1.5.-31.5.2026",
    "5.1.2026-7.1.2026",
    "22.10.2025, 14.30-15.00, till 4",
    "10.30, 11.15, 12.00 and 13.45",
    "from 1 200 to 1 500 people",
    "2 500 €, 3 500 €",
    "2024/2025",
    "2019-2026",
    "1999 2004 2012 2026",
    "since 1998",
    "5/10",
    "10/10 10/10",
    "5/5, would come again",
    "99/100",
    "24/7 please",
    "9-17",
    "Open 8.00-21.00",
    "Open 08:00–21:00, Sat 10:00–18:00",
    "10.00 - 12.30",
    "gate 22, 10.00-12.30",
    "room 1204 10.00-12.30",
    "Room 1204. 2026 was better",
    "Gate B22",
    "gates 10, 11, 12, 13",
    "gates 10,11,12,13",
    "flight AY1234 to HEL",
    "platform 9 3/4",
    "code 1234",
    "pin 4821 did not work",
    "order 123456",
    "order #48213 came late",
    "ticket 998877",
    "12,50 €",
    "12.50 15.00 20.00",
    "12,50 15,00 20,00",
    "€1,250.00 is too much",
    "1 250 000 €",
    "1500000원",
    "1,500,000원은 비싸요",
    "¥1,234,567",
    "１２００円",
    "₹12,34",
    "100 000 руб",
    "2 500 000 kr",
    "500 บาท",
    "1 000 000 visitors",
    "1,234,567 people",
    "25.000.000 Menschen",
    "100 % satisfied",
    "-18 °C in here",
    "1.5 litre, 6 x 0.33",
    "3 of 4 tills closed",
    "Table 12, seat 4, row 33",
    "12 345 steps",
    "5@3 euros",
    "Follow @moodpost",
    "see us at example.com",
    "www.example.com/menu",
    "We met at the dot",
    "Look at point 3",
    "2 @ 4.50 each",
    "at10 past five it was full",
    "room 12-34",
    "A4, 80 g, 500 sheets",
    "IPv4 or 5G?",
    "2024 12 24",
    "24 12 2024",
    "on 2024 1 5 we met",
    "1 2 3 4 5 6 7",
    "1 2 3 4 5 6 7 8 9 10",
    "3.14159265",
    "I liked (a) food. And (b) staff",
    "see (a) and (b)",
    "10:00-12:30, 14:00-18:00",
    "08:00–12:00; 13:00–17:00",
    "08:00-12:00;13:00-17:00",
    "12:30:45 13:45:10",
    "2024:1200;2025:1500",
    "2024:12:24 10:30",
    "gates 10;11;12;13",
    "gates 100;101;102",
    "3:2 2:1 1:0 0:0",
    "ratio 1:1:1:1:1:1:1",
    "map 1:25000",
    "code 123456A12",
    "٥ دقائق في ٢٠٢٦",
    "१२ मिनट, २०२६",
    "12月24日 18時30分",
    "2026年12月24日",
    "१०/१०",
    "‏4/5 ممتاز",
    "",
    "…",
]


@pytest.mark.parametrize(("text", "left"), PERSONAL)
def test_what_is_a_persons_goes(text: str, left: str) -> None:
    assert masked(text) == left


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_about_the_place_stays(text: str) -> None:
    assert masked(text) == text


def test_the_lists_are_long_enough_to_mean_something() -> None:
    assert len(PERSONAL) >= 60
    assert len(HARMLESS) >= 60


@pytest.mark.parametrize("text", [text for text, _ in PERSONAL])
@pytest.mark.parametrize("other", ["", "Please ", "5/10 ", "24.12.2026. "])
def test_words_before_and_after_hide_nothing(text: str, other: str) -> None:
    assert masked(other + text).endswith(masked(text))


LOOKALIKES = st.text(
    st.sampled_from("0123456789०٣ -./(),+@[]{}…€abe.xFI\u200b\u00a0点원") | st.characters(), max_size=80
)


@given(LOOKALIKES)
@example("a@b.cc@d.ee")
@example("1 000 0001234")
@example("€1234567 1234567")
def test_what_was_masked_once_is_left_alone(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@given(st.text(max_size=500))
def test_a_text_never_grows(text: str) -> None:
    assert len(masked(text)) <= len(text)


@given(LOOKALIKES)
def test_no_run_of_seven_digits_is_left_but_a_price_or_pi(text: str) -> None:
    for run in re.finditer(r"\d{7,}", masked(text)):
        around = masked(text)[max(0, run.start() - 20) : run.end() + 20]
        assert "3.1415" in around or any(unicodedata.category(c) == "Sc" or c in "원" for c in around), around


@given(st.integers(1_000_000, 10**19), st.sampled_from([" ", "-", ".", ""]), st.integers(2, 4))
def test_a_long_number_goes_however_it_is_grouped(number: int, separator: str, group: int) -> None:
    digits = "0" + str(number)
    grouped = separator.join(digits[at : at + group] for at in range(0, len(digits), group))
    assert masked(f"x {grouped} y") == f"x {MARK} y"


@pytest.mark.parametrize(
    "text",
    [
        "a" * 500,
        "1" * 500,
        "1 " * 250,
        "1.1" * 166,
        "a." * 250,
        "a@" * 250,
        "a@a." * 125,
        "@" * 500,
        "(" * 500,
        "a (dot) " * 62,
        "a dot " * 83,
        " at a dot" * 55,
        "fi12" * 125,
        "1,1" * 166,
        "12.12.2026 " * 45,
        "€1 " * 166,
        "+" * 500,
        "1 000" * 100,
        "ab.cd-ef+" * 55,
        "a" * 499 + "@",
        "a.b" * 166 + "@",
        "1:" * 250,
        "0;1" * 166,
        "a(a)" * 125,
        "a(a)a." * 83,
        "010190A" * 71,
    ],
)
def test_nothing_makes_it_slow(text: str) -> None:
    """It takes a few milliseconds; the bound is for a busy machine; what doubles with each character is over."""
    began = time.perf_counter()
    masked(text)
    assert time.perf_counter() - began < 1
