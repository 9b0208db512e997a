"""What votes say: weight and index. Pure; never knows where votes come from."""

from __future__ import annotations

from collections.abc import Iterable


def weight(face: int, faces: int) -> float:
    """The weight of a face, 100 (happiest, face 1) to 0 (face `faces`), evenly spaced."""
    return 100.0 * (faces - face) / (faces - 1)


def index(votes: Iterable[tuple[int, int]]) -> float | None:
    """The mean weight, 0 to 100, of votes given as (face, number of faces); None where there are none."""
    weights = [weight(face, faces) for face, faces in votes]
    return sum(weights) / len(weights) if weights else None


def standing(answers: Iterable[tuple[int, str]]) -> list[str]:
    """The answers of a visit that count, by position, of all that were given as (position, value) in order of seq.

    An answer takes the place of those at its position and after it: whoever goes back is asked the later follow-ups
    again. An empty one takes back.
    """
    count: dict[int, str] = {}
    for position, value in answers:
        count = {at: before for at, before in count.items() if at < position}
        count[position] = value
    return [value for value in count.values() if value]
