"""Which letters stand where, for languages in Latin letters. Pure data; never knows drawing or what is typed."""

from __future__ import annotations

from kiosk.alphabets import Alphabet

DIACRITICS = {
    "a": "áàâäãåāăąǎæ",
    "b": "ƀḃ",
    "c": "çćčĉċ",
    "d": "ďđðḍ",
    "e": "éèêëēĕėęěẽəẹǝ",
    "f": "ƒḟ",
    "g": "ğģĝġǧ",
    "h": "ħĥḥ",
    "i": "íìîïīĭįıǐĩị",
    "j": "ĵ",
    "k": "ķƙǩ",
    "l": "łľļĺŀḷ",
    "m": "ṁ",
    "n": "ñńňņŋṇǹ",
    "o": "óòôöõøōŏőœǒơọ",
    "p": "ṗ",
    "r": "řŕŗṛ",
    "s": "śšşșßŝṣ",
    "t": "ťţțŧþṭ",
    "u": "úùûüūŭůűųǔũưụ",
    "w": "ŵẁẃẅ",
    "x": "ẋ",
    "y": "ýÿŷỳỹƴ",
    "z": "žźżẓʒ",
}
"""Latin letters of Europe, Turkey, Africa and the Pacific under the plain letter they are made of."""


def _spaced(table: dict[str, str]) -> dict[str, str]:
    return {key: " ".join(others) for key, others in table.items()}


PLAIN = Alphabet(
    "latin",
    ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    "ABC",
    others=_spaced(DIACRITICS),
    ends=(",", "'."),
    symbols=("1234567890", "@#€&%+-/()", '!?":;*_…'),
)


def _own(letters: str, first: str = "", name: str = "", marks: str = ",?.") -> Alphabet:
    """A layout of `letters` (three rows set apart by spaces) whose long presses offer `first` before all else."""
    one, two, three = letters.split()
    rows = one + two + three
    others = {
        base: " ".join([*(c for c in first if c in all_), *(c for c in all_ if c not in first and c not in rows)])
        for base, all_ in DIACRITICS.items()
    }
    apostrophe = "'" in marks
    return PLAIN._replace(
        name=name or "latin",
        letters=(one, two, three),
        others=others,
        ends=(marks[0], marks[1:]),
        symbols=PLAIN.symbols if apostrophe else ("1234567890", "@#€&%+-/()", "!'\":;*_…"),
    )


_QWERTY = "qwertyuiop asdfghjkl zxcvbnm"
_QWERTZ = "qwertzuiop asdfghjkl yxcvbnm"
_SOUTH_SLAVIC = "qwertzuiopšđ asdfghjklčćž yxcvbnm"

_SPANISH = _own("qwertyuiop asdfghjklñ zxcvbnm", "áéíóúü", "spanish")._replace(
    symbols=("1234567890", "@#€&%+-/()", "¿¡!'\":;…")
)

_PINYIN = {"a": "āáǎà", "e": "ēéěèê", "i": "īíǐì", "o": "ōóǒò", "u": "ūúǔùüǖǘǚǜ", "v": "üǖǘǚǜ", "n": "ńňǹ"}
PINYIN = PLAIN._replace(
    name="pinyin", others=_spaced(_PINYIN), ends=(",", "?."), symbols=("1234567890", "@#¥&%+-/()", "!'\":;*_…")
)
"""Chinese by its sound: Latin letters, the vowels with their tones by long press."""

_VIETNAMESE = {
    "a": "àáảãạăằắẳẵặâầấẩẫậ",
    "d": "đ",
    "e": "èéẻẽẹêềếểễệ",
    "i": "ìíỉĩị",
    "o": "òóỏõọôồốổỗộơờớởỡợ",
    "u": "ùúủũụưừứửữự",
    "y": "ỳýỷỹỵ",
}

