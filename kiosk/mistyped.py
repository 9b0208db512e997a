"""What is wrong with one line of a text that should be TOML, as its writer sees it. Pure; never knows the other lines.

No value is repeated: it may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

TEXTS = re.compile(r'"(?:\\.|[^"\\])*"|' r"'[^']*'")
"""Texts in quotes, on one line."""


def of_line(line: str) -> str:
    """What is wrong with a line that is no key and value."""
    stripped = line.strip()
    if stripped.startswith(("//", ";", "--", "/*", "'", "rem ", "REM ")):
        return "found a remark that does not begin with #, expected # in front of it"
    if stripped.startswith("="):
        return 'found no key in front of "=", expected a line such as key = value'
    if named := re.match(r"([A-Za-z0-9_-]+)[ \t]*:", stripped):
        return f'found ":" behind {named[1]}, expected "=": {named[1]} = …'
    if "=" not in stripped:
        return 'found a line without "=", expected key = value, or # in front of a remark'
    key = stripped.split("=")[0].strip()
    if re.fullmatch(r"[A-Za-z0-9_-]+([ \t]+[A-Za-z0-9_-]+)+", key):
        return f"found a key of several words, expected one such as {'_'.join(key.split())}"
    return 'found a key with odd characters in it, expected small letters and "_" in front of "="'


def of_value(key: str, value: str, reason: str) -> str:
    """What is wrong with what stands behind a key's "="."""
    bare = re.split(r"[ \t]*#", value)[0].strip()
    if value[:1] in ('"', "'"):
        return "".join(list(_of_text(key, value, reason))[:1])
    if not bare:
        return f'found nothing behind "=", expected a value, or # in front of {key}'
    if bare.startswith(("=", ":")):
        return f"found {bare[:1]} behind the equals sign, expected it once: {key} = …"
    if bare.startswith("["):
        return _of_list(key, bare, reason)
    if bare.lower() in ("true", "false", "yes", "no", "on", "off"):
        meant = "true" if bare.lower() in ("true", "yes", "on") else "false"
        return f"found {bare}, expected {meant}, in small letters"
    if re.fullmatch(r"[+-]?\d+,\d+", bare):
        return "found a comma in a number, expected a point, as in 2.5"
    if re.fullmatch(r"[+-]?0\d+", bare):
        return f'found a number that begins with 0, expected it without, or in quotes where it is a text: {key} = "…"'
    if re.fullmatch(r"[+-]?(\.\d+|\d+\.)", bare):
        return "found a number that begins or ends with its point, expected a digit on each side, as in 0.5"
    if re.fullmatch(r"[+-]?\d+([.]\d+)?[ \t]*[A-Za-zµ%;,]{1,7}", bare):
        return "found something behind the number, expected the number alone"
    if re.fullmatch(r"\d+([, \t]+\d+)+", bare):
        return f"found several numbers without brackets around them, expected {key} = […, …]"
    if bare.startswith("{"):
        return f"found braces that can't be read, expected a table: [{key}], its keys on lines below it"
    if bare.endswith(('"', "'")):
        return f'found a text that does not begin with a quote, expected {key} = "…"'
    return f'found a text without quotes, expected {key} = "…"'


def _of_text(key: str, value: str, reason: str) -> Iterator[str]:
    """The same where it begins with a quote."""
    quote = value[0]
    if reason.startswith(("Unescaped", "Invalid hex")) or (quote == '"' and "scalar" in reason):
        yield f"found a backslash in a text, expected two of them, or single quotes around it: {key} = '…'"
    whole = TEXTS.match(value)
    if value.startswith(quote * 3) and not re.search(rf"^{quote * 3}.*?{quote * 3}", value, re.DOTALL):
        yield f"found a text whose three quotes are never closed, expected one on each side: {key} = {quote}…{quote}"
    if whole and "\n" not in whole[0]:
        after = value[whole.end() :].strip()
        if after.startswith(","):
            yield f"found several texts, expected brackets around them: {key} = [{quote}…{quote}, {quote}…{quote}]"
        if after.startswith((";", "//")):
            yield "found a remark that does not begin with #, expected # in front of it"
        if after:
            yield (
                f"found something behind the closing quote, expected the line to end there; a {quote} within a text "
                + ('is written \\"' if quote == '"' else f'wants other quotes around it: {key} = "…"')
            )
    yield f"found a text without its closing quote, expected {key} = {quote}…{quote}"


def _of_list(key: str, bare: str, reason: str) -> str:
    """The same where it begins with a bracket."""
    if re.fullmatch(r"\[[ \t]*\d+([;, \t]+\d+)*[ \t]*\]", bare):
        return f"found numbers without commas between them, expected {key} = […, …]"
    if "]" not in bare:
        return f"found a list without its closing bracket, expected {key} = […, …]"
    inner = TEXTS.sub("", bare)
    if bare.count('"') % 2 or bare.count("'") % 2:
        return "found a text in a list without its closing quote, expected one on each side of it"
    if re.search(r"[A-Za-z]", inner):
        words = re.findall(r"[A-Za-z0-9_-]+", bare)
        example = '"en", "fi"' if key == "languages" or len(words) > 1 else '"…"'
        return f"found a text without quotes in a list, expected each in quotes: [{example}]"
    if bare.split("]", 1)[1].strip():
        return "found something behind the closing bracket, expected the line to end there"
    if re.search(r'"[ \t]*"', bare):
        return "found texts without a comma between them, expected one after each"
    return plainly(reason)


def plainly(reason: str) -> str:
    """Where nobody foresaw it: TOML's own words."""
    return f"found something that is not TOML ({reason}), expected lines such as key = value"
