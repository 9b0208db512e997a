"""What is asked of an endpoint, rule by rule, and how each can turn out. Never knows how a rule is played.

The table in `docs/endpoint.md` ("Check yours") is this list; a test compares the two.
"""

from __future__ import annotations

from typing import Literal

import msgspec

PAGE = "docs/endpoint.md"
BODY, ANSWER, CHECK = "The body, unzipped", "The answer", "Check yours"
BOOKS = "Books, if you like"
"""The sections of the page."""


class Rule(msgspec.Struct, frozen=True):
    """One thing asked of an endpoint."""

    name: str
    asks: str
    section: str

    @property
    def see(self) -> str:
        """Where the page tells more."""
        return f'{PAGE}, "{self.section}"'


class Verdict(msgspec.Struct, frozen=True):
    """How a rule turned out. `sent` and `came` are told where it is broken, `why` where it is not ok."""

    rule: str
    verdict: Literal["ok", "broken", "unknown"]
    asks: str
    see: str
    why: str = ""
    sent: str = ""
    came: str = ""


RULES = (
    Rule("first-batch", "a new epoch's first batch is answered with 200 and JSON, its `ack` moves on", ANSWER),
    Rule("same-again", "a batch that comes again, byte for byte, is acknowledged again", ANSWER),
    Rule("new-nonce", "rows that come again under a new nonce are acknowledged again", ANSWER),
    Rule("overlap", "a batch of old rows and new ones is acknowledged to its last row", ANSWER),
    Rule("counted-once", "a row counts once, however often it came", ANSWER),
    Rule("gap", "a batch that begins beyond what you have + 1 is refused: 409 with `have`", ANSWER),
    Rule("missing", "what `missing` lists is no gap, also where a batch holds nothing else", BODY),
    Rule("missing-later", "a row that was listed as missing is accepted when it comes after all", CHECK),
    Rule("start", "an epoch begins at its `start`, whichever number that is; before it you have `start` − 1", BODY),
    Rule("other-start", "another `start` for an epoch that you know is refused: 422", CHECK),
    Rule(
        "fork", "other content under a number that you have is refused: 409, `fork`, `seq` the first such row", ANSWER
    ),
    Rule("fork-kept", "a refused fork has overwritten nothing: the first content is still acknowledged", ANSWER),
    Rule("fork-whole", "of a batch with a fork in it no row is kept, not even a new one", ANSWER),
    Rule("epochs-apart", "rows of two epochs are different rows, and `have` is each epoch's own", BODY),
    Rule("parallel", "of two equal batches at once, both are acknowledged, or one is told to wait", CHECK),
    Rule("most-rows", "10,000 rows in one batch are accepted, or refused as too large: 413", BODY),
    Rule("too-many-rows", "a batch of more than 10,000 rows is refused: 413 or 400", BODY),
    Rule("too-large", "a body of more than 1 MiB is refused: 413 or 400", CHECK),
    Rule("unfolds", "a small body that holds more than 16 MiB unzipped is refused: 413 or 400", CHECK),
    Rule("not-gzip", "a body that is not gzip is refused: 415 or 400", CHECK),
    Rule("cut-gzip", "a body that ends early is refused: 400 or 408", CHECK),
    Rule("not-json", "something else than JSON under the gzip is refused: 400", CHECK),
    Rule("bad-values", "entries, types and numbers that this page does not know are refused: 400", BODY),
    Rule("other-version", "another version is refused: 400", BODY),
    Rule("book-kept", "a batch packed against the book that you promised to keep is acknowledged", BOOKS),
    Rule("book-same", "what it unfolds to is what was meant: the same rows told in full are no fork", BOOKS),
    Rule("book-lost", "a batch packed against a book that you don't have is refused: 409, `book`", BOOKS),
    Rule("book-unfolds", "one that unfolds to more than 16 MiB is refused: 413 or 400", BOOKS),
    Rule("token-missing", "a batch without a token is refused: 401", ANSWER),
    Rule("token-wrong", "a batch with a wrong token is refused: 401", ANSWER),
    Rule("token-other", "a token does not open another kiosk's address: 401, 403 or 404", CHECK),
    Rule("other-methods", "GET and HEAD on a kiosk's address are no acknowledgement", CHECK),
    Rule("slow-body", "a body that comes in pieces, as over a poor link, is read to its end", CHECK),
    Rule("keep-alive", "after a refusal the next batch on the same connection is taken as usual", CHECK),
    Rule("ack-names", "an acknowledgement gives back `kiosk`, `epoch` and `nonce` as they were sent", ANSWER),
    Rule("ack-range", "`ack` is at least `first` − 1 and at most `last`", ANSWER),
    Rule("ack-time", "`time` is your Unix time in whole seconds", ANSWER),
    Rule(
        "refusal-names", "a refusal is JSON with `kiosk`, `epoch` and `nonce` as they were sent, and an `error`", ANSWER
    ),
    Rule("in-time", "every answer is there, whole, within the kiosk's deadline of 20 seconds", CHECK),
)
BY_NAME = {rule.name: rule for rule in RULES}
