"""`moodpost endpoint check`: our collector passes it, and whoever breaks a rule is told which, and why."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kiosk.cli import endpoint, main
from kiosk.settings import Secret
from sync.collector.server import Server
from sync.collector.tokens import Tokens
from sync.conformance import odd, watch
from sync.conformance.check import PLAYS, WATCHED, check
from sync.conformance.exchange import Exchange, UnknownError
from sync.conformance.player import Player
from sync.conformance.rules import ANSWER, BODY, BOOKS, CHECK, RULES, Verdict
from sync.errors import EndpointError, ProtocolError
from sync.reply import Answer, NoAnswer
from sync.transport import Transport
from tests.conftest import ROOT, until
from tests.faulty import Behaviour, FaultServer, hangs_up, redirects, says, stays_silent, trickles
from tests.naive import READER, TOKEN, Handler, naive, serving
from tests.running import free_port

KIOSK = "check-lobby"
TOKENS = Tokens({KIOSK: TOKEN, "reader": READER, "espoo": "espoo-token-0123456789"})
ABOUT_TOKENS = {"token-missing", "token-wrong", "token-other"}
ABOUT_BOOKS = ("book-kept", "book-same", "book-lost", "book-unfolds")
NO_BOOKS = dict.fromkeys(ABOUT_BOOKS, "the endpoint promises to keep no book, and need not")
GARBAGE = ("too-many-rows", "unfolds", "not-gzip", "cut-gzip", "not-json", "bad-values", "other-version")

FLAWS: dict[str, dict[str, str]] = {
    "acks nothing": {"first-batch": "nothing new was acknowledged: found ack 0, expected 6"},
    "locked for ever": {"first-batch": "it was not acknowledged in 3 tries"},
    "one ack for all": {"ack-names": "found `nonce` 'the-same-for-all', expected"},
    "nonce of the first answer": {"ack-names": "found `nonce` "},
    "epoch left out": {"ack-names": "found `epoch` None, expected"},
    "ack beyond last": {"ack-range": "found `ack` 7, expected 0 to 6"},
    "milliseconds": {"ack-time": "expected Unix seconds of our days (not milliseconds)"},
    "time as text": {"ack-time": "found `time` 'now', expected a whole number of seconds"},
    "counts again": {"counted-once": "found 42 rows counted, expected 12"},
    "refuses the same nonce": {"same-again": "found 400, expected an", "parallel": "found 400 to one of two"},
    "refuses a new nonce": {
        "book-same": "found 400 without an acknowledgement",
        "new-nonce": "found 400 without an acknowledgement",
        "epochs-apart": "found 400 without an acknowledgement",
        "parallel": "found 400 without an acknowledgement",
    },
    "refuses what it has": {
        "book-same": "found 409 without an acknowledgement",
        "same-again": "found 409, expected an acknowledgement",
        "new-nonce": "found 409 without an acknowledgement",
        "overlap": "found 409 without an acknowledgement",
        "missing-later": "found 409 without an acknowledgement",
        "fork": "found `error` 'duplicate', expected \"fork\"",
        "fork-kept": "found 409 without an acknowledgement",
        "epochs-apart": "found 409 without an acknowledgement",
        "parallel": "found 409 to one of two",
    },
    "refuses an overlap": {"overlap": "found 409 without an acknowledgement"},
    "takes a small gap": {"gap": "it was acknowledged, not refused with 409"},
    "acks what it has after a gap": {
        "gap": "found `ack` 10, expected 409: a kiosk takes it for a stranger's answer and never goes back",
        "start": "it was acknowledged, not refused with 409",
        "epochs-apart": "it was acknowledged, not refused with 409",
        "ack-range": "found `ack` 10, expected 20 to 25",
    },
    "gap without have": {
        "gap": "found no `have`, expected 10",
        "start": "found no `have`, expected 6",
        "epochs-apart": "found no `have`, expected 4",
    },
    "no batch without rows": {"missing": "found 400 without an acknowledgement"},
    "missing for ever": {"missing-later": "found 409 without an acknowledgement"},
    "starts at 1": {"start": "found `have` 0, expected 6"},
    "forgets start": {"other-start": "it was acknowledged, not refused with"},
    "keeps the first and acks": {"fork": "it was acknowledged, not refused with 409"},
    "overwrites and acks": {"fork": "it was acknowledged, not refused with 409"},
    "fork without seq": {"fork": "found `seq` None, expected 3"},
    "overwrites and refuses": {"fork-kept": "found 409 without an acknowledgement"},
    "keeps what is new of a fork": {"fork-whole": "rows 4 to 6 of the refused batch seem to be kept"},
    "one epoch for all": {
        "counted-once": "found 3 rows counted, expected 12",
        "fork-whole": "rows 4 to 6 of the refused batch seem to be kept",
        "epochs-apart": "found 409 without an acknowledgement",
    },
    "one have for all": {
        "gap": "found `have` 12, expected 10",
        "start": "it was acknowledged, not refused with 409",
        "epochs-apart": "it was acknowledged, not refused with 409",
    },
    "trips over twins": {"parallel": "found 400 to one of two, expected 200 or 503"},
    "small batches only": {"most-rows": "found 400, expected 200 or 413"},
    "batches without end": {"too-many-rows": "it was acknowledged, not refused with 413 or 400"},
    "bodies without end": {"too-large": "it was acknowledged, not refused with 413 or 400"},
    "unzips everything": {"unfolds": "it was acknowledged, not refused with 413 or 400"},
    "takes plain JSON": {"not-gzip": "it was acknowledged, not refused with 400"},
    "takes half a gzip": {"cut-gzip": "it was acknowledged, not refused with 400"},
    "500 on garbage": dict.fromkeys(GARBAGE, "found 500, expected "),
    "hangs up on garbage": dict.fromkeys(GARBAGE, "the connection ended without an answer, expected "),
    "takes what it does not know": {"bad-values": "it was acknowledged, not refused with 400"},
    "ignores v": {"other-version": "it was acknowledged, not refused with 400"},
    "promises another book": dict.fromkeys(ABOUT_BOOKS, "found `book` 'the-latest', expected '"),
    "forgets books": {
        "book-kept": "found 409, expected an acknowledgement of rows",
        "book-unfolds": "found 409, expected",
    },
    "reads books wrongly": {"book-same": "found 409 without an acknowledgement"},
    "lost book in other words": {"book-lost": "found `error` 'batch', expected \"book\""},
    "acks a book it lost": {"book-lost": "it was acknowledged, not refused with 409"},
    "unfolds books": {"book-unfolds": "it was acknowledged, not refused with 413"},
    "no auth": {"token-missing": "it was acknowledged, not refused with 401"},
    "any token": {"token-wrong": "it was acknowledged, not", "token-other": "it was acknowledged, not"},
    "any kiosk's token": {"token-other": "it was acknowledged, not refused with 401 or 403"},
    "nobody is asked": dict.fromkeys(ABOUT_TOKENS, "it was acknowledged, not refused with 401"),
    "acks a GET": {"other-methods": "it looks like an acknowledgement, and nothing was sent"},
    "500 on HEAD": {"other-methods": "found 500, expected 405, 404 or the like"},
    "impatient": {"slow-body": "found 400, expected 200"},
    "sulks": {"keep-alive": "found 400 without an acknowledgement"},
    "refuses without names": {"refusal-names": "found `kiosk` None, expected 'check-lobby'"},
    "refuses in HTML": {"refusal-names": "found no JSON object, expected one with kiosk, epoch, nonce and error"},
}
"""Each flaw of the naive endpoint, with the rules it breaks, all of them, and why they are said to be broken."""


def player(url: str, *, token: str = "", reader: str = "", total_s: float = 60.0, paused: bool = False) -> Player:
    """The made-up kiosk, without any pause unless `paused`."""
    pause = time.sleep if paused else lambda seconds: None
    return Player(
        url, KIOSK, token=Secret(token), reader=Secret(reader), total_s=total_s, client=Transport, pause=pause
    )


def played(url: str, **how: Any) -> dict[str, Verdict]:
    """All verdicts by rule."""
    return {verdict.rule: verdict for verdict in check(player(url, **how))}


def those(verdicts: dict[str, Verdict], kind: str) -> dict[str, str]:
    """The rules with a verdict of this kind, and why."""
    return {name: verdict.why for name, verdict in verdicts.items() if verdict.verdict == kind}


@contextmanager
def collector(database: Path, tokens: Tokens | None = None) -> Iterator[str]:
    """Our own endpoint, and its address."""
    server = Server(port=0, database=database, tokens=tokens)
    ready = threading.Event()
    thread = threading.Thread(target=server.run, args=(lambda url: ready.set(),))
    thread.start()
    try:
        until(ready.is_set, "the collector to listen")
        yield server.url
    finally:
        server.stop()
        thread.join(20)
        assert not thread.is_alive(), "the collector did not end"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    server = FaultServer()
    yield server
    server.close()


def checked(*arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors of the command."""
    result = CliRunner().invoke(main, ["endpoint", "check", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_our_collector_keeps_every_rule(tmp_path: Path) -> None:
    with collector(tmp_path / "c.db", TOKENS) as url:
        verdicts = played(url, token=TOKEN, reader=READER)
    assert {name: verdict for name, verdict in verdicts.items() if verdict.verdict != "ok"} == {}
    assert list(verdicts) == [rule.name for rule in RULES]


def test_our_collector_keeps_every_rule_that_can_be_tried_without_tokens(tmp_path: Path) -> None:
    with collector(tmp_path / "c.db") as url:
        verdicts = played(url)
    assert those(verdicts, "broken") == {}
    assert those(verdicts, "unknown") == dict.fromkeys(ABOUT_TOKENS, "no token was given: --token-file")


def test_without_the_reader_s_token_it_is_said_that_counts_can_not_be_seen(tmp_path: Path) -> None:
    with collector(tmp_path / "c.db", TOKENS) as url:
        verdicts = played(url, token=TOKEN)
    why = "the counts can't be seen from outside: /v1/summary wants a token: --reader-token-file"
    assert those(verdicts, "unknown") == {"counted-once": why}


def test_another_endpoint_without_flaws_keeps_every_rule() -> None:
    with naive(tokens=True) as url:
        verdicts = played(url, token=TOKEN, reader=READER)
    assert {name: verdict for name, verdict in verdicts.items() if verdict.verdict != "ok"} == {}


def test_an_endpoint_that_keeps_no_books_breaks_nothing() -> None:
    with naive(["keeps no books"]) as url:
        verdicts = played(url)
    assert those(verdicts, "broken") == {}
    assert those(verdicts, "unknown").items() >= NO_BOOKS.items()


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_breaks_its_rule_and_no_other_and_is_told(flaw: str) -> None:
    with naive([flaw], tokens=True) as url:
        # Only a slow body must be slow, or it could come in one piece.
        verdicts = played(url, token=TOKEN, reader=READER, paused=flaw == "impatient")
    broken = {name: verdict for name, verdict in verdicts.items() if verdict.verdict == "broken"}
    assert those(verdicts, "broken").keys() == FLAWS[flaw].keys()
    for name, verdict in broken.items():
        assert FLAWS[flaw][name] in verdict.why
        assert verdict.sent
        assert verdict.came
        assert TOKEN not in repr(verdict)
        assert READER not in repr(verdict)


def test_every_rule_is_broken_by_some_flaw() -> None:
    assert {rule for broken in FLAWS.values() for rule in broken} | {"in-time"} == {rule.name for rule in RULES}


class Careless(Handler):
    """Keeps nothing, compares nothing, says yes."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        try:
            batch = self.batch(body)
        except ProtocolError:
            return self.say(500, {"status": "internal error"})
        return self.say(200, {"status": "ok", "ack": batch.last, "time": 0})

    def do_GET(self) -> None:
        epochs = re.findall(r"check-[a-z]+|[0-9a-f]{16}", self.path)
        self.say(200, {"status": "ok", "ack": 0, "epochs": epochs})

    def do_HEAD(self) -> None:
        self.say(200, {})


def test_an_endpoint_that_says_yes_to_everything_fails_with_each_reason() -> None:
    with serving(Careless) as url:
        verdicts = played(url, token=TOKEN)
    assert those(verdicts, "broken") == {
        "gap": "it was acknowledged, not refused with 409",
        "start": "it was acknowledged, not refused with 409",
        "other-start": "it was acknowledged, not refused with 400 or 409 or 422",
        "fork": "it was acknowledged, not refused with 409",
        "epochs-apart": "it was acknowledged, not refused with 409",
        "too-many-rows": "found 500, expected 413 or 400 or 422",
        "too-large": "it was acknowledged, not refused with 413 or 400 or 422",
        "unfolds": "found 500, expected 413 or 400 or 422",
        "not-gzip": "found 500, expected 400 or 422 or 415",
        "cut-gzip": "found 500, expected 400 or 422 or 408",
        "not-json": "found 500, expected 400 or 422",
        "bad-values": "found 500, expected 400 or 422",
        "other-version": "found 500, expected 400 or 422",
        "token-missing": "it was acknowledged, not refused with 401 or 403",
        "token-wrong": "it was acknowledged, not refused with 401 or 403",
        "token-other": "it was acknowledged, not refused with 401 or 403 or 404",
        "other-methods": "it looks like an acknowledgement, and nothing was sent",
        "ack-names": "found `kiosk` None, expected 'check-lobby'",
        "ack-time": "found `time` 0, expected Unix seconds of our days (not milliseconds)",
    }
    forks = "no fork is refused here, so there is nothing to see after one: see fork"
    assert those(verdicts, "unknown") == {
        "counted-once": "the counts can't be seen from outside: /v1/summary does not tell this epoch's rows",
        "fork-kept": forks,
        "fork-whole": forks,
        "refusal-names": "nothing was ever refused",
        **NO_BOOKS,
    }


def test_an_endpoint_that_ends_in_between_is_not_blamed() -> None:
    class Ending(Transport):
        posted = 0

        def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer | NoAnswer:
            Ending.posted += 1
            if Ending.posted > 6:
                url = f"http://127.0.0.1:{port}/"
            return super().post(url, body, headers)

    port = free_port()
    with naive() as url:
        plays = player(url)
        plays.client = Ending
        verdicts = {verdict.rule: verdict for verdict in check(plays)}
    assert those(verdicts, "broken") == {}
    assert those(verdicts, "unknown")["gap"].startswith("nobody answers any more (ConnectError: ")


def test_an_endpoint_that_takes_a_batch_in_parts_breaks_nothing() -> None:
    with naive(["acks half"]) as url:
        assert those(played(url), "broken") == {}


def test_an_endpoint_that_is_busy_at_first_is_asked_again() -> None:
    with naive(["busy at first"]) as url:
        assert those(played(url), "broken") == {}


def test_an_endpoint_that_is_always_busy_is_not_judged() -> None:
    told = r"the endpoint was busy, however often it was asked \(503\): try again later"
    with naive(["always busy"]) as url, pytest.raises(EndpointError, match=told):
        played(url)


@pytest.mark.parametrize(
    ("flaw", "told"),
    [
        ("keeps summary", "/v1/summary answers 404"),
        ("denies readers", "/v1/summary does not take this reader's token"),
        ("sums in words", "/v1/summary does not tell this epoch's rows"),
    ],
)
def test_where_no_counts_can_be_seen_it_is_said_why(flaw: str, told: str) -> None:
    with naive([flaw], tokens=True) as url:
        verdicts = played(url, token=TOKEN, reader=READER)
    assert those(verdicts, "unknown") == {"counted-once": f"the counts can't be seen from outside: {told}"}


def test_an_answer_that_never_comes_breaks_the_deadline_and_leaves_its_rule_open() -> None:
    with naive(["hangs on v"], tokens=True) as url:
        verdicts = played(url, token=TOKEN, reader=READER, total_s=8)
    assert those(verdicts, "unknown") == {"other-version": "no answer came in time: see in-time"}
    assert those(verdicts, "broken") == {"in-time": "the answer was not there in time"}
    assert "but the version is 99" in verdicts["in-time"].sent
    assert verdicts["in-time"].came == "no answer (no answer within 8 s)"


def test_a_portal_breaks_the_first_rule_and_nothing_else_is_told(server: FaultServer) -> None:
    server.always = says(200, b"<html>Log \x07in</html>", Content_Type="text/html")
    verdicts = played(server.url)
    assert those(verdicts, "broken") == {"first-batch": "found 200 without an acknowledgement, expected 200 with one"}
    assert verdicts["first-batch"].came == "200 <html>Log  in</html>"
    assert set(those(verdicts, "unknown").values()) == {"not tried: the first batch was not acknowledged"}
    assert len(verdicts) == len(RULES)
    assert len(server.asked) == 1


def test_a_redirect_is_not_followed(server: FaultServer) -> None:
    server.always = redirects(f"{server.url}/login")
    verdicts = played(server.url)
    assert list(those(verdicts, "broken")) == ["first-batch"]
    assert len(server.asked) == 1


def test_an_endpoint_that_hangs_up_is_asked_three_times_and_then_not_there(server: FaultServer) -> None:
    server.always = hangs_up()
    with pytest.raises(EndpointError, match="nobody answers"):
        played(server.url)
    assert len(server.asked) == 3


def test_a_token_that_is_repeated_in_an_answer_is_not_shown(server: FaultServer) -> None:
    server.always = says(403, f"not {TOKEN}".encode())
    verdicts = played(server.url, token=TOKEN)
    hint = (
        "found 403 without an acknowledgement, expected 200 with one: is it this kiosk's token (--kiosk, --token-file)?"
    )
    assert those(verdicts, "broken") == {"first-batch": hint}
    assert verdicts["first-batch"].came == "403 not ***"


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        (stays_silent(), "no answer within 0.5 s"),
        (stays_silent(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), "no answer within 0.5 s"),
        (trickles(b"{", b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n"), "no answer within 0.5 s"),
        (hangs_up(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), "IncompleteRead: IncompleteRead(1 bytes read"),
        (hangs_up(), "RemoteDisconnected: "),
    ],
)
def test_an_odd_request_has_a_total_deadline_and_wants_a_whole_answer(
    server: FaultServer, behaviour: Behaviour, told: str
) -> None:
    server.always = behaviour
    answer = odd.ask("GET", server.url, {}, total_s=0.5 if "within" in told else 20)
    assert isinstance(answer, NoAnswer)
    assert answer.reason.startswith(told)


def test_an_odd_request_to_https_wants_a_certificate(server: FaultServer) -> None:
    answer = odd.ask("HEAD", server.url.replace("http:", "https:"), {}, total_s=20)
    assert isinstance(answer, NoAnswer)
    assert answer.reason.startswith("SSLError: ")


def test_a_clock_that_differs_from_ours_is_not_judged() -> None:
    answer = Answer(200, {}, b'{"ack": 1, "time": 1790000000}')
    seen = [Exchange("row 1", KIOSK, "", "", 1, 1, answer, right=True)]
    watch.ack_time(seen, now=lambda: 1_790_003_600.0)
    with pytest.raises(UnknownError, match="its clock is 3601 s from this machine's: one of the two is wrong"):
        watch.ack_time(seen, now=lambda: 1_790_003_601.0)


def test_each_rule_is_played_or_watched_and_its_section_is_on_the_page() -> None:
    assert [*PLAYS, *WATCHED] == [rule.name for rule in RULES]
    page = (ROOT / "docs/endpoint.md").read_text(encoding="utf-8")
    for section in (BODY, ANSWER, CHECK, BOOKS):
        assert f"\n## {section}\n" in page
    assert {rule.section for rule in RULES} == {BODY, ANSWER, CHECK, BOOKS}


def section() -> str:
    """What the page says about the check."""
    return (ROOT / "docs/endpoint.md").read_text(encoding="utf-8").partition(f"\n## {CHECK}\n")[2]


def test_the_page_lists_the_rules_as_they_are() -> None:
    assert re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", section(), re.MULTILINE) == [(r.name, r.asks) for r in RULES]


def test_the_sample_on_the_page_is_what_the_command_says() -> None:
    (sample,) = re.findall(r"^```\n(\$ moodpost endpoint check .*?)^```", section(), re.MULTILINE | re.DOTALL)
    with naive(["takes a small gap", "milliseconds"]) as url:
        code, said, _ = checked(url, "--kiosk", KIOSK)
    assert code == 1

    def steady(text: str) -> list[str]:
        """Without what differs in each run, and without the verdicts that the page leaves out."""
        text = re.sub(r"http://[0-9.:]+", "URL", text)
        text = re.sub(r"[0-9a-f]{16}", "EPOCH", text)
        text = re.sub(r'"nonce": "[^"]*"', '"nonce": "NONCE"', text)
        return re.sub(r"[0-9]{13}", "MILLISECONDS", re.sub(r'"time": [0-9]{10}\b', '"time": TIME', text)).splitlines()

    _, *shown = steady(sample)
    expected = iter(steady(said))
    for line in shown:
        assert line == "…" or line in expected, f"the page shows a line that is not said there: {line}"
    assert len([line for line in shown if line.startswith("BROKEN")]) == 2


def test_the_command_says_what_is_broken_and_ends_with_1() -> None:
    with naive(["counts again"]) as url:
        code, said, errors = checked(url)
    assert (code, errors) == (1, "")
    head, _, rest = said.partition("\n")
    assert re.fullmatch(rf"Playing kiosk (check-[0-9a-f]{{8}}) against {url}/v1/kiosks/\1/responses", head)
    assert "BROKEN   counted-once   found 42 rows counted, expected 12\n" in rest
    assert '           see    docs/endpoint.md, "The answer"\n' in rest
    assert rest.endswith(f"\n{len(RULES) - 4} rules ok, 1 broken, 3 unknown.\n")


def test_the_command_gives_json_and_ends_with_0(tmp_path: Path) -> None:
    for name, token in (("token", TOKEN), ("reader", READER)):
        (tmp_path / name).write_text(f"{token}\n")
    with naive(tokens=True) as url:
        code, said, errors = checked(
            f"{url}/",
            *("--kiosk", KIOSK, "--token-file", str(tmp_path / "token")),
            *("--reader-token-file", str(tmp_path / "reader"), "--json"),
        )
    assert (code, errors) == (0, "")
    told = json.loads(said)
    assert (told["kiosk"], told["url"], told["complete"]) == (KIOSK, f"{url}/v1/kiosks/{KIOSK}/responses", True)
    assert (told["ok"], told["broken"], told["unknown"]) == (len(RULES), 0, 0)
    assert told["rules"][5] == {
        "rule": "gap",
        "verdict": "ok",
        "asks": "a batch that begins beyond what you have + 1 is refused: 409 with `have`",
        "see": 'docs/endpoint.md, "The answer"',
        "why": "",
        "sent": "",
        "came": "",
    }


def test_it_asks_as_much_as_its_help_says() -> None:
    size = 0

    class Weighed(Transport):
        def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer | NoAnswer:
            nonlocal size
            size += len(body)
            return super().post(url, body, headers)

    with naive(tokens=True) as url:
        plays = player(url, token=TOKEN)
        plays.client = Weighed
        assert len(list(check(plays))) == len(RULES)
    assert 80 <= len(plays.exchanges) <= 120
    assert 1_500_000 < size < 2_500_000


def test_each_run_makes_up_another_kiosk_and_other_epochs(server: FaultServer) -> None:
    server.always = says(404)
    for _ in range(2):
        assert checked(server.url)[0] == 1
    first, second = server.asked
    assert first.path != second.path
    assert first.batch.epoch != second.batch.epoch


def test_nobody_at_the_address_is_told_and_ends_with_2() -> None:
    code, said, errors = checked(f"http://127.0.0.1:{free_port()}")
    assert code == 2
    assert "nobody answers (ConnectError: " in errors
    assert errors.endswith("). Check the address, and that the endpoint runs\n")
    assert "ok " not in said


def test_an_endpoint_that_never_answers_is_told_and_ends_with_2(server: FaultServer) -> None:
    server.always = stays_silent()
    code, said, errors = checked(server.url, "--timeout", "0.3", "--json")
    assert (code, said) == (2, "")
    assert "nobody answers (no answer within 0.3 s)" in errors


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["http://example.com"], 'found "http://example.com", expected https:// (http:// only to this machine itself)'),
        (["nonsense"], 'found "nonsense", expected an address such as "https://feedback.example.com"'),
        (['http://"\n\x7f'], "expected an address such as"),
        (["https://a:secret@example.com"], "found an address with @, ? or # (not shown here"),
        (["http://localhost", "--kiosk", "a, b"], 'kiosk.id: found "a, b", expected a name of 1 to 64 letters'),
    ],
)
def test_what_a_kiosk_s_settings_would_not_take_is_told(arguments: list[str], told: str) -> None:
    code, said, errors = checked(*arguments)
    assert (code, said) == (2, "")
    assert told in errors
    assert "secret" not in errors
    assert "moodpost.toml" not in errors


def test_a_token_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    code, _, errors = checked("http://localhost", "--token-file", str(tmp_path / "none"))
    assert code == 1
    assert "found no such file, expected one that holds the token" in errors


def test_ctrl_c_ends_it_at_once_and_says_how_far_it_came() -> None:
    command = [sys.executable, "-W", "error", "-m", "kiosk", "endpoint", "check", "--timeout", "60"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (
        naive(["hangs on v"]) as url,
        subprocess.Popen(
            [*command, url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        ) as process,
    ):
        assert process.stdout is not None
        try:
            lines = iter(process.stdout.readline, "")
            assert any(line.startswith("ok       bad-values") for line in lines)
            process.send_signal(signal.SIGINT)
            said, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    before = [rule.name for rule in RULES].index("other-version")
    assert errors == ""
    assert process.returncode == 130
    assert said == f"\nStopped after {before} of {len(RULES)} rules: {before} rules ok, 0 broken, 0 unknown.\n"


def test_with_json_a_terminal_sees_how_far_it_is() -> None:
    command = [sys.executable, "-W", "error", "-m", "kiosk", "endpoint", "check", "--json"]
    ours, theirs = pty.openpty()
    try:
        with naive() as url:
            done = subprocess.run(
                [*command, url],
                stdout=subprocess.PIPE,
                stderr=theirs,
                check=True,
                timeout=120,
                env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"},
            )
        assert json.loads(done.stdout)["complete"]
        assert b"Rules" in os.read(ours, 4096)
    finally:
        os.close(ours)
        os.close(theirs)


def test_its_help_is_enough_for_a_stranger() -> None:
    said = " ".join(CliRunner().invoke(main, ["endpoint", "check", "--help"]).output.split())
    for option in endpoint.commands["check"].params:
        assert option.opts[0].replace("url", "URL") in said
    for needed in (
        "https://feedback.example.com",
        "stay at the endpoint",
        "About 100 requests are made, of 2 MB",
        "The exit code is 0",
        "2 where nobody answers",
    ):
        assert needed in said
