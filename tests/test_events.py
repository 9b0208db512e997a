"""What a touch on a target is to a visit."""

from __future__ import annotations

import pytest

from kiosk.events import Back, Choose, Done, Pick, Press, Skip, Speak, Stir, Toggle, Type, touched


@pytest.mark.parametrize(
    ("action", "event"),
    [
        ("face:2", Press(2, "digital")),
        ("choice:price", Choose("price")),
        ("key:a", Type("a")),
        ("key::", Type(":")),
        ("key:delete", Type("delete")),
        ("language:pt-BR", Speak("pt-BR")),
        ("mode:large", Toggle("large")),
        ("mode:loud", None),
        ("done", Done()),
        ("back", Back()),
        ("skip", Skip()),
        ("languages", Pick()),
        ("nothing-we-know", None),
        (None, Stir()),
    ],
)
def test_a_target_stands_for_an_event(action: str | None, event: object) -> None:
    assert touched(action) == event
