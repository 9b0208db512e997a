"""What people and programs see: the live page, the lists, the API document. Hostile strings stay strings."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from sync import protocol
from sync.collector import page
from sync.collector.app import create_app
from sync.collector.latest import LastVote
from sync.collector.results import Alarm, Distribution, KioskResult, Overview, Tally
from tests.test_collector_parts import BOOT, EPOCH, KIOSK, NONCE, NOW, body, row, vote

HOSTILE = '<script>alert("x")</script>&\'<img src=x onerror=y>'
GIVEN = {"Content-Encoding": "gzip", "Moodpost-Epoch": EPOCH, "Moodpost-Nonce": NONCE}


class Seen(HTMLParser):
    """The elements and the text of a page, as a browser would see them without scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(tmp_path / "c.db", now=lambda: NOW)) as client:
        yield client


def send(client: TestClient[Any], content: bytes, kiosk: str = KIOSK) -> None:
    assert client.post(f"/v1/kiosks/{kiosk}/responses", content=content, headers=GIVEN).status_code in (200, 409)


def test_an_empty_page_says_so(client: TestClient[Any]) -> None:
    text = Seen(client.get("/").text).text
    assert "No votes yet" in text
    assert "No kiosk has been heard yet" in text
    assert "– of 100" in text


def test_the_page_without_scripts_tells_everything(client: TestClient[Any]) -> None:
    send(client, body([vote(1, 1), vote(2, 4, misuse="burst/1"), row(3, "choices", "waiting staff"), vote(4, 2)]))
    send(client, body([vote(1, 4)]), "espoo")
    send(client, body([vote(1, 1)]), "espoo")
    text = Seen(client.get("/").text).text
    assert "41.7 of 100" in text
    assert "4 votes" in text
    assert "55.6 without 1 marked as misuse" in text
    assert "25.0 % 1" in text
    assert "waiting staff marked as misuse" in text
    assert "helsinki-south-exit 3 55.6 83.3 unmarked" in text
    assert "espoo 1 0.0 " in text
    assert "espoo: fork – row 1 came before with other content" in text


def test_each_kiosk_shows_its_index_without_marked_votes_where_it_has_some(client: TestClient[Any]) -> None:
    send(client, body([vote(1, 1), vote(2, 4), vote(3, 4), row(4, "mark", "burst/1 2 3")]))
    send(client, body([vote(1, 2)]), "espoo")
    text = Seen(client.get("/").text).text
    assert "helsinki-south-exit 3 33.3 100.0 unmarked" in text
    assert text.count(" unmarked") == 1


def test_hostile_strings_stay_strings(client: TestClient[Any]) -> None:
    send(
        client, body([vote(1), row(2, "choice", HOSTILE.replace(" ", "")), row(3, "choices", f"a {HOSTILE}", visit=1)])
    )
    plain = Seen(page.render(overview_of()))
    hostile = Seen(client.get("/").text)
    assert hostile.tags.count("script") == plain.tags.count("script") == 1
    assert "img" not in hostile.tags
    assert '<script>alert("x")' in hostile.text


def overview_of(text: str = "x") -> Overview:
    tally = Tally(1, 50.0)
    return Overview(
        all=tally,
        unmarked=tally,
        distribution=[Distribution(3, [0, 1, 0])],
        kiosks=[KioskResult(text, "2026-11-21T21:17:03Z", tally, tally)],
        kiosks_total=7,
        alarms=[Alarm(text, text, text, 1, text, None, "2026-11-21T21:17:03Z", 2)],
        last=[LastVote(text, 2, 3, [text], None, False)],
    )


def test_everything_from_outside_is_escaped() -> None:
    shown = page.render(overview_of(HOSTILE))
    assert Seen(shown).tags == Seen(page.render(overview_of())).tags
    assert not [name for name, _ in Seen(shown).attributes if name.startswith("on")]
    assert html.escape(HOSTILE) in shown
    assert "$" not in Seen(page.render(overview_of("$index"))).text.replace("$index", "")


def test_a_page_tells_what_it_leaves_out() -> None:
    assert "and 6 more" in Seen(page.render(overview_of())).text
    assert "time unknown" in Seen(page.render(overview_of())).text


