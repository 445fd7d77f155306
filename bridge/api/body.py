"""An operation's raw inputs from a request: from its path, and from its query or its JSON body."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlsplit

from bridge.api.message import Request
from bridge.base.json_reader import read_json
from bridge.errors import BridgeError, InvalidInput, PayloadTooLarge, UnsupportedMediaType

MAX_BODY_BYTES = 262_144
MAX_REPORTED = 50
BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})


def raw_inputs(request: Request) -> dict[str, object]:
    """The inputs by name, not yet checked: those of the path, and of the body (POST, PUT, PATCH) or the query.

    A request with a body may have no query: servers on the way log addresses, and a person has confirmed the body
    alone. A name that is given twice is refused: the confirmed value and the one that is sent could differ.
    """
    if request.method not in BODY_METHODS:
        return {**_query(request), **request.path}
    if request.query:
        raise _each(request.query, "Send it as a member of the JSON body.")
    body = _json_object(request)
    if both := set(body) & set(request.path):
        raise _each(both, "Send it in one place only.")
    return {**request.path, **body}


def _query(request: Request) -> Mapping[str, object]:
    """The host joins the values of one name by commas, so that only the URL shows whether a name was given twice."""
    names = Counter(name for name, _ in parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    if twice := [name for name, count in names.items() if count > 1] or set(request.query) & set(request.path):
        raise _each(twice, "Send it once.")
    return dict(request.query)


def _each(names: Iterable[str], fault: str) -> BridgeError:
    reported = dict.fromkeys(sorted(name[:64] for name in names)[:MAX_REPORTED], fault)
    return InvalidInput("An input was given twice or in the wrong place.", fields=reported)


def json_body(request: Request) -> object:
    """The body's JSON value. Raises a `BridgeError`."""
    if len(request.body) > MAX_BODY_BYTES:
        raise PayloadTooLarge(f"The request body is larger than {MAX_BODY_BYTES} bytes.")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType("Send the inputs as a JSON object with Content-Type: application/json.")
    try:
        return read_json(request.body)
    except ValueError as error:
        raise _not_json(f"The request body is not valid JSON ({error}).") from None


def _json_object(request: Request) -> Mapping[str, object]:
    document = json_body(request) if request.body else {}
    if not isinstance(document, dict):
        raise _not_json("The request body is not a JSON object.")
    return document


def _not_json(detail: str) -> BridgeError:
    return InvalidInput(detail, hint="Send one JSON object whose members are the operation's inputs.")
