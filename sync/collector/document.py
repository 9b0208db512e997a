"""What the API document says, above all of the one way in. Never knows how anything is done."""

from __future__ import annotations

from dataclasses import dataclass

from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, Parameter, RequestBody, Schema

from sync import books, protocol
from sync.columns import MAX_ROWS

_BODY = f"""\
A JSON list under gzip: at most {protocol.MAX_WIRE_BYTES} bytes packed, {protocol.MAX_JSON_BYTES} unpacked, and \
{MAX_ROWS} rows. Its places, the last four of which may be missing:

1. the version, {protocol.VERSION}
2. `first`: the number of the first row; the rows follow each other without gaps but for those in `missing`
3. `boottime`: the present age of the kiosk's boot, in seconds
4. `at`: the second of its boot from which the first row's time counts
5. `boots`: the present one first, each as [id, [[age, Unix time, who vouched], …]]
6. `words`, parted by spaces
7. `forms`: what rows have in common, parted by spaces
8. `shapes`: the forms of the rows of a visit, one character each, parted by spaces
9. `codes`: in what rows differ, one or two characters each
10. `visits`: the shape of each visit, one character
11. `start`: the first number of the epoch, 1 where it is missing
12. `missing`: ranges [from, to] of numbers for which no row comes
13. `texts`: words that hold more than letters, digits and signs of ASCII
14. `numbers`: those that no character can tell

How rows are read from it, with a decoder, is told in docs/endpoint.md; so is a body that is packed against a book.
"""


def _header(name: str, description: str, pattern: str, *, required: bool = False) -> Parameter:
    schema = Schema(type=OpenAPIType.STRING, pattern=pattern)
    return Parameter(name=name, param_in="header", description=description, required=required, schema=schema)


@dataclass
class IngestOperation(Operation):
    """The operation with the body that Litestar can't derive, since the handler reads it raw."""

    def __post_init__(self) -> None:
        """Adds body and headers to what Litestar found out."""
        schema = Schema(type=OpenAPIType.ARRAY, min_items=10, max_items=14)
        media = OpenAPIMediaType(schema=schema, example=protocol.example())
        self.request_body = RequestBody({"application/json": media}, description=_BODY, required=True)
        self.parameters = [
            *(self.parameters or []),
            _header("Content-Encoding", "gzip, or with a book deflate", "^(gzip|deflate)$", required=True),
            _header("Moodpost-Epoch", "the epoch that the batch's numbers belong to", "^[0-9a-f]{16}$", required=True),
            _header("Moodpost-Nonce", "to be given back in the answer", "^[0-9A-Za-z_-]{8,64}$", required=True),
            _header(books.NAMES, "the book that the body is packed against", "^[0-9a-f]{16}$"),
            _header(books.KEEPS, f"keep so many bytes of the body, at most {books.MAX_BOOK}", "^[0-9]{1,4}$"),
        ]


def openapi() -> OpenAPIConfig:
    """The document at ``/schema/openapi.json``; no pages that would load scripts from elsewhere."""
    return OpenAPIConfig(
        title="Moodpost collector",
        version=str(protocol.VERSION),
        description="An endpoint of Moodpost kiosks: takes batches of responses in, shows what has arrived.",
        path="/schema",
        render_plugins=[JsonRenderPlugin()],
        use_handler_docstrings=True,
    )


def refusal(description: str) -> ResponseSpec:
    """A refusal in the document."""
    return ResponseSpec(protocol.Refusal, generate_examples=False, description=description)
