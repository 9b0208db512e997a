"""Every mistake in a TOML text is told at once: where it stands, what was found, what was expected; no secret is."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from kiosk import checked, settings, survey
from kiosk.errors import KioskError, SettingsError
from kiosk.template import filled, template
from tests.conftest import ROOT


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: Annotated[int, Meta(ge=0, le=9, description="a pin, 0 to 9")]
    name: str = ""


class Box(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    label: Annotated[str, Meta(description="a label")]
    width: int = 1
    open: bool = False
    pins: list[Pin] = []
    ways: dict[Annotated[str, Meta(min_length=2, description="two letters")], str] = {}
    part: Pin | None = None


def mistakes(text: str, *checks: Callable[[Box], Iterator[tuple[str, str]]]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        checked.parse(text, "box.toml", Box, checks)
    return list(caught.value.mistakes)


def test_a_good_text_becomes_the_struct() -> None:
    text = 'label = "x"\npart.number = 3\n[[pins]]\nnumber = 1\n[ways]\nup = "u"\n'
    assert checked.parse(text, "box.toml", Box, ()) == Box(label="x", part=Pin(3), pins=[Pin(1)], ways={"up": "u"})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("label = 5", "line 1, label: found 5, expected a label"),
        ("label = 1.5", "line 1, label: found 1.5, expected a label"),
        ("label = nan", "line 1, label: found nan, expected a label"),
        ("label = true", "line 1, label: found true, expected a label"),
        ("label = 2026-01-02", "line 1, label: found 2026-01-02, expected a label"),
        ("label = [1]", "line 1, label: found a list, expected a label"),
        ("label = { a = 1 }", "line 1, label: found a table, expected a label"),
        ("label = 0x" + "f" * 5_000, "line 1, label: found a number, expected a label"),
        ('label = "x"\nwidth = "wide"', 'line 2, width: found "wide", expected a whole number'),
        ('label = "x"\nwidth = "' + "w" * 99 + '"', f'line 2, width: found "{"w" * 56}…, expected a whole number'),
        ('label = "x"\nopen = 1', "line 2, open: found 1, expected true or false"),
        ('label = "x"\npins = 1', "line 2, pins: found 1, expected a list"),
        ('label = "x"\npins = [1]', "line 2, pins[0]: found a number, expected a table [pins[0]]"),
        ('label = "x"\npart = 2026-01-02', "line 2, part: found a date or time, expected a table [part]"),
        ('label = "x"\nways = "up"', 'line 2, ways: found "up", expected a table'),
        ('label = "x"\n[ways]\nu = "u"', 'line 3, ways.u: found "u", expected two letters'),
        ('label = "x"\nlabels = 1', 'line 2, labels: found an unknown key "labels", expected "label"?'),
        (
            'label = "x"\nzzz = 1',
            'line 2, zzz: found an unknown key "zzz", expected one of label, width, open, pins, ways, part',
        ),
        ("", "label: found nothing, expected a label"),
        ("width = 2", "label: found nothing, expected a label"),
        ('label = "x"\n[part]', "line 2, part.number: found nothing, expected a pin, 0 to 9"),
    ],
)
def test_a_mistake_tells_line_key_and_what_was_found_and_expected(line: str, said: str) -> None:
    assert mistakes(line) == [f"box.toml, {said}"]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_lines() -> None:
    text = 'pins = [{ number = 10 }]\nlabel = 3\nwidht = 1\n[part]\nnumber = "x"\nother = 1\n'
    assert mistakes(text) == [
        "box.toml, line 1, pins[0].number: found 10, expected a pin, 0 to 9",
        "box.toml, line 2, label: found 3, expected a label",
        'box.toml, line 3, widht: found an unknown key "widht", expected "width"?',
        'box.toml, line 5, part.number: found "x", expected a pin, 0 to 9',
        'box.toml, line 6, part.other: found an unknown key "other", expected one of number, name',
    ]


PLACES = {
    "a table": ('label = "x"\n\n[part]\n# number = 0\nnumber = 99\n', 5, "part.number"),
    "spaces in a header": ('label = "x"\n [ part ] # here\n number = 99\n', 3, "part.number"),
    "a dotted key": ('label = "x"\npart.number = 99\n', 2, "part.number"),
    "a dotted key with spaces": ('label = "x"\npart . number = 99\n', 2, "part.number"),
    "a quoted key": ('label = "x"\n"part".\'number\' = 99\n', 2, "part.number"),
    "a key written with an escape": ('label = "x"\n[part]\n"n\\u0075mber" = 99\n', 3, "part.number"),
    "an inline table": ('label = "x"\npart = { name = "a # b", number = 99 }\n', 2, "part.number"),
    "an array of tables": (
        'label = "x"\n[[pins]]\nnumber = 1\n[[pins]]\nname = ""\nnumber = 99\n',
        6,
        "pins[1].number",
    ),
    "inline tables on lines of their own": (
        'label = "x"\npins = [\n  { number = 1 }, # }]\n  # { number = 98 },\n  { number = 99 },\n]\n',
        5,
        "pins[1].number",
    ),
    "after a text of many lines": (
        'label = """\nwidth = "x"\n[part]\\"""" \npart.number = 99\n',
        4,
        "part.number",
    ),
    "after a literal text of many lines": (
        "label = '''\n[[pins]]\n'number' = ''''\npart.number = 99\n",
        4,
        "part.number",
    ),
    "after brackets in a text": ('label = "[x]=#"\nways = { "a]b" = "}" }\npart.number = 99\n', 3, "part.number"),
    "Windows' line ends": ('label = "x"\r\n\r\n[part]\r\nnumber = 99\r\n', 4, "part.number"),
    "characters that only some take for a line's end": ('label = "\u2028\x85"\npart.number = 99\n', 2, "part.number"),
    "no line end at the end": ('label = "x"\npart.number = 99', 2, "part.number"),
}


@pytest.mark.parametrize("name", PLACES)
def test_the_line_is_right_in(name: str) -> None:
    text, line, path = PLACES[name]
    assert mistakes(text) == [f"box.toml, line {line}, {path}: found 99, expected a pin, 0 to 9"]


def test_what_is_missing_is_told_by_the_line_of_its_table() -> None:
    text = 'label = "x"\n[[pins]]\nnumber = 1\n\n[[pins]]\nname = "b"\n'
    assert mistakes(text) == ["box.toml, line 5, pins[1].number: found nothing, expected a pin, 0 to 9"]
    text = 'label = "x"\npins = [\n{ number = 1 },\n{ name = "b" },\n]'
    assert mistakes(text) == ["box.toml, line 4, pins[1].number: found nothing, expected a pin, 0 to 9"]


def test_keys_that_are_hardly_keys_have_lines_too_and_are_quoted() -> None:
    text = 'label = "x"\n"" = 1\n"a.b" = 1\n"a[b" = 1\n"two\\nlines" = 1\n'
    choices = "expected one of label, width, open, pins, ways, part"
    assert mistakes(text) == [
        f'box.toml, line 2, "": found an unknown key "", {choices}',
        f'box.toml, line 3, "a.b": found an unknown key "a.b", {choices}',
        f'box.toml, line 4, "a[b": found an unknown key "a[b", {choices}',
        f'box.toml, line 5, "two\\nlines": found an unknown key "two\\nlines", {choices}',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("label x", ', line 1: found a line without "=", expected key = value, or # in front of a remark'),
        (
            'label = "x"\nwidth = \n',
            ', line 2, width: found nothing behind "=", expected a value, or # in front of width',
        ),
        (
            'label = "x"\nlabel = "y"\n',
            ', line 2, label: found "label" a second time, the first time on line 1, expected it once',
        ),
        ('\n\nlabel = "x', ', line 3, label: found a text without its closing quote, expected label = "…"'),
        (
            "label = " + "[" * 50_000,
            ": found brackets within brackets without end, expected lines such as key = value",
        ),
        ("width = " + "1" * 5_000, ": found a number of thousands of digits, expected a shorter one"),
    ],
)
def test_what_is_not_toml_is_told_with_its_line(text: str, said: str) -> None:
    assert mistakes(text) == [f"box.toml{said}"]


def test_what_can_not_be_read_hides_nothing_that_can() -> None:
    text = "label = x\nwidht = 1\npins = [1, 2\n[part]\nnumber = 10\nnumber = 3\n"
    assert mistakes(text) == [
        'box.toml, line 1, label: found a text without quotes, expected label = "…"',
        'box.toml, line 2, widht: found an unknown key "widht", expected "width"?',
        "box.toml, line 3, pins: found a list without its closing bracket, expected pins = […, …]",
        "box.toml, line 5, part.number: found 10, expected a pin, 0 to 9",
        'box.toml, line 6, part.number: found "number" a second time, the first time on line 5, expected it once',
    ]


def test_the_error_is_a_value_error_and_a_kiosk_error_with_a_line_for_each_mistake() -> None:
    with pytest.raises(SettingsError) as caught:
        checked.parse("width = 'x'", "box.toml", Box, ())
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, KioskError)
    assert caught.value.source == "box.toml"
    assert str(caught.value).splitlines() == list(caught.value.mistakes)
    assert caught.value.__cause__ is None


def test_checks_add_what_types_cannot_say() -> None:
    def wide(box: Box) -> Iterator[tuple[str, str]]:
        yield "width", f"found {box.width}, expected more"

    assert mistakes('label = "x"\nwidth = 2', wide) == ["box.toml, line 2, width: found 2, expected more"]
    assert mistakes("width = 2", wide) == [
        "box.toml, label: found nothing, expected a label",
        "box.toml, line 1, width: found 2, expected more",
    ]


def test_a_check_is_not_heard_on_a_value_that_was_already_found_wrong() -> None:
    def on_itself(box: Box) -> Iterator[tuple[str, str]]:
        yield "width", "found something, expected something else"

    def names_it(box: Box) -> Iterator[tuple[str, str]]:
        yield "label", f"found a label for {box.width}"

    def stumbles(box: Box) -> Iterator[tuple[str, str]]:
        yield "label", "found a short label"
        yield "label", "x" * box.width

    text = 'label = "x"\nwidth = "y"'
    assert mistakes(text, on_itself, names_it, stumbles) == [
        "box.toml, line 1, label: found a short label",
        'box.toml, line 2, width: found "y", expected a whole number',
    ]


def test_a_check_that_stumbles_over_a_right_file_is_our_own_mistake_and_not_hidden() -> None:
    def broken(box: Box) -> Iterator[tuple[str, str]]:
        raise AttributeError("a bug")
        yield

    with pytest.raises(AttributeError, match="a bug"):
        checked.parse('label = "x"', "box.toml", Box, [broken])


def test_a_megabyte_of_mistakes_is_told_in_seconds() -> None:
    assert len(mistakes("".join(f"k{number} = 1\n" for number in range(20_000)))) == 20_001


HUGE = object()
"""A number that Python reads but won't write out."""

