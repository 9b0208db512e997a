"""The survey that ships with Moodpost, what a survey asks after which face, and each mistake that one can have."""

from __future__ import annotations

import pytest

from kiosk import survey
from kiosk.errors import SettingsError
from kiosk.files import bundled_survey
from kiosk.survey import FollowUp, Survey

GOOD = """\
id = "lunch"
version = 3
languages = ["en", "fi"]
[question]
id = "lunch"
text = { en = "How was lunch?", fi = "Millainen lounas oli?" }
[[faces]]
label = { en = "Good", fi = "Hyvä" }
[[faces]]
label = { en = "Bad", fi = "Huono" }
[[followups]]
id = "why"
kind = "choice"
faces = [2]
text = { en = "Why?", fi = "Miksi?" }
choices = [
    { id = "cold", text = { en = "Cold", fi = "Kylmä" } },
    { id = "late", text = { en = "Late", fi = "Myöhässä" } },
]
[[followups]]
id = "more"
kind = "text"
text = { en = "More?", fi = "Lisää?" }
[thanks]
text = { en = "Thanks!", fi = "Kiitos!" }
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        survey.parse(text)
    return [mistake.removeprefix("survey.toml, ") for mistake in caught.value.mistakes]


def spoilt(old: str, new: str) -> list[str]:
    """The mistakes of the good survey with `old` replaced."""
    assert GOOD.count(old) == 1
    return mistakes(GOOD.replace(old, new))


def test_a_survey_is_known_by_its_id_and_version() -> None:
    assert survey.parse(GOOD).name == "lunch/3"


def test_a_follow_up_is_asked_after_its_faces_or_after_all() -> None:
    lunch = survey.parse(GOOD)
    assert [f.id for f in lunch.asked(1, {}, {"choice", "text"}, "en")] == ["more"]
    assert [f.id for f in lunch.asked(2, {}, {"choice", "text"}, "en")] == ["why", "more"]


def test_a_kind_that_cannot_be_shown_is_not_asked() -> None:
    assert [f.id for f in survey.parse(GOOD).asked(2, {}, {"choice"}, "en")] == ["why"]
    assert survey.parse(GOOD).asked(2, {}, set(), "en") == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'id = "lunch"\nversion',
            'id = "Lunch!"\nversion',
            'line 1, id: found "Lunch!", expected a short id: a small letter, then up to 31 small letters, digits, - '
            "or _",
        ),
        (
            'id = "lunch"\nversion',
            'id = "lunch\\n"\nversion',
            'line 1, id: found "lunch\\n", expected a short id: a small letter, then up to 31 small letters, digits, - '
            "or _",
        ),
        (
            "version = 3",
            "version = 0",
            "line 2, version: found 0, expected a whole number from 1, raised at every change",
        ),
        ("version = 3\n", "", "version: found nothing, expected a whole number from 1, raised at every change"),
        (
            'languages = ["en", "fi"]',
            'languages = ["en", "fi", "en"]',
            'line 3, languages: found "en" more than once, expected each language once',
        ),
        (
            ', fi = "Millainen lounas oli?"',
            "",
            'line 6, question.text: found no text in "fi", expected one for each of en, fi',
        ),
        (
            'fi = "Hyvä"',
            'fi = "Hyvä", sv = "Bra"',
            'line 8, faces[0].label.sv: found a text in "sv", expected only en, fi',
        ),
        (
            'en = "Late", ',
            "",
            'line 18, followups[0].choices[1].text: found no text in "en", expected one for each of en, fi',
        ),
        ('fi = "Kiitos!"', 'fi = ""', 'line 25, thanks.text.fi: found "", expected a text of 1 to 200 characters'),
        (
            'fi = "Kiitos!"',
            'fi = " \\t"',
            'line 25, thanks.text.fi: found " \\t", expected a text of 1 to 200 characters',
        ),
        (
            'fi = "Kylmä"',
            f'fi = "{"x" * 201}"',
            f'line 17, followups[0].choices[0].text.fi: found "{"x" * 56}…, expected a text of 1 to 200 characters',
        ),
        (
            "faces = [2]",
            "faces = [3]",
            "line 14, followups[0].faces[0]: found 3, expected a face from 1 to 2",
        ),
        (
            "faces = [2]",
            "faces = [1, 0]",
            "line 14, followups[0].faces[1]: found 0, expected a face number, 1 (happiest) to the number of faces",
        ),
        (
            'kind = "choice"',
            'kind = "stars"',
            'line 13, followups[0].kind: found "stars", expected "choice", "choices", "nps" or "text"',
        ),
        (
            'kind = "choice"',
            'kind = "text"',
            'line 16, followups[0].choices: found choices for open text, expected none (or kind = "choice")',
        ),
        (
            'kind = "text"',
            'kind = "choices"',
            "line 20, followups[1].choices: found 0, expected 2 to 6 choices",
        ),
        (
            '{ id = "cold"',
            '{ id = "late"',
            'line 16, followups[0].choices: found the id "late" more than once, expected each once',
        ),
        (
            'id = "more"',
            'id = "why"',
            'line 11, followups: found the id "why" more than once, expected every question to have its own',
        ),
        (
            'id = "more"',
            'id = "lunch"',
            'line 11, followups: found the id "lunch" more than once, expected every question to have its own',
        ),
        (
            '[thanks]\ntext = { en = "Thanks!", fi = "Kiitos!" }\n',
            "",
            "thanks: found nothing, expected a table [thanks]",
        ),
    ],
)
def test_a_mistake_in_a_survey_is_told(old: str, new: str, said: str) -> None:
    assert spoilt(old, new) == [said]


def test_a_key_that_was_misspelt_is_told_as_unknown_and_as_missing() -> None:
    assert spoilt('text = { en = "Thanks!"', 'txt = { en = "Thanks!"') == [
        "line 24, thanks.text: found nothing, expected a table of texts, one a language",
        'line 25, thanks.txt: found an unknown key "txt", expected "text"?',
    ]
    assert spoilt('[[faces]]\nlabel = { en = "Bad"', '[[face]]\nlabel = { en = "Bad"') == [
        "line 7, faces: found 1, expected 2 to 5 [[faces]] tables, happiest first",
        'line 9, face: found an unknown key "face", expected "faces"?',
        "line 14, followups[0].faces[0]: found 2, expected a face from 1 to 1",
    ]


def test_a_survey_has_two_to_five_faces() -> None:
    face = '[[faces]]\nlabel = { en = "x", fi = "y" }\n'
    for more in range(4):
        survey.parse(GOOD.replace('[[followups]]\nid = "why"', face * more + '[[followups]]\nid = "why"'))
    assert mistakes(GOOD.replace('[[followups]]\nid = "why"', face * 4 + '[[followups]]\nid = "why"')) == [
        "line 7, faces: found 6, expected 2 to 5 [[faces]] tables, happiest first"
    ]
    assert "line 7, faces: found 1, expected 2 to 5 [[faces]] tables, happiest first" in spoilt(
        '[[faces]]\nlabel = { en = "Bad", fi = "Huono" }\n', ""
    )


def test_a_follow_up_has_two_to_six_choices() -> None:
    late = '    { id = "late", text = { en = "Late", fi = "Myöhässä" } },\n'
    more = [late.replace('"late"', f'"c{number}"') for number in range(6)]
    survey.parse(GOOD.replace(late, "".join(more[:5])))
    assert spoilt(late, "".join(more)) == ["line 16, followups[0].choices: found 7, expected 2 to 6 choices"]
    assert spoilt(late, "") == ["line 16, followups[0].choices: found 1, expected 2 to 6 choices"]


def test_an_empty_list_of_languages_is_told() -> None:
    assert spoilt('languages = ["en", "fi"]', "languages = []")[0] == (
        "line 3, languages: found an empty list, expected at least one language code"
    )


def test_a_language_that_is_wrong_itself_is_told_once_and_no_text_is_asked_for_in_it() -> None:
    assert spoilt('languages = ["en", "fi"]', 'languages = ["en", "fi", 5]') == [
        'line 3, languages[2]: found 5, expected a language code such as "en"'
    ]


BRANCH = 'id = "more"\nkind = "text"\n'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            BRANCH,
            BRANCH + 'after = { how = ["cold"] }\n',
            'line 23, followups[1].after.how: found "how", expected an earlier follow-up with choices: why',
        ),
        (
            'id = "why"\n',
            'id = "why"\nafter = { more = ["x"] }\n',
            'line 13, followups[0].after.more: found "more", expected an earlier follow-up with choices: none, as '
            "nothing with choices comes before",
        ),
        (
            BRANCH,
            BRANCH + "after = { why = [] }\n",
            "line 23, followups[1].after.why: found an empty list, expected some of cold, late",
        ),
        (
            BRANCH,
            BRANCH + 'after = { why = ["hot"] }\n',
            'line 23, followups[1].after.why: found "hot", expected some of cold, late',
        ),
        (
            "faces = [2]",
            "scores = [2]",
            'line 14, followups[0].scores: found scores, expected faces (or scale = "nps" in [question])',
        ),
        (
            '[question]\nid = "lunch"\n',
            '[question]\nid = "lunch"\nlow = { en = "No", fi = "Ei" }\n',
            'line 6, question.low: found words for a scale, expected them with scale = "nps" only',
        ),
        (
            '[question]\nid = "lunch"\n',
            '[question]\nid = "lunch"\nscale = "nps"\n',
            'line 8, faces: found 2 faces beside scale = "nps", expected none',
        ),
        (
            "faces = [2]",
            'faces = [2]\nhigh = { en = "Yes", fi = "Joo" }',
            'line 15, followups[0].high: found words for a scale, expected them with kind = "nps" only',
        ),
        (
            "faces = [2]",
            'faces = [2]\nkeyboards = { fi = "latin" }',
            'line 15, followups[0].keyboards: found keyboards, expected them with kind = "text" only',
        ),
        (
            BRANCH,
            BRANCH + 'keyboards = { sv = "latin" }\n',
            'line 23, followups[1].keyboards.sv: found "sv", expected one of en, fi',
        ),
        (
            "[thanks]",
            "[schedule]\nfirst = 2026-12-24\nlast = 2026-12-01\n[thanks]",
            "line 26, schedule.last: found 2026-12-01, expected a day not before 2026-12-24",
        ),
        (
            "[thanks]",
            '[schedule]\ndays = ["monday"]\n[thanks]',
            'line 25, schedule.days[0]: found "monday", expected a day such as "mon"',
        ),
        (
            "[thanks]",
            '[schedule]\nfirst = "soon"\n[thanks]',
            'line 25, schedule.first: found "soon", expected a date such as 2026-12-01',
        ),
    ],
)
def test_a_mistake_in_a_branch_a_scale_a_keyboard_or_a_schedule_is_told(old: str, new: str, said: str) -> None:
    assert said in spoilt(old, new)


def test_a_branch_may_wait_for_a_score() -> None:
    asked = survey.parse(
        GOOD.replace('kind = "text"\n', 'kind = "nps"\n').replace(
            "[thanks]",
            '[[followups]]\nid = "last"\nkind = "text"\nafter = { more = ["0", "1"] }\n'
            'text = { en = "L", fi = "L" }\n[thanks]',
        )
    )
    kinds = {"choice", "nps", "text"}
    assert [f.id for f in asked.asked(1, {"more": "1"}, kinds, "en")] == ["more", "last"]
    assert [f.id for f in asked.asked(1, {"more": "2"}, kinds, "en")] == ["more"]


def test_what_is_typed_with_is_the_languages_own_but_where_no_touchscreen_types_it() -> None:
    text = FollowUp("t", "text", {}, keyboards={"sv": "none", "zh-Hant": "own"})
    told = [text.keyboard(code) for code in ("en", "ja", "zh", "zh-TW", "zh-Hant", "sv")]
    assert told == ["own", "kana", "latin", "latin", "own", "none"]


def test_an_empty_survey_tells_everything_that_is_missing() -> None:
    assert mistakes("") == [
        "id: found nothing, expected a short id: a small letter, then up to 31 small letters, digits, - or _",
        "version: found nothing, expected a whole number from 1, raised at every change",
        "languages: found nothing, expected a list of language codes, the default first",
        "question: found nothing, expected a table [question]",
        "thanks: found nothing, expected a table [thanks]",
        "faces: found nothing, expected 2 to 5 [[faces]] tables, happiest first",
    ]


def test_the_bundled_survey_is_right_and_asks_in_eighteen_languages() -> None:
    bundled = bundled_survey()
    assert bundled.name == "visit/2"
    assert (len(bundled.languages), bundled.languages[0]) == (18, "en")
    assert [face.label["en"] for face in bundled.faces] == ["Very good", "Good", "Bad", "Very bad"]


@pytest.mark.parametrize("face", [3, 4])
def test_the_bundled_survey_asks_the_unhappy_what_to_improve_with_six_choices(bundled: Survey, face: int) -> None:
    improve, comment = bundled.asked(face, {}, {"choice", "choices", "text"}, "en")
    assert (improve.kind, improve.text["en"]) == ("choices", "What should we improve?")
    assert [choice.id for choice in improve.choices] == [
        "waiting",
        "cleanliness",
        "staff",
        "information",
        "price",
        "other",
    ]
    assert_open_text(comment)


@pytest.mark.parametrize("face", [1, 2])
def test_the_bundled_survey_asks_the_happy_what_they_liked(bundled: Survey, face: int) -> None:
    liked, comment = bundled.asked(face, {}, {"choice", "choices", "text"}, "en")
    assert (liked.kind, liked.text["en"]) == ("choice", "What did you like?")
    assert len(liked.choices) == 6
    assert_open_text(comment)


def assert_open_text(followup: FollowUp) -> None:
    """It comes last, so that whoever has nothing to write has answered everything else."""
    assert (followup.kind, followup.choices) == ("text", [])
