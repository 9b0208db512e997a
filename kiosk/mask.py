"""Takes e-mail addresses, phone, card and account numbers out of open text before it is stored. Pure; knows no more.

What looks personal and is not costs a reader a number; what is personal and slips through costs a visitor's trust. So
seven digits and more go, whatever they are, unless they are plainly a date, a time, years, or a price. That takes card
numbers whether or not their check digit is right, and needs no tables of the world's telephone numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

MARK = "[…]"
"""Stands for what was taken out: read alike in every language, and shorter than anything it replaces."""

Span = tuple[int, int]

_DOT_WORD = "(?:dot|point|ponto|punto|punkt|punt|piste|kropka|nokta|tečka|точка|крапка|τελεία)"
_AT_WORD = "(?:at|ät|arroba|chez|chiocciola|kissa|ät-merkki|malpa|małpa|kukac|zavináč|собака|собачка|@)"
_OPEN, _CLOSE = r" ?[\[({<] ?", r" ?[\])}>] ?"
_DOT = rf"(?: ?\. ?(?=\w)|{_OPEN}(?:{_DOT_WORD}|\.){_CLOSE}| {_DOT_WORD} )"
_NEAR_DOT = rf"(?:\.|{_OPEN}(?:{_DOT_WORD}|\.){_CLOSE}| {_DOT_WORD} )"
_SPACED = r"(?!(?-i:[\u0e00-\u0eff\u3040-\u30ff]))(?!(?-i:[\u3400-\u9fff\uac00-\ud7af]))\w"
"""A letter of no script whose words follow each other, or an address, without a space. Those know no capitals, and two
ranges at once are no table: else compiling took a sixth of the kiosk's start.
"""


def _address(letter: str) -> re.Pattern[str]:
    """Nothing here gives back what it took (the last +): no text takes long, however it is made."""
    local = rf"(?:{letter}|[+%'.-]|(?<=\w){_OPEN}{_DOT_WORD}{_CLOSE}){{1,64}}+"
    label = rf"(?:{letter}|-){{1,63}}+"
    at = rf"(?: ?@ ?|{_OPEN}{_AT_WORD}{_CLOSE})"
    return re.compile(
        rf"{local}(?:"
        rf"{at}(?:{label}{_DOT}){{1,8}}(?=[^\W\d_]){label}"  # name@example.com, name (at) example dot com
        rf"|{_OPEN}a{_CLOSE}(?:{label}{_NEAR_DOT}){{1,8}}(?=[^\W\d_]){label}"  # name(a)example.com; no "(a) food. And"
        rf"|@(?=[^\W\d_]{{2}}){label}"  # name@example, as people write it in a hurry
        rf"| at (?:{label} {_DOT_WORD} ){{1,8}}{label}"  # name at example dot com
        rf")",
        re.IGNORECASE,
    )


_ADDRESSES = (_address(f"(?:{_SPACED})"), _address(r"\w"))
"""First with the words about it left alone, then whatever an address is written in."""

_ACCOUNT = re.compile(
    r"(?<![^\W_])[a-z]{2}\d\d(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?(?![^\W_])", re.IGNORECASE
)

_CODE = re.compile(
    r"(?<![^\W_])(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d ?"
    r"(?:[-+] ?\d{3} ?[A-FHJ-NPR-Y]|[A-FU-Y] ?\d{3} ?[0-9A-FHJ-NPR-Y])(?![^\W_])",
    re.IGNORECASE,
)
"""Finland's code of a person: a birthday, the sign of a century, a number and what checks it, not all of it digits."""

_CURRENCY = (
    r"(?:[€$£¥₹₺₴₪₩฿₽₸₫]|(?:eur|usd|gbp|chf|sek|nok|dkk|pln|czk|huf|ron|uah|try|inr|jpy|krw|cny|ils|thb|rub|aed|sar|egp"
    r"|euro?[sa]?|euroa|kr|kč|zł|ft|lei|tl|lira|ευρώ|грн|руб|шек|円|元|원|块|บาท|रुपये|रुपए|रु|يورو|ريال|درهم|جنيه|שקל|ש״ח)"
    r"(?![^\W\d_]))"
)
_AMOUNT = r"(?:[1-9]\d{0,2}(?:[ .,]\d{3}){1,3}|[1-9]\d{0,6}|0)(?:[.,]\d{1,2})?"
_PRICE = re.compile(
    rf"(?<![\d+])(?<!\d[ .,/()-]){_AMOUNT} ?{_CURRENCY}|{_CURRENCY} ?{_AMOUNT}(?![ .,/()-]?\d)", re.IGNORECASE
)

