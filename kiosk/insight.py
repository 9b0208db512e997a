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
