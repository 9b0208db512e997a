"""What the API document says, above all of the one way in. Never knows how anything is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, Parameter, Reference, RequestBody, Schema

from kiosk.response import KINDS
from sync import protocol

_BODY = f"""\
Columnar JSON under gzip: at most {protocol.MAX_WIRE_BYTES} bytes packed, {protocol.MAX_JSON_BYTES} unpacked, \
and {protocol.MAX_ROWS} rows.

Rows stand in the order of their sequence numbers, `first` to `last`, without gaps but for the ranges in `missing`. \
A column is one array with an entry a row, or a single value that holds for every row.

* `kind`: a place in {", ".join(KINDS)}; `ui`: a place in (none), physical, digital
* `visit`: how many rows back the vote of the visit is, 0 for the vote itself
* `survey`, `question`, `value`, `language`, `misuse`: places in `words`; `at_boot`: a place in `boots`
* `time`: whole seconds of the kiosk's CLOCK_BOOTTIME, each the difference to the row before
"""


_INTEGER = Schema(type=OpenAPIType.INTEGER)
_COLUMN = Schema(one_of=[_INTEGER, Schema(type=OpenAPIType.ARRAY, items=_INTEGER)])


def _header(name: str, description: str, pattern: str, *, required: bool = False) -> Parameter:
    schema = Schema(type=OpenAPIType.STRING, pattern=pattern)
    return Parameter(name=name, param_in="header", description=description, required=required, schema=schema)


@dataclass
class IngestOperation(Operation):
    """The operation with the body that Litestar can't derive, since the handler reads it raw."""

    def __post_init__(self) -> None:
        """Adds body and headers to what Litestar found out."""
        example = protocol.example()
        names = list(example)
        columns = names[names.index("words") + 1 :]
        shapes: dict[str, Reference | Schema] = {
            name: _COLUMN if name in columns else _shape(value) for name, value in example.items()
        }
        schema = Schema(type=OpenAPIType.OBJECT, properties=shapes, required=names, additional_properties=False)
        media = OpenAPIMediaType(schema=schema, example=example)
        self.request_body = RequestBody({"application/json": media}, description=_BODY, required=True)
        self.parameters = [
            *(self.parameters or []),
            _header("Content-Encoding", "gzip, and nothing else", "^gzip$", required=True),
            _header("Moodpost-Epoch", "the batch's `epoch`, for answers to a body that was not read", "^[0-9a-f]{16}$"),
            _header("Moodpost-Nonce", "the batch's `nonce`, likewise", "^[0-9A-Za-z_-]{8,64}$"),
        ]


def _shape(value: Any) -> Schema:
    if isinstance(value, list):
        return Schema(type=OpenAPIType.ARRAY)
    return Schema(type=OpenAPIType.STRING if isinstance(value, str) else OpenAPIType.INTEGER)


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