@pytest.mark.parametrize(
    ("faces", "moods"),
    [
        (2, ["great", "bad"]),
        (3, ["great", "fair", "bad"]),
        (4, ["great", "good", "poor", "bad"]),
        (5, ["great", "good", "fair", "poor", "bad"]),
    ],
)
def test_any_number_of_faces_has_its_moods(faces: int, moods: list[str]) -> None:
    assert [page._mood(face, faces) for face in range(1, faces + 1)] == moods


def test_the_page_asks_nobody_else_for_anything(client: TestClient[Any]) -> None:
    answer = client.get("/")
    asked = [value or "" for name, value in Seen(answer.text).attributes if name in ("src", "href")]
    assert all(value.startswith(("/page.", "data:image/svg+xml,", "#")) for value in asked)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    for name, kind in (("page.js", "text/javascript"), ("page.css", "text/css")):
        found = client.get(f"/{name}")
        assert found.headers["content-type"].startswith(kind)
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", found.text)


def test_the_script_makes_no_markup_of_what_it_is_told() -> None:
    script = page.asset("page.js").decode()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)


def test_the_page_and_its_script_are_not_kept(client: TestClient[Any]) -> None:
    answer = client.get("/")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_was_typed_leaves_nowhere(client: TestClient[Any]) -> None:
    send(client, body([vote(1), row(2, "text", "typed words")]))
    for path in ("/", "/v1/summary", "/v1/responses", "/v1/responses?kind=text"):
        assert "typed words" not in client.get(path).text
    (found,) = client.get("/v1/responses?kind=text").json()
    assert found["value"] is None


def test_a_program_can_reconcile_with_the_kiosk(client: TestClient[Any]) -> None:
    send(client, body([vote(1), vote(2, 1, visit=1), row(3, "end", "done")], missing=[(4, 6)], last=6))
    (epoch,) = client.get("/v1/summary").json()["epochs"]
    assert epoch == {
        "kiosk": KIOSK,
        "epoch": EPOCH,
        "start": 1,
        "have": 6,
        "missing": 3,
        "rows": {"vote": 2, "choice": 0, "choices": 0, "text": 0, "end": 1, "mark": 0},
        "last_contact": "2026-09-21T14:21:40Z",
    }
    assert client.get("/v1/summary").json()["all"] == {"votes": 1, "index": 100.0}


def test_a_response_is_told_with_score_and_time(client: TestClient[Any]) -> None:
    send(client, body([vote(1, 2, misuse="burst/1", at=160)]))
    (found,) = client.get("/v1/responses").json()
    assert found == {
        "kiosk": KIOSK,
        "epoch": EPOCH,
        "seq": 1,
        "visit": 1,
        "position": 0,
        "kind": "vote",
        "survey": "visit/1",
        "question": "visit",
        "value": "2/4",
        "face": 2,
        "faces": 4,
        "score": pytest.approx(200 / 3),
        "ui": "physical",
        "language": "en",
        "misuse": "burst/1",
        "time": "2026-09-21T14:14:20Z",
    }
    assert BOOT.anchors == [(100, 1_790_000_000, "ntp")]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "kind=nonsense"])
def test_a_question_that_makes_no_sense_is_400(client: TestClient[Any], query: str) -> None:
    answer = client.get(f"/v1/responses?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"


def test_the_document_describes_the_one_way_in(client: TestClient[Any]) -> None:
    document = client.get("/schema/openapi.json").json()
    way_in = document["paths"]["/v1/kiosks/{kiosk}/responses"]["post"]
    media = way_in["requestBody"]["content"]["application/json"]
    assert media["example"] == protocol.example()
    assert media["schema"]["minItems"] <= len(protocol.example()) <= media["schema"]["maxItems"]
    assert {"Content-Encoding", "Moodpost-Epoch", "Moodpost-Nonce"} <= {p["name"] for p in way_in["parameters"]}
    assert set(way_in["responses"]) >= {"200", "400", "401", "403", "408", "409", "413", "415", "422", "503"}
    assert "/v1/summary" in document["paths"]


def test_the_documents_example_is_taken(client: TestClient[Any]) -> None:
    import msgspec

    example = protocol.example()
    example[1] = 1  # the first row of all
    send(client, protocol.compress(msgspec.json.encode(example)))
    assert client.get("/v1/summary").json()["all"]["votes"] == 2


def test_no_page_that_loads_scripts_from_elsewhere_is_there(client: TestClient[Any]) -> None:
    for path in ("/schema/swagger", "/schema/redoc", "/schema/elements", "/docs"):
        assert client.get(path).status_code == 404