ODD = st.recursive(
    st.booleans()
    | st.integers()
    | st.just(HUGE)
    | st.floats()
    | st.text(max_size=10)
    | st.dates()
    | st.times()
    | st.datetimes(timezones=st.none() | st.just(datetime.UTC)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def trees(kind: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    """Tables with known keys, each with something odd, or a table, or tables of the next level under it."""

    def of(kind: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
        inner = {
            name: st.deferred(lambda s=s: of(s) | st.lists(of(s), max_size=2) | ODD)  # type: ignore[misc]
            for name, hint in checked.get_type_hints(kind, include_extras=True).items()
            for s in structs_in(hint)
        }
        known = st.fixed_dictionaries({}, optional={n: inner.get(n, ODD) for n in kind.__struct_fields__})
        return st.tuples(known, st.dictionaries(st.text(max_size=6), ODD, max_size=1)).map(lambda two: two[1] | two[0])

    return of(kind)


def every_struct(kind: type[msgspec.Struct]) -> set[type[msgspec.Struct]]:
    """`kind` and all that can stand in it."""
    hints = checked.get_type_hints(kind, include_extras=True).values()
    return {kind}.union(*(every_struct(inner) for hint in hints for inner in structs_in(hint)))


@pytest.mark.parametrize("kind", [settings.Settings, survey.Survey])
def test_every_struct_of_a_file_forbids_what_it_does_not_know(kind: type[msgspec.Struct]) -> None:
    # Else a good file with a misspelt key would be taken at once, and nobody would hear of it.
    found = every_struct(kind)
    assert len(found) > 5
    assert not [each.__name__ for each in found if not each.__struct_config__.forbid_unknown_fields]


@pytest.mark.parametrize(
    ("text", "kind", "hook"),
    [
        ((ROOT / "kiosk/surveys/visit.toml").read_text(encoding="utf-8"), survey.Survey, None),
        (filled(template(), {("kiosk", "id"): "a"}), settings.Settings, settings._secret),
        ('label = "x"\npart.number = 3\n[[pins]]\nnumber = 1\n[ways]\nup = "u"\n', Box, None),
    ],
    ids=["survey", "settings", "box"],
)
def test_a_good_file_is_taken_at_once_as_walking_it_would(
    text: str, kind: type[msgspec.Struct], hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tomllib.loads(text)
    found: list[tuple[str, str]] = []
    walked = checked._walk(tree, kind, "", found, hook)
    assert not found
    monkeypatch.setattr(checked, "_walk", lambda *_: pytest.fail("it was walked"))
    assert checked.judge(tree, kind, (), hook) == (walked, [])


def structs_in(hint: Any) -> list[type[msgspec.Struct]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return [hint]
    return [found for argument in checked.get_args(hint) for found in structs_in(argument)][:1]


def toml(value: Any) -> str:
    """A value as TOML, tables inline."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case float():
            return repr(value)
        case str():
            return quoted(value)
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{quoted(k)} = {toml(v)}" for k, v in value.items()) + "}"
        case _:
            return f"0x{'f' * 5_000}" if value is HUGE else str(value.isoformat())


def quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08x}" if not c.isalnum() or not c.isascii() else c for c in text) + '"'


def parse_quietly(parse: Callable[[str], object], text: str) -> list[str]:
    try:
        parse(text)
    except SettingsError as error:
        assert error.mistakes
        assert all(mistake and "\n" not in mistake for mistake in error.mistakes)
        return list(error.mistakes)
    return []


@pytest.mark.parametrize("parse", [settings.parse, survey.parse], ids=["settings", "survey"])
@given(text=st.text() | st.text("[]{}=\"'.,#\\\n\r \tab1-é\u2028"))
def test_any_text_at_all_is_parsed_or_told_in_words(parse: Callable[[str], object], text: str) -> None:
    parse_quietly(parse, text)


@given(tree=trees(settings.Settings))
def test_any_settings_of_odd_values_are_parsed_or_told_in_words_each_with_its_line(tree: dict[str, Any]) -> None:
    odd_tree(settings.parse, tree)


@given(tree=trees(survey.Survey))
def test_any_survey_of_odd_values_is_parsed_or_told_in_words_each_with_its_line(tree: dict[str, Any]) -> None:
    odd_tree(survey.parse, tree)


def odd_tree(parse: Callable[[str], object], tree: dict[str, Any]) -> None:
    text = "".join(f"{quoted(key)} = {toml(value)}\n" for key, value in tree.items())
    assert tomllib.loads(text).keys() == tree.keys()
    for mistake in parse_quietly(parse, text):
        assert "UNSET" not in mistake
        place = mistake.split(", ", 1)[1]
        if place.startswith("line "):  # each key of the first level stands on a line of its own
            key = list(tree)[int(place[5:].split(",")[0]) - 1]
            assert place.split(", ", 1)[1].startswith(checked.in_path(key))
        else:
            assert "found nothing" in mistake
