"""What can go wrong while something is built: one root, each message says what happened and what to do."""

from __future__ import annotations


class BuildError(Exception):
    """Something can't be built here."""
