"""The demo's log: a line says what is known of a response, never more."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.ledger import Count, Ledger
from kiosk.survey import Survey


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def ledger(bundled: Survey, said: list[str]) -> Ledger:
    return Ledger(bundled, said.append)


def stored(*seqs: int) -> dict[str, Any]:
    row = {"kind": "vote", "value": "2/4", "ui": "physical", "misuse": "", "question": "visit"}
    return {"event": "stored", "ms": 1.5, "rows": [{**row, "seq": seq} for seq in seqs]}


def test_a_response_is_told_when_it_was_acknowledged(ledger: Ledger, said: list[str]) -> None:
    ledger.hear_kiosk(stored(1, 2))
    assert said == []
    ledger.hear_sync({"event": "acknowledged", "ack": 1})
    (line,) = said
    assert line.startswith("#1     pressed 2 Good (button)")
    assert "stored    1.5 ms  acknowledged" in line
    assert line.endswith(" ms")


def test_at_the_end_the_watermark_decides_about_those_whose_trace_never_came(ledger: Ledger, said: list[str]) -> None:
    ledger.hear_kiosk(stored(1, 2))
    ledger.finish(watermark=1)
    assert [line.split("ms  ")[1] for line in said] == ["acknowledged", "not acknowledged"]


def test_what_was_pressed_and_answered_is_counted_from_the_kiosks_own_traces(ledger: Ledger) -> None:
    ledger.hear_kiosk({"event": "pressed"})
    answer = stored(2)
    answer["rows"][0] |= {"kind": "choice", "value": "price", "question": "liked", "ui": "digital"}
    ledger.hear_kiosk(answer)
    assert ledger.pressed == Count(1, 1)