_NUMBER = re.compile(r"[+(]{0,2}\d(?:[-. /()_,~*+]{0,3}\d)*")
_COLONS = re.compile(r"(?<![\d:;])(?:(?:\+|0)\d*(?:[:;]\d+)+|(?!(?:19|20)\d\d:)\d+(?::\d+){2,})(?![:;]?\d)")
"""Numbers between colons or semicolons, dialled like 040;123;4567 or three and more: neither times nor years."""
_SENTENCES = re.compile(r"[.,] +(?=\S)")
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_DATE = "|".join(
    rf"{_DAY}{sep}{_DAY}{sep}(?:(?:19|20)\d\d|\d\d)|(?:19|20)\d\d{sep}{_DAY}{sep}{_DAY}" for sep in (r"\.", "/", "-")
)
_SET_APART = re.compile(
    rf"(?<![\w.,/()+-])"
    rf"(?:(?:(?:{_DATE}|{_DAY}\.(?:{_DAY}\.)?) ?- ?)?(?:{_DATE})|\d\d?/(?:5|10|20|50|100))"
    r"(?![\w/()-])(?![.,]\d)"
)
"""Dates and marks such as 5/10, wherever they stand."""
_YEAR = r"(?:19|20)\d\d"
_TIME = r"(?:[01]?\d|2[0-4])\.[0-5]\d"
_DECIMAL = r"(?:0|[1-9]\d{0,3})[.,]\d{1,2}"
_SHORT = re.compile(
    rf"{_YEAR}(?:[-/](?:{_YEAR}|\d\d))?|{_TIME}(?:-{_TIME})?|{_DECIMAL}(?:-{_DECIMAL})?|{_DAY}[-/.]{_DAY}\.?"
)
"""Years, times, prices, days such as 24.12., hours such as 9-17: short numbers that say nothing of a person."""
_ROUND = re.compile(r"[1-9]\d{0,2}(?P<sep>[ .])\d{3}(?:(?P=sep)\d{3})*?(?P=sep)000|[1-9]\d{0,2}(?:,\d{3}){2,}")
"""Amounts told in thousands: 1 000 000, 1,234,567."""
_WHOLE = re.compile(rf"{_YEAR} (?:0?[1-9]|1[0-2]) {_DAY}|{_DAY} (?:0?[1-9]|1[0-2]) {_YEAR}|3\.1415\d*")
"""Harmless where nothing else stands about it: a date between spaces, and the one long fraction that people know."""

_FEWEST = 7
"""So many digits reach a telephone somewhere."""


def masked(text: str) -> str:
    """`text` with each e-mail address, phone, card and account number replaced by `MARK`; never longer than `text`."""
    while (less := _masked(text)) != text:
        text = less
    return text


def _masked(text: str) -> str:
    folded = "".join(map(_folded, text))
    for pattern in _ADDRESSES:
        text, folded = _without(text, folded, [match.span() for match in pattern.finditer(folded)])
    text, folded = _without(text, folded, [match.span() for match in _CODE.finditer(folded)])
    text, folded = _without(text, folded, list(_accounts(folded)))
    text, folded = _without(text, folded, list(_numbers(folded)))
    return _without(text, folded, list(_between_colons(folded)))[0]


def _folded(character: str) -> str:
    """One plain character for each: ASCII digits for those of any script, and one kind of space, dash and dot."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    category = unicodedata.category(character)
    if character.isspace() or category == "Cf":
        return " "
    if category == "Pd" or character == "−":
        return "-"
    if character in "·•∙・⋅":
        return "."
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character


def _without(text: str, folded: str, spans: list[Span]) -> tuple[str, str]:
    """Both with `spans`, in order, replaced by the mark: each character still stands in the same place in both."""
    for start, end in reversed(spans):
        text = text[:start] + MARK + text[end:]
        folded = folded[:start] + MARK + folded[end:]
    return text, folded


def _accounts(folded: str) -> Iterator[Span]:
    """International bank account numbers, by their check digits, or where they are mostly digits."""
    for match in _ACCOUNT.finditer(folded):
        groups = re.split("[ -]", match.group())
        for count in range(len(groups), 0, -1):
            number = "".join(groups[:count])
            moved = number[4:] + number[:4]
            valid = len(number) >= 15 and int("".join(str(int(c, 36)) for c in moved if c.isascii())) % 97 == 1
            if valid or (any(map(str.isdigit, groups[count - 1])) and sum(map(str.isdigit, number)) >= 10):
                yield match.start(), match.start() + len(number) + count - 1
                break


def _between_colons(folded: str) -> Iterator[Span]:
    for match in _COLONS.finditer(folded):
        groups = re.findall(r"\d+", match.group())
        if sum(map(len, groups)) >= _FEWEST and max(map(len, groups)) > 2:
            yield match.span()


def _numbers(folded: str) -> Iterator[Span]:
    for harmless in (_PRICE, _SET_APART):
        folded = harmless.sub(lambda match: "x" * len(match.group()), folded)
    for match in _NUMBER.finditer(folded):
        start = match.start()
        for end in [*(match.start() + cut.start() for cut in _SENTENCES.finditer(match.group())), match.end()]:
            yield from _personal(folded, start, end)
            start = end


def _personal(folded: str, start: int, end: int) -> Iterator[Span]:
    """The parts of one stretch of digits that may be a person's."""
    stretch = folded[start:end].lstrip(" .,")
    start = end - len(stretch)
    if _ROUND.fullmatch(stretch):
        return
    called = stretch.lstrip("(").startswith(("+", "00"))
    # A comma joins what is dialled; else it stands between things that were counted.
    joined = called or stretch.startswith("0")
    for part in re.finditer(r".+" if joined else r"[^,]+", stretch):
        if sum(map(str.isdigit, part.group())) >= _FEWEST and (called or not _harmless(part.group())):
            # without a bracket that only opens
            opened = 0 if ")" in part.group() else len(part.group()) - len(part.group().lstrip("("))
            yield start + part.start() + opened, start + part.end()


def _harmless(part: str) -> bool:
    """Whether it is a date or counts from one, or all is years, or short and harmless but for one of four digits."""
    words = [word.strip("()") for word in re.split(" - | ", part)]
    if _WHOLE.fullmatch(part.strip()) or words == [str(number) for number in range(1, len(words) + 1)]:
        return True
    others = [word for word in words if not _SHORT.fullmatch(word)]
    if not others:
        return True
    return (
        len(others) == 1 and re.fullmatch(r"[1-9]\d{0,3}", others[0]) is not None and not all(map(str.isdigit, words))
    )
