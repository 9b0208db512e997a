"""The kiosk's own words in the visitor's language; what a survey says comes from the survey. Knows no drawing.

The English text is the key. After changing one, and after changing a translation:

    make messages
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path

LOCALE = Path(__file__).parent.parent / "locale"
DOMAIN = "moodpost"

_RTL_LANGUAGES = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
_RTL_SCRIPTS = {"adlm", "arab", "aran", "hebr", "nkoo", "rohg", "samr", "syrc", "thaa"}


@lru_cache(maxsize=32)
def words(language: str) -> gettext.NullTranslations:
    """The catalogue for a code such as `fi` or `fi-FI`; English where there is none."""
    parts = language.split("-")
    codes = ["_".join(parts[:count]) for count in range(len(parts), 0, -1)]
    # As gettext.translation does, which would load a table of all locales that there are.
    paths = [LOCALE / code / "LC_MESSAGES" / f"{DOMAIN}.mo" for code in (*codes, "en")]
    found: gettext.NullTranslations | None = None
    for path in dict.fromkeys(paths):
        if path.exists():
            with path.open("rb") as file:
                catalogue = gettext.GNUTranslations(file)
            if found is None:
                found = catalogue
            else:
                found.add_fallback(catalogue)
    return found or gettext.NullTranslations()


def said(texts: dict[str, str], language: str) -> str:
    """A survey's text in `language`; in the first language it has where that one is missing."""
    return texts.get(language) or next(iter(texts.values()))


def rtl(language: str) -> bool:
    """Whether the language is written from right to left; a script in its code decides (`az-Arab`, `ur-Latn`)."""
    first, *others = language.lower().split("-")
    for part in others:
        if len(part) == 4 and part.isalpha():
            return part in _RTL_SCRIPTS
    return first in _RTL_LANGUAGES
