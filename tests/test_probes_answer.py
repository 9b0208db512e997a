"""What an answer means: the endpoint, a portal, a proxy, a clock that is wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sync import probes_answer
from sync.reply import Answer, NoAnswer, judge
from sync.sender import DENIED
from tests.test_reply import PARCEL

HOST = "feedback.example.com"
NOTHING = NoAnswer("no answer within 4.5 s")
HTML = {"content-type": "text/html; charset=utf-8"}


def an(status: int, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"")


@pytest.mark.parametrize(
    ("answer", "condition"),
    [
        (an(405), "good"),
        (an(404, content_type="text/html"), "good"),
        (an(200, content_type="application/json"), "good"),
        (an(200, content_type="text/html"), "bad"),
        (an(200, content_type="TEXT/HTML; charset=x"), "bad"),
        (an(511), "bad"),
        (an(302, location="http://portal.example/login?mac=aa:bb&ssid=Store"), "bad"),
        (an(302, location="https://feedback.example.com/elsewhere"), "good"),
        (an(302, location="/elsewhere"), "good"),
        (an(302, location="http://[broken"), "bad"),
        (NOTHING, "unknown"),
    ],
)
def test_a_portal_is_seen_by_its_page_or_by_where_it_leads(answer: Answer | NoAnswer, condition: str) -> None:
    reading = probes_answer.portal(answer, HOST)
    assert (reading.name, reading.condition) == ("portal", condition)
    assert "ssid" not in reading.raw, "the rest of a portal's address may name the network"


@pytest.mark.parametrize(
    ("answer", "stranger", "condition"),
    [
        (an(302, location="http://portal.example/"), False, "bad"),
        (an(301, location="https://feedback.example.com/"), True, "unknown"),
        (an(301, location="https://feedback.example.com/"), False, "good"),
        (an(200, content_type="text/html"), True, "bad"),
        (an(200, content_type="text/html"), False, "good"),  # a server's default page
        (an(511), False, "bad"),
        (NOTHING, True, "unknown"),
    ],
)
def test_without_encryption_a_page_is_a_portals_only_where_a_stranger_was_met(
    answer: Answer | NoAnswer, stranger: bool, condition: str
) -> None:
    assert probes_answer.portal_in_plain(answer, HOST, stranger=stranger).condition == condition


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (NOTHING, "takes connections and then does not answer"),
        (an(500), "is in trouble (it answers 500)"),
        (an(503, content_type="text/html"), "is in trouble (it answers 503)"),
        (an(308, location="/elsewhere"), "the address in the settings is not the final one"),
        (an(407), "A proxy wants a password"),
    ],
)
def test_an_endpoint_that_is_not_well_is_told(answer: Answer | NoAnswer, words: str) -> None:
    reading = probes_answer.endpoint(answer, "")
    assert (reading.name, reading.condition, words in reading.said) == ("endpoint", "bad", True)


@pytest.mark.parametrize("status", [200, 400, 401, 404, 405])
def test_whatever_else_it_answers_it_is_there(status: int) -> None:
    assert probes_answer.endpoint(an(status), "").condition == "good"
    assert probes_answer.endpoint(an(status), "row 3 is refused: 422 batch").condition == "good"


@pytest.mark.parametrize("status", [200, 404])
def test_what_the_sender_met_at_a_wrong_address_makes_the_endpoint_bad(status: int) -> None:
    verdict = judge(Answer(status, HTML, b"<html>"), PARCEL, "south")
    reading = probes_answer.endpoint(an(404), verdict.reason)  # type: ignore[union-attr]
    assert (reading.condition, "no endpoint of Moodpost" in reading.said) == ("bad", True)


def test_a_token_is_judged_by_what_the_sender_was_told_last() -> None:
    refused = probes_answer.token(f"{DENIED}: 401 token", "boot 5")
    assert (refused.name, refused.condition, refused.raw) == ("token", "bad", f"{DENIED}: 401 token")
    assert probes_answer.token("", "boot 5").condition == "good"
    assert probes_answer.token("", "").condition == "unknown"


NOON = datetime(2026, 11, 26, 12, tzinfo=UTC).timestamp()
DATE = "Thu, 26 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("now", "is_set", "said"),
    [
        (NOON + 119, True, "The clock goes with the endpoint's."),
        (NOON + 300, True, "The clock is 5 minutes ahead of the endpoint's: are its time servers right?"),
        (
            NOON - 7_300,
            False,
            "The clock is 2 hours behind the endpoint's: nobody has set it. Is NTP (UDP port 123) blocked?",
        ),
        (NOON - 86_400 * 400, True, "The clock is 400 days behind the endpoint's: are its time servers right?"),
    ],
)
def test_a_clock_that_differs_from_the_endpoints_is_told(now: float, is_set: bool, said: str) -> None:
    assert probes_answer.drift(an(405, date=DATE), now, clock_is_set=is_set).said == said


@pytest.mark.parametrize("answer", [NOTHING, an(200), an(200, date="soon"), an(200, date="Thu, 99 Nov 2026 12:00:00")])
def test_without_a_date_nothing_is_said_of_the_clock(answer: Answer | NoAnswer) -> None:
    assert probes_answer.drift(answer, NOON, clock_is_set=True).condition == "unknown"
