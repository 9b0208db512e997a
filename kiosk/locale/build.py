"""Brings the catalogues up to date with what the screens say, and compiles them. Never imported at run time.

    make messages

A new language is a folder with a `.po` of its own: copy another's head, give it its code and its Plural-Forms.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).parent
SCREENS = HERE.parent / "screens"
SOURCE_LANGUAGE = "en"

_DATE = datetime(2026, 11, 21, tzinfo=UTC)
"""Gettext wants dates; one that stands still gives the same bytes for the same texts. Git knows the true ones."""
_HEAD = "# The kiosk's own words.\n# This file is distributed under the same license as Moodpost."

Text = str | tuple[str, ...]
"""A text as the code has it: singular and plural where it is counted."""


def said(screens: Path = SCREENS) -> set[Text]:
    """The texts that the screens ask for."""
    found = extract_from_dir(screens, method_map=[("**.py", "python")])
    return {_text(message) for _, _, message, _, _ in found}


def template(texts: Iterable[Text]) -> Catalog:
    """A catalogue of `texts` with no translation."""
    catalog = Catalog(
        project="Moodpost", version="0.1", header_comment=_HEAD, creation_date=_DATE, revision_date=_DATE, fuzzy=False
    )
    catalog.last_translator = catalog.language_team = "Moodpost"
    for text in texts:
        catalog.add(text)
    return catalog


def update(catalog: Catalog, texts: Iterable[Text]) -> None:
    """Let `catalog` hold `texts` and no others. A translation that isn't wanted any more is kept aside in its file
    (`#~`), and taken up again when it is.
    """
    wanted = template(texts)
    for key in [key for key, message in catalog.obsolete.items() if message.id in wanted]:
        message = catalog.obsolete.pop(key)
        catalog[message.id] = message
    catalog.update(wanted, no_fuzzy_matching=True)
    catalog.header_comment, catalog.revision_date = _HEAD, _DATE
    catalog.project, catalog.version = wanted.project, wanted.version
    if str(catalog.locale) == SOURCE_LANGUAGE:
        for message in catalog:
            message.string = message.id or message.string


def build(locale: Path = HERE, texts: Iterable[Text] | None = None) -> list[str]:
    """Update and compile all catalogues under `locale`; a line for each text that some language still lacks."""
    texts = said() if texts is None else set(texts)
    _write(locale / "moodpost.pot", template(texts))
    lacking = []
    for path in sorted(locale.glob("*/LC_MESSAGES/moodpost.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale=path.parent.parent.name)
        update(catalog, texts)
        _write(path, catalog)
        with path.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, catalog)
        lacking += [
            f"{path.parent.parent.name}: {message.id!r} has no translation"
            for message in catalog
            if message.id and not (message.string and all(message.string))
        ]
    return sorted(lacking)


def _text(message: str | tuple[str | None, ...]) -> Text:
    return message if isinstance(message, str) else tuple(part for part in message if part)


def _write(path: Path, catalog: Catalog) -> None:
    with path.open("wb") as file:
        write_po(file, catalog, width=0, sort_output=True, no_location=True)


if __name__ == "__main__":
    for line in build():
        sys.stdout.write(f"{line}\n")
