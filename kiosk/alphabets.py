"""Which letters stand where, for scripts other than Latin: the layouts people know from their own keyboards.

Pure data; never knows languages, drawing or what is typed. Rows are told from left to right, one character a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Second = Literal["", "capitals", "layer", "page"]
Rows = tuple[str, str, str]


class Alphabet(NamedTuple):
    """What a layout is made of."""

    name: str
    letters: Rows
    label: str
    """What stands on the key that leads back from the symbols."""
    second: Second = "capitals"
    shifted: Rows = ("", "", "")
    """The second layer; capitals are worked out."""
    others: Mapping[str, str] = {}
    """What a long press offers, set apart by spaces, most wanted first."""
    ends: tuple[str, str] = (",", "?.")
    """The keys left and right of the space bar, as seen by whoever reads from left to right."""
    symbols: Rows = ("1234567890", "@#€&%+-/()", "!'\":;*_…")
    composes: Literal["", "hangul", "kana", "accents"] = ""
    rtl: bool = False


PUNCTUATION = {
    "€": "$ £ ¥ zł kr ₺ ₹",
    **dict.fromkeys("₽₴₪₹฿₩¥￥", "€ $ £"),
    "'": "’ ‘",
    '"': "„ “ ” « »",
    "-": "– —",
    "!": "¡",
    "?": "¿ !",
    ".": "… ! : ;",
}
"""What a long press on it offers in every script."""


def _symbols(second: str, third: str) -> Rows:
    return ("1234567890", second, third)


GREEK = Alphabet(
    "greek",
    ("ςερτυθιοπ", "ασδφγηξκλ΄", "ζχψωβνμ"),
    "ΑΒΓ",
    others={
        "α": "ά", "ε": "έ", "η": "ή", "ι": "ί ϊ ΐ", "ο": "ό", "υ": "ύ ϋ ΰ", "ω": "ώ", "σ": "ς", "ς": "σ", "΄": "¨",
    },
    ends=(",", ";."),
    symbols=_symbols("@#€&%+-/()", "!'\":·«»…"),
    composes="accents",
)  # fmt: skip

_CYRILLIC = {
    "а": "ә ӑ ӓ ӕ", "в": "ԝ", "г": "ґ ғ ѓ ҕ", "д": "ђ", "е": "ё є ѐ ӗ", "ж": "җ ӝ ӂ", "з": "ҙ ѕ ӟ ӡ", "и": "і ї ѝ ӣ ӥ",
    "й": "ј", "к": "қ ќ ҡ ҝ ҟ ӄ", "л": "љ ԓ", "н": "ң њ ҥ ӈ", "о": "ө ӧ ӫ", "п": "ҧ", "с": "ҫ", "т": "ћ ҭ",
    "у": "ү ұ ў ӯ ӱ ӳ", "х": "һ ҳ", "ц": "ҵ џ", "ч": "ҷ ӌ ҹ ҽ ӵ", "ш": "щ", "ь": "ъ", "ы": "ӹ", "э": "ә ӭ", "я": "ѣ",
}  # fmt: skip
"""Letters that the Russian keyboard lacks, under the one they look or sound like."""

RUSSIAN = Alphabet(
    "cyrillic",
    ("йцукенгшщзх", "фывапролджэ", "ячсмитьбю"),
    "АБВ",
    others=_CYRILLIC,
    symbols=_symbols("@#₽&%+-/()", "!'\":;«»…"),
)

UKRAINIAN = RUSSIAN._replace(
    name="ukrainian",
    letters=("йцукенгшщзхї", "фівапролджє", "ґячсмитьбю"),
    others={"г": "ґ", "е": "є ё", "и": "і ї ы", "і": "ї", "ь": "ъ", "є": "э"},
    ends=(",", "'."),
    symbols=_symbols("@#₴&%+-/()", '!?":;«»…'),
)

BELARUSIAN = RUSSIAN._replace(
    name="belarusian",
    letters=("йцукенгшўзх", "фывапролджэ", "ячсмітьбю"),
    others={"е": "ё", "г": "ґ", "і": "и", "у": "ў"},
    ends=(",", "'."),
    symbols=_symbols("@#€&%+-/()", '!?":;«»…'),
)

BULGARIAN = RUSSIAN._replace(
    name="bulgarian",
    letters=("явертъуиопч", "асдфгхйклшщ", "зьцжбнмю"),
    others={"и": "ѝ", "е": "ё э", "ъ": "ы"},
    symbols=_symbols("@#€&%+-/()", "!'\":;„“…"),
)

SERBIAN = RUSSIAN._replace(
    name="serbian",
    letters=("љњертзуиопшђ", "асдфгхјклчћж", "џцвбнм"),
    others={},
    symbols=_symbols("@#€&%+-/()", "!'\":;„“…"),
)

MACEDONIAN = SERBIAN._replace(
    name="macedonian",
    letters=("љњертѕуиопшѓ", "асдфгхјклчќж", "зџцвбнм"),
    others={"и": "ѝ", "е": "ѐ"},
)

ARABIC = Alphabet(
    "arabic",
    ("ضصثقفغعهخحج", "شسيبلاتنمكط", "ذءؤرىةوزظد"),
    "أبج",
    second="",
    others={
        "ا": "أ إ آ ٱ \u064b", "ي": "ئ ى ی", "ى": "ئ ي", "و": "ؤ", "ؤ": "و", "ء": "أ إ ئ ؤ آ", "ه": "ة ھ", "ة": "ه",
        "ل": "لا لأ لإ لآ", "ب": "پ", "ج": "چ", "ف": "ڤ", "ك": "گ ک", "ز": "ژ", "ت": "ة", "ر": "ڕ",
        "ش": "\u0651", "س": "\u064f", "ض": "\u064e", "ص": "\u064b", "ق": "\u064c", "ث": "\u0650", "غ": "\u0652",
        **{str(digit): chr(0x660 + digit) for digit in range(10)},
    },
    ends=("،", "؟."),
    symbols=_symbols("@#€&%+-/()", "!'\":؛«»…"),
    rtl=True,
)  # fmt: skip

PERSIAN = ARABIC._replace(
    name="persian",
    letters=("ضصثقفغعهخحجچ", "شسیبلاتنمکگ", "ظطزرذدپوژ"),
    others={
        "ا": "آ أ إ \u064b", "ی": "ئ ي", "و": "ؤ", "ه": "ۀ ة هٔ", "ک": "ك", "ز": "ژ", "ف": "ڤ",
        **{str(digit): chr(0x6F0 + digit) for digit in range(10)},
    },
)  # fmt: skip

URDU = ARABIC._replace(
    name="urdu",
    letters=("قوعرتےءیہپ", "اسدفگھجکل", "زشچطبنم"),
    others={
        "ا": "آ أ", "ت": "ٹ ث ۃ", "ر": "ڑ", "د": "ڈ ذ", "س": "ص ث", "ز": "ذ ض ظ ژ", "ط": "ظ", "ن": "ں", "ہ": "ح ۂ ھ",
        "ی": "ئ ي", "و": "ؤ", "ک": "خ ك", "گ": "غ", "ع": "غ", "ج": "ض", "ے": "ۓ", "ھ": "ح", "ش": "ض", "چ": "ث خ",
        **{str(digit): chr(0x6F0 + digit) for digit in range(10)},
    },
    ends=("،", "؟۔"),
)  # fmt: skip

HEBREW = Alphabet(
    "hebrew",
    ("קראטוןםפ", "שדגכעיחלךף", "זסבהנמצתץ"),
    "אבג",
    second="",
    others={"ג": "ג׳", "ז": "ז׳", "צ": "צ׳", "ץ": "ץ׳", "ת": "ת׳", "ח": "ח׳", "ו": "װ ױ", "י": "ײ"},
    symbols=_symbols("@#₪&%+-/()", '!׳״":;־…'),
    rtl=True,
)

DEVANAGARI = Alphabet(
    "devanagari",  # InScript, the Indian national standard, but for the keys that Hindi has no letter on
    (
        "\u094c\u0948\u093e\u0940\u0942बहगदजड",
        "\u094b\u0947\u094d\u093f\u0941परकतचट",
        "\u0902मनवलसय\u0943\u093c",
    ),
    "कखग",
    second="layer",
    shifted=("औऐआईऊभङघधझढ", "ओएअइउफ\u0949खथछठ", "\u0901णञऑळशषऋ\u0903"),
    others={
        "क": "क\u093c क\u094dष", "ख": "ख\u093c", "ग": "ग\u093c", "ज": "ज\u093c ज\u094dञ", "ड": "ड\u093c",
        "ढ": "ढ\u093c", "फ": "फ\u093c", "त": "त\u094dर", "श": "श\u094dर", "य": "य\u093c", "र": "ऱ र\u094d \u094dर",
        "न": "ऩ", "ल": "ळ", "\u093e": "\u0949 \u0945", "\u0947": "\u0945", "\u0902": "\u0901 \u0903",
        "\u0943": "\u0944", "ऋ": "ॠ", "अ": "ऽ ॐ", "ए": "ऍ", "ओ": "ऑ", "।": "॥",
        **{str(digit): chr(0x966 + digit) for digit in range(10)},
    },
    ends=(",", "?।"),
    symbols=_symbols("@#₹&%+-/()", ".!'\":;॥…"),
)  # fmt: skip

THAI = Alphabet(
    # Kedmanee without its row of digits: what stood there takes the place of rarer letters, which move to the second
    # layer or under a letter of their kind.
    "thai",
    (
        "\u0e38ไ\u0e33พะ\u0e31\u0e35รนยบล",
        "คหกดเ\u0e49\u0e48าสวงต",
        "จปแอ\u0e34\u0e37ทมใช",
    ),
    "กขค",
    second="layer",
    shifted=("\u0e39ๆฎฑธ\u0e36\u0e4aณฯญฐฟ", "ขฆฏโฌ\u0e47\u0e4bษศซภถ", "ผฝฉฮฤ\u0e4cฒ\u0e4dฬฦ"),
    others={
        "\u0e38": "\u0e39", "\u0e34": "\u0e35 \u0e36 \u0e37", "\u0e48": "\u0e49 \u0e4a \u0e4b \u0e4c \u0e47",
        "ค": "ข ฆ", "ช": "ซ ฉ ฌ", "ท": "ธ ถ ฐ ฒ ฑ", "ต": "ถ ฏ", "ด": "ฎ", "บ": "ป", "ป": "ผ ฝ", "พ": "ผ ภ ฟ",
        "น": "ณ", "ย": "ญ", "ส": "ศ ษ ซ", "ล": "ฬ", "ร": "ฤ", "ห": "ฮ", "เ": "แ โ ใ ไ", "ะ": "\u0e31 า \u0e33",
        **{str(digit): chr(0xE50 + digit) for digit in range(10)},
    },
    symbols=_symbols("@#฿&%+-/()", "!'\":;ๆฯ…"),
)  # fmt: skip

HANGUL = Alphabet(
    "hangul",  # dubeolsik, KS X 5002
    ("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ", "ㅋㅌㅊㅍㅠㅜㅡ"),
    "가나다",
    second="layer",
    shifted=("ㅃㅉㄸㄲㅆㅛㅕㅑㅒㅖ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ", "ㅋㅌㅊㅍㅠㅜㅡ"),
    others={"ㅂ": "ㅃ", "ㅈ": "ㅉ", "ㄷ": "ㄸ", "ㄱ": "ㄲ", "ㅅ": "ㅆ", "ㅐ": "ㅒ", "ㅔ": "ㅖ"},
    symbols=_symbols("@#₩&%+-/()", "!'\":;~*…"),
    composes="hangul",
)

_KANA: Rows = ("あいうえおかきくけこ", "さしすせそたちつてと", "なにぬねの゛ー！")
_KANA_ON: Rows = ("はひふへほまみむめも", "やゆよらりるれろわを", "んっゃゅょ゛ー！")
_VOICED = dict(zip("かきくけこさしすせそたちつてとう", "がぎぐげござじずぜぞだぢづでどゔ", strict=True))
_PLOSIVE = dict(zip("はひふへほ", ("ば ぱ", "び ぴ", "ぶ ぷ", "べ ぺ", "ぼ ぽ"), strict=True))
_SMALL = dict(zip("あいうえおつやゆよわ", "ぁぃぅぇぉっゃゅょゎ", strict=True))


def _kana_others() -> dict[str, str]:
    """For each kana its voiced and small forms, then all of them as katakana."""
    others = {}
    for kana in "".join(_KANA + _KANA_ON):
        if "ぁ" <= kana <= "ん":
            forms = f"{_SMALL.get(kana, '')} {_VOICED.get(kana, '')} {_PLOSIVE.get(kana, '')}".split()
            others[kana] = " ".join([*forms, *(chr(ord(form) + 0x60) for form in (kana, *forms))])
    return others


KANA = Alphabet(
    "kana",
    _KANA,
    "あいう",
    second="page",
    shifted=_KANA_ON,
    others=_kana_others(),
    ends=("、", "？。"),
    symbols=_symbols("@#￥&%+-/()", "「」・：〜…♪☆"),
    composes="kana",
)
