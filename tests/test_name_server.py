"""A real name server in a network of its own: what is known, what is not, and what is never answered, told apart."""

from __future__ import annotations

from tests.houses import looked_up


def test_a_name_that_the_house_s_server_knows_is_found_and_another_is_told() -> None:
    found = looked_up("feedback.example.com", "feedbak.example.com")
    assert found["feedback.example.com"] == [
        "good",
        "The endpoint's name is known.",
        "feedback.example.com = 192.0.2.80",
    ]
    condition, said, _ = found["feedbak.example.com"]
    assert (condition, said) == (
        "bad",
        "The endpoint's name is not known to the name server: is it written right in the settings?",
    )


def test_a_server_that_is_silent_is_told_from_a_name_that_is_not_known() -> None:
    condition, said, _ = looked_up("feedback.example.com", answers=False)["feedback.example.com"]
    assert (condition, said.startswith("No name server answers")) == ("bad", True)


def test_a_server_at_an_address_where_none_is_is_told_the_same_way() -> None:
    condition, said, _ = looked_up("feedback.example.com", servers="10.9.9.9")["feedback.example.com"]
    assert (condition, said.startswith("No name server answers")) == ("bad", True)