LATIN: dict[str, Alphabet] = {
    "af": _own(_QWERTY, "áéèêëíîïóôúû", "afrikaans", ",'."),
    "az": _own("qüertyuiopöğ asdfghjklıə zxcvbnmçş", "", "azeri"),
    "ca": _own("qwertyuiop asdfghjklç zxcvbnm", "àéèíïóòúüŀ", "catalan", ",'."),
    "cs": _own(_QWERTZ, "áčďéěíňóřšťúůýž", "czech"),
    "cy": _own(_QWERTY, "âêîôûŵŷáéíóúàèìòùäëïöü", "welsh", ",'."),
    "da": _own("qwertyuiopå asdfghjklæø zxcvbnm", "é", "danish"),
    "de": _own("qwertzuiopü asdfghjklöä yxcvbnmß", "", "german"),
    "en": _own(_QWERTY, "éèêçïñôü", "english", ",'."),
    "es": _SPANISH,
    "et": _own("qwertyuiopü asdfghjklöä zxcvbnmõ", "šž", "estonian"),
    "fi": _own("qwertyuiopå asdfghjklöä zxcvbnm", "šžé", "finnish"),
    "fo": _own("qwertyuiopå asdfghjklæø zxcvbnmð", "áíóúý", "faroese"),
    "fr": _own("azertyuiop qsdfghjklm wxcvbné'", "éèêëàâæçîïôœùûüÿ", "french"),
    "ga": _own(_QWERTY, "áéíóú", "irish", ",'."),
    "gl": _SPANISH,
    "hu": _own("qwertzuiopő asdfghjkléá yxcvbnmöü", "íóúű", "hungarian"),
    "is": _own("qwertyuiopð asdfghjklæö zxcvbnmþ", "áéíóúý", "icelandic"),
    "it": _own(_QWERTY, "àèéìòù", "italian", ",'."),
    "lt": _own(_QWERTY, "ąčęėįšųūž", "lithuanian"),
    "lv": _own(_QWERTY, "āčēģīķļņšūž", "latvian"),
    "mt": _own(_QWERTY, "ċġħżàèìòù", "maltese", ",'."),
    "nl": _own(_QWERTY, "ëéèêïíóöüúá", "dutch", ",'."),
    "no": _own("qwertyuiopå asdfghjkløæ zxcvbnm", "éèêóòô", "norwegian"),
    "pl": _own(_QWERTY, "ąćęłńóśżź", "polish"),
    "pt": _own("qwertyuiop asdfghjklç zxcvbnm", "ãáàâéêíõóôúü", "portuguese"),
    "ro": _own("qwertyuiopă asdfghjklșț zxcvbnmîâ", "", "romanian"),
    "sk": _own(_QWERTZ, "áäčďéíĺľňóôŕšťúýž", "slovak"),
    "sl": _own(_SOUTH_SLAVIC, "", "slovene"),
    "sq": _own("qwertyuiopë asdfghjklç zxcvbnm", "", "albanian"),
    "sv": _own("qwertyuiopå asdfghjklöä zxcvbnm", "éèü", "swedish"),
    "tr": _own("qwertyuıopğü asdfghjklşi zxcvbnmöç", "âîû", "turkish"),
    "vi": PLAIN._replace(name="vietnamese", others=_spaced(_VIETNAMESE)),
}
"""Languages with a layout of their own."""

ALIKE = {"nb": "no", "nn": "no", "hr": "sl", "bs": "sl", "sr": "sl", "me": "sl", "cnr": "sl", "se": "no"}
"""Languages that are typed on another's."""

PLAINLY = (
    "ace ak an ast ay ban bcl bi bm br ceb ch co crh csb dsb ee eo eu fil fj fur fy gd gn gsw gv ha haw hil hmn"
    " hsb ht ia id ie ig ilo io jv kab kea kg ki kl ku kw lb lg li lij lmo ln ltg lua lus mg mh mi ms na nap nd nds nr"
    " nso ny oc om pag pam pap pcd pms qu rm rn rup rw sc scn sco sg sm sma smn sms sn so srn ss st su sw szl tet tk tl"
    " tn to tpi ts tum tw ty uz vec vls vo wa wae war wo xh yo za zu zza"
)
"""Other languages written in Latin letters: the plain layout types them, its long presses their marks."""
